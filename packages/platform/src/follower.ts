/**
 * Follows one partition's events in order and without loss: live batches from the bus, what is missing from
 * the journal. A gap between batches shows by their sequences; a lost last batch shows by the partition's
 * head, published every 100 ms. Used by whoever reports, projects or streams orders.
 */
import type { PartitionEvents, RecordedEvent, SequencedEvent } from '@tidegate/wire/commands';
import { eventTopic, headTopic } from '@tidegate/wire/topics';
import type { Bus, Subscription } from './bus.ts';
import type { Journal, JournalRecord } from './journal.ts';

export interface FollowerOptions {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly partition: string;
  /** Sequence already handled; the first event handed over is the next one. */
  readonly after: number;
  /** Called with ascending events, one call at a time. A throw is reported and the same events come again. */
  readonly handle: (events: readonly SequencedEvent[]) => void | Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Pause before a failed read or handler is tried again. */
  readonly retryMs?: number;
}

const batchMax = 1_000;
const waitingMax = 10_000;

export class Follower {
  private readonly options: FollowerOptions;
  private readonly subscriptions: Subscription[] = [];
  /**
   * Live events not yet handed over, ascending without holes; emptied when they overflow (the journal has
   * them).
   */
  private waiting: SequencedEvent[] = [];
  private handled: number;
  /** Last sequence given to the handler, which may still be at work on it. */
  private taken: number;
  private head: number;
  private working: Promise<void> | undefined;
  private stopped = false;

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

  start(): void {
    const { bus, partition } = this.options;
    this.subscriptions.push(
      bus.subscribe(eventTopic(partition), (batch) => this.receive(batch)),
      bus.subscribe(headTopic(partition), (head) => this.advance(head.sequence)),
    );
    this.head += 1; // forces one read of the journal: what was written before we listened
    this.work();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    await this.working;
  }

  private receive(batch: PartitionEvents): void {
    const last = batch.events.at(-1);
    if (last === undefined) return;
    if (this.waiting.length >= waitingMax) this.waiting = [];
    const expected = (this.waiting.at(-1)?.sequence ?? this.taken) + 1;
    const joins = batch.events[0]!.sequence <= expected && last.sequence >= expected;
    if (joins) for (const event of batch.events) if (event.sequence >= expected) this.waiting.push(event);
    this.advance(last.sequence);
  }

  private advance(sequence: number): void {
    if (sequence > this.head) this.head = sequence;
    if (this.head > this.handled) this.work();
  }

  private work(): void {
    if (this.working !== undefined || this.stopped) return;
    this.working = this.drain().finally(() => {
      this.working = undefined;
      if (this.head > this.handled && !this.stopped) this.work();
    });
  }

  private async drain(): Promise<void> {
    while (!this.stopped && this.head > this.handled) {
      try {
        const events = await this.next();
        if (events.length === 0) {
          this.head = this.handled;
          return;
        }
        this.taken = events.at(-1)!.sequence;
        await this.options.handle(events);
        this.handled = events.at(-1)!.sequence;
        this.head = Math.max(this.head, this.handled);
      } catch (error) {
        this.options.onError(error);
        this.taken = this.handled;
        this.waiting = [];
        await new Promise((resolve) => setTimeout(resolve, this.options.retryMs ?? 200));
      }
    }
  }

  /** The next events in order: live ones when they join on, else from the journal. */
  private async next(): Promise<readonly SequencedEvent[]> {
    const live = this.takeLive();
    if (live.length > 0) return live;
    const { journal, partition } = this.options;
    const records = await journal.read(partition, this.handled + 1, batchMax);
    return records.map(toSequenced);
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
