/**
 * Jobs and workers over REST and inside: the table of the kinds of jobs, with what each takes and its terms,
 * and the shapes that the desk and the command line read.
 */
import { z } from 'zod';
import type { Permission } from './permissions.ts';

/** What a kind of job may cost and how it is tried again; what the queue and the workers hold to. */
export interface JobTerms {
  /** Higher goes first: −100 to 100. */
  readonly priority: number;
  /** Tries in all. */
  readonly attemptsMax: number;
  /** Before the second try; doubled for each later one, with a random part, up to the greatest. */
  readonly backoffSeconds: number;
  readonly backoffSecondsMax: number;
  /** Running at a time: in all workers, and for one firm. */
  readonly runningMax: number;
  readonly runningPerFirmMax: number;
  /** One try takes no longer. */
  readonly timeMsMax: number;
  /** Longer without a word of progress it is stuck, and is ended. */
  readonly silentMsMax: number;
}

export interface JobKind {
  readonly about: string;
  readonly input: z.ZodType<object>;
  /** What asking for one needs. */
  readonly needs: Permission;
  readonly terms: JobTerms;
}

const day = z.iso.date();
const period = z
  .object({ from: z.iso.datetime({ offset: true }), to: z.iso.datetime({ offset: true }) })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), 'from is before to');
const exported = period.and(z.object({ firm: z.string().min(1).max(64).optional() }));

const usual: JobTerms = {
  priority: 0,
  attemptsMax: 4,
  backoffSeconds: 2,
  backoffSecondsMax: 300,
  runningMax: 4,
  runningPerFirmMax: 2,
  timeMsMax: 10 * 60_000,
  silentMsMax: 15_000,
};

export const jobKinds = {
  exportOrders: {
    about: 'Orders of a period as CSV, gzipped',
    input: exported,
    needs: 'runJobs',
    terms: { ...usual, priority: 20 },
  },
  exportExecutions: {
    about: 'Executions of a period as CSV, gzipped',
    input: exported,
    needs: 'runJobs',
    terms: { ...usual, priority: 20 },
  },
  availabilityDay: {
    about: 'Availability of one day of UTC, kept by source and instrument',
    input: z.object({ day }),
    needs: 'operate',
    terms: usual,
  },
  availabilityRollUp: {
    about: 'Availability of several days: one part a day over all workers, then their sum',
    input: z.object({ from: day, to: day }).refine(({ from, to }) => from <= to, 'from is not after to'),
    needs: 'operate',
    terms: usual,
  },
  availabilitySum: {
    about: 'The sum of kept days of availability',
    input: z.object({ from: day, to: day }),
    needs: 'operate',
    terms: usual,
  },
  statisticsDay: {
    about: 'Instrument statistics of one day of UTC out of its hours, kept',
    input: z.object({ day }),
    needs: 'operate',
    terms: usual,
  },
  reconciliation: {
    about: 'Executions of a day in the journal against the tables that desk and API read',
    input: z.object({ day }),
    needs: 'operate',
    terms: { ...usual, priority: 10, runningMax: 1 },
  },
  auditVerification: {
    about: 'Every entry of the audit against its hash, its place in the chain and the signed checkpoints',
    input: z.object({}),
    needs: 'operate',
    terms: { ...usual, runningMax: 1 },
  },
  journalArchive: {
    about: 'Periods of the journal that are due, into files',
    input: z.object({ before: z.iso.datetime({ offset: true }).optional() }),
    needs: 'operate',
    terms: { ...usual, priority: -10, runningMax: 1, timeMsMax: 3_600_000, silentMsMax: 600_000 },
  },
} as const satisfies Readonly<Record<string, JobKind>>;
export type JobKindName = keyof typeof jobKinds;
export const jobKindNames = Object.keys(jobKinds) as [JobKindName, ...JobKindName[]];

export const jobTerms: Readonly<Record<string, JobTerms>> = Object.fromEntries(
  Object.entries(jobKinds).map(([name, { terms }]) => [name, terms]),
);

