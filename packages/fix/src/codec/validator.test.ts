import { describe, expect, it } from 'vitest';
import { Dictionary } from '../dictionary/dictionary.ts';
import { fix44Table } from '../dictionary/fix44.ts';
import { loadFix44 } from '../dictionary/load.ts';
import { decodeFrame } from './decoder.ts';
import { latin1Bytes, naiveFrame } from './naive.ts';
import type { NaiveField } from './naive.ts';
import {
  encodeSample,
  writeExecutionReport,
  writeMarketData,
  writeNewOrderList,
  writeNewOrderSingle,
} from './samples.ts';
import { RejectReason, Validator } from './validator.ts';
import type { ValidatorSwitches, Violation } from './validator.ts';

const dictionary = loadFix44();
const HEADER: readonly NaiveField[] = [
  [49, 'A'],
  [56, 'B'],
  [34, '5'],
  [52, '20260310-12:00:00.123'],
];
const ORDER: readonly NaiveField[] = [
  [11, 'id'],
  [55, 'EUR/USD'],
  [54, '1'],
  [60, '20260310-12:00:00'],
  [38, '1000'],
  [40, '1'],
];
const PARTIES: readonly NaiveField[] = [
  [453, '2'],
  [448, 'a'],
  [447, 'D'],
  [452, '11'],
  [448, 'b'],
  [447, 'D'],
  [452, '1'],
];

function check(
  msgType: string,
  fields: readonly NaiveField[],
  switches?: ValidatorSwitches,
): Violation | undefined {
  return new Validator(dictionary, switches).validate(
    decodeFrame(latin1Bytes(naiveFrame(msgType, fields)), dictionary),
  );
}

/** Reason and tag for an order with these further fields; nothing when it passes. */
function order(
  further: readonly NaiveField[],
  switches?: ValidatorSwitches,
): [number, number | undefined] | undefined {
  const violation = check('D', [...HEADER, ...ORDER, ...further], switches);
  return violation === undefined ? undefined : [violation.sessionRejectReason, violation.refTagId];
}

describe('a valid message', () => {
  it('passes', () => {
    const validator = new Validator(dictionary);
    const samples = [
      ['D', writeNewOrderSingle],
      ['8', writeExecutionReport],
      ['W', writeMarketData],
      ['E', writeNewOrderList],
    ] as const;
    for (const [type, write] of samples) {
      expect(validator.validate(decodeFrame(encodeSample(type, write), dictionary))).toBeUndefined();
    }
    expect(order(PARTIES)).toBeUndefined();
  });
});

