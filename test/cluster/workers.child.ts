/** A worker process for the test that kills and freezes it. Its arguments: file of the URL, its name. */
import { readFileSync } from 'node:fs';
import { Worker as Thread } from 'node:worker_threads';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { JobQueue } from '@tidegate/platform/jobs/job.queue';
import { systemClock } from '@tidegate/platform/observe/clock';
import { connectDatabase } from '@tidegate/platform/sql/database';
import { silentLog } from '@tidegate/platform/testing/database';
import { Worker } from '../../services/src/worker/worker.ts';
import { pace, terms } from './workers.ts';

const [urlFile = '', id = ''] = process.argv.slice(2);
const database = connectDatabase({ url: readFileSync(urlFile, 'utf8'), log: silentLog, connectionsMax: 4 });
const worker = new Worker({
  queue: new JobQueue({ database, log: silentLog, terms }),
  bus: new MemoryBus(),
  clock: systemClock,
  log: silentLog,
  self: { id, instance: id, host: 'test', slots: 3 },
  terms,
  schedules: [],
  makeThread: () =>
    new Thread(new URL('workers.thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 32 },
    }),
  graceMs: 50,
  pace,
});
worker.start();
process.on('SIGTERM', () => {
  void worker.stop().then(() => process.exit(0));
});
process.stdout.write('started\n');
