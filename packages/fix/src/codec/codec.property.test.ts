/** Decoder, validator and encoder against the naive twin, over random messages of every version. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { IN_BODY, SECTION_MASK } from '../dictionary/definition.ts';
import { loadDictionary } from '../dictionary/load.ts';
import type { Member } from '../dictionary/table.ts';
import { parseMembers, parseMessageLine } from '../dictionary/table.ts';
import { VERSIONS } from '../dictionary/versions.ts';
import { Decoder, decodeFrame } from './decoder.ts';
import { copyBody } from './echo.ts';
import { Encoder } from './encoder.ts';
import type { FieldReader } from './fields.ts';
import { latin1Bytes, naiveFields, naiveFrame, naiveFrames, naiveMessage } from './naive.ts';
import type { NaiveEntry, NaiveField } from './naive.ts';
import {
  SAMPLE_HEADER,
  encodeSample,
  writeExecutionReport,
  writeMarketData,
  writeNewOrderList,
} from './samples.ts';
import { Validator } from './validator.ts';
import { latin1 } from './values.ts';
import type { MessageView } from './view.ts';

// Random valid messages, as fields in wire order.

const number = (max: number, width: number): fc.Arbitrary<string> =>
  fc.nat(max).map((value) => String(value).padStart(width, '0'));
const anyText = fc.string({
  unit: fc.integer({ min: 2, max: 255 }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 24,
});
const raw = fc.string({
  unit: fc.constantFrom('\x01', '=', '1', '0', 'A', '8=FIX', '\xff'),
  minLength: 1,
  maxLength: 12,
});
const date = fc
  .date({ min: new Date(0), max: new Date('2099-12-31T23:59:59Z'), noInvalidDate: true })
  .map((value) => value.toISOString().slice(0, 10).replaceAll('-', ''));
const fraction = fc.constantFrom('', '.1', '.123', '.123456', '.123456789');
const time = fc
  .tuple(number(23, 2), number(59, 2), number(59, 2), fraction)
  .map(([hour, minute, second, rest]) => `${hour}:${minute}:${second}${rest}`);
const natural = number(99_999, 1);
const decimal = fc
  .tuple(fc.constantFrom('', '-'), natural, fc.constantFrom('', '.', '.5', '.00010'))
  .map((parts) => parts.join(''));

const BY_TYPE: Readonly<Record<string, fc.Arbitrary<string>>> = {
  CHAR: fc.constantFrom('a', 'Z', '7', ' '),
  BOOLEAN: fc.constantFrom('Y', 'N'),
  INT: fc.tuple(fc.constantFrom('', '-'), natural).map((parts) => parts.join('')),
  LENGTH: natural,
  SEQNUM: natural,
  NUMINGROUP: natural,
  FLOAT: decimal,
  PRICE: decimal,
  PRICEOFFSET: decimal,
  QTY: decimal,
  AMT: decimal,
  PERCENTAGE: decimal,
  UTCTIMESTAMP: fc.tuple(date, time).map((parts) => parts.join('-')),
  UTCTIMEONLY: time,
  UTCDATEONLY: date,
  UTCDATE: date,
  LOCALMKTDATE: date,
  DATE: date,
  TIME: fc.tuple(date, time).map((parts) => parts.join('-')),
  LOCALMKTTIME: fc.constantFrom('00:00:00', '23:59:59'),
  TZTIMEONLY: fc.constantFrom('07:39Z', '02:39-05', '13:09:01.5+05:30'),
  TZTIMESTAMP: fc.constantFrom('20060901-07:39Z', '20060901-02:39:59.123-05'),
  TAGNUM: natural,
  DAYOFMONTH: fc.constantFrom('1', '31'),
  MONTHYEAR: fc.oneof(
    date,
    fc
      .tuple(number(2099, 4), fc.constantFrom('01', '12'), fc.constantFrom('', 'w1', 'w5'))
      .map((parts) => parts.join('')),
  ),
};

function valueOf(dictionary: Dictionary, tag: number): fc.Arbitrary<string> {
  const values = [...dictionary.fieldValues(tag).keys()];
  const type = dictionary.fieldType(tag) ?? 'STRING';
  if (values.length === 0) return BY_TYPE[type] ?? anyText;
  if (!type.startsWith('MULTIPLE')) return fc.constantFrom(...values);
  return fc
    .uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 })
    .map((chosen) => chosen.join(' '));
}

/** Groups in groups that are made; the largest version has more of them than anybody could draw from. */
const DEPTH_MAX = 2;