describe('tags', () => {
  it('that are malformed or in no dictionary are invalid (0)', () => {
    expect(order([[999, 'x']])).toEqual([RejectReason.invalidTagNumber, 999]);
    const zero = naiveFrame('D', [...HEADER, ...ORDER, [0, 'x']]);
    expect(new Validator(dictionary).validate(decodeFrame(latin1Bytes(zero), dictionary))).toEqual({
      sessionRejectReason: 0,
      text: 'Invalid tag number',
    });
    expect(order([[0, 'x']], { allowUnknownMsgFields: true, validateUserDefinedFields: false })).toEqual([
      RejectReason.invalidTagNumber,
      undefined,
    ]);
  });

  it('that are required must be there (1)', () => {
    for (const tag of [11, 54, 60, 40]) {
      const fields = [...HEADER, ...ORDER].filter(([other]) => other !== tag);
      expect(check('D', fields)).toEqual({
        sessionRejectReason: 1,
        refTagId: tag,
        text: 'Required tag missing',
      });
      expect(check('D', fields, { checkRequired: false })).toBeUndefined();
    }
    expect(check('D', [...HEADER.slice(1), ...ORDER])?.refTagId).toBe(49);
  });

  it('that are required in a group entry must be there, too (1)', () => {
    const quoteRequest: NaiveField[] = [
      ...HEADER,
      [131, 'q'],
      [146, '1'],
      [55, 'EUR/USD'],
      [711, '1'],
      [311, 'u'],
      [457, '1'],
      [458, 'x'],
      [459, '1'],
    ];
    expect(check('R', quoteRequest)).toBeUndefined();
    const list: NaiveField[] = [
      ...HEADER,
      [66, 'L'],
      [394, '1'],
      [68, '1'],
      [73, '1'],
      [11, 'o'],
      [67, '1'],
      [54, '1'],
    ];
    expect(check('E', list)).toBeUndefined();
    expect(
      check(
        'E',
        list.filter(([tag]) => tag !== 67),
      ),
    ).toMatchObject({ sessionRejectReason: 1, refTagId: 67 });
    expect(
      check(
        'E',
        list.filter(([tag]) => tag !== 67),
        { checkRequired: false },
      ),
    ).toBeUndefined();
  });

  it('of other messages are not defined for this one (2)', () => {
    expect(order([[41, 'x']])).toEqual([RejectReason.tagNotDefinedForMessage, 41]);
    expect(order([[448, 'x']])).toEqual([RejectReason.tagNotDefinedForMessage, 448]);
  });

  it('of users are undefined (3) unless they are let pass', () => {
    expect(order([[5001, 'x']])).toEqual([RejectReason.undefinedTag, 5001]);
    expect(
      order(
        [
          [5001, 'x'],
          [5001, 'y'],
          [70_000, 'z'],
        ],
        { validateUserDefinedFields: false },
      ),
    ).toBeUndefined();
    expect(order([[999, 'x']], { validateUserDefinedFields: false })).toEqual([
      RejectReason.invalidTagNumber,
      999,
    ]);
    expect(
      order([[...PARTIES[0]!], [448, 'a'], [9001, 'x'], [447, 'D'], [448, 'b'], [9001, 'y']], {
        validateUserDefinedFields: false,
      }),
    ).toBeUndefined();
  });

  it('that are unknown pass when that is allowed, with the values that their own definition asks for', () => {
    expect(
      order(
        [
          [999, 'x'],
          [41, 'x'],
        ],
        { allowUnknownMsgFields: true },
      ),
    ).toBeUndefined();
    expect(order([[14, 'x']], { allowUnknownMsgFields: true })).toEqual([RejectReason.incorrectFormat, 14]);
    expect(order([[5001, 'x']], { allowUnknownMsgFields: true })).toEqual([RejectReason.undefinedTag, 5001]);
  });

  it('appear once (13)', () => {
    expect(order([[11, 'again']])).toEqual([RejectReason.tagAppearsTwice, 11]);
    expect(check('D', [...HEADER, [34, '6'], ...ORDER])).toMatchObject({
      sessionRejectReason: 13,
      refTagId: 34,
    });
    expect(order([[10, '123']])).toEqual([RejectReason.tagAppearsTwice, 10]);
  });
});

describe('sections', () => {
  it('stand in order: header, body, trailer (14)', () => {
    expect(order([[50, 'desk']])).toEqual([RejectReason.tagOutOfOrder, 50]);
    expect(check('D', [...HEADER, [93, '1'], [89, 'x'], ...ORDER])).toMatchObject({
      sessionRejectReason: 14,
      refTagId: 11,
    });
    expect(
      order(
        [
          [93, '1'],
          [89, 'x'],
          [999, 'x'],
        ],
        { allowUnknownMsgFields: true },
      ),
    ).toEqual([RejectReason.tagOutOfOrder, 999]);
    expect(order([[50, 'desk']], { validateFieldsOutOfOrder: false })).toBeUndefined();
  });
});

describe('values', () => {
  it('are not empty (4)', () => {
    expect(order([[58, '']])).toEqual([RejectReason.tagWithoutValue, 58]);
    expect(
      order(
        [
          [58, ''],
          [44, ''],
        ],
        { validateFieldsHaveValues: false },
      ),
    ).toBeUndefined();
    expect(order([[453, '']], { validateFieldsHaveValues: false })).toBeUndefined();
  });

  it('are among those of the enumeration (5)', () => {
    expect(order([[59, '9']])).toEqual([RejectReason.valueIncorrect, 59]);
    expect(order([[167, 'NOSUCH']])).toEqual([RejectReason.valueIncorrect, 167]);
    expect(
      order([
        [167, 'CORP'],
        [18, '1 G M'],
      ]),
    ).toBeUndefined();
    expect(order([[18, '1 ?']])).toEqual([RejectReason.valueIncorrect, 18]);
    expect(order([[18, '1  G']])).toEqual([RejectReason.valueIncorrect, 18]);
    expect(
      order(
        [
          [59, '9'],
          [18, '1 ?'],
          [167, 'NOSUCH'],
        ],
        { validateEnumValues: false },
      ),
    ).toBeUndefined();
    expect(
      order([
        [453, '1'],
        [448, 'a'],
        [452, '999'],
      ]),
    ).toEqual([RejectReason.valueIncorrect, 452]);
  });

  it('are of their type (6)', () => {
    const wrong: readonly NaiveField[] = [
      [44, '1.1.1'],
      [44, '.'],
      [44, '+1'],
      [110, '1e3'],
      [126, '20260310'],
      [126, '20260310-25:00:00'],
      [126, '20260231-12:00:00'],
      [432, '2026031'],
      [432, '20260332'],
      [59, '00'],
      [114, 'X'],
      [114, 'YY'],
      [423, 'x'],
      [423, '-'],
      [200, '20261'],
      [200, '202613'],
      [200, '202601w6'],
      [453, 'x'],
    ];
    for (const field of wrong)
      expect([field, order([field])]).toEqual([field, [RejectReason.incorrectFormat, field[0]]]);
    const right: readonly NaiveField[] = [
      [44, '-1.25'],
      [44, '5.'],
      [44, '.5'],
      [126, '20260310-23:59:60.123456789'],
      [432, '20280229'],
      [114, 'Y'],
      [200, '202601'],
      [200, '20260131'],
      [200, '202601w5'],
    ];
    for (const field of right) expect([field, order([field])]).toEqual([field, undefined]);
  });

  it('of data fields have the announced length (6)', () => {
    expect(
      order([
        [354, '3'],
        [355, 'a\x01b'],
      ]),
    ).toBeUndefined();
    expect(
      order([
        [354, '2'],
        [355, 'abc'],
      ]),
    ).toEqual([RejectReason.incorrectFormat, 355]);
    expect(order([[355, 'abc']])).toEqual([RejectReason.incorrectFormat, 355]);
  });
});

