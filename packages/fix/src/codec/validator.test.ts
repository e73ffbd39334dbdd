import { describe, expect, it } from 'vitest';
import { Dictionary } from '../dictionary/dictionary.ts';
import { fix44Table } from '../dictionary/fix44.ts';
import { loadDictionary } from '../dictionary/load.ts';
import { VERSIONS, applVerIdOf } from '../dictionary/versions.ts';
import { Decoder, decodeFrame } from './decoder.ts';
import { latin1Bytes, naiveFrame } from './naive.ts';
import type { NaiveField } from './naive.ts';
import {
  encodeSample,
  writeExecutionReport,
  writeMarketData,
  writeNewOrderList,
  writeNewOrderSingle,
} from './samples.ts';
import { LENIENT, RejectReason, Validator } from './validator.ts';
import type { ValidatorSwitches, Violation } from './validator.ts';

const dictionary = loadDictionary('FIX.4.4');
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
      refTagId: 0,
      text: 'Invalid tag number',
    });
    expect(order([[-1, 'x']], { allowUnknownMsgFields: true, validateUserDefinedFields: false })).toEqual([
      RejectReason.invalidTagNumber,
      -1,
    ]);
    const letters = naiveFrame('D', [...HEADER, ...ORDER, ['x' as unknown as number, 'x']]);
    expect(new Validator(dictionary).validate(decodeFrame(latin1Bytes(letters), dictionary))).toEqual({
      sessionRejectReason: 0,
      text: 'Invalid tag number',
    });
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

  it('of users are invalid (0) unless they are let pass', () => {
    expect(order([[5001, 'x']])).toEqual([RejectReason.invalidTagNumber, 5001]);
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
    expect(order([[5001, 'x']], { allowUnknownMsgFields: true })).toEqual([
      RejectReason.invalidTagNumber,
      5001,
    ]);
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
    const lenient = { validateFieldsHaveValues: false };
    expect(order([[58, '']], lenient)).toBeUndefined();
    // As good as absent: of no form, no group, and no use where something is required.
    for (const tag of [44, 453, 167]) expect(order([[tag, '']], lenient)).toBeUndefined();
    expect(check('D', [...HEADER, ...ORDER.with(0, [11, ''])], lenient)).toMatchObject({
      sessionRejectReason: RejectReason.requiredTagMissing,
      refTagId: 11,
    });
    expect(order([[453, ''], ...PARTIES.slice(1)], lenient)).toEqual([RejectReason.incorrectNumInGroup, 453]);
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
    expect(order([[355, 'abc']])).toBeUndefined();
    expect(
      order([
        [354, '3'],
        [58, 'x'],
        [355, 'a\x01b'],
      ]),
    ).toBeUndefined();
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
    // The delimiter begins another entry.
    expect(order(late)).toEqual([RejectReason.incorrectNumInGroup, 453]);
    expect(order([[453, '2'], ...late.slice(1)])).toEqual([RejectReason.groupFieldsOutOfOrder, 447]);
    expect(order(swapped)).toEqual([RejectReason.groupFieldsOutOfOrder, 447]);
    // Without an order, entries begin with whatever the first one begins with.
    expect(order(late, { validateUnorderedGroupFields: false })).toBeUndefined();
    expect(order(swapped, { validateUnorderedGroupFields: false })).toBeUndefined();
  });

  it('have each field once an entry: again it begins the next one (16)', () => {
    const twice: readonly NaiveField[] = [
      [453, '1'],
      [448, 'a'],
      [447, 'D'],
      [447, 'D'],
    ];
    expect(order(twice)).toEqual([RejectReason.incorrectNumInGroup, 453]);
    expect(order(twice, { validateUnorderedGroupFields: false })).toEqual([
      RejectReason.incorrectNumInGroup,
      453,
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

describe('lenient reading', () => {
  const W: readonly NaiveField[] = [
    ...HEADER,
    [55, 'EUR/USD'],
    [268, '2'],
    [269, '0'],
    [270, '1.1'],
    [271, '100'],
    [269, '1'],
    [270, '1.2'],
    [271, '200'],
  ];
  const read = (fields: readonly NaiveField[]) => {
    const decoder = new Decoder({ dictionary });
    decoder.emptyIsAbsent = true;
    decoder.push(latin1Bytes(naiveFrame('W', fields)));
    const result = decoder.next();
    if (result.kind !== 'message') throw new Error(result.kind);
    return result.message;
  };
  const entries = (fields: readonly NaiveField[]) => {
    const message = read(fields);
    expect(new Validator(dictionary, LENIENT).validate(message)).toBeUndefined();
    return Array.from(message.entries(268), (entry) =>
      [269, 270, 271].map((tag) => entry.text(tag)).join(' '),
    );
  };

  it('takes what the message does not have, and what is missing', () => {
    const fill: readonly NaiveField[] = [
      [37, '1'],
      [17, '2'],
      [150, 'F'],
      [39, '2'],
      [851, '7'],
      [20, '0'],
    ];
    const odd: readonly NaiveField[] = [
      [20001, 'abc'],
      [9730, 'A'],
      [58, ''],
      [60, 'today'],
      [54, 'B'],
    ];
    expect(check('8', [...HEADER, ...fill, ...odd], LENIENT)).toBeUndefined();
    expect(check('8', [...HEADER, ...fill, ...odd])).toBeDefined();
  });

  it('of a group: a field nobody asked for belongs to the entry it stands in', () => {
    const whole = ['0 1.1 100', '1 1.2 200'];
    expect(entries(W)).toEqual(whole);
    for (const extra of [
      [20, '0'],
      [851, '7'],
      [9730, 'A'],
      [58, ''],
    ] as const)
      for (let at = 7; at <= W.length; at += 1) expect(entries(W.toSpliced(at, 0, extra))).toEqual(whole);
    const twice = W.toSpliced(9, 0, [20, '0'], [851, '7'], [20, '1']);
    expect(entries(twice)).toEqual(whole);
    expect(check('W', twice)).toBeDefined();
  });

  it('of a group that is garbled refuses', () => {
    expect(check('W', W.with(5, [268, '3']), LENIENT)?.refTagId).toBe(268);
    expect(check('W', W.with(5, [268, '1']), LENIENT)?.refTagId).toBe(268);
    expect(check('W', W.with(5, [268, '']), LENIENT)?.refTagId).toBe(268);
    expect(check('W', [...W, [55, 'GBP/USD']], LENIENT)?.refTagId).toBe(55);
  });

  it('reads an empty field as absent', () => {
    const message = read([...W.with(7, [270, '']), [58, '']]);
    expect([message.has(58), message.text(58), message.char(58)]).toEqual([false, undefined, undefined]);
    expect(Array.from(message.entries(268), (entry) => entry.decimal(270, 1))).toEqual([undefined, 12]);
    expect(message.copy().has(58)).toBe(false);
  });
});

describe('message types', () => {
  it('that the dictionary does not have are invalid (11)', () => {
    expect(check('ZZ', HEADER)).toEqual({ sessionRejectReason: 11, text: 'Invalid MsgType' });
  });

  it("are looked up in the validator's own dictionary", () => {
    const own = new Dictionary({ ...fix44Table, messages: [...fix44Table.messages, 'ZZ Own app 58!'] });
    const view = decodeFrame(latin1Bytes(naiveFrame('ZZ', [...HEADER, [58, 'x']])), dictionary);
    expect(new Validator(own).validate(view)).toBeUndefined();
  });
});

describe('of several violations', () => {
  const both = (...fields: NaiveField[]): number | undefined => order(fields)?.[1];

  it('the one is named that stands first in the order of precedence', () => {
    // Order before type before required before the fields by tag, header first.
    expect(check('ZZ', [...HEADER, [58, 'x'], [50, 'y']])?.sessionRejectReason).toBe(14);
    expect(check('ZZ', [...HEADER.slice(1), [58, '']])?.sessionRejectReason).toBe(11);
    expect(check('D', [...HEADER, ...ORDER.slice(1), [58, '']])?.refTagId).toBe(11);
    expect(check('D', [...HEADER.slice(1), ...ORDER.slice(1)])?.refTagId).toBe(49);
    expect(check('D', [...HEADER, [115, ''], ...ORDER, [1, '']])?.refTagId).toBe(115);
    expect(both([59, '9'], [44, 'x'], [999, 'x'])).toBe(44);
    expect(both([58, 'a'], [58, ''], [15, ''])).toBe(15);
    expect(
      order([
        [453, '2'],
        [448, ''],
        [59, '9'],
      ]),
    ).toEqual([RejectReason.valueIncorrect, 59]);
  });

  it('only entries of required groups have required fields', () => {
    // NoLegs(555) of a NewOrderSingle's list is optional, NoOrders(73) is not.
    const request: NaiveField[] = [...HEADER, [262, 'r'], [263, '1'], [264, '0']];
    const types: NaiveField[] = [
      [267, '1'],
      [269, '0'],
    ];
    expect(check('V', [...request, ...types, [146, '1'], [55, 'EUR/USD']])).toBeUndefined();
    expect(check('V', [...request, [146, '1'], [55, 'EUR/USD']])).toMatchObject({
      sessionRejectReason: 1,
      refTagId: 267,
    });
  });

  it('and nothing is said without a dictionary', () => {
    expect(check('ZZ', [[999, '']], { useDataDictionary: false })).toBeUndefined();
  });
});

describe('versions', () => {
  const order50: readonly NaiveField[] = [
    [11, 'id'],
    [54, '1'],
    [60, '20260310-12:00:00'],
    [40, '1'],
  ];
  const check50 = (header: readonly NaiveField[], body: readonly NaiveField[]): Violation | undefined => {
    const own = loadDictionary('FIX.5.0SP2');
    const frame = naiveFrame('D', [...header, ...body], 'FIXT.1.1');
    return new Validator(own).validate(decodeFrame(latin1Bytes(frame), own));
  };

  it('have their own enumerations and required fields', () => {
    for (const version of VERSIONS) {
      const own = loadDictionary(version);
      const validator = new Validator(own);
      const logon: NaiveField[] = [...HEADER, [98, '0'], [108, '30']];
      if (own.isOnTransport) logon.push([1137, applVerIdOf(version)]);
      const valid = naiveFrame('A', logon, own.beginString);
      expect([version, validator.validate(decodeFrame(latin1Bytes(valid), own))]).toEqual([
        version,
        undefined,
      ]);
      const bare = naiveFrame(
        'D',
        [...HEADER, [11, 'id'], [40, '1'], [60, '20260310-12:00:00']],
        own.beginString,
      );
      expect(validator.validate(decodeFrame(latin1Bytes(bare), own))?.sessionRejectReason).toBe(1);
    }
  });

  it('may be named by a message on FIXT.1.1', () => {
    expect(check50(HEADER, order50)).toBeUndefined();
    expect(check50([...HEADER, [1128, '9']], order50)).toBeUndefined();
    // HandlInst(21) is required in 4.2, and there is no OrdType P before 4.3.
    expect(check50([...HEADER, [1128, '4']], order50)).toMatchObject({
      sessionRejectReason: 1,
      refTagId: 21,
    });
    const order42: NaiveField[] = [...order50, [21, '1'], [55, 'EUR/USD'], [38, '1']];
    expect(check50([...HEADER, [1128, '4']], order42)).toBeUndefined();
    for (const unknown of ['0', '77', 'x', ''])
      expect(check50([...HEADER, [1128, unknown]], order50)).toMatchObject({
        sessionRejectReason: 5,
        refTagId: 1128,
      });
  });

  it('let data fields hold any bytes', () => {
    for (const version of VERSIONS) {
      const own = loadDictionary(version);
      const logon: NaiveField[] = [...HEADER, [98, '0'], [108, '30'], [95, '3'], [96, 'a\x01b']];
      if (own.isOnTransport) logon.push([1137, applVerIdOf(version)]);
      const view = decodeFrame(latin1Bytes(naiveFrame('A', logon, own.beginString)), own);
      expect([version, view.text(96)]).toEqual([version, 'a\x01b']);
      expect([version, new Validator(own).validate(view)]).toEqual([version, undefined]);
    }
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
