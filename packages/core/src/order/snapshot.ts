/**
 * A partition's state as text and back, for the journal's snapshots. What can be derived (the resting index,
 * which orders are open) is derived again; the rest is written in the order in which it is kept, because
 * order decides later.
 */
import type { Generations } from './generations.ts';
import {
  createPartition,
  keepCase,
  pairKey,
  RETENTION,
  type CommandResult,
  type Execution,
  type Holding,
  type OrderState,
  type PartitionState,
  type Retention,
  type RouteState,
} from './partition.ts';
import type { CaseState } from './case.ts';
import type { Numbering } from './numbering.ts';
import { addResting } from './resting.ts';
import type { TradingState } from './order.ts';

/**
 * Grows when a snapshot of before can't be read any more; then the journal is replayed from its beginning.
 */
const SNAPSHOT_VERSION = 1;

type Entries<Value> = readonly (readonly [string, Value])[];

/**
 * JSON drops `undefined`; `null` keeps each field's place, so equal states stay equal text after a restore.
 */
type Nullable<Item, Fields extends keyof Item> = Omit<Item, Fields> & {
  readonly [Field in Fields]: Item[Field] | null;
};
export type SavedOrder = Nullable<
  Omit<OrderState, 'notional'>,
  'forcedVenue' | 'price' | 'pendingCancel' | 'code'
> & { readonly notional: string };
type SavedHolding = Omit<Holding, 'position'> & {
  readonly position: { readonly quantity: number; readonly cost: string; readonly realized: string };
};
type Since2 = 'held' | 'excused' | 'ending' | 'attemptsFrom';
export type SavedRoute = Omit<Nullable<RouteState, 'price' | 'outcome' | 'pendingReplace'>, Since2> &
  Partial<Pick<RouteState, Since2>>;
type SavedCase = Nullable<CaseState, 'orderId' | 'proposal'>;

interface SnapshotBody {
  readonly version: number;
  readonly partition: string;
  /** Of a former version it may lack what is new, and have what is no more. */
  readonly retention: Partial<Retention>;
  readonly sequence: number;
  readonly tradingState: TradingState;
  readonly numbering?: Numbering;
  readonly isBehind?: boolean;
  readonly orderCount: number;
  readonly orders: readonly SavedOrder[];
  readonly routes: readonly SavedRoute[];
  readonly open: readonly string[];
  readonly dayOrders: readonly string[];
  readonly cooling: Entries<number>;
  readonly unanswered: Entries<number>;
  readonly closed: PartitionState['closed'];
  readonly clOrdIds: readonly [Entries<string>, Entries<string>];
  /** Absent in snapshots from before requests were remembered. */
  readonly requests?: readonly [Entries<string>, Entries<string>];
  readonly clOrdIdDay: number;
  readonly commands: readonly [Entries<CommandResult>, Entries<CommandResult>];
  readonly orderCommands?: readonly [Entries<string>, Entries<string>];
  /** Before amounts were kept: venue + NUL + ExecID → routeId. */
  readonly executions: readonly [Entries<Execution | string>, Entries<Execution | string>];
  readonly cases?: readonly SavedCase[];
  readonly caseCount?: number;
  readonly holdings: readonly SavedHolding[];
  readonly rateBucket: number;
  readonly rateCounts: readonly number[];
}

/** The whole state as JSON text. Equal states give equal text. */
export function snapshotState(state: PartitionState): string {
  const body: SnapshotBody = {
    version: SNAPSHOT_VERSION,
    partition: state.partition,
    retention: state.retention,
    sequence: state.sequence,
    tradingState: state.tradingState,
    ...(state.numbering === undefined ? {} : { numbering: state.numbering }),
    isBehind: state.isBehind,
    orderCount: state.orderCount,
    orders: [...state.orders.values()].map(saveOrder),
    routes: [...state.routes.values()].map(saveRoute),
    open: [...state.open.keys()],
    dayOrders: [...state.dayOrders.keys()],
    cooling: [...state.cooling],
    unanswered: [...state.unanswered],
    closed: state.closed.slice(state.closedHead),
    clOrdIds: entriesOf(state.clOrdIds),
    requests: entriesOf(state.requests),
    clOrdIdDay: state.clOrdIdDay,
    commands: entriesOf(state.commands),
    orderCommands: entriesOf(state.orderCommands),
    executions: entriesOf(state.executions),
    cases: [...state.cases.values()].map(saveCase),
    caseCount: state.caseCount,
    holdings: [...state.holdings.values()].map(saveHolding),
    rateBucket: state.rateBucket,
    rateCounts: state.rateCounts,
  };
  return JSON.stringify(body);
}

