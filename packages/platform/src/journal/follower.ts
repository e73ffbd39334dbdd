/**
 * Follows one partition's events in order and without loss: live batches from the bus, what is missing from
 * the journal. A gap between batches shows by their sequences; a lost last batch shows by the partition's
 * head, published every 100 ms. Used by whoever reports, projects or streams orders.
 */
import type { PartitionEvents, PartitionHead, RecordedEvent, SequencedEvent } from '@tidegate/wire/commands';
import { eventTopic, headTopic } from '@tidegate/wire/topics';
import type { Bus, Subscription } from '../bus/bus.ts';
import { JournalArchived, type ArchivedRange, type Journal, type JournalRecord } from './journal.ts';

export interface FollowerOptions {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly partition: string;
  /** Sequence already handled; the first event handed over is the next one. */
  readonly after: number;
  /** Of the journal, as far as it is known now. */
  readonly head?: number;
  /** Called with ascending events, one call at a time. A throw is reported and the same events come again. */
  readonly handle: (events: readonly SequencedEvent[]) => void | Promise<void>;
  readonly onError: (error: unknown) => void;
  /** It sends orders and reports: it does not wait for its turn. */
  readonly isPrompt?: boolean;
  /**
   * What comes next is in the archive, and is passed over. Without it that is an error as any other: who
   * needs it all waits until it is restored.
   */
  readonly onArchived?: ((archived: ArchivedRange) => void) | undefined;
  /** A live batch has come. */
  readonly onHeard?: ((batch: PartitionEvents) => void) | undefined;
  /** Pause before a failed read or handler is tried again. */
  readonly retryMs?: number;
}

const batchMax = 1_000;
const waitingMax = 10_000;

export class Follower {
  private readonly options: FollowerOptions;
  private readonly subscriptions: Subscription[] = [];
  /**
   * Live events not yet handed over, ascending without holes (before them there may be one); emptied when
   * they overflow (the journal has them).
   */
  private waiting: SequencedEvent[] = [];
  private handled: number;
  /** Last sequence given to the handler, which may still be at work on it. */
  private taken: number;
  /** Of the journal as far as it was told: never a guess, for how far behind we are is measured by it. */
  private head: number;
  /** The journal may have more than was told of: at the start, and after a full read of it. */
  private mayHaveMore = true;
  /** As the owner published it last. */
  private lastHead = 0;
  private headEpoch = 0;
  /** A batch came since then. */
  private isHearing = false;
  private working: Promise<void> | undefined;
  private stopped = false;
  private waiters: { readonly sequence: number; readonly resolve: () => void }[] = [];

  constructor(options: FollowerOptions) {
    this.options = options;
    this.handled = options.after;
    this.taken = options.after;
    this.head = options.after;
  }

  /** Highest sequence whose handler has finished. */
  get sequence(): number {
    return this.handled;
  }

  /** Everything that is known to be in the journal has been handled. */
  get isCaughtUp(): boolean {
    return !this.isBehind;
  }

  /** Highest sequence that is known to be there. */
  get knownHead(): number {
    return Math.max(this.options.head ?? 0, this.head, this.lastHead);
  }

  start(): void {
    const { bus, partition } = this.options;
    this.subscriptions.push(
      bus.subscribe(eventTopic(partition), (batch) => this.receive(batch), {
        isPrompt: this.options.isPrompt ?? false,
      }),
      bus.subscribe(headTopic(partition), (head) => this.compare(head)),
    );
    this.work();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    await this.working;
    for (const { resolve } of this.waiters.splice(0)) resolve();
  }

