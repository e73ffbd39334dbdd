/** Answers and event batches on the order topics, and the body of a journal record. */
import type { OrderImage, PositionImage } from '@tidegate/core/order/image';
import type { CaseRefusalCode } from '@tidegate/core/order/case';
import type { Numbering } from '@tidegate/core/order/numbering';
import type { OrderEvent, RefusalCode, TradingState } from '@tidegate/core/order/order';

/** The durable result of a command. Sent again for the same commandId without a second event. */
export type CommandReply =
  | {
      readonly result: 'done' /** Journal sequence of the command's first event; 0 when it needed none. */;
      readonly sequence: number;
      readonly orderId?: string;
      /** Present when the command was refused; the refusal is journaled. */
      readonly refusal?: { readonly code: RefusalCode | CaseRefusalCode; readonly text: string };
      /** The journal does not answer: carried out, kept on the owner's disk, journaled when it is back. */
      readonly isSpooled?: boolean;
    }
  /** Not journaled: the caller may send it again (journal down, owner starting). */
  | {
      readonly result: 'unavailable';
      readonly code:
        | 'JOURNAL_UNAVAILABLE'
        | 'OVERLOADED'
        | 'JOURNAL_BEHIND'
        | 'PARTITION_STARTING'
        | 'NOT_OWNER';
      readonly text: string;
    };

/**
 * Body of a journal record: the event and, so that readers need no state of their own, the order and the
 * position as they are after it. Replay uses the event alone.
 */
export interface RecordedEvent {
  readonly event: OrderEvent;
  readonly order?: OrderImage;
  readonly position?: PositionImage;
  /** Of its number, and of those of its orders; absent: the first. */
  readonly numbering?: Numbering;
}

export interface SequencedEvent extends RecordedEvent {
  readonly sequence: number;
  readonly atMs: number;
}

export interface PartitionEvents {
  readonly partition: string;
  /** Ascending, without holes inside the batch. */
  readonly events: readonly SequencedEvent[];
  /** While orders are traced: when they were published, milliseconds since the epoch with fractions. */
  readonly publishedAtMs?: number;
}

export interface OrderQuery {
  readonly partition: string;
  /** One of the two: our OrderID, or a ClOrdID (any of the chain) of that client. */
  readonly orderId?: string;
  readonly client?: string;
  readonly clOrdId?: string;
  /**
   * With `orderId`: where the journal has its last image, for the tables know what an owner has forgotten.
   */
  readonly lastSequence?: number;
  /** As the owner sees it, without waiting for the journal: for those who want to cancel it. */
  readonly atOnce?: boolean;
}

export type OrderAnswer =
  | { readonly found: true; readonly order: OrderImage; readonly sequence: number }
  /** `sequence`: of the journal as the owner has it; what it has refused is in the tables up to there. */
  | { readonly found: false; readonly code: 'UNKNOWN_ORDER'; readonly sequence: number }
  | { readonly found: false; readonly code: 'PARTITION_STARTING' };

export interface TradingStateAnswer {
  readonly state: TradingState;
  readonly isBehind?: boolean;
  /** While halted: orders that are not closed yet. */
  readonly openOrders?: number;
}

/** What a partition has open: numbers of orders by client, of routes by venue. */
export interface PartitionUsage {
  readonly orders: readonly (readonly [client: string, orders: number])[];
  readonly routes: readonly (readonly [venue: string, routes: number])[];
}

export interface PartitionHead {
  readonly partition: string;
  readonly sequence: number;
  readonly epoch: number;
}

/** Risk reduction is never blocked: a route's cancel that goes out before it is journaled. */
export interface UrgentCancel {
  readonly partition: string;
  readonly venue: string;
  readonly routeId: string;
  readonly venueClOrdId: string;
  readonly cancelId: string;
  readonly order: OrderImage;
}
