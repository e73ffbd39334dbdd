/**
 * Market data sessions of one simulated provider: MarketDataRequest(V) in, snapshots (W), increments (X) and
 * refusals (Y) out. First station of a price's journey, seen from the provider's side.
 */
import type { FieldReader, FieldWriter, Message } from '@tidegate/fix/codec/fields';
import { fieldText } from '@tidegate/fix/codec/encoder';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { Application, SessionHandle } from '@tidegate/fix/session/application';
import { instrumentsBySymbol } from './instruments.ts';
import type { Image } from './provider.messages.ts';

/** MDReqRejReason(281). */
const mdReqRejReason = {
  unknownSymbol: '0',
  duplicateMdReqId: '1',
  insufficientBandwidth: '2',
  unsupportedSubscriptionRequestType: '4',
  unsupportedMarketDepth: '5',
  unsupportedMdUpdateType: '6',
  unsupportedMdEntryType: '8',
} as const;
type MdReqRejReason = (typeof mdReqRejReason)[keyof typeof mdReqRejReason];
/** BusinessRejectReason(380). */
const businessRejectReason = { unknownId: 1, unsupportedMessageType: 3 } as const;

const SYMBOLS_PER_REQUEST_MAX = 100;
const SUBSCRIPTIONS_PER_SESSION_MAX = 500;

interface Subscription {
  readonly session: SessionHandle;
  readonly mdReqId: string;
  readonly symbols: readonly string[];
  /** Levels per side; Infinity for the full book. */
  readonly depth: number;
  readonly incremental: boolean;
  readonly bids: boolean;
  readonly asks: boolean;
  /** Incremental: what the subscriber has, by symbol. */
  readonly sent: Map<string, Image>;
}

type MarketDataRequest =
  | { readonly accepted: true; readonly subscription: Subscription; readonly lasting: boolean }
  | { readonly accepted: false; readonly reason: MdReqRejReason; readonly text: string };

export interface QuoteCounters {
  messagesSent: number;
  /** Images left out because the subscriber did not read fast enough. */
  messagesSkipped: number;
  requestsRefused: number;
}

export class QuoteSessions implements Application {
  readonly counters: QuoteCounters = { messagesSent: 0, messagesSkipped: 0, requestsRefused: 0 };
  readonly #sessions = new Map<SessionHandle, Map<string, Subscription>>();
  readonly #bySymbol = new Map<string, Subscription[]>();
  /**
   * Gives the current image, made now if there is none; `undefined` when the provider does not quote the
   * symbol.
   */
  readonly #imageOf: (symbol: string) => Image | undefined;
  // What the field writers below read: set before each send, so that no closure is made per message.
  #image!: Image;
  #subscription!: Subscription;
  #timeOfDay = '';
  #timeOfDayMs = 0;

  constructor(imageOf: (symbol: string) => Image | undefined) {
    this.#imageOf = imageOf;
  }

  get sessions(): readonly SessionHandle[] {
    return [...this.#sessions.keys()];
  }

  get subscriptions(): number {
    let count = 0;
    for (const subscriptions of this.#sessions.values()) count += subscriptions.size;
    return count;
  }

  onLogon(session: SessionHandle): void {
    this.#sessions.set(session, new Map());
  }

  onLogout(session: SessionHandle): void {
    for (const subscription of this.#sessions.get(session)?.values() ?? []) this.#remove(subscription);
    this.#sessions.delete(session);
  }

  onMessage(message: Message, session: SessionHandle): void {
    if (message.msgType === 'V') this.#request(message, session);
    else
      this.#businessReject(
        message,
        session,
        businessRejectReason.unsupportedMessageType,
        'unsupported message type',
      );
  }

  /**
   * Sends the image to everyone who subscribed the symbol. Those who are behind miss it: the next is complete
   * again.
   */
  publish(image: Image): void {
    const subscriptions = this.#bySymbol.get(image.symbol);
    if (subscriptions === undefined) return;
    for (const subscription of subscriptions) {
      if (subscription.session.isCongested) this.counters.messagesSkipped += 1;
      else this.#send(subscription, image);
    }
  }

  #request(message: Message, session: SessionHandle): void {
    const mdReqId = message.text(Tag.MDReqID) ?? '';
    const own = this.#sessions.get(session);
    if (own === undefined) return;
    if (message.text(Tag.SubscriptionRequestType) === '2') {
      const subscription = own.get(mdReqId);
      if (subscription === undefined) {
        this.#businessReject(
          message,
          session,
          businessRejectReason.unknownId,
          'no subscription with this MDReqID',
        );
        return;
      }
      own.delete(mdReqId);
      this.#remove(subscription);
      return;
    }
    const request = own.has(mdReqId)
      ? refused(mdReqRejReason.duplicateMdReqId, 'MDReqID is in use')
      : readRequest(message, session, mdReqId);
    if (!request.accepted) this.#refuse(session, mdReqId, request.reason, request.text);
    else if (request.lasting && own.size >= SUBSCRIPTIONS_PER_SESSION_MAX) {
      this.#refuse(session, mdReqId, mdReqRejReason.insufficientBandwidth, 'too many subscriptions');
    } else {
      // Images first: making one publishes it, and the new subscriber is to get it once.
      const images = request.subscription.symbols.map((symbol) => this.#imageOf(symbol));
      if (request.lasting) this.#add(request.subscription, own);
      for (const image of images) if (image !== undefined) this.#send(request.subscription, image);
    }
  }

  #add(subscription: Subscription, own: Map<string, Subscription>): void {
    own.set(subscription.mdReqId, subscription);
    for (const symbol of subscription.symbols) {
      const subscriptions = this.#bySymbol.get(symbol);
      if (subscriptions === undefined) this.#bySymbol.set(symbol, [subscription]);
      else subscriptions.push(subscription);
    }
  }