  /**
   * Resolves when everything up to `sequence`, which the journal has, has been handled, or the follower has
   * stopped.
   */
  reached(sequence: number): Promise<void> {
    if (this.handled >= sequence || this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiters.push({ sequence, resolve });
      this.advance(sequence);
    });
  }

  private receive(batch: PartitionEvents): void {
    const last = batch.events.at(-1);
    if (last === undefined) return;
    this.options.onHeard?.(batch);
    if (this.waiting.length >= waitingMax) this.waiting = [];
    const expected = (this.waiting.at(-1)?.sequence ?? this.taken) + 1;
    // Behind a gap they wait until the journal has filled it: dropped, they would be the next gap.
    const joins = this.waiting.length === 0 || batch.events[0]!.sequence <= expected;
    if (joins) for (const event of batch.events) if (event.sequence >= expected) this.waiting.push(event);
    this.isHearing = true;
    this.advance(last.sequence);
  }

  /**
   * A head may overtake batches that are still queued for us: only when none came since the last head, and we
   * are behind that one still, was something lost.
   */
  private compare({ sequence, epoch }: PartitionHead): void {
    // An owner that does not know yet that it is none any more.
    if (epoch < this.headEpoch) return;
    this.headEpoch = epoch;
    if (!this.isHearing) this.advance(this.lastHead);
    this.isHearing = false;
    this.lastHead = sequence;
  }

  private advance(sequence: number): void {
    if (sequence > this.head) this.head = sequence;
    if (this.isBehind) this.work();
  }

  private get isBehind(): boolean {
    return this.mayHaveMore || this.head > this.handled;
  }

  private work(): void {
    if (this.working !== undefined || this.stopped) return;
    this.working = this.drain().finally(() => {
      this.working = undefined;
      if (this.isBehind && !this.stopped) this.work();
    });
  }

  private async drain(): Promise<void> {
    while (!this.stopped && this.isBehind) {
      try {
        const { head } = this;
        const events = await this.next();
        if (events.length === 0) {
          // What came during the read is not in its answer.
          if (this.head !== head || this.waiting[0]?.sequence === this.handled + 1) continue;
          this.head = this.handled;
          return;
        }
        this.taken = events.at(-1)!.sequence;
        await this.options.handle(events);
        this.moveTo(events.at(-1)!.sequence);
      } catch (error) {
        this.options.onError(error);
        this.taken = this.handled;
        this.waiting = [];
        await new Promise((resolve) => setTimeout(resolve, this.options.retryMs ?? 200));
      }
    }
  }

  private moveTo(sequence: number): void {
    this.handled = sequence;
    this.head = Math.max(this.head, sequence);
    if (this.waiters.length === 0) return;
    const done = this.waiters.filter((waiter) => waiter.sequence <= sequence);
    this.waiters = this.waiters.filter((waiter) => waiter.sequence > sequence);
    for (const { resolve } of done) resolve();
  }

  /** The next events in order: live ones when they join on, else from the journal. */
  private async next(): Promise<readonly SequencedEvent[]> {
    const live = this.takeLive();
    if (live.length > 0) return live;
    const first = this.handled + 1;
    const missing = (this.waiting[0]?.sequence ?? Infinity) - first;
    const records = await this.read(first, Math.min(missing, batchMax));
    this.mayHaveMore = records.length === batchMax;
    this.head = Math.max(this.head, records.at(-1)?.sequence ?? 0);
    return records.map(toSequenced);
  }

  private async read(first: number, limit: number): Promise<readonly JournalRecord[]> {
    const { journal, partition, onArchived } = this.options;
    try {
      return await journal.read(partition, first, limit);
    } catch (error) {
      if (onArchived === undefined || !(error instanceof JournalArchived)) throw error;
      onArchived(error.archived);
      this.taken = error.archived.last;
      this.moveTo(error.archived.last);
      return this.read(error.archived.last + 1, limit);
    }
  }

  private takeLive(): readonly SequencedEvent[] {
    const skip = this.waiting.findIndex((event) => event.sequence > this.handled);
    if (skip === -1) {
      this.waiting = [];
      return [];
    }
    if (skip > 0) this.waiting.splice(0, skip);
    if (this.waiting[0]!.sequence !== this.handled + 1) return [];
    const batch = this.waiting;
    this.waiting = [];
    return batch;
  }
}

export function toSequenced(record: JournalRecord): SequencedEvent {
  const body = record.body as RecordedEvent;
  return { sequence: record.sequence, atMs: record.atMs, ...body };
}
