/**
 * The words of the order journey: commands that come in and events that are journaled. `desk.ts` decides
 * events from commands; `evolve.ts` folds events into the orders and routes of `partition.ts`. Prices in
 * points, quantities in lots.
 *
 * A partition is a firm. Every event carries (partition, sequence) in its journal record, not in its body.
 */
import type { InstrumentId } from '../market/instrument.ts';
import type { VenueId } from '../market/quote.ts';
import type { AcceptLoss, JournalBehind, LossAccepted, NumberingBegun } from './numbering.ts';
import type { LimitReached, LimitReleased, LimitTripped, ReleaseLimit } from './limit.event.ts';
import type { ReleaseStop, SetStop, StopReleased, StopSet } from './stop.event.ts';
import type { CaseOpened, CaseResolved, ResolveCase } from './case.ts';

export type Side = 'buy' | 'sell';
export type OrderType = 'market' | 'limit';
export type TimeInForce = 'day' | 'gtc' | 'ioc' | 'fok';
export type TradingState = 'active' | 'reducing' | 'halted';

/** Where a client's order came in and where its reports go. */
export interface Origin {
  /** `fix`, `rest` or `ui`. */
  readonly channel: 'fix' | 'rest' | 'ui';
  /** FIX session id or user name: reports of the order go there; ClOrdIDs are unique within a client. */
  readonly client: string;
}

export interface SubmitOrder {
  readonly kind: 'submit';
  /** Idempotency key: the same command again gives the same answer and no second event. */
  readonly commandId: string;
  readonly origin: Origin;
  readonly account: string;
  readonly trader: string;
  readonly clOrdId: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly type: OrderType;
  /** Points; present exactly for limit orders. */
  readonly price?: number;
  readonly quantity: number;
  readonly timeInForce: TimeInForce;
  /** Pass-through: this venue only, the order rests there. */
  readonly forcedVenue?: VenueId;
  /** Price shown when a one-click order was sent; kept as evidence. */
  readonly shownPrice?: number;
  /** UTC milliseconds after which it is refused as late, however often it is sent again. */
  readonly decideUntilMs?: number;
}

/**
 * An order that an edge could not express (unknown symbol, price off the scale …): journaled as a refusal
 * like any other.
 */
export interface RefuseOrder {
  readonly kind: 'refuse';
  readonly commandId: string;
  readonly origin: Origin;
  readonly account: string;
  readonly clOrdId: string;
  /** As the client wrote it; may be unknown. */
  readonly instrument: string;
  readonly side: Side;
  readonly code: RefusalCode;
  readonly text: string;
}

/**
 * What a cancel or replace says of the order that it names; as text, since it may be anything. Where it is
 * another than the order's the request is refused: it means another order, or terms that can't be changed.
 */
export interface MeantOrder {
  readonly orderId?: string;
  readonly account?: string;
  readonly instrument?: string;
  readonly side?: string;
  readonly orderType?: string;
  readonly timeInForce?: string;
}

export interface CancelOrder {
  readonly kind: 'cancel';
  readonly commandId: string;
  readonly origin: Origin;
  readonly clOrdId: string;
  readonly origClOrdId: string;
  /**
   * Names the order instead of origClOrdId, for a colleague's order: then origClOrdId is for the report only.
   */
  readonly orderId?: string;
  readonly meant?: MeantOrder;
}

export interface ReplaceOrder {
  readonly kind: 'replace';
  readonly commandId: string;
  readonly origin: Origin;
  readonly clOrdId: string;
  readonly origClOrdId: string;
  /**
   * Names the order instead of origClOrdId, for a colleague's order: then origClOrdId is for the report only.
   */
  readonly orderId?: string;
  readonly meant?: MeantOrder;
  /** New total quantity (FIX OrderQty semantics: includes what is filled). */
  readonly quantity: number;
  readonly price?: number;
  /** As in SubmitOrder; what only reduces the order is never late. */
  readonly decideUntilMs?: number;
}

