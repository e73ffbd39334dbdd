/** Last prices by REST on bad days: pricing has died, the cache is away. */
import { MemoryCache } from '@tidegate/platform/cache/cache.memory';
import { CacheUnavailable } from '@tidegate/platform/cache/cache';
import { priceTopic } from '@tidegate/wire/topics';
import { describe, expect, it } from 'vitest';
import { configured } from './configured.fixture.ts';
import type { Identity } from './identity.ts';
import { MarketController } from './market.controller.ts';
import { problemOf } from './problem.ts';

describe('last prices', () => {
  const current = configured('standard');
  const user = { id: 'trader1', role: 'trader', firm: 'demo1' };
  const { tier } = current.firms.get(user.firm)!;
  let nowMs = 1_800_000_000_000;
  const clock = { nowMs: () => nowMs, monoMs: () => nowMs };
  const ask = (cache: object, more: object = { grants: ['seeProviders'] }) =>
    new MarketController(cache as never, clock, { current } as never).prices({
      user: { ...user, ...more },
    } as unknown as Identity);

  it('are stale when pricing has not been heard of for longer than any quote lives', async () => {
    const cache = new MemoryCache({ clock });
    const image = {
      tier,
      instrument: 'EURUSD',
      sequence: 7,
      bids: [108_500, 100],
      asks: [108_520, 100],
      bidVenues: ['alpha'],
      askVenues: ['alpha'],
      state: 'live',
      lastBid: 108_500,
      lastAsk: 108_520,
      receivedAtMs: nowMs,
      receivedMonoMs: 1,
    };
    await cache.set(priceTopic(tier, 'EURUSD').subject, JSON.stringify(image));
    expect(await ask(cache)).toMatchObject([{ state: 'live', bids: [['1.08500', '1.00', 'alpha', 0]] }]);
    expect(await ask(cache, {})).toMatchObject([
      { bids: [['1.08500', '1.00', '', 0]], asks: [['1.08520', '1.00', '', 0]] },
    ]);
    nowMs += 3_600_000;
    expect(await ask(cache)).toMatchObject([
      { state: 'stale', bids: [], asks: [], lastBid: '1.08500', lastAsk: '1.08520' },
    ]);
  });

  it('are not our defect when the cache does not answer', async () => {
    const away = { getMany: () => Promise.reject(new CacheUnavailable('Redis is away')) };
    const error: unknown = await ask(away).catch((caught: unknown) => caught);
    expect(problemOf(error, '/api/v1/prices')).toMatchObject({ status: 503, code: 'PRICES_UNAVAILABLE' });
  });
});