/**
 * Fields of a member list in its order: required ones, and each other one now and then. `seen` are the tags
 * before it: some dictionaries list a field twice, and the first place counts.
 */
function memberFields(
  dictionary: Dictionary,
  members: readonly Member[],
  isRequired: boolean,
  depth: number,
  seen: Set<number>,
): fc.Arbitrary<NaiveField[]> {
  const dataTagOf = new Map(Array.from(dictionary.lengthTags, (lengthTag, tag) => [lengthTag, tag] as const));
  const parts = members.flatMap((member): fc.Arbitrary<NaiveField[]>[] => {
    if (member.kind === 'component') {
      const required = isRequired && member.required;
      return [memberFields(dictionary, dictionary.component(member.name), required, depth, seen)];
    }
    const { tag } = member;
    if (tag === 8 || tag === 9 || tag === 10 || tag === 35 || dictionary.lengthTags[tag] !== 0) return [];
    // Names the version of the message.
    if (tag === 1128 || seen.has(tag)) return [];
    seen.add(tag);
    const dataTag = dataTagOf.get(tag);
    const always = isRequired && member.required;
    if (member.kind === 'group')
      return depth < DEPTH_MAX || always
        ? [often(always, 5, entriesOf(dictionary, tag, member.members, depth + 1))]
        : [];
    if (dataTag !== undefined && members.some((other) => other.kind === 'field' && other.tag === dataTag)) {
      return [
        often(
          always,
          9,
          raw.map((value) => [
            [tag, String(value.length)],
            [dataTag, value],
          ]),
        ),
      ];
    }
    return [
      often(
        always,
        5,
        valueOf(dictionary, tag).map((value) => [[tag, value]]),
      ),
    ];
  });
  return fc.tuple(...parts).map((lists) => lists.flat());
}

function entriesOf(
  dictionary: Dictionary,
  tag: number,
  members: readonly Member[],
  depth: number,
): fc.Arbitrary<NaiveField[]> {
  const maxLength = dictionary.fieldValues(tag).size === 0 ? 3 : dictionary.fieldValues(tag).size;
  return fc
    .array(memberFields(dictionary, withDelimiter(dictionary, members), true, depth, new Set()), {
      minLength: 1,
      maxLength,
    })
    .map((entries): NaiveField[] => [[tag, String(entries.length)], ...entries.flat()]);
}

/** The same members with the first field, the delimiter, made required all the way down to it. */
function withDelimiter(dictionary: Dictionary, members: readonly Member[]): readonly Member[] {
  const [first, ...others] = members;
  if (first === undefined) return members;
  if (first.kind !== 'component') return [{ ...first, required: true }, ...others];
  return [...withDelimiter(dictionary, dictionary.component(first.name)), ...others];
}

function often(
  always: boolean,
  oneIn: number,
  fields: fc.Arbitrary<NaiveField[]>,
): fc.Arbitrary<NaiveField[]> {
  const nothing = fc.constant<NaiveField[]>([]);
  return always
    ? fields
    : fc.oneof({ weight: oneIn - 1, arbitrary: nothing }, { weight: 1, arbitrary: fields });
}

/** By message type; building one costs more than drawing from it. */
const ARBITRARIES = new Map<string, fc.Arbitrary<NaiveField[]>>();

/** All fields between MsgType(35) and CheckSum(10) of a valid message. */
function messageFields(dictionary: Dictionary, msgType: string): fc.Arbitrary<NaiveField[]> {
  const key = `${dictionary.version} ${msgType}`;
  const known = ARBITRARIES.get(key);
  if (known !== undefined) return known;
  const line = dictionary.table.messages
    .map(parseMessageLine)
    .find((message) => message.msgType === msgType)!;
  const sections = [dictionary.table.header, line.members, dictionary.table.trailer];
  const seen = new Set<number>();
  const fields = fc
    .tuple(...sections.map((members) => memberFields(dictionary, parseMembers(members), true, 0, seen)))
    .map((lists) => lists.flat());
  ARBITRARIES.set(key, fields);
  return fields;
}

const dictionary = loadDictionary('FIX.4.4');
const TYPES = [...dictionary.messageTypes()];
/** Types with the groups the platform lives on, and those whose groups nest deepest. */
const GROUPED = ['8', 'W', 'X', 'E', 'D', 'R', 'i', 'AE', 'J', 'V'];

