import { beforeEach, describe, expect, it } from 'vitest';
import { creditValue } from '../market/conversion.ts';
import { EURJPY, EURUSD, Scenario, typesOf, USDJPY } from '../order/desk.fixture.ts';
import { MONEY_SCALE } from '../market/market.ts';
import type { SubmitOrder } from '../order/order.ts';
import { collarPrice, ORDER_CHECKS } from './risk.ts';

let scenario: Scenario;

beforeEach(() => {
  scenario = new Scenario();
  scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
});

function refusalOf(change: Partial<SubmitOrder>): { code: string; text: string } | undefined {
  const { events, reply } = scenario.submit(change);
  if (reply.refusal === undefined) return undefined;
  expect(typesOf(events)).toEqual(['orderRefused']);
  expect(events[0]).toMatchObject(reply.refusal);
  return reply.refusal;
}

describe('the checks of a new order', () => {
  it('are made in this order', () => {
    expect(ORDER_CHECKS.map(({ name }) => name)).toEqual([
      'journal',
      'tradingState',
      'stopped',
      'instrumentPermitted',
      'account',
      'quantity',
      'hours',
      'pricePresence',
      'reduceOnly',
      'orderRate',
      'openOrders',
      'venue',
      'crossed',
      'referencePrice',
      'collar',
      'notional',
      'limits',
    ]);
  });

  it.each<[string, Partial<SubmitOrder>, string]>([
    ['UNKNOWN_INSTRUMENT', { instrument: 'XAUUSD' }, 'instrument XAUUSD is not known'],
    ['INSTRUMENT_NOT_PERMITTED', { instrument: 'EURJPY' }, 'EURJPY is not permitted for this firm'],
    ['UNKNOWN_ACCOUNT', { account: 'theirs' }, 'account theirs is not known'],
    ['QUANTITY_TOO_SMALL', { quantity: 0 }, 'quantity 0 is under 1'],
    ['QUANTITY_TOO_SMALL', { quantity: 1.5 }, 'the quantity is not a number'],
    ['QUANTITY_TOO_LARGE', { quantity: 10_000_001 }, 'quantity 10000001 is over 10000000'],
    ['PRICE_MISSING', { price: 0 }, 'a limit order needs a price greater than zero'],
    ['PRICE_NOT_ALLOWED', { type: 'market', price: 108_010 }, 'a market order has no price'],
    [
      'PRICE_OUTSIDE_COLLAR',
      { price: 109_086 },
      'buy at 1.09086 is beyond 1.09085, 100 basis points from the reference 1.08005',
    ],
    [
      'PRICE_OUTSIDE_COLLAR',
      { side: 'sell', price: 106_924 },
      'sell at 1.06924 is beyond 1.06925, 100 basis points from the reference 1.08005',
    ],
    [
      'NOTIONAL_TOO_LARGE',
      { quantity: 9_258_773 },
      'order value 10000400.72 USD is over the limit 10000000 USD',
    ],
    [
      'NO_REFERENCE_PRICE',
      { instrument: 'USDJPY', price: 150_000 },
      'no two-sided price of USDJPY to check the order with',
    ],
    ['VENUE_UNAVAILABLE', { forcedVenue: 'delta' }, 'venue delta takes no orders in EURUSD now'],
  ])('refuse with %s', (code, change, text) => {
    expect(refusalOf(change)).toEqual({ code, text });
  });

  it.each<Partial<SubmitOrder>>([
    { price: 109_085 },
    { side: 'sell', price: 106_925 },
    { side: 'sell', price: 900_000, quantity: 1 },
    { price: 1 },
    { quantity: 9_258_401 },
    { type: 'market' },
    { account: 'other' },
  ])('let %j pass', (change) => {
    expect(refusalOf(change)).toBeUndefined();
  });

  it('keep to the step of the instrument', () => {
    const coarse = { ...EURUSD, quantityStep: 10 };
    scenario.market = { ...scenario.market, instrument: () => coarse };
    expect(refusalOf({ quantity: 105 })).toEqual({
      code: 'QUANTITY_STEP',
      text: 'quantity 105 is not a multiple of 10',
    });
  });

  it('limit the orders of any one second, refused ones included', () => {
    scenario.limits({ ordersPerSecondMax: 3 });
    for (const account of ['main', 'nobody', 'main']) scenario.submit({ account, price: 100_000 });
    const text = '3 orders in the last second; the limit is 3';
    expect(refusalOf({})).toEqual({ code: 'ORDER_RATE', text });
    scenario.advance(900);
    expect(refusalOf({})?.code).toBe('ORDER_RATE');
    scenario.advance(100);
    expect(refusalOf({})).toBeUndefined();
  });

  it('never limit cancels', () => {
    scenario.limits({ ordersPerSecondMax: 1 });
    scenario.submit({ clOrdId: 'A', price: 100_000 });
    expect(scenario.cancel('A').reply.refusal).toBeUndefined();
    expect(scenario.order().outcome).toBe('canceled');
  });

  it('limit how many orders are open', () => {
    scenario.limits({ openOrdersMax: 2 });
    scenario.submit({ clOrdId: 'A', price: 100_000 });
    scenario.submit({ price: 100_000 });
    expect(refusalOf({})?.code).toBe('TOO_MANY_OPEN_ORDERS');
    scenario.cancel('A');
    expect(refusalOf({ price: 100_000 })).toBeUndefined();
  });
});

