/**
 * Order management: owns partitions, feeds their decisions with books and venue states, answers commands
 * and queries. Second half of the order journey's way in: `order.command` → decide → journal →
 * `order.event`.
 */
import type { BookLimits } from '@tidegate/core/market/book';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import { partitionsOf, type Configuration } from '@tidegate/platform/configuration/configuration';
import type { Journal } from '@tidegate/platform/journal/journal';
import { followPartitions } from '@tidegate/platform/journal/partitions';
import type { Metrics } from '@tidegate/platform/observe/metrics';
import type { Log } from '@tidegate/platform/observe/log';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import type { OrderTrace } from '@tidegate/platform/observe/trace';
import {
  commandTopic,
  quoteTopic,
  queryTopic,
  sessionTopic,
  stateTopic,
  usageTopic,
} from '@tidegate/wire/topics';
import { Books } from './books.ts';
import { MarketView } from './market.view.ts';
import { registerOmsMetrics, type OwnerFigures } from './oms.metrics.ts';
import { PartitionOwner, type Mode } from './partition.owner.ts';
import { Spool } from './spool.ts';
import { Venues } from './venues.ts';

export interface OmsOptions {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly configuration: Configuration;
  readonly events: SystemEvents;
  readonly log: Log;
  readonly dataDir: string;
  readonly metrics: Metrics;
  /** Age of what waits beyond which new risk is refused. */
  readonly overloadMs: number;
  /** What makes quotes unfit to trade on. */
  readonly bookLimits: BookLimits;
  readonly trace?: OrderTrace | undefined;
}

const tickMs = 50;
const headMs = 100;
const retryMs = 250;
const withoutJournal: ReadonlySet<Mode> = new Set(['recovering', 'replaying']);
const owned: ReadonlySet<Mode> = new Set(['running', ...withoutJournal]);

export class Oms {
  private readonly options: OmsOptions;
  private readonly owners = new Map<string, PartitionOwner>();
  private readonly books: Books;
  private readonly venues: Venues;
  private readonly market: MarketView;
  private readonly subscriptions: Subscription[] = [];
  /** Of each partition: commands that wait for its owner. */
  private readonly commandQueues = new Map<string, Subscription>();
  private readonly timers: NodeJS.Timeout[] = [];
  private scheduled = false;
  private stopFollowing: () => void = () => undefined;
  private isStarted = false;
  private isStopped = false;

  constructor(options: OmsOptions) {
    this.options = options;
    this.books = new Books(options.configuration, options.clock, options.bookLimits);
    this.venues = new Venues(options.clock, (venue) => {
      for (const owner of this.owners.values()) owner.doubt(venue);
    });
    this.market = new MarketView(options.configuration, this.books, this.venues);
    registerOmsMetrics(options.metrics, () => this.figures());
  }

  async start(): Promise<void> {
    const { bus, configuration, journal } = this.options;
    this.subscriptions.push(
      bus.subscribe(
        quoteTopic(),
        (quote) => {
          this.books.replace(quote);
          this.schedule();
        },
        { conflate: true },
      ),
      bus.subscribe(sessionTopic(), (status) => this.venues.hear(status)),
    );
    const first: Promise<void>[] = [];
    this.stopFollowing = await followPartitions({
      configuration,
      journal,
      add: (partition) => void first.push(this.own(partition)),
    });
    await Promise.all(first);
    this.isStarted = true;
    this.timers.push(
      setInterval(() => {
        for (const owner of this.owners.values()) owner.tick();
      }, tickMs),
      setInterval(() => {
        for (const owner of this.owners.values()) owner.publishHead();
      }, headMs),
    );
  }

  async stop(): Promise<void> {
    this.stopFollowing();
    this.isStopped = true;
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all([...this.owners.values()].map((owner) => owner.stop()));
  }

  /** Snapshots of all that is owned here, as it is now. */
  async save(): Promise<void> {
    for (const owner of this.owners.values()) if (owner.standing === 'running') await owner.save();
  }

  /** Firms that nobody here decides for: not loaded yet, or taken over by another process. */
  get unowned(): readonly string[] {
    const known = new Set([...partitionsOf(this.options.configuration.current), ...this.owners.keys()]);
    return [...known].filter((partition) => {
      const standing = this.owners.get(partition)?.standing;
      return standing === undefined || !owned.has(standing);
    });
  }

  /** Firms that take cancels only, until their journal is back. */
  get withoutJournal(): readonly string[] {
    return [...this.owners].flatMap(([partition, { standing }]) =>
      withoutJournal.has(standing) ? [partition] : [],
    );
  }

  private *figures(): Iterable<OwnerFigures> {
    const now = this.options.clock.monoMs();
    for (const [partition, { backlog, openOrders }] of this.owners) {
      const { unsettled, isOverloaded, refused } = backlog;
      const ageMs = backlog.ageMs(now);
      const commandWaitMs = this.commandWaitMs(partition);
      yield { partition, unsettled, ageMs, isOverloaded, refused, openOrders, commandWaitMs };
    }
  }

  private commandWaitMs(partition: string): number {
    return this.commandQueues.get(partition)?.waitMs ?? 0;
  }

  private async own(partition: string): Promise<void> {
    const { bus, journal, clock, dataDir, log, events, trace } = this.options;
    const owner = new PartitionOwner({
      partition,
      owner: `${hostname()}:${process.pid}`,
      bus,
      journal,
      clock,
      trace,
      backlog: {
        overloadMs: this.options.overloadMs,
        commandWaitMs: () => this.commandWaitMs(partition),
      },
      spool: new Spool(join(dataDir, 'oms'), partition),
      market: () => this.market.of(partition),
      onJournal: (state, reason) =>
        events.record({
          kind: state === 'up' ? 'journalUp' : 'journalDown',
          severity: state === 'up' ? 'info' : 'critical',
          subject: partition,
          text: `${state}: ${reason}`,
        }),
      onError: (error) => log.error({ err: error, partition }, 'order management'),
    });
    this.owners.set(partition, owner);
    const commands = bus.respond(commandTopic(partition), ({ command, sentAtMs }) =>
      owner.handle(command, sentAtMs),
    );
    this.commandQueues.set(partition, commands);
    this.subscriptions.push(
      commands,
      bus.respond(queryTopic(partition), (query) => owner.query(query)),
      bus.respond(stateTopic(partition), () => owner.tradingState),
      bus.respond(usageTopic(partition), () => owner.usage()),
    );
    await this.begin(owner, partition);
  }

  /** Of a firm that is new: the journal may be away just now, and nobody starts us anew for that. */
  private async begin(owner: PartitionOwner, partition: string): Promise<void> {
    if (!this.isStarted) return owner.start();
    while (!this.isStopped) {
      try {
        return await owner.start();
      } catch (error) {
        this.options.log.error({ err: error, partition }, 'partition not started, trying again');
        await delay(retryMs);
      }
    }
  }

  /** Resting orders are looked at once per changed instrument and turn, however many quotes came. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const changed = [...this.books.dirty];
      this.books.dirty.clear();
      for (const instrument of changed) for (const owner of this.owners.values()) owner.evaluate(instrument);
    });
  }
}
