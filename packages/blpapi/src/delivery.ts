/**
 * Hands decoded batches to the listener, one at a time and in order, and tells when each is done: that is
 * when its buffer goes back to the worker.
 */
import type { BlpBatch } from './contract.ts';

export class Delivery {
  readonly #onBatch: (batch: BlpBatch) => void | Promise<void>;
  readonly #onFailure: (error: unknown) => void;
  #running: Promise<void> | undefined;
  #hasFailed = false;

  constructor(onBatch: (batch: BlpBatch) => void | Promise<void>, onFailure: (error: unknown) => void) {
    this.#onBatch = onBatch;
    this.#onFailure = onFailure;
  }

  /** `done` runs when the listener has finished with the batch; at once when it is synchronous. */
  hand(batch: BlpBatch, done: () => void): void {
    if (this.#running !== undefined) {
      this.#follow(
        this.#running.then(() => this.#offer(batch)),
        done,
      );
      return;
    }
    const result = this.#offer(batch);
    if (result === undefined) done();
    else this.#follow(result, done);
  }

  /** Resolves when nothing is with the listener, or after `timeoutMs`. */
  async drained(timeoutMs: number): Promise<void> {
    if (this.#running === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([this.#running, patience]);
    clearTimeout(timer);
  }

  #offer(batch: BlpBatch): void | Promise<void> {
    if (this.#hasFailed) return undefined;
    try {
      return this.#onBatch(batch)?.catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #follow(result: Promise<void>, done: () => void): void {
    const settled = async (): Promise<void> => {
      await result;
      if (this.#running === running) this.#running = undefined;
      done();
    };
    const running = settled();
    this.#running = running;
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#onFailure(error);
  }
}
