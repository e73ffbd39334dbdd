/**
 * The journal's own insert as a script of pgbench, so that PostgreSQL is asked for exactly what the platform
 * asks it for, by somebody who does nothing else; and what pgbench's log of transactions says.
 */
import type { Append } from '@tidegate/platform/journal/journal';
import { journalEntry } from '@tidegate/platform/journal/journal.entry';
import { takeGroup } from '@tidegate/platform/journal/journal.group';
import { appendStatement, parametersOf } from '@tidegate/platform/journal/journal.session';

/** Stands for the partition of a client, in the sample. */
const partition = 'partition';
/** First sequence in the sample: no other number in it is near. */
const base = 4_000_000_000_000;

/** Of pgbench's client: `-D run=` keeps the partitions of two runs apart. */
const ownPartition = "('r' || :run::text || 'c' || :client_id::text)";
export const partitionOf = (run: number, client: number): string => `r${run}c${client}`;

/** One append a transaction. The client's partition stands at head 0 under epoch 1. */
export function pgbenchScript({ events }: Pick<Append, 'events'>): string {
  const entry = journalEntry({ partition, epoch: 1, firstSequence: base, events });
  const settled = { resolve: () => undefined, reject: () => undefined };
  const parameters = parametersOf(takeGroup([{ entry, ...settled }]).members);
  const statement = appendStatement.replaceAll(/\$(\d+)/g, (_, number: string) =>
    literal(parameters[Number(number) - 1], events.length),
  );
  return `\\set first :last + 1\n\\set last :last + ${events.length}\n${statement.trim()};\n`;
}

function literal(value: unknown, events: number): string {
  if (Array.isArray(value)) return `ARRAY[${value.map((one) => literal(one, events)).join(', ')}]`;
  if (value === partition) return ownPartition;
  if (typeof value === 'number')
    return value >= base && value < base + events ? `(:first::bigint + ${value - base})` : String(value);
  if (typeof value !== 'string') throw new Error(`no literal for a parameter of type ${typeof value}`);
  // pgbench takes a name after a colon for a variable, in quotes too.
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "''")
    .replaceAll(':', String.raw`\x3a`);
  return `E'${escaped}'`;
}

/** Milliseconds of each transaction: the third column, in microseconds (pgbench, per-transaction logging). */
export function transactionTimes(log: string): readonly number[] {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number(line.split(' ')[2]) / 1_000);
}
