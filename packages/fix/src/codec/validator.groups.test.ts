/** What entries of repeating groups must have, by the dictionary. */
import { describe, expect, it } from 'vitest';
import { Dictionary } from '../dictionary/dictionary.ts';
import { fix44Table } from '../dictionary/fix44.ts';
import { decodeFrame } from './decoder.ts';
import { latin1Bytes, naiveFrame, type NaiveField } from './naive.ts';
import { Validator, type Violation } from './validator.ts';

/** Our FIX 4.4 lets Symbol be absent; QuickFIX's does not. */
const own = new Dictionary({
  ...fix44Table,
  components: fix44Table.components.map((line) => line.replace(/^Instrument 55 /, 'Instrument 55! ')),
});
const HEADER: readonly NaiveField[] = [
  [49, 'A'],
  [56, 'B'],
  [34, '5'],
  [52, '20260310-12:00:00.123'],
];

function check(msgType: string, fields: readonly NaiveField[]): Violation | undefined {
  return new Validator(own).validate(decodeFrame(latin1Bytes(naiveFrame(msgType, fields)), own));
}

describe('a group entry', () => {
  const LIST: readonly NaiveField[] = [
    ...HEADER,
    [66, 'list'],
    [394, '3'],
    [68, '2'],
    [73, '2'],
    [11, 'a'],
    [67, '1'],
    [55, 'EUR/USD'],
    [54, '1'],
    [38, '1'],
    [11, 'b'],
    [67, '2'],
  ];

  it('needs what a component that it needs has', () => {
    expect(check('E', [...LIST, [55, 'EUR/USD'], [54, '1'], [38, '1']])).toBeUndefined();
    expect(check('E', [...LIST, [54, '1'], [38, '1']])).toMatchObject({
      sessionRejectReason: 1,
      refTagId: 55,
    });
  });

  it('does not need what a component that it may leave out has', () => {
    // UndInstrmtGrp is optional, and so are its entries' fields.
    expect(
      check('E', [...LIST, [55, 'EUR/USD'], [711, '1'], [311, 'x'], [54, '1'], [38, '1']]),
    ).toBeUndefined();
  });
});
