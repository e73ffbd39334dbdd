import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadDictionary } from '../dictionary/load.ts';
import { decodeFrame } from './decoder.ts';
import { EncodeError, Encoder, fieldText } from './encoder.ts';
import type { Header } from './encoder.ts';
import { latin1Bytes, naiveFrame } from './naive.ts';
import { SAMPLE_HEADER, writeNewOrderSingle } from './samples.ts';
import { latin1 } from './values.ts';

const HEADER: Header = {
  beginString: 'FIX.4.4',
  msgType: '0',
  seqNum: 7,
  senderCompId: 'A',
  targetCompId: 'B',
  sendingTimeMs: 1_773_144_000_123,
};
const TIME = '20260310-12:00:00.123';

function raw(frame: Uint8Array): string {
  return latin1(frame, 0, frame.length);
}

function text(frame: Uint8Array): string {
  return raw(frame).replaceAll('\x01', '|');
}

/** Body fields of a frame that `write` fills, without header and trailer. */
function body(write: (encoder: Encoder) => void): string {
  const encoder = new Encoder();
  encoder.begin(HEADER);
  write(encoder);
  return /56=[^|]*\|(.*)10=\d{3}\|$/.exec(text(encoder.end()))![1]!;
}

describe('frames', () => {
  it('have header, exact BodyLength and CheckSum', () => {
    const encoder = new Encoder();
    encoder.begin(HEADER);
    expect(raw(encoder.end())).toBe(
      naiveFrame('0', [
        [34, '7'],
        [49, 'A'],
        [52, TIME],
        [56, 'B'],
      ]),
    );
  });

  it('carry the optional header fields', () => {
    const encoder = new Encoder();
    encoder.begin({
      ...HEADER,
      beginString: 'FIXT.1.1',
      possDup: true,
      possResend: true,
      origSendingTimeMs: 0,
      extra: [
        { tag: 50, value: 'desk' },
        { tag: 115, value: 'firm' },
      ],
    });
    expect(text(encoder.end()).replace(/(52|122)=[^|]*/g, '$1=')).toMatch(
      /^8=FIXT.1.1\|9=\d+\|35=0\|34=7\|43=Y\|49=A\|50=desk\|52=\|56=B\|97=Y\|115=firm\|122=\|10=/,
    );
  });

  it('have header fields that go up by tag, whatever order they are given in', () => {
    const encoder = new Encoder();
    const tags = [1128, 129, 50, 145, 57, 91, 90, 347, 116];
    encoder.begin({
      ...HEADER,
      possDup: true,
      possResend: true,
      origSendingTimeMs: HEADER.sendingTimeMs,
      lastMsgSeqNumProcessed: 2 ** 40,
      extra: tags.map((tag) => ({ tag, value: 'x' })),
    });
    const written = [...text(encoder.end()).matchAll(/\|(\d+)=/g)].map((match) => Number(match[1]));
    const expected = [34, 43, 49, 50, 52, 56, 57, 90, 91, 97, 116, 122, 129, 145, 347, 369, 1128];
    expect(written).toEqual([9, 35, ...expected, 10]);
  });

  it('have times of the precision asked for', () => {
    const times = ([0, 3, 6, 9] as const).map((timestampPrecision) => {
      const encoder = new Encoder();
      encoder.begin({
        ...HEADER,
        timestampPrecision,
        sendingTimeNanos: 45_067,
        origSendingTimeMs: 1,
      });
      return [...text(encoder.end()).matchAll(/\|(?:52|122)=([^|]*)/g)].map((match) => match[1]);
    });
    expect(times).toEqual([
      ['20260310-12:00:00', '19700101-00:00:00'],
      ['20260310-12:00:00.123', '19700101-00:00:00.001'],
      ['20260310-12:00:00.123045', '19700101-00:00:00.001000'],
      ['20260310-12:00:00.123045067', '19700101-00:00:00.001000000'],
    ]);
    for (const sendingTimeNanos of [-1, 1_000_000, 0.5, NaN])
      expect(() => new Encoder().begin({ ...HEADER, timestampPrecision: 9, sendingTimeNanos })).toThrow(
        RangeError,
      );
  });

  it('have a right BodyLength whatever the size before was', () => {
    const encoder = new Encoder();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12_000 }), { maxLength: 12 }), (sizes) => {
        for (const size of sizes) {
          const value = 'x'.repeat(size);
          encoder.begin(HEADER).text(58, value);
          expect(raw(encoder.end())).toBe(
            naiveFrame('0', [
              [34, '7'],
              [49, 'A'],
              [52, TIME],
              [56, 'B'],
              [58, value],
            ]),
          );
        }
        encoder.release();
      }),
      { numRuns: 50 },
    );
  });

  it('follow changing comp ids and versions', () => {
    const encoder = new Encoder();
    for (const senderCompId of ['A', 'C', 'A']) {
      for (const beginString of ['FIX.4.4', 'FIX.4.2']) {
        encoder.begin({ ...HEADER, senderCompId, beginString });
        expect(text(encoder.end())).toContain(
          `8=${beginString}|9=45|35=0|34=7|49=${senderCompId}|52=${TIME}|56=B|`,
        );
      }
    }
  });
});

