/** Plain SQL beside the platform, for tests and benchmarks that look at or fill its tables. */
import pg from 'pg';
import { sqlTypes } from '../sql/database.ts';

/** The rows of one statement. */
export type Query = <Row extends object>(
  text: string,
  values?: readonly unknown[],
) => Promise<readonly Row[]>;

/** One connection for as long as `work` takes. */
export async function withQueries<T>(url: string, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, types: sqlTypes });
  await client.connect();
  try {
    return await work(async <Row extends object>(text: string, values: readonly unknown[] = []) => {
      const { rows } = await client.query(text, [...values]);
      return rows as Row[];
    });
  } finally {
    await client.end();
  }
}