/** Cancel all open orders of a scope: kill switch, cancel on disconnect, "cancel all" of a trader. */
export interface MassCancel {
  readonly kind: 'massCancel';
  readonly commandId: string;
  readonly by: string;
  readonly reason: string;
  /** Absent fields match everything. */
  readonly client?: string;
  readonly account?: string;
  readonly trader?: string;
  readonly instrument?: InstrumentId;
  /** Orders that are bound to it, or have something open there. */
  readonly provider?: VenueId;
  /** Orders with a higher number came later and are left alone. Set where a mass cancel goes on. */
  readonly throughOrder?: number;
}

export interface SetTradingState {
  readonly kind: 'setTradingState';
  readonly commandId: string;
  readonly by: string;
  readonly reason: string;
  readonly state: TradingState;
}

/** The kill switch; its release is none. */
export type Halt = SetTradingState & { readonly state: 'halted' };

/** Commands that can only take risk away: no outage keeps them waiting. */
export type ReducingCommand = CancelOrder | MassCancel | Halt | SetStop;

/** What a venue said of a route, normalised by `gateway/venue.orders` and the venue's dialect. */
export interface VenueReport {
  readonly kind: 'venueReport';
  /** `venue:ExecID`, or `venue:route:what` where the venue gives none. */
  readonly commandId: string;
  readonly venue: VenueId;
  readonly routeId: string;
  readonly report:
    | 'acknowledged'
    | 'filled'
    | 'canceled'
    | 'rejected'
    | 'expired'
    | 'replaced'
    | 'cancelRejected'
    | 'unknownOrder'
    | 'busted'
    | 'corrected'
    /** It says something that the edge cannot read, or that means nothing to us. */
    | 'unreadable';
  readonly venueExecId: string;
  readonly venueOrderId: string;
  /** For `cancelRejected`: the cancelId or replaceId that it refuses. */
  readonly requestId?: string;
  /** Of a replace that our own gateway did not send: its deadline had passed. */
  readonly isLate?: boolean;
  /** For `filled` and `corrected`; absent where they do not fit the instrument's scales. */
  readonly lastPrice?: number;
  readonly lastQuantity?: number;
  /** Decimal text of a price that is finer than the instrument's points: the books round it against us. */
  readonly exactPrice?: string;
  /** For `busted` and `corrected`: ExecRefID(19), the fill that is meant. */
  readonly refExecId?: string;
  /** The venue's own cumulative quantity, for reconciliation, and its average price in points. */
  readonly cumQuantity?: number;
  readonly averagePrice?: number;
  /** The venue is done with the order: LeavesQty(151) is 0 and OrdStatus(39) an end. */
  readonly isFinal?: boolean;
  /** What the message is of, where it says so: an instrument of ours, or the symbol as it stands. */
  readonly instrument?: InstrumentId;
  readonly symbol?: string;
  readonly side?: Side;
  /** The message as text, `|` between its fields; for a case. */
  readonly raw?: string;
  readonly text?: string;
}

/** The gateway could not send a route: it never reached the venue. A known refusal. */
export interface RouteNotSent {
  readonly kind: 'routeNotSent';
  readonly commandId: string;
  readonly routeId: string;
  readonly reason: 'LATE' | 'VENUE_DOWN' | 'SEND_REFUSED';
}

/** The venue session was lost, or a deadline passed, with the route unanswered. */
export interface RouteInDoubt {
  readonly kind: 'routeInDoubt';
  readonly commandId: string;
  readonly routeId: string;
  readonly reason: 'SESSION_LOST' | 'NO_ANSWER' | 'RESTART' | 'MISSING_FILLS';
}

/**
 * The venue's numbers began anew, or it passed over messages: what it said of any order there may be missing.
 */
export interface VenueInDoubt {
  readonly kind: 'venueInDoubt';
  readonly commandId: string;
  readonly venue: VenueId;
  readonly reason: 'NUMBERS_RESTARTED' | 'REPORTS_SKIPPED';
}