  #remove(subscription: Subscription): void {
    for (const symbol of subscription.symbols) {
      const rest = (this.#bySymbol.get(symbol) ?? []).filter((each) => each !== subscription);
      if (rest.length === 0) this.#bySymbol.delete(symbol);
      else this.#bySymbol.set(symbol, rest);
    }
  }

  #send(subscription: Subscription, image: Image): void {
    this.#image = image;
    this.#subscription = subscription;
    const before = subscription.incremental ? subscription.sent.get(image.symbol) : undefined;
    if (subscription.incremental) subscription.sent.set(image.symbol, image);
    if (before === undefined) {
      subscription.session.send('W', this.#writeSnapshot);
    } else {
      const changes = changesOf(before, image, subscription);
      if (changes.length === 0) return;
      subscription.session.send('X', (fields) => this.#writeIncrement(fields, changes));
    }
    this.counters.messagesSent += 1;
  }

  readonly #writeSnapshot = (fields: FieldWriter): void => {
    const image = this.#image;
    const { bids, asks, depth, mdReqId } = this.#subscription;
    const bidLevels = bids ? Math.min(depth, image.bids.length / 2) : 0;
    const askLevels = asks ? Math.min(depth, image.asks.length / 2) : 0;
    fields
      .text(Tag.MDReqID, mdReqId)
      .text(Tag.Symbol, image.symbol)
      .int(Tag.NoMDEntries, bidLevels + askLevels);
    this.#writeLevels(fields, '0', image.bids, bidLevels);
    this.#writeLevels(fields, '1', image.asks, askLevels);
  };

  #writeLevels(fields: FieldWriter, type: '0' | '1', levels: readonly number[], count: number): void {
    const { priceScale, quantityScale } = scalesOf(this.#image.symbol);
    for (let level = 0; level < count; level += 1) {
      fields.char(Tag.MDEntryType, type).decimal(Tag.MDEntryPx, levels[level * 2] as number, priceScale);
      writeLots(fields, Tag.MDEntrySize, levels[level * 2 + 1] as number, quantityScale);
      // The time of the quote stands once a side: all levels of an image are of one moment.
      if (level === 0) fields.text(Tag.MDEntryTime, this.#utcTime(this.#image.madeAtMs));
      fields.int(Tag.MDEntryPositionNo, level + 1);
    }
  }

  #writeIncrement(fields: FieldWriter, changes: readonly LevelChange[]): void {
    const symbol = this.#image.symbol;
    const { priceScale, quantityScale } = scalesOf(symbol);
    fields.text(Tag.MDReqID, this.#subscription.mdReqId).int(Tag.NoMDEntries, changes.length);
    for (const change of changes) {
      fields
        .char(Tag.MDUpdateAction, change.action)
        .char(Tag.MDEntryType, change.type)
        .text(Tag.MDEntryID, `${change.type === '0' ? 'B' : 'A'}${change.position}`)
        .text(Tag.Symbol, symbol);
      if (change.action !== '2') {
        fields.decimal(Tag.MDEntryPx, change.price, priceScale);
        writeLots(fields, Tag.MDEntrySize, change.quantity, quantityScale);
        fields.text(Tag.MDEntryTime, this.#utcTime(this.#image.madeAtMs));
      }
      fields.int(Tag.MDEntryPositionNo, change.position);
    }
  }

  #refuse(session: SessionHandle, mdReqId: string, reason: MdReqRejReason, text: string): void {
    this.counters.requestsRefused += 1;
    session.send('Y', (fields) => {
      fields.text(Tag.MDReqID, fieldText(mdReqId)).char(Tag.MDReqRejReason, reason).text(Tag.Text, text);
    });
  }

  #businessReject(message: Message, session: SessionHandle, reason: number, text: string): void {
    this.counters.requestsRefused += 1;
    const { seqNum, msgType } = message;
    session.send('j', (fields) => {
      fields
        .int(Tag.RefSeqNum, seqNum)
        .text(Tag.RefMsgType, fieldText(msgType))
        .int(Tag.BusinessRejectReason, reason)
        .text(Tag.Text, text);
    });
  }

