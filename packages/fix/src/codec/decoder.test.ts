import { describe, expect, it } from 'vitest';
import { Dictionary } from '../dictionary/dictionary.ts';
import { fix44Table } from '../dictionary/fix44.ts';
import { loadDictionary } from '../dictionary/load.ts';
import { VERSIONS, applVerIdOf } from '../dictionary/versions.ts';
import { Decoder, decodeFrame, detach } from './decoder.ts';
import { latin1Bytes, naiveFrame } from './naive.ts';
import type { NaiveField } from './naive.ts';
import { encodeSample, writeMarketData, writeNewOrderList, writeNewOrderSingle } from './samples.ts';

const dictionary = loadDictionary('FIX.4.4');
const HEADER: readonly NaiveField[] = [
  [49, 'A'],
  [56, 'B'],
  [34, '5'],
  [52, '20260310-12:00:00.123'],
];
const HEARTBEAT = naiveFrame('0', HEADER);

function frame(msgType: string, ...fields: readonly NaiveField[]): Uint8Array {
  return latin1Bytes(naiveFrame(msgType, [...HEADER, ...fields]));
}

/** Kinds of all results of a stream, with the reason or message type. */
function results(stream: string, maxMessageBytes?: number): string[] {
  const decoder = new Decoder({ dictionary, ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }) });
  decoder.push(latin1Bytes(stream));
  const seen: string[] = [];
  for (;;) {
    const result = decoder.next();
    if (result.kind === 'message') seen.push(result.message.msgType);
    else if (result.kind === 'garbled') seen.push(result.reason);
    else return result.kind === 'too-long' ? [...seen, result.kind] : seen;
  }
}

describe('frames', () => {
  it('come out one by one', () => {
    expect(results(HEARTBEAT + HEARTBEAT)).toEqual(['0', '0']);
  });

  it('wait for their last byte', () => {
    for (let length = 0; length < HEARTBEAT.length; length++)
      expect(results(HEARTBEAT.slice(0, length))).toEqual([]);
  });

  it('with a wrong checksum are skipped as a whole', () => {
    const wrong = HEARTBEAT.replace(/10=\d{3}/, (text) => (text === '10=000' ? '10=001' : '10=000'));
    expect(results(wrong + HEARTBEAT)).toEqual(['checksum', '0']);
  });

  it('with a wrong checksum hide no message in their data', () => {
    const outer = naiveFrame('B', [...HEADER, [95, String(HEARTBEAT.length)], [96, HEARTBEAT]]);
    const wrong = outer.replace('49=A', '49=C');
    expect(results(wrong + HEARTBEAT)).toEqual(['checksum', '0']);
    expect(results(outer)).toEqual(['B']);
  });

  it('with a wrong BodyLength cost what it covers and no more', () => {
    for (const [length, lost] of [
      ['0', 0],
      ['10', 0],
      ['60', 1],
      ['099', 1],
    ] as const) {
      const wrong = HEARTBEAT.replace(/\x019=\d+/, `\x019=${length}`);
      const left = ['0', '0', '0'].slice(lost);
      expect(results(wrong + HEARTBEAT + HEARTBEAT + HEARTBEAT)).toEqual(['body-length', ...left]);
    }
    expect(results(HEARTBEAT.replace(/\x019=\d+/, '\x019=4x') + HEARTBEAT)).toEqual(['body-length', '0']);
    expect(results(HEARTBEAT.replace(/\x019=\d+/, '\x019=') + HEARTBEAT)).toEqual(['body-length', '0']);
    expect(results(HEARTBEAT.replace(/\x019=\d+/, '\x019=-5') + HEARTBEAT)).toEqual(['body-length', '0']);
  });

  it('need BeginString, BodyLength and MsgType first', () => {
    expect(results(HEARTBEAT.replace('9=', '99=') + HEARTBEAT)).toEqual(['field-order', '0']);
    const second = naiveFrame('0', HEADER).replace('35=0\x0149=A\x01', '49=A\x0135=0\x01');
    expect(results(second + HEARTBEAT)).toEqual(['field-order', '0']);
    expect(results(`8=FIX.4.4.and.too.much.of.it\x01${HEARTBEAT}`)).toEqual(['begin-string', '0']);
  });

  it('are found behind garbage, which is reported once', () => {
    expect(results(`garbage${HEARTBEAT}`)).toEqual(['not-a-message', '0']);
    expect(results(`8=FIX${HEARTBEAT}`)).toEqual(['begin-string', '0']);
    expect(results(`${HEARTBEAT}\r\n${HEARTBEAT}`)).toEqual(['0', 'not-a-message', '0']);
  });

  it('do not begin behind a digit, where a tag ends', () => {
    expect(results(`58=FIXED\x01108=FIX\x01${HEARTBEAT}`)).toEqual(['not-a-message', '0']);
  });

  it('over the limit are refused by their announced length alone', () => {
    const decoder = new Decoder({ dictionary, maxMessageBytes: 100 });
    decoder.push(latin1Bytes('8=FIX.4.4\x019=101\x01'));
    expect(decoder.next()).toEqual({ kind: 'too-long', announcedBytes: 124 });
    decoder.push(latin1Bytes(HEARTBEAT));
    expect(decoder.next().kind).toBe('too-long');
  });

  it('of the very limit are accepted', () => {
    expect(results(HEARTBEAT, HEARTBEAT.length)).toEqual(['0']);
    expect(results(HEARTBEAT, HEARTBEAT.length - 1)).toEqual(['too-long']);
  });

  it('of unknown types come out with their type', () => {
    expect(
      results(naiveFrame('U7', HEADER) + naiveFrame('VeryLongType', HEADER) + naiveFrame('', HEADER)),
    ).toEqual(['U7', 'VeryLongType', '']);
  });
});

