/**
 * Numbers of inbound messages that were answered for good before the application was done with all before
 * them. Should the peer send them again after a crash, the answer stands: they are not delivered.
 */
const KEPT_MIN = 1_024;

export class AnsweredNumbers {
  readonly #numbers: Set<number>;
  /** So many are looked through for those that no resend can reach any more. */
  #prunedAt = KEPT_MIN;

  constructor(numbers: Iterable<number> = []) {
    this.#numbers = new Set(numbers);
  }

  /** `next`: every number below it is done with. */
  add(number: number, next: number): void {
    const numbers = this.#numbers;
    if (numbers.size >= this.#prunedAt) {
      for (const one of numbers) if (one < next) numbers.delete(one);
      this.#prunedAt = Math.max(KEPT_MIN, 2 * numbers.size);
    }
    if (number >= next) numbers.add(number);
  }

  has(number: number): boolean {
    return this.#numbers.size !== 0 && this.#numbers.has(number);
  }

  /** In the order in which they were answered. */
  from(next: number): number[] {
    return [...this.#numbers].filter((number) => number >= next);
  }

  clear(): void {
    this.#numbers.clear();
  }
}
