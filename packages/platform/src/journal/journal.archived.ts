/**
 * What the journal says of events that are only in the archive: which they are, and the last of each
 * partition, which stays in SQL for who begins at its head.
 */
import type { ArchivedRange } from './journal.ts';

export interface ArchivedRow {
  readonly period: string;
  readonly first: number;
  readonly last: number;
}

/** Ranges of a partition that end at a sequence or behind it. */
export const archivedStatement = `
  SELECT period, first, last FROM journal_period_range JOIN journal_period ON name = period
  WHERE partition = $1 AND last >= $2 AND state = 'archived' ORDER BY first`;

export const keptStatement = `
  SELECT sequence, epoch, at, type, version, body FROM journal_kept WHERE partition = $1 AND sequence = $2`;

/** All that follow on each other from `from` on. `rows`: of `archivedStatement`. */
export function archivedFrom(rows: readonly ArchivedRow[], from: number): ArchivedRange | undefined {
  const [begin, ...later] = rows;
  if (begin === undefined || begin.first > from) return undefined;
  let { last } = begin;
  for (const row of later) {
    if (row.first !== last + 1) break;
    last = row.last;
  }
  return { period: begin.period, first: begin.first, last };
}

/** How many of the rows are `first` and what follows on it. */
export function lengthWithoutHole(rows: readonly { readonly sequence: number }[], first: number): number {
  if (rows.at(-1)?.sequence === first + rows.length - 1) return rows.length;
  const hole = rows.findIndex(({ sequence }, index) => sequence !== first + index);
  return hole === -1 ? rows.length : hole;
}