export type Command =
  | JournalBehind
  | AcceptLoss
  | SubmitOrder
  | RefuseOrder
  | CancelOrder
  | ReplaceOrder
  | MassCancel
  | SetTradingState
  | SetStop
  | ReleaseStop
  | ReleaseLimit
  | VenueReport
  | RouteNotSent
  | RouteInDoubt
  | VenueInDoubt
  | ResolveCase;

/** One venue quote that a decision rested on. */
export interface QuoteEvidence {
  readonly quoteId: string;
  readonly ageMs: number;
  readonly price: number;
}

/** Machine-readable refusals; docs/fix/rules-of-engagement.md maps them to OrdRejReason and CxlRejReason. */
export type RefusalCode =
  | 'UNKNOWN_INSTRUMENT'
  | 'INSTRUMENT_NOT_PERMITTED'
  | 'UNKNOWN_ACCOUNT'
  | 'ACCOUNT_NOT_PERMITTED'
  | 'QUANTITY_TOO_SMALL'
  | 'QUANTITY_TOO_LARGE'
  | 'QUANTITY_STEP'
  | 'PRICE_SCALE'
  | 'PRICE_MISSING'
  | 'PRICE_NOT_ALLOWED'
  | 'PRICE_OUTSIDE_COLLAR'
  | 'NO_REFERENCE_PRICE'
  | 'NOTIONAL_TOO_LARGE'
  | 'ORDER_RATE'
  | 'TOO_MANY_OPEN_ORDERS'
  | 'DUPLICATE_CLORDID'
  /** The trading day has named as many orders as it can. */
  | 'TOO_MANY_CLORDIDS'
  | 'TRADING_HALTED'
  /** A part of the firm is halted (`risk/stops.ts`): the text says which. */
  | 'TRADING_STOPPED'
  | 'REDUCE_ONLY'
  | 'NO_LIQUIDITY'
  /** Providers were there and refused, with their own words in the text. */
  | 'PROVIDER_REFUSED'
  /** The venues contradict each other beyond the limit. */
  | 'BOOK_CROSSED'
  | 'OUT_OF_HOURS'
  | 'VENUE_UNAVAILABLE'
  /** The venue rejected a pass-through order, or its cancel or replace. */
  | 'VENUE_REFUSED'
  | 'UNKNOWN_ORDER'
  | 'ORDER_CLOSED'
  /** A cancel or replace that says something else of its order than is so. */
  | 'ORDER_MISMATCH'
  | 'ROUTE_IN_FLIGHT'
  | 'TOO_LATE'
  | 'JOURNAL_UNAVAILABLE'
  /** Too far behind to take new risk. */
  | 'OVERLOADED'
  /** The journal was restored from an older copy, and nobody has accepted the loss yet. */
  | 'JOURNAL_BEHIND'
  /** A configured limit (packages/core/SPEC.md): the text says which, with use and headroom. */
  | 'LIMIT_EXCEEDED'
  /** It has disabled its subject until a person releases it. */
  | 'LIMIT_TRIPPED'
  /** Too many equal orders within the time of a limit. */
  | 'DUPLICATE_ORDER'
  | 'INSTRUMENT_RESTRICTED'
  | 'QUOTE_TOO_OLD'
  | 'UNSUPPORTED';

export interface OrderAccepted {
  readonly type: 'orderAccepted';
  readonly orderId: string;
  readonly commandId: string;
  readonly origin: Origin;
  readonly account: string;
  readonly trader: string;
  readonly clOrdId: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly orderType: OrderType;
  readonly price?: number;
  readonly quantity: number;
  readonly timeInForce: TimeInForce;
  readonly forcedVenue?: VenueId;
  readonly shownPrice?: number;
  /** Scales of every price and quantity of this order's events, so that the journal explains itself. */
  readonly priceScale: number;
  readonly quantityScale: number;
}

/** A new order refused before it became one. */
export interface OrderRefused {
  readonly type: 'orderRefused';
  readonly commandId: string;
  readonly origin: Origin;
  readonly account: string;
  readonly clOrdId: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly quantity: number;
  readonly quantityScale: number;
  /** Absent when an edge could not read the order. */
  readonly terms?: {
    readonly orderType: OrderType;
    readonly timeInForce: TimeInForce;
    readonly price?: number;
    readonly priceScale: number;
  };
  readonly code: RefusalCode;
  readonly text: string;
}

