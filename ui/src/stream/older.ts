/**
 * Rows older than those that a snapshot begins with, read page by page to the end. The snapshot says where it
 * ends, so reading begins anew with each: what a lost line has left out is between the snapshot and that
 * place, never in a hole of the list. What was read before is read again, as far as it went.
 */
import type { LiveRows } from './rows.ts';

export interface OlderPage<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface OlderState {
  /** All rows on the server; null: it has not said. */
  readonly total: number | null;
  readonly hasMore: boolean;
  readonly isReading: boolean;
  /** Why the last page could not be read. */
  readonly problem: string;
}

const unknown: OlderState = { total: null, hasMore: false, isReading: false, problem: '' };

export class OlderRows<T> {
  readonly #rows: LiveRows<T>;
  readonly #readPage: (before: string) => Promise<OlderPage<T>>;
  readonly #watchers = new Set<() => void>();
  #state = unknown;
  #next: string | null = null;
  /** Of the snapshot that is read on from: an answer to the one before is of no use. */
  #generation = 0;
  /** Rows read by pages. */
  #read = 0;

  constructor(rows: LiveRows<T>, readPage: (before: string) => Promise<OlderPage<T>>) {
    this.#rows = rows;
    this.#readPage = readPage;
  }

  state = (): OlderState => this.#state;

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  };

  /** A snapshot has replaced all rows. `next`: where it ends; null: nothing is older. */
  restart(next: string | null, total: number | null): void {
    this.#generation += 1;
    const again = this.#read;
    this.#read = 0;
    this.#next = next;
    this.#tell({ total, hasMore: next !== null, isReading: false, problem: '' });
    if (again > 0) void this.#readOn(again);
  }

  /** One page more, unless one is on its way or there is none. */
  read = (): void => {
    if (!this.#state.isReading) void this.#readOn(1);
  };

  async #readOn(rows: number): Promise<void> {
    const generation = this.#generation;
    let left = rows;
    while (left > 0 && this.#next !== null && this.#hasRoom()) {
      this.#tell({ ...this.#state, isReading: true, problem: '' });
      let page: OlderPage<T>;
      try {
        page = await this.#readPage(this.#next);
      } catch (error) {
        if (generation === this.#generation)
          this.#tell({
            ...this.#state,
            isReading: false,
            problem: error instanceof Error ? error.message : 'no answer',
          });
        return;
      }
      if (generation !== this.#generation) return;
      this.#rows.append(page.items);
      this.#next = page.next;
      this.#read += page.items.length;
      left -= Math.max(1, page.items.length);
    }
    const hasMore = this.#next !== null && this.#hasRoom();
    this.#tell({ ...this.#state, isReading: false, hasMore });
  }

  /** Full rows let go of the oldest: what is older still would leave a hole. */
  #hasRoom(): boolean {
    return this.#rows.hasRoom;
  }

  #tell(state: OlderState): void {
    this.#state = state;
    for (const watcher of [...this.#watchers]) watcher();
  }
}
