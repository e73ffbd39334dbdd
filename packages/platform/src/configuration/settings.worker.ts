/** Settings of workers and their jobs, a part of the table in `settings.ts`. */
import { whole, withDefault } from './settings.kinds.ts';

export const workerSettings = {
  workerSlots: withDefault(
    'WORKER_SLOTS',
    whole(1, 64),
    '2',
    'Jobs that a worker runs at a time, each in a thread of its own.',
  ),
  workerMemoryMb: withDefault(
    'WORKER_MEMORY_MB',
    whole(64, 65_536),
    '256',
    'Heap that a job may use, in MiB; one that needs more is ended, and the worker goes on.',
  ),
  jobKeepDays: withDefault(
    'JOB_KEEP_DAYS',
    whole(0, 36_500),
    '30',
    'Jobs that ended, with their files and what happened to them, stay so long; 0: for ever.',
  ),
} as const;