/** A cancel or replace refused (FIX OrderCancelReject). */
export interface ChangeRefused {
  readonly type: 'changeRefused';
  readonly commandId: string;
  readonly origin: Origin;
  readonly change: 'cancel' | 'replace';
  readonly clOrdId: string;
  readonly origClOrdId: string;
  readonly orderId?: string;
  readonly code: RefusalCode;
  readonly text: string;
}

export interface RouteRequested {
  readonly type: 'routeRequested';
  readonly orderId: string;
  /**
   * `<partition>.<order number>.<route number>`: our ClOrdID at the venue, so its reports find their
   * partition.
   */
  readonly routeId: string;
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly quantity: number;
  readonly orderType: OrderType;
  /** Points; the venue's limit, markup already taken off. */
  readonly price?: number;
  readonly timeInForce: TimeInForce;
  /** Points per unit added to the venue's fill price against the client (0 for pass-through). */
  readonly markup: number;
  /** UTC milliseconds after which the gateway must not send it. */
  readonly deadlineMs: number;
  readonly evidence: readonly QuoteEvidence[];
  readonly configurationVersion: number;
}

export interface RouteAcknowledged {
  readonly type: 'routeAcknowledged';
  readonly orderId: string;
  readonly routeId: string;
  readonly commandId: string;
  readonly venueOrderId: string;
}

/** A fill at the venue and, in the same breath, of the client's order. */
export interface RouteFilled {
  readonly type: 'routeFilled';
  readonly orderId: string;
  readonly routeId: string;
  readonly commandId: string;
  readonly venue: VenueId;
  readonly venueExecId: string;
  readonly quantity: number;
  readonly venuePrice: number;
  /** What the client is told: venuePrice with markup. */
  readonly clientPrice: number;
  /** What the venue said where it is finer than a point; `venuePrice` is that, rounded against us. */
  readonly exactPrice?: string;
  /** The case that booked it, where no report did. */
  readonly caseId?: string;
}

/** A fill that the venue took back: position, order and client go back by as much. */
export interface TradeBusted {
  readonly type: 'tradeBusted';
  readonly orderId: string;
  readonly routeId: string;
  readonly commandId: string;
  readonly venue: VenueId;
  readonly venueExecId: string;
  /** Number of the event that booked the fill: the client knows it by the ExecID made from it. */
  readonly refSequence: number;
  readonly quantity: number;
  readonly venuePrice: number;
  readonly clientPrice: number;
}

/** A fill that the venue corrected: what was booked goes back, what it says now is booked. */
export interface TradeCorrected {
  readonly type: 'tradeCorrected';
  readonly orderId: string;
  readonly routeId: string;
  readonly commandId: string;
  readonly venue: VenueId;
  readonly venueExecId: string;
  readonly refSequence: number;
  readonly quantityBefore: number;
  readonly clientPriceBefore: number;
  readonly quantity: number;
  readonly venuePrice: number;
  readonly clientPrice: number;
}

/**
 * The venue is done with a route, but counts more of it as filled than is booked: the rest of the route is
 * free again, `quantity` is what it may have executed, and that stays reserved until fills or a case account
 * for it.
 */
export interface RouteReduced {
  readonly type: 'routeReduced';
  readonly orderId: string;
  readonly routeId: string;
  readonly commandId: string;
  readonly quantity: number;
  readonly outcome: RouteClosed['outcome'];
  readonly text: string;
}

/** The route ended with `unfilled` lots not executed. */
export interface RouteClosed {
  readonly type: 'routeClosed';
  readonly orderId: string;
  readonly routeId: string;
  readonly commandId: string;
  readonly outcome: 'canceled' | 'rejected' | 'expired' | 'notSent' | 'unknownOrder';
  readonly text: string;
}

