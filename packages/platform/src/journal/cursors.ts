/**
 * How far somebody has read each partition's journal, kept in SQL so that a restart goes on there. Moved in
 * the transaction that writes what was made of the events: then each counts once.
 */
import { sql, type Transaction } from 'kysely';
import type { Database, Tables } from '../sql/database.ts';

export class JournalCursors {
  readonly #database: Database;
  readonly #reader: string;

  /** `reader`: names the rows; one that is called otherwise has its own. */
  constructor(database: Database, reader: string) {
    this.#database = database;
    this.#reader = reader;
  }

  /** Last sequence that is done with, per partition. */
  async all(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#database.kysely
      .selectFrom('projection_cursor')
      .select(['partition', 'sequence'])
      .where('projection', '=', this.#reader)
      .execute();
    return new Map(rows.map(({ partition, sequence }) => [partition, sequence]));
  }

  /** Also backwards: where a reader begins that has none, or one from a journal that is gone. */
  async begin(partition: string, sequence: number): Promise<void> {
    await this.#database.kysely
      .insertInto('projection_cursor')
      .values({ projection: this.#reader, partition, sequence })
      .onConflict((conflict) => conflict.columns(['projection', 'partition']).doUpdateSet({ sequence }))
      .execute();
  }

  /** Forwards only: another instance may be further. */
  async move(transaction: Transaction<Tables>, partition: string, sequence: number): Promise<void> {
    await sql`INSERT INTO projection_cursor AS held (projection, partition, sequence)
      VALUES (${this.#reader}, ${partition}, ${sequence})
      ON CONFLICT (projection, partition)
      DO UPDATE SET sequence = greatest(held.sequence, excluded.sequence)`.execute(transaction);
  }
}
