/**
 * What a test client keeps of the messages it gets: their fields as text, the trades in them, and books of
 * quotes.
 */
import type { FieldReader, Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { BookedFill } from './reconcile.ts';

export interface ReceivedMessage {
  readonly msgType: string;
  readonly seqNum: number;
  readonly possDup: boolean;
  readonly possResend: boolean;
  /** First value per tag. */
  readonly fields: ReadonlyMap<number, string>;
  /** `performance.now()` at receipt. */
  readonly receivedMs: number;
}

export function received(message: Message): ReceivedMessage {
  const fields = new Map<number, string>();
  // Read the slow way on purpose: the engine's own field access is not trusted here.
  for (const field of Buffer.from(message.raw).toString('latin1').split('\u0001')) {
    const equals = field.indexOf('=');
    if (equals <= 0) continue;
    const tag = Number(field.slice(0, equals));
    if (!fields.has(tag)) fields.set(tag, field.slice(equals + 1));
  }
  return {
    msgType: message.msgType,
    seqNum: message.seqNum,
    possDup: message.possDup,
    possResend: message.possResend,
    fields,
    receivedMs: performance.now(),
  };
}

/** The trade that an ExecutionReport tells of, if it does. */
export function fillOf(report: ReceivedMessage): BookedFill | undefined {
  const { fields } = report;
  if (report.msgType !== '8' || fields.get(Tag.ExecType) !== 'F') return undefined;
  const text = (tag: number): string => {
    const value = fields.get(tag);
    if (value === undefined) throw new Error(`trade ${fields.get(Tag.ExecID)} has no tag ${tag}`);
    return value;
  };
  return {
    execId: text(Tag.ExecID),
    clOrdId: text(Tag.ClOrdID),
    symbol: text(Tag.Symbol),
    side: text(Tag.Side) === '1' ? 'buy' : 'sell',
    quantity: text(Tag.LastQty),
    price: text(Tag.LastPx),
  };
}

export interface BookLevel {
  readonly price: string;
  readonly size: string;
}

/** The quotes of one symbol as the client has put them together; best first. */
export interface ClientBook {
  readonly symbol: string;
  readonly mdReqId: string;
  /** Snapshots and increments applied. */
  readonly updates: number;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

const DELETED: BookLevel = { price: '', size: '' };

type Books = Map<string, ClientBook>;

/** Applies a snapshot (W) or an increment (X); returns the symbols that changed. */
export function applyQuotes(books: Books, message: Message): readonly string[] {
  const mdReqId = message.text(Tag.MDReqID) ?? '';
  if (message.msgType === 'W') {
    const symbol = message.text(Tag.Symbol) ?? '';
    const bids: BookLevel[] = [];
    const asks: BookLevel[] = [];
    for (const entry of message.entries(Tag.NoMDEntries)) {
      (entry.text(Tag.MDEntryType) === '0' ? bids : asks).push(levelOf(entry));
    }
    books.set(symbol, { symbol, mdReqId, updates: (books.get(symbol)?.updates ?? 0) + 1, bids, asks });
    return [symbol];
  }
  const changed = new Map<string, { bids: BookLevel[]; asks: BookLevel[] }>();
  for (const entry of message.entries(Tag.NoMDEntries)) {
    const symbol = entry.text(Tag.Symbol) ?? '';
    const book = books.get(symbol);
    const sides = changed.get(symbol) ?? { bids: [...(book?.bids ?? [])], asks: [...(book?.asks ?? [])] };
    changed.set(symbol, sides);
    const side = entry.text(Tag.MDEntryType) === '0' ? sides.bids : sides.asks;
    const at = (entry.int(Tag.MDEntryPositionNo) ?? 0) - 1;
    const action = entry.text(Tag.MDUpdateAction);
    // New levels come behind the last; those deleted are taken out below.
    if (action === '0' ? at !== side.length : at < 0 || at >= side.length) {
      throw new Error(`${symbol} level ${at + 1}: MDUpdateAction ${action} does not fit the book`);
    }
    side[at] = action === '2' ? DELETED : levelOf(entry);
  }
  for (const [symbol, { bids, asks }] of changed) {
    const updates = (books.get(symbol)?.updates ?? 0) + 1;
    const isThere = (level: BookLevel): boolean => level !== DELETED;
    books.set(symbol, { symbol, mdReqId, updates, bids: bids.filter(isThere), asks: asks.filter(isThere) });
  }
  return [...changed.keys()];
}

function levelOf(entry: FieldReader): BookLevel {
  return { price: entry.text(Tag.MDEntryPx) ?? '', size: entry.text(Tag.MDEntrySize) ?? '' };
}
