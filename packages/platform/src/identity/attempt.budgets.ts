/**
 * Where budgets of tries are kept. In SQL all replicas count together, and a restart forgives nothing; in
 * memory one process counts by itself, which serves when SQL does not answer.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../observe/clock.ts';
import type { Database } from '../sql/database.ts';
import { givenBack, taken, type BudgetState, type BudgetTerms } from './budget.ts';

export interface AttemptBudgets {
  /** Counts a try, unless it is over the budget: then false. Rejects when that can't be known. */
  take(key: string, terms: BudgetTerms): Promise<boolean>;
  giveBack(key: string, terms: BudgetTerms): Promise<void>;
}

const keysMax = 10_000;

export class MemoryBudgets implements AttemptBudgets {
  readonly #clock: Pick<Clock, 'monoMs'>;
  /** The key tried longest ago comes first. */
  readonly #states = new Map<string, BudgetState>();

  constructor(clock: Pick<Clock, 'monoMs'>) {
    this.#clock = clock;
  }

  take(key: string, terms: BudgetTerms): Promise<boolean> {
    const after = taken(this.#states.get(key), terms, this.#clock.monoMs());
    if (after !== undefined) this.#keep(key, after);
    return Promise.resolve(after !== undefined);
  }

  giveBack(key: string, terms: BudgetTerms): Promise<void> {
    const state = this.#states.get(key);
    if (state !== undefined) this.#keep(key, givenBack(state, terms, this.#clock.monoMs()));
    return Promise.resolve();
  }

  #keep(key: string, state: BudgetState): void {
    this.#states.delete(key);
    this.#states.set(key, state);
    if (this.#states.size > keysMax) this.#states.delete(this.#states.keys().next().value!);
  }
}

/** Long after every bucket is empty. */
const keptMs = 24 * 3_600_000;
const pruneEvery = 256;

export interface SqlBudgetsOptions {
  readonly database: Pick<Database, 'pool'>;
  /** Default: the clock of the database, which replicas share. */
  readonly nowMs?: () => number;
}

const now = 'COALESCE($2::double precision, extract(epoch FROM clock_timestamp()) * 1000)';
const emptied = `GREATEST(0, b.level - GREATEST(0, ${now} - b.at_ms) * $3::double precision / 60000)`;
/** One statement each: replicas that come at once are put in a row by the row's lock. */
const takeStatement = `
  INSERT INTO attempt_budget AS b (key, level, at_ms) VALUES ($1, 1, ${now})
  ON CONFLICT (key) DO UPDATE SET level = ${emptied} + 1, at_ms = GREATEST(b.at_ms, ${now})
  WHERE ${emptied} + 1 <= $4::double precision
  RETURNING level`;
const giveBackStatement = `
  UPDATE attempt_budget AS b SET level = GREATEST(0, ${emptied} - 1), at_ms = GREATEST(b.at_ms, ${now})
  WHERE key = $1`;

export class SqlBudgets implements AttemptBudgets {
  readonly #options: SqlBudgetsOptions;
  #count = 0;

  constructor(options: SqlBudgetsOptions) {
    this.#options = options;
  }

  async take(key: string, { burst, perMinute }: BudgetTerms): Promise<boolean> {
    const { pool } = this.#options.database;
    const { rowCount } = await pool.query(takeStatement, [...this.#about(key), perMinute, burst]);
    this.#count += 1;
    if (this.#count % pruneEvery === 0)
      await pool.query('DELETE FROM attempt_budget WHERE at_ms < $1', [Date.now() - keptMs]);
    return rowCount === 1;
  }

  async giveBack(key: string, { perMinute }: BudgetTerms): Promise<void> {
    await this.#options.database.pool.query(giveBackStatement, [...this.#about(key), perMinute]);
  }

  #about(key: string): readonly unknown[] {
    return [createHash('sha256').update(key).digest('hex'), this.#options.nowMs?.() ?? null];
  }
}
