/**
 * What clients write is read as they mean it: decimals in every form that FIX has, and whose order they mean.
 */
import { decodeFrame } from '@tidegate/fix/codec/decoder';
import type { Message } from '@tidegate/fix/codec/fields';
import { latin1Bytes, naiveFrame } from '@tidegate/fix/codec/naive';
import { loadDictionary } from '@tidegate/fix/dictionary/load';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eurusd, leapMoments, spelled } from '../instrument.fixture.ts';
import { readCancel, readNewOrder, readReplace, type Sender } from './client.messages.ts';

const dictionary = loadDictionary('FIX.4.4');
const sender: Sender = {
  origin: { channel: 'fix', client: 'acme@port-01' },
  account: 'main',
  trader: 'acme',
  commandId: 'k',
  horizon: { immediateMs: 2_000, restingMs: 10_000 },
  nowMs: Date.UTC(2026, 10, 23, 12),
  instrumentBySymbol: (symbol) => (symbol === eurusd.symbol ? eurusd : undefined),
};

function message(msgType: string, fields: Readonly<Record<number, string>>): Message {
  const header = { 49: 'ACME', 56: 'TIDEGATE', 34: '7', 52: '20261123-12:00:00.000' };
  const order = { 11: 'x', 55: 'EUR/USD', 54: '1', 60: '20261123-12:00:00', 38: '10', 40: '2', 44: '1.1' };
  const change = msgType === 'D' ? {} : { 41: 'w' };
  const all = Object.entries({ ...header, ...change, ...order, ...fields });
  return decodeFrame(
    latin1Bytes(
      naiveFrame(
        msgType,
        all.map(([tag, value]) => [Number(tag), value] as const),
      ),
    ),
    dictionary,
  );
}

const newOrder = (fields: Readonly<Record<number, string>>) => readNewOrder(message('D', fields), sender);
const replace = (fields: Readonly<Record<number, string>>) => readReplace(message('G', fields), sender);

describe('decimals of clients', () => {
  it.each([
    ['.5', 50_000],
    ['0.5', 50_000],
    ['1.', 100_000],
    ['0001.10000', 110_000],
    ['1.10000000000000', 110_000],
    ['1.0870000000000000000', 108_700],
    ['000000000000001.1', 110_000],
  ])('are read in each form that FIX has: %s', (text, price) => {
    expect(newOrder({ 44: text })).toMatchObject({ kind: 'submit', price });
    expect(replace({ 44: text })).toMatchObject({ kind: 'replace', price });
  });

  it('are quantities, too', () => {
    for (const text of ['.5', '0.50', '0.500000000000000'])
      expect(newOrder({ 38: text })).toMatchObject({ kind: 'submit', quantity: 50 });
  });

  it.each(['1.087531', '1.00000000000001', '0', '.0', '-1', '99999999999999999'])(
    'are refused, never rounded: %s',
    (text) => {
      expect(newOrder({ 44: text })).toMatchObject({ kind: 'refuse', code: 'PRICE_SCALE' });
      expect(replace({ 44: text })).toMatch(/^PRICE_SCALE/);
    },
  );

  it('mean the same however they are spelled', () => {
    const quantities = spelled(eurusd.quantityScale);
    fc.assert(
      fc.property(spelled(eurusd.priceScale), quantities, (price, quantity) => {
        const meant = { price: price.scaled, quantity: quantity.scaled };
        expect(newOrder({ 44: price.text, 38: quantity.text })).toMatchObject(meant);
        expect(replace({ 44: price.text, 38: quantity.text })).toMatchObject(meant);
      }),
    );
  });

  it.each(leapMoments)('and a leap second end nothing: %s', (moment) => {
    expect(newOrder({ 60: moment }).kind).toBe('submit');
    expect(replace({ 60: moment })).toMatchObject({ kind: 'replace' });
    // Sent in the leap second: as old as the first moment of the next day.
    const sent = newOrder({ 52: moment });
    expect(sent).toMatchObject({ decideUntilMs: expect.closeTo(Date.UTC(2017, 0, 1) + 10_999, -4) });
  });
});

describe('what a cancel or replace says of its order', () => {
  it('is read in our words, and as it was written where we have none', () => {
    const said = { 37: 'acme.1', 1: 'main', 59: '1' };
    const meant = {
      orderId: 'acme.1',
      account: 'main',
      instrument: 'EURUSD',
      side: 'buy',
      orderType: 'limit',
      timeInForce: 'gtc',
    };
    expect(replace(said)).toMatchObject({ meant });
    const cancel = readCancel(message('F', { 55: 'USD/XXX', 54: '5' }), sender);
    expect(cancel.meant).toMatchObject({ instrument: 'USD/XXX', side: '5' });
  });

  it('leaves out what it does not say', () => {
    const { meant } = readCancel(message('F', { 37: 'NONE' }), sender);
    expect(meant).toEqual({ instrument: 'EURUSD', side: 'buy', orderType: 'limit' });
  });
});
