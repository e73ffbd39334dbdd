/**
 * The beat of the simulated market: calls `tick` at a steady total rate from due times, with one timer for
 * all. What a busy machine could not do within a quarter of a second is left out and counted, never caught up
 * in a burst.
 */

const CATCH_UP_SECONDS = 0.25;
/** Ticks per turn of the event loop, so that orders are not kept waiting. */
const TICKS_PER_TURN_MAX = 200;
const DELAY_MS_MAX = 1_000;

export class Pacer {
  readonly #tick: () => void;
  readonly #nowMs: () => number;
  #ratePerSecond = 0;
  /** Tick number 0 of the present rate is due here. */
  #originMs = 0;
  #done = 0;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #ticks = 0;
  #skipped = 0;

  /** `nowMs`: a monotonic clock. */
  constructor(tick: () => void, nowMs: () => number) {
    this.#tick = tick;
    this.#nowMs = nowMs;
  }

  get ratePerSecond(): number {
    return this.#ratePerSecond;
  }

  /** Ticks made, and ticks left out because they were too late, since the start. */
  get counts(): { readonly ticks: number; readonly skipped: number } {
    return { ticks: this.#ticks, skipped: this.#skipped };
  }

  start(ratePerSecond: number): void {
    this.#running = true;
    this.setRate(ratePerSecond);
  }

  setRate(ratePerSecond: number): void {
    this.#ratePerSecond = ratePerSecond;
    this.#originMs = this.#nowMs();
    this.#done = 0;
    this.#schedule();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  /** Makes what is due now. Called by the timer; a test calls it with a clock of its own. */
  run(): void {
    const elapsedMs = this.#nowMs() - this.#originMs;
    let due = Math.floor((elapsedMs * this.#ratePerSecond) / 1000) - this.#done;
    const dueMax = Math.max(1, Math.ceil(this.#ratePerSecond * CATCH_UP_SECONDS));
    if (due > dueMax) {
      this.#skipped += due - dueMax;
      this.#done += due - dueMax;
      due = dueMax;
    }
    due = Math.min(due, TICKS_PER_TURN_MAX);
    for (let tick = 0; tick < due; tick += 1) this.#tick();
    if (due > 0) {
      this.#done += due;
      this.#ticks += due;
    }
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#running || this.#ratePerSecond <= 0) return;
    const nextDueMs = this.#originMs + ((this.#done + 1) * 1000) / this.#ratePerSecond;
    const delayMs = Math.min(DELAY_MS_MAX, Math.max(0, Math.ceil(nextDueMs - this.#nowMs())));
    this.#timer = setTimeout(() => this.run(), delayMs);
  }
}
