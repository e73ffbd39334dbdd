/** The ticket's fields against the instrument. */
import { describe, expect, it } from 'vitest';
import { checkTicket, stepPrice, timesInForce, type TicketFields } from './ticket.validation.ts';

const instrument = {
  id: 'EURUSD',
  symbol: 'EUR/USD',
  baseCurrency: 'EUR',
  quoteCurrency: 'USD',
  priceScale: 5,
  quantityScale: 2,
  pipScale: 4,
  quantityMin: '1000',
  quantityMax: '50000000',
  quantityStep: '1000',
};
const limit: TicketFields = {
  side: 'buy',
  type: 'limit',
  timeInForce: 'day',
  quantity: '1m',
  price: '1.0841',
};

describe('checkTicket', () => {
  it('makes a limit order at the scales of the instrument', () => {
    expect(checkTicket(limit, instrument)).toMatchObject({
      ok: true,
      order: {
        instrument: 'EURUSD',
        side: 'buy',
        type: 'limit',
        quantity: '1000000',
        timeInForce: 'day',
        price: '1.08410',
      },
    });
  });
  it('makes a market order without a price, whatever is in the field', () => {
    const check = checkTicket({ ...limit, type: 'market', timeInForce: 'fok', price: 'x' }, instrument);
    expect(check).toMatchObject({
      ok: true,
      order: { instrument: 'EURUSD', side: 'buy', type: 'market', quantity: '1000000', timeInForce: 'fok' },
    });
  });
  it.each([
    [{ quantity: '1.5' }, 'quantity'],
    [{ quantity: '' }, 'quantity'],
    [{ quantity: '2,5m' }, 'quantity'],
    [{ quantity: '10,00' }, 'quantity'],
    [{ price: '' }, 'price'],
    [{ price: '1.084123' }, 'price'],
    [{ price: '1,08' }, 'price'],
    [{ price: '1,084.1' }, 'price'],
    [{ price: '1.084.1' }, 'price'],
    [{ price: '1.' }, 'price'],
    [{ price: '1e3' }, 'price'],
    [{ price: '1k' }, 'price'],
    [{ price: '0' }, 'price'],
    [{ price: '-1' }, 'price'],
    [{ type: 'market' }, 'timeInForce'],
  ] as const)('refuses %j', (change, field) => {
    expect(checkTicket({ ...limit, ...change }, instrument)).toMatchObject({ ok: false, field });
  });
  it('lets a market order neither rest for a day nor until cancelled', () => {
    expect(timesInForce.market).toEqual(['ioc', 'fok']);
  });
});

it('steps a price by points and leaves rubbish alone', () => {
  expect([
    stepPrice('1.0841', 1, instrument),
    stepPrice('1.08410', -10, instrument),
    stepPrice('0', -5, instrument),
    stepPrice('x', 1, instrument),
  ]).toEqual(['1.08411', '1.08400', '0.00001', 'x']);
});
