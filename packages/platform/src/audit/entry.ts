/**
 * An entry of the audit: who decided what about what, when and why, and its canonical bytes. Each holds the
 * hash of the one before, so they are a chain; the same hash is its leaf in the tree.
 */
import { createHash } from 'node:crypto';
import { sqlJson } from '../sql/database.ts';
import { leafHash, type Hash } from './tree.ts';

/** Null: not known, or not there. */
export interface NewAuditEntry {
  /** UUID: the same entry sent again is there once. */
  readonly id: string;
  /** When it was decided, UTC with milliseconds. */
  readonly at: string;
  /** Sign-in name, also one that nobody has; empty: nobody said who. */
  readonly person: string;
  readonly role: string | null;
  /** Of the sign-in. */
  readonly session: string | null;
  readonly address: string | null;
  /** What was decided, such as `tradingState`. */
  readonly what: string;
  /** What it is about: a document, a firm, a case. */
  readonly target: string;
  /** `done`, or the code of the refusal. */
  readonly outcome: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly why: string | null;
  readonly requestId: string | null;
}

export interface AuditEntry extends NewAuditEntry {
  /** From 1, without a hole. */
  readonly number: number;
  /** Hash of the entry before, hexadecimal; zeros before the first. */
  readonly previous: string;
}

/** What is kept: the canonical bytes, their hash, and what they are found by. */
export interface StoredEntry {
  readonly number: number;
  readonly id: string;
  readonly at: string;
  readonly person: string;
  readonly what: string;
  readonly target: string;
  readonly body: Buffer;
  readonly hash: Hash;
}

export interface AuditHead {
  readonly number: number;
  readonly hash: Hash;
}

/** Before the first entry. */
export const noHead: AuditHead = { number: 0, hash: Buffer.alloc(32) };

const textMax = 500;
const valueMax = 64 * 1024;

/**
 * What is too long is cut, and a value that is too large is named by its hash, rather than nothing be kept.
 */
function completed(entry: NewAuditEntry): NewAuditEntry {
  const text = <T extends string | null>(value: T): T =>
    (value === null ? value : value.slice(0, textMax)) as T;
  const whole = {
    id: entry.id,
    at: entry.at,
    person: text(entry.person),
    role: text(entry.role),
    session: text(entry.session),
    address: text(entry.address),
    what: text(entry.what),
    target: text(entry.target),
    outcome: text(entry.outcome),
    before: valueOf(entry.before),
    after: valueOf(entry.after),
    why: text(entry.why),
    requestId: text(entry.requestId),
  };
  return JSON.parse(sqlJson(whole)) as NewAuditEntry;
}

function valueOf(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  const json = JSON.stringify(value);
  if (json.length <= valueMax) return value;
  return { leftOut: json.length, sha256: createHash('sha256').update(json).digest('hex') };
}

/** The entry that follows `head`, as it is kept. */
export function storedAfter(head: AuditHead, entry: NewAuditEntry): StoredEntry {
  const number = head.number + 1;
  const { id, at, ...rest } = completed(entry);
  // The order of the fields is part of the format (docs/security/audit.md).
  const body = Buffer.from(JSON.stringify({ number, previous: head.hash.toString('hex'), id, at, ...rest }));
  const { person, what, target } = rest;
  return { number, id, at, person, what, target, body, hash: leafHash(body) };
}

/** One after the other. */
export function storedAll(head: AuditHead, entries: readonly NewAuditEntry[]): readonly StoredEntry[] {
  const all: StoredEntry[] = [];
  for (const entry of entries) all.push(storedAfter(all.at(-1) ?? head, entry));
  return all;
}

export const entryOf = ({ body }: Pick<StoredEntry, 'body'>): AuditEntry =>
  JSON.parse(body.toString('utf8')) as AuditEntry;
