/**
 * The state of a partition (a firm): its orders and routes, what it has already seen, its positions and
 * reserved exposure. Plain data: only `evolve.ts` writes it, `desk.ts` reads it, `snapshot.ts` saves it.
 * Everything in it has a bound.
 */
import { emptyGenerations, recall, type Generations } from './generations.ts';
import { isPartition, parseOrderId } from '../number/ids.ts';
import { isNamed, noNames, type NamesOfDays } from './names.ts';
import type { InstrumentId } from '../market/instrument.ts';
import type {
  OrderEvent,
  OrderStatus,
  OrderType,
  Origin,
  RefusalCode,
  RouteClosed,
  Side,
  TimeInForce,
  TradingState,
} from './order.ts';
import type { CaseState } from './case.ts';
import type { Numbering } from './numbering.ts';
import { FLAT, type Position } from './position.ts';
import { tradeDay } from '../number/time.ts';
import type { VenueId } from '../market/quote.ts';
import { emptyLedger, type Ledger } from '../risk/ledger.ts';
import type { Stop } from '../risk/stops.ts';

/**
 * How much the partition remembers beside what is open. Part of its snapshot. It may only be made smaller
 * when the journal has been read, and never between two events: see `keepFrom`.
 */
export interface Retention {
  /**
   * Closed orders, with their routes and executions, for what comes just after the end: at most so many, at
   * most so long. Whatever is said of an order later brings it back from the journal first (`orderRevived`).
   */
  readonly closedOrdersMax: number;
  readonly closedOrderAgeMsMax: number;
  /**
   * ClOrdIDs are known on their trading day and the next, and as long the commands that took them, for
   * whoever sends them again. A day that has named so many takes no new order and no replace any more:
   * nothing is forgotten within its day, because what is forgotten is taken twice. Next to nothing each where
   * they count up, otherwise 6.2 bytes (`names.ts`).
   */
  readonly clOrdIdsPerDayMax: number;
  /** ClOrdIDs of refused orders of which a cancel hears that there is no such order. */
  readonly refusedMax: number;
  /** Results of commands of any kind, for who asks again at once. */
  readonly commandsMax: number;
  /** Executions of one route. */
  readonly executionsMax: number;
}

export const RETENTION: Retention = {
  closedOrdersMax: 2_000,
  closedOrderAgeMsMax: 10 * 60_000,
  clOrdIdsPerDayMax: 6_000_000,
  refusedMax: 5_000,
  commandsMax: 20_000,
  executionsMax: 10_000,
};

/** What was kept before, and what a journal was written by: it is replayed with no less. */
export const RETENTION_BEFORE: Retention = {
  ...RETENTION,
  closedOrdersMax: 10_000,
  closedOrderAgeMsMax: 26 * 3_600_000,
};

/** ClOrdIDs of one order that still resolve after replaces, and of requests for it: the newest so many. */
export const CL_ORD_ID_CHAIN_MAX = 64;
/** Routes kept per order; a resting order that is routed again and again forgets its oldest closed ones. */
export const ROUTES_PER_ORDER_MAX = 64;
/** Open cases kept; what is beyond is in the journal and told, and can't be booked by a call. */
export const CASES_MAX = 10_000;
/** Width and number of the buckets that count new orders and replaces over the last second. */
export const RATE_BUCKET_MS = 50;
export const RATE_BUCKETS = 20;

export interface PendingCancel {
  /** ClOrdID of the cancel request; empty when nobody's request (mass cancel, expiry). */
  readonly clOrdId: string;
  readonly reason: string;
  readonly outcome: 'canceled' | 'expired';
}

/** A venue that closed a route of this order with something left unfilled. */
export interface Rejection {
  readonly venue: VenueId;
  atMs: number;
  /** In a row, without a fill of that venue in between. */
  count: number;
}

