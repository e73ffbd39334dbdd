/**
 * The embedded database of a platform's data folder, for benchmarks: of one that runs, by its socket; and of
 * one that is still to start, to fill it first.
 */
import { placeCluster } from '@tidegate/platform/sql/embedded.place';
import { startEmbeddedPostgres } from '@tidegate/platform/sql/embedded.postgres';
import { migrate } from '@tidegate/platform/sql/database';
import type { Query } from '@tidegate/platform/testing/queries';
import { eventually } from '../../platform.ts';

export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Of a platform that runs. */
export function databaseUrlOf(dataDir: string): string {
  const { password, socketFolder } = placeCluster(dataDir);
  return `postgresql://tidegate:${password}@localhost/tidegate?host=${encodeURIComponent(socketFolder)}`;
}

/** Before the platform starts on it, or between two of its starts: with today's schema. */
export async function withStoppedPlatform<T>(dataDir: string, work: (url: string) => Promise<T>): Promise<T> {
  const server = await startEmbeddedPostgres({ dataDir, log: silent });
  try {
    await migrate(server.url);
    return await work(server.url);
  } finally {
    await server.stop();
  }
}

const behindStatement = `
  SELECT coalesce(sum(o.head - coalesce(c.sequence, 0)), 0)::int AS behind
  FROM partition_owner o LEFT JOIN projection_cursor c
    ON c.partition = o.partition AND c.projection = 'orders'`;

/** Until the tables show all that the journal has. */
export async function projected(query: Query, withinMs = 120_000): Promise<void> {
  await eventually(
    async () => {
      const [row] = await query<{ behind: number }>(behindStatement);
      return row!.behind === 0 ? true : undefined;
    },
    'the tables have all that the journal has',
    withinMs,
  );
}
