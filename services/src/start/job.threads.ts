/** How threads for jobs are made: with a heap of their own, and what they need to reach the database. */
import { Worker } from 'node:worker_threads';
import type { Settings } from '@tidegate/platform/configuration/config';
import { archiveFolderOf } from './archive.folder.ts';

export interface JobThreadData {
  readonly url: string;
  readonly archiveFolder: string | undefined;
  readonly journalKeepDays: number;
}

const file = new URL(`job.thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

export const jobThreads =
  (settings: Settings, url: string): (() => Worker) =>
  () => {
    const { journalKeepDays, workerMemoryMb } = settings;
    const workerData: JobThreadData = { url, archiveFolder: archiveFolderOf(settings), journalKeepDays };
    const resourceLimits = { maxOldGenerationSizeMb: workerMemoryMb };
    return new Worker(file, { workerData, resourceLimits, name: 'job' });
  };
