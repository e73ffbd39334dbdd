/** What providers say of routes, as reports: fills that must not be lost, ends that must not be invented. */
import type { Instrument } from '@tidegate/core/market/instrument';
import { decodeFrame } from '@tidegate/fix/codec/decoder';
import type { Message } from '@tidegate/fix/codec/fields';
import { latin1Bytes, naiveFrame } from '@tidegate/fix/codec/naive';
import { loadDictionary } from '@tidegate/fix/dictionary/load';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eurusd, leapMoments, spelled } from '../instrument.fixture.ts';
import { instrumentIndex } from '../instruments.ts';
import { readBusinessReject, readCancelReject, readVenueReport } from './venue.reports.ts';

const dictionary = loadDictionary('FIX.4.4');
let configured: ReadonlyMap<string, Instrument> = new Map([[eurusd.id, eurusd]]);
const instruments = instrumentIndex(() => configured);

function message(msgType: string, fields: Readonly<Record<number, string>>): Message {
  const header = { 49: 'ALPHA', 56: 'TIDEGATE-OE', 34: '7', 52: '20261123-12:00:00.000' };
  const all = Object.entries({ ...header, ...fields }).map(([tag, value]) => [Number(tag), value] as const);
  return decodeFrame(latin1Bytes(naiveFrame(msgType, all)), dictionary);
}

/** An ExecutionReport of route acme.7.1 with these fields besides what each has. */
const report = (fields: Readonly<Record<number, string>>): Message =>
  message('8', {
    37: 'V1',
    11: 'acme.7.1',
    17: 'E1',
    55: 'EUR/USD',
    54: '1',
    14: '0',
    151: '1000',
    6: '0',
    ...fields,
  });

const read = (fields: Readonly<Record<number, string>>) =>
  readVenueReport(report(fields), 'alpha', instruments);

describe('execution reports', () => {
  it('tell a fill in points and lots, once per ExecID of the venue', () => {
    expect(read({ 150: 'F', 39: '1', 32: '400.5', 31: '1.08753', 14: '400.5' })).toEqual({
      kind: 'venueReport',
      venue: 'alpha',
      routeId: 'acme.7.1',
      report: 'filled',
      venueExecId: 'E1',
      commandId: 'alpha:acme.7.1:filled:E1',
      venueOrderId: 'V1',
      cumQuantity: 40_050,
      instrument: 'EURUSD',
      symbol: 'EUR/USD',
      side: 'buy',
      raw: expect.stringContaining('|17=E1|'),
      lastQuantity: 40_050,
      lastPrice: 108_753,
    });
  });

  it('find their route under the ClOrdID of a cancel or replace too', () => {
    expect(read({ 150: '4', 39: '4', 11: 'acme.7.1.c2' })).toMatchObject({
      routeId: 'acme.7.1',
      report: 'canceled',
    });
    expect(read({ 150: '5', 39: '0', 11: 'acme.7.1.r1' })).toMatchObject({
      routeId: 'acme.7.1',
      report: 'replaced',
    });
  });

  it('are never lost for a fill whose amounts do not fit: the desk makes a case of them', () => {
    const good = { 150: 'F', 39: '1', 32: '1', 31: '1.1' };
    expect(read(good)).toMatchObject({ report: 'filled', lastQuantity: 100, lastPrice: 110_000 });
    const fine = read({ ...good, 31: '1.123456789' });
    expect(fine).toMatchObject({ report: 'filled', exactPrice: '1.123456789' });
    expect(fine).not.toHaveProperty('lastPrice');
    for (const bad of [{ 32: '0' }, { 32: '0.001' }, { 32: '-5' }])
      expect(read({ ...good, ...bad })).not.toHaveProperty('lastQuantity');
    expect(read({ ...good, 55: 'XXX/YYY' })).toMatchObject({ report: 'filled', symbol: 'XXX/YYY' });
    expect(read({ ...good, 14: '0.001' })?.report).toBe('unreadable');
    expect(read({ 150: 'Z', 39: '1' })?.report).toBe('unreadable');
    expect(read(good)?.raw).toMatch(/^8=FIX\.4\.4\|.*\|31=1\.1\|/);
  });

  it('mean the same however their numbers are spelled', () => {
    const quantities = spelled(eurusd.quantityScale);
    fc.assert(
      fc.property(spelled(eurusd.priceScale), quantities, quantities, (price, last, cumulative) => {
        const numbers = { 31: price.text, 6: price.text, 32: last.text, 14: cumulative.text };
        expect(read({ 150: 'F', 39: '1', ...numbers })).toMatchObject({
          report: 'filled',
          lastPrice: price.scaled,
          averagePrice: price.scaled,
          lastQuantity: last.scaled,
          cumQuantity: cumulative.scaled,
        });
      }),
    );
  });

  it.each(['0', '.0', '0.', '00.000', '0.000000000000000'])(
    'are final when nothing is left: %s',
    (leaves) => {
      expect(read({ 150: '4', 39: '4', 151: leaves })).toMatchObject({ isFinal: true });
      expect(read({ 150: '4', 39: '4', 151: `${leaves.replace('0', '5')}` })).not.toHaveProperty('isFinal');
    },
  );

  it.each(leapMoments)('are told of a leap second: %s', (moment) => {
    const fill = { 150: 'F', 39: '2', 32: '1', 31: '1.1', 14: '1', 60: moment, 52: moment };
    expect(read(fill)).toMatchObject({ report: 'filled', lastPrice: 110_000 });
  });

  it('tell a fill of an instrument that has just left the configuration', () => {
    const before = configured;
    const fill = { 150: 'F', 39: '2', 32: '1', 31: '1.1' };
    expect(read(fill)?.report).toBe('filled');
    configured = new Map();
    expect(read(fill)?.lastPrice).toBe(110_000);
    configured = before;
  });

  it('end a route that the venue refuses, but not for a duplicate ClOrdID: that one it has already', () => {
    expect(read({ 150: '8', 39: '8', 103: '0', 58: 'no' })).toMatchObject({ report: 'rejected', text: 'no' });
    expect(read({ 150: '8', 39: '8' })).toMatchObject({ report: 'rejected' });
    expect(read({ 150: '8', 39: '8', 103: '6', 58: 'duplicate' })).toBeUndefined();
  });

  it('change nothing while something is pending', () => {
    for (const execType of ['6', 'A', 'E', '7', '9', 'B'])
      expect(read({ 150: execType, 39: '0' })).toBeUndefined();
  });

  it('say which fill a venue takes back or corrects', () => {
    expect(read({ 150: 'H', 39: '1', 19: 'E0' })).toMatchObject({ report: 'busted', refExecId: 'E0' });
    expect(read({ 150: 'G', 39: '1', 19: 'E0', 32: '5', 31: '1.2' })).toMatchObject({
      report: 'corrected',
      refExecId: 'E0',
      lastQuantity: 500,
      lastPrice: 120_000,
    });
  });

  it('say that the venue is done, whatever we think is left', () => {
    expect(read({ 150: 'F', 39: '2', 151: '0', 32: '1', 31: '1.1' })).toMatchObject({ isFinal: true });
    expect(read({ 150: 'F', 39: '1', 151: '0', 32: '1', 31: '1.1' })).not.toHaveProperty('isFinal');
    expect(read({ 150: 'D', 39: '4', 151: '0', 58: 'closed early' })).toMatchObject({
      report: 'canceled',
      text: 'closed early',
    });
  });
});