/** Undefined when the text is of another version: replay from the beginning then. Throws on damaged text. */
export function restoreState(text: string): PartitionState | undefined {
  const body = JSON.parse(text) as SnapshotBody;
  if (body.version !== SNAPSHOT_VERSION) return undefined;
  const state = createPartition(body.partition, retentionOf(body.retention));
  state.sequence = body.sequence;
  state.tradingState = body.tradingState;
  state.numbering = body.numbering;
  state.isBehind = body.isBehind ?? false;
  state.orderCount = body.orderCount;
  for (const saved of body.orders) {
    const order = orderFrom(saved);
    state.orders.set(order.orderId, order);
    if (order.restingPrice > 0) addResting(state.resting, order);
  }
  for (const saved of body.routes) state.routes.set(saved.routeId, routeFrom(saved));
  for (const id of body.open) state.open.set(id, state.orders.get(id) as OrderState);
  for (const id of body.dayOrders) state.dayOrders.set(id, state.orders.get(id) as OrderState);
  for (const [id, atMs] of body.cooling) state.cooling.set(id, atMs);
  for (const [id, atMs] of body.unanswered) state.unanswered.set(id, atMs);
  state.closed = [...body.closed];
  fillGenerations(state.clOrdIds, body.clOrdIds);
  fillGenerations(state.requests, body.requests ?? [[], []]);
  state.clOrdIdDay = body.clOrdIdDay;
  fillGenerations(state.commands, body.commands);
  fillGenerations(state.orderCommands, body.orderCommands ?? [[], []]);
  fillGenerations(state.executions, [
    body.executions[0].map(executionFrom),
    body.executions[1].map(executionFrom),
  ]);
  for (const saved of body.cases ?? []) keepCase(state, caseFrom(saved));
  state.caseCount = body.caseCount ?? 0;
  for (const saved of body.holdings) {
    state.holdings.set(pairKey(saved.account, saved.instrument), holdingFrom(saved));
  }
  state.rateBucket = body.rateBucket;
  body.rateCounts.forEach((count, at) => {
    state.rateCounts[at] = count;
  });
  return state;
}

function retentionOf(saved: Partial<Retention>): Retention {
  const {
    closedOrdersMax = RETENTION.closedOrdersMax,
    closedOrderAgeMsMax = RETENTION.closedOrderAgeMsMax,
    clOrdIdsPerDayMax = RETENTION.clOrdIdsPerDayMax,
    requestIdsMax = RETENTION.requestIdsMax,
    commandsMax = RETENTION.commandsMax,
    executionsMax = RETENTION.executionsMax,
  } = saved;
  return {
    closedOrdersMax,
    closedOrderAgeMsMax,
    clOrdIdsPerDayMax,
    requestIdsMax,
    commandsMax,
    executionsMax,
  };
}

export function saveOrder(order: OrderState): SavedOrder {
  return {
    ...order,
    forcedVenue: order.forcedVenue ?? null,
    price: order.price ?? null,
    pendingCancel: order.pendingCancel ?? null,
    code: order.code ?? null,
    notional: String(order.notional),
  };
}

export function orderFrom(saved: SavedOrder): OrderState {
  return {
    ...saved,
    forcedVenue: saved.forcedVenue ?? undefined,
    price: saved.price ?? undefined,
    pendingCancel: saved.pendingCancel ?? undefined,
    code: saved.code ?? undefined,
    notional: BigInt(saved.notional),
  };
}

export function saveRoute(route: RouteState): SavedRoute {
  return {
    ...route,
    price: route.price ?? null,
    outcome: route.outcome ?? null,
    pendingReplace: route.pendingReplace ?? null,
  };
}

export function routeFrom(saved: SavedRoute): RouteState {
  return {
    ...saved,
    price: saved.price ?? undefined,
    outcome: saved.outcome ?? undefined,
    pendingReplace: saved.pendingReplace ?? undefined,
    attemptsFrom: saved.attemptsFrom ?? 0,
    held: saved.held ?? 0,
    excused: saved.excused ?? 0,
    ending: saved.ending ?? undefined,
  };
}

function executionFrom([key, saved]: readonly [string, Execution | string]): readonly [string, Execution] {
  if (typeof saved !== 'string') return [key, saved];
  const venueExecId = key.slice(key.indexOf('\u0000') + 1);
  const amounts = { sequence: 0, quantity: 0, venuePrice: 0, clientPrice: 0 };
  return [pairKey(saved, venueExecId), { routeId: saved, ...amounts, isBare: true }];
}

function saveCase(open: CaseState): SavedCase {
  return { ...open, orderId: open.orderId ?? null, proposal: open.proposal ?? null };
}

function caseFrom(saved: SavedCase): CaseState {
  return { ...saved, orderId: saved.orderId ?? undefined, proposal: saved.proposal ?? undefined };
}

function saveHolding({ position: { quantity, cost, realized }, ...rest }: Holding): SavedHolding {
  return { ...rest, position: { quantity, cost: String(cost), realized: String(realized) } };
}

function holdingFrom({ position: { quantity, cost, realized }, ...rest }: SavedHolding): Holding {
  return { ...rest, position: { quantity, cost: BigInt(cost), realized: BigInt(realized) } };
}

function entriesOf<Value>(memory: Generations<Value>): [Entries<Value>, Entries<Value>] {
  return [[...memory.young], [...memory.old]];
}

function fillGenerations<Value>(
  memory: Generations<Value>,
  saved: readonly [Entries<Value>, Entries<Value>],
): void {
  memory.young = new Map(saved[0]);
  memory.old = new Map(saved[1]);
}
