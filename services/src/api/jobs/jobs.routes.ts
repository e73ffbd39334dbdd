/** The routes of jobs and workers, as data. */
import {
  jobStory,
  jobView,
  queueView,
  redriveAnswer,
  redriveRequest,
  submitJobRequest,
  workerView,
} from '@tidegate/wire/jobs';
import { pageOf } from '@tidegate/wire/rest';
import { z } from 'zod';
import type { Route } from '../routes.ts';

const tag = 'jobs';

export const jobsRoutes: readonly Route[] = [
  {
    method: 'post',
    path: '/api/v1/jobs',
    needs: 'runJobs',
    summary: 'Ask for a job; Location says where it is. Some kinds need more rights',
    tag,
    status: 202,
    body: submitJobRequest,
    answer: jobView,
  },
  {
    method: 'get',
    path: '/api/v1/jobs',
    needs: 'readJobs',
    summary: 'Jobs, newest first',
    tag,
    answer: pageOf(jobView),
    query: ['state', 'kind', 'limit', 'before'],
  },
  {
    method: 'get',
    path: '/api/v1/jobs/{id}',
    needs: 'readJobs',
    summary: 'A job with its input, its result and all that happened to it',
    tag,
    answer: jobStory,
  },
  {
    method: 'get',
    path: '/api/v1/jobs/{id}/progress',
    needs: 'readJobs',
    summary: 'Its progress as server-sent events until it has ended',
    tag,
  },
  {
    method: 'get',
    path: '/api/v1/jobs/{id}/file',
    needs: 'readJobs',
    summary: 'The file that it has made',
    tag,
  },
  {
    method: 'post',
    path: '/api/v1/jobs/{id}/cancel',
    needs: 'runJobs',
    summary: 'Cancel, also one that runs',
    tag,
    answer: jobView,
  },
  {
    method: 'post',
    path: '/api/v1/jobs/{id}/retry',
    needs: 'runJobs',
    summary: 'Try a failed one again',
    tag,
    answer: jobView,
  },
  {
    method: 'post',
    path: '/api/v1/jobs/redrive',
    needs: 'operate',
    summary: 'The oldest failed jobs of a kind: which they are, or all of them again',
    tag,
    body: redriveRequest,
    answer: redriveAnswer,
  },
  {
    method: 'get',
    path: '/api/v1/queues',
    needs: 'operate',
    summary: 'How much waits, by kind, and for how long',
    tag,
    answer: z.array(queueView),
  },
  {
    method: 'get',
    path: '/api/v1/workers',
    needs: 'operate',
    summary: 'Workers',
    tag,
    answer: z.array(workerView),
  },
  {
    method: 'post',
    path: '/api/v1/workers/{id}/drain',
    needs: 'operate',
    summary: 'It takes no more jobs; what runs there ends there',
    tag,
    status: 202,
    answer: workerView,
  },
];
