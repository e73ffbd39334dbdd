/** What a client's market data session is sent when it reads too slowly, or is busy with a resend. */
import { decodeFrame } from '@tidegate/fix/codec/decoder';
import type { FieldWriter, Message } from '@tidegate/fix/codec/fields';
import { Encoder } from '@tidegate/fix/codec/encoder';
import { latin1Bytes, naiveFrame } from '@tidegate/fix/codec/naive';
import { loadDictionary } from '@tidegate/fix/dictionary/load';
import type { SessionHandle } from '@tidegate/fix/session/application';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { turn, until } from '@tidegate/platform/testing/until';
import { quoteTopic } from '@tidegate/wire/topics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClientApplication, type ClientApplicationOptions } from './client.application.ts';
import { ClientQuotes } from './client.quotes.ts';
import { Images } from './images.ts';
import { instrumentIndex } from '../instruments.ts';

const dictionary = loadDictionary('FIX.4.4');
const header = { 49: 'ACME', 56: 'TIDEGATE', 34: '7', 52: '20261123-12:00:00.000' };
const instruments = instrumentIndex(() => all);
const all = new Map(
  ['EURUSD', 'GBPUSD'].map((id) => [
    id,
    {
      id,
      symbol: `${id.slice(0, 3)}/USD`,
      type: 'spot',
      baseCurrency: id.slice(0, 3),
      quoteCurrency: 'USD',
      priceScale: 5,
      quantityScale: 2,
      pipScale: 4,
      quantityMin: 100,
      quantityMax: 10_000_000_000,
      quantityStep: 1,
    } as const,
  ]),
);

/** The session as far as prices can see it. */
class PriceSession {
  isCongested = false;
  isResending = false;
  readonly sent: Message[] = [];

  send(msgType: string, write: (fields: FieldWriter) => void, options?: { perishable?: boolean }): number {
    if (options?.perishable === true && (this.isCongested || this.isResending)) return 0;
    const encoder = new Encoder();
    write(
      encoder.begin({
        beginString: 'FIX.4.4',
        msgType,
        seqNum: 1,
        senderCompId: 'TIDEGATE',
        targetCompId: 'ACME',
        sendingTimeMs: 0,
      }),
    );
    return this.sent.push(decodeFrame(Buffer.from(encoder.end()), dictionary));
  }

  /** MsgType and request of all that was sent. */
  get told(): readonly string[] {
    return this.sent.map((message) => `${message.msgType} ${message.text(262)}`);
  }
}

/** A field of the first entry of the message that was sent so many-th. */
function entry(at: number, tag: number): string | undefined {
  for (const fields of session.sent[at - 1]!.entries(268)) return fields.text(tag);
  return undefined;
}

let bus: MemoryBus;
let images: Images;
let quotes: ClientQuotes;
let session: PriceSession;
let handle: SessionHandle;
let permitted: Set<string>;
let venue: string;

beforeEach(() => {
  bus = new MemoryBus({ freeze: true });
  images = new Images(bus);
  quotes = new ClientQuotes(images, instruments, 0);
  session = new PriceSession();
  handle = session as unknown as SessionHandle;
  permitted = new Set(all.keys());
  venue = 'alpha';
  quotes.open({ handle, source: () => ({ venue }), mayTrade: (id) => permitted.has(id) });
});
afterEach(() => {
  images.stop();
  return bus.close();
});

function ask(id: string, type: '0' | '1', ...symbols: readonly string[]): void {
  const fields: (readonly [number, string])[] = [
    ...Object.entries(header).map(([tag, value]) => [Number(tag), value] as const),
    [262, id],
    [263, type],
    [264, '0'],
    [267, '2'],
    [269, '0'],
    [269, '1'],
    [146, String(symbols.length)],
    ...symbols.map((symbol) => [55, symbol] as const),
  ];
  quotes.receive(decodeFrame(latin1Bytes(naiveFrame('V', fields)), dictionary), handle);
}