describe('decodeFrame', () => {
  it('refuses what is not exactly one frame', () => {
    expect(() => decodeFrame(latin1Bytes(HEARTBEAT.slice(1)), dictionary)).toThrow('not-a-message');
    expect(() => decodeFrame(latin1Bytes(HEARTBEAT.slice(0, -1)), dictionary)).toThrow('not one FIX frame');
    expect(() => decodeFrame(latin1Bytes(HEARTBEAT + HEARTBEAT), dictionary)).toThrow('bytes behind it');
    expect(() => decodeFrame(latin1Bytes(''), dictionary)).toThrow('more');
  });
});

describe('getters', () => {
  const order = decodeFrame(encodeSample('D', writeNewOrderSingle), dictionary);

  it('give typed values', () => {
    expect(order.msgType).toBe('D');
    expect(order.seqNum).toBe(4711);
    expect(order.text(11)).toBe('ORD-20260310-000123');
    expect(order.char(54)).toBe(0x31);
    expect(order.int(38)).toBe(1_000_000);
    expect(order.decimal(44, 5)).toBe(108_753);
    expect(order.decimal(44, 4)).toBeNaN();
    expect(order.utcMicros(60)).toBe(1_773_144_000_123_000);
    expect(order.bytes(15)).toEqual(latin1Bytes('EUR'));
    expect(order.has(8) && order.has(9) && order.has(35) && order.has(10)).toBe(true);
  });

  it('give undefined for absent fields', () => {
    expect([
      order.has(58),
      order.text(58),
      order.int(58),
      order.decimal(58, 2),
      order.char(58),
      order.boolean(43),
      order.utcMicros(58),
      order.bytes(58),
      order.has(70_000),
      order.has(3_000_000),
    ]).toEqual([
      false,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      false,
      false,
    ]);
  });

  it('know the header flags', () => {
    expect([order.possDup, order.possResend]).toEqual([false, false]);
    const flagged = decodeFrame(frame('0', [43, 'Y'], [97, 'Y']), dictionary);
    expect([flagged.possDup, flagged.possResend]).toEqual([true, true]);
  });

  it('give MsgSeqNum 0 when it is missing or no number', () => {
    expect(decodeFrame(latin1Bytes(naiveFrame('0', [])), dictionary).seqNum).toBe(0);
    expect(decodeFrame(latin1Bytes(naiveFrame('0', [[34, 'x']])), dictionary).seqNum).toBe(0);
  });

  it('read data with delimiters in it', () => {
    const view = decodeFrame(frame('B', [95, '5'], [96, 'a\x01b=c'], [58, 'after']), dictionary);
    expect(view.text(96)).toBe('a\x01b=c');
    expect(view.text(58)).toBe('after');
  });

  it('end data at the delimiter when its length is wrong', () => {
    const view = decodeFrame(frame('B', [95, '4'], [96, 'a\x01b=c'], [58, 'after']), dictionary);
    expect([view.text(96), view.text(58)]).toEqual(['a', 'after']);
  });

  it('keep malformed tags as fields of tag 0', () => {
    const raw = `8=FIX.4.4\x019=45\x0135=0\x01=x\x01058=y\x01junk\x01\x0158\x015a=1\x0112345678901=1\x01`;
    const body = raw.slice(raw.indexOf('35='));
    const fixed = raw.replace('9=45', `9=${body.length}`);
    const sum = [...fixed].reduce((total, character) => total + character.charCodeAt(0), 0) % 256;
    const view = decodeFrame(latin1Bytes(`${fixed}10=${String(sum).padStart(3, '0')}\x01`), dictionary);
    const fields = Array.from({ length: view.fieldCount }, (_, place) => [
      view.tagAt(place),
      view.textAt(place),
    ]);
    expect(fields.slice(3, -1)).toEqual([
      [0, '=x'],
      [0, '058=y'],
      [0, 'junk'],
      [0, ''],
      [0, '58'],
      [0, '5a=1'],
      [0, '12345678901=1'],
    ]);
  });

  it('find tags far beyond the dictionary, in every message anew', () => {
    const decoder = new Decoder({ dictionary });
    decoder.push(frame('0', [5001, 'a'], [70_000, 'b'], [70_000, 'c']));
    decoder.push(frame('0', [20_000, 'd']));
    const first = decoder.next();
    if (first.kind !== 'message') throw new Error(first.kind);
    expect([first.message.text(5001), first.message.text(70_000)]).toEqual(['a', 'b']);
    const second = decoder.next();
    if (second.kind !== 'message') throw new Error(second.kind);
    expect([second.message.text(5001), second.message.text(70_000), second.message.text(20_000)]).toEqual([
      undefined,
      undefined,
      'd',
    ]);
  });
});

