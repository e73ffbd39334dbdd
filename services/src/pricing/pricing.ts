/**
 * The price journey's middle: raw venue images in, one aggregated and marked-up image per tier and
 * instrument out. A quote only replaces its venue's image; pricing itself runs once per dirty instrument
 * and turn, and gives way to the rest of the process when a turn's time is used up.
 */
import { Book, type BookLimits } from '@tidegate/core/market/book';
import { haveSameScales } from '@tidegate/core/market/instrument';
import { isWithinHours } from '@tidegate/core/market/hours';
import { newerByMs, sameImage, tierPrice } from '@tidegate/core/price/pricing';
import { FeedTracker, type FeedTransition } from '@tidegate/core/market/quality';
import type { TierPrice, VenueQuote } from '@tidegate/core/market/quote';
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import type { Cache } from '@tidegate/platform/cache/cache';
import { monoOriginMs, withAgeHere, type Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import type { Epochs } from '@tidegate/platform/sql/epochs';
import { priceTopic, quoteTopic, type Topic } from '@tidegate/wire/topics';
import { CrossedBooks } from './crossed.books.ts';
import { feedEvents } from './feed.events.ts';

export interface PricingOptions {
  readonly bus: Bus;
  readonly bookLimits: BookLimits;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly configuration: Configuration;
  readonly epochs: Epochs;
  readonly events: SystemEvents;
  readonly onError: (error: unknown) => void;
}

interface Priced {
  readonly topic: Topic<TierPrice>;
  image: TierPrice;
}

/** Time one turn may price for before orders and sockets get theirs. */
const turnMs = 2;
/** An unchanged image is told again when its quotes are this much newer, so that ages stay true. */
const refreshMs = 500;
const watchMs = 100;
const cacheMs = 250;
/** Epochs of two processes are a million apart. */
const sequencesPerEpoch = 1_000;
const cacheTtlMs = 24 * 3_600_000;

export class Pricing {
  private readonly options: PricingOptions;
  private readonly books = new Map<string, Book>();
  private readonly feeds = new Map<string, FeedTracker>();
  private readonly dirty = new Set<string>();
  private readonly prices = new Map<string, Priced>();
  private readonly unsaved = new Map<string, TierPrice>();
  private readonly crossed = new CrossedBooks();
  private readonly timers: NodeJS.Timeout[] = [];
  private transitions: FeedTransition[] = [];
  private subscription: Subscription | undefined;
  private scheduled = false;
  private saving = false;
  private originMs: number;

  constructor(options: PricingOptions) {
    this.options = options;
    this.originMs = monoOriginMs(options.clock);
  }

  start(): void {
    this.subscription = this.options.bus.subscribe(quoteTopic(), (quote) => this.receive(quote), {
      conflate: true,
    });
    this.timers.push(
      setInterval(() => this.watch(), watchMs),
      setInterval(() => this.save(), cacheMs),
    );
  }

  stop(): void {
    this.subscription?.unsubscribe();
    for (const timer of this.timers) clearInterval(timer);
  }

  private receive(received: VenueQuote): void {
    const quote = withAgeHere(received, this.options.clock, this.originMs);
    const book = this.bookOf(quote.instrument);
    if (book === undefined) return;
    const flags = book.replace(quote);
    const change = this.feedOf(quote.venue, quote.instrument).observe(quote.receivedMonoMs, flags);
    if (change !== undefined) this.transitions.push(change);
    this.dirty.add(quote.instrument);
    this.schedule();
  }

  private bookOf(id: string): Book | undefined {
    const { configuration } = this.options;
    const instrument = configuration.current.instruments.get(id);
    if (instrument === undefined) return undefined;
    const known = this.books.get(id);
    // Another object after every change of configuration: only other scales make its quotes unreadable.
    if (known !== undefined && haveSameScales(known.instrument, instrument)) return known;
    const terms = (venue: string) => configuration.current.quoteTerms.get(venue);
    const book = new Book(instrument, terms, this.options.bookLimits);
    this.books.set(id, book);
    return book;
  }

  private feedOf(venue: string, instrument: string): FeedTracker {
    const key = `${venue}.${instrument}`;
    const known = this.feeds.get(key);
    if (known !== undefined) return known;
    const feed = new FeedTracker(venue, instrument);
    this.feeds.set(key, feed);
    return feed;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.priceDirty();
    });
  }

  private priceDirty(): void {
    const { clock } = this.options;
    const until = clock.monoMs() + turnMs;
    for (const id of this.dirty) {
      this.dirty.delete(id);
      this.price(id, clock.monoMs());
      if (clock.monoMs() > until) break;
    }
    if (this.dirty.size > 0) this.schedule();
  }

  private price(id: string, monoMs: number): void {
    const book = this.bookOf(id);
    if (book === undefined) return;
    const aggregate = book.aggregate(monoMs);
    this.crossed.see(id, aggregate.isCrossed);
    const { clock, configuration } = this.options;
    const { instruments, tiers } = configuration.current;
    const isOpen = isWithinHours(instruments.get(id)?.tradingHours, clock.nowMs());
    for (const tier of tiers.values()) {
      const markupPoints = tier.markupPoints[id] ?? tier.markupPoints['*'] ?? 0;
      const priced = this.pricedOf(tier.id, id);
      const image = tierPrice(
        id,
        aggregate,
        { tier: tier.id, markupPoints, depth: tier.depth, isOpen },
        priced.image,
      );
      const isAged = newerByMs(image, priced.image) >= refreshMs;
      if (!isAged && sameImage(image, priced.image)) continue;
      priced.image = image;
      this.options.bus.publish(priced.topic, image);
      this.unsaved.set(priced.topic.subject, image);
    }
  }

  /** Sequences start from an epoch's thousand million, so that they go on growing after a restart. */
  private pricedOf(tier: string, instrument: string): Priced {
    const key = `${tier}.${instrument}`;
    const known = this.prices.get(key);
    if (known !== undefined) return known;
    const priced: Priced = {
      topic: priceTopic(tier, instrument),
      image: {
        tier,
        instrument,
        sequence: this.options.epochs.next() * sequencesPerEpoch,
        bids: [],
        asks: [],
        bidVenues: [],
        askVenues: [],
        state: 'stale',
        lastBid: undefined,
        lastAsk: undefined,
        receivedAtMs: 0,
        receivedMonoMs: 0,
      },
    };
    this.prices.set(key, priced);
    return priced;
  }

  /** Silence has no message: quotes that have become too old take their levels out of the price. */
  private watch(): void {
    const { clock, configuration, events } = this.options;
    const monoMs = clock.monoMs();
    this.originMs = monoOriginMs(clock);
    for (const feed of this.feeds.values()) {
      const venue = configuration.current.quoteTerms.get(feed.venue);
      const change = venue === undefined ? undefined : feed.tick(monoMs, venue.staleAfterMs);
      if (change !== undefined) this.transitions.push(change);
    }
    for (const id of this.books.keys()) this.dirty.add(id);
    this.schedule();
    const transitions = this.transitions;
    this.transitions = [];
    for (const event of feedEvents(transitions)) events.record(event);
    for (const event of this.crossed.events(monoMs)) events.record(event);
  }

  private save(): void {
    if (this.saving || this.unsaved.size === 0) return;
    const entries = [...this.unsaved].map(([key, image]) => [key, JSON.stringify(image)] as const);
    this.unsaved.clear();
    this.saving = true;
    this.options.cache
      .setMany(entries, cacheTtlMs)
      .catch(this.options.onError)
      .finally(() => {
        this.saving = false;
      });
  }
}
