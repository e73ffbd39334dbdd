/**
 * System events: recorded without waiting, written to SQL in batches, then told on `system.event` (append,
 * then tell). While SQL is away they wait in a bounded queue; the oldest beyond it are dropped and counted.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { SystemEvent, SystemEventKind } from '@tidegate/wire/monitoring';
import { systemTopic } from '@tidegate/wire/topics';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Logger } from 'pino';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from './clock.ts';
import { sqlJson, type Database, type Tables } from '../sql/database.ts';
import { InvalidCursor, pageCursor, readPageCursor, type Page } from '../sql/page.ts';

export interface SystemEventsOptions {
  readonly database: Database;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Events waiting for SQL at most. Default 10,000. */
  readonly queueLimit?: number;
}

export type NewSystemEvent = Omit<SystemEvent, 'id' | 'at'>;

export interface SystemEventsQuery {
  readonly limit: number;
  /** `next` of the page before. */
  readonly before?: string;
  /** Only events of this firm; absent: all. */
  readonly firm?: string;
  /** None about these, such as providers whom the reader may not see. */
  readonly exceptSubjects?: readonly string[];
  /** None that only inform, but for these kinds. */
  readonly exceptInfo?: readonly SystemEventKind[];
}

const batchMax = 500;
const retryMsMin = 100;
const retryMsMax = 5_000;
const subjectLengthMax = 200;
const textLengthMax = 2_000;
const detailsLengthMax = 16_384;
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export class SystemEvents {
  readonly #options: SystemEventsOptions;
  readonly #queueLimit: number;
  #queue: SystemEvent[] = [];
  /** Being written; kept apart so that dropping the oldest never touches them. */
  #writing: readonly SystemEvent[] = [];
  #flushing: Promise<void> | undefined;
  #stopByMs: number | undefined;
  #dropped = 0;

  constructor(options: SystemEventsOptions) {
    this.#options = options;
    this.#queueLimit = options.queueLimit ?? 10_000;
  }

  /** Dropped since the start because SQL was away for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  get waiting(): number {
    return this.#queue.length + this.#writing.length;
  }

  /** Never throws and never waits. */
  record(event: NewSystemEvent): void {
    const at = new Date(this.#options.clock.nowMs()).toISOString();
    this.#queue.push(completed({ ...event, id: randomUUID(), at }));
    if (this.#queue.length > this.#queueLimit) {
      this.#queue.shift();
      this.#dropped += 1;
    }
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
    });
  }

  /**
   * Writes events whose ids their source gives, with what `alongside` writes, in one transaction, and tells
   * those that were not there yet. Throws when SQL does not take them: then the caller comes again.
   */
  async append(
    events: readonly SystemEvent[],
    alongside: (transaction: Transaction<Tables>) => Promise<unknown>,
  ): Promise<void> {
    const whole = events.map(completed);
    const added = await this.#options.database.kysely.transaction().execute(async (transaction) => {
      const ids = await insert(transaction, whole);
      await alongside(transaction);
      return ids;
    });
    for (const event of whole) if (added.has(event.id)) this.#options.bus.publish(systemTopic(), event);
  }

  /** Newest first. */
  async list({
    limit,
    before,
    firm,
    exceptSubjects = [],
    exceptInfo,
  }: SystemEventsQuery): Promise<Page<SystemEvent>> {
    let query = this.#options.database.kysely
      .selectFrom('system_event')
      .selectAll()
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1);
    if (firm !== undefined) query = query.where('firm', '=', firm);
    if (exceptSubjects.length > 0)
      query = query.where(sql<boolean>`NOT (subject = ANY (${[...exceptSubjects]}::text[]))`);
    if (exceptInfo !== undefined)
      query = query.where(sql<boolean>`(severity <> 'info' OR kind = ANY (${[...exceptInfo]}::text[]))`);
    if (before !== undefined) {
      const [at, id] = readPageCursor(before, 2);
      if (!uuidPattern.test(id)) throw new InvalidCursor();
      query = query.where(sql<boolean>`(at, id) < (${at}::timestamptz, ${id}::uuid)`);
    }
    const rows = await query.execute();
    const items = rows.slice(0, limit).map(
      (row) =>
        ({
          id: row.id,
          at: row.at.toISOString(),
          kind: row.kind,
          severity: row.severity,
          subject: row.subject,
          text: row.text,
          ...(row.firm === null ? {} : { firm: row.firm }),
          ...(row.details === null ? {} : { details: row.details }),
        }) as SystemEvent,
    );
    const last = items.at(-1);
    return { items, next: rows.length > limit && last !== undefined ? pageCursor([last.at, last.id]) : null };
  }

  /** Writes what waits, for at most `limitMs`. */
  async stop(limitMs = 5_000): Promise<void> {
    this.#stopByMs = performance.now() + limitMs;
    const limit = new AbortController();
    await Promise.race([
      this.#flushing,
      delay(limitMs, undefined, { signal: limit.signal }).catch(() => undefined),
    ]);
    limit.abort();
    if (this.waiting > 0)
      this.#options.log.error({ lost: this.waiting }, 'system events not written before the end');
  }

  async #flush(): Promise<void> {
    // Events of one turn go together.
    await Promise.resolve();
    for (let retryMs = retryMsMin; this.#queue.length > 0 || this.#writing.length > 0;) {
      if (this.#writing.length === 0) this.#writing = this.#queue.splice(0, batchMax);
      try {
        // Again is harmless: an unanswered insert may have happened.
        await insert(this.#options.database.kysely, this.#writing);
      } catch (error) {
        if (this.#stopByMs !== undefined && performance.now() > this.#stopByMs) return;
        this.#options.log.warn(
          { err: error, waiting: this.waiting, dropped: this.#dropped },
          'system events wait for SQL',
        );
        await delay(retryMs, undefined, { ref: false });
        retryMs = Math.min(2 * retryMs, retryMsMax);
        continue;
      }
      const written = this.#writing;
      this.#writing = [];
      retryMs = retryMsMin;
      for (const event of written) this.#options.bus.publish(systemTopic(), event);
    }
  }
}

/** Returns the ids of those that were not there. */
async function insert(
  database: Kysely<Tables>,
  events: readonly SystemEvent[],
): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    INSERT INTO system_event (id, at, kind, severity, subject, firm, text, details)
    SELECT id, at, kind, severity, subject, firm, text, details
    FROM json_populate_recordset(NULL::system_event, ${sqlJson(events)}::json)
    ON CONFLICT (id) DO NOTHING RETURNING id`.execute(database);
  return new Set(rows.map(({ id }) => id));
}

/** What is too long is cut, and details that are too large are left out, rather than the event lost. */
function completed(event: SystemEvent): SystemEvent {
  const { details, ...rest } = event;
  let kept = details;
  if (details !== undefined) {
    const length = JSON.stringify(details).length;
    kept = length > detailsLengthMax ? { leftOut: `${length} characters of details` } : details;
  }
  return Object.freeze({
    ...rest,
    subject: event.subject.slice(0, subjectLengthMax),
    text: event.text.slice(0, textLengthMax),
    ...(kept === undefined ? {} : { details: kept }),
  });
}
