/**
 * Executions of a day (UTC) in the journal, which is what happened, against the tables that desk and API
 * read: by firm, each by its id, quantity and price. Only as far as the tables say that they have come.
 */
import { toSequenced } from '@tidegate/platform/journal/follower';
import { JournalArchived, type Journal } from '@tidegate/platform/journal/journal';
import type { Projection } from '@tidegate/platform/journal/projection';
import { pageCursor } from '@tidegate/platform/sql/page';
import type { ExecutionView } from '@tidegate/wire/orders';
import { executionView } from '@tidegate/wire/views';
import type { InputOf, JobPorts, JobRun } from '../kind.ts';

const dayMs = 86_400_000;
const readMax = 1_000;
const breaksMax = 1_000;

interface Break {
  readonly execId: string;
  readonly what: 'missing in tables' | 'not in the journal' | 'different';
  readonly journal?: string;
  readonly tables?: string;
}

export const reconciliation: JobRun<InputOf<'reconciliation'>> = async (
  { input: { day }, progress },
  ports,
) => {
  const cursors = [...(await ports.projection.cursors())];
  const fromMs = Date.parse(day);
  const firms = [];
  for (const [index, [firm, cursor]] of cursors.entries()) {
    const span = { firm, fromMs, toMs: fromMs + dayMs, cursor };
    const journal = await journaled(ports, span);
    progress((index + 0.5) / cursors.length, firm);
    const tables = await tabled(ports.projection, span);
    firms.push({ firm, journal: journal.size, tables: tables.size, breaks: breaksOf(journal, tables) });
    progress((index + 1) / cursors.length, firm);
  }
  const breaks = firms.reduce((sum, one) => sum + one.breaks.length, 0);
  const executions = firms.reduce((sum, one) => sum + one.journal, 0);
  return {
    result: { day, firms: firms.length, executions, breaks },
    effects: [{ what: 'reconciliation', day, firms }],
  };
};

interface Span {
  readonly firm: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** What the tables have. */
  readonly cursor: number;
}

const lineOf = ({ side, quantity, price, instrument, account, execType }: ExecutionView): string =>
  [execType, account, side, quantity, instrument, price].join(' ');

async function journaled(
  { journal }: Pick<JobPorts, 'journal'>,
  { firm, fromMs, toMs, cursor }: Span,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  let from = await firstSince(journal, firm, fromMs, cursor);
  while (from <= cursor) {
    const records = await journal.read(firm, from, Math.min(readMax, cursor - from + 1));
    if (records.length === 0) break;
    for (const record of records) {
      if (record.atMs < fromMs || record.atMs >= toMs) continue;
      const view = executionView(firm, toSequenced(record), unnamed);
      if (view !== undefined) found.set(view.execId, lineOf(view));
    }
    if (records[0]!.atMs >= toMs + dayMs) break;
    from += records.length;
  }
  return found;
}

/** Instruments are compared by their ids. */
const unnamed = (symbol: string) => ({ symbol, quoteCurrency: '' });

/** The first sequence of the time, or a little before: found by halving; what is archived is before it. */
export async function firstSince(
  journal: Pick<Journal, 'read'>,
  partition: string,
  sinceMs: number,
  head: number,
): Promise<number> {
  let low = 1;
  let high = head + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    try {
      const [record] = await journal.read(partition, middle, 1);
      if (record !== undefined && record.atMs < sinceMs) low = middle + 1;
      else high = middle;
    } catch (error) {
      if (!(error instanceof JournalArchived)) throw error;
      low = error.archived.last + 1;
    }
  }
  return low;
}

async function tabled(
  projection: Pick<Projection, 'executions'>,
  { firm, fromMs, toMs, cursor }: Span,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  let before: string | null = pageCursor([new Date(toMs).toISOString(), '!', '!']);
  while (before !== null) {
    const page: Awaited<ReturnType<Projection['executions']>> = await projection.executions({
      firm,
      before,
      limit: readMax,
    });
    for (const view of page.items)
      if (Date.parse(view.at) >= fromMs && view.sequence <= cursor) found.set(view.execId, lineOf(view));
    const last = page.items.at(-1);
    before = last === undefined || Date.parse(last.at) < fromMs ? null : page.next;
  }
  return found;
}

/** At most so many of each firm: who has more has another trouble. */
export function breaksOf(
  journal: ReadonlyMap<string, string>,
  tables: ReadonlyMap<string, string>,
): readonly Break[] {
  const breaks: Break[] = [];
  for (const [execId, line] of journal) {
    const other = tables.get(execId);
    if (other === undefined) breaks.push({ execId, what: 'missing in tables', journal: line });
    else if (other !== line) breaks.push({ execId, what: 'different', journal: line, tables: other });
  }
  for (const [execId, line] of tables)
    if (!journal.has(execId)) breaks.push({ execId, what: 'not in the journal', tables: line });
  return breaks.slice(0, breaksMax);
}