describe('trading states', () => {
  const set = (state: 'active' | 'reducing' | 'halted'): string[] =>
    typesOf(
      scenario.do({
        kind: 'setTradingState',
        commandId: `set-${scenario.state.sequence}`,
        by: 'rita',
        reason: 'drill',
        state,
      }).events,
    );

  it('halted refuses every order and cancels what is open', () => {
    scenario.submit({ clOrdId: 'A', price: 100_000 });
    expect(set('halted')).toEqual(['tradingStateChanged', 'cancelRequested', 'orderClosed']);
    expect(scenario.order()).toMatchObject({ outcome: 'canceled', text: 'trading halted: drill (rita)' });
    const text = 'trading is halted; only cancels are accepted';
    expect(refusalOf({})).toEqual({ code: 'TRADING_HALTED', text });
    expect(set('active')).toEqual(['tradingStateChanged']);
    expect(refusalOf({})).toBeUndefined();
  });

  it('reducing allows what brings the account towards zero, open reducing orders counted', () => {
    scenario.submit({ quantity: 100 });
    scenario.fill('acme.1.1', 100, 108_010);
    set('reducing');
    expect(refusalOf({ quantity: 1 })?.code).toBe('REDUCE_ONLY');
    expect(refusalOf({ side: 'sell', quantity: 101, price: 109_000 })).toEqual({
      code: 'REDUCE_ONLY',
      text: 'only orders that reduce the position are accepted: sell up to 100, not 101',
    });
    expect(refusalOf({ side: 'sell', quantity: 60, price: 109_000, clOrdId: 'S' })).toBeUndefined();
    expect(refusalOf({ side: 'sell', quantity: 41, price: 109_000 })?.code).toBe('REDUCE_ONLY');
    const flat = { side: 'sell', quantity: 1, account: 'other', price: 109_000 } as const;
    expect(refusalOf(flat)?.code).toBe('REDUCE_ONLY');
    expect(scenario.replace('S', { quantity: 101, price: 109_000 }).reply.refusal?.code).toBe('REDUCE_ONLY');
    expect(scenario.replace('S', { quantity: 100, price: 109_000 }).reply.refusal).toBeUndefined();
  });

  it('while reducing, an order accepted before routes no more than closes the position', () => {
    scenario.submit({ quantity: 100 });
    scenario.fill('acme.1.1', 100, 108_010);
    scenario.submit({ side: 'sell', quantity: 150, price: 108_200 });
    set('reducing');
    scenario.quote('alpha', [108_300, 1_000], [108_310, 1_000]);
    expect(scenario.rest()).toMatchObject([{ type: 'routeRequested', side: 'sell', quantity: 100 }]);
    expect(scenario.rest()).toEqual([]);
  });
});

describe('collarPrice', () => {
  it('rounds towards the reference and stays positive', () => {
    expect(collarPrice('buy', 201, 100)).toBe(101);
    expect(collarPrice('sell', 201, 100)).toBe(100);
    expect(collarPrice('sell', 201, 10_000)).toBe(1);
  });
});

describe('creditValue', () => {
  const money = (whole: number): bigint => BigInt(whole) * 10n ** BigInt(MONEY_SCALE);
  const inCurrency = (creditCurrency: string): typeof scenario.market => ({
    ...scenario.market,
    firm: { ...scenario.firm, creditCurrency },
  });
  const value = (currency: string, instrument = EURUSD): bigint | undefined =>
    creditValue(inCurrency(currency), instrument, 1_000, 2 * 108_000, scenario.now);

  beforeEach(() => {
    scenario.quote('alpha', [149_990, 1_000], [150_010, 1_000], USDJPY);
  });

  it('is the quantity in the base currency and price × quantity in the quote currency', () => {
    expect(value('EUR')).toBe(money(1_000));
    expect(value('USD')).toBe(money(1_080));
  });

  it('goes through the mids of other books', () => {
    expect(value('JPY')).toBe(money(162_000));
    // 1,000 USD at 108.000 = 108,000 JPY, and 108,000 JPY / 150.000 = 720 USD = 720 / 1.08005 EUR.
    expect(value('EUR', USDJPY)).toBe(66_663_580_390n);
    expect(value('EUR', EURJPY)).toBe(money(1_000));
    expect(value('USD', EURJPY)).toBe(money(720));
  });

  it('is not known without a chain of prices', () => {
    expect(value('GBP')).toBeUndefined();
    scenario.advance(60_001);
    expect(value('JPY')).toBeUndefined();
  });
});
