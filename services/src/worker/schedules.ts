/** What is done by the clock of the house, without anybody asking. */
import type { ScheduledJob } from '@tidegate/platform/jobs/schedules';

const dayMs = 86_400_000;
/** The day of UTC before a slot. */
const dayBefore = (slotMs: number): { readonly day: string } => ({
  day: new Date(slotMs - dayMs).toISOString().slice(0, 10),
});

/** After midnight UTC, when a day of records is whole; and after the roll of New York. */
export const schedules: readonly ScheduledJob[] = [
  {
    name: 'availability',
    kind: 'availabilityDay',
    cron: '10 0 * * *',
    timeZone: 'UTC',
    missed: 'last',
    input: dayBefore,
  },
  {
    name: 'statistics',
    kind: 'statisticsDay',
    cron: '20 0 * * *',
    timeZone: 'UTC',
    missed: 'last',
    input: dayBefore,
  },
  {
    name: 'reconciliation',
    kind: 'reconciliation',
    cron: '30 17 * * *',
    timeZone: 'America/New_York',
    missed: 'last',
    input: (slotMs) => ({ day: new Date(slotMs).toISOString().slice(0, 10) }),
  },
  {
    name: 'audit',
    kind: 'auditVerification',
    cron: '40 0 * * *',
    timeZone: 'UTC',
    missed: 'last',
    input: () => ({}),
  },
];
