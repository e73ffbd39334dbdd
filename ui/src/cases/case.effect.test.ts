import type { CaseDetail } from '@tidegate/wire/cases';
import { describe, expect, it } from 'vitest';
import { effectOf } from './case.effect.ts';
import { caseAge, mayBook, mayCorrect } from './case.words.ts';
import { fieldName, valueWord } from './fix.words.ts';

const detail = (change: object, order: object = {}): CaseDetail =>
  ({
    action: 'fill',
    quantity: '40.00',
    quantityScale: 2,
    execution: null,
    position: { quantity: '-10.00' },
    order: {
      side: 'buy',
      symbol: 'EUR/USD',
      quantity: '100.00',
      filledQuantity: '20.00',
      status: 'new',
      ...order,
    },
    ...change,
  }) as CaseDetail;
const shown = (one: CaseDetail, given?: string): string[] | undefined =>
  effectOf(one, given)?.map(({ before, after }) => `${before} → ${after}`);
const booked = (quantity: string, execType = 'trade') => ({ execution: { quantity, execType } });

describe('what booking does', () => {
  it.each([
    [detail({}), undefined, ['20.00 → 60.00', '80.00 → 40.00', '-10.00 → 30.00']],
    [detail({}), '5', ['20.00 → 25.00', '80.00 → 75.00', '-10.00 → -5.00']],
    [detail({}, { side: 'sell' }), undefined, ['20.00 → 60.00', '80.00 → 40.00', '-10.00 → -50.00']],
    [
      detail({ action: 'bust', quantity: null, ...booked('20.00') }),
      undefined,
      ['20.00 → 0.00', '80.00 → 100.00', '-10.00 → -30.00'],
    ],
    [
      detail({ action: 'correct', quantity: '15.00', ...booked('20.00') }, { status: 'filled' }),
      undefined,
      ['20.00 → 15.00', '0.00 → 0.00', '-10.00 → -15.00'],
    ],
    [
      detail({ action: 'bust', quantity: null, ...booked('20.00', 'cancel') }),
      undefined,
      ['20.00 → 20.00', '80.00 → 80.00', '-10.00 → -10.00'],
    ],
    [
      detail({ action: null, quantity: null, position: null }),
      '100',
      ['20.00 → 120.00', '80.00 → 0.00', '0.00 → 100.00'],
    ],
    [detail({ action: null, quantity: null }), undefined, undefined],
    [detail({ action: 'bust', quantity: null }), undefined, undefined],
    [detail({}), '1.005', undefined],
    [detail({ order: null }), undefined, undefined],
  ])('is said before it is done, %#', (one, given, expected) => {
    expect(shown(one, given)).toEqual(expected);
  });
});

describe('a case', () => {
  it.each([
    [{ state: 'open', action: 'fill', kind: 'MISSING_FILLS', orderId: 'a.1' }, [true, true]],
    [{ state: 'open', action: null, kind: 'UNREADABLE', orderId: 'a.1' }, [false, true]],
    [{ state: 'open', action: 'bust', kind: 'TRADE_BUSTED', orderId: 'a.1' }, [true, false]],
    [{ state: 'open', action: null, kind: 'TRADE_CORRECTED', orderId: 'a.1' }, [false, false]],
    [{ state: 'open', action: null, kind: 'UNKNOWN_ROUTE', orderId: null }, [false, false]],
    [{ state: 'booked', action: 'fill', kind: 'MISSING_FILLS', orderId: 'a.1' }, [false, false]],
  ] as const)('offers what can be done, %#', (one, expected) => {
    expect([mayBook(one), mayCorrect(one)]).toEqual(expected);
  });

  it.each([
    ['2026-11-28T09:59:18.000Z', null, '42 s'],
    ['2026-11-28T09:45:00.000Z', null, '15 min'],
    ['2026-11-26T09:59:00.000Z', null, '2 d'],
    ['2026-11-28T05:00:00.000Z', '2026-11-28T08:30:00.000Z', '3 h'],
  ])('of %s, answered %s, waited %s', (openedAt, resolvedAt, age) => {
    expect(caseAge({ openedAt, resolvedAt }, new Date('2026-11-28T10:00:00.000Z'))).toBe(age);
  });
});

it('names fields and codes, and leaves the provider’s own as they are', () => {
  expect([fieldName(150), valueWord(150, 'H'), valueWord(54, '1')]).toEqual([
    'ExecType',
    'Trade cancel',
    'Buy',
  ]);
  expect([fieldName(9730), valueWord(9730, 'A'), valueWord(150, 'constructor')]).toEqual(['', '', '']);
});
