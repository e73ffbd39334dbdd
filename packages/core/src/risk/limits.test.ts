/** Each measure of a limit: what it counts, what it refuses and what it lets pass (rules R-… of SPEC.md). */
import { describe, expect, it } from 'vitest';
import { restoreState } from '../order/snapshot.ts';
import { limit, LimitScenario, resting } from './limit.fixture.ts';
import { previewLimits, type Proposal } from './risk.ts';
import { limitStandings } from './standing.ts';

const buy = (scenario: LimitScenario, quantity: number, change = {}) =>
  scenario.refusal({ quantity, ...resting, ...change });
const reachedOf = (scenario: LimitScenario) =>
  scenario.journal.flatMap(({ event }) =>
    event.type === 'limitReached' ? [[event.limit, event.level]] : [],
  );

describe('limits of one order', () => {
  it('have a least and a largest quantity (R-1)', () => {
    const scenario = new LimitScenario([
      limit('least', 'orderQuantityMin', '10'),
      limit('most', 'orderQuantityMax', '1000', { scope: { trader: 'tess' } }),
    ]);
    expect(buy(scenario, 9)).toBe('LIMIT_EXCEEDED: limit least: smallest order of firm: 9 is under 10');
    expect(buy(scenario, 1_001)).toMatch(/^LIMIT_EXCEEDED: limit most: largest order of trader tess: 1001/);
    expect(buy(scenario, 1_001, { trader: 'tom' })).toBeUndefined();
    expect(buy(scenario, 1_000)).toBeUndefined();
  });

  it('have a value in the currency of the limit (R-2)', () => {
    const scenario = new LimitScenario([limit('value', 'orderNotionalMax', '108005')]);
    expect(buy(scenario, 100_000)).toBeUndefined();
    expect(buy(scenario, 100_001)).toBe(
      'LIMIT_EXCEEDED: limit value: largest order value of firm: 108006.09 USD is over 108005 USD',
    );
  });
});

