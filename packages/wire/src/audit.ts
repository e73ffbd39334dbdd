/** The audit over REST: who decided what, and the proof that it is in what was signed. */
import { z } from 'zod';

const text = z.string().min(1).max(500);

export const auditQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.string().max(200).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  who: text.optional(),
  what: text.optional(),
  target: text.optional(),
});
export type AuditListQuery = z.infer<typeof auditQuery>;

export const auditProofQuery = z.object({
  number: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
});
export type AuditProofQuery = z.infer<typeof auditProofQuery>;

/** In this order it is what the entry's hash is made of (docs/security/audit.md). */
export const auditEntryView = z.object({
  number: z.int(),
  previous: z.string(),
  id: z.string(),
  at: z.iso.datetime(),
  person: z.string(),
  role: z.string().nullable(),
  session: z.string().nullable(),
  address: z.string().nullable(),
  what: z.string(),
  target: z.string(),
  outcome: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  why: z.string().nullable(),
  requestId: z.string().nullable(),
});
export type AuditEntryView = z.infer<typeof auditEntryView>;

export const auditProofView = z.object({
  number: z.int(),
  /** The bytes that are hashed, as text. */
  body: z.string(),
  hash: z.string(),
  /** Of the tree that is signed. */
  size: z.int(),
  /** Hexadecimal, the one beside the leaf first. */
  proof: z.array(z.string()),
  /** The signed note. */
  checkpoint: z.string(),
  /** That it is signed by; compare it with the one that you were given. */
  key: z.string(),
});
export type AuditProofView = z.infer<typeof auditProofView>;