describe('answers to a status request', () => {
  const status = (fields: Readonly<Record<number, string>>) => read({ 150: 'I', 17: '0', ...fields })?.report;

  it('tell how the order stands; its fills come as reports of their own', () => {
    expect(['0', '1', '6', 'A', 'E'].map((ordStatus) => status({ 39: ordStatus }))).toEqual(
      Array.from({ length: 5 }, () => 'acknowledged'),
    );
    expect(['2', '4', 'C', '3'].map((ordStatus) => status({ 39: ordStatus }))).toEqual([
      'canceled',
      'canceled',
      'expired',
      'expired',
    ]);
  });

  it('tell an order that the venue never had from one that it rejected', () => {
    expect(status({ 39: '8', 103: '5' })).toBe('unknownOrder');
    expect(status({ 39: '8', 103: '0' })).toBe('rejected');
  });
});

describe('refusals', () => {
  it('of a cancel name the route by OrigClOrdID', () => {
    const reject = message('9', { 37: 'V1', 11: 'acme.7.1.c1', 41: 'acme.7.1', 39: '2', 434: '1', 102: '0' });
    expect(readCancelReject(reject, 'alpha')).toMatchObject({
      routeId: 'acme.7.1',
      report: 'cancelRejected',
      commandId: 'alpha:acme.7.1.c1:cancelRejected',
      text: 'CxlRejReason 0',
    });
  });

  it('by BusinessMessageReject leave a route as it was when a cancel or replace is meant', () => {
    const refused = { routeId: 'acme.7.1', report: 'cancelRejected' };
    const fields = { 45: '5', 379: 'acme.7.1.c2', 380: '4', 58: 'not now' };
    expect(readBusinessReject(message('j', { ...fields, 372: 'F' }), 'alpha', undefined)).toMatchObject({
      ...refused,
      commandId: 'alpha:acme.7.1.c2:cancelRejected',
      text: 'not now',
    });
    const unnamed = message('j', { 45: '5', 372: 'G', 380: '4' });
    expect(readBusinessReject(unnamed, 'alpha', 'acme.7.1.r1')).toMatchObject(refused);
  });

  it('by BusinessMessageReject end a route only for its order', () => {
    const fields = { 45: '5', 379: 'acme.7.1', 380: '3', 58: 'unsupported' };
    expect(readBusinessReject(message('j', { ...fields, 372: 'D' }), 'alpha', undefined)).toMatchObject({
      routeId: 'acme.7.1',
      report: 'rejected',
    });
    for (const other of ['F', 'H'])
      expect(readBusinessReject(message('j', { ...fields, 372: other }), 'alpha', undefined)).toBeUndefined();
    expect(
      readBusinessReject(message('j', { 45: '5', 372: 'D', 380: '3' }), 'alpha', 'acme.9.1')?.routeId,
    ).toBe('acme.9.1');
  });
});
