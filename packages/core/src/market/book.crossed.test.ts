/**
 * A book whose venues contradict each other: nothing to trade on, refused with its own code, until they
 * agree.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { EURUSD, Scenario } from '../order/desk.fixture.ts';

describe('a crossed book', () => {
  let scenario: Scenario;
  beforeEach(() => {
    scenario = new Scenario();
    scenario.crossedBasisPoints = 10;
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
  });
  const book = () => scenario.books.get(EURUSD.id)!;

  it('is one beyond the limit only', () => {
    scenario.quote('beta', [108_118, 1_000], [108_128, 1_000]);
    expect(book().isCrossed(scenario.monoMs)).toBe(false);
    expect(book().eligible(scenario.monoMs)).toHaveLength(2);
    scenario.quote('beta', [108_119, 1_000], [108_129, 1_000]);
    expect(book().isCrossed(scenario.monoMs)).toBe(true);
    expect(book().eligible(scenario.monoMs)).toEqual([]);
    expect(book().aggregate(scenario.monoMs)).toMatchObject({ isCrossed: true, bids: [], asks: [] });
  });

  it('refuses orders, lets resting ones rest, and deals again once the venues agree', () => {
    scenario.submit({ price: 107_990 });
    scenario.quote('beta', [113_400, 1_000], [113_420, 1_000]);
    expect(scenario.submit({ side: 'sell', price: 107_000, timeInForce: 'ioc' }).reply.refusal).toMatchObject(
      {
        code: 'BOOK_CROSSED',
      },
    );
    expect(scenario.rest()).toEqual([]);
    scenario.quote('beta', [107_980, 1_000], [107_990, 1_000]);
    expect(scenario.rest()).toMatchObject([{ type: 'routeRequested', venue: 'beta', price: 107_990 }]);
  });

  it('refuses out of hours', () => {
    const hours = { startTime: '00:00:00', endTime: '00:00:01' };
    const { market } = scenario;
    scenario.market = {
      ...market,
      firm: scenario.firm,
      instrument: (id) => {
        const known = market.instrument(id);
        return known === undefined ? undefined : { ...known, tradingHours: hours };
      },
    };
    scenario.utcMs = Date.parse('2026-11-25T12:00:00Z');
    expect(scenario.submit({}).reply.refusal).toMatchObject({ code: 'OUT_OF_HOURS' });
  });
});
