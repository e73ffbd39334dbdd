/**
 * Cases: what a venue said that cannot be booked as it stands. The report is taken, nothing is guessed, what
 * it may have done stays reserved, and a person decides: book what is proposed, correct it, or dismiss it.
 * Cases are events of the partition's journal; those of no firm are kept by the partition `unattributed`.
 */
import type { InstrumentId } from '../market/instrument.ts';
import type { VenueId } from '../market/quote.ts';
import type { Side } from './order.ts';

/** The partition of reports that name no firm of ours; no firm may have this id. */
export const UNATTRIBUTED = 'unattributed';

/** Every kind of case, with what it says. */
export const CASE_KINDS = {
  UNREADABLE: 'The report can not be read as what it must say: amounts that do not fit, unknown codes.',
  SUBJECT_MISMATCH: 'The report names another instrument or side than the route has.',
  UNKNOWN_ROUTE: 'The report is of a route that we do not know.',
  WORSE_THAN_LIMIT: 'A fill is worse than the limit that was sent; it is not booked before somebody says so.',
  EXEC_ID_REUSED: 'An ExecID that was booked on this route comes again with another amount or price.',
  MISSING_FILLS: 'The venue counts more as filled than it has reported.',
  TRADE_BUSTED: 'The venue takes a fill back.',
  TRADE_CORRECTED: 'The venue corrects a fill.',
} as const;
export type CaseKind = keyof typeof CASE_KINDS;

/** What may be booked: prices in points, quantities in lots of the order. */
export type Booking =
  | {
      readonly action: 'fill';
      readonly venueExecId: string;
      readonly quantity: number;
      /** The venue's price. Absent where nobody said one: it must be given. */
      readonly price?: number;
    }
  | { readonly action: 'bust'; readonly venueExecId: string }
  | {
      readonly action: 'correct';
      readonly venueExecId: string;
      readonly quantity: number;
      readonly price?: number;
    };

export interface CaseOpened {
  readonly type: 'caseOpened';
  /** `<partition>.case-<n>`. */
  readonly caseId: string;
  readonly kind: CaseKind;
  readonly commandId: string;
  readonly venue: VenueId;
  /** As the venue names it where we do not know it. */
  readonly routeId: string;
  /** ExecID(17) of the report, where it has one. */
  readonly venueExecId?: string;
  readonly orderId?: string;
  readonly instrument?: InstrumentId;
  readonly side?: Side;
  /** Scales of the proposal's price and quantity. */
  readonly priceScale?: number;
  readonly quantityScale?: number;
  readonly text: string;
  /** The message as text, `|` between its fields. */
  readonly raw?: string;
  /** Absent: there is nothing to book, only to know. */
  readonly proposal?: Booking;
  /** Lots of the route that stay reserved until the case is resolved. */
  readonly held?: number;
  /** For `MISSING_FILLS`: the lots that the venue counts as filled. */
  readonly counted?: number;
  /** Nobody is asked: the firm's rule books it in the same append. */
  readonly isBooked?: boolean;
}

export type CaseAction = 'book' | 'correct' | 'dismiss';

/** Followed, in the same append, by the events of what is booked. */
export interface CaseResolved {
  readonly type: 'caseResolved';
  readonly caseId: string;
  readonly commandId: string;
  readonly by: string;
  readonly reason: string;
  /** `settled`: the venue accounted for it by itself. */
  readonly action: 'booked' | 'corrected' | 'dismissed' | 'settled';
  readonly orderId?: string;
}

export interface ResolveCase {
  readonly kind: 'resolveCase';
  readonly commandId: string;
  readonly caseId: string;
  readonly by: string;
  readonly reason: string;
  readonly action: CaseAction;
  /** For `correct`: what is booked instead of what is proposed, or where nothing is. Points and lots. */
  readonly quantity?: number;
  readonly price?: number;
}

export type CaseRefusalCode =
  | 'UNKNOWN_CASE'
  | 'CASE_CLOSED'
  /** Nothing of it can be booked: it can only be dismissed. */
  | 'CASE_NOT_BOOKABLE'
  /** No usable price or quantity. */
  | 'CASE_AMOUNT';

/** An open case as the partition keeps it; text and raw message are in the journal. */
export interface CaseState {
  readonly caseId: string;
  readonly kind: CaseKind;
  readonly venue: VenueId;
  readonly routeId: string;
  readonly orderId: string | undefined;
  readonly proposal: Booking | undefined;
  readonly held: number;
  readonly counted?: number;
}