describe('groups', () => {
  it('have as many entries as announced (16)', () => {
    for (const count of ['0', '1', '3']) {
      expect([count, order([[453, count], ...PARTIES.slice(1)])]).toEqual([
        count,
        [RejectReason.incorrectNumInGroup, 453],
      ]);
    }
    expect(order([[453, '0']])).toBeUndefined();
    expect(order([[453, '1']])).toEqual([RejectReason.incorrectNumInGroup, 453]);
  });

  it('have entries that begin with the delimiter and keep the order (15)', () => {
    const late: readonly NaiveField[] = [
      [453, '1'],
      [447, 'D'],
      [448, 'a'],
    ];
    const swapped: readonly NaiveField[] = [
      [453, '1'],
      [448, 'a'],
      [452, '1'],
      [447, 'D'],
    ];
    expect(order(late)).toEqual([RejectReason.groupFieldsOutOfOrder, 447]);
    expect(order(swapped)).toEqual([RejectReason.groupFieldsOutOfOrder, 447]);
    expect(order(late, { validateUnorderedGroupFields: false })).toBeUndefined();
    expect(order(swapped, { validateUnorderedGroupFields: false })).toBeUndefined();
  });

  it('have each field once an entry (13)', () => {
    const twice: readonly NaiveField[] = [
      [453, '1'],
      [448, 'a'],
      [447, 'D'],
      [447, 'D'],
    ];
    expect(order(twice)).toEqual([RejectReason.tagAppearsTwice, 447]);
    expect(order(twice, { validateUnorderedGroupFields: false })).toEqual([
      RejectReason.tagAppearsTwice,
      447,
    ]);
  });

  it('are checked inside other groups', () => {
    const nested = (count: string): readonly NaiveField[] => [
      [453, '1'],
      [448, 'a'],
      [802, count],
      [523, 'x'],
      [803, '1'],
      [523, 'y'],
    ];
    expect(order(nested('2'))).toBeUndefined();
    expect(order(nested('3'))).toEqual([RejectReason.incorrectNumInGroup, 802]);
  });
});

describe('message types', () => {
  it('that the dictionary does not have are invalid (11)', () => {
    expect(check('ZZ', HEADER)).toEqual({ sessionRejectReason: 11, refTagId: 35, text: 'Invalid MsgType' });
  });

  it("are looked up in the validator's own dictionary", () => {
    const own = new Dictionary({ ...fix44Table, messages: [...fix44Table.messages, 'ZZ Own app 58!'] });
    const view = decodeFrame(latin1Bytes(naiveFrame('ZZ', [...HEADER, [58, 'x']])), dictionary);
    expect(new Validator(own).validate(view)).toBeUndefined();
  });
});

describe('one validator', () => {
  it('judges each message by itself, over many of them', () => {
    const validator = new Validator(dictionary, { validateUnorderedGroupFields: false });
    const good = decodeFrame(latin1Bytes(naiveFrame('D', [...HEADER, ...ORDER, ...PARTIES])), dictionary);
    const bad = decodeFrame(
      latin1Bytes(naiveFrame('D', [...HEADER, ...ORDER, ...PARTIES, [58, '']])),
      dictionary,
    );
    for (let i = 0; i < 1000; i++) {
      expect(validator.validate(good)).toBeUndefined();
      expect(validator.validate(bad)?.sessionRejectReason).toBe(RejectReason.tagWithoutValue);
    }
  });
});
