/**
 * A partition's state as text and back, for the journal's snapshots: a head and parts, each a JSON text of
 * its own, so that neither writing nor reading takes long at a time (`snapshot.saving.ts` writes them). What
 * can be derived (the resting index, which orders are open) is derived again; the rest is written in the
 * order in which it is kept, because order decides later.
 */
import type { Names } from './names.ts';
import {
  createPartition,
  keepCase,
  pairKey,
  type CommandResult,
  type OrderState,
  type PartitionState,
} from './partition.ts';
import { addResting } from './resting.ts';
import { caseFrom, holdingFrom, orderFrom, routeFrom } from './saved.ts';
import { restoreFormer, type FormerSnapshot } from './snapshot.former.ts';
import {
  SNAPSHOT_VERSION,
  SNAPSHOT_VERSION_WITHOUT_LEDGER,
  type PartItems,
  type PartKind,
  type SnapshotHead,
} from './snapshot.parts.ts';
import { ledgerFromHoldings, pathKey, tradedFrom } from '../risk/ledger.ts';
import { Saving } from './snapshot.saving.ts';

/** The whole state as JSON text. Equal states give equal text. */
export function snapshotState(state: PartitionState): string {
  const saving = new Saving(state);
  const parts: string[] = [];
  for (let part = saving.next(); part !== undefined; part = saving.next()) parts.push(part);
  return `[${[saving.head(), ...parts].join(',')}]`;
}

/** Of any version that is read. Undefined when it is of another: replay from the beginning then. */
export function restoreState(text: string): PartitionState | undefined {
  const saved = JSON.parse(text) as readonly unknown[] | FormerSnapshot;
  if (!isParts(saved)) return isFormer(saved) ? restoreFormer(saved) : undefined;
  const head = saved[0] as SnapshotHead;
  if (!isRead(head)) return undefined;
  const restoring = new Restoring(head);
  for (const part of saved.slice(1)) restoring.add(part as readonly [PartKind, readonly never[]]);
  return restoring.finish();
}

const isParts = (saved: readonly unknown[] | FormerSnapshot): saved is readonly unknown[] =>
  Array.isArray(saved);

const isRead = ({ version }: { readonly version: number }): boolean =>
  version === SNAPSHOT_VERSION || version === SNAPSHOT_VERSION_WITHOUT_LEDGER;

const isFormer = (saved: { readonly version: number }): saved is FormerSnapshot => saved.version === 1;

/** Of a snapshot that was saved in parts. Throws on what is damaged. */
export class Restoring {
  readonly #state: PartitionState;
  readonly #head: SnapshotHead;
  #parts = 0;

  constructor(head: SnapshotHead) {
    const state = createPartition(head.partition, head.retention);
    state.sequence = head.sequence;
    state.tradingState = head.tradingState;
    state.numbering = head.numbering;
    state.isBehind = head.isBehind;
    state.orderCount = head.orderCount;
    state.caseCount = head.caseCount;
    state.clOrdIdDay = head.clOrdIdDay;
    state.rateBucket = head.rateBucket;
    head.rateCounts.forEach((count, at) => {
      state.rateCounts[at] = count;
    });
    this.#state = state;
    this.#head = head;
  }

  /** The head of a snapshot of this version; undefined when the text is of another. */
  static of(head: string): Restoring | undefined {
    const saved = JSON.parse(head) as { readonly version: number };
    return isRead(saved) ? new Restoring(saved as SnapshotHead) : undefined;
  }

  get parts(): number {
    return this.#head.parts;
  }

  addText(part: string): void {
    this.add(JSON.parse(part) as readonly [PartKind, readonly never[]]);
  }

