/**
 * Order management: owns the partitions whose leases this process has, feeds their decisions with books and
 * venue states, answers commands and queries. Second half of the order journey's way in: `order.command` →
 * decide → journal → `order.event`.
 */
import type { BookLimits } from '@tidegate/core/market/book';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import { partitionsOf, type Configuration } from '@tidegate/platform/configuration/configuration';
import { JournalFenced, type Journal } from '@tidegate/platform/journal/journal';
import { followPartitions } from '@tidegate/platform/journal/partitions';
import type { Lease, Leases, Offer } from '@tidegate/platform/lease/leases';
import type { Metrics } from '@tidegate/platform/observe/metrics';
import type { Log } from '@tidegate/platform/observe/log';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import type { OrderTrace } from '@tidegate/platform/observe/trace';
import {
  commandTopic,
  headTopic,
  quoteTopic,
  queryTopic,
  riskTopic,
  sessionTopic,
  stateTopic,
  stopsTopic,
  usageTopic,
} from '@tidegate/wire/topics';
import { Books } from './books.ts';
import { MarketView } from './market.view.ts';
import { registerOmsMetrics, type OwnerFigures } from './oms.metrics.ts';
import { PartitionOwner, type Mode } from './partition.owner.ts';
import { Spool } from './spool.ts';
import { riskAnswer, stopsAnswer, usageOf } from './usage.ts';
import { Venues } from './venues.ts';

