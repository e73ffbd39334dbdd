/** The code of every kind of job, by its name in the table of `@tidegate/wire/jobs`. */
import type { JobKindName } from '@tidegate/wire/jobs';
import type { InputOf, JobRun } from './kind.ts';
import { auditVerification } from './kinds/audit.verification.ts';
import { availabilityDay, availabilityRollUp, availabilitySum } from './kinds/availability.ts';
import { exportExecutions, exportOrders } from './kinds/exports.ts';
import { journalArchive } from './kinds/journal.archive.ts';
import { reconciliation } from './kinds/reconciliation.ts';
import { statisticsDay } from './kinds/statistics.ts';

export const runs: { readonly [K in JobKindName]: JobRun<InputOf<K>> } = {
  exportOrders,
  exportExecutions,
  availabilityDay,
  availabilityRollUp,
  availabilitySum,
  statisticsDay,
  reconciliation,
  auditVerification,
  journalArchive,
};
