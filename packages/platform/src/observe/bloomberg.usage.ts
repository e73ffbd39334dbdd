/**
 * Hits at Bloomberg in SQL, by UTC day, user and service, with the day's securities. The Bloomberg service
 * counts in memory and adds what is new in batches; a crash loses what was not added yet, at most.
 */
import { sql } from 'kysely';
import { sqlJson, type Database } from '../sql/database.ts';

export interface UsageRow {
  readonly user: string;
  readonly service: string;
  readonly hits: number;
}

export interface UsageOfDay {
  readonly rows: readonly UsageRow[];
  readonly securities: readonly string[];
}

/** `day` is an ISO date, UTC. Both throw when SQL is away. */
export interface UsageStore {
  load(day: string): Promise<UsageOfDay>;
  /** Adds to what is there, all or nothing. */
  add(day: string, usage: UsageOfDay): Promise<void>;
}

/** Days are kept for a year of reports. */
const keptDays = 400;

export class SqlUsage implements UsageStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async load(day: string): Promise<UsageOfDay> {
    const { kysely } = this.#database;
    const at = sql<Date>`${day}::date`;
    const [rows, securities] = await Promise.all([
      kysely
        .selectFrom('bloomberg_usage')
        .select(['user_id as user', 'service', 'hits'])
        .where('day', '=', at)
        .execute(),
      kysely.selectFrom('bloomberg_security').select('security').where('day', '=', at).execute(),
    ]);
    return { rows, securities: securities.map(({ security }) => security) };
  }

  async add(day: string, { rows, securities }: UsageOfDay): Promise<void> {
    await this.#database.kysely.transaction().execute(async (transaction) => {
      if (rows.length > 0)
        await sql`INSERT INTO bloomberg_usage (day, user_id, service, hits)
          SELECT ${day}::date, added."user", added.service, sum(added.hits)
          FROM json_to_recordset(${sqlJson(rows)}::json) AS added ("user" text, service text, hits bigint)
          GROUP BY added."user", added.service
          ON CONFLICT (day, user_id, service)
          DO UPDATE SET hits = bloomberg_usage.hits + excluded.hits`.execute(transaction);
      if (securities.length > 0)
        await sql`INSERT INTO bloomberg_security (day, security)
          SELECT DISTINCT ${day}::date, added
          FROM json_array_elements_text(${sqlJson(securities)}::json) AS added
          ON CONFLICT DO NOTHING`.execute(transaction);
      await sql`DELETE FROM bloomberg_security WHERE day < ${day}::date - ${keptDays}::int`.execute(
        transaction,
      );
      await sql`DELETE FROM bloomberg_usage WHERE day < ${day}::date - ${keptDays}::int`.execute(transaction);
    });
  }
}