/** As the engine tells it. */
function resendServed(): void {
  const options = { quotes, onEvent: () => undefined } as unknown as ClientApplicationOptions;
  new ClientApplication(options).onEvent({ kind: 'resendServed', beginSeqNo: 1, endSeqNo: 1 }, handle);
}

function quote(instrument: string, price: number, of = 'alpha'): void {
  bus.publish(quoteTopic(of, instrument), {
    venue: of,
    instrument,
    epoch: 1,
    sequence: price,
    bids: [price, 100],
    asks: [],
    receivedAtMs: 0,
    receivedMonoMs: 0,
  });
}

describe('snapshots', () => {
  it('that wait for a client to read have a limit', () => {
    session.isCongested = true;
    for (let count = 0; count < 1_000; count += 1) ask(`m${count}`, '0', 'EUR/USD', 'GBP/USD');
    expect(session.told).toHaveLength(750);
    expect(session.told[0]).toBe('Y m250');
    expect(session.sent[0]?.text(281)).toBe('2');
    session.isCongested = false;
    quotes.drained(handle);
  });

  it('make room for others when they are sent', async () => {
    session.isCongested = true;
    for (let count = 0; count < 250; count += 1) ask(`m${count}`, '0', 'EUR/USD', 'GBP/USD');
    session.isCongested = false;
    quotes.drained(handle);
    await until(() => session.sent.length === 500);
    session.isCongested = true;
    ask('more', '0', 'EUR/USD', 'GBP/USD');
    expect(session.sent).toHaveLength(500);
  });

  it('asked for during a resend come behind it', async () => {
    session.isResending = true;
    ask('m', '0', 'EUR/USD');
    quote('GBPUSD', 130_000);
    await turn();
    session.isResending = false;
    resendServed();
    await until(() => session.sent.length > 0);
    expect(session.told).toEqual(['W m']);
  });
});

describe('a stream', () => {
  it('is told the last change when the resend is over that it came in', async () => {
    ask('m', '1', 'EUR/USD');
    quote('EURUSD', 108_000);
    await until(() => session.sent.length === 2);
    session.isResending = true;
    quote('EURUSD', 108_001);
    await turn();
    await turn();
    expect(session.sent).toHaveLength(2);
    session.isResending = false;
    resendServed();
    await until(() => session.sent.length === 3);
    expect(entry(3, 270)).toBe('1.08001');
  });

  it('shows an empty book while its instrument is not permitted any more', async () => {
    ask('m', '1', 'EUR/USD', 'GBP/USD');
    quote('EURUSD', 108_000);
    await until(() => session.sent.length === 3);
    permitted.delete('EURUSD');
    quotes.review(handle);
    await until(() => session.sent.length === 4);
    expect([session.sent[3]?.text(55), entry(4, 269)]).toEqual(['EUR/USD', 'J']);
    quote('EURUSD', 108_001);
    quote('GBPUSD', 130_000);
    await until(() => session.sent.length === 5);
    expect(session.sent[4]?.text(55)).toBe('GBP/USD');
    permitted.add('EURUSD');
    quotes.review(handle);
    await until(() => session.sent.length === 6);
    expect(entry(6, 270)).toBe('1.08001');
  });

  it('is that of the new source at once', async () => {
    images.follow({ venue: 'bravo' });
    quote('EURUSD', 109_000, 'bravo');
    quote('EURUSD', 108_000);
    ask('m', '1', 'EUR/USD');
    await until(() => session.sent.length === 2);
    venue = 'bravo';
    quotes.review(handle);
    await until(() => session.sent.length === 3);
    expect(entry(3, 270)).toBe('1.09000');
    quote('EURUSD', 108_001);
    quote('EURUSD', 109_001, 'bravo');
    await until(() => session.sent.length === 4);
    expect(entry(4, 270)).toBe('1.09001');
  });
});