/**
 * Outcome not known; exposure stays reserved until the venue says. The gateway asks with
 * OrderStatusRequest(H).
 */
export interface RouteUnknown {
  readonly type: 'routeUnknown';
  readonly orderId: string;
  readonly routeId: string;
  readonly commandId: string;
  readonly venue: VenueId;
  /**
   * ClOrdID by which the venue knows the order now: the routeId, or the replaceId of the last replace it
   * confirmed.
   */
  readonly venueClOrdId: string;
  readonly reason: string;
}

export interface RouteCancelRequested {
  readonly type: 'routeCancelRequested';
  readonly orderId: string;
  readonly routeId: string;
  readonly venue: VenueId;
  /** As in RouteUnknown: what OrigClOrdID(41) must name. */
  readonly venueClOrdId: string;
  readonly cancelId: string;
  /** The venue was told before the journal was: whoever does not know of it sends it as a possible repeat. */
  readonly isEarly?: true;
}

/** Pass-through orders resting at a venue only. The new ClOrdID at the venue is `replaceId`. */
export interface RouteReplaceRequested {
  readonly type: 'routeReplaceRequested';
  readonly orderId: string;
  readonly routeId: string;
  readonly venue: VenueId;
  /** As in RouteUnknown: what OrigClOrdID(41) must name. */
  readonly venueClOrdId: string;
  readonly replaceId: string;
  readonly quantity: number;
  readonly price?: number;
  readonly clOrdId: string;
  readonly commandId: string;
  readonly origin: Origin;
  /** UTC milliseconds; not sent after it. Absent for what only reduces, which is never late. */
  readonly deadlineMs?: number;
}

export interface CancelRequested {
  readonly type: 'cancelRequested';
  readonly orderId: string;
  readonly commandId: string;
  readonly clOrdId: string;
  readonly reason: string;
}

export interface OrderReplaced {
  readonly type: 'orderReplaced';
  readonly orderId: string;
  readonly commandId: string;
  readonly clOrdId: string;
  readonly origClOrdId: string;
  readonly quantity: number;
  readonly price?: number;
}

export interface OrderClosed {
  readonly type: 'orderClosed';
  readonly orderId: string;
  readonly outcome: 'canceled' | 'expired' | 'rejected';
  readonly code?: RefusalCode;
  readonly reason: string;
  /** ClOrdID of the cancel that asked for it, where one did. */
  readonly clOrdId?: string;
}

export interface TradingStateChanged {
  readonly type: 'tradingStateChanged';
  readonly commandId: string;
  readonly by: string;
  readonly reason: string;
  readonly state: TradingState;
}

/** An order that memory had forgotten, as the journal has it: something is still said of it. */
export interface OrderRevived {
  readonly type: 'orderRevived';
  readonly orderId: string;
  /** Order, routes and executions, as `revival.ts` writes them. */
  readonly saved: string;
}

/** A venue reported what we can't match: kept for operations, never dropped. */
export interface VenueReportUnmatched {
  readonly type: 'venueReportUnmatched';
  readonly commandId: string;
  readonly venue: VenueId;
  readonly routeId: string;
  readonly text: string;
}

export type OrderEvent =
  | OrderAccepted
  | OrderRefused
  | ChangeRefused
  | CancelRequested
  | OrderReplaced
  | OrderClosed
  | RouteRequested
  | RouteAcknowledged
  | RouteFilled
  | RouteClosed
  | RouteUnknown
  | RouteCancelRequested
  | RouteReplaceRequested
  | TradingStateChanged
  | StopSet
  | StopReleased
  | LimitReached
  | LimitTripped
  | LimitReleased
  | NumberingBegun
  | LossAccepted
  | OrderRevived
  | VenueReportUnmatched
  | TradeBusted
  | TradeCorrected
  | RouteReduced
  | CaseOpened
  | CaseResolved;

export type OrderStatus =
  | 'new'
  | 'partiallyFilled'
  | 'filled'
  | 'pendingCancel'
  | 'canceled'
  | 'expired'
  | 'rejected';
