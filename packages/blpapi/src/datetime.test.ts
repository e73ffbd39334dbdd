import { describe, expect, it } from 'vitest';
import type { BlpDatetime } from './contract.ts';
import { datetimeParts, epochMs, isoText, parseDatetime, readDatetime, writeDatetime } from './datetime.ts';

/**
 * The library's struct, written by hand: parts, h, m, s, u16 ms, month, day, u16 year, i16 offset, u32 ps.
 */
function struct(parts: number): DataView {
  const view = new DataView(new ArrayBuffer(16));
  [parts, 13, 6, 18].forEach((value, index) => view.setUint8(index, value));
  view.setUint16(4, 704, true);
  view.setUint8(6, 11);
  view.setUint8(7, 22);
  view.setUint16(8, 2026, true);
  view.setInt16(10, -300, true);
  view.setUint32(12, 123_456_789, true);
  return view;
}

describe('a date-time of the library', () => {
  it('[DT1] keeps exactly the parts that were sent', () => {
    const time = readDatetime(struct(0x70), 0, 11);
    expect(time).toMatchObject({
      type: 'time',
      hours: 13,
      minutes: 6,
      seconds: 18,
      year: 0,
      month: 0,
      day: 0,
    });
    expect(time.picoseconds).toBe(0);
    expect(isoText(time)).toBe('13:06:18');
    expect(isoText(readDatetime(struct(7), 0, 10))).toBe('2026-11-22');
    expect(isoText(readDatetime(struct(0xff), 0, 13))).toBe('2026-11-22T13:06:18.704123456789-05:00');
    expect(isoText(readDatetime(struct(0x36), 0, 13))).toBe('-----11-22T13:06');
    expect(isoText(readDatetime(struct(0), 0, 13))).toBe('');
  });

  it('[DT2] goes back into the same bytes', () => {
    const value = readDatetime(struct(0xff), 0, 13);
    expect([...writeDatetime(value)]).toEqual([...new Uint8Array(struct(0xff).buffer)]);
  });

  it('[DT3] is an instant only with its zone', () => {
    const withOffset = readDatetime(struct(0xff), 0, 13);
    expect(epochMs(withOffset)).toBe(Date.UTC(2026, 10, 22, 18, 6, 18, 704));
    const without = readDatetime(struct(0xf7), 0, 13);
    expect(epochMs(without)).toBeUndefined();
    expect(epochMs(without, 0)).toBe(Date.UTC(2026, 10, 22, 13, 6, 18, 704));
    expect(epochMs(readDatetime(struct(0x70), 0, 11), 0)).toBeUndefined();
  });

  it('is read from ISO text and written as the same text', () => {
    for (const text of ['2026-11-22', '2026-11-22T09:30', '2026-11-22T09:30:00', '2026-11-22T09:30:00.123Z'])
      expect(isoText(parseDatetime(text) as BlpDatetime)).toBe(text);
    expect(parseDatetime('2026-11-22T09:30:00-05:30')?.offsetMinutes).toBe(-330);
    expect(parseDatetime('2026-11-22')?.parts).toBe(
      datetimeParts.year | datetimeParts.month | datetimeParts.day,
    );
    for (const text of ['2026-02-30', '2026-13-01', '22.11.2026', '2026-11-22T25:00', '', '2026-11-22 09:30'])
      expect(parseDatetime(text), text).toBeUndefined();
  });
});