export interface OmsOptions {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly configuration: Configuration;
  readonly leases: Pick<Leases, 'offer'>;
  /** Names this process in the journal. */
  readonly instance: string;
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

/** A partition that is ours, and how it is asked. */
interface Owned {
  readonly lease: Lease;
  readonly owner: PartitionOwner;
  readonly subscriptions: Subscription[];
  /** Of those: commands that wait for their owner. */
  commands: Subscription | undefined;
  started: Promise<void>;
}

export class Oms {
  private readonly options: OmsOptions;
  /** Those that are owned here. */
  private readonly partitions = new Map<string, Owned>();
  private readonly books: Books;
  private readonly venues: Venues;
  private readonly market: MarketView;
  private readonly subscriptions: Subscription[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private offer: Offer | undefined;
  /** While a lease of ours is in doubt: what others say that they own. */
  private others: Subscription | undefined;
  private scheduled = false;
  private stopFollowing: () => void = () => undefined;
  private isStarted = false;

  constructor(options: OmsOptions) {
    this.options = options;
    this.books = new Books(options.configuration, options.clock, options.bookLimits);
    this.venues = new Venues(options.clock, (venue) => {
      for (const owner of this.owners()) owner.doubt(venue);
    });
    this.market = new MarketView(options.configuration, this.books, this.venues);
    registerOmsMetrics(options.metrics, () => this.figures());
  }

  async start(): Promise<void> {
    const { bus, configuration, journal, leases } = this.options;
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
    const offer = leases.offer('partition', {
      gained: (lease) => this.own(lease),
      lost: (lease) => this.lose(lease),
      handOver: (lease) => this.handOver(lease),
    });
    this.offer = offer;
    this.stopFollowing = await followPartitions({
      configuration,
      journal,
      add: (partition) => offer.want(partition),
    });
    await offer.settled();
    await Promise.all([...this.partitions.values()].map(({ started }) => started));
    this.isStarted = true;
    this.timers.push(
      setInterval(() => {
        for (const owner of this.owners()) owner.tick();
        this.watchOthers();
      }, tickMs),
      setInterval(() => {
        for (const owner of this.owners()) owner.publishHead();
      }, headMs),
    );
  }

  /** Hands over what it owns, then is done. */
  async stop(): Promise<void> {
    this.stopFollowing();
    await this.offer?.leave();
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    for (const timer of this.timers) clearInterval(timer);
    this.others?.unsubscribe();
    await Promise.all([...this.partitions.values()].map(({ lease }) => this.handOver(lease)));
  }

  /** Snapshots of all that is owned here, as it is now. */
  async save(): Promise<void> {
    for (const owner of this.owners()) if (owner.standing === 'running') await owner.save();
  }

  /** Firms that are this process's to decide for, and cannot be yet. */
  get unready(): readonly string[] {
    return [...this.partitions].flatMap(([partition, { owner }]) =>
      owned.has(owner.standing) ? [] : [partition],
    );
  }

  /** Firms that take cancels only, until their journal is back. */
  get withoutJournal(): readonly string[] {
    return [...this.partitions].flatMap(([partition, { owner }]) =>
      withoutJournal.has(owner.standing) ? [partition] : [],
    );
  }

  /** Of the configuration and of what is owned here. */
  get known(): readonly string[] {
    return [...new Set([...partitionsOf(this.options.configuration.current), ...this.partitions.keys()])];
  }

  private *owners(): Iterable<PartitionOwner> {
    for (const { owner } of this.partitions.values()) yield owner;
  }

  private *figures(): Iterable<OwnerFigures> {
    const now = this.options.clock.monoMs();
    for (const [partition, { owner, commands }] of this.partitions) {
      const { backlog, openOrders } = owner;
      const { unsettled, isOverloaded, refused } = backlog;
      const ageMs = backlog.ageMs(now);
      const commandWaitMs = commands?.waitMs ?? 0;
      yield { partition, unsettled, ageMs, isOverloaded, refused, openOrders, commandWaitMs };
    }
  }

  /** The same at a start and when another has ended. */
  private own(lease: Lease): void {
    const { resource: partition } = lease;
    const owner = this.ownerOf(lease);
    const taken: Owned = {
      lease,
      owner,
      subscriptions: [],
      commands: undefined,
      started: Promise.resolve(),
    };
    this.partitions.set(partition, taken);
    this.listen(partition, taken);
    taken.started = this.begin(taken);
    // Who waits for it hears of it all the same.
    taken.started.catch(() => undefined);
  }

  private ownerOf(lease: Lease): PartitionOwner {
    const { bus, journal, clock, dataDir, instance, log, events, trace } = this.options;
    const { resource: partition, epoch } = lease;
    const owner = new PartitionOwner({
      partition,
      owner: instance,
      lease: { epoch, isValid: () => lease.isValid(), isAlone: () => lease.isUnknown() },
      bus,
      journal,
      clock,
      trace,
      backlog: {
        overloadMs: this.options.overloadMs,
        commandWaitMs: () => this.partitions.get(partition)?.commands?.waitMs ?? 0,
      },
      spool: new Spool(join(dataDir, 'oms'), partition),
      market: () => this.market.of(partition),
      onJournal: (state, reason) => {
        events.record({
          kind: state === 'up' ? 'journalUp' : 'journalDown',
          severity: state === 'up' ? 'info' : 'critical',
          subject: partition,
          text: `${state}: ${reason}`,
        });
        if (state === 'fenced') this.giveUp(lease);
      },
      onError: (error) => log.error({ err: error, partition }, 'order management'),
    });
    return owner;
  }

  private listen(partition: string, taken: Owned): void {
    const { bus } = this.options;
    const { owner } = taken;
    const asOwner = { isOwner: true };
    taken.commands = bus.respond(
      commandTopic(partition),
      ({ command, sentAtMs }) => owner.handle(command, sentAtMs),
      asOwner,
    );
    const told = async <Answer>(answer: () => Answer): Promise<Answer> => {
      await owner.confirm();
      return answer();
    };
    taken.subscriptions.push(
      taken.commands,
      bus.respond(queryTopic(partition), (query) => owner.query(query), asOwner),
      bus.respond(stateTopic(partition), () => told(() => owner.tradingState), asOwner),
      bus.respond(usageTopic(partition), () => told(() => owner.tell(usageOf)), asOwner),
      bus.respond(
        stopsTopic(partition),
        ({ scope }) => owner.tell((state, market, now) => stopsAnswer(state, market, scope, now), true),
        asOwner,
      ),
      bus.respond(
        riskTopic(partition),
        ({ proposal }) =>
          told(() => owner.tell((state, market, now) => riskAnswer(state, market, proposal, now))),
        asOwner,
      ),
    );
  }

  /** The journal may be away just now, and nobody starts us anew for that. */
  private async begin({ lease, owner }: Owned): Promise<void> {
    const { resource: partition } = lease;
    while (this.partitions.get(partition)?.owner === owner) {
      try {
        return await owner.start();
      } catch (error) {
        if (error instanceof JournalFenced) return this.giveUp(lease);
        if (!this.isStarted) throw error;
        this.options.log.error({ err: error, partition }, 'partition not started, trying again');
        await delay(retryMs);
      }
    }
  }

  /** Another one writes it. */
  private giveUp(lease: Lease): void {
    this.lose(lease);
    lease.refused();
  }

  private lose(lease: Lease): void {
    this.takenUnder(lease)?.owner.abandon();
    this.forget(lease);
  }

  private async handOver(lease: Lease): Promise<void> {
    const taken = this.takenUnder(lease);
    if (taken === undefined) return;
    // Who has just begun to load it is let finish: it stops in order then.
    await taken.started.catch(() => undefined);
    await taken.owner.stop();
    this.forget(lease);
  }

  private takenUnder({ resource, epoch }: Lease): Owned | undefined {
    const taken = this.partitions.get(resource);
    return taken?.lease.epoch === epoch ? taken : undefined;
  }

  private forget(lease: Lease): void {
    const taken = this.takenUnder(lease);
    if (taken === undefined) return;
    for (const subscription of taken.subscriptions) subscription.unsubscribe();
    this.partitions.delete(lease.resource);
  }

  /** Who cannot ask the store whether it still owns listens to who says that it does. */
  private watchOthers(): void {
    const inDoubt = [...this.partitions.values()].some(({ lease }) => !lease.isValid());
    if (!inDoubt) {
      this.others?.unsubscribe();
      this.others = undefined;
      return;
    }
    this.others ??= this.options.bus.subscribe(headTopic(), ({ partition, epoch }) => {
      const taken = this.partitions.get(partition);
      if (taken?.owner.isOlderThan(epoch) === true) this.lose(taken.lease);
    });
  }

  /** Resting orders are looked at once per changed instrument and turn, however many quotes came. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const changed = [...this.books.dirty];
      this.books.dirty.clear();
      for (const instrument of changed) for (const owner of this.owners()) owner.evaluate(instrument);
    });
  }
}