  /** UTCTimeOnly with milliseconds; kept for as long as the millisecond lasts. */
  #utcTime(epochMs: number): string {
    const whole = Math.floor(epochMs);
    if (whole !== this.#timeOfDayMs) {
      this.#timeOfDayMs = whole;
      this.#timeOfDay = new Date(whole).toISOString().slice(11, 23);
    }
    return this.#timeOfDay;
  }
}

function refused(reason: MdReqRejReason, text: string): MarketDataRequest {
  return { accepted: false, reason, text };
}

function readRequest(message: Message, session: SessionHandle, mdReqId: string): MarketDataRequest {
  const requestType = message.text(Tag.SubscriptionRequestType);
  if (requestType !== '0' && requestType !== '1') {
    return refused(
      mdReqRejReason.unsupportedSubscriptionRequestType,
      'SubscriptionRequestType must be 0, 1 or 2',
    );
  }
  const depth = message.int(Tag.MarketDepth);
  if (depth === undefined || !(depth >= 0)) {
    return refused(
      mdReqRejReason.unsupportedMarketDepth,
      'MarketDepth must be 0 (full book) or a number of levels',
    );
  }
  const updateType = message.text(Tag.MDUpdateType) ?? '0';
  if (updateType !== '0' && updateType !== '1') {
    return refused(
      mdReqRejReason.unsupportedMdUpdateType,
      'MDUpdateType must be 0 (full) or 1 (incremental)',
    );
  }
  const types = texts(message, Tag.NoMDEntryTypes, Tag.MDEntryType);
  if (types.length === 0 || types.some((type) => type !== '0' && type !== '1')) {
    return refused(mdReqRejReason.unsupportedMdEntryType, 'MDEntryType must be 0 (bid) or 1 (offer)');
  }
  const symbols = [...new Set(texts(message, Tag.NoRelatedSym, Tag.Symbol))];
  const unknown = symbols.find((symbol) => !instrumentsBySymbol.has(symbol));
  if (symbols.length === 0 || unknown !== undefined) {
    return refused(mdReqRejReason.unknownSymbol, `unknown symbol ${fieldText(unknown ?? '')}`);
  }
  if (symbols.length > SYMBOLS_PER_REQUEST_MAX) {
    return refused(mdReqRejReason.insufficientBandwidth, `more than ${SYMBOLS_PER_REQUEST_MAX} symbols`);
  }
  const subscription: Subscription = {
    session,
    mdReqId,
    symbols,
    depth: depth === 0 ? Infinity : depth,
    incremental: updateType === '1',
    bids: types.includes('0'),
    asks: types.includes('1'),
    sent: new Map(),
  };
  return { accepted: true, subscription, lasting: requestType === '1' };
}

function texts(message: FieldReader, countTag: number, tag: number): string[] {
  const values: string[] = [];
  for (const entry of message.entries(countTag)) values.push(entry.text(tag) ?? '');
  return values;
}

interface LevelChange {
  /** MDUpdateAction(279): New, Change, Delete. */
  readonly action: '0' | '1' | '2';
  readonly type: '0' | '1';
  readonly price: number;
  readonly quantity: number;
  readonly position: number;
}

/**
 * What turns the image that the subscriber has into the new one. A level is identified by its side and
 * position, which snapshot entries carry too (they have no MDEntryID in FIX 4.4).
 */
function changesOf(
  before: Image,
  after: Image,
  shown: Pick<Subscription, 'depth' | 'bids' | 'asks'>,
): LevelChange[] {
  const changes: LevelChange[] = [];
  const side = (type: '0' | '1', old: readonly number[], now: readonly number[]): void => {
    const had = Math.min(shown.depth, old.length / 2);
    const has = Math.min(shown.depth, now.length / 2);
    for (let level = 0; level < Math.max(had, has); level += 1) {
      const price = now[level * 2] ?? 0;
      const quantity = now[level * 2 + 1] ?? 0;
      const isKept = level < had && level < has;
      if (isKept && old[level * 2] === price && old[level * 2 + 1] === quantity) continue;
      const action = isKept ? '1' : level < has ? '0' : '2';
      changes.push({ action, type, price, quantity, position: level + 1 });
    }
  };
  if (shown.bids) side('0', before.bids, after.bids);
  if (shown.asks) side('1', before.asks, after.asks);
  return changes;
}

function scalesOf(symbol: string): { readonly priceScale: number; readonly quantityScale: number } {
  const instrument = instrumentsBySymbol.get(symbol);
  if (instrument === undefined) throw new Error(`image of the unknown symbol ${symbol}`);
  return instrument.document;
}

/** A quantity without the zeros that a fine scale puts behind it: sizes are mostly whole. */
export function writeLots(fields: FieldWriter, tag: number, lots: number, quantityScale: number): void {
  let value = lots;
  let scale = quantityScale;
  while (scale > 0 && value % 10 === 0) {
    value /= 10;
    scale -= 1;
  }
  fields.decimal(tag, value, scale);
}
