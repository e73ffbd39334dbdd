/**
 * The server's time here, from what it says of it on the stream. A message that was long under way shows less
 * than the true difference of the clocks, so the largest of late is the best: never ahead of the server, and
 * behind it by no more than the way of the quickest message. The computer's own date is not looked at.
 */
const WINDOW_MS = 60_000;

export class ServerClock {
  /** Of this window and of the one before; an older difference is forgotten, since either clock may drift. */
  #present = Number.NEGATIVE_INFINITY;
  #before = Number.NEGATIVE_INFINITY;
  #sinceMs = 0;

  /** The server has said its time; `monoMs`: when that was heard, on the monotonic clock here. */
  heard(serverTimeMs: number, monoMs: number): void {
    const windows = Math.floor((monoMs - this.#sinceMs) / WINDOW_MS);
    if (windows > 0) {
      this.#before = windows === 1 ? this.#present : Number.NEGATIVE_INFINITY;
      this.#present = Number.NEGATIVE_INFINITY;
      this.#sinceMs += windows * WINDOW_MS;
    }
    this.#present = Math.max(this.#present, serverTimeMs - monoMs);
  }

  /** The server's time at a moment here, as a request says it; undefined while it has said nothing. */
  at(monoMs: number): string | undefined {
    const difference = Math.max(this.#present, this.#before);
    return Number.isFinite(difference) ? new Date(Math.floor(monoMs + difference)).toISOString() : undefined;
  }
}
