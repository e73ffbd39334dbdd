/**
 * Jobs by the clock: whoever looks first takes the slots that are due, in the transaction that asks for their
 * jobs; the table of slots has each once, whatever clocks and however many lookers there are.
 */
import { sql } from 'kysely';
import { dueSlots, type Schedule } from './cron.ts';
import type { JobQueue } from './job.queue.ts';

export interface ScheduledJob extends Schedule {
  readonly kind: string;
  /** Of the job of a slot. */
  readonly input: (slotMs: number) => object;
}

export const scheduler = 'schedule';
export const houseFirm = 'house';

/** Gives how many jobs it has asked for. `nowMs`: of whoever looks; it may be off. */
export async function runDue(
  queue: JobQueue,
  schedules: readonly ScheduledJob[],
  nowMs: number,
): Promise<number> {
  let asked = 0;
  for (const schedule of schedules) asked += await runOne(queue, schedule, nowMs);
  return asked;
}

async function runOne(queue: JobQueue, schedule: ScheduledJob, nowMs: number): Promise<number> {
  const now = new Date(nowMs).toISOString();
  return queue.within(async (at, submit) => {
    // At its first sight a schedule has missed nothing.
    await sql`INSERT INTO job_schedule (name, looked_to) VALUES (${schedule.name}, ${now})
      ON CONFLICT (name) DO NOTHING`.execute(at);
    const { rows } = await sql<{ looked_to: Date }>`SELECT looked_to FROM job_schedule
      WHERE name = ${schedule.name} FOR UPDATE`.execute(at);
    const { run, skipped } = dueSlots(schedule, rows[0]!.looked_to.getTime(), nowMs);
    let asked = 0;
    for (const [slots, why] of [
      [skipped, 'missed'],
      [run, 'due'],
    ] as const) {
      for (const slotMs of slots) {
        const slot = new Date(slotMs).toISOString();
        const { numAffectedRows } = await sql`INSERT INTO job_slot (schedule, slot, why)
          VALUES (${schedule.name}, ${slot}, ${why}) ON CONFLICT DO NOTHING`.execute(at);
        if (numAffectedRows !== 1n || why === 'missed') continue;
        const [job] = await submit({
          kind: schedule.kind,
          input: schedule.input(slotMs),
          firm: houseFirm,
          requestedBy: scheduler,
          slot: { schedule: schedule.name, atMs: slotMs },
        });
        await sql`UPDATE job_slot SET job = ${job} WHERE schedule = ${schedule.name}
          AND slot = ${slot}`.execute(at);
        asked += 1;
      }
    }
    await sql`UPDATE job_schedule SET looked_to = greatest(looked_to, ${now}::timestamptz)
      WHERE name = ${schedule.name}`.execute(at);
    return asked;
  });
}
