/**
 * Snapshots as the release before wrote them (version 1: one JSON object), for partitions that are started
 * by this one for the first time.
 */
import { remember } from './generations.ts';
import {
  createPartition,
  keepCase,
  pairKey,
  RETENTION,
  RETENTION_BEFORE,
  type CommandResult,
  type Execution,
  type OrderState,
  type PartitionState,
  type Retention,
} from './partition.ts';
import type { Numbering } from './numbering.ts';
import type { TradingState } from './order.ts';
import { ledgerFromHoldings } from '../risk/ledger.ts';
import { addResting } from './resting.ts';
import {
  caseFrom,
  holdingFrom,
  orderFrom,
  routeFrom,
  type SavedCase,
  type SavedHolding,
  type SavedOrder,
  type SavedRoute,
} from './saved.ts';

type Entries<Value> = readonly (readonly [string, Value])[];

export interface FormerSnapshot {
  readonly version: 1;
  readonly partition: string;
  readonly retention: Partial<Pick<Retention, 'closedOrdersMax' | 'closedOrderAgeMsMax'>>;
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

export function restoreFormer(body: FormerSnapshot): PartitionState {
  const { closedOrdersMax, closedOrderAgeMsMax } = { ...RETENTION_BEFORE, ...body.retention };
  const retention = { ...RETENTION, closedOrdersMax, closedOrderAgeMsMax };
  const state = createPartition(body.partition, retention);
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
  restoreNames(state, body);
  for (const generation of [body.executions[1], body.executions[0]])
    for (const [key, saved] of generation) restoreExecution(state, key, saved);
  for (const saved of body.cases ?? []) keepCase(state, caseFrom(saved));
  state.caseCount = body.caseCount ?? 0;
  for (const saved of body.holdings)
    state.holdings.set(pairKey(saved.account, saved.instrument), holdingFrom(saved));
  ledgerFromHoldings(state);
  state.rateBucket = body.rateBucket;
  body.rateCounts.forEach((count, at) => {
    state.rateCounts[at] = count;
  });
  return state;
}

function restoreNames(state: PartitionState, body: FormerSnapshot): void {
  const { clOrdIds, requests = [[], []], orderCommands = [[], []], commands } = body;
  state.clOrdIdDay = body.clOrdIdDay;
  for (const [at, names] of [state.clOrdIds.old, state.clOrdIds.young].entries()) {
    for (const [name, orderId] of clOrdIds[1 - at] ?? []) {
      names.add(name);
      if (orderId === '') remember(state.refused, name, true, state.retention.refusedMax);
      else nameAgain(state, name, orderId);
    }
  }
  for (const [name, orderId] of [...requests[1], ...requests[0]]) {
    const order = state.orders.get(orderId);
    if (order === undefined) continue;
    state.requested.set(name, orderId);
    order.requestIds.push(name);
  }
  for (const [id] of orderCommands[1]) state.taken.old.add(id);
  for (const [id] of orderCommands[0]) state.taken.young.add(id);
  for (const [id, result] of [...commands[1], ...commands[0]])
    remember(state.commands, id, result, state.retention.commandsMax);
}

/** What is not of the chain was the name of a replace that a venue had to answer, or is older than it. */
function nameAgain(state: PartitionState, name: string, orderId: string): void {
  const order = state.orders.get(orderId);
  if (order === undefined) return;
  state.named.set(name, orderId);
  const clOrdId = name.slice(order.origin.client.length + 1);
  if (!order.clOrdIds.includes(clOrdId)) order.aliases.push(clOrdId);
}

/** Long ago: venue + NUL + ExecID → routeId. Of orders that were forgotten the journal has them. */
function restoreExecution(state: PartitionState, key: string, saved: Execution | string): void {
  const venueExecId = key.slice(key.indexOf('\u0000') + 1);
  const bare = { sequence: 0, quantity: 0, venuePrice: 0, clientPrice: 0, isBare: true };
  const execution = typeof saved === 'string' ? { routeId: saved, ...bare } : saved;
  const { routeId } = execution;
  if (!state.routes.has(routeId)) return;
  const booked = state.executions.get(routeId) ?? new Map<string, Execution>();
  booked.set(venueExecId, execution);
  state.executions.set(routeId, booked);
}