describe('groups', () => {
  it('give their entries, with the entries of groups in them', () => {
    const list = decodeFrame(encodeSample('E', writeNewOrderList), dictionary);
    const seen: string[] = [];
    for (const order of list.entries(73)) {
      for (const party of order.entries(453)) {
        const subs = [...party.entries(802)].length;
        seen.push(`${order.text(11)} ${party.text(448)} ${subs} ${order.char(40) === 0x31}`);
      }
    }
    expect(seen).toEqual([
      'ORD-1 DESK-7 2 true',
      'ORD-1 BANK 0 true',
      'ORD-2 DESK-7 2 true',
      'ORD-2 BANK 0 true',
    ]);
    expect(list.text(11)).toBeUndefined();
  });

  it('can be gone through again, and are empty when absent', () => {
    const book = decodeFrame(encodeSample('W', writeMarketData), dictionary);
    const entries = book.entries(268);
    const prices = (): (number | undefined)[] => Array.from(entries, (entry) => entry.decimal(270, 5));
    expect(prices()).toHaveLength(20);
    expect(prices()).toEqual(prices());
    expect([...book.entries(453)]).toEqual([]);
    expect([...book.entries(55)]).toEqual([]);
  });

  it('give no more entries than announced, and none for a count that is no number', () => {
    const entries = (count: string): (string | undefined)[] =>
      Array.from(
        decodeFrame(frame('D', [453, count], [448, 'a'], [447, 'D'], [448, 'b']), dictionary).entries(453),
        (entry) => entry.text(448),
      );
    expect(entries('2')).toEqual(['a', 'b']);
    expect(entries('1')).toEqual(['a']);
    expect(entries('9')).toEqual(['a', 'b']);
    expect([entries('0'), entries('-1'), entries('x'), entries('')]).toEqual([[], [], [], []]);
  });

  it('keep fields of unknown tags in the entry they stand in', () => {
    const view = decodeFrame(
      frame('D', [453, '2'], [448, 'a'], [9001, 'x'], [447, 'D'], [448, 'b'], [11, 'id']),
      dictionary,
    );
    expect(
      Array.from(view.entries(453), (entry) => [entry.text(448), entry.text(9001), entry.text(447)]),
    ).toEqual([
      ['a', 'x', 'D'],
      ['b', undefined, undefined],
    ]);
    expect(view.text(11)).toBe('id');
  });

  it('find a top-level field behind a group that has the same tag', () => {
    const table = { ...fix44Table, messages: [...fix44Table.messages, 'U1 Notes app 73(11! 58) 58'] };
    const view = decodeFrame(
      frame('U1', [73, '2'], [11, 'a'], [58, 'of a'], [11, 'b'], [58, 'of b'], [58, 'of all']),
      new Dictionary(table),
    );
    expect(Array.from(view.entries(73), (entry) => entry.text(58))).toEqual(['of a', 'of b']);
    expect([view.text(11), view.text(58)]).toEqual([undefined, undefined]);
    const closed = decodeFrame(
      frame('U1', [73, '1'], [11, 'a'], [58, 'of a'], [44, '1'], [58, 'of all']),
      new Dictionary(table),
    );
    expect([closed.text(58), Array.from(closed.entries(73), (entry) => entry.text(58))]).toEqual([
      'of all',
      ['of a'],
    ]);
  });
});

