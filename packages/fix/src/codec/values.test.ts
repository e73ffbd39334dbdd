import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latin1Bytes } from './naive.ts';
import { TimestampText } from './timestamp.ts';
import { decimal, integer, latin1, utcMicros } from './values.ts';

const asInteger = (text: string): number => integer(latin1Bytes(text), 0, text.length);
const asDecimal = (text: string, scale: number): number => decimal(latin1Bytes(text), 0, text.length, scale);
const asMicros = (text: string): number => utcMicros(latin1Bytes(text), 0, text.length);

describe('integer', () => {
  it('reads ints', () => {
    expect(['0', '-0', '00023', '-7', '9007199254740991', '-9007199254740991'].map(asInteger)).toEqual([
      0,
      0,
      23,
      -7,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
    ]);
  });

  it('is NaN for anything else', () => {
    for (const text of [
      '',
      '-',
      '+1',
      '1.0',
      '1e3',
      ' 1',
      '1 ',
      '9007199254740992',
      '99999999999999999999',
      '0x1',
    ]) {
      expect([text, asInteger(text)]).toEqual([text, NaN]);
    }
  });
});

describe('decimal', () => {
  it('reads floats as integers of the scale', () => {
    expect(asDecimal('1.08753', 5)).toBe(108_753);
    expect(asDecimal('1.1', 5)).toBe(110_000);
    expect(asDecimal('-0.05', 2)).toBe(-5);
    expect(asDecimal('1000000', 0)).toBe(1_000_000);
    expect(asDecimal('.5', 1)).toBe(5);
    expect(asDecimal('5.', 1)).toBe(50);
    expect(asDecimal('-0.00', 2)).toBe(0);
    expect(asDecimal('0023.23', 2)).toBe(2323);
  });

  it('drops zeros beyond the scale and nothing else', () => {
    expect(asDecimal('1.25000000000000000000', 2)).toBe(125);
    expect(asDecimal('1.251', 2)).toBeNaN();
    expect(asDecimal('1.2500000001', 2)).toBeNaN();
  });

  it('is NaN for what is malformed or does not fit', () => {
    for (const text of ['', '-', '.', '-.', '1..2', '1.2.3', '1e5', '+1', '1,5', 'NaN']) {
      expect([text, asDecimal(text, 2)]).toEqual([text, NaN]);
    }
    expect(asDecimal('90071992547409.92', 2)).toBeNaN();
    expect(asDecimal('90071992547409.91', 2)).toBe(Number.MAX_SAFE_INTEGER);
    expect(asDecimal('1', 16)).toBeNaN();
  });

  it('agrees with bigint arithmetic', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }),
        fc.nat(8),
        fc.nat(8),
        (value, digits, scale) => {
          const magnitude = String(value < 0n ? -value : value).padStart(digits + 1, '0');
          const split = magnitude.length - digits;
          const sign = value < 0n ? '-' : '';
          const point = digits > 0 ? '.' : '';
          const text = `${sign}${magnitude.slice(0, split)}${point}${magnitude.slice(split)}`;
          const scaled = value * 10n ** BigInt(scale);
          const isExact = scaled % 10n ** BigInt(digits) === 0n;
          const expected = Number(scaled / 10n ** BigInt(digits));
          const fits = isExact && Math.abs(expected) <= Number.MAX_SAFE_INTEGER;
          expect(asDecimal(text, scale)).toBe(fits ? expected : NaN);
        },
      ),
    );
  });
});

describe('utcMicros', () => {
  it('reads seconds to nanoseconds', () => {
    expect(asMicros('19700101-00:00:00')).toBe(0);
    expect(asMicros('20260310-12:00:00.123')).toBe(1_773_144_000_123_000);
    expect(asMicros('20260310-12:00:00.123456')).toBe(1_773_144_000_123_456);
    expect(asMicros('20260310-12:00:00.123456789')).toBe(1_773_144_000_123_456);
    expect(asMicros('20260310-12:00:00.1')).toBe(1_773_144_000_100_000);
    expect(asMicros('20161231-23:59:60')).toBe(Date.UTC(2017, 0, 1) * 1000);
  });

  it('is NaN for anything else', () => {
    for (const text of [
      '',
      '20260310',
      '20260310-12:00',
      '20260310 12:00:00',
      '20261310-12:00:00',
      '20260230-12:00:00',
      '20250229-12:00:00',
      '21000229-12:00:00',
      '20260310-24:00:00',
      '20260310-12:60:00',
      '20260310-12:00:61',
      '20260310-12:00:00.',
      '20260310-12:00:00.12x',
      '20260310-12:00:00.1234567890123',
      '20260310-12:00:00.123456x',
      '2026031x-12:00:00',
      '20260300-12:00:00',
      '20260310-1a:00:00',
      '20260310-12:00:00,123',
    ]) {
      expect([text, asMicros(text)]).toEqual([text, NaN]);
    }
  });

  it('agrees with the runtime on any millisecond', () => {
    const stamp = new TimestampText();
    const bytes = new Uint8Array(21 + 2);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.nat(4_102_444_800_000),
          fc.nat(200_000_000),
          fc.integer({ min: 951_700_000_000, max: 951_900_000_000 }),
        ),
        (ms) => {
          const text = new Date(ms).toISOString().replaceAll(/-|Z/g, '').replace('T', '-');
          expect(asMicros(text)).toBe(ms * 1000);
          stamp.write(ms, bytes, 1);
          expect(latin1(bytes, 1, 1 + 21)).toBe(text);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('refuses to write what is no time', () => {
    for (const ms of [-1, 0.5, NaN, 253_402_300_800_000]) {
      expect(() => new TimestampText().write(ms, new Uint8Array(21), 0)).toThrow(RangeError);
    }
  });
});

describe('latin1', () => {
  it('keeps every byte', () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    expect([...latin1(all, 0, 256)].map((character) => character.charCodeAt(0))).toEqual([...all]);
    expect(latin1(all, 0xe0, 0xe4)).toBe('àáâã');
  });
});
