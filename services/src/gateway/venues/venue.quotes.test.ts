/** A provider's images as they are published: levels, what is left out, and feeds that can't be read. */
import type { VenueQuote } from '@tidegate/core/market/quote';
import { decodeFrame } from '@tidegate/fix/codec/decoder';
import type { FieldWriter } from '@tidegate/fix/codec/fields';
import { latin1Bytes, naiveFrame } from '@tidegate/fix/codec/naive';
import { loadDictionary } from '@tidegate/fix/dictionary/load';
import type { SessionHandle } from '@tidegate/fix/session/application';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { Epochs } from '@tidegate/platform/sql/epochs';
import { quoteTopic } from '@tidegate/wire/topics';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { standard } from '../dialects/standard.ts';
import { eurusd, spelled } from '../instrument.fixture.ts';
import { VenueQuotes } from './venue.quotes.ts';

const dictionary = loadDictionary('FIX.4.4');
const header = [
  [49, 'ALPHA'],
  [56, 'TIDEGATE-MD'],
  [34, '7'],
  [52, '20261123-12:00:00.000'],
] as const;

let bus: MemoryBus;
let quotes: VenueQuotes;
let published: VenueQuote[];
let broken: string[];
let monoMs: number;
/** MDReqID and SubscriptionRequestType of what was asked for. */
let asked: string[];

const session = {
  send: (_msgType: string, write: (fields: FieldWriter) => void) => {
    const values = new Map<number, unknown>();
    const fields: FieldWriter = new Proxy({} as FieldWriter, {
      get: () => (tag: number, value: unknown) => {
        values.set(tag, value);
        return fields;
      },
    });
    write(fields);
    return asked.push(`${String(values.get(263))} ${String(values.get(262))}`);
  },
} as unknown as SessionHandle;

beforeEach(() => {
  [published, broken, asked, monoMs] = [[], [], [], 0];
  bus = new MemoryBus({ freeze: true });
  bus.subscribe(quoteTopic(), (quote) => void published.push(quote));
  quotes = new VenueQuotes({
    bus,
    clock: { nowMs: () => 1_000, monoMs: () => monoMs },
    epochs: new Epochs(1),
    venue: 'alpha',
    dialect: standard,
    instruments: [eurusd],
    onBadMessage: () => undefined,
    onBroken: (instrument, reason) => void broken.push(`${instrument}: ${reason}`),
  });
  quotes.subscribe(session);
});

afterEach(async () => {
  quotes.withdraw();
  await bus.close();
});

/** `0 1.1 100`: a bid; what is not given is left out. */
function image(...entries: readonly string[]): ReturnType<typeof decodeFrame> {
  const fields = entries.flatMap((entry) => {
    const [type, price, size] = entry.split(' ');
    const all = [
      [269, type],
      [270, price],
      [271, size],
    ] as const;
    return all.flatMap(([tag, value]) => (value === undefined ? [] : [[tag, value] as const]));
  });
  const text = naiveFrame('W', [...header, [55, 'EUR/USD'], [268, String(entries.length)], ...fields]);
  return decodeFrame(latin1Bytes(text), dictionary);
}

const levels = async (...entries: readonly string[]) => {
  quotes.receive(image(...entries));
  await new Promise(setImmediate);
  const { bids, asks } = published.at(-1)!;
  return [bids, asks];
};

describe('an image', () => {
  it('with entries at one price has one level of all of them', async () => {
    expect(
      await levels(
        '0 1.1 100',
        '0 1.1 50',
        '0 1.09 10',
        '1 1.2 1',
        '1 1.3 5',
        '1 1.2 2',
        '0 1.09 1',
        '1 1.2 3',
      ),
    ).toEqual([
      [110_000, 15_000, 109_000, 1_100],
      [120_000, 600, 130_000, 500],
    ]);
  });

  it('means the same however its numbers are spelled', async () => {
    const property = fc.asyncProperty(spelled(5), spelled(2), async (price, size) => {
      const [bids, asks] = await levels(`0 ${price.text} ${size.text}`, `1 ${price.text} ${size.text}`);
      expect(bids).toEqual([price.scaled, size.scaled]);
      expect(asks).toEqual([price.scaled, size.scaled]);
    });
    await fc.assert(property);
  });

  it('leaves out what has no size, at the top and below', async () => {
    const sides = [
      [110_000, 10_000],
      [120_000, 20_000],
    ];
    expect(await levels('0 1.1 100', '0 1.09 0', '1 1.2 200')).toEqual(sides);
    expect(await levels('0 1.11 0', '0 1.1 100', '1 1.19 0', '1 1.2 200')).toEqual(sides);
    // Whatever its price, or without one.
    expect(await levels('0 0 0', '1 1.191919191 0.00', '0 1.1 100', '1 1.2 200', '1 -1 0')).toEqual(sides);
    expect(await levels('0 1.1 0', '0 1.1 100', '1 1.2 200', '1 1.2 0')).toEqual(sides);
    expect(await levels('0 1.1 0', '1 1.2 0')).toEqual([[], []]);
    expect(broken).toEqual([]);
  });

  it('keeps as many levels as there are prices', async () => {
    const many = Array.from({ length: 25 }, (_, at) => `0 1.${100 - at} 1`);
    const [bids] = await levels(...many, ...many);
    expect([bids!.length, bids![1], bids!.at(-1)]).toEqual([40, 200, 200]);
  });
});

describe('a feed that can not be read', () => {
  it('is empty, told, and asked for anew under another name', async () => {
    expect(asked).toEqual([expect.stringMatching(/^1 alpha-EURUSD-/)]);
    expect(await levels('0 1.1 100', '1 1.2')).toEqual([[], []]);
    const [, ended, begun] = asked.map((one) => one.split(' '));
    expect([ended![0], begun![0], ended![1] === asked[0]!.split(' ')[1]]).toEqual(['2', '1', true]);
    expect(begun![1]).not.toBe(ended![1]);
    expect(broken).toEqual([expect.stringContaining('EURUSD: W with an entry')]);
    // Once; the next time has to wait.
    await levels('0 1.1 100', '1 1.2');
    expect(asked.length).toBe(3);
    expect((await levels('0 1.1 100'))[0]).toEqual([110_000, 10_000]);
  });

  it('because the session refused its image is the same, by symbol or by request', async () => {
    await levels('0 1.1 100');
    quotes.invalid(image('0 1.1 100'), 'Incorrect NumInGroup');
    await new Promise(setImmediate);
    expect(published.at(-1)!.bids).toEqual([]);
    expect([broken.length, asked.length]).toEqual([1, 3]);
    // Well for long enough: at once again.
    monoMs = 61_000;
    await levels('0 1.1 100');
    const requestId = asked.at(-1)!.split(' ')[1]!;
    quotes.invalid(
      decodeFrame(latin1Bytes(naiveFrame('X', [...header, [262, requestId]])), dictionary),
      'why',
    );
    expect([broken.length, asked.length]).toEqual([2, 5]);
  });

  it('of nobody knows whom is told', () => {
    quotes.invalid(decodeFrame(latin1Bytes(naiveFrame('X', [...header])), dictionary), 'why');
    expect([broken, asked.length]).toEqual([['?: X was refused: why'], 1]);
  });
});
