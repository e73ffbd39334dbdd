/** A log line gives back every byte. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latin1Bytes } from '../codec/naive.ts';
import { escapedText, formatLogLine, frameText, parseLogLine } from './message.log.ts';

const utcMs = Date.UTC(2026, 2, 10, 12, 0, 0, 7);

describe('message log', () => {
  it('writes what people can read', () => {
    const raw = latin1Bytes('8=FIX.4.4\x0158=a|b\\c \xe9\n\x01');
    expect(formatLogLine({ direction: 'in', utcMs, raw })).toBe(
      '2026-03-10T12:00:00.007Z < 8=FIX.4.4|58=a\\|b\\\\c \\xe9\\x0a|',
    );
    expect(formatLogLine({ direction: 'out', utcMs, raw: raw.subarray(0, 10), sessionId: 'A->B' })).toBe(
      '2026-03-10T12:00:00.007Z [A->B] > 8=FIX.4.4|',
    );
  });

  it('reads back every byte, session and time', () => {
    const line = fc.record(
      {
        direction: fc.constantFrom('in' as const, 'out' as const),
        utcMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
        raw: fc.uint8Array({ maxLength: 80 }),
        sessionId: fc.stringMatching(/^[A-Za-z0-9.:>_ -]*$/),
      },
      { requiredKeys: ['direction', 'utcMs', 'raw'] },
    );
    fc.assert(
      fc.property(line, (entry) => {
        expect(parseLogLine(formatLogLine(entry))).toEqual(entry);
      }),
    );
  });

  it('writes what needs no escape as its slow twin does', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.stringMatching(/^[\x01 -~]*$/).map(latin1Bytes),
    );
    fc.assert(
      fc.property(bytes, (raw) => {
        expect(frameText(raw)).toBe(escapedText(raw));
      }),
    );
  });

  it('takes SOH as itself and a line end of Windows', () => {
    expect(parseLogLine('2026-03-10T12:00:00Z > 8=FIX.4.4\x019=5\x01\r')?.raw).toEqual(
      latin1Bytes('8=FIX.4.4\x019=5\x01'),
    );
  });

  it('refuses what is no line of a log', () => {
    for (const text of [
      '',
      '# comment',
      '2026-03-10T12:00:00Z = 8=FIX|',
      '2026-99-10T12:00:00Z < 8=FIX|',
      '2026-03-10T12:00:00Z < 8=FIX\\',
      '2026-03-10T12:00:00Z < 8=FIX\\q',
      '2026-03-10T12:00:00Z < 8=FIX\\x1',
      '2026-03-10T12:00:00Z < 8=€',
    ]) {
      expect(parseLogLine(text)).toBeUndefined();
    }
  });
});