const message = (types: readonly string[]): fc.Arbitrary<string> =>
  fc
    .constantFrom(...types)
    .chain((type) => messageFields(dictionary, type).map((fields) => naiveFrame(type, fields)));

function fieldsOf(view: MessageView): [number, string][] {
  return Array.from({ length: view.fieldCount }, (_, place) => [view.tagAt(place), view.textAt(place)]);
}

function text(bytes: Uint8Array): string {
  return latin1(bytes, 0, bytes.length);
}

function expectSame(reader: FieldReader, entry: NaiveEntry): void {
  for (const [tag, value] of entry.fields) {
    if (entry.fields.find(([other]) => other === tag)?.[1] !== value) continue;
    expect(reader.text(tag)).toBe(value);
    expect(reader.is(tag, value)).toBe(true);
    for (const other of [`${value}0`, `0${value}`, value.slice(1), `${value.slice(0, -1)}\x02`])
      expect(reader.is(tag, other)).toBe(other === value);
  }
  for (const [countTag, entries] of entry.groups) {
    let seen = 0;
    for (const inner of reader.entries(countTag)) expectSame(inner, entries[seen++]!);
    expect(seen).toBe(entries.length);
  }
}

/** All results of a decoder that is given the stream in chunks of these sizes, over and over. */
function decodeChunked(stream: Uint8Array, sizes: readonly number[]): string[] {
  const decoder = new Decoder({ dictionary });
  const results: string[] = [];
  let at = 0;
  for (let i = 0; at < stream.length; i++) {
    const chunk = stream.slice(at, at + sizes[i % sizes.length]!);
    at += chunk.length;
    decoder.push(chunk);
    for (let result = decoder.next(); result.kind !== 'more'; result = decoder.next()) {
      if (result.kind === 'too-long') return [...results, result.kind];
      results.push(result.kind === 'message' ? text(result.message.raw) : result.reason);
    }
    // The decoder may not hold on to a chunk it has asked more after.
    chunk.fill(0x58);
  }
  return results;
}

describe('decoder and naive decoder', () => {
  it('see the same fields in messages of every type', () => {
    for (const type of TYPES) {
      fc.assert(
        fc.property(message([type]), (frame) => {
          const view = decodeFrame(latin1Bytes(frame), dictionary);
          expect(view.msgType).toBe(type);
          expect(fieldsOf(view)).toEqual(naiveFields(frame, dictionary));
        }),
        { numRuns: 3 },
      );
    }
  });

  it('see the same groups, nested ones too', () => {
    fc.assert(
      fc.property(message(GROUPED), (frame) => {
        expectSame(
          decodeFrame(latin1Bytes(frame), dictionary),
          naiveMessage(naiveFields(frame, dictionary), dictionary),
        );
      }),
      { numRuns: 120 },
    );
  });

  it('hide the fields of groups from the message itself', () => {
    fc.assert(
      fc.property(message(GROUPED), (frame) => {
        const view = decodeFrame(latin1Bytes(frame), dictionary);
        const own = new Set(
          naiveMessage(naiveFields(frame, dictionary), dictionary).fields.map(([tag]) => tag),
        );
        for (const [tag] of fieldsOf(view)) expect([tag, view.has(tag)]).toEqual([tag, own.has(tag)]);
      }),
      { numRuns: 200 },
    );
  });

  it('find the same messages between garbage', () => {
    const garbage = fc.oneof(
      fc.constant(''),
      fc.constantFrom('8=FIX', '\x018=FIX.4.4\x019=12\x01', '58=FIX\x01', '10=123\x01', '8=8=FI'),
      fc.string({
        unit: fc.constantFrom('8', '=', 'F', 'I', 'X', '\x01', '9', 'a', '10=000\x01'),
        maxLength: 20,
      }),
    );
    const stream = fc
      .array(fc.tuple(garbage, message(['0', 'D', 'F', 'A'])), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.flat().join(''));
    fc.assert(
      fc.property(stream, (bytes) => {
        // The end lets every BodyLength in the garbage come to its end, too.
        const whole = `${bytes}${'x'.repeat(100)}`;
        const messages = decodeChunked(latin1Bytes(whole), [whole.length]).filter((result) =>
          result.startsWith('8='),
        );
        expect(messages).toEqual(naiveFrames(whole));
      }),
      { numRuns: 120 },
    );
  });

  it('agree after any byte is changed', () => {
    const damaged = fc
      .tuple(message(['D', '8']), message(['0']), fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([first, second, at, byte]) => {
        const place = at % first.length;
        return [
          `${first.slice(0, place)}${String.fromCharCode(byte)}${first.slice(place + 1)}${second}`,
          second,
        ] as const;
      });
    fc.assert(
      fc.property(damaged, ([stream, second]) => {
        // Padding lets a wrong BodyLength come to its end.
        const padded = `${stream}${`\x01${second}`.repeat(40)}`;
        const messages = decodeChunked(latin1Bytes(padded), [97]).filter((result) => result.startsWith('8='));
        expect(messages.length).toBeGreaterThanOrEqual(20);
        expect(messages).toEqual(naiveFrames(padded));
      }),
      { numRuns: 200 },
    );
  });
});