  add([kind, items]: readonly [PartKind, readonly never[]]): void {
    this.#parts += 1;
    readers[kind](this.#state, items);
  }

  finish(): PartitionState {
    const state = this.#state;
    const { clOrdIds, taken, parts, version } = this.#head;
    if (version === SNAPSHOT_VERSION_WITHOUT_LEDGER) ledgerFromHoldings(state);
    if (this.#parts !== parts)
      throw new Error(`the snapshot of ${state.partition} has ${this.#parts} of ${parts} parts`);
    for (const [names, saved] of [
      [state.clOrdIds, clOrdIds],
      [state.taken, taken],
    ] as const) {
      for (const age of ['old', 'young'] as const)
        names[age].restore(saved[age].size, saved[age].counting, []);
    }
    return state;
  }
}

type Readers = {
  readonly [Kind in PartKind]: (state: PartitionState, items: readonly PartItems[Kind][]) => void;
};

const readers: Readers = {
  orders: (state, items) => {
    for (const item of items) restoreOrder(state, item);
  },
  dayOrders: (state, ids) => {
    for (const id of ids) state.dayOrders.set(id, state.orders.get(id) as OrderState);
  },
  cooling: (state, items) => {
    for (const [id, atMs] of items) state.cooling.set(id, atMs);
  },
  unanswered: (state, items) => {
    for (const [id, atMs] of items) state.unanswered.set(id, atMs);
  },
  closed: (state, items) => {
    state.closed.push(...items);
  },
  holdings: (state, items) => {
    for (const one of items) state.holdings.set(pairKey(one.account, one.instrument), holdingFrom(one));
  },
  cases: (state, items) => {
    for (const one of items) keepCase(state, caseFrom(one));
  },
  traded: ({ ledger }, items) => {
    for (const one of items) ledger.traded.set(pathKey(one.path), tradedFrom(one));
  },
  recent: ({ ledger }, items) => {
    ledger.recent.push(...items);
  },
  stops: ({ stops }, items) => {
    for (const [key, stop] of items) stops.set(key, stop);
  },
  tripped: ({ ledger }, items) => {
    for (const [key, trip] of items) ledger.tripped.set(key, trip);
  },
  levels: ({ ledger }, items) => {
    for (const [key, level] of items) ledger.levels.set(key, level);
  },
  commandsOld: ({ commands }, items) => {
    for (const [id, result] of items) commands.old.set(id, resultFrom(result));
  },
  commandsYoung: ({ commands }, items) => {
    for (const [id, result] of items) commands.young.set(id, resultFrom(result));
  },
  refusedOld: ({ refused }, items) => {
    for (const name of items) refused.old.set(name, true);
  },
  refusedYoung: ({ refused }, items) => {
    for (const name of items) refused.young.set(name, true);
  },
  clOrdIdsOldRuns: ({ clOrdIds }, items) => clOrdIds.old.restore(0, [], items),
  clOrdIdsYoungRuns: ({ clOrdIds }, items) => clOrdIds.young.restore(0, [], items),
  takenOldRuns: ({ taken }, items) => taken.old.restore(0, [], items),
  takenYoungRuns: ({ taken }, items) => taken.young.restore(0, [], items),
  clOrdIdsOld: ({ clOrdIds }, items) => restoreFingerprints(clOrdIds.old, items),
  clOrdIdsYoung: ({ clOrdIds }, items) => restoreFingerprints(clOrdIds.young, items),
  takenOld: ({ taken }, items) => restoreFingerprints(taken.old, items),
  takenYoung: ({ taken }, items) => restoreFingerprints(taken.young, items),
};

function restoreOrder(state: PartitionState, [saved, routes, executions]: PartItems['orders']): void {
  const order = orderFrom(saved);
  const { orderId } = order;
  state.orders.set(orderId, order);
  if (order.outcome === 'open') state.open.set(orderId, order);
  if (order.restingPrice > 0) addResting(state.resting, order);
  for (const id of [...order.clOrdIds, ...order.aliases])
    state.named.set(pairKey(order.origin.client, id), orderId);
  for (const name of order.requestIds) state.requested.set(name, orderId);
  for (const [at, route] of routes.entries()) {
    state.routes.set(route.routeId, routeFrom(route));
    const booked = executions[at];
    if (booked !== undefined && booked.length > 0) state.executions.set(route.routeId, new Map(booked));
  }
}

/** JSON has no `undefined`. */
function resultFrom({ sequence, orderId, refusal }: CommandResult): CommandResult {
  return { sequence, orderId, refusal };
}

function restoreFingerprints({ fingerprints }: Names, items: readonly number[]): void {
  for (let at = 0; at < items.length; at += 2)
    fingerprints.add({ high: items[at] as number, low: items[at + 1] as number });
}
