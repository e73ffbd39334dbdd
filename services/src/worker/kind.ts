/**
 * What the code of a job is given and gives back. It runs in a thread that may be ended at any moment: it
 * reads and computes, says how far it is, and returns what it wants to bring about; the worker writes that
 * in the transaction that completes the job.
 */
import type { Archive } from '@tidegate/platform/archive/archive';
import type { Audit } from '@tidegate/platform/audit/audit';
import type { JobReading } from '@tidegate/platform/jobs/job.reading';
import type { Failure, Outcome } from '@tidegate/platform/jobs/job';
import type { Journal } from '@tidegate/platform/journal/journal';
import type { Projection } from '@tidegate/platform/journal/projection';
import type { QualityReading } from '@tidegate/platform/quality/quality.reading';
import type { JobKindName, jobKinds } from '@tidegate/wire/jobs';
import type { z } from 'zod';

/** What a thread has of the platform: to read. */
export interface JobPorts {
  /** Undefined: there is no folder for it. */
  readonly archive: Archive | undefined;
  readonly audit: Audit;
  readonly journal: Journal;
  readonly journalKeepDays: number;
  readonly projection: Projection;
  readonly quality: QualityReading;
  readonly reading: JobReading;
}

export interface JobContext<Input = object> {
  readonly id: string;
  readonly firm: string;
  readonly input: Input;
  readonly nowMs: number;
  /** 0 to 1, and a few words; silence means that it is stuck. */
  progress(done: number, text?: string): void;
}

export type JobRun<Input = object, Ports = JobPorts> = (
  context: JobContext<Input>,
  ports: Ports,
) => Promise<Outcome>;

export type InputOf<K extends JobKindName> = z.output<(typeof jobKinds)[K]['input']>;

/** Trying again would not help. */
export class JobImpossible extends Error {
  readonly code: string;

  constructor(code: string, text: string) {
    super(text);
    this.code = code;
  }
}

export type ToThread = {
  readonly what: 'run';
  readonly id: string;
  readonly kind: string;
  readonly firm: string;
  readonly input: object;
};
export type FromThread =
  | { readonly what: 'progress'; readonly done: number; readonly text: string }
  | { readonly what: 'outcome'; readonly outcome: Outcome }
  | { readonly what: 'failure'; readonly failure: Failure };