describe('every version', () => {
  /** About ten types of each, session messages among them. */
  const typesOf = (own: Dictionary): string[] => {
    const types = [...own.messageTypes()];
    const step = Math.max(1, Math.floor(types.length / 9));
    return ['A', '3', ...types.filter((_, i) => i % step === 0)];
  };
  const frames = (own: Dictionary): fc.Arbitrary<string> =>
    fc
      .constantFrom(...typesOf(own))
      .chain((type) => messageFields(own, type).map((fields) => naiveFrame(type, fields, own.beginString)));

  it('is indexed and validated as the naive decoder has it', () => {
    for (const version of VERSIONS) {
      const own = loadDictionary(version);
      const validator = new Validator(own);
      fc.assert(
        fc.property(frames(own), (frame) => {
          const view = decodeFrame(latin1Bytes(frame), own);
          expect(fieldsOf(view)).toEqual(naiveFields(frame, own));
          expect([frame, validator.validate(view)]).toEqual([frame, undefined]);
          expectSame(view, naiveMessage(naiveFields(frame, own), own));
        }),
        { numRuns: 16 },
      );
    }
  });

  it('comes back as it was from a copy of its body', () => {
    for (const version of VERSIONS) {
      const own = loadDictionary(version);
      const encoder = new Encoder();
      fc.assert(
        fc.property(frames(own), (frame) => {
          const view = decodeFrame(latin1Bytes(frame), own);
          encoder.release();
          encoder.begin({ ...SAMPLE_HEADER, beginString: own.beginString, msgType: view.msgType });
          copyBody(view, encoder);
          const copy = decodeFrame(encoder.end().slice(), own);
          const inBody = (from: MessageView): [number, string][] =>
            fieldsOf(from).filter(
              ([tag]) => (view.definition!.rules[own.ordinal(tag)]! & SECTION_MASK) === IN_BODY,
            );
          const byTag = ([a]: [number, string], [b]: [number, string]): number => a - b;
          const isText = ([tag]: [number, string]): boolean => own.fieldType(tag) !== 'LENGTH';
          expect(inBody(copy).filter(isText).sort(byTag)).toEqual(inBody(view).filter(isText).sort(byTag));
        }),
        { numRuns: 10 },
      );
    }
  });

  it('says something definite of any bytes between header and trailer', () => {
    const bytes = fc.string({
      unit: fc.constantFrom(
        '\x01',
        '=',
        '0',
        '1',
        '9',
        '95=3',
        '96=',
        '453=2',
        '448=',
        '-',
        'A',
        '\xff',
        '\0',
      ),
      maxLength: 60,
    });
    const dictionaries = VERSIONS.map((version) => loadDictionary(version));
    const validators = dictionaries.map((own) => new Validator(own));
    fc.assert(
      fc.property(
        bytes,
        fc.nat(VERSIONS.length - 1),
        fc.constantFrom('A', 'D', '8', '\xff'),
        (body, which, type) => {
          const own = dictionaries[which]!;
          const content = `35=${type}\x01${body}\x01`;
          const head = `8=${own.beginString}\x019=${content.length}\x01${content}`;
          const sum = [...head].reduce((total, character) => total + character.charCodeAt(0), 0) % 256;
          // Behind the frame stand bytes that must not be taken for a part of it.
          const frame = `${head}10=${String(sum).padStart(3, '0')}\x01`;
          const decoder = new Decoder({ dictionary: own });
          decoder.push(latin1Bytes(`${frame}999=secret\x01`));
          const result = decoder.next();
          expect(result.kind).toBe('message');
          if (result.kind !== 'message') return;
          expect(text(result.message.raw)).toBe(frame);
          for (const [, value] of fieldsOf(result.message)) expect(value).not.toContain('secret');
          expect(fieldsOf(result.message)).toEqual(naiveFields(frame, own));
          const violation = validators[which]!.validate(result.message);
          expect(violation === undefined ? 'valid' : violation.text).not.toBe('');
          for (const entry of result.message.entries(453)) entry.text(448);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('chunks', () => {
  it('any split of the stream gives the same results', () => {
    const parts = fc.array(
      fc.oneof(
        { weight: 4, arbitrary: message(['0', 'D', '8', 'W']) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('garbage', '8=FIX.4.4\x019=5\x0135=0\x0110=000\x01', '9=8=FIX'),
        },
      ),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(
        parts,
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 }),
        (list, sizes) => {
          const stream = latin1Bytes(list.join(''));
          expect(decodeChunked(stream, sizes)).toEqual(decodeChunked(stream, [stream.length]));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('single bytes give the same messages', () => {
    const frames = [
      encodeSample('8', writeExecutionReport),
      encodeSample('W', writeMarketData),
      encodeSample('E', writeNewOrderList),
    ];
    const stream = latin1Bytes(frames.map(text).join(''));
    expect(decodeChunked(stream, [1])).toEqual(frames.map(text));
  });
});

describe('validator', () => {
  it('accepts random valid messages of every type', () => {
    const validator = new Validator(dictionary);
    for (const type of TYPES) {
      fc.assert(
        fc.property(message([type]), (frame) => {
          expect(validator.validate(decodeFrame(latin1Bytes(frame), dictionary))).toBeUndefined();
        }),
        { numRuns: 5 },
      );
    }
  });

  it('says something definite of any fields at all', () => {
    const validators = [
      new Validator(dictionary),
      new Validator(dictionary, {
        validateFieldsOutOfOrder: false,
        validateFieldsHaveValues: false,
        validateUserDefinedFields: false,
        validateUnorderedGroupFields: false,
        validateEnumValues: false,
        allowUnknownMsgFields: true,
        checkRequired: false,
      }),
    ];
    const fields = fc.array(
      fc.tuple(
        fc.oneof(
          fc.integer({ min: 11, max: 1100 }),
          fc.constantFrom(453, 448, 802, 523, 5001, 70_000, 8, 10),
        ),
        fc.constantFrom('', '1', '2', 'Y', '20260310', 'x y', '-', '.'),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(fields, fc.constantFrom('D', 'E', 'ZZ'), (list, type) => {
        const view = decodeFrame(latin1Bytes(naiveFrame(type, list)), dictionary);
        for (const validator of validators) {
          const violation = validator.validate(view);
          if (violation !== undefined) expect(violation.text).not.toBe('');
        }
        for (const entry of view.entries(453))
          for (const inner of entry.entries(802)) expect(inner.has(523)).toBeTypeOf('boolean');
      }),
      { numRuns: 120 },
    );
  });
});

describe('encoder', () => {
  it('writes what the decoder reads, byte for byte', () => {
    const encoder = new Encoder(64);
    fc.assert(
      fc.property(
        fc
          .constantFrom(...TYPES)
          .chain((type) => fc.tuple(fc.constant(type), messageFields(dictionary, type))),
        ([type, fields]) => {
          const body = fields.filter(([tag]) => ![34, 43, 49, 52, 56, 97, 122].includes(tag));
          encoder.begin({
            beginString: 'FIX.4.4',
            msgType: type,
            seqNum: 7,
            senderCompId: 'A',
            targetCompId: 'B',
            sendingTimeMs: 0,
          });
          for (const [tag, value] of body) {
            const last = value.includes('\x01');
            if (last) encoder.bytes(tag, latin1Bytes(value));
            else if (dictionary.fieldType(tag) === 'LENGTH') encoder.int(tag, Number(value));
            else encoder.text(tag, value);
          }
          const written = body.map(([tag, value]): [number, string] => [
            tag,
            dictionary.fieldType(tag) === 'LENGTH' ? String(Number(value)) : value,
          ]);
          expect(text(encoder.end())).toBe(
            naiveFrame(type, [[34, '7'], [49, 'A'], [52, '19700101-00:00:00.000'], [56, 'B'], ...written]),
          );
        },
      ),
      { numRuns: 120 },
    );
  });
});
