/**
 * The order journal in memory, for the simulator and tests: same fencing, and faults on request. Loses all
 * with the process.
 */
import { readBody, type WrittenBody } from '@tidegate/wire/journal.body';
import {
  JournalArchived,
  JournalFenced,
  JournalUnavailable,
  namesOrder,
  type Append,
  type ArchivedRange,
  type Journal,
  type JournalRecord,
  type Snapshot,
  type SnapshotPart,
} from './journal.ts';
import { journalEntry } from './journal.entry.ts';

/**
 * `beforeCommit`: not appended; `afterCommit`: appended. The caller cannot tell them apart: both are
 * JournalUnavailable.
 */
export type JournalFault = 'beforeCommit' | 'afterCommit';

export interface MemoryJournalOptions {
  /** Asked for every append. */
  readonly fault?: (append: Append) => JournalFault | undefined;
}

interface StoredRecord extends Omit<JournalRecord, 'body'> {
  readonly body: string;
}

interface Partition {
  epoch: number;
  leaseEpoch: number;
  owner: string;
  readonly records: StoredRecord[];
  snapshot?: Snapshot;
  readonly parts: Map<string, string>;
}

export class MemoryJournal implements Journal {
  readonly #partitions = new Map<string, Partition>();
  /** Of each partition: the last event that is archived. */
  readonly #archived = new Map<string, number>();
  readonly #fault: NonNullable<MemoryJournalOptions['fault']>;

  constructor(options: MemoryJournalOptions = {}) {
    this.#fault = options.fault ?? (() => undefined);
  }

  async claim(
    partition: string,
    owner: string,
    leaseEpoch?: number,
  ): Promise<{ readonly epoch: number; readonly head: number }> {
    const unclaimed = { epoch: 0, leaseEpoch: 0, owner, records: [], parts: new Map<string, string>() };
    const found: Partition = this.#partitions.get(partition) ?? unclaimed;
    if (leaseEpoch !== undefined && leaseEpoch < found.leaseEpoch)
      throw new JournalFenced(`${partition} was claimed under a later lease than ${leaseEpoch}`);
    found.epoch += 1;
    found.leaseEpoch = leaseEpoch ?? found.leaseEpoch;
    found.owner = owner;
    this.#partitions.set(partition, found);
    return { epoch: found.epoch, head: found.records.length };
  }

  async confirm(partition: string, epoch: number): Promise<void> {
    if (this.#partitions.get(partition)?.epoch !== epoch)
      throw new JournalFenced(`epoch ${epoch} of ${partition} is not current`);
  }

  append(append: Append): Promise<void> {
    // Checked before any promise, as in PostgresJournal: our own bug throws at the caller.
    const { bodies } = journalEntry(append);
    return this.#append(append, bodies);
  }

  async #append(append: Append, bodies: readonly WrittenBody[]): Promise<void> {
    const { partition, epoch, firstSequence, events } = append;
    const fault = this.#fault(append);
    if (fault === 'beforeCommit')
      throw new JournalUnavailable('the journal did not answer; the outcome is not known');
    const found = this.#partitions.get(partition);
    if (found === undefined || found.epoch !== epoch || found.records.length !== firstSequence - 1) {
      throw new JournalFenced(
        `append to ${partition} from ${firstSequence}: epoch ${epoch} or the sequence is not current`,
      );
    }
    for (const [index, { type, atMs }] of events.entries()) {
      found.records.push({
        partition,
        sequence: firstSequence + index,
        epoch,
        atMs,
        type,
        version: bodies[index]!.version,
        body: bodies[index]!.text,
      });
    }
    if (fault === 'afterCommit')
      throw new JournalUnavailable('the journal did not answer; the outcome is not known');
  }

  async read(partition: string, from: number, limit: number): Promise<readonly JournalRecord[]> {
    const archived = await this.archivedFrom(partition, from);
    if (archived !== undefined && archived.last !== from) throw new JournalArchived(partition, archived);
    const records = this.#partitions.get(partition)?.records ?? [];
    const start = Math.max(from, 1) - 1;
    return records.slice(start, start + limit).map(({ body, ...record }) => ({
      ...record,
      body: readBody(record.version, record.type, record.atMs, JSON.parse(body)),
    }));
  }

  async readOrder(
    partition: string,
    orderId: string,
    from: number,
    to: number,
  ): Promise<readonly JournalRecord[]> {
    const archived = await this.archivedFrom(partition, from);
    if (archived !== undefined) throw new JournalArchived(partition, archived);
    const records = await this.read(partition, from, to - Math.max(from, 1) + 1);
    return records.filter(({ body }) => namesOrder(body, orderId));
  }

  /** From now on everything up to `last` is as in an archive. */
  archive(partition: string, last: number): void {
    this.#archived.set(partition, last);
  }

  async archivedFrom(partition: string, from: number): Promise<ArchivedRange | undefined> {
    const last = this.#archived.get(partition) ?? 0;
    return from > last ? undefined : { period: 'journal_first', first: 1, last };
  }

  async heads(): Promise<ReadonlyMap<string, number>> {
    return new Map([...this.#partitions].map(([partition, { records }]) => [partition, records.length]));
  }

  async saveSnapshotPart(partition: string, epoch: number, part: SnapshotPart): Promise<void> {
    const found = this.#partitions.get(partition);
    if (found === undefined || found.epoch !== epoch)
      throw new JournalFenced(`part of a snapshot of ${partition}: epoch ${epoch} is not current`);
    found.parts.set(`${part.sequence}:${epoch}:${part.part}`, part.body);
  }

  async saveSnapshot(partition: string, epoch: number, snapshot: Omit<Snapshot, 'epoch'>): Promise<void> {
    const found = this.#partitions.get(partition);
    if (found === undefined || found.epoch !== epoch || found.records.length < snapshot.sequence) {
      throw new JournalFenced(
        `snapshot ${snapshot.sequence} of ${partition}: epoch ${epoch} or head is not current`,
      );
    }
    if ((found.snapshot?.sequence ?? 0) > snapshot.sequence) return;
    found.snapshot = { ...snapshot, epoch };
    for (const key of found.parts.keys())
      if (!key.startsWith(`${snapshot.sequence}:${epoch}:`)) found.parts.delete(key);
  }

  async latestSnapshot(partition: string): Promise<Snapshot | undefined> {
    return this.#partitions.get(partition)?.snapshot;
  }

  async snapshotParts(
    partition: string,
    { sequence, epoch }: Omit<Snapshot, 'body'>,
    from: number,
    limit: number,
  ): Promise<readonly string[]> {
    const bodies: string[] = [];
    const parts = this.#partitions.get(partition)?.parts;
    for (let part = from; bodies.length < limit; part += 1) {
      const body = parts?.get(`${sequence}:${epoch}:${part}`);
      if (body === undefined) break;
      bodies.push(body);
    }
    return bodies;
  }

  async close(): Promise<void> {
    /* nothing is held open */
  }
}
