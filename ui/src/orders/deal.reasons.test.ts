/** What is asked before an order goes out, and what keeps it in. */
import { describe, expect, it } from 'vitest';
import type { InstrumentView } from '@tidegate/wire/rest';
import { marketStates } from '../prices/market.state.ts';
import { intentText, reasonsToAsk, ticketClosed, type Intent } from './deal.reasons.ts';

const instrument = { symbol: 'EUR/USD', priceScale: 5, quantityScale: 2 } as InstrumentView;
const own = { presets: ['1'], maximum: '10000000', confirmAbove: '5000000' };
const intent = (change: Partial<Intent> = {}): Intent => ({
  instrument,
  side: 'buy',
  size: { ok: true, lots: 100_000_000, text: '1000000' },
  limit: '1.08412',
  best: '1.08412',
  ...change,
});

describe('an order', () => {
  it('goes out unasked at the market and within the soft limit', () => {
    expect(reasonsToAsk(intent(), own)).toEqual([]);
    expect(reasonsToAsk(intent({ limit: null, best: null }), own)).toEqual([]);
  });

  it('is asked about above the soft limit and far through the market', () => {
    const size = { ok: true, lots: 600_000_000, text: '6000000' } as const;
    expect(reasonsToAsk(intent({ size, limit: '1.10000' }), own)).toHaveLength(2);
    expect(reasonsToAsk(intent({ side: 'sell', limit: '1.07000' }), own)).toHaveLength(1);
    expect(reasonsToAsk(intent({ side: 'sell', limit: '1.10000' }), own)).toEqual([]);
  });

  it('is said in words', () => {
    expect(intentText(intent())).toBe('Buy 1M EUR/USD @ 1.08412');
    expect(intentText(intent({ side: 'sell', limit: null }))).toBe('Sell 1M EUR/USD at market');
  });
});

it('closes the ticket for what the server would refuse, and says why', () => {
  const closing = (isAtOnce: boolean) =>
    marketStates.filter((state) => ticketClosed(true, state, isAtOnce) !== '');
  expect(closing(false)).toEqual(['halted', 'outOfHours', 'crossed', 'disconnected']);
  expect(closing(true)).toEqual(['halted', 'outOfHours', 'crossed', 'stale', 'disconnected']);
  expect(ticketClosed(false, 'ready', false)).not.toBe('');
});
