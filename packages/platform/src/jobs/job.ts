/**
 * What the queue, its workers and the code of jobs say to each other: an attempt that somebody holds, what
 * it came to, and what it wants to bring about. All of it can be sent between threads.
 */
import type { StatisticsRow } from '@tidegate/core/quality/statistics';

export interface NewJob {
  readonly kind: string;
  readonly input: object;
  readonly firm: string;
  readonly requestedBy: string;
  readonly priority?: number | undefined;
  readonly deadline?: string | undefined;
  /** Ids of jobs that must be completed before. */
  readonly after?: readonly string[] | undefined;
  /** The same key of the same person is the same job. */
  readonly key?: string | undefined;
  readonly partOf?: string | undefined;
  readonly slot?: { readonly schedule: string; readonly atMs: number } | undefined;
}

/** A try of a job that a worker holds; nobody else's try may settle it. */
export interface Attempt {
  readonly id: string;
  readonly kind: string;
  readonly input: object;
  readonly firm: string;
  /** From 0. */
  readonly attempt: number;
}

/** Parts of a split job, and the one that gathers what they came to. */
export interface Split {
  readonly parts: readonly { readonly kind: string; readonly input: object }[];
  readonly gather: { readonly kind: string; readonly input: object };
}

export interface AvailabilityFigures {
  readonly source: string;
  readonly instrument: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly figures: object;
}

/** Rows that are written in the transaction that completes the job, or not at all. */
export type JobEffect =
  | { readonly what: 'file'; readonly name: string; readonly mediaType: string; readonly content: Uint8Array }
  | { readonly what: 'availability'; readonly day: string; readonly rows: readonly AvailabilityFigures[] }
  | { readonly what: 'statistics'; readonly rows: readonly StatisticsRow[] }
  | {
      readonly what: 'reconciliation';
      readonly day: string;
      readonly firms: readonly {
        readonly firm: string;
        readonly journal: number;
        readonly tables: number;
        readonly breaks: readonly object[];
      }[];
    }
  | {
      readonly what: 'auditVerification';
      readonly entries: number;
      readonly signed: number;
      readonly firstBad: number | null;
      readonly text: string;
    };

export interface Outcome {
  /** JSON; shown to whoever asked. */
  readonly result: unknown;
  readonly effects?: readonly JobEffect[];
  readonly split?: Split;
}

/** Why a try came to nothing. */
export interface Failure {
  readonly code: string;
  readonly text: string;
  /** Trying again would not help. */
  readonly isFinal?: boolean;
}

/** The attempt is no longer the one that may settle the job: nothing was written. */
export class JobFenced extends Error {
  readonly code = 'JOB_FENCED';

  constructor(id: string, attempt: number) {
    super(`try ${attempt + 1} of job ${id} is no longer the one that counts`);
  }
}

/** What was asked for can't be done with this job. */
export class JobRefused extends Error {
  readonly code: 'UNKNOWN_JOB' | 'JOB_ENDED' | 'JOB_NOT_FAILED' | 'UNKNOWN_DEPENDENCY' | 'TOO_MANY_JOBS';

  constructor(code: JobRefused['code'], text: string) {
    super(text);
    this.code = code;
  }
}
