/** The entry of a job's thread: its own connections to what jobs read, made at the first job. */
import { parentPort, workerData } from 'node:worker_threads';
import { Archive } from '@tidegate/platform/archive/archive';
import { PostgresAudit } from '@tidegate/platform/audit/audit.postgres';
import { JobReading } from '@tidegate/platform/jobs/job.reading';
import { PostgresJournal } from '@tidegate/platform/journal/journal.postgres';
import { Projection } from '@tidegate/platform/journal/projection';
import { openLog } from '@tidegate/platform/observe/log';
import { QualityReading } from '@tidegate/platform/quality/quality.reading';
import { connectDatabase } from '@tidegate/platform/sql/database';
import { serveJobs } from '../worker/thread.ts';
import { runs } from '../worker/kinds.ts';
import type { JobPorts } from '../worker/kind.ts';
import type { JobThreadData } from './job.threads.ts';

const { url, archiveFolder, journalKeepDays } = workerData as JobThreadData;
const { log } = openLog({ level: 'warn', format: 'json', descriptor: 2, fields: { thread: 'job' } });

async function open(): Promise<JobPorts> {
  const database = connectDatabase({ url, log, connectionsMax: 2, statementTimeoutMs: 60_000 });
  return {
    archive: archiveFolder === undefined ? undefined : new Archive({ url, folder: archiveFolder, log }),
    audit: new PostgresAudit(database),
    journal: await PostgresJournal.connect({ url, log }),
    journalKeepDays,
    projection: new Projection(database),
    quality: new QualityReading(database),
    reading: new JobReading(database),
  };
}

let ports: Promise<JobPorts> | undefined;
serveJobs(parentPort!, runs, () => {
  ports ??= open().catch((error: unknown) => {
    ports = undefined;
    throw error;
  });
  return ports;
});