export const jobStates = [
  'waiting',
  'queued',
  'running',
  'retrying',
  'completed',
  'failed',
  'canceled',
] as const;
export type JobState = (typeof jobStates)[number];
export const endStates = ['completed', 'failed', 'canceled'] as const satisfies readonly JobState[];
export const hasEnded = (state: JobState): boolean => (endStates as readonly JobState[]).includes(state);

export const submitJobRequest = z.object({
  kind: z.enum(jobKindNames),
  input: z.record(z.string(), z.unknown()).default({}),
  /** −100 to 100; without it the kind's own. */
  priority: z.int().min(-100).max(100).optional(),
  /** It fails when no worker has begun it by then. */
  deadline: z.iso.datetime({ offset: true }).optional(),
  /** Jobs that must be completed before. */
  after: z.array(z.uuid()).max(100).default([]),
  /** The same key from the same user gives the same job. */
  key: z.string().min(1).max(100).optional(),
});
export type SubmitJobRequest = z.infer<typeof submitJobRequest>;

export const jobView = z.object({
  id: z.uuid(),
  kind: z.string(),
  state: z.enum(jobStates),
  firm: z.string(),
  requestedBy: z.string(),
  requestedAt: z.iso.datetime(),
  priority: z.int(),
  deadline: z.iso.datetime().nullable(),
  /** From 1; 0: not begun. */
  attempt: z.int(),
  attemptsMax: z.int(),
  worker: z.string().nullable(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  /** 0 to 1. */
  progress: z.number(),
  progressText: z.string(),
  code: z.string().nullable(),
  error: z.string().nullable(),
  partOf: z.uuid().nullable(),
  schedule: z.string().nullable(),
});
export type JobView = z.infer<typeof jobView>;

export const jobEventView = z.object({
  at: z.iso.datetime(),
  what: z.string(),
  attempt: z.int(),
  worker: z.string().nullable(),
  person: z.string().nullable(),
  text: z.string(),
});

export const jobStory = z.object({
  job: jobView,
  input: z.unknown(),
  result: z.unknown(),
  after: z.array(z.object({ id: z.uuid(), kind: z.string(), state: z.enum(jobStates) })),
  parts: z.array(z.object({ id: z.uuid(), kind: z.string(), state: z.enum(jobStates) })),
  file: z.object({ name: z.string(), bytes: z.int() }).nullable(),
  events: z.array(jobEventView),
});
export type JobStory = z.infer<typeof jobStory>;

export const queueView = z.object({
  kind: z.string(),
  about: z.string(),
  waiting: z.int(),
  ready: z.int(),
  running: z.int(),
  retrying: z.int(),
  failed: z.int(),
  /** How long the oldest that could run has waited, in seconds. */
  oldestReadySeconds: z.number(),
});
export type QueueView = z.infer<typeof queueView>;

export const workerView = z.object({
  id: z.string(),
  instance: z.string(),
  host: z.string(),
  startedAt: z.iso.datetime(),
  /** Alive by its own word, or silent for longer than it said it would be. */
  state: z.enum(['working', 'draining', 'silent']),
  slots: z.int(),
  running: z.int(),
  completed: z.int(),
  failed: z.int(),
});
export type WorkerView = z.infer<typeof workerView>;

export const jobsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.string().max(300).optional(),
  state: z.enum(jobStates).optional(),
  kind: z.string().max(64).optional(),
});
export type JobsQuery = z.infer<typeof jobsQuery>;

export const redriveRequest = z.object({
  kind: z.enum(jobKindNames),
  limit: z.int().min(1).max(1_000).default(100),
  /** True: only says which. */
  dryRun: z.boolean().default(true),
});
export type RedriveRequest = z.infer<typeof redriveRequest>;
export const redriveAnswer = z.object({ isDone: z.boolean(), jobs: z.array(jobView) });

/** Told when a job has changed: waiting workers, its worker and whoever watches it look at once. */
export interface JobChanged {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
}
