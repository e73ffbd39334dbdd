/**
 * The price journey's first step of ours: a venue's market data session. Subscribes to every instrument at
 * logon, keeps the venue's image and publishes it whole on `quote.<venue>.<instrument>`. Only parses and
 * replaces; pricing is elsewhere. When the session goes down each image is published empty under a new
 * epoch, so nobody trades on what is gone.
 */
import type { Instrument } from '@tidegate/core/market/instrument';
import type { VenueQuote } from '@tidegate/core/market/quote';
import type { FieldReader, Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { SessionHandle } from '@tidegate/fix/session/application';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import { quoteTopic, type Topic } from '@tidegate/wire/topics';
import type { Dialect } from '../dialects/dialect.ts';

export interface VenueQuotesOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly venue: string;
  readonly dialect: Dialect;
  readonly instruments: readonly Instrument[];
  /** An image that could not be read, or a subscription refused: counted and recorded by the gateway. */
  readonly onBadMessage: (reason: string) => void;
}

/** One instrument at this venue: its topic, its scales and, for incremental feeds, its entries. */
interface Feed {
  readonly instrument: Instrument;
  readonly topic: Topic<VenueQuote>;
  readonly requestId: string;
  sequence: number;
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

export class VenueQuotes {
  private readonly options: VenueQuotesOptions;
  private readonly feeds = new Map<string, Feed>();
  private readonly feedByRequest = new Map<string, Feed>();
  private epoch: number;

  constructor(options: VenueQuotesOptions) {
    this.options = options;
    this.epoch = options.clock.nowMs();
    for (const instrument of options.instruments) {
      const feed: Feed = {
        instrument,
        topic: quoteTopic(options.venue, instrument.id),
        requestId: `${options.venue}-${instrument.id}`,
        sequence: 0,
        entries: new Map(),
      };
      this.feeds.set(options.dialect.symbolOf(instrument), feed);
      this.feedByRequest.set(feed.requestId, feed);
    }
  }

  /** Market data is never replayed: every logon subscribes anew. */
  subscribe(session: SessionHandle): void {
    this.begin();
    const { dialect } = this.options;
    for (const feed of this.feeds.values()) {
      session.send('V', (fields) => {
        fields
          .text(Tag.MDReqID, feed.requestId)
          .char(Tag.SubscriptionRequestType, '1')
          .int(Tag.MarketDepth, dialect.marketDepth)
          .int(Tag.MDUpdateType, dialect.updateType)
          .int(Tag.NoMDEntryTypes, 2)
          .char(Tag.MDEntryType, '0')
          .char(Tag.MDEntryType, '1')
          .int(Tag.NoRelatedSym, 1)
          .text(Tag.Symbol, dialect.symbolOf(feed.instrument));
      });
    }
  }

  /** The session is gone: what it said is no longer for sale. */
  withdraw(): void {
    this.begin();
    for (const feed of this.feeds.values()) this.publish(feed, [], []);
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
    this.epoch = Math.max(this.epoch + 1, this.options.clock.nowMs());
    for (const feed of this.feeds.values()) {
      feed.sequence = 0;
      feed.entries.clear();
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
      const price = entry.decimal(Tag.MDEntryPx, feed.instrument.priceScale);
      const quantity = entry.decimal(Tag.MDEntrySize, feed.instrument.quantityScale);
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
    this.publish(feed, bids, asks);
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
      this.publish(feed, bids, asks);
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
    this.options.onBadMessage(
      `subscription ${message.text(Tag.MDReqID) ?? ''} refused: ${message.text(Tag.Text) ?? ''}`,
    );
  }

  /**
   * What can't be read is not guessed: the venue's image of that instrument is empty until the next good
   * one.
   */
  private bad(feed: Feed, reason: string): void {
    this.options.onBadMessage(`${feed.instrument.id}: ${reason}`);
    feed.entries.clear();
    this.publish(feed, [], []);
  }

  private publish(feed: Feed, bids: readonly number[], asks: readonly number[]): void {
    const { bus, clock, venue } = this.options;
    feed.sequence += 1;
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

/** Keeps levels best first; feeds mostly send them so, then this is an append. */
function insertLevel(levels: number[], price: number, quantity: number, isBid: boolean): void {
  let at = levels.length;
  while (at > 0 && (isBid ? levels[at - 2]! < price : levels[at - 2]! > price)) at -= 2;
  if (at >= levelsMax * 2) return;
  if (at === levels.length) levels.push(price, quantity);
  else levels.splice(at, 0, price, quantity);
  if (levels.length > levelsMax * 2) levels.length = levelsMax * 2;
}
