/** Bodies of records: whatever is written is read again as it was, and takes less than half. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBody, writeBody } from './journal.body.ts';

const atMs = 1_790_000_000_000;
const origin = { channel: 'fix', client: 'DEMO1@port-01' };
const accepted = {
  type: 'orderAccepted',
  orderId: 'demo1.1',
  commandId: 'DEMO1@port-01:1790000000000:12',
  origin,
  account: 'demo1-main',
  trader: 'fix',
  clOrdId: 'abc-1',
  instrument: 'EURUSD',
  side: 'buy',
  orderType: 'limit',
  price: 108_000,
  quantity: 10,
  timeInForce: 'ioc',
  priceScale: 5,
  quantityScale: 0,
};
const { type: _type, commandId: _commandId, ...terms } = accepted;
const image = {
  ...terms,
  status: 'new',
  filled: 0,
  leaves: 10,
  notional: '0',
  unknown: false,
  text: '',
  createdAtMs: atMs,
  updatedAtMs: atMs,
};
const filled = {
  type: 'routeFilled',
  orderId: 'demo1.1',
  routeId: 'demo1.1.1',
  commandId: 'alpha:X1',
  venue: 'alpha',
  venueExecId: 'X1',
  quantity: 4,
  venuePrice: 107_999,
  clientPrice: 108_000,
};
const position = {
  account: 'demo1-main',
  instrument: 'EURUSD',
  quantity: 4,
  cost: '432000',
  realized: '0',
  priceScale: 5,
  quantityScale: 0,
};

function again(type: string, body: object): { readonly version: number; readonly body: object } {
  const { version, text } = writeBody(type, atMs, body);
  expect(text).not.toContain('\n');
  return { version, body: readBody(version, type, atMs, JSON.parse(text)) };
}

describe('a body', () => {
  it('is read as it was written, without saying anything twice', () => {
    const evidence = [
      { quoteId: 'q1', ageMs: 3, price: 108_001 },
      { quoteId: 'q2', ageMs: 0, price: 108_002 },
    ];
    const requested = { type: 'routeRequested', orderId: 'demo1.1', routeId: 'demo1.1.1', evidence };
    const bodies = [
      { event: accepted, order: image },
      { event: { ...requested, price: 1, markup: 0 }, order: { ...image, price: undefined } },
      { event: { ...requested, evidence: [] }, order: image, numbering: { from: 5, base: 1_000 } },
      { event: filled, order: { ...image, filled: 4, leaves: 6, notional: '432000' }, position },
    ];
    for (const body of bodies) {
      expect(again(body.event.type, body)).toEqual({ version: 2, body: JSON.parse(JSON.stringify(body)) });
      const { text } = writeBody(body.event.type, atMs, body);
      expect(text.length).toBeLessThan(0.5 * JSON.stringify(body).length);
    }
  });

  it('tells an order without a price from one whose price its route has', () => {
    const event = { type: 'routeRequested', orderId: 'demo1.1', price: 108_000, quantity: 10 };
    const { price: _price, ...market } = { ...image, orderType: 'market' };
    expect(again('routeRequested', { event, order: market }).body).toEqual({ event, order: market });
  });

  it('that has no place for something is written by name', () => {
    for (const body of [
      { number: 1 },
      { event: { ...accepted, ofALaterRelease: 1 } },
      { event: accepted, more: 1 },
      { event: { ...accepted, origin: { ...origin, more: 1 } } },
      { event: { ...accepted, account: null } },
      { event: filled, position },
    ])
      expect(again('orderAccepted', body)).toEqual({ version: 1, body });
    expect(again('ofALaterRelease', { event: { type: 'ofALaterRelease' } })).toMatchObject({ version: 1 });
  });

  it('of a later release is refused by name', () => {
    expect(() => readBody(3, 'orderAccepted', atMs, [])).toThrow('version 3 and type orderAccepted');
    expect(() => readBody(2, 'ofALaterRelease', atMs, [])).toThrow('type ofALaterRelease');
  });

  it('survives with any fields, present or not, alike or not', () => {
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(''), fc.constant(0));
    const anyOf = (fields: object) =>
      fc
        .tuple(...Object.keys(fields).map((name) => fc.tuple(fc.constant(name), anyValue(name, fields))))
        .map((entries) => Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as object);
    const anyValue = (name: string, fields: object): fc.Arbitrary<unknown> => {
      const usual = fc.constant((fields as Record<string, unknown>)[name]);
      if (name === 'type') return usual;
      if (name === 'origin') return fc.oneof(usual, fc.constant({ channel: 'ui', client: '' }));
      return fc.oneof(usual, usual, scalar, fc.constant(undefined));
    };
    const anyBody = fc.record(
      { event: fc.oneof(anyOf(accepted), anyOf(filled)), order: anyOf(image), position: anyOf(position) },
      { requiredKeys: ['event'] },
    );
    fc.assert(
      fc.property(anyBody, (body) => {
        const { type } = body.event as { type: string };
        expect(again(type, body).body).toEqual(body);
      }),
      { numRuns: 2_000 },
    );
  });
});
