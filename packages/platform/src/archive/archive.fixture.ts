/** For tests of the archive: a journal of a few months, two firms, with snapshots. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { JournalEvent } from '../journal/journal.ts';
import { PostgresJournal } from '../journal/journal.postgres.ts';
import { boundaryAfter, Periods, withClient } from '../journal/periods.ts';
import { silentLog } from '../testing/database.ts';

export const firms = ['acme', 'beta-1'] as const;
/** Of each firm in each month. */
export const monthly = 300;

export interface Months {
  /**
   * Beginnings of months, the first in the future; what lies before each of them but the first has events.
   */
  readonly starts: readonly number[];
  readonly head: number;
}

/** Three months of events and the beginning of a fourth, appended as an owner does. */
export async function fillJournal(url: string, nowMs = Date.now()): Promise<Months> {
  const starts = [boundaryAfter(nowMs, 'month')];
  while (starts.length < 4) starts.push(boundaryAfter(starts.at(-1)!, 'month'));
  await new Periods({ url, log: silentLog }).makeAhead('month', starts.at(-1)!);
  const journal = await PostgresJournal.connect({ url, log: silentLog });
  let head = 0;
  for (const partition of firms) {
    const { epoch } = await journal.claim(partition, 'test');
    head = 0;
    for (const atMs of [nowMs, ...starts.slice(0, -1)]) {
      const firstSequence = head + 1;
      await journal.append({ partition, epoch, firstSequence, events: eventsOf(firstSequence, atMs) });
      head += monthly;
    }
    await journal.saveSnapshot(partition, epoch, { sequence: head, body: '{}' });
  }
  await journal.close();
  return { starts, head };
}

export function eventsOf(first: number, atMs: number, count = monthly): readonly JournalEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    type: 'orderAccepted',
    atMs: atMs + index,
    // Whatever JSON can hold, and what COPY writes otherwise.
    body: { event: { orderId: `o.${first + index}`, text: 'tab\t\\line\n\r"ü\u0000\u{1f4b6}' } },
  }));
}

/** A digest of every row of every table with events, as text. */
export async function digestOf(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const hash = createHash('sha256');
    for (const row of await textOf(client)) hash.update(`${row}\n`);
    return hash.digest('hex');
  });
}

async function textOf(client: pg.ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ text: string }>(
    'SELECT j::text AS text FROM journal j ORDER BY partition, sequence',
  );
  return rows.map(({ text }) => text);
}
