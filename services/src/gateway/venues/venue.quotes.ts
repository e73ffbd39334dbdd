/**
 * The price journey's first step of ours: a venue's market data session. Subscribes to every instrument at
 * logon, keeps the venue's image and publishes it whole on `quote.<venue>.<instrument>`. Only parses and
 * replaces; pricing is elsewhere. When the session goes down each image is published empty under a new
 * epoch, so nobody trades on what is gone.
 */
import { haveSameScales, type Instrument } from '@tidegate/core/market/instrument';
import type { VenueQuote } from '@tidegate/core/market/quote';
import type { FieldReader, Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { SessionHandle } from '@tidegate/fix/session/application';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Epochs } from '@tidegate/platform/sql/epochs';
import { quoteTopic, type Topic } from '@tidegate/wire/topics';
import type { Dialect } from '../dialects/dialect.ts';
import type { QuotesReading } from '../sessions/session.board.ts';

export interface VenueQuotesOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly epochs: Epochs;
  readonly venue: string;
  readonly dialect: Dialect;
  readonly instruments: readonly Instrument[];
  /** An image that could not be read, or a subscription refused: counted and recorded by the gateway. */
  readonly onBadMessage: (reason: string) => void;
  /** What the venue says of the instrument can't be read: told to operators. */
  readonly onBroken: (instrument: string, reason: string) => void;
}

/** One instrument at this venue: its topic, its scales and, for incremental feeds, its entries. */
interface Feed {
  readonly instrument: Instrument;
  readonly topic: Topic<VenueQuote>;
  /** MDReqID of the subscription in force; another one for each. */
  requestId: string;
  requests: number;
  sequence: number;
  /** When an image of it was last read; -Infinity: what it last said is gone, or can't be read. */
  readMonoMs: number;
  /** How often it was asked for anew, lately; when that was, and the timer of the next time. */
  tries: number;
  triedAtMonoMs: number;
  retry: NodeJS.Timeout | undefined;
  /**
   * Incremental feeds only: entries by side and position, or by MDEntryID where the venue gives no
   * position.
   */
  readonly entries: Map<string, { readonly isBid: boolean; price: number; quantity: number }>;
}

const bid = 0x30;
const offer = 0x31;
const levelsMax = 20;
const entriesMax = 500;
/**
 * Of a feed that can't be read: pauses double between the two, and begin anew when it was well for the
 * latter.
 */
const retryMsMin = 1_000;
const retryMsMax = 60_000;

export class VenueQuotes {
  private readonly options: VenueQuotesOptions;
  private readonly feeds = new Map<string, Feed>();
  private readonly feedByRequest = new Map<string, Feed>();
  private epoch: number;
  private session: SessionHandle | undefined;
  /** An instrument that comes back goes on where it ended. */
  private sequenceMin = 0;
  /** Read so far. */
  private images = 0;

  constructor(options: VenueQuotesOptions) {
    this.options = options;
    this.epoch = options.epochs.next();
    this.follow(options.instruments);
  }

  /** The instruments as they are configured now: others are asked for, or given up, at once. */
  follow(instruments: readonly Instrument[]): void {
    const { dialect } = this.options;
    const missing = new Map(instruments.map((instrument) => [dialect.symbolOf(instrument), instrument]));
    for (const [symbol, feed] of this.feeds) {
      const now = missing.get(symbol);
      if (now === undefined || now.id !== feed.instrument.id || !haveSameScales(now, feed.instrument))
        this.giveUp(symbol, feed);
      else missing.delete(symbol);
    }
    for (const [symbol, instrument] of missing) {
      const feed = this.feedFor(instrument);
      this.feeds.set(symbol, feed);
      if (this.session !== undefined) this.request(feed, this.session);
    }
  }

  private feedFor(instrument: Instrument): Feed {
    return {
      instrument,
      topic: quoteTopic(this.options.venue, instrument.id),
      requestId: '',
      requests: 0,
      sequence: this.sequenceMin,
      readMonoMs: -Infinity,
      tries: 0,
      triedAtMonoMs: -Infinity,
      retry: undefined,
      entries: new Map(),
    };
  }

  private giveUp(symbol: string, feed: Feed): void {
    clearTimeout(feed.retry);
    this.feeds.delete(symbol);
    this.feedByRequest.delete(feed.requestId);
    if (this.session !== undefined) this.ask(feed, this.session, '2');
    this.publish(feed, [], []);
    this.sequenceMin = Math.max(this.sequenceMin, feed.sequence);
  }

  /** Market data is never replayed: every logon subscribes anew. */
  subscribe(session: SessionHandle): void {
    this.begin();
    this.session = session;
    this.feedByRequest.clear();
    for (const feed of this.feeds.values()) this.request(feed, session);
  }

  /** For operators; stale: no image was read for so long. */
  reading(staleAfterMs: number): QuotesReading {
    const sinceMonoMs = this.options.clock.monoMs() - staleAfterMs;
    const stale = [...this.feeds.values()].filter(({ readMonoMs }) => readMonoMs < sinceMonoMs).length;
    return { images: this.images, instruments: this.feeds.size, stale };
  }

