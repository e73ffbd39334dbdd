/**
 * Records decisions without holding them up: entries wait in order and bounded until the audit has them.
 * What is dropped because it was away for too long is counted, and the count is an entry itself.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from '../observe/clock.ts';
import type { Audit } from './audit.ts';
import type { NewAuditEntry } from './entry.ts';

export interface AuditRecorderOptions {
  readonly audit: Pick<Audit, 'append' | 'head'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  /** Entries that wait at most. Default 10,000. */
  readonly queueLimit?: number;
  /** How long the audit has for an answer. Default 2 s. */
  readonly answerMs?: number;
}

export type Decision = Omit<NewAuditEntry, 'id' | 'at'>;

const batchMax = 100;
const retryMsMin = 100;
const retryMsMax = 5_000;

export class AuditRecorder {
  readonly #options: AuditRecorderOptions;
  readonly #queueLimit: number;
  readonly #answerMs: number;
  /** Oldest first; those being written stay in it until they are. */
  #queue: NewAuditEntry[] = [];
  #flushing: Promise<void> | undefined;
  #isStopping = false;
  #dropped = 0;
  /** Dropped, and no entry says so yet. */
  #untold = 0;

  constructor(options: AuditRecorderOptions) {
    this.#options = options;
    this.#queueLimit = options.queueLimit ?? 10_000;
    this.#answerMs = options.answerMs ?? 2_000;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Never throws and never waits. */
  record(decision: Decision): void {
    if (this.#queue.length >= this.#queueLimit) {
      this.#dropped += 1;
      this.#untold += 1;
    } else {
      this.#queue.push(this.#dated(decision));
    }
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
    });
  }

  /** Are all decisions so far in the audit? False when it does not say so in time. */
  written(): Promise<boolean> {
    const last = this.#queue.at(-1);
    const isWritten = async (): Promise<boolean> => {
      while (last !== undefined && this.#queue.includes(last)) await delay(5, undefined, { ref: false });
      return true;
    };
    return this.#inTime(isWritten());
  }

  /** May what adds risk be decided now: nothing waits, and the audit answers. */
  async isAvailable(): Promise<boolean> {
    const answers = this.#options.audit.head().then(
      () => true,
      () => false,
    );
    return (await this.#inTime(answers)) && (await this.written());
  }

  /** Writes what waits, for at most `limitMs`. */
  async stop(limitMs = 5_000): Promise<void> {
    await this.#inTime(this.#flushing?.then(() => true) ?? Promise.resolve(true), limitMs);
    this.#isStopping = true;
    if (this.waiting > 0)
      this.#options.log.error({ lost: this.waiting }, 'decisions not in the audit before the end');
  }

  #dated(decision: Decision): NewAuditEntry {
    const at = new Date(this.#options.clock.nowMs()).toISOString();
    return { ...decision, id: randomUUID(), at };
  }

  async #inTime(answer: Promise<boolean>, limitMs = this.#answerMs): Promise<boolean> {
    const limit = new AbortController();
    const late = delay(limitMs, false, { signal: limit.signal }).catch(() => false);
    try {
      return await Promise.race([answer, late]);
    } finally {
      limit.abort();
    }
  }

  async #flush(): Promise<void> {
    // Decisions of one turn go together.
    await Promise.resolve();
    for (let retryMs = retryMsMin; this.#queue.length > 0 && !this.#isStopping;) {
      const batch = this.#queue.slice(0, batchMax);
      try {
        await this.#options.audit.append(batch);
      } catch (error) {
        const { waiting, dropped } = this;
        this.#options.log.warn({ err: error, waiting, dropped }, 'decisions wait for the audit');
        await delay(retryMs, undefined, { ref: false });
        retryMs = Math.min(2 * retryMs, retryMsMax);
        continue;
      }
      this.#queue = this.#queue.slice(batch.length);
      retryMs = retryMsMin;
      if (this.#untold > 0) this.#queue.push(this.#lost());
    }
  }

  #lost(): NewAuditEntry {
    const after = { entries: this.#untold };
    this.#untold = 0;
    const nobody = { person: '', role: null, session: null, address: null };
    const about = { what: 'entriesLost', target: 'audit', outcome: 'done', before: null, after };
    return this.#dated({ ...nobody, ...about, why: 'the audit was away for too long', requestId: null });
  }
}