export interface OrderState {
  readonly orderId: string;
  /** Grows with each order of the partition: time priority. */
  readonly number: number;
  readonly origin: Origin;
  readonly account: string;
  readonly trader: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly orderType: OrderType;
  readonly timeInForce: TimeInForce;
  readonly forcedVenue: VenueId | undefined;
  readonly priceScale: number;
  readonly quantityScale: number;
  readonly acceptedAtMs: number;
  /** End of its trading day; 0 when it does not expire. */
  readonly expiresAtMs: number;
  /** Newest last. */
  clOrdIds: string[];
  /** Of replaces that its venue has, or had, to answer: they name it as well. */
  aliases: string[];
  /** ClOrdIDs of cancels, and of replaces that were not taken. */
  requestIds: string[];
  price: number | undefined;
  quantity: number;
  filled: number;
  /** Sum of clientPrice × quantity of its fills. */
  notional: bigint;
  /** Lots of its open routes not yet filled, those of unknown routes included. */
  inFlight: number;
  openRoutes: number;
  unknownRoutes: number;
  /** Routes ever requested: the next one's number is one more. */
  routeCount: number;
  /** Kept routes, oldest first. */
  routeIds: string[];
  /** How often it was routed; a round ends with the first route closed. */
  rounds: number;
  roundOpen: boolean;
  rejections: Rejection[];
  pendingCancel: PendingCancel | undefined;
  outcome: 'open' | 'filled' | 'canceled' | 'expired' | 'rejected';
  code: RefusalCode | undefined;
  text: string;
  updatedAtMs: number;
  /** More was filled, or may be filled, than ordered: a venue overfilled or filled after it had closed. */
  exceeded: boolean;
  /** Price under which it is in the resting index; 0 when it is not. */
  restingPrice: number;
  /** What it contributes to its holding's exposure. */
  exposure: number;
  flight: number;
}

export type RouteStanding = 'pending' | 'acknowledged' | 'unknown' | 'closed';

export interface PendingReplace {
  readonly replaceId: string;
  readonly clOrdId: string;
  readonly commandId: string;
  readonly quantity: number;
  readonly price: number | undefined;
}

export interface RouteState {
  readonly routeId: string;
  readonly orderId: string;
  readonly venue: VenueId;
  readonly orderType: OrderType;
  readonly timeInForce: TimeInForce;
  readonly markup: number;
  /** The image it was decided on; that image is not traded on again for the same order. */
  readonly quoteId: string;
  readonly requestedAtMs: number;
  price: number | undefined;
  quantity: number;
  filled: number;
  standing: RouteStanding;
  /** Set once closed; `filled` when nothing was left. */
  outcome: RouteClosed['outcome'] | 'filled' | undefined;
  venueOrderId: string;
  /** ClOrdID by which the venue knows it: the routeId until a replace is confirmed. */
  venueClOrdId: string;
  /** When it last became unknown or was last asked about. */
  askedAtMs: number;
  /** How often in a row it went unanswered. */
  doubts: number;
  cancels: number;
  replaces: number;
  /** Added to the numbers of its cancels and replaces in their ids. */
  attemptsFrom: number;
  pendingReplace: PendingReplace | undefined;
  /** Lots of open cases, not booked: they stay reserved. */
  held: number;
  /** Lots that the venue counts and that a person said were never done. */
  excused: number;
  /** How the venue ended it, while what it counts is not accounted for. */
  ending: { readonly outcome: RouteClosed['outcome']; readonly text: string } | undefined;
}

/** A fill as it is booked now. `quantity` 0: it was busted, or its amounts are no longer known. */
export interface Execution {
  readonly routeId: string;
  /** Number of the event that booked it. */
  readonly sequence: number;
  readonly quantity: number;
  readonly venuePrice: number;
  readonly clientPrice: number;
  /** Booked before amounts were kept with it: whatever comes under its id is the same again. */
  readonly isBare?: boolean;
}

/** An account's position in one instrument and what its open orders may add to it. */
export interface Holding {
  readonly account: string;
  readonly instrument: InstrumentId;
  position: Position;
  /** Lots of open orders not yet filled. */
  openBuy: number;
  openSell: number;
  /** Lots at venues, part of the above. */
  flightBuy: number;
  flightSell: number;
}

/** Resting orders of one instrument, best last: worst price first, newest first among equals. */
export interface RestingSides {
  readonly buy: OrderState[];
  readonly sell: OrderState[];
}

export interface CommandResult {
  readonly sequence: number;
  readonly orderId: string | undefined;
  readonly refusal: { readonly code: RefusalCode; readonly text: string } | undefined;
}

/** Told of what happens to the partition before it does: a snapshot that is being written. */
export interface Witness {
  before(event: OrderEvent): void;
  forgets(order: OrderState): void;
}