describe('detach', () => {
  it('makes a copy that outlives the buffer', () => {
    const decoder = new Decoder({ dictionary });
    const chunk = new Uint8Array(encodeSample('E', writeNewOrderList));
    decoder.push(chunk);
    const result = decoder.next();
    if (result.kind !== 'message') throw new Error(result.kind);
    const kept = detach(result.message);
    const raw = latin1Bytes(Buffer.from(chunk).toString('latin1'));
    decoder.next();
    chunk.fill(0);
    decoder.push(latin1Bytes(HEARTBEAT));
    decoder.next();
    expect([kept.msgType, kept.seqNum, kept.text(66)]).toEqual(['E', 4711, 'LIST-1']);
    expect(Array.from(kept.entries(73), (entry) => entry.text(11))).toEqual(['ORD-1', 'ORD-2']);
    expect(kept.raw).toEqual(raw);
  });
});

describe('the version', () => {
  it('is followed by the decoder from frame to frame', () => {
    const own = VERSIONS.map((version) => loadDictionary(version));
    const asked: string[] = [];
    const decoder = new Decoder({
      dictionary: own[0]!,
      choose: (beginString) => {
        asked.push(beginString);
        return own.findLast((each) => each.beginString === beginString);
      },
    });
    const frame = (beginString: string): Uint8Array => latin1Bytes(naiveFrame('0', [[34, '1']], beginString));
    const used = (bytes: Uint8Array): string => {
      decoder.push(bytes);
      const result = decoder.next();
      if (result.kind !== 'message') throw new Error(result.kind);
      return result.message.dictionary.version;
    };
    const stream = ['FIX.4.0', 'FIX.4.2', 'FIX.4.2', 'FIXT.1.1', 'FIXT.1.1', 'FIX.9.9', 'FIX.4.4'];
    expect(stream.map((beginString) => used(frame(beginString)))).toEqual([
      'FIX.4.0',
      'FIX.4.2',
      'FIX.4.2',
      'FIX.5.0SP2',
      'FIX.5.0SP2',
      'FIX.5.0SP2',
      'FIX.4.4',
    ]);
    expect(asked).toEqual(['FIX.4.2', 'FIXT.1.1', 'FIX.9.9', 'FIX.4.4']);
    // Set from outside: for the next frame on.
    decoder.dictionary = loadDictionary('FIX.5.0');
    expect([used(frame('FIXT.1.1')), asked.length]).toEqual(['FIX.5.0', 4]);
  });

  it('of a message on FIXT.1.1 may be its own', () => {
    const decoder = new Decoder({ dictionary: loadDictionary('FIX.5.0SP2') });
    const versionOf = (applVerId: string | undefined): [string, boolean] => {
      const fields: NaiveField[] = [[34, '1']];
      if (applVerId !== undefined) fields.push([1128, applVerId]);
      decoder.push(latin1Bytes(naiveFrame('D', [...fields, [11, 'x']], 'FIXT.1.1')));
      const result = decoder.next();
      if (result.kind !== 'message') throw new Error(result.kind);
      const copy = result.message.copy();
      expect([copy.text(11), copy.dictionary]).toEqual(['x', result.message.dictionary]);
      return [copy.dictionary.version, copy.isVersionUnknown];
    };
    for (const version of VERSIONS) expect(versionOf(applVerIdOf(version))).toEqual([version, false]);
    expect(versionOf(undefined)).toEqual(['FIX.5.0SP2', false]);
    expect(versionOf('1')).toEqual(['FIX.5.0SP2', true]);
    expect(versionOf(undefined)).toEqual(['FIX.5.0SP2', false]);
  });
});