describe('limits of what is open', () => {
  it('count working orders and their value (R-3)', () => {
    const scenario = new LimitScenario([
      limit('count', 'workingOrders', '2', { scope: { session: '*' } }),
      limit('value', 'workingNotional', '1000', { scope: { account: 'main' } }),
    ]);
    expect(buy(scenario, 400)).toBeUndefined();
    expect(buy(scenario, 600)).toMatch(
      /limit value: .* 432.02 USD used, 1080.05 USD with this order, 1000 USD allowed, 567.98 USD left$/,
    );
    expect(buy(scenario, 400)).toBeUndefined();
    expect(buy(scenario, 1)).toMatch(/limit count: working orders of session CLIENT: 2 used, 3 with/);
    expect(buy(scenario, 1, { origin: { channel: 'rest', client: 'other' } })).toBeUndefined();
  });

  it('keep a position within its worst case by side, and let reductions pass (R-4, R-12)', () => {
    const scenario = new LimitScenario([limit('position', 'position', '1000', { scope: { account: '*' } })]);
    expect(buy(scenario, 700)).toBeUndefined();
    expect(buy(scenario, 301)).toMatch(/position of account main, EURUSD: 700 used, 1001 with this order/);
    expect(buy(scenario, 1_000, { side: 'sell', price: 109_000 })).toBeUndefined();
    expect(buy(scenario, 1, { side: 'sell', price: 109_000 })).toMatch(/LIMIT_EXCEEDED/);
    const closing = new LimitScenario([]);
    closing.submit({ quantity: 2_000, timeInForce: 'ioc' });
    closing.fill('acme.1.1', 2_000, 108_010);
    closing.with([limit('position', 'position', '1000')]);
    expect(closing.refusal({ side: 'sell', quantity: 2_000, price: 108_000 })).toBeUndefined();
    expect(closing.refusal({ quantity: 1 })).toMatch(/2000 used, 2001 with this order, 1000 allowed, 0 left/);
  });

  it('reserve what is unknown until the venue says (R-11)', () => {
    const scenario = new LimitScenario([limit('position', 'position', '1000')]);
    scenario.submit({ quantity: 1_000, timeInForce: 'ioc' });
    scenario.tick(600);
    expect(scenario.route('1.1').standing).toBe('unknown');
    expect(scenario.refusal({ quantity: 1 })).toMatch(/1000 used/);
    scenario.report('acme.1.1', 'rejected');
    expect(scenario.state.ledger.meters?.reservations).toBe(0);
    expect(scenario.refusal({ quantity: 1_000 })).toBeUndefined();
  });

  it('net what is open by currency, gross it by instrument (R-5, R-6)', () => {
    const scenario = new LimitScenario([
      limit('net', 'netPosition', '1200'),
      limit('gross', 'grossPosition', '2300'),
    ]);
    expect(buy(scenario, 1_000)).toBeUndefined();
    const usdjpy = { instrument: 'USDJPY', price: 149_900, timeInForce: 'gtc' } as const;
    // Long EUR and long JPY add up; the dollar is the limit's own.
    expect(scenario.refusal({ ...usdjpy, side: 'sell', quantity: 1_000, price: 150_100 })).toMatch(
      /limit net/,
    );
    // Long EUR, short JPY: the larger side of both.
    expect(scenario.refusal({ ...usdjpy, quantity: 1_190 })).toBeUndefined();
    expect(scenario.refusal({ ...usdjpy, quantity: 30 })).toMatch(/limit gross|limit net/);
  });

  it('hold the settlement of a value date (R-7)', () => {
    const scenario = new LimitScenario([limit('daily', 'settlement', '1100')]);
    scenario.submit({ quantity: 1_000, timeInForce: 'ioc' });
    scenario.fill('acme.1.1', 1_000, 108_010);
    expect(buy(scenario, 100)).toMatch(/limit daily: settlement of one value date of firm: 1080.05 USD used/);
    scenario.advance(24 * 3_600_000);
    scenario.quotes();
    expect(buy(scenario, 100)).toBeUndefined();
  });

  it('stop at the loss of the day, except what reduces (R-8)', () => {
    const scenario = new LimitScenario([limit('loss', 'dayLoss', '10')]);
    scenario.submit({ quantity: 1_000, timeInForce: 'ioc' });
    scenario.fill('acme.1.1', 1_000, 108_010);
    expect(buy(scenario, 1)).toBeUndefined();
    scenario.advance(200);
    scenario.quotes(-1_500);
    expect(scenario.refusal({ ...resting, price: 106_000, quantity: 1 })).toMatch(
      /limit loss: .* 15\.\d+ USD used/,
    );
    expect(scenario.refusal({ side: 'sell', quantity: 900, price: 106_500 })).toBeUndefined();
  });

  it('are of each provider, which is passed over where it has no room (R-9)', () => {
    const scenario = new LimitScenario([limit('line', 'position', '500', { scope: { provider: 'alpha' } })]);
    const { events } = scenario.submit({ quantity: 800, price: 108_020, timeInForce: 'ioc' });
    expect(events.flatMap((event) => (event.type === 'routeRequested' ? [event.venue] : []))).toEqual([
      'beta',
    ]);
    scenario.submit({ quantity: 500, timeInForce: 'ioc' });
    expect(scenario.route('2.1').venue).toBe('alpha');
    const barred = scenario.submit({ quantity: 1, timeInForce: 'ioc' }).events;
    expect(barred.at(-1)).toMatchObject({ type: 'orderClosed', code: 'LIMIT_EXCEEDED' });
    expect(JSON.stringify(barred)).not.toContain('alpha');
  });
});

