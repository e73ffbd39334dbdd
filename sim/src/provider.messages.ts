/**
 * What goes into and comes out of a simulated provider, free of FIX syntax: prices in points, quantities in
 * lots, times in milliseconds since the epoch. `provider.fix.ts` translates from and to the wire.
 */
import type { SwitchChange, SwitchName } from './switches.ts';

export type Side = 'buy' | 'sell';
export type OrderType = 'market' | 'limit';
export type TimeInForce = 'day' | 'gtc' | 'ioc' | 'fok';
/** FIX OrdStatus(39). */
export type OrdStatus = '0' | '1' | '2' | '4' | '8' | 'C';
/** FIX ExecType(150): New, Canceled, Replaced, Rejected, Expired, Trade, Trade Cancel, Order Status. */
export type ExecType = '0' | '4' | '5' | '8' | 'C' | 'F' | 'H' | 'I';

export interface NewOrder {
  readonly kind: 'order';
  /** Session that sent it; ClOrdIDs are unique within it. */
  readonly client: string;
  readonly clOrdId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  /** Present exactly for limit orders. */
  readonly price?: number;
  readonly quantity: number;
  readonly timeInForce: TimeInForce;
  readonly account?: string;
  /** PossResend(97)=Y: answered with the order's status when it is known already. */
  readonly possResend: boolean;
}

/** A new order that the edge could not read: refused under its own ClOrdID. */
export interface RefusedOrder {
  readonly kind: 'refusedOrder';
  readonly client: string;
  readonly clOrdId: string;
  readonly symbol: string;
  readonly side: Side;
  /** OrdRejReason(103). */
  readonly reason: number;
  readonly text: string;
}

interface Change {
  readonly client: string;
  readonly clOrdId: string;
  readonly origClOrdId: string;
  readonly symbol: string;
  readonly side: Side;
}

export interface CancelOrder extends Change {
  readonly kind: 'cancel';
}
/** `quantity` is the new total, with what is filled already. NaN where the edge could not read a number. */
export interface ReplaceOrder extends Change {
  readonly kind: 'replace';
  readonly quantity: number;
  readonly price?: number;
}

export interface StatusRequest {
  readonly kind: 'status';
  readonly client: string;
  readonly clOrdId: string;
  readonly symbol: string;
  readonly side: Side;
  /** OrdStatusReqID(790). */
  readonly requestId?: string;
}

export interface MassStatusRequest {
  readonly kind: 'massStatus';
  readonly client: string;
  /** MassStatusReqID(584). */
  readonly requestId: string;
}

/** DontKnowTrade(Q): the client doubts an execution. It is counted; the trade stands. */
export interface DontKnowTrade {
  readonly kind: 'dontKnow';
  readonly client: string;
  readonly execId: string;
}

/** The market moved: quote around `mid` (points, with a fraction). */
export interface Tick {
  readonly kind: 'tick';
  readonly symbol: string;
  readonly mid: number;
}
/** Quote exactly this: [price, quantity, …] best first. */
export interface Push {
  readonly kind: 'push';
  readonly symbol: string;
  readonly bids: readonly number[];
  readonly asks: readonly number[];
}

export interface Switched extends SwitchChange {
  readonly kind: 'switch';
  readonly switch: SwitchName;
}
/** DAY orders expire. */
export interface EndOfDay {
  readonly kind: 'endOfDay';
}
/** Nothing new, but time has passed. */
export interface Wake {
  readonly kind: 'wake';
}

export type OrderInput =
  | NewOrder
  | RefusedOrder
  | CancelOrder
  | ReplaceOrder
  | StatusRequest
  | MassStatusRequest;
export type ProviderInput = OrderInput | DontKnowTrade | Tick | Push | Switched | EndOfDay | Wake;

/** One complete quote of one instrument. */
export interface Image {
  readonly symbol: string;
  /** Grows by one with each image of the symbol. */
  readonly sequence: number;
  readonly madeAtMs: number;
  readonly bids: readonly number[];
  readonly asks: readonly number[];
}

export interface ExecutionReport {
  readonly kind: 'execution';
  readonly client: string;
  readonly orderId: string;
  readonly clOrdId: string;
  readonly origClOrdId?: string;
  /** `0` for order status reports, as FIX 4.4 asks. */
  readonly execId: string;
  /** ExecRefID(19): the fill that is taken back. */
  readonly refExecId?: string;
  readonly execType: ExecType;
  readonly status: OrdStatus;
  readonly symbol: string;
  readonly side: Side;
  readonly account?: string;
  readonly type?: OrderType;
  readonly price?: number;
  readonly timeInForce?: TimeInForce;
  readonly quantity?: number;
  readonly lastQuantity?: number;
  readonly lastPrice?: number;
  readonly leavesQuantity: number;
  readonly cumQuantity: number;
  /** Sum of price × quantity of all fills, points × lots. */
  readonly notional: bigint;
  /** OrdRejReason(103). */
  readonly rejectReason?: number;
  readonly text?: string;
  readonly statusRequestId?: string;
  readonly massStatus?: { readonly requestId: string; readonly total: number; readonly isLast: boolean };
  readonly atMs: number;
}

export interface CancelReject {
  readonly kind: 'cancelReject';
  readonly client: string;
  readonly orderId: string;
  readonly clOrdId: string;
  readonly origClOrdId: string;
  readonly status: OrdStatus;
  readonly responseTo: 'cancel' | 'replace';
  /** CxlRejReason(102). */
  readonly reason: number;
  readonly text: string;
  readonly atMs: number;
}

/** A trade as the provider books it: the truth that reconciliation compares with. */
export interface Fill {
  readonly kind: 'fill';
  readonly client: string;
  readonly orderId: string;
  readonly clOrdId: string;
  readonly execId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly quantity: number;
  readonly price: number;
  readonly atMs: number;
}

export type Answer = ExecutionReport | CancelReject;
export type ProviderOutput = { readonly kind: 'image'; readonly image: Image } | Fill | Answer;
