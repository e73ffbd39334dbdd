/** What jobs bring about, written in the transaction that completes them. */
import { sql, type Transaction } from 'kysely';
import { writeStatistics } from '../quality/quality.store.ts';
import { sqlJson, type Tables } from '../sql/database.ts';
import type { JobEffect } from './job.ts';

export async function applyEffects(
  transaction: Transaction<Tables>,
  job: string,
  effects: readonly JobEffect[],
): Promise<void> {
  for (const effect of effects) await apply(transaction, job, effect);
}

async function apply(transaction: Transaction<Tables>, job: string, effect: JobEffect): Promise<void> {
  switch (effect.what) {
    case 'file':
      await sql`INSERT INTO job_file (job, name, media_type, content)
        VALUES (${job}, ${effect.name}, ${effect.mediaType}, ${Buffer.from(effect.content)})`.execute(
        transaction,
      );
      return;
    case 'availability':
      await writeAvailability(transaction, job, effect);
      return;
    case 'statistics':
      await writeStatistics(transaction, 'day', effect.rows);
      return;
    case 'reconciliation':
      await sql`INSERT INTO reconciliation AS held (day, firm, journal, tables, breaks, job)
        SELECT ${effect.day}::date, firm, journal, tables, breaks, ${job}::uuid
        FROM jsonb_to_recordset(${sqlJson(effect.firms)}::jsonb)
          AS r (firm text, journal integer, tables integer, breaks jsonb)
        ON CONFLICT (day, firm) DO UPDATE SET at = clock_timestamp(), journal = excluded.journal,
          tables = excluded.tables, breaks = excluded.breaks, job = excluded.job`.execute(transaction);
      return;
    case 'auditVerification': {
      const { entries, signed, firstBad, text } = effect;
      await sql`INSERT INTO audit_verification (job, entries, signed, first_bad, text)
        VALUES (${job}, ${entries}, ${signed}, ${firstBad}, ${text})`.execute(transaction);
    }
  }
}

/** A day that is computed again is replaced as a whole. */
async function writeAvailability(
  transaction: Transaction<Tables>,
  job: string,
  { day, rows }: Extract<JobEffect, { readonly what: 'availability' }>,
): Promise<void> {
  await sql`DELETE FROM availability_day WHERE day = ${day}::date`.execute(transaction);
  const records = rows.map(({ source, instrument, fromMs, toMs, figures }) => ({
    source,
    instrument,
    from_at: new Date(fromMs).toISOString(),
    to_at: new Date(toMs).toISOString(),
    figures,
  }));
  await sql`INSERT INTO availability_day (day, source, instrument, from_at, to_at, figures, job)
    SELECT ${day}::date, source, instrument, from_at, to_at, figures, ${job}::uuid
    FROM jsonb_to_recordset(${sqlJson(records)}::jsonb)
      AS r (source text, instrument text, from_at timestamptz, to_at timestamptz, figures jsonb)`.execute(
    transaction,
  );
}