describe('limits of conduct', () => {
  it('count orders and equal orders within a time (R-13, R-14)', () => {
    const scenario = new LimitScenario([
      limit('rate', 'orderRate', '3', { windowMs: 1_000 }),
      limit('equal', 'duplicateOrder', '1', { windowMs: 500 }),
    ]);
    expect(buy(scenario, 1)).toBeUndefined();
    expect(buy(scenario, 1)).toMatch(
      /^DUPLICATE_ORDER: limit equal: .* 1 used, 2 with this order, 1 allowed/,
    );
    expect(buy(scenario, 2)).toBeUndefined();
    scenario.advance(501);
    expect(buy(scenario, 1)).toBeUndefined();
    expect(buy(scenario, 3)).toMatch(/^ORDER_RATE: limit rate/);
    scenario.advance(1_100);
    scenario.quotes();
    expect(buy(scenario, 3)).toBeUndefined();
  });

  it('disable who executes the same again and again, until a person releases it (R-15)', () => {
    const rule = limit('repeat', 'repeatedExecution', '2', { windowMs: 60_000, scope: { trader: '*' } });
    const scenario = new LimitScenario([rule]);
    for (const number of [1, 2]) {
      scenario.submit({ timeInForce: 'ioc' });
      scenario.fill(`acme.${number}.1`, 100, 108_010);
    }
    expect(scenario.journal.at(-1)?.event).toMatchObject({ type: 'limitTripped', subject: 'trader tess' });
    expect(scenario.refusal()).toMatch(/^LIMIT_TRIPPED: limit repeat: .* disabled until it is released/);
    expect(scenario.refusal({ trader: 'tom' })).toBeUndefined();
    scenario.state = restoreState(scenario.snapshot())!;
    expect(scenario.refusal({ quantity: 7 })).toMatch(/^LIMIT_TRIPPED/);
    const release = { by: 'rita', reason: 'looked at', limit: 'repeat', subject: 'trader tess' };
    const reduce = { side: 'sell', price: 109_000 } as const;
    expect(scenario.refusal({ ...reduce, quantity: 201 })).toMatch(/^LIMIT_TRIPPED/);
    expect(scenario.refusal({ ...reduce, quantity: 150 })).toBeUndefined();
    // What is open counts as done: no two reductions turn the position together.
    expect(scenario.refusal({ ...reduce, quantity: 51 })).toMatch(/^LIMIT_TRIPPED/);
    scenario.do({ kind: 'releaseLimit', commandId: 'release', ...release });
    expect(scenario.refusal({ quantity: 7 })).toBeUndefined();
  });

  it('deal on no quote that is too old (R-16)', () => {
    const scenario = new LimitScenario([limit('age', 'quoteAge', '300')]);
    scenario.advance(200);
    scenario.quote('beta', [107_999, 5_000_000], [108_011, 5_000_000]);
    scenario.advance(200);
    const { events } = scenario.submit({ price: 108_020, timeInForce: 'ioc' });
    expect(events.flatMap((event) => (event.type === 'routeRequested' ? [event.venue] : []))).toEqual([
      'beta',
    ]);
    scenario.advance(200);
    expect(scenario.refusal()).toMatch(
      /^QUOTE_TOO_OLD: limit age: .* 400 ms with this order, 300 ms allowed/,
    );
  });

  it('restrict instruments and sides (R-17)', () => {
    const scenario = new LimitScenario([
      limit('only', 'permitted', '0', { instruments: new Set(['EURUSD']), scope: { trader: 'tess' } }),
      limit('never', 'prohibited', '0', { sides: new Set(['sell']), scope: { account: 'other' } }),
    ]);
    expect(scenario.refusal({ instrument: 'USDJPY', price: 149_900 })).toMatch(
      /^INSTRUMENT_RESTRICTED: limit only/,
    );
    expect(scenario.refusal({ account: 'other', side: 'sell', price: 109_000 })).toMatch(/limit never/);
    expect(scenario.refusal({ account: 'other' })).toBeUndefined();
  });
});

