/** Stream latency and updates per second for the header: counted at every message, read once a second. */

export interface MeterReading {
  /** Round trip of the last ping; null until one came back. */
  readonly latencyMs: number | null;
  readonly updatesPerSecond: number;
  /** The slowest price of the last period: from its receipt to its paint, ms. 0 when none was painted. */
  readonly paintedMsMax: number;
}

export class StreamMeter {
  #updates = 0;
  #paintedMsMax = 0;
  #sinceMs: number;
  #reading: MeterReading = { latencyMs: null, updatesPerSecond: 0, paintedMsMax: 0 };
  readonly #watchers = new Set<() => void>();

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** @param rows how many rows an update carried. */
  count(rows: number): void {
    this.#updates += rows;
  }

  latency(ms: number | null): void {
    this.#reading = { ...this.#reading, latencyMs: ms };
  }

  painted(ms: number): void {
    this.#paintedMsMax = Math.max(this.#paintedMsMax, ms);
  }

  /** Ends a measuring period. */
  turn(nowMs: number): void {
    const seconds = (nowMs - this.#sinceMs) / 1000;
    if (seconds <= 0) return;
    this.#reading = {
      ...this.#reading,
      updatesPerSecond: Math.round(this.#updates / seconds),
      paintedMsMax: Math.round(this.#paintedMsMax),
    };
    this.#updates = 0;
    this.#paintedMsMax = 0;
    this.#sinceMs = nowMs;
    for (const watcher of this.#watchers) watcher();
  }

  read = (): MeterReading => this.#reading;

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  };
}
