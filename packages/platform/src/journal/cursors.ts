/**
 * How far somebody has read each partition's journal, kept in SQL so that a restart goes on there. Moved in
 * the transaction that writes what was made of the events: then each counts once.
 */
import { sql, type Transaction } from 'kysely';
import type { Database, Tables } from '../sql/database.ts';

/** A later reader of this name has begun: this one must stop. */
export class CursorFenced extends Error {
  readonly code = 'CURSOR_FENCED';

  constructor(reader: string, partition: string, leaseEpoch: number) {
    super(`${reader} of ${partition} under lease ${leaseEpoch} is not current`);
  }
}

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

  /**
   * Also backwards: where a reader begins that has none, or one from a journal that is gone. Throws
   * CursorFenced.
   */
  async begin(partition: string, sequence: number, leaseEpoch: number): Promise<void> {
    const { rows } = await sql`INSERT INTO projection_cursor AS held
      (projection, partition, sequence, lease_epoch)
      VALUES (${this.#reader}, ${partition}, ${sequence}, ${leaseEpoch})
      ON CONFLICT (projection, partition)
      DO UPDATE SET sequence = excluded.sequence, lease_epoch = excluded.lease_epoch
      WHERE held.lease_epoch <= excluded.lease_epoch
      RETURNING partition`.execute(this.#database.kysely);
    if (rows.length === 0) throw new CursorFenced(this.#reader, partition, leaseEpoch);
  }

  /** Forwards only. Throws CursorFenced: another reader has begun, and what goes with it is not written. */
  async move(
    transaction: Transaction<Tables>,
    partition: string,
    sequence: number,
    leaseEpoch: number,
  ): Promise<void> {
    const { rows } = await sql`UPDATE projection_cursor SET sequence = greatest(sequence, ${sequence})
      WHERE projection = ${this.#reader} AND partition = ${partition} AND lease_epoch = ${leaseEpoch}
      RETURNING partition`.execute(transaction);
    if (rows.length === 0) throw new CursorFenced(this.#reader, partition, leaseEpoch);
  }
}
