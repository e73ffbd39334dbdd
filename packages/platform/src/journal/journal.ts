/**
 * The port to the order journal: append-only, one sequence per partition without holes, one fenced writer
 * per partition. `journal.postgres` commits in groups (one insert per batch of all partitions);
 * `journal.memory` serves simulator and tests.
 */
export interface JournalEvent {
  readonly type: string;
  /** UTC milliseconds. */
  readonly atMs: number;
  /** JSON-serialisable body of the event. */
  readonly body: object;
}

export interface JournalRecord extends JournalEvent {
  readonly partition: string;
  /** From 1, without holes. */
  readonly sequence: number;
  readonly epoch: number;
  /** Version of the body's schema. */
  readonly version: number;
}

export interface Append {
  readonly partition: string;
  readonly epoch: number;
  /** Sequence of the first event; the append is refused unless it is head + 1. */
  readonly firstSequence: number;
  readonly events: readonly JournalEvent[];
}

/**
 * Another owner has claimed the partition, or the sequence is not head + 1: this writer must stop and start
 * anew.
 */
export class JournalFenced extends Error {
  readonly code = 'JOURNAL_FENCED';
}

/**
 * The journal did not answer: whether the append happened is not known; resolve by reading, never retry
 * blindly.
 */
export class JournalUnavailable extends Error {
  readonly code = 'JOURNAL_UNAVAILABLE';
}

/**
 * What was asked for is no longer in the journal, but in the archive. `tidegate restore` brings it back.
 */
export class JournalArchived extends Error {
  readonly code = 'JOURNAL_ARCHIVED';
  readonly archived: ArchivedRange;

  constructor(partition: string, archived: ArchivedRange) {
    const { first, last, period } = archived;
    super(`events ${first} to ${last} of ${partition} are in the archive ${period}`);
    this.archived = archived;
  }
}

/** Events of one partition, without holes, that only an archive has. */
export interface ArchivedRange {
  /** The one that has `first`; later events may be in later ones. */
  readonly period: string;
  readonly first: number;
  readonly last: number;
}

/** The event in the body of an order journal's record names this order. */
export const namesOrder = (body: object, orderId: string): boolean =>
  (body as { readonly event?: { readonly orderId?: unknown } }).event?.orderId === orderId;

export interface Snapshot {
  readonly sequence: number;
  /** Of the owner that wrote it. */
  readonly epoch: number;
  /** Its head, when it is in parts. */
  readonly body: string;
}

export interface SnapshotPart {
  readonly sequence: number;
  /** From 0. */
  readonly part: number;
  readonly body: string;
}

export interface Journal {
  /**
   * Makes `owner` the only writer: raises the partition's epoch. `leaseEpoch`: under which it owns; throws
   * JournalFenced when it was claimed under a later one.
   */
  claim(
    partition: string,
    owner: string,
    leaseEpoch?: number,
  ): Promise<{ readonly epoch: number; readonly head: number }>;
  /**
   * Nobody has claimed the partition since: for answers that append nothing. Asked after it was called.
   * Throws JournalFenced or JournalUnavailable.
   */
  confirm(partition: string, epoch: number): Promise<void>;
  /** Durable when it resolves. Throws JournalFenced or JournalUnavailable. */
  append(append: Append): Promise<void>;
  /**
   * Records with sequence ≥ from, ascending without holes, at most `limit`. Throws JournalArchived when the
   * first of them is in the archive.
   */
  read(partition: string, from: number, limit: number): Promise<readonly JournalRecord[]>;
  /**
   * Records with from ≤ sequence ≤ to whose event names the order, ascending. Not for hot paths. Throws
   * JournalArchived when one of all between the two is in the archive.
   */
  readOrder(partition: string, orderId: string, from: number, to: number): Promise<readonly JournalRecord[]>;
  /** The archived events that follow on from `from`, that one included; undefined: it is not archived. */
  archivedFrom(partition: string, from: number): Promise<ArchivedRange | undefined>;
  /** Highest sequence per partition. */
  heads(): Promise<ReadonlyMap<string, number>>;
  /** Before its snapshot: without that nobody sees it. Throws JournalFenced or JournalUnavailable. */
  saveSnapshotPart(partition: string, epoch: number, part: SnapshotPart): Promise<void>;
  /** Durable when it resolves, its parts too. Throws JournalFenced or JournalUnavailable. */
  saveSnapshot(partition: string, epoch: number, snapshot: Omit<Snapshot, 'epoch'>): Promise<void>;
  latestSnapshot(partition: string): Promise<Snapshot | undefined>;
  /** Parts from `from` on, at most `limit`. */
  snapshotParts(
    partition: string,
    snapshot: Omit<Snapshot, 'body'>,
    from: number,
    limit: number,
  ): Promise<readonly string[]>;
  close(): Promise<void>;
}
