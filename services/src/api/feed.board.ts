/**
 * What the API knows of indicative feeds: the newest quote of each feed and instrument, and the Bloomberg
 * feed's status. Silence counts: a feed that is not heard of has no fresh price.
 */
import { formatDecimal } from '@tidegate/core/number/decimal';
import type { VenueQuote } from '@tidegate/core/market/quote';
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import { monoOriginMs, withAgeHere, type Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { BloombergStatus, IndicativeView } from '@tidegate/wire/bloomberg';
import { bloombergTopic, quoteTopic } from '@tidegate/wire/topics';

export interface FeedBoardOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly configuration: Pick<Configuration, 'current' | 'onChange'>;
}

interface Entry {
  readonly key: string;
  quote: VenueQuote;
  lastBid: number | undefined;
  lastAsk: number | undefined;
  /** As it was last told; silence changes it without a message. */
  wasLive: boolean;
}

/** The service repeats its status each second. */
const silentMs = 10_000;
const watchMs = 250;
const entriesMax = 20_000;

export class FeedBoard {
  private readonly options: FeedBoardOptions;
  private readonly entries = new Map<string, Entry>();
  private readonly quotes = new Map<string, Subscription>();
  private readonly listeners = new Set<(key: string, instrument: string) => void>();
  private readonly undo: (() => void)[] = [];
  private delayed: ReadonlySet<string> = new Set();
  private latest: { readonly status: BloombergStatus; readonly heardMonoMs: number } | undefined;

  constructor(options: FeedBoardOptions) {
    this.options = options;
  }

  start(): void {
    const { bus, configuration } = this.options;
    const status = bus.subscribe(bloombergTopic(), (message) => this.hear(message), { conflate: true });
    const timer = setInterval(() => this.watch(), watchMs);
    this.undo.push(
      () => status.unsubscribe(),
      () => clearInterval(timer),
      configuration.onChange(() => this.follow()),
    );
    this.follow();
  }

  stop(): void {
    for (const one of this.undo.splice(0)) one();
    for (const subscription of this.quotes.values()) subscription.unsubscribe();
    this.quotes.clear();
  }

  /** Told of each entry that changed; returns how to stop. */
  listen(listener: (key: string, instrument: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Undefined: nobody runs the feed, or it is not heard of any more. */
  get bloomberg(): BloombergStatus | undefined {
    const { latest } = this;
    if (latest === undefined || this.options.clock.monoMs() - latest.heardMonoMs >= silentMs)
      return undefined;
    return latest.status;
  }

  /** Keys of what is known, with feed and instrument. */
  *keys(): Iterable<readonly [key: string, feed: string, instrument: string]> {
    for (const { key, quote } of this.entries.values()) yield [key, quote.venue, quote.instrument];
  }

  view(key: string): IndicativeView | undefined {
    const { configuration, clock } = this.options;
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    const { quote, lastBid, lastAsk } = entry;
    const instrument = configuration.current.instruments.get(quote.instrument);
    const feed = configuration.current.feeds.get(quote.venue);
    if (instrument === undefined || feed === undefined) return undefined;
    const text = (price: number | undefined): string | null =>
      price === undefined ? null : formatDecimal(price, instrument.priceScale);
    const isLive = this.isLive(entry);
    return {
      feed: feed.id,
      feedName: feed.name,
      instrument: instrument.id,
      symbol: instrument.symbol,
      state: isLive ? 'live' : 'stale',
      isDelayed: this.delayed.has(key),
      isEmulated: this.bloomberg?.feed === feed.id && this.bloomberg.isEmulated,
      bid: isLive ? text(quote.bids[0]) : null,
      ask: isLive ? text(quote.asks[0]) : null,
      lastBid: text(lastBid),
      lastAsk: text(lastAsk),
      sequence: quote.sequence,
      receivedAtMs: quote.receivedAtMs,
      ageMs: Math.max(0, Math.round(clock.nowMs() - quote.receivedAtMs)),
    };
  }

  private isLive({ quote }: Entry): boolean {
    const { configuration, clock } = this.options;
    const feed = configuration.current.feeds.get(quote.venue);
    return (
      feed?.enabled === true &&
      quote.bids.length + quote.asks.length > 0 &&
      clock.monoMs() - quote.receivedMonoMs <= feed.staleAfterMs
    );
  }

  private follow(): void {
    const { bus, configuration } = this.options;
    const { feeds } = configuration.current;
    for (const [id, subscription] of this.quotes) {
      if (feeds.has(id)) continue;
      subscription.unsubscribe();
      this.quotes.delete(id);
    }
    for (const id of feeds.keys()) {
      if (this.quotes.has(id)) continue;
      const take = (quote: VenueQuote) => this.take(quote);
      this.quotes.set(id, bus.subscribe(quoteTopic(id), take, { conflate: true }));
    }
  }

  private take(received: VenueQuote): void {
    const { clock } = this.options;
    const quote = withAgeHere(received, clock, monoOriginMs(clock));
    const key = keyOf(quote.venue, quote.instrument);
    let entry = this.entries.get(key);
    if (entry === undefined) {
      if (this.entries.size >= entriesMax) return;
      entry = { key, quote, lastBid: undefined, lastAsk: undefined, wasLive: false };
      this.entries.set(key, entry);
    }
    entry.quote = quote;
    entry.lastBid = quote.bids[0] ?? entry.lastBid;
    entry.lastAsk = quote.asks[0] ?? entry.lastAsk;
    entry.wasLive = this.isLive(entry);
    this.tell(key, quote.instrument);
  }

  private hear(status: BloombergStatus): void {
    this.latest = { status, heardMonoMs: this.options.clock.monoMs() };
    const delayed = new Set<string>();
    for (const { instrument, isDelayed } of status.subscriptions.rows)
      if (isDelayed && instrument !== null) delayed.add(keyOf(status.feed, instrument));
    const before = this.delayed;
    this.delayed = delayed;
    for (const { key, quote } of this.entries.values())
      if (delayed.has(key) !== before.has(key)) this.tell(key, quote.instrument);
  }

  private watch(): void {
    for (const entry of this.entries.values()) {
      const isLive = this.isLive(entry);
      if (isLive === entry.wasLive) continue;
      entry.wasLive = isLive;
      this.tell(entry.key, entry.quote.instrument);
    }
  }

  private tell(key: string, instrument: string): void {
    for (const listener of this.listeners) listener(key, instrument);
  }
}

const keyOf = (feed: string, instrument: string): string => `${feed} ${instrument}`;
