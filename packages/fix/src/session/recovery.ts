/** What a session misses of its peer's messages, what it asks for, and how often it has asked. */

/** ResendRequests that may go without an answer. */
const ATTEMPTS_MAX = 3;

export class Recovery {
  readonly #chunkSize: number;
  readonly #openEndSeqNo: number;
  /** We ask when we are done with answering the peer's own request. */
  isDeferred = false;
  #upTo = 0;
  #attempts = 0;
  /** Last number of the chunk that was asked for; 0: all was. */
  #chunkEnd = 0;

  /**
   * `chunkSize`: most messages to ask for at once, 0 is all. `openEndSeqNo`: how the version spells "all".
   */
  constructor(chunkSize: number, openEndSeqNo: number) {
    this.#chunkSize = chunkSize;
    this.#openEndSeqNo = openEndSeqNo;
  }

  /** `upTo`: the number that was beyond the gap; what comes behind it is not part of this recovery. */
  begin(upTo: number, isDeferred: boolean): void {
    this.#upTo = upTo;
    this.#attempts = 1;
    this.#chunkEnd = 0;
    this.isDeferred = isDeferred;
  }

  /** EndSeqNo(16) of a ResendRequest that begins with `beginSeqNo`. */
  ask(beginSeqNo: number): number {
    this.isDeferred = false;
    if (this.#chunkSize > 0) {
      this.#chunkEnd = Math.max(beginSeqNo, Math.min(beginSeqNo + this.#chunkSize, this.#upTo) - 1);
      return this.#chunkEnd;
    }
    // A number that looks like "all" to a version below 4.2 would ask for nothing.
    return this.#openEndSeqNo > 0 && beginSeqNo >= this.#openEndSeqNo
      ? Math.max(beginSeqNo, this.#upTo - 1)
      : this.#openEndSeqNo;
  }

  /** A chunk is complete and more is missing. */
  wantsMore(expected: number): boolean {
    return this.#chunkEnd !== 0 && expected > this.#chunkEnd && !this.isOver(expected);
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
