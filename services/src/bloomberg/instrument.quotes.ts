/**
 * The platform's own use of the feed: subscribes to what the feed document maps, follows its changes, and
 * publishes each instrument's image on `quote.bloomberg.<instrument>`, once per batch. An image that is
 * stale is withdrawn by an empty one under a new epoch, so nobody takes an old price for a reference.
 */
import type { Instrument } from '@tidegate/core/market/instrument';
import type { Levels, VenueQuote } from '@tidegate/core/market/quote';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Epochs } from '@tidegate/platform/sql/epochs';
import type { FeedCause } from '@tidegate/wire/bloomberg';
import type { FeedDocument } from '@tidegate/wire/configuration';
import { quoteTopic, type Topic } from '@tidegate/wire/topics';
import { QuoteReader, quoteFields, type Rounding } from './quotes.ts';
import type { SubscriptionTable } from './subscription.table.ts';
import type { Consumer, FeedSubscription, Want } from './subscription.ts';

export interface InstrumentQuotesOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly epochs: Epochs;
  readonly table: SubscriptionTable;
  readonly feed: string;
  readonly rounding: Rounding;
  /** Counts new subscriptions against the budget; a refusal leaves the instrument without a quote. */
  readonly charge: (want: Want) => FeedCause | undefined;
}

/** Besides what a quote is made of: what says how good it is. */
const wantedFields = [...quoteFields, 'IS_DELAYED_STREAM'];

class InstrumentFeed implements Consumer {
  readonly instrument: Instrument;
  readonly security: string;
  subscription: FeedSubscription | undefined;
  refusal: FeedCause | undefined;
  private readonly owner: InstrumentQuotes;
  private readonly reader: QuoteReader;
  private readonly topic: Topic<VenueQuote>;
  private epoch: number;
  private sequence = 0;
  private isOut = false;

  constructor(owner: InstrumentQuotes, instrument: Instrument, security: string) {
    this.owner = owner;
    this.instrument = instrument;
    this.security = security;
    this.reader = new QuoteReader(instrument, owner.options.rounding);
    this.topic = quoteTopic(owner.options.feed, instrument.id);
    this.epoch = owner.options.epochs.next();
  }

  onChange(subscription: FeedSubscription): void {
    if (!subscription.isLive) return;
    const { bids, asks, misfits } = this.reader.read(subscription.image);
    this.owner.misfits += misfits;
    this.isOut = true;
    this.publish(bids, asks, subscription.receivedAtMs, subscription.receivedMonoMs);
  }

  onState(subscription: FeedSubscription): void {
    if (subscription.isLive) return;
    this.withdraw();
  }

  withdraw(): void {
    if (!this.isOut) return;
    this.isOut = false;
    const { clock, epochs } = this.owner.options;
    this.epoch = epochs.next();
    this.sequence = 0;
    this.publish([], [], clock.nowMs(), clock.monoMs());
  }

  private publish(bids: Levels, asks: Levels, receivedAtMs: number, receivedMonoMs: number): void {
    const { bus, feed } = this.owner.options;
    this.sequence += 1;
    this.owner.published += 1;
    bus.publish(this.topic, {
      venue: feed,
      instrument: this.instrument.id,
      epoch: this.epoch,
      sequence: this.sequence,
      bids,
      asks,
      receivedAtMs,
      receivedMonoMs,
    });
  }
}

export class InstrumentQuotes {
  readonly options: InstrumentQuotesOptions;
  published = 0;
  /** Prices and sizes that did not fit their instrument's scales. */
  misfits = 0;
  private readonly feeds = new Map<string, InstrumentFeed>();
  private readonly bySecurity = new Map<string, string>();

  constructor(options: InstrumentQuotesOptions) {
    this.options = options;
  }

  /** Subscribes to what is mapped now and lets go what no longer is. */
  follow(feed: FeedDocument | undefined, instruments: ReadonlyMap<string, Instrument>): void {
    const securities = feed?.enabled === true ? feed.securities : {};
    for (const [id, one] of this.feeds) {
      if (securities[id] === one.security && hasSameScales(instruments.get(id), one.instrument)) continue;
      this.feeds.delete(id);
      one.withdraw();
      if (one.subscription !== undefined) this.options.table.release(one.subscription, one);
    }
    for (const [id, security] of Object.entries(securities)) {
      const instrument = instruments.get(id);
      if (instrument === undefined || this.feeds.has(id)) continue;
      const one = new InstrumentFeed(this, instrument, security);
      this.feeds.set(id, one);
      this.acquire(one);
    }
    this.nameSecurities();
  }

  /** What the budget refused is asked for again; called now and then. */
  retryRefused(): void {
    for (const one of this.feeds.values()) if (one.refusal !== undefined) this.acquire(one);
  }

  stop(): void {
    this.follow(undefined, new Map());
  }

  /** Our instrument behind a subscription's security. */
  instrumentOf(security: string): string | undefined {
    return this.bySecurity.get(security);
  }

  /** Instruments left without a subscription, and why. */
  *refused(): Iterable<readonly [instrument: string, security: string, cause: FeedCause]> {
    for (const { instrument, security, refusal } of this.feeds.values())
      if (refusal !== undefined) yield [instrument.id, security, refusal];
  }

  private nameSecurities(): void {
    this.bySecurity.clear();
    for (const { instrument, security } of this.feeds.values()) this.bySecurity.set(security, instrument.id);
  }

  private acquire(one: InstrumentFeed): void {
    const { table, charge } = this.options;
    const want: Want = { service: '//blp/mktdata', security: one.security, fields: wantedFields };
    const refusal = table.find(want) === undefined ? charge(want) : undefined;
    one.refusal = refusal;
    if (refusal !== undefined) return;
    one.subscription = table.acquire(want, one);
    // Somebody else's may be live: its image needs no next tick.
    one.onChange(one.subscription);
  }
}

/** Every configuration change makes new objects; only these matter to a quote. */
const hasSameScales = (now: Instrument | undefined, before: Instrument): boolean =>
  now?.priceScale === before.priceScale &&
  now.quantityScale === before.quantityScale &&
  now.quantityMin === before.quantityMin;
