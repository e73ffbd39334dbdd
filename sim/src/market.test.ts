/** The instrument table, and the random walk that moves it. */
import { describe, expect, it } from 'vitest';
import { instrumentDocument } from '@tidegate/wire/configuration';
import { instruments } from './instruments.ts';
import { Market } from './market.ts';

function walked(seed: number, untilMs: number, stepMs: number): (number | undefined)[] {
  const market = new Market(seed);
  for (let nowMs = 0; nowMs <= untilMs; nowMs += stepMs) market.advance(nowMs);
  return instruments.map((each) => market.mid(each.document.symbol));
}

describe('instruments', () => {
  it('are twelve valid documents, and their sizes are whole lots', () => {
    expect(instruments.length).toBe(12);
    for (const each of instruments) {
      expect(instrumentDocument.parse(each.document)).toEqual(each.document);
      expect([each.sizeLots / 10, each.quantityMaxLots].every(Number.isSafeInteger)).toBe(true);
    }
  });
});

describe('market', () => {
  it('gives the same prices for the same seed, however often it is asked', () => {
    expect(walked(7, 2_000, 10)).toEqual(walked(7, 2_000, 250));
    expect(walked(7, 2_000, 10)).not.toEqual(walked(8, 2_000, 10));
  });

  it('starts at the start prices and moves by a realistic amount', () => {
    const market = new Market(3);
    for (const each of instruments) {
      if (each.document.symbol === 'EUR/GBP') continue;
      expect(market.mid(each.document.symbol)).toBe(each.startPoints);
    }
    for (let second = 0; second <= 600; second += 1) market.advance(second * 1_000);
    for (const each of instruments) {
      const moved = Math.abs((market.mid(each.document.symbol) ?? 0) / each.startPoints - 1);
      // Ten minutes: a standard deviation is the year's volatility over the root of 37,440; five of them.
      expect(moved).toBeGreaterThan(0);
      expect(moved).toBeLessThan((5 * Math.max(each.yearlyVolatility, 0.11)) / Math.sqrt(37_440));
    }
  });

  it('keeps EUR/GBP consistent with EUR/USD and GBP/USD', () => {
    const market = new Market(11);
    for (let nowMs = 0; nowMs < 5_000; nowMs += 100) {
      market.advance(nowMs);
      const cross = ((market.mid('EUR/USD') ?? 0) / (market.mid('GBP/USD') ?? 1)) * 1e5;
      expect(market.mid('EUR/GBP')).toBeCloseTo(cross, 6);
    }
  });

  it('leaves out the steps of a long pause and ignores a clock that stands still', () => {
    const market = new Market(1);
    market.advance(0);
    market.advance(3_600_000);
    expect(market.steps).toBe(1_000);
    market.advance(3_600_000);
    expect(market.steps).toBe(1_000);
    market.advance(3_600_020);
    expect(market.steps).toBe(1_002);
  });

  it('knows no other symbols', () => {
    expect(new Market(1).mid('EUR/XXX')).toBeUndefined();
  });
});
