/** Words and tones of jobs and workers. */
import type { JobState, JobView, WorkerView } from '@tidegate/wire/jobs';

export const stateTone: Readonly<Record<JobState, string>> = {
  waiting: 'off',
  queued: 'info',
  running: 'info',
  retrying: 'warn',
  completed: 'good',
  failed: 'bad',
  canceled: 'off',
};

export const workerTone: Readonly<Record<WorkerView['state'], string>> = {
  working: 'good',
  draining: 'warn',
  silent: 'bad',
};

export function progressWord({ state, progress, progressText }: JobView): string {
  if (state !== 'running') return '';
  const share = `${Math.round(100 * progress)} %`;
  return progressText === '' ? share : `${share}, ${progressText}`;
}

export function ageWord(seconds: number): string {
  if (seconds < 1) return '';
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
