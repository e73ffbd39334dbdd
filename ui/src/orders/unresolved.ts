/**
 * Orders that were sent and whose outcome is not known yet: kept beyond a reload, asked for by ClOrdID until
 * it is. Nothing is guessed: an order leaves the list only by the server's word.
 */
import type { OrderView } from '@tidegate/wire/orders';
import type { Api } from '../api/client.ts';
import { ApiProblem } from '../api/problems.ts';
import { Cell } from '../cell.ts';
import { isOpen } from './order.words.ts';

export interface Unresolved {
  readonly clOrdId: string;
  readonly instrument: string;
  /** `Buying 1M @ 1.08412` */
  readonly text: string;
  /** UTC milliseconds of the click. */
  readonly sentAtMs: number;
  /** From a tile, which shows it until it is known. */
  readonly isClick: boolean;
  /** It may rest: accepted is then known enough. */
  readonly mayRest: boolean;
}

/** Its owner never took it, and will not any more. */
export const NEVER_TAKEN = 'NEVER_TAKEN';
export const unresolvedLimits = {
  /** The stream has the first word. */
  firstAskMs: 2_000,
  askEveryMs: 2_000,
  /** A request under way may still be decided so long after it was sent; then "unknown" is the last word. */
  mayStillComeMs: 40_000,
  keptMax: 200,
} as const;

export interface UnresolvedStore {
  read(): string | null;
  write(text: string): void;
}

export interface UnresolvedAround {
  readonly api: Pick<Api, 'orderByClOrdId'>;
  readonly store: UnresolvedStore;
  readonly nowMs: () => number;
  /** What became of one. */
  readonly found: (order: OrderView) => void;
  readonly neverTaken: (one: Unresolved) => void;
}

export class UnresolvedOrders {
  readonly list: Cell<readonly Unresolved[]>;
  readonly #around: UnresolvedAround;
  readonly #asking = new Set<string>();
  readonly #askedMs = new Map<string, number>();

  constructor(around: UnresolvedAround) {
    this.#around = around;
    this.list = new Cell(readKept(around.store.read()));
  }

  /** Before the request leaves: whatever happens to this page, it is known that it was sent. */
  sent(one: Unresolved): void {
    this.#keep([...this.list.read(), one].slice(-unresolvedLimits.keptMax));
  }

  /** It was refused where it was sent, or is known by another way. */
  resolved(clOrdId: string): void {
    const left = this.list.read().filter((one) => one.clOrdId !== clOrdId);
    if (left.length < this.list.read().length) this.#keep(left);
    this.#askedMs.delete(clOrdId);
  }

  /** Any word of an order, by stream or by answer. */
  hear(order: OrderView): void {
    const one = this.list.read().find(({ clOrdId }) => clOrdId === order.clOrdId);
    if (one !== undefined && isKnown(one, order)) this.resolved(order.clOrdId);
  }

  /** Asks for what is due. */
  tick(): void {
    const nowMs = this.#around.nowMs();
    for (const one of this.list.read()) {
      const lastMs = this.#askedMs.get(one.clOrdId);
      const dueMs =
        lastMs === undefined
          ? one.sentAtMs + unresolvedLimits.firstAskMs
          : lastMs + unresolvedLimits.askEveryMs;
      if (nowMs >= dueMs && !this.#asking.has(one.clOrdId)) void this.#ask(one);
    }
  }

  async #ask(one: Unresolved): Promise<void> {
    const { api, found, neverTaken, nowMs } = this.#around;
    this.#asking.add(one.clOrdId);
    this.#askedMs.set(one.clOrdId, nowMs());
    try {
      const order = await api.orderByClOrdId(one.clOrdId);
      found(order);
      this.hear(order);
    } catch (error) {
      const isUnknown = error instanceof ApiProblem && error.code === 'UNKNOWN_ORDER';
      if (isUnknown && nowMs() - one.sentAtMs > unresolvedLimits.mayStillComeMs) {
        this.resolved(one.clOrdId);
        neverTaken(one);
      }
      // Any other answer says nothing of the order: ask again.
    } finally {
      this.#asking.delete(one.clOrdId);
    }
  }

  #keep(list: readonly Unresolved[]): void {
    this.list.set(list);
    this.#around.store.write(JSON.stringify(list));
  }
}

function isKnown(one: Unresolved, order: OrderView): boolean {
  if (order.unknown) return false;
  return !isOpen(order) || one.mayRest;
}

function readKept(text: string | null): readonly Unresolved[] {
  if (text === null) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isUnresolved) : [];
  } catch {
    return [];
  }
}

function isUnresolved(value: unknown): value is Unresolved {
  if (typeof value !== 'object' || value === null) return false;
  const one = value as Record<string, unknown>;
  return (
    ['clOrdId', 'instrument', 'text'].every((name) => typeof one[name] === 'string') &&
    typeof one['sentAtMs'] === 'number' &&
    ['isClick', 'mayRest'].every((name) => typeof one[name] === 'boolean')
  );
}