  /** The session is gone: what it said is no longer for sale. */
  withdraw(): void {
    this.begin();
    this.session = undefined;
    for (const feed of this.feeds.values()) this.publish(feed, [], []);
  }

  /** A message that the session has refused: the image it was for is no longer what the venue says. */
  invalid(message: Message, reason: string): void {
    const text = `${message.msgType} was refused: ${reason}`;
    const feeds = this.feedsOf(message);
    if (feeds.size === 0) this.options.onBroken('?', text);
    for (const feed of feeds) this.bad(feed, text);
  }

  /** Under a name of its own, so that what still comes of an earlier one is known from it. */
  private request(feed: Feed, session: SessionHandle): void {
    const { venue } = this.options;
    feed.requests += 1;
    feed.requestId = `${venue}-${feed.instrument.id}-${this.epoch}-${feed.requests}`;
    this.feedByRequest.set(feed.requestId, feed);
    feed.triedAtMonoMs = this.options.clock.monoMs();
    this.ask(feed, session, '1');
  }

  private ask(feed: Feed, session: SessionHandle, type: '1' | '2'): void {
    const { dialect } = this.options;
    session.send('V', (fields) => {
      fields
        .text(Tag.MDReqID, feed.requestId)
        .char(Tag.SubscriptionRequestType, type)
        .int(Tag.MarketDepth, dialect.marketDepth)
        .int(Tag.MDUpdateType, dialect.updateType)
        .int(Tag.NoMDEntryTypes, 2)
        .char(Tag.MDEntryType, '0')
        .char(Tag.MDEntryType, '1')
        .int(Tag.NoRelatedSym, 1)
        .text(Tag.Symbol, dialect.symbolOf(feed.instrument));
    });
  }

  /** At once the first time, then with longer and longer pauses until an image is read in between. */
  private askLater(feed: Feed): void {
    if (feed.retry !== undefined) return;
    if (feed.tries === 0) return this.askAnew(feed);
    const pauseMs = Math.min(retryMsMax, retryMsMin * 2 ** (feed.tries - 1));
    feed.retry = setTimeout(() => this.askAnew(feed), pauseMs).unref();
  }

  private askAnew(feed: Feed): void {
    const { session } = this;
    feed.retry = undefined;
    if (session === undefined) return;
    feed.tries += 1;
    this.ask(feed, session, '2');
    this.feedByRequest.delete(feed.requestId);
    this.request(feed, session);
  }

  /** An image was read. One that can be read now and then only is not asked for anew each time. */
  private recovered(feed: Feed): void {
    if (feed.tries === 0) return;
    clearTimeout(feed.retry);
    feed.retry = undefined;
    if (this.options.clock.monoMs() - feed.triedAtMonoMs > retryMsMax) feed.tries = 0;
  }

  private feedsOf(message: Message): ReadonlySet<Feed> {
    const symbols = [message, ...message.entries(Tag.NoMDEntries)].map((one) => one.text(Tag.Symbol) ?? '');
    const named = [
      ...symbols.map((symbol) => this.feeds.get(symbol)),
      this.feedByRequest.get(message.text(Tag.MDReqID) ?? ''),
    ];
    return new Set(named.filter((feed) => feed !== undefined));
  }

  receive(message: Message): void {
    switch (message.msgType) {
      case 'W':
        this.snapshot(message);
        break;
      case 'X':
        this.increments(message);
        break;
      case 'Y':
        this.refused(message);
        break;
      default:
        this.options.onBadMessage(`unexpected message ${message.msgType}`);
    }
  }

  private begin(): void {
    this.epoch = this.options.epochs.next();
    this.sequenceMin = 0;
    for (const feed of this.feeds.values()) {
      feed.sequence = 0;
      feed.entries.clear();
      clearTimeout(feed.retry);
      feed.retry = undefined;
      feed.tries = 0;
    }
  }

  private snapshot(message: Message): void {
    const feed = this.feeds.get(message.text(Tag.Symbol) ?? '');
    if (feed === undefined) {
      this.options.onBadMessage('W for an instrument that was not asked for');
      return;
    }
    const bids: number[] = [];
    const asks: number[] = [];
    feed.entries.clear();
    const isIncremental = this.options.dialect.updateType === 1;
    for (const entry of message.entries(Tag.NoMDEntries)) {
      const type = entry.char(Tag.MDEntryType);
      if (type !== bid && type !== offer) continue;
      // A level without a size is one that is not there, whatever its price.
      const quantity = entry.decimal(Tag.MDEntrySize, feed.instrument.quantityScale);
      if (quantity === 0) continue;
      const price = entry.decimal(Tag.MDEntryPx, feed.instrument.priceScale);
      if (!isUsable(price) || !isUsable(quantity)) {
        this.bad(feed, 'W with an entry whose price or size does not fit the instrument');
        return;
      }
      insertLevel(type === bid ? bids : asks, price, quantity, type === bid);
      const id = isIncremental ? entryKey(entry) : undefined;
      if (id !== undefined && feed.entries.size < entriesMax) {
        feed.entries.set(id, { isBid: type === bid, price, quantity });
      }
    }
    this.recovered(feed);
    this.publishRead(feed, bids, asks);
  }