describe('what a limit tells', () => {
  it('warns at its levels once, refuses nothing when it only warns, and tells when it is over (R-18)', () => {
    const scenario = new LimitScenario([limit('warn', 'position', '1000', { action: 'warn' })]);
    for (const quantity of [740, 10, 10, 140, 200]) buy(scenario, quantity);
    expect(reachedOf(scenario)).toEqual([
      ['warn', 75],
      ['warn', 90],
      ['warn', 100],
    ]);
    for (const { clOrdIds } of [...scenario.state.open.values()]) scenario.cancel(clOrdIds[0]!);
    scenario.tick(1_100);
    expect(reachedOf(scenario).at(-1)).toEqual(['warn', 0]);
  });

  it('tells within ticks when rates alone bring it there (R-18)', () => {
    const scenario = new LimitScenario([limit('gross', 'grossPosition', '1000')]);
    buy(scenario, 800);
    scenario.quotes(1_500_000 - 108_000 * 12);
    scenario.tick(1_100);
    expect(reachedOf(scenario)).toEqual([
      ['gross', 75],
      ['gross', 100],
    ]);
  });

  it('says beforehand what an order would do to each limit (R-19)', () => {
    const scenario = new LimitScenario([limit('position', 'position', '1000')]);
    buy(scenario, 400);
    const proposal: Proposal = {
      account: 'main',
      trader: 'tess',
      session: 'CLIENT',
      instrument: 'EURUSD',
      side: 'buy',
      type: 'limit',
      price: 107_000,
      quantity: 700,
      added: 700,
      forcedVenue: undefined,
      isNew: true,
      timeInForce: 'gtc',
    };
    const before = scenario.snapshot();
    expect(previewLimits(scenario.state, scenario.market, proposal, scenario.now)).toMatchObject([
      { before: 400, after: 1_100, most: 1_000, refusal: { code: 'LIMIT_EXCEEDED' } },
    ]);
    expect(scenario.snapshot()).toBe(before);
  });
});

describe('how limits stand', () => {
  it('is listed nearest first, with what is left and what is disabled (R-19)', () => {
    const scenario = new LimitScenario([
      limit('far', 'workingOrders', '100'),
      limit('near', 'position', '1000'),
      limit('repeat', 'repeatedExecution', '1', { windowMs: 60_000, scope: { trader: 'tom' } }),
    ]);
    scenario.submit({ timeInForce: 'ioc', trader: 'tom' });
    scenario.fill('acme.1.1', 100, 108_010);
    buy(scenario, 700);
    expect(limitStandings(scenario.state, scenario.market, scenario.now)).toMatchObject([
      { limit: 'repeat', subject: 'trader tom', tripped: expect.stringContaining('1 equal') as string },
      { limit: 'near', subject: 'firm, EURUSD', use: '800', left: '200', percent: 80 },
      { limit: 'far', use: '1', maximum: '100', percent: 1 },
    ]);
  });
});

describe('conversion', () => {
  it('never makes room by being old: a fall counts when it is confirmed, age only takes (R-10)', () => {
    const scenario = new LimitScenario([limit('value', 'orderNotionalMax', '1080.06')]);
    expect(buy(scenario, 1_000)).toBeUndefined();
    scenario.advance(200);
    scenario.quotes(-500);
    expect(buy(scenario, 1_001)).toMatch(/LIMIT_EXCEEDED/);
    scenario.advance(200);
    scenario.quotes(-500);
    expect(buy(scenario, 1_001)).toBeUndefined();
  });

  it('without a rate refuses what adds, and lets pass what reduces (R-10, R-12)', () => {
    const scenario = new LimitScenario([]);
    scenario.submit({ quantity: 100, timeInForce: 'ioc' });
    scenario.fill('acme.1.1', 100, 108_010);
    scenario.with([limit('chf', 'grossPosition', '1000000', { currency: 'CHF' })]);
    expect(scenario.refusal({ quantity: 1 })).toMatch(
      /^NO_REFERENCE_PRICE: limit chf: .* cannot be valued in CHF/,
    );
    expect(scenario.refusal({ side: 'sell', quantity: 100, price: 108_000 })).toBeUndefined();
  });
});
