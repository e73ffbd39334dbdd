/**
 * Writes a snapshot in small steps while the partition goes on: what is about to change, and is not written
 * yet, is written before. Beginning costs a copy of references to what is in memory; each step then writes a
 * counted number of items, and a change at most the one order that it is about.
 */
import { saveTraded } from '../risk/ledger.ts';
import type { CaseState } from './case.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { Names, NamesOfDays, Run } from './names.ts';
import type { OrderEvent } from './order.ts';
import { pairKey, type Holding, type OrderState, type PartitionState, type Witness } from './partition.ts';
import { saveCase, saveHolding, saveOrder, saveRoute } from './saved.ts';
import {
  SNAPSHOT_VERSION,
  type PartItems,
  type PartKind,
  type SavedNames,
  type SnapshotHead,
} from './snapshot.parts.ts';

/** Items of one part at most: orders are large, everything else is small. */
export interface PartSize {
  readonly orders: number;
  readonly items: number;
}

export const PART_SIZE: PartSize = { orders: 25, items: 500 };

/** One part after the other, then undefined. */
type Source = () => string | undefined;

export class Saving implements Witness {
  readonly sequence: number;
  readonly #state: PartitionState;
  readonly #head: Omit<SnapshotHead, 'parts'>;
  readonly #sources: Source[];
  /** Written, in a part or for one to come: whatever happens to them is not of this snapshot. */
  readonly #isWritten = new Set<OrderState | Holding>();
  readonly #early = new Map<OrderState | Holding, string>();
  #parts = 0;
  #isVoid = false;

  constructor(state: PartitionState, size: PartSize = PART_SIZE) {
    this.#state = state;
    this.sequence = state.sequence;
    this.#head = headOf(state);
    const { commands, refused, clOrdIds, taken } = state;
    const { items } = size;
    this.#sources = [
      this.#changing('orders', [...state.orders.values()], (order) => this.#orderText(order), size.orders),
      listed(items, 'dayOrders', [...state.dayOrders.keys()]),
      pairs(items, 'cooling', state.cooling),
      pairs(items, 'unanswered', state.unanswered),
      listed(items, 'closed', state.closed.slice(state.closedHead)),
      this.#changing(
        'holdings',
        [...state.holdings.values()],
        (one) => JSON.stringify(saveHolding(one)),
        items,
      ),
      listed(items, 'cases', [...state.cases.values()], (one: CaseState) => saveCase(one)),
      listed(items, 'traded', [...state.ledger.traded.values()], saveTraded),
      listed(items, 'recent', state.ledger.recent.slice(state.ledger.recentHead)),
      listed(items, 'stops', [...state.stops]),
      listed(items, 'tripped', [...state.ledger.tripped]),
      listed(items, 'levels', [...state.ledger.levels]),
      growing(items, 'commandsOld', commands.old, (entry) => entry),
      growing(items, 'commandsYoung', commands.young, (entry) => entry),
      growing(items, 'refusedOld', refused.old, ([name]) => name),
      growing(items, 'refusedYoung', refused.young, ([name]) => name),
      listed(items, 'clOrdIdsOldRuns', clOrdIds.old.runs),
      listed(items, 'clOrdIdsYoungRuns', clOrdIds.young.runs),
      listed(items, 'takenOldRuns', taken.old.runs),
      listed(items, 'takenYoungRuns', taken.young.runs),
      hashed(items, 'clOrdIdsOld', clOrdIds.old.fingerprints),
      hashed(items, 'clOrdIdsYoung', clOrdIds.young.fingerprints),
      hashed(items, 'takenOld', taken.old.fingerprints),
      hashed(items, 'takenYoung', taken.young.fingerprints),
    ];
  }

  /** What happened to the partition can't be left out of it: another one must be begun. */
  get isVoid(): boolean {
    return this.#isVoid;
  }

  /** Items written before their part, and kept for it. */
  get early(): number {
    return this.#early.size;
  }

  /** The text of the next part; undefined when all are written. */
  next(): string | undefined {
    for (let source = this.#sources[0]; source !== undefined; source = this.#sources[0]) {
      const part = source();
      if (part !== undefined) {
        this.#parts += 1;
        return part;
      }
      this.#sources.shift();
    }
    return undefined;
  }

  /** After the last part. */
  head(): string {
    const head: SnapshotHead = { ...this.#head, parts: this.#parts };
    return JSON.stringify(head);
  }

  before(event: OrderEvent): void {
    const { orders, routes, cases } = this.#state;
    // Of every order.
    if (event.type === 'numberingBegun') this.#isVoid = true;
    if (event.type === 'orderAccepted') this.#keepHolding(event.account, event.instrument);
    const routeId = event.type === 'caseResolved' ? cases.get(event.caseId)?.routeId : undefined;
    const named = 'orderId' in event ? event.orderId : undefined;
    for (const id of [named, routes.get(routeId ?? '')?.orderId]) {
      const order = orders.get(id ?? '');
      if (order !== undefined) this.forgets(order);
    }
  }

  forgets(order: OrderState): void {
    this.#keep(order, () => this.#orderText(order));
    this.#keepHolding(order.account, order.instrument);
  }

  #keepHolding(account: string, instrument: string): void {
    const holding = this.#state.holdings.get(pairKey(account, instrument));
    if (holding !== undefined) this.#keep(holding, () => JSON.stringify(saveHolding(holding)));
  }

  #keep(item: OrderState | Holding, text: () => string): void {
    if (this.#isWritten.has(item)) return;
    this.#isWritten.add(item);
    this.#early.set(item, text());
  }

  #orderText(order: OrderState): string {
    const { routes, executions } = this.#state;
    const kept = order.routeIds.flatMap((id) => routes.get(id) ?? []);
    const item: PartItems['orders'] = [
      saveOrder(order),
      kept.map(saveRoute),
      kept.map(({ routeId }) => [...(executions.get(routeId) ?? [])]),
    ];
    return JSON.stringify(item);
  }

  /** Of items that go on changing. */
  #changing<Item extends OrderState | Holding>(
    kind: PartKind,
    items: readonly Item[],
    text: (item: Item) => string,
    perPart: number,
  ): Source {
    let at = 0;
    return () => {
      if (at >= items.length) return undefined;
      const texts = items.slice(at, at + perPart).map((item) => {
        const early = this.#early.get(item);
        this.#early.delete(item);
        this.#isWritten.add(item);
        return early ?? text(item);
      });
      at += perPart;
      return `["${kind}",[${texts.join(',')}]]`;
    };
  }
}