  private increments(message: Message): void {
    const touched = new Set<Feed>();
    for (const entry of message.entries(Tag.NoMDEntries)) {
      const feed = this.feedOf(entry, message);
      if (feed === undefined || !this.apply(feed, entry)) {
        if (feed === undefined) this.options.onBadMessage('X for an instrument that was not asked for');
        else {
          touched.delete(feed);
          this.bad(feed, 'X that does not fit the image');
        }
        break; // what came before it stands
      }
      touched.add(feed);
    }
    for (const feed of touched) {
      const bids: number[] = [];
      const asks: number[] = [];
      for (const { isBid, price, quantity } of feed.entries.values()) {
        insertLevel(isBid ? bids : asks, price, quantity, isBid);
      }
      this.publishRead(feed, bids, asks);
    }
  }

  private feedOf(entry: FieldReader, message: Message): Feed | undefined {
    const symbol = entry.text(Tag.Symbol);
    return symbol === undefined
      ? this.feedByRequest.get(message.text(Tag.MDReqID) ?? '')
      : this.feeds.get(symbol);
  }

  private apply(feed: Feed, entry: FieldReader): boolean {
    const id = entryKey(entry);
    if (id === undefined) return false;
    const action = entry.text(Tag.MDUpdateAction);
    if (action === '2') return feed.entries.delete(id);
    const known = feed.entries.get(id);
    const type = entry.char(Tag.MDEntryType);
    const price = entry.decimal(Tag.MDEntryPx, feed.instrument.priceScale) ?? known?.price;
    const quantity = entry.decimal(Tag.MDEntrySize, feed.instrument.quantityScale) ?? known?.quantity;
    if (!isUsable(price) || !isUsable(quantity) || feed.entries.size >= entriesMax) return false;
    if (action === '0') feed.entries.set(id, { isBid: type === bid, price, quantity });
    else if (known === undefined) return false;
    else Object.assign(known, { price, quantity });
    return true;
  }

  private refused(message: Message): void {
    const requestId = message.text(Tag.MDReqID) ?? '';
    const reason = `subscription ${requestId} refused: ${message.text(Tag.Text) ?? ''}`;
    this.options.onBadMessage(reason);
    const feed = this.feedByRequest.get(requestId);
    if (feed !== undefined) this.options.onBroken(feed.instrument.id, reason);
  }

  /**
   * What can't be read is not guessed: the venue's image of that instrument is empty until the next good
   * one, which is asked for.
   */
  private bad(feed: Feed, reason: string): void {
    this.options.onBadMessage(`${feed.instrument.id}: ${reason}`);
    this.options.onBroken(feed.instrument.id, reason);
    feed.entries.clear();
    this.publish(feed, [], []);
    this.askLater(feed);
  }

  private publishRead(feed: Feed, bids: readonly number[], asks: readonly number[]): void {
    this.images += 1;
    this.publish(feed, bids, asks);
    feed.readMonoMs = this.options.clock.monoMs();
  }

  private publish(feed: Feed, bids: readonly number[], asks: readonly number[]): void {
    const { bus, clock, venue } = this.options;
    feed.sequence += 1;
    feed.readMonoMs = -Infinity;
    bus.publish(feed.topic, {
      venue,
      instrument: feed.instrument.id,
      epoch: this.epoch,
      sequence: feed.sequence,
      bids,
      asks,
      receivedAtMs: clock.nowMs(),
      receivedMonoMs: clock.monoMs(),
    });
  }
}

const isUsable = (value: number | undefined): value is number => value !== undefined && value >= 0;

function entryKey(entry: FieldReader): string | undefined {
  const position = entry.text(Tag.MDEntryPositionNo);
  return position === undefined
    ? entry.text(Tag.MDEntryID)
    : `${entry.text(Tag.MDEntryType) ?? ''}${position}`;
}

/**
 * Keeps levels best first; feeds mostly send them so, then this is an append. Entries at one price are one
 * level: a book that is not aggregated has each order by itself.
 */
function insertLevel(levels: number[], price: number, quantity: number, isBid: boolean): void {
  if (quantity === 0) return;
  let at = levels.length;
  while (at > 0 && (isBid ? levels[at - 2]! < price : levels[at - 2]! > price)) at -= 2;
  if (at > 0 && levels[at - 2] === price) {
    levels[at - 1]! += quantity;
    return;
  }
  if (at >= levelsMax * 2) return;
  if (at === levels.length) levels.push(price, quantity);
  else levels.splice(at, 0, price, quantity);
  if (levels.length > levelsMax * 2) levels.length = levelsMax * 2;
}
