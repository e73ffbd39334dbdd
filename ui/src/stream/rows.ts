/**
 * Live rows of one channel outside React: orders, executions, positions … A snapshot replaces what is held,
 * an update adds and replaces; a row that is older by its sequence than the one held is dropped, wherever
 * it came from.
 */

export interface RowRules<T> {
  readonly key: (row: T) => string;
  /** True when `next` may take the place of `held`. */
  readonly supersedes: (next: T, held: T) => boolean;
  /** Order on the page, first row first. */
  readonly compare: (left: T, right: T) => number;
  /** Rows kept (and a tenth more for a while); the last in order are let go. */
  readonly limit: number;
}

export interface RowChange<T> {
  readonly op: 'snapshot' | 'update';
  readonly rows: readonly T[];
}

export class LiveRows<T> {
  readonly #rules: RowRules<T>;
  readonly #schedule: (run: () => void) => void;
  readonly #rows = new Map<string, T>();
  /** When a row first came by update (monotonic ms): for the flash of new rows. */
  readonly #arrivedMs = new Map<string, number>();
  readonly #watchers = new Set<() => void>();
  readonly #listeners = new Set<(row: T) => void>();
  /** The first row when the last snapshot had come. */
  #firstOfSnapshot: T | undefined;
  #arrived = 0;
  #list: readonly T[] | null = [];
  #scheduled = false;
  #synced = false;

  /** @param schedule runs a notification later, so that a burst becomes one. */
  constructor(rules: RowRules<T>, schedule: (run: () => void) => void) {
    this.#rules = rules;
    this.#schedule = schedule;
  }

  apply(change: RowChange<T>, nowMs: number): void {
    if (change.op === 'snapshot') this.#replaceAll(change.rows);
    else for (const row of change.rows) this.#put(row, nowMs);
    this.#changed();
  }

  /** Older pages read by REST: only what is not held, and no flash. */
  append(rows: readonly T[]): void {
    for (const row of rows) {
      const key = this.#rules.key(row);
      if (!this.#rows.has(key)) this.#rows.set(key, row);
    }
    this.#changed();
  }

  clear(): void {
    this.#rows.clear();
    this.#arrivedMs.clear();
    this.#synced = false;
    this.#changed();
  }

  /** Rows in order; the same array until something changes. */
  list = (): readonly T[] => {
    this.#list ??= [...this.#rows.values()].sort(this.#rules.compare);
    return this.#list;
  };

  get(key: string): T | undefined {
    return this.#rows.get(key);
  }
  arrivedMs(key: string): number | undefined {
    return this.#arrivedMs.get(key);
  }
  /** More may be appended: at the limit the last rows would be let go again. */
  get hasRoom(): boolean {
    return this.#rows.size < this.#rules.limit;
  }
  /** Rows that came in since the snapshot and are before all that it had. */
  get arrived(): number {
    return this.#arrived;
  }
  /** A snapshot has come at least once. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Called, at most once per schedule, after rows changed. */
  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  };

  /** Called at once with every row that is taken in. */
  listen(listener: (row: T) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #replaceAll(rows: readonly T[]): void {
    const held = new Map(this.#rows);
    this.#rows.clear();
    this.#arrivedMs.clear();
    this.#synced = true;
    for (const row of rows) {
      const before = held.get(this.#rules.key(row));
      // The snapshot is read from tables that may be a little behind what this client has already seen.
      const kept = before !== undefined && !this.#rules.supersedes(row, before) ? before : row;
      this.#rows.set(this.#rules.key(row), kept);
      for (const listener of this.#listeners) listener(kept);
    }
    this.#list = null;
    this.#firstOfSnapshot = this.list()[0];
    this.#arrived = 0;
  }

  #put(row: T, nowMs: number): void {
    const key = this.#rules.key(row);
    const held = this.#rows.get(key);
    if (held !== undefined && !this.#rules.supersedes(row, held)) return;
    if (held === undefined) {
      this.#arrivedMs.set(key, nowMs);
      const first = this.#firstOfSnapshot;
      if (first === undefined || this.#rules.compare(row, first) < 0) this.#arrived += 1;
    }
    this.#rows.set(key, row);
    for (const listener of this.#listeners) listener(row);
  }

  #changed(): void {
    this.#list = null;
    // A tenth of slack, so that a full collection is not sorted at every row.
    if (this.#rows.size > this.#rules.limit * 1.1) this.#trim();
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      for (const watcher of this.#watchers) watcher();
    });
  }

  #trim(): void {
    for (const row of this.list().slice(this.#rules.limit)) {
      this.#rows.delete(this.#rules.key(row));
      this.#arrivedMs.delete(this.#rules.key(row));
    }
    this.#list = null;
  }
}
