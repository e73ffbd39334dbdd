/**
 * Whether owners still own, asked in groups: while one statement is under way, what is asked waits for the
 * next, so that each is answered by a look that began after it was asked.
 */
import { JournalFenced } from './journal.ts';
import type { Query } from './snapshots.postgres.ts';

interface Asked {
  readonly partition: string;
  readonly epoch: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const statement = `
  SELECT o.partition, o.epoch FROM partition_owner o
  JOIN unnest($1::text[], $2::bigint[]) AS asked (partition, epoch) USING (partition, epoch)`;

export class Confirmations {
  readonly #query: Query;
  #waiting: Asked[] = [];
  #isAsking = false;

  constructor(query: Query) {
    this.#query = query;
  }

  /** Throws JournalFenced or JournalUnavailable. */
  confirm(partition: string, epoch: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ partition, epoch, resolve, reject });
    if (!this.#isAsking) void this.#ask();
    return promise;
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    // One turn of waiting: what is asked in the same turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const asked = this.#waiting;
      this.#waiting = [];
      try {
        const rows = await this.#query<{ partition: string; epoch: number }>(statement, [
          asked.map(({ partition }) => partition),
          asked.map(({ epoch }) => epoch),
        ]);
        const current = new Set(rows.map(({ partition, epoch }) => `${partition} ${epoch}`));
        for (const { partition, epoch, resolve, reject } of asked) {
          if (current.has(`${partition} ${epoch}`)) resolve();
          else reject(new JournalFenced(`epoch ${epoch} of ${partition} is not current`));
        }
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    this.#isAsking = false;
  }
}
