/** Indicative prices as the API shows them: fresh, silent, withdrawn, delayed; and a feed that is silent. */
import type { VenueQuote } from '@tidegate/core/market/quote';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { buildSnapshot } from '@tidegate/platform/configuration/configuration.documents';
import { until } from '@tidegate/platform/testing/until';
import type { BloombergStatus } from '@tidegate/wire/bloomberg';
import { bloombergTopic, quoteTopic } from '@tidegate/wire/topics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FeedBoard } from './feed.board.ts';

const key = 'bloomberg EURUSD';
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
const feed = {
  id: 'bloomberg',
  name: 'Bloomberg',
  enabled: true,
  staleAfterMs: 10_000,
  securities: { EURUSD: 'EURUSD BGN Curncy' },
};

describe('the feed board', () => {
  const built = buildSnapshot([
    { version: 1, kind: 'instrument', id: euro.id, body: euro },
    { version: 2, kind: 'feed', id: feed.id, body: feed },
  ]);
  if ('refusal' in built) throw new Error(built.refusal.text);
  let monoMs: number;
  let bus: MemoryBus;
  let board: FeedBoard;
  let told: number;

  beforeEach(() => {
    monoMs = 1_000_000;
    told = 0;
    bus = new MemoryBus({ freeze: true });
    board = new FeedBoard({
      bus,
      clock: { nowMs: () => monoMs, monoMs: () => monoMs },
      configuration: { current: built.snapshot, onChange: () => () => undefined },
    });
    board.listen(() => (told += 1));
    board.start();
  });
  afterEach(async () => {
    board.stop();
    await bus.close();
  });

  const quote = async (bids: readonly number[], asks: readonly number[]): Promise<void> => {
    const image: VenueQuote = {
      venue: 'bloomberg',
      instrument: 'EURUSD',
      epoch: 1,
      sequence: 1,
      bids,
      asks,
      receivedAtMs: monoMs,
      receivedMonoMs: monoMs,
    };
    const before = told;
    bus.publish(quoteTopic('bloomberg', 'EURUSD'), image);
    await until(() => told > before);
  };
  const row = { instrument: 'EURUSD', isDelayed: true };
  const status = { feed: 'bloomberg', isEmulated: true, subscriptions: { rows: [row] } };

  it('shows a fresh price as text, and keeps the last one when it is withdrawn', async () => {
    expect(board.view(key)).toBeUndefined();
    await quote([108_501, 100], [108_503, 100]);
    expect(board.view(key)).toMatchObject({
      state: 'live',
      bid: '1.08501',
      ask: '1.08503',
      symbol: 'EUR/USD',
    });
    await quote([], []);
    expect(board.view(key)).toMatchObject({ state: 'stale', bid: null, ask: null, lastBid: '1.08501' });
  });

  it('tells when a price becomes stale by silence', async () => {
    await quote([108_501, 100], [108_503, 100]);
    const before = told;
    monoMs += 10_001;
    await until(() => told > before);
    expect(board.view(key)).toMatchObject({ state: 'stale', bid: null, lastAsk: '1.08503', ageMs: 10_001 });
  });

  it('marks what is delayed and emulated, and forgets a feed that nobody speaks for', async () => {
    await quote([108_501, 100], []);
    bus.publish(bloombergTopic(), status as unknown as BloombergStatus);
    await until(() => board.view(key)!.isDelayed);
    expect(board.view(key)).toMatchObject({ isEmulated: true, ask: null });
    monoMs += 10_000;
    expect(board.bloomberg).toBeUndefined();
  });
});
