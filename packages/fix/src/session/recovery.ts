/** What a session misses of its peer's messages, and how often it has asked for it. */

/** ResendRequests that may go without an answer. */
const ATTEMPTS_MAX = 3;

export class Recovery {
  /** We ask when we are done with answering the peer's own request. */
  isDeferred = false;
  #upTo = 0;
  #attempts = 0;

  /** `upTo`: the number that was beyond the gap; what comes behind it is not part of this recovery. */
  begin(upTo: number, isDeferred: boolean): void {
    this.#upTo = upTo;
    this.#attempts = 1;
    this.isDeferred = isDeferred;
  }

  /** Something that was missing came. */
  progressed(): void {
    this.#attempts = 1;
  }

  isOver(expected: number): boolean {
    return expected > this.#upTo;
  }

  mayAskAgain(): boolean {
    this.#attempts += 1;
    return this.#attempts <= ATTEMPTS_MAX;
  }
}