export interface PartitionState {
  /** Not part of the state. */
  witness: Witness | undefined;
  readonly partition: string;
  retention: Retention;
  /** Of the last event folded in; 0 at the beginning. */
  sequence: number;
  tradingState: TradingState;
  /** Parts of the firm that are stopped, by `stopKey`. */
  readonly stops: Map<string, Stop>;
  /** Of sequences and orders, since the journal was restored; absent: the first. */
  numbering: Numbering | undefined;
  /** It was restored, and the loss is not accepted: nothing adds risk. */
  isBehind: boolean;
  orderCount: number;
  readonly orders: Map<string, OrderState>;
  readonly routes: Map<string, RouteState>;
  /** Orders not closed, oldest first. */
  readonly open: Map<string, OrderState>;
  /** Open DAY orders without a cancel on the way. */
  readonly dayOrders: Map<string, OrderState>;
  readonly resting: Map<InstrumentId, RestingSides>;
  /** Resting orders that a venue refused, with the time: tried again after a cool-down. */
  readonly cooling: Map<string, number>;
  /** Routes waiting for a venue's word, with the time since when. */
  readonly unanswered: Map<string, number>;
  /** Closed orders in closing order, from `closedHead` on. */
  closed: { readonly orderId: string; readonly atMs: number }[];
  closedHead: number;
  /** client + NUL + ClOrdID of an order in memory → orderId. */
  readonly named: Map<string, string>;
  /**
   * client + NUL + ClOrdID of a cancel, or of a replace that was not taken → orderId, while the order is in
   * memory. They name the order to whoever asks for its status, and are no ClOrdIDs of orders.
   */
  readonly requested: Map<string, string>;
  /** client + NUL + ClOrdID of all orders, refused ones too. */
  readonly clOrdIds: NamesOfDays;
  /** Trade day of the young ClOrdIDs. */
  clOrdIdDay: number;
  /** client + NUL + ClOrdID of orders that were refused lately. */
  readonly refused: Generations<true>;
  readonly commands: Generations<CommandResult>;
  /** commandIds of orders, replaces and clients' cancels that were taken; as long as ClOrdIDs. */
  readonly taken: NamesOfDays;
  /**
   * By route and ExecID, oldest first; as long as the route. An ExecID is unique within a trading day, or the
   * life of an order (FIX 4.4, ExecID(17)), so never without the route.
   */
  readonly executions: Map<string, Map<string, Execution>>;
  /** Open cases, oldest first, and how many were ever opened. */
  readonly cases: Map<string, CaseState>;
  /** The same by route, for who looks at each fill; derived. */
  readonly casesOfRoute: Map<string, readonly CaseState[]>;
  caseCount: number;
  /** account + NUL + instrument. */
  readonly holdings: Map<string, Holding>;
  /** What limits need beside all that. */
  readonly ledger: Ledger;
  /** New orders and replaces per bucket of time; `rateBucket` is the newest. */
  rateBucket: number;
  readonly rateCounts: number[];
}

export function createPartition(partition: string, retention: Retention = RETENTION): PartitionState {
  if (!isPartition(partition)) throw new Error(`${partition} is not a partition id of at most 32 characters`);
  return {
    witness: undefined,
    partition,
    retention,
    sequence: 0,
    tradingState: 'active',
    stops: new Map(),
    numbering: undefined,
    isBehind: false,
    orderCount: 0,
    orders: new Map(),
    routes: new Map(),
    open: new Map(),
    dayOrders: new Map(),
    resting: new Map(),
    cooling: new Map(),
    unanswered: new Map(),
    closed: [],
    closedHead: 0,
    named: new Map(),
    requested: new Map(),
    clOrdIds: noNames(),
    clOrdIdDay: 0,
    refused: emptyGenerations(),
    commands: emptyGenerations(),
    taken: noNames(),
    executions: new Map(),
    cases: new Map(),
    casesOfRoute: new Map(),
    caseCount: 0,
    holdings: new Map(),
    ledger: emptyLedger(),
    rateBucket: 0,
    rateCounts: new Array<number>(RATE_BUCKETS).fill(0),
  };
}

/** Joins two names of which neither can contain NUL (edges refuse control characters). */
export function pairKey(left: string, right: string): string {
  return `${left}\u0000${right}`;
}

/** Of older orders first, as also a restored partition has them. */
export function* routesInOrder({ orders, routes }: PartitionState): Iterable<RouteState> {
  for (const { routeIds } of orders.values()) {
    for (const id of routeIds) {
      const route = routes.get(id);
      if (route !== undefined) yield route;
    }
  }
}

const NO_CASES: readonly CaseState[] = [];

/** The open cases of a route, oldest first. */
export function casesOf({ casesOfRoute }: PartitionState, routeId: string): readonly CaseState[] {
  return casesOfRoute.get(routeId) ?? NO_CASES;
}

export function keepCase(state: PartitionState, open: CaseState): void {
  state.cases.set(open.caseId, open);
  state.casesOfRoute.set(open.routeId, [...casesOf(state, open.routeId), open]);
}

export function dropCase(state: PartitionState, open: CaseState): void {
  state.cases.delete(open.caseId);
  const rest = casesOf(state, open.routeId).filter(({ caseId }) => caseId !== open.caseId);
  if (rest.length > 0) state.casesOfRoute.set(open.routeId, rest);
  else state.casesOfRoute.delete(open.routeId);
}

