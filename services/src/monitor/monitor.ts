/**
 * Watches the order flow and tells operators by system events. It goes on where it was, so what happened
 * while no monitor ran is told too; what comes in floods is told once with its count (`slices.ts`), so that a
 * broken client engine can't bury what matters.
 */
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { JournalCursors } from '@tidegate/platform/journal/cursors';
import { Follower } from '@tidegate/platform/journal/follower';
import type { Journal } from '@tidegate/platform/journal/journal';
import { followPartitions } from '@tidegate/platform/journal/partitions';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import type { SequencedEvent } from '@tidegate/wire/commands';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { Slices } from './slices.ts';

export interface MonitorOptions {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly configuration: Pick<Configuration, 'current' | 'onChange'>;
  readonly cursors: JournalCursors;
  /** Under which it watches: what it writes is refused once another has begun under a later one. */
  readonly leaseEpoch: number;
  readonly events: Pick<SystemEvents, 'append'>;
  readonly onError: (error: unknown) => void;
  readonly sweepMs?: number;
}

const sweepMsDefault = 2_500;

export class Monitor {
  private readonly options: MonitorOptions;
  private readonly watched: { readonly watch: Watch; readonly follower: Follower }[] = [];
  private stopFollowing: () => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: MonitorOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { journal, configuration, cursors, sweepMs } = this.options;
    const known = await cursors.all();
    this.stopFollowing = await followPartitions({
      configuration,
      journal,
      // The first monitor of all tells no history. A partition that came while there was none is told whole.
      add: (partition, head) =>
        this.follow(partition, known.size === 0 ? head : Math.min(known.get(partition) ?? 0, head)),
    });
    this.timer = setInterval(() => this.sweep(), sweepMs ?? sweepMsDefault).unref();
  }

  private follow(partition: string, after: number): void {
    const { bus, journal, onError } = this.options;
    const watch = new Watch(partition, after, this.options);
    const handle = (events: readonly SequencedEvent[]) => watch.handle(events);
    const follower = new Follower({ bus, journal, partition, after, onError, handle });
    this.watched.push({ watch, follower });
    watch.begin().catch(onError);
    follower.start();
  }

  private sweep(): void {
    for (const { watch, follower } of this.watched)
      watch.sweep(follower.isCaughtUp).catch(this.options.onError);
  }

  /** What is still counted is left to the next monitor, which begins before it. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopFollowing();
    await Promise.all(this.watched.map(({ follower }) => follower.stop()));
    await Promise.all(this.watched.map(({ watch }) => watch.write().catch(this.options.onError)));
  }
}

/** One partition: what was made of its events and is not in SQL yet, and the cursor. */
class Watch {
  private readonly partition: string;
  private readonly options: MonitorOptions;
  private readonly slices: Slices;
  private pending: SystemEvent[] = [];
  private writtenCursor: number;
  private writing: Promise<void> = Promise.resolve();

  constructor(partition: string, after: number, options: MonitorOptions) {
    this.partition = partition;
    this.options = options;
    this.slices = new Slices(partition, after);
    this.writtenCursor = after;
  }

  begin(): Promise<void> {
    const { cursor } = this.slices;
    return this.inTurn(() => this.options.cursors.begin(this.partition, cursor, this.options.leaseEpoch));
  }

  /** Throws when SQL is away; the same events come again, and only their writing is repeated. */
  async handle(events: readonly SequencedEvent[]): Promise<void> {
    this.pending.push(...this.slices.take(events, this.options.clock.nowMs()));
    if (this.pending.length > 0) await this.write();
  }

  async sweep(isCaughtUp: boolean): Promise<void> {
    this.pending.push(...this.slices.sweep(this.options.clock.nowMs(), isCaughtUp));
    await this.write();
  }

  write(): Promise<void> {
    return this.inTurn(async () => {
      const { cursor } = this.slices;
      // A copy: more may come while it is written.
      const told = [...this.pending];
      if (told.length === 0 && cursor === this.writtenCursor) return;
      const { cursors, events, leaseEpoch } = this.options;
      await events.append(told, (transaction) =>
        cursors.move(transaction, this.partition, cursor, leaseEpoch),
      );
      this.pending = this.pending.slice(told.length);
      this.writtenCursor = cursor;
    });
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.writing.then(work);
    this.writing = done.catch(() => undefined);
    return done;
  }
}
