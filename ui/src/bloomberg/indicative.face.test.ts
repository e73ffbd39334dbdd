/** What a tile says of Bloomberg's price in each of its states, in figures and in a word. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IndicativeView } from '@tidegate/wire/bloomberg';
import { indicativeFace } from './indicative.face.ts';

const scales = { priceScale: 5, pipScale: 4, quantityScale: 2 };
const view = (over: Partial<IndicativeView> = {}): IndicativeView => ({
  feed: 'bloomberg',
  feedName: 'Bloomberg',
  instrument: 'EURUSD',
  symbol: 'EUR/USD',
  state: 'live',
  isDelayed: false,
  isEmulated: false,
  bid: '1.08412',
  ask: '1.08419',
  lastBid: '1.08412',
  lastAsk: '1.08419',
  sequence: 1,
  receivedAtMs: 1,
  ageMs: 0,
  ...over,
});
const ours = (bid: string, ask: string, state: 'live' | 'stale' = 'live') => ({
  state,
  bids: [[bid, '1', 'a', 0]] as [string, string, string, number][],
  asks: [[ask, '1', 'a', 0]] as [string, string, string, number][],
});
const face = (
  over: Partial<IndicativeView> = {},
  own: Parameters<typeof indicativeFace>[2] = ours('1.08410', '1.08418'),
  isConnected = true,
) => indicativeFace({ view: view(over), arrivedMs: 0 }, isConnected, own, scales);

describe('a live price', () => {
  it('shows bid, mid to the half point, ask, and pips from our mid', () => {
    expect(face()).toEqual({
      mark: 'live',
      label: 'BBG',
      bid: '1.08412',
      mid: '1.084155',
      ask: '1.08419',
      note: '+0.15',
    });
  });

  it('is labelled when it is emulated', () => {
    expect(face({ isEmulated: true }).label).toBe('BBG emul.');
  });

  it.each([
    [ours('1.08420', '1.08430'), '-0.95'],
    [ours('1.08412', '1.08419'), '0.00'],
    [ours('1.07400', '1.07431'), '+100'],
    [ours('1.00000', '1.00000'), '+841'],
    [ours('1.08410', '1.08418', 'stale'), ''],
    [{ state: 'live' as const, bids: [], asks: [] }, ''],
  ])('difference %#', (own, note) => {
    expect(face({}, own).note).toBe(note);
  });

  it('has no difference to a price that we do not have', () => {
    expect(indicativeFace({ view: view(), arrivedMs: 0 }, true, undefined, scales).note).toBe('');
  });

  it('says nothing of a mid when one side is missing', () => {
    expect(face({ ask: null })).toMatchObject({ bid: '1.08412', mid: '', ask: '–', note: '' });
  });

  it('is right for an instrument whose pip is coarser or finer than its points', () => {
    const at = (priceScale: number, pipScale: number, bid: string, ask: string, own: string) =>
      indicativeFace({ view: view({ bid, ask }), arrivedMs: 0 }, true, ours(own, own), {
        priceScale,
        pipScale,
        quantityScale: 2,
      }).note;
    expect(at(2, 1, '2345.67', '2345.70', '2345.60')).toBe('+0.85');
    expect(at(0, 0, '7', '8', '7')).toBe('+0.5');
    expect(at(0, 2, '7', '8', '7')).toBe('+50');
  });
});

describe('a price that is not fresh', () => {
  it('keeps the last one in sight, marked, without a difference', () => {
    expect(face({ state: 'stale', bid: null, ask: null })).toMatchObject({
      mark: 'stale',
      bid: '1.08412',
      ask: '1.08419',
      note: 'stale',
    });
  });

  it('says delayed instead of a difference', () => {
    expect(face({ isDelayed: true })).toMatchObject({ mark: 'delayed', note: 'delayed' });
  });

  it('says stale of anything while the stream is away', () => {
    expect(face({ isDelayed: true }, undefined, false)).toMatchObject({ mark: 'stale', note: 'stale' });
  });

  it('has no price where there never was one', () => {
    const none = { mark: 'none', bid: '', mid: '', ask: '', note: 'no price' };
    expect(indicativeFace(undefined, true, undefined, scales)).toMatchObject(none);
    const never = { state: 'stale', bid: null, ask: null, lastBid: null, lastAsk: null } as const;
    expect(face({ ...never, isEmulated: true })).toMatchObject({ ...none, label: 'BBG emul.' });
  });
});

it('finds the mid between bid and ask, and no difference to itself, whatever the price', () => {
  const point = fc.integer({ min: 1, max: 10 ** 8 });
  fc.assert(
    fc.property(point, fc.integer({ min: 0, max: 1000 }), (bid, spread) => {
      const text = (points: number): string => (points / 10 ** 5).toFixed(5);
      const shown = face({ bid: text(bid), ask: text(bid + spread) }, ours(text(bid), text(bid + spread)));
      expect(Number(shown.mid)).toBeGreaterThanOrEqual(Number(shown.bid));
      expect(Number(shown.mid)).toBeLessThanOrEqual(Number(shown.ask));
      expect(shown.note).toBe('0.00');
    }),
  );
});