describe('fields', () => {
  it('are written by their type', () => {
    expect(
      body((fields) =>
        fields
          .text(58, 'é')
          .int(1, -5)
          .int(38, 0)
          .int(70_001, Number.MAX_SAFE_INTEGER)
          .char(54, '1')
          .boolean(114, true)
          .boolean(43, false)
          .utcMillis(60, 0)
          .int(95, 3)
          .bytes(96, latin1Bytes('a\x01b')),
      ),
    ).toBe('58=é|1=-5|38=0|70001=9007199254740991|54=1|114=Y|43=N|60=19700101-00:00:00.000|95=3|96=a|b|');
  });

  it('have decimals with all digits of the scale', () => {
    const decimals: readonly [number, number, string][] = [
      [108_753, 5, '1.08753'],
      [110_000, 5, '1.10000'],
      [-5, 2, '-0.05'],
      [5, 1, '0.5'],
      [0, 2, '0.00'],
      [-0, 0, '0'],
      [1_000_000, 0, '1000000'],
      [-123, 0, '-123'],
      [Number.MAX_SAFE_INTEGER, 15, '9.007199254740991'],
      [Number.MIN_SAFE_INTEGER, 0, '-9007199254740991'],
      [2 ** 40, 3, '1099511627.776'],
      [1, 15, '0.000000000000001'],
    ];
    for (const [scaled, scale, expected] of decimals) {
      expect(body((fields) => fields.decimal(44, scaled, scale))).toBe(`44=${expected}|`);
    }
  });

  it('come back as the numbers they were', () => {
    const dictionary = loadDictionary('FIX.4.4');
    const encoder = new Encoder();
    fc.assert(
      fc.property(
        fc.maxSafeInteger(),
        fc.nat(15),
        fc.integer({ min: 11, max: 99_999_999 }),
        (value, scale, tag) => {
          encoder.release();
          encoder
            .begin(HEADER)
            .decimal(tag === 44 ? 45 : tag, value, scale)
            .int(20_044, value);
          const view = decodeFrame(encoder.end(), dictionary);
          expect(view.int(20_044)).toBe(value + 0);
          if (![34, 35, 49, 52, 56, 20_044].includes(tag))
            expect(view.decimal(tag === 44 ? 45 : tag, scale)).toBe(value + 0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('of any width of tag are written', () => {
    for (const tag of [1, 7, 11, 99, 100, 999, 1000, 9999, 10_000, 99_999_999]) {
      expect(body((fields) => fields.int(tag, 1))).toBe(`${tag}=1|`);
    }
  });
});

describe('guards', () => {
  const refused = (write: (encoder: Encoder) => void): string | undefined => {
    try {
      body(write);
      return undefined;
    } catch (error) {
      return error instanceof EncodeError ? error.code : String(error);
    }
  };

  it('keep a value from becoming another field', () => {
    expect(refused((fields) => fields.text(58, 'a\x0149=X'))).toBe('delimiter');
    expect(refused((fields) => fields.char(54, '\x01'))).toBe('delimiter');
    expect(refused((fields) => fields.bytes(96, latin1Bytes('a\x01b')))).toBe('delimiter');
    expect(refused((fields) => fields.int(95, 2).bytes(96, latin1Bytes('a\x01b')))).toBe('delimiter');
    expect(refused((fields) => fields.int(95, 3).text(58, 'x').bytes(96, latin1Bytes('a\x01b')))).toBe(
      'delimiter',
    );
  });

  it('keep values from being empty, wide or no numbers', () => {
    expect(refused((fields) => fields.text(58, ''))).toBe('empty');
    expect(refused((fields) => fields.char(54, ''))).toBe('empty');
    expect(refused((fields) => fields.char(54, '12'))).toBe('empty');
    expect(refused((fields) => fields.bytes(96, new Uint8Array(0)))).toBe('empty');
    expect(refused((fields) => fields.text(58, '€'))).toBe('not-latin1');
    for (const value of [NaN, 1.5, Infinity, 2 ** 53]) {
      expect(refused((fields) => fields.int(38, value))).toBe('number');
      expect(refused((fields) => fields.decimal(44, value, 2))).toBe('number');
    }
    expect(refused((fields) => fields.decimal(44, 1, 16))).toBe('number');
    expect(refused((fields) => fields.decimal(44, 1, -1))).toBe('number');
  });

  it('keep the tags that only the encoder writes', () => {
    for (const tag of [0, -1, 1.5, 8, 9, 10, 100_000_000, NaN]) {
      expect([tag, refused((fields) => fields.text(tag, 'x'))]).toEqual([tag, 'tag']);
    }
  });

  it('keep to begin, fields, end', () => {
    const encoder = new Encoder();
    expect(() => encoder.text(58, 'x')).toThrow('no frame was begun');
    expect(() => encoder.end()).toThrow('no frame was begun');
    expect(() => encoder.begin({ ...HEADER, beginString: '4.4\x0158=' })).toThrow('not a BeginString');
    expect(() => encoder.begin({ ...HEADER, senderCompId: 'a\x01b' })).toThrow('SOH');
    encoder.abandon();
    encoder.begin(HEADER).text(58, 'x');
    expect(text(encoder.end())).toContain('49=A|');
  });

  it('leave frames as they were when one is given up', () => {
    const encoder = new Encoder();
    encoder.begin(HEADER);
    const first = text(encoder.end());
    encoder.begin(HEADER).text(58, 'half');
    encoder.abandon();
    encoder.begin(HEADER).text(58, 'half');
    encoder.begin(HEADER);
    encoder.end();
    expect(text(encoder.pending)).toBe(first + first);
  });

  it('make foreign text safe on request', () => {
    expect(fieldText('a\x01b€ é')).toBe('a?b? é');
    expect(fieldText('')).toBe('-');
  });
});

describe('a turn of many frames', () => {
  it('is contiguous, and its views stay valid while the buffer grows', () => {
    const encoder = new Encoder(64);
    const views = Array.from({ length: 50 }, (_, i) => {
      encoder.begin({ ...HEADER, seqNum: i + 1 }).text(58, 'x'.repeat(i + 1));
      return encoder.end();
    });
    const frames = Array.from({ length: 50 }, (_, i) =>
      naiveFrame('0', [
        [34, String(i + 1)],
        [49, 'A'],
        [52, TIME],
        [56, 'B'],
        [58, 'x'.repeat(i + 1)],
      ]),
    );
    expect(views.map(raw)).toEqual(frames);
    expect(raw(encoder.pending)).toBe(frames.join(''));
  });

  it('starts anew after release', () => {
    const encoder = new Encoder();
    encoder.begin(HEADER);
    const before = encoder.end();
    encoder.release();
    expect(encoder.pending.length).toBe(0);
    encoder.begin({ ...HEADER, seqNum: 8 });
    expect(text(encoder.end())).toBe(text(before));
    expect(text(before)).toContain('34=8|');
  });

  it('keeps a taken buffer until it is recycled', () => {
    const encoder = new Encoder();
    encoder.begin(HEADER);
    encoder.end();
    const taken = encoder.take();
    const kept = text(taken);
    for (let i = 0; i < 3; i++) {
      encoder.begin({ ...HEADER, seqNum: 100 + i });
      encoder.end();
      expect(encoder.take().buffer).not.toBe(taken.buffer);
    }
    expect(text(taken)).toBe(kept);
    encoder.recycle(taken);
    encoder.take();
    encoder.begin(HEADER);
    expect(encoder.end().buffer).toBe(taken.buffer);
  });

  it('goes on with a small buffer after a large message', () => {
    const encoder = new Encoder();
    encoder.begin(HEADER).text(58, 'l'.repeat(3 << 20));
    encoder.end();
    encoder.recycle(encoder.take());
    encoder.begin(HEADER);
    expect(encoder.end().buffer.byteLength).toBeLessThanOrEqual(1 << 20);
  });

  it('takes a buffer back once, and only its own', () => {
    const encoder = new Encoder();
    encoder.begin(HEADER);
    encoder.end();
    const taken = encoder.take();
    encoder.recycle(taken.subarray(5));
    encoder.recycle(taken);
    encoder.recycle(new Uint8Array(4096));
    const buffers = [0, 1, 2].map((i) => {
      encoder.take();
      encoder.begin({ ...HEADER, seqNum: i + 1 });
      return encoder.end().buffer;
    });
    expect(buffers.filter((buffer) => buffer === taken.buffer)).toHaveLength(1);
    expect(new Set(buffers).size).toBe(3);
  });
});

describe('resend', () => {
  const resendMs = HEADER.sendingTimeMs + 60_000;

  function resent(frame: string): string {
    return text(new Encoder().resend(latin1Bytes(frame), { sendingTimeMs: resendMs }));
  }

  it('adds PossDupFlag and OrigSendingTime, and renews SendingTime', () => {
    const encoder = new Encoder();
    encoder.begin({ ...SAMPLE_HEADER, msgType: 'D', extra: [{ tag: 50, value: 'desk' }] });
    writeNewOrderSingle(encoder);
    const frame = encoder.end().slice();
    const copy = encoder.resend(frame, { sendingTimeMs: SAMPLE_HEADER.sendingTimeMs + 60_000 });
    const fields = (from: Uint8Array): string =>
      text(from)
        .replace(/^8=.*?\|9=\d+\|/, '')
        .replace(/10=\d+\|$/, '');
    expect(fields(copy)).toBe(
      fields(frame)
        .replace('|49=', '|43=Y|49=')
        .replace(`52=${TIME}|`, '52=20260310-12:01:00.123|')
        .replace('|11=ORD', `|122=${TIME}|11=ORD`),
    );
    const view = decodeFrame(copy, loadDictionary('FIX.4.4'));
    expect([view.possDup, view.seqNum, view.text(122), view.text(50)]).toEqual([true, 4711, TIME, 'desk']);
  });

  it('replaces the flag and time of an earlier resend', () => {
    const frame = naiveFrame('0', [
      [34, '7'],
      [43, 'N'],
      [49, 'A'],
      [52, TIME],
      [56, 'B'],
      [122, '20260309-12:00:00'],
      [112, 'x'],
    ]);
    expect(resent(frame)).toContain(
      `35=0|34=7|43=Y|49=A|52=20260310-12:01:00.123|56=B|122=${TIME}|112=x|10=`,
    );
  });

  it('steps over header data with delimiters in it, and leaves the body alone', () => {
    const xml = 'a\x0152=b';
    const frame = naiveFrame('B', [
      [49, 'A'],
      [56, 'B'],
      [34, '7'],
      [212, String(xml.length)],
      [213, xml],
      [52, TIME],
      [148, 'headline'],
      [43, 'N'],
      [52, 'body'],
    ]);
    expect(resent(frame)).toContain(
      `35=B|34=7|43=Y|49=A|52=20260310-12:01:00.123|56=B|122=${TIME}|` +
        '212=6|213=a|52=b|148=headline|43=N|52=body|10=',
    );
  });

  it('keeps the precision of the stored time, and takes another one when asked', () => {
    for (const [fraction, now] of [
      ['', ''],
      ['.123', '.123'],
      ['.123456', '.123000'],
      ['.123456789', '.123000000'],
    ]) {
      const frame = naiveFrame('0', [
        [34, '7'],
        [52, `20260310-12:00:00${fraction}`],
        [369, '5'],
      ]);
      expect(resent(frame)).toContain(
        `35=0|34=7|43=Y|52=20260310-12:01:00${now}|122=20260310-12:00:00${fraction}|369=5|10=`,
      );
    }
    const frame = naiveFrame('0', [
      [34, '7'],
      [52, TIME],
    ]);
    const options = { sendingTimeMs: resendMs, timestampPrecision: 6, sendingTimeNanos: 7000 } as const;
    expect(text(new Encoder().resend(latin1Bytes(frame), options))).toContain(
      `|52=20260310-12:01:00.123007|122=${TIME}|`,
    );
  });

  it('keeps hops together', () => {
    const frame = naiveFrame('0', [
      [34, '7'],
      [52, TIME],
      [627, '2'],
      [628, 'a'],
      [630, '1'],
      [628, 'b'],
      [112, 'x'],
    ]);
    expect(resent(frame)).toContain(`|122=${TIME}|627=2|628=a|630=1|628=b|112=x|10=`);
  });

  it('refuses a frame without SendingTime', () => {
    expect(() =>
      resent(
        naiveFrame('0', [
          [34, '7'],
          [112, 'x'],
        ]),
      ),
    ).toThrow('no SendingTime');
    expect(() => resent('')).toThrow(EncodeError);
  });
});
