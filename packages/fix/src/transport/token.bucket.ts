/** An allowance that refills steadily: so many a second, and so many at once. Time is an argument. */

export class TokenBucket {
  readonly #perMs: number;
  readonly #most: number;
  #tokens: number;
  #atMs = -1;

  constructor(perSecond: number, most: number) {
    this.#perMs = perSecond / 1000;
    this.#most = Math.max(1, most);
    this.#tokens = this.#most;
  }

  /** False when nothing is left. `monoMs`: a clock that never goes back. */
  take(monoMs: number): boolean {
    this.#refill(monoMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Nothing was taken for so long that it is as new. */
  isFull(monoMs: number): boolean {
    this.#refill(monoMs);
    return this.#tokens >= this.#most;
  }

  #refill(monoMs: number): void {
    if (this.#atMs >= 0)
      this.#tokens = Math.min(this.#most, this.#tokens + (monoMs - this.#atMs) * this.#perMs);
    this.#atMs = monoMs;
  }
}
