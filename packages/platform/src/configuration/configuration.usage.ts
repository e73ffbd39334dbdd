/**
 * What a change of configuration would pull from under the trade. Firms, venues, listeners and FIX clients
 * are retired, never removed: first they end what they have open. The terms in which an instrument's numbers
 * were written are fixed once there are some: other terms are another instrument, under an id of its own.
 */
import { documents, type DocumentKind } from '@tidegate/wire/configuration';
import { usageTopic } from '@tidegate/wire/topics';
import type { PartitionUsage } from '@tidegate/wire/commands';
import { sql } from 'kysely';
import type { Bus } from '../bus/bus.ts';
import type { Database } from '../sql/database.ts';
import type { ConfigurationRefusal, ConfigurationSnapshot } from './configuration.documents.ts';

export interface UsageOptions {
  readonly database: Database;
  readonly bus: Bus;
}

interface Change {
  readonly kind: DocumentKind;
  readonly id: string;
  readonly body: unknown;
}

const askMs = 3_000;
/** Of an instrument: what gives its stored numbers their meaning. */
const fixedTerms = ['type', 'baseCurrency', 'quoteCurrency', 'priceScale', 'quantityScale'] as const;

/** Why the changes can't be made now; undefined when nothing in use is touched. */
export async function usageRefusal(
  options: UsageOptions,
  changes: readonly Change[],
  current: ConfigurationSnapshot,
): Promise<ConfigurationRefusal | undefined> {
  for (const change of changes) {
    if (change.kind !== 'instrument') continue;
    const refusal =
      change.body === null
        ? await tradedRefusal(options.database, change.id)
        : await termsRefusal(options.database, change);
    if (refusal !== undefined) return refusal;
  }
  const retired = changes.filter((change) => isTakenAway(change, current));
  return retired.length === 0 ? undefined : openRefusal(options, retired);
}

/** Whether what the document stands for ends, or becomes something else under its name. */
function isTakenAway({ kind, id, body }: Change, current: ConfigurationSnapshot): boolean {
  if (kind === 'firm' || kind === 'venue') return body === null;
  const next = body as Record<string, unknown> | null | undefined;
  const client = kind === 'fixClient' ? current.fixClients.get(id) : undefined;
  if (client !== undefined) return next?.['firm'] !== client.firm;
  const listener = kind === 'listener' ? current.listeners.get(id) : undefined;
  if (listener === undefined) return false;
  return next?.['purpose'] !== listener.purpose || next['venue'] !== listener.venue;
}

async function openRefusal(
  { database, bus }: UsageOptions,
  retired: readonly Change[],
): Promise<ConfigurationRefusal | undefined> {
  const { rows } = await sql<{
    partition: string;
  }>`SELECT partition FROM partition_owner WHERE head > 0`.execute(database.kysely);
  for (const { partition } of rows) {
    const asked = retired.filter(({ kind, id }) => kind !== 'firm' || id === partition);
    if (asked.length === 0) continue;
    let usage: PartitionUsage;
    try {
      usage = await bus.request(usageTopic(partition), { partition }, { timeoutMs: askMs });
    } catch {
      const text = `what ${partition} has open is not known: its owner does not answer; try again`;
      return { code: 'OWNER_SILENT', text };
    }
    for (const { kind, id } of asked) {
      const open = openOf(usage, kind, id);
      if (open === 0) continue;
      const text = `${kind} ${id} has ${open} open orders or routes in ${partition}: let them end first`;
      return { code: 'IN_USE', text };
    }
  }
  return undefined;
}

function openOf({ orders, routes }: PartitionUsage, kind: DocumentKind, id: string): number {
  const sum = (counts: readonly (readonly [string, number])[]): number =>
    counts.reduce((total, [, count]) => total + count, 0);
  if (kind === 'firm') return sum([...orders, ...routes]);
  if (kind === 'venue') return sum(routes.filter(([venue]) => venue === id));
  const ends = kind === 'fixClient' ? [`${id}@`, ''] : ['', `@${id}`];
  return sum(
    orders.filter(
      ([client]) => client.includes('@') && client.startsWith(ends[0]!) && client.endsWith(ends[1]!),
    ),
  );
}

/** What orders, positions and reports name stays nameable. */
async function tradedRefusal({ kysely }: Database, id: string): Promise<ConfigurationRefusal | undefined> {
  if (!(await hasHistory(kysely, id))) return undefined;
  const text = `instrument ${id} has orders or positions: take it out of the firms' instruments instead`;
  return { code: 'IN_USE', text };
}

/** Also when the document was removed in between: what was written then is still there. */
async function termsRefusal(
  { kysely }: Database,
  { id, body }: Change,
): Promise<ConfigurationRefusal | undefined> {
  const next = documents.instrument.safeParse(body);
  if (!next.success) return undefined; // removed, or refused as what it is
  const { rows } = await sql<{ body: unknown }>`SELECT body FROM configuration
    WHERE kind = 'instrument' AND id = ${id} AND body IS NOT NULL AND body::text <> 'null'
    ORDER BY version DESC LIMIT 1`.execute(kysely);
  const before = documents.instrument.safeParse(rows[0]?.body);
  if (!before.success) return undefined;
  const changed = fixedTerms.filter((name) => before.data[name] !== next.data[name]);
  if (changed.length === 0 || !(await hasHistory(kysely, id))) return undefined;
  const text = `instrument ${id} has orders, positions or history in its present terms`;
  return { code: 'INSTRUMENT_TERMS', text: `${text}: give other ${changed.join(', ')} a new id` };
}

async function hasHistory(kysely: Database['kysely'], id: string): Promise<boolean> {
  const { rows } = await sql<{ isThere: boolean }>`SELECT
    EXISTS (SELECT FROM position_view WHERE instrument = ${id})
    OR EXISTS (SELECT FROM order_view WHERE instrument = ${id}) AS "isThere"`.execute(kysely);
  return rows[0]!.isThere;
}
