/** Pricing over a real configuration's shape: aggregation, markup per tier, staleness, and the cache. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TierPrice, VenueQuote } from '@tidegate/core/market/quote';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { Epochs } from '@tidegate/platform/sql/epochs';
import { MemoryCache } from '@tidegate/platform/cache/cache.memory';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { buildSnapshot } from '@tidegate/platform/configuration/configuration.documents';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import { until } from '@tidegate/platform/testing/until';
import { priceTopic, quoteTopic } from '@tidegate/wire/topics';
import { Pricing } from './pricing.ts';

const venue = (id: string) => ({
  id,
  name: id,
  enabled: true,
  senderCompId: 'US',
  targetCompId: id,
  quotes: { hosts: [{ host: '127.0.0.1', port: 1 }], senderCompId: 'US' },
  orders: { hosts: [{ host: '127.0.0.1', port: 1 }], senderCompId: 'US' },
  staleAfterMs: 3_000,
  routeTimeoutMs: 5_000,
});

const euro = {
  id: 'EURUSD',
  symbol: 'EUR/USD',
  type: 'spot',
  baseCurrency: 'EUR',
  quoteCurrency: 'USD',
  priceScale: 5,
  quantityScale: 2,
  pipScale: 4,
  quantityMin: '1',
  quantityMax: '100000000',
  quantityStep: '0.01',
};

const documents = [
  { kind: 'instrument', body: euro },
  { kind: 'venue', body: venue('alpha') },
  { kind: 'venue', body: venue('bravo') },
  { kind: 'tier', body: { id: 'standard', name: 'Standard', markupPoints: { '*': 1 }, depth: 10 } },
].map(({ kind, body }, index) => ({ version: index + 1, kind, id: body.id, body }));

class HandClock implements Clock {
  mono = 1_000;
  nowMs = () => 1_800_000_000_000 + this.mono;
  monoMs = () => this.mono;
}

describe('pricing', () => {
  const built = buildSnapshot(documents);
  if ('refusal' in built) throw new Error(built.refusal.text);
  let current = built.snapshot;
  const configuration = {
    get current() {
      return current;
    },
  } as unknown as Configuration;
  let clock: HandClock;
  let bus: MemoryBus;
  let cache: MemoryCache;
  let pricing: Pricing;
  let prices: TierPrice[];
  let told: string[];
  let sequence = 0;

  beforeEach(() => {
    clock = new HandClock();
    bus = new MemoryBus({ freeze: true });
    cache = new MemoryCache({ clock });
    prices = [];
    told = [];
    const events = {
      record: ({ kind, text }: { kind: string; text: string }) => told.push(`${kind}: ${text}`),
    };
    pricing = new Pricing({
      bookLimits: { crossedBasisPoints: 10 },
      bus,
      cache,
      clock,
      configuration,
      epochs: new Epochs(1),
      events: events as unknown as SystemEvents,
      onError: (error) => {
        throw error;
      },
    });
    bus.subscribe(priceTopic('standard', 'EURUSD'), (price) => prices.push(price));
    pricing.start();
  });

  afterEach(async () => {
    pricing.stop();
    await bus.close();
  });

  const quote = (venue: string, bids: number[], asks: number[], bootedMs = 0): void => {
    sequence += 1;
    const image: VenueQuote = {
      venue,
      instrument: 'EURUSD',
      epoch: 1,
      sequence,
      bids,
      asks,
      receivedAtMs: clock.nowMs(),
      receivedMonoMs: clock.monoMs() + bootedMs,
    };
    bus.publish(quoteTopic(venue, 'EURUSD'), image);
  };

  it('joins venues best first and takes the tier’s markup off', async () => {
    quote('alpha', [108_500, 100], [108_520, 100]);
    quote('bravo', [108_505, 200], [108_525, 200]);
    await until(() => prices.at(-1)?.bids.length === 4);
    expect(prices.at(-1)).toMatchObject({
      bids: [108_504, 200, 108_499, 100],
      asks: [108_521, 100, 108_526, 200],
      bidVenues: ['bravo', 'alpha'],
      askVenues: ['alpha', 'bravo'],
      state: 'live',
    });
  });

  it('leaves out a venue whose own image is crossed', async () => {
    quote('alpha', [108_500, 100], [108_520, 100]);
    quote('bravo', [108_530, 100], [108_520, 100]);
    await until(() => told.length > 0);
    expect(prices.at(-1)!.bidVenues).toEqual(['alpha']);
    expect(told[0]).toContain('crossed');
  });

  it('shows no price of venues that contradict each other, and tells it once', async () => {
    quote('alpha', [108_500, 100], [108_520, 100]);
    await until(() => prices.length > 0);
    quote('bravo', [109_000, 100], [109_020, 100]);
    await until(() => prices.at(-1)!.state === 'crossed');
    expect(prices.at(-1)).toMatchObject({ bids: [], asks: [], lastBid: 108_499, lastAsk: 108_521 });
    await until(() => told.some((line) => line.startsWith('bookCrossed')));
    quote('bravo', [108_500, 100], [108_520, 100]);
    await until(() => prices.at(-1)!.state === 'live');
    await until(() => {
      clock.mono += 100;
      return told.some((line) => line.startsWith('bookSound'));
    });
    expect(told.filter((line) => line.startsWith('bookCrossed'))).toHaveLength(1);
  });

  it('gives each level the age of its own quote, and tells of a newer one that says the same', async () => {
    quote('alpha', [108_500, 100], [108_520, 100]);
    clock.mono += 2_500;
    quote('bravo', [108_495, 100], [108_525, 100]);
    await until(() => prices.at(-1)?.bids.length === 4);
    expect(prices.at(-1)).toMatchObject({
      bidVenues: ['alpha', 'bravo'],
      bidLagsMs: [2_500, 0],
      askLagsMs: [2_500, 0],
      bidStaleAfterMs: 3_000,
    });
    quote('alpha', [108_500, 100], [108_520, 100]);
    await until(() => prices.at(-1)!.bidLagsMs![0] === 0);
  });

  it('keeps the quotes of every venue over a change of configuration', async () => {
    quote('alpha', [108_500, 100], [108_520, 100]);
    quote('bravo', [108_505, 200], [108_525, 200]);
    await until(() => prices.at(-1)?.bids.length === 4);
    // Every change makes new objects of all documents.
    const again = buildSnapshot(documents);
    if ('refusal' in again) throw new Error(again.refusal.text);
    current = again.snapshot;
    quote('alpha', [108_501, 100], [108_520, 100]);
    await until(() => prices.at(-1)!.bids.includes(108_500));
    expect(prices.at(-1)!.bidVenues).toEqual(['bravo', 'alpha']);
  });

  it('forgets quotes in points that are no longer the instrument’s', async () => {
    quote('alpha', [108_500, 100], [108_520, 100]);
    quote('bravo', [108_505, 200], [108_525, 200]);
    await until(() => prices.at(-1)?.bids.length === 4);
    const changed = documents.map((one) =>
      one.kind === 'instrument' ? { ...one, body: { ...euro, priceScale: 6 } } : one,
    );
    const again = buildSnapshot(changed);
    if ('refusal' in again) throw new Error(again.refusal.text);
    current = again.snapshot;
    await until(() => prices.at(-1)!.state === 'stale');
    quote('alpha', [1_085_010, 100], [1_085_200, 100]);
    await until(() => prices.at(-1)!.bids.includes(1_085_009));
    expect(prices.at(-1)!.bidVenues).toEqual(['alpha']);
  });

  it('becomes stale when every quote is too old, keeps the last top, and says so', async () => {
    quote('alpha', [108_500, 100], [108_520, 100]);
    await until(() => prices.length > 0);
    clock.mono += 3_001;
    await until(() => prices.at(-1)!.state === 'stale');
    expect(prices.at(-1)).toMatchObject({ bids: [], asks: [], lastBid: 108_499, lastAsk: 108_521 });
    await until(() => told.some((line) => line.startsWith('venueStale')));
  });

  it.each([
    ['longer', 86_400_000],
    ['shorter', -86_400_000],
  ])('takes quotes from a host that has been up %s, for as long as they live', async (_how, bootedMs) => {
    quote('alpha', [108_500, 100], [108_520, 100], bootedMs);
    await until(() => prices.length > 0);
    expect(prices[0]).toMatchObject({ state: 'live', receivedMonoMs: clock.monoMs() });
    clock.mono += 3_001;
    await until(() => prices.at(-1)!.state === 'stale');
  });

  it('tells nothing twice: an equal image is not published again', async () => {
    quote('alpha', [108_500, 100], [108_520, 100]);
    await until(() => prices.length === 1);
    quote('alpha', [108_500, 100], [108_520, 100]);
    quote('alpha', [108_501, 100], [108_520, 100]);
    await until(() => prices.at(-1)!.bids[0] === 108_500);
    expect(prices).toHaveLength(2);
  });

  it('writes the last prices to the cache', async () => {
    quote('alpha', [108_500, 100], [108_520, 100]);
    const key = priceTopic('standard', 'EURUSD').subject;
    let text: string | undefined;
    await until(() => {
      void cache.get(key).then((value) => {
        text = value;
      });
      return text !== undefined;
    });
    expect(JSON.parse(text!)).toMatchObject({ tier: 'standard', bids: [108_499, 100] });
  });
});
