/**
 * Market data for clients: MarketDataRequest(V) opens streams; each stream sends a snapshot (W) and then,
 * as the client asked, whole images (W) or differences (X) against the last image that this very client was
 * sent. Conflation is per subscriber: a changed stream is only marked; what goes out is always the newest
 * image, when the client's socket has room.
 */
import type { Instrument } from '@tidegate/core/market/instrument';
import type { Levels } from '@tidegate/core/market/quote';
import type { FieldReader, FieldWriter, Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { SessionHandle } from '@tidegate/fix/session/application';
import { businessReject, sendBusinessReject } from './business.reject.ts';
import { plainText } from './client.reports.ts';
import { sourceName, type Image, type ImageListener, type Images, type Source } from './images.ts';
import type { InstrumentIndex } from '../instruments.ts';

export interface QuoteSession {
  readonly handle: SessionHandle;
  /** Where its prices come from, now. */
  readonly source: () => Source;
  readonly mayTrade: (instrument: string) => boolean;
}

/** MDReqRejReason(281). */
const reject = {
  unknownSymbol: '0',
  duplicateId: '1',
  bandwidth: '2',
  permission: '3',
  requestType: '4',
  depth: '5',
  updateType: '6',
  entryType: '8',
} as const;

const streamsMax = 500;
const requestIdLengthMax = 64;
const depthMax = 10;
const noLevels: Levels = [];

class Stream implements ImageListener {
  readonly client: ClientStreams;
  readonly requestId: string;
  readonly instrument: Instrument;
  readonly depth: number;
  readonly isIncremental: boolean;
  readonly isSubscription: boolean;
  readonly sides: { readonly bids: boolean; readonly asks: boolean };
  /** False: the configuration has changed, and the client is shown an empty book. */
  isPermitted = true;
  sentBids: Levels = noLevels;
  sentAsks: Levels = noLevels;
  started = false;

  constructor(client: ClientStreams, request: Request, instrument: Instrument) {
    this.client = client;
    this.requestId = request.requestId;
    this.instrument = instrument;
    this.depth = request.depth;
    this.isIncremental = request.isIncremental;
    this.isSubscription = request.isSubscription;
    this.sides = request.sides;
  }

  changed(): void {
    if (this.isPermitted) this.client.mark(this);
  }
}

interface Request {
  readonly requestId: string;
  readonly depth: number;
  readonly isIncremental: boolean;
  readonly sides: { readonly bids: boolean; readonly asks: boolean };
  readonly instruments: readonly Instrument[];
  readonly isSubscription: boolean;
}

/** The streams of one client session. */
class ClientStreams {
  readonly session: QuoteSession;
  readonly streams = new Map<string, readonly Stream[]>();
  readonly dirty = new Set<Stream>();
  private readonly schedule: (client: ClientStreams) => void;
  private readonly onConflated: () => void;
  source: Source;
  /** Streams, and single snapshots that wait for the client to read. */
  count = 0;

  constructor(session: QuoteSession, schedule: (client: ClientStreams) => void, onConflated: () => void) {
    this.session = session;
    this.source = session.source();
    this.schedule = schedule;
    this.onConflated = onConflated;
  }

  mark(stream: Stream): void {
    if (this.dirty.has(stream)) this.onConflated();
    else this.dirty.add(stream);
    this.schedule(this);
  }
}

export class ClientQuotes {
  private readonly images: Images;
  private readonly instruments: InstrumentIndex;
  private readonly clients = new Map<SessionHandle, ClientStreams>();
  private readonly waiting = new Set<ClientStreams>();
  private readonly flushMs: number;
  private scheduled = false;
  /** Images that were replaced before a client had been sent them. */
  conflated = 0;

  /** `flushMs` is the least time between two sends of one turn's changes; 0 sends in the next turn. */
  constructor(images: Images, instruments: InstrumentIndex, flushMs: number) {
    this.images = images;
    this.instruments = instruments;
    this.flushMs = flushMs;
  }

  open(session: QuoteSession): void {
    const streams = new ClientStreams(
      session,
      (client) => this.schedule(client),
      () => (this.conflated += 1),
    );
    this.images.follow(streams.source);
    this.clients.set(session.handle, streams);
  }

  /** The session is gone: market data starts anew with the next logon. */
  close(handle: SessionHandle): void {
    const client = this.clients.get(handle);
    if (client === undefined) return;
    for (const requestId of [...client.streams.keys()]) this.unsubscribe(client, requestId);
    this.clients.delete(handle);
    this.waiting.delete(client);
  }

  /** The client takes prices again: it has read what was queued, or a resend is over. */
  drained(handle: SessionHandle): void {
    const client = this.clients.get(handle);
    if (client !== undefined && client.dirty.size > 0) this.schedule(client);
  }

  /**
   * The configuration has changed: who may not see an instrument any more is told that its book is empty, and
   * prices of another source are told, not waited for.
   */
  review(handle: SessionHandle): void {
    const client = this.clients.get(handle);
    if (client === undefined) return;
    const { source: before, session } = client;
    client.source = session.source();
    const isMoved = sourceName(client.source) !== sourceName(before);
    if (isMoved) this.images.follow(client.source);
    for (const stream of [...client.streams.values()].flat()) {
      const { instrument, isPermitted } = stream;
      stream.isPermitted = session.mayTrade(instrument.id);
      if (isMoved) {
        this.images.unlisten(before, instrument.id, stream);
        this.images.listen(client.source, instrument.id, stream);
      }
      if (isMoved || stream.isPermitted !== isPermitted) client.mark(stream);
    }
  }

  receive(message: Message, handle: SessionHandle): void {
    const client = this.clients.get(handle);
    if (client === undefined) return;
    const requestId = message.text(Tag.MDReqID) ?? '';
    if (requestId.length > requestIdLengthMax) {
      const text = `MDREQID_TOO_LONG: MDReqID(262) has at most ${requestIdLengthMax} characters`;
      return sendBusinessReject(message, handle, businessReject.other, text);
    }
    const refuse = (reason: string, text: string) =>
      handle.send('Y', (fields) => {
        fields
          .text(Tag.MDReqID, requestId || 'NONE')
          .char(Tag.MDReqRejReason, reason)
          .text(Tag.Text, plainText(text));
      });
    if (message.text(Tag.SubscriptionRequestType) === '2') {
      if (!this.unsubscribe(client, requestId))
        refuse(reject.unknownSymbol, 'UNKNOWN_MDREQID: nothing to unsubscribe');
      return;
    }
    const request = this.read(message, client, requestId, refuse);
    if (request !== undefined) this.start(client, request);
  }

  private read(
    message: Message,
    client: ClientStreams,
    requestId: string,
    refuse: (reason: string, text: string) => void,
  ): Request | undefined {
    const type = message.text(Tag.SubscriptionRequestType);
    if (type !== '0' && type !== '1')
      return void refuse(reject.requestType, 'SubscriptionRequestType(263) must be 0, 1 or 2');
    if (client.streams.has(requestId)) return void refuse(reject.duplicateId, 'MDReqID(262) is in use');
    const asked = message.int(Tag.MarketDepth) ?? 0;
    if (!(asked >= 0)) return void refuse(reject.depth, 'MarketDepth(264) must be 0 or more');
    const updateType = message.int(Tag.MDUpdateType) ?? 0;
    if (updateType !== 0 && updateType !== 1)
      return void refuse(reject.updateType, 'MDUpdateType(265) must be 0 or 1');
    const sides = { bids: false, asks: false };
    for (const entry of message.entries(Tag.NoMDEntryTypes)) {
      const entryType = entry.text(Tag.MDEntryType);
      if (entryType === '0') sides.bids = true;
      else if (entryType === '1') sides.asks = true;
      else return void refuse(reject.entryType, 'MDEntryType(269) must be 0 (bid) or 1 (offer)');
    }
    if (!sides.bids && !sides.asks)
      return void refuse(reject.entryType, 'NoMDEntryTypes(267) names neither bid nor offer');
    const instruments: Instrument[] = [];
    for (const entry of message.entries(Tag.NoRelatedSym)) {
      const refusal = this.addInstrument(entry, client, instruments);
      if (refusal !== undefined) return void refuse(...refusal);
    }
    if (client.count + instruments.length > streamsMax) {
      return void refuse(reject.bandwidth, `at most ${streamsMax} streams a session`);
    }
    return {
      requestId,
      sides,
      instruments,
      isIncremental: updateType === 1,
      isSubscription: type === '1',
      depth: asked === 0 ? depthMax : Math.min(asked, depthMax),
    };
  }

  private addInstrument(
    entry: FieldReader,
    client: ClientStreams,
    into: Instrument[],
  ): [string, string] | undefined {
    const symbol = entry.text(Tag.Symbol) ?? '';
    const instrument = this.instruments.bySymbol(symbol);
    if (instrument === undefined) return [reject.unknownSymbol, `UNKNOWN_INSTRUMENT: ${symbol.slice(0, 32)}`];
    if (!client.session.mayTrade(instrument.id))
      return [reject.permission, `INSTRUMENT_NOT_PERMITTED: ${symbol}`];
    if (!into.includes(instrument)) into.push(instrument);
    return undefined;
  }

  private start(client: ClientStreams, request: Request): void {
    const streams = request.instruments.map((instrument) => new Stream(client, request, instrument));
    for (const stream of streams) {
      this.sendSnapshot(stream, this.latest(stream));
      if (stream.started) continue;
      // The client reads too slowly, or a resend runs: it gets the first image behind that.
      client.dirty.add(stream);
      if (!stream.isSubscription) client.count += 1;
    }
    if (!request.isSubscription) return;
    client.streams.set(request.requestId, streams);
    client.count += streams.length;
    for (const stream of streams) this.images.listen(client.source, stream.instrument.id, stream);
  }

  private unsubscribe(client: ClientStreams, requestId: string): boolean {
    const streams = client.streams.get(requestId);
    if (streams === undefined) return false;
    for (const stream of streams) {
      this.images.unlisten(client.source, stream.instrument.id, stream);
      client.dirty.delete(stream);
    }
    client.streams.delete(requestId);
    client.count -= streams.length;
    return true;
  }

  private latest(stream: Stream): Image | undefined {
    if (!stream.isPermitted) return undefined;
    return this.images.latest(stream.client.source, stream.instrument.id);
  }

  private schedule(client: ClientStreams): void {
    this.waiting.add(client);
    if (this.scheduled) return;
    this.scheduled = true;
    if (this.flushMs === 0) setImmediate(() => this.flush());
    else setTimeout(() => this.flush(), this.flushMs);
  }

  private flush(): void {
    this.scheduled = false;
    for (const client of this.waiting) {
      this.waiting.delete(client);
      for (const stream of client.dirty) {
        // `drained` takes up what is left, with newer images.
        if (client.session.handle.isCongested || !this.sendUpdate(stream)) break;
        client.dirty.delete(stream);
        if (!stream.isSubscription) client.count -= 1;
      }
    }
  }

  /** False when it could not be sent now. */
  private sendUpdate(stream: Stream): boolean {
    const image = this.latest(stream);
    if (!stream.isIncremental || !stream.started) return this.sendSnapshot(stream, image);
    const bids = stream.sides.bids ? (image?.bids ?? noLevels) : noLevels;
    const asks = stream.sides.asks ? (image?.asks ?? noLevels) : noLevels;
    const limit = stream.depth * 2;
    const changes = countChanges(stream.sentBids, bids, limit) + countChanges(stream.sentAsks, asks, limit);
    if (changes === 0) return true;
    const sent = stream.client.session.handle.send(
      'X',
      (fields) => {
        fields.text(Tag.MDReqID, stream.requestId).int(Tag.NoMDEntries, changes);
        writeChanges(fields, stream, '0', stream.sentBids, bids);
        writeChanges(fields, stream, '1', stream.sentAsks, asks);
      },
      { perishable: true },
    );
    if (sent === 0) return false; // what comes next is told against what the client has
    stream.sentBids = bids;
    stream.sentAsks = asks;
    return true;
  }

  private sendSnapshot(stream: Stream, image: Image | undefined): boolean {
    const bids = stream.sides.bids ? (image?.bids ?? noLevels) : noLevels;
    const asks = stream.sides.asks ? (image?.asks ?? noLevels) : noLevels;
    const limit = stream.depth * 2;
    const count = (Math.min(bids.length, limit) + Math.min(asks.length, limit)) / 2;
    const sent = stream.client.session.handle.send(
      'W',
      (fields) => {
        fields.text(Tag.MDReqID, stream.requestId).text(Tag.Symbol, stream.instrument.symbol);
        if (count === 0) {
          fields.int(Tag.NoMDEntries, 1).char(Tag.MDEntryType, 'J'); // FIX 4.4: empty book
          return;
        }
        fields.int(Tag.NoMDEntries, count);
        writeLevels(fields, stream, '0', bids);
        writeLevels(fields, stream, '1', asks);
      },
      { perishable: true },
    );
    if (sent === 0) return false;
    stream.sentBids = bids;
    stream.sentAsks = asks;
    stream.started = true;
    return true;
  }
}

/**
 * An entry is its side and level: `B1` is the best bid. W names it by MDEntryPositionNo only (FIX 4.4 has
 * no id there).
 */
const entryIds = { 0: level('B'), 1: level('A') } as const;
function level(side: string): readonly string[] {
  return Array.from({ length: depthMax }, (_, index) => `${side}${index + 1}`);
}

function writeLevels(fields: FieldWriter, stream: Stream, side: '0' | '1', levels: Levels): void {
  const { priceScale, quantityScale } = stream.instrument;
  const end = Math.min(levels.length, stream.depth * 2);
  for (let at = 0; at < end; at += 2) {
    fields
      .char(Tag.MDEntryType, side)
      .decimal(Tag.MDEntryPx, levels[at]!, priceScale)
      .decimal(Tag.MDEntrySize, levels[at + 1]!, quantityScale)
      .int(Tag.MDEntryPositionNo, at / 2 + 1);
  }
}

/** Levels that differ between two images, down to `limit` array places. */
export function countChanges(before: Levels, after: Levels, limit: number): number {
  const end = Math.min(Math.max(before.length, after.length), limit);
  let count = 0;
  for (let at = 0; at < end; at += 2) {
    if (before[at] !== after[at] || before[at + 1] !== after[at + 1]) count += 1;
  }
  return count;
}

function writeChanges(
  fields: FieldWriter,
  stream: Stream,
  side: '0' | '1',
  before: Levels,
  after: Levels,
): void {
  const { priceScale, quantityScale, symbol } = stream.instrument;
  const end = Math.min(Math.max(before.length, after.length), stream.depth * 2);
  for (let at = 0; at < end; at += 2) {
    if (before[at] === after[at] && before[at + 1] === after[at + 1]) continue;
    const isGone = at >= after.length;
    fields
      .char(Tag.MDUpdateAction, isGone ? '2' : at >= before.length ? '0' : '1')
      .char(Tag.MDEntryType, side)
      .text(Tag.MDEntryID, entryIds[side][at / 2]!)
      .text(Tag.Symbol, symbol);
    if (!isGone) {
      fields
        .decimal(Tag.MDEntryPx, after[at]!, priceScale)
        .decimal(Tag.MDEntrySize, after[at + 1]!, quantityScale);
    }
    fields.int(Tag.MDEntryPositionNo, at / 2 + 1);
  }
}