function headOf(state: PartitionState): Omit<SnapshotHead, 'parts'> {
  const { partition, retention, sequence, tradingState, numbering, isBehind, orderCount } = state;
  const { caseCount, clOrdIdDay, clOrdIds, taken, rateBucket, rateCounts } = state;
  return {
    version: SNAPSHOT_VERSION,
    partition,
    retention,
    sequence,
    tradingState,
    ...(numbering === undefined ? {} : { numbering }),
    isBehind,
    orderCount,
    caseCount,
    clOrdIdDay,
    clOrdIds: namesOf(clOrdIds),
    taken: namesOf(taken),
    rateBucket,
    rateCounts: [...rateCounts],
  };
}

function namesOf({ young, old }: NamesOfDays): { readonly young: SavedNames; readonly old: SavedNames } {
  const saved = ({ size, counting }: Names): SavedNames => ({
    size,
    counting: [...counting.values()].map((run: Run) => ({ ...run })),
  });
  return { young: saved(young), old: saved(old) };
}

/** A list that is not changed from here on, but that it may grow. */
function listed<Item>(
  perPart: number,
  kind: PartKind,
  items: readonly Item[],
  saved: (item: Item) => unknown = (item) => item,
): Source {
  const { length } = items;
  let at = 0;
  return () => {
    if (at >= length) return undefined;
    const some = items.slice(at, Math.min(at + perPart, length));
    at += some.length;
    return JSON.stringify([kind, some.map(saved)]);
  };
}

/** A map whose entries come and go. */
function pairs(perPart: number, kind: PartKind, map: ReadonlyMap<string, number>): Source {
  const keys = [...map.keys()];
  const values = [...map.values()];
  return listed(
    perPart,
    kind,
    keys.map((_key, at) => at),
    (at) => [keys[at], values[at]],
  );
}

/** A map that grows and of which nothing is deleted. */
function growing<Value>(
  perPart: number,
  kind: PartKind,
  map: ReadonlyMap<string, Value>,
  saved: (entry: readonly [string, Value]) => unknown,
): Source {
  let left = map.size;
  const entries = map.entries();
  return () => {
    if (left === 0) return undefined;
    const items: unknown[] = [];
    for (; left > 0 && items.length < perPart; left -= 1)
      items.push(saved(entries.next().value as readonly [string, Value]));
    return JSON.stringify([kind, items]);
  };
}

function hashed(perPart: number, kind: PartKind, fingerprints: Fingerprints): Source {
  const view = fingerprints.view();
  return () => {
    const some = view(perPart);
    return some === undefined ? undefined : JSON.stringify([kind, some]);
  };
}
