/** The calls of jobs and workers, as a part of the REST interface. */
import {
  jobStory,
  jobView,
  queueView,
  workerView,
  type JobStory,
  type JobView,
  type QueueView,
  type WorkerView,
} from '@tidegate/wire/jobs';
import { pageOf } from '@tidegate/wire/rest';
import { z } from 'zod';
import type { Page, Requester } from './client.ts';

export interface JobsCalls {
  /** The newest; an empty state is no filter. */
  jobs(state: string): Promise<Page<JobView>>;
  job(id: string): Promise<JobStory>;
  changeJob(id: string, what: 'cancel' | 'retry'): Promise<JobView>;
  queues(): Promise<readonly QueueView[]>;
  workers(): Promise<readonly WorkerView[]>;
  drainWorker(id: string): Promise<WorkerView>;
}

const jobsMax = 200;

export function jobsCalls(call: Requester): JobsCalls {
  const at = (id: string): string => `/jobs/${encodeURIComponent(id)}`;
  return {
    jobs: (state) => {
      const query = new URLSearchParams({ limit: String(jobsMax), ...(state === '' ? {} : { state }) });
      return call('GET', `/jobs?${query.toString()}`, pageOf(jobView));
    },
    job: (id) => call('GET', at(id), jobStory),
    changeJob: (id, what) => call('POST', `${at(id)}/${what}`, jobView, {}),
    queues: () => call('GET', '/queues', z.array(queueView)),
    workers: () => call('GET', '/workers', z.array(workerView)),
    drainWorker: (id) => call('POST', `/workers/${encodeURIComponent(id)}/drain`, workerView, {}),
  };
}
