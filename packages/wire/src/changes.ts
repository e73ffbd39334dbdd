/** Configuration over REST: documents without their secrets, their history, and changes of one or many. */
import { z } from 'zod';
import { documents, type DocumentKind } from './configuration.ts';
import { difference } from './differences.ts';

export const documentKinds = Object.keys(documents) as [DocumentKind, ...DocumentKind[]];

/**
 * Fields that are never shown nor taken: passwords' hashes, open invitations, and what the platform keeps
 * beside them. A change leaves them as they are.
 */
export const secretFields: Readonly<Partial<Record<DocumentKind, readonly string[]>>> = {
  user: ['passwordHash', 'invitation', 'tokensValidFromMs'],
  fixClient: ['passwordHash'],
};

const attributed = {
  /** Of the whole configuration at this change: what the next one is based on. */
  version: z.int(),
  changedBy: z.string(),
  changedAt: z.iso.datetime(),
  /** Why; empty for changes from before reasons were kept. */
  reason: z.string(),
};

export const documentView = z.object({
  kind: z.enum(documentKinds),
  id: z.string(),
  ...attributed,
  document: z.record(z.string(), z.unknown()),
  /** Of users and FIX clients: whether there is a password. */
  hasPassword: z.boolean().optional(),
});
export type DocumentView = z.infer<typeof documentView>;

export const documentVersionView = z.object({
  ...attributed,
  /** Null: it was retired. */
  document: z.record(z.string(), z.unknown()).nullable(),
  /** Against the version before. */
  differences: z.array(difference),
  /** A secret changed: which, never what. */
  secretsChanged: z.array(z.string()),
});
export type DocumentVersionView = z.infer<typeof documentVersionView>;

export const configurationSummary = z.object({
  version: z.int(),
  kinds: z.array(z.object({ kind: z.enum(documentKinds), documents: z.int() })),
});

const reason = z.string().trim().min(1).max(500);
const asked = {
  reason,
  /** Say what it would do, and do nothing. */
  dryRun: z.boolean().default(false),
  /** Later; refused then if a document has changed meanwhile. */
  at: z.iso.datetime({ offset: true }).optional(),
};
/** Version of the document that was read; 0: it is to be new. */
const basedOn = z.int().min(0);
const body = z.record(z.string(), z.unknown());

export const documentChangeRequest = z.strictObject({ document: body, basedOn, ...asked });
export const retireRequest = z.strictObject({ basedOn, ...asked });
export const rollBackRequest = z.strictObject({
  /** The version of this document that is to be in force again. */
  to: z.int().min(1),
  basedOn,
  ...asked,
});

export const changesMax = 10_000;
/** Exactly one of `document`, null to retire it. */
const oneChange = z.strictObject({
  kind: z.enum(documentKinds),
  id: z.string().min(1).max(64),
  document: body.nullable(),
  basedOn,
});
export const changesetRequest = z.strictObject({
  changes: z.array(oneChange).min(1).max(changesMax),
  ...asked,
});
export type ChangesetRequest = z.infer<typeof changesetRequest>;

export const effectKinds = [
  'sessionEnds',
  'signInsEnd',
  'ordersCanceled',
  'limitExceeded',
  'pricesChange',
  'portOpens',
  'portCloses',
  'notKnown',
] as const;
/** What a change does beside what it says, as far as it can be known now. */
export const effect = z.object({ kind: z.enum(effectKinds), subject: z.string(), text: z.string() });
export type Effect = z.infer<typeof effect>;

export const changeAnswer = z.object({
  /** `unchanged`: everything is so already. */
  result: z.enum(['done', 'unchanged', 'wouldBeDone', 'scheduled']),
  /** Of the configuration now. */
  version: z.int(),
  changeset: z.string().optional(),
  changes: z.array(
    z.object({
      kind: z.enum(documentKinds),
      id: z.string(),
      what: z.enum(['created', 'changed', 'retired']),
      differences: z.array(difference),
    }),
  ),
  effects: z.array(effect),
});
export type ChangeAnswer = z.infer<typeof changeAnswer>;

export const scheduledChangeset = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  state: z.enum(['waiting', 'running', 'done', 'refused', 'canceled']),
  reason: z.string(),
  by: z.string(),
  /** What became of it. */
  outcome: z.string(),
  documents: z.array(z.object({ kind: z.enum(documentKinds), id: z.string() })),
});
export type ScheduledChangeset = z.infer<typeof scheduledChangeset>;

export const cancelChangesetRequest = z.strictObject({ reason });

export const reasonRequest = z.strictObject({ reason });
/** Shown once; only its hash is kept. */
export const passwordAnswer = z.object({ password: z.string(), version: z.int() });
export const invitationAnswer = z.object({
  /** Shown once. */
  token: z.string(),
  expiresAt: z.iso.datetime(),
});
export const acceptInvitationRequest = z.strictObject({
  token: z.string().min(1).max(200),
  password: z.string().min(1).max(4_096),
});
export const endSessionsRequest = z.strictObject({ reason });