export type FoundOrder =
  | { readonly found: 'open' | 'closed'; readonly order: OrderState }
  /** `refused`: the ClOrdID was of an order that was refused lately. */
  | { readonly found: 'unknown' | 'refused' }
  /** It closed, or was refused, too long ago; the journal and the tables have it. */
  | { readonly found: 'forgotten' };

/** The order that a client's ClOrdID, any of the chain, names. */
export function findOrder(state: PartitionState, client: string, clOrdId: string): FoundOrder {
  const name = pairKey(client, clOrdId);
  const order = state.orders.get(state.named.get(name) ?? '');
  if (order !== undefined) return { found: order.outcome === 'open' ? 'open' : 'closed', order };
  if (!isNamed(state.clOrdIds, name)) return { found: 'unknown' };
  return { found: recall(state.refused, name) === true ? 'refused' : 'forgotten' };
}

/** As `findOrder`, by the ClOrdID of any request that was ever sent for the order. */
export function findAnyRequest(state: PartitionState, client: string, clOrdId: string): FoundOrder {
  const found = findOrder(state, client, clOrdId);
  if (found.found !== 'unknown') return found;
  const order = state.orders.get(state.requested.get(pairKey(client, clOrdId)) ?? '');
  if (order === undefined) return found;
  return { found: order.outcome === 'open' ? 'open' : 'closed', order };
}

/** An order of this partition that closed so long ago that only the journal has it. */
export function isForgotten(state: PartitionState, orderId: string): boolean {
  const id = parseOrderId(orderId);
  return (
    id !== undefined &&
    id.partition === state.partition &&
    id.order <= state.orderCount &&
    !state.orders.has(orderId)
  );
}

/** Whether the trading day has named all the orders that it can. */
export function areClOrdIdsSpent(state: PartitionState, utcMs: number): boolean {
  const { clOrdIds, clOrdIdDay, retention } = state;
  return clOrdIds.young.size >= retention.clOrdIdsPerDayMax && tradeDay(utcMs) <= clOrdIdDay;
}

/** What made an order may be found by its ClOrdID. */
const TAKEN: CommandResult = { sequence: 0, orderId: undefined, refusal: undefined };

/** What was decided of a command when it came first. */
export function recallCommand(state: PartitionState, commandId: string): CommandResult | undefined {
  const result = recall(state.commands, commandId);
  if (result !== undefined) return result;
  return isNamed(state.taken, commandId) ? TAKEN : undefined;
}

export function clOrdIdUsed(state: PartitionState, client: string, clOrdId: string): boolean {
  return isNamed(state.clOrdIds, pairKey(client, clOrdId));
}

/** What is booked of a route under an ExecID. */
export const bookedAs = (
  { executions }: PartitionState,
  routeId: string,
  venueExecId: string,
): Execution | undefined => executions.get(routeId)?.get(venueExecId);

export function holdingOf(state: PartitionState, account: string, instrument: InstrumentId): Holding {
  return (
    state.holdings.get(pairKey(account, instrument)) ?? {
      account,
      instrument,
      position: FLAT,
      openBuy: 0,
      openSell: 0,
      flightBuy: 0,
      flightSell: 0,
    }
  );
}

/** New orders and replaces counted in the last second before `utcMs`. */
export function recentOrders(state: PartitionState, utcMs: number): number {
  const newest = Math.max(Math.floor(utcMs / RATE_BUCKET_MS), state.rateBucket);
  let count = 0;
  for (let bucket = newest - RATE_BUCKETS + 1; bucket <= state.rateBucket; bucket += 1) {
    if (bucket >= 0) count += state.rateCounts[bucket % RATE_BUCKETS] as number;
  }
  return count;
}

/** The newest ClOrdID of the chain. */
export function currentClOrdId(order: OrderState): string {
  return order.clOrdIds.at(-1) as string;
}

/** FIX OrdStatus(39) of an order, in its order of precedence: closed, then pending cancel, then fills. */
export function orderStatus(order: OrderState): OrderStatus {
  if (order.outcome !== 'open') return order.outcome;
  if (order.pendingCancel !== undefined) return 'pendingCancel';
  return order.filled > 0 ? 'partiallyFilled' : 'new';
}

/** FIX LeavesQty(151): lots still to be filled; 0 once closed, never negative. */
export function leavesOf(order: OrderState): number {
  return order.outcome === 'open' ? Math.max(0, order.quantity - order.filled) : 0;
}

/** Whether it is done at once or not at all: nothing of it rests. */
export function isImmediate(order: {
  readonly orderType: OrderType;
  readonly timeInForce: TimeInForce;
}): boolean {
  return order.orderType === 'market' || order.timeInForce === 'ioc' || order.timeInForce === 'fok';
}
