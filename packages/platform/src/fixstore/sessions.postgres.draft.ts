/**
 * What a session has given to its PostgreSQL store since its last commit, and the errors that can come of it.
 * A draft holds absolute numbers, so any number of calls is one row to change.
 */
import {
  ANSWER,
  type NumbersWithBatch,
  type OutboundRecord,
  type StoreErrorCode,
} from '@tidegate/fix/session/store';

/** Another owner has opened the session: this one must not write again, and has not. */
export class StoreFencedError extends Error {
  override readonly name = 'StoreFencedError';
  readonly code: StoreErrorCode = 'fenced';
}

/**
 * The database refused, or did not answer: whether it happened is not known until the session is opened
 * again, which reads it.
 */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  readonly code: StoreErrorCode = 'failed';
}

/** The numbers of a session as this owner has them. */
export interface SessionNumbers {
  readonly epoch: number;
  generation: number;
  nextOutbound: number;
  nextInbound: number;
  createdAtMs: number;
  /** Asked for: numbers below it may be used once this is stored. */
  reservedOutbound: number;
}

export interface DraftMessage {
  readonly seqNum: number;
  readonly msgType: string;
  readonly bytes: number;
  readonly deadlineMs: number | undefined;
  readonly partition: string | undefined;
  readonly sequence: number | undefined;
}

/** Who is told how the commit of a draft went. */
export interface DraftOwner {
  readonly session: string;
  settled(outcome: 'stored' | StoreFencedError | StoreUnavailableError, draft: Draft): void;
}

export class Draft {
  readonly owner: DraftOwner;
  readonly numbers: SessionNumbers;
  messages: DraftMessage[] = [];
  /** Copies of the frames of `messages`, in their order. */
  frames: Buffer[] = [];
  bytes = 0;
  readonly cursors = new Map<string, number>();
  /** Of its opening: no number is used behind it. */
  isLast = false;
  /**
   * Monotonic; from then on it is given up when it fails. Infinity: what it says is wanted whenever it comes.
   */
  expiresMonoMs = Infinity;
  readonly #done = Promise.withResolvers<void>();

  constructor(owner: DraftOwner, numbers: SessionNumbers) {
    this.owner = owner;
    this.numbers = { ...numbers };
    // Whoever asks is told; nobody need ask.
    this.#done.promise.catch(() => undefined);
  }

  /** Resolves when it is stored. */
  get stored(): Promise<void> {
    return this.#done.promise;
  }

  append(records: readonly OutboundRecord[], { nextInbound, nextOutbound }: NumbersWithBatch): void {
    for (const { seqNum, msgType, frame, deadlineMs, source } of records) {
      this.messages.push({
        seqNum,
        msgType,
        bytes: frame.length,
        deadlineMs,
        partition: source?.partition,
        sequence: source?.sequence,
      });
      this.numbers.nextOutbound = seqNum + 1;
      if (source !== undefined && source.partition !== ANSWER) this.#note(source.partition, source.sequence);
    }
    if (records.length > 0) {
      const copy = Buffer.concat(records.map(({ frame }) => frame));
      this.frames.push(copy);
      this.bytes += copy.length;
    }
    if (nextOutbound !== undefined) this.numbers.nextOutbound = nextOutbound;
    if (nextInbound !== undefined) this.numbers.nextInbound = nextInbound;
  }

  noteCursors(cursors: ReadonlyMap<string, number>): void {
    for (const [partition, sequence] of cursors) this.#note(partition, sequence);
  }

  #note(partition: string, sequence: number): void {
    if (sequence > (this.cursors.get(partition) ?? 0)) this.cursors.set(partition, sequence);
  }

  /** Somebody waits for it, so long. */
  awaited(untilMonoMs: number): void {
    this.expiresMonoMs = Math.min(this.expiresMonoMs, untilMonoMs);
  }

  /** Messages before it are forgotten, their cursors are not. */
  reset(createdAtMs: number, ahead: number): void {
    this.messages = [];
    this.frames = [];
    this.numbers.generation += 1;
    this.numbers.nextOutbound = 1;
    this.numbers.nextInbound = 1;
    this.numbers.reservedOutbound = 1 + ahead;
    this.numbers.createdAtMs = createdAtMs;
  }

  settle(outcome: 'stored' | StoreFencedError | StoreUnavailableError): void {
    this.owner.settled(outcome, this);
    if (outcome === 'stored') this.#done.resolve();
    else this.#done.reject(outcome);
  }
}
