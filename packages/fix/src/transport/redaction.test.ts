/** Secrets are gone, and what is left is a message again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../codec/decoder.ts';
import { latin1Bytes, naiveFrame, type NaiveField } from '../codec/naive.ts';
import { loadDictionary } from '../dictionary/load.ts';
import { redact } from './redaction.ts';

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

describe('redaction', () => {
  it('masks passwords and raw data; lengths and checksum fit', () => {
    const frame = naiveFrame('A', [
      [49, 'CLIENT'],
      [98, '0'],
      [95, '9'],
      [96, 'a\x01554=b\x01c'],
      [553, 'bob'],
      [554, 'old secret'],
      [925, 'new secret'],
    ]);
    const masked = naiveFrame('A', [
      [49, 'CLIENT'],
      [98, '0'],
      [95, '3'],
      [96, '***'],
      [553, 'bob'],
      [554, '***'],
      [925, '***'],
    ]);
    expect(textOf(redact(latin1Bytes(frame)))).toBe(masked);
    expect(decodeFrame(redact(latin1Bytes(frame)), loadDictionary('FIX.4.4')).text(554)).toBe('***');
  });

  it('masks encrypted passwords of FIX 5.0', () => {
    const frame = naiveFrame(
      'A',
      [
        [1401, '3'],
        [1402, 'x\x01y'],
        [1403, '1'],
        [1404, 'z'],
      ],
      'FIXT.1.1',
    );
    expect(textOf(redact(latin1Bytes(frame)))).toMatch(
      /1401=3\x011402=\*\*\*\x011403=3\x011404=\*\*\*\x0110=/,
    );
  });

  it('masks the secret at which a frame is cut', () => {
    const cut = '8=FIX.4.4\x019=99\x0135=A\x01';
    expect(textOf(redact(latin1Bytes(`${cut}554=se`)))).not.toContain('se');
    const data = textOf(redact(latin1Bytes(`${cut}95=20\x0196=first\x01second`)));
    expect(data).toContain('96=***');
    expect(data).not.toContain('second');
  });

  it('gives back the same bytes when there is nothing to mask', () => {
    const frame = latin1Bytes(
      naiveFrame('D', [
        [11, '554'],
        [58, 'say 554=x or 96=y'],
        [9600, 'z'],
      ]),
    );
    expect(redact(frame)).toBe(frame);
  });

  it('is not fooled by a secret in the data of another field, nor by a length that lies', () => {
    const inside = latin1Bytes(
      naiveFrame('B', [
        [354, '9'],
        [355, 'a\x01554=b\x01c'],
      ]),
    );
    expect(redact(inside)).toBe(inside);
    const lying = latin1Bytes(
      naiveFrame('B', [
        [354, '400'],
        [355, 'a'],
        [554, 'secret'],
      ]),
    );
    expect(textOf(redact(lying))).toContain('554=***');
    // As long as its value and the trailer together.
    const swallowing = latin1Bytes(
      naiveFrame('B', [
        [95, '12'],
        [96, 'text'],
      ]),
    );
    expect(textOf(redact(swallowing))).toMatch(/\x0196=\*\*\*\x0110=\d{3}\x01$/);
  });

  it('masks what is cut in the middle of a secret', () => {
    const frame = naiveFrame('A', [[554, 'a long secret']]);
    expect(textOf(redact(latin1Bytes(frame.slice(0, frame.indexOf('long') + 2))))).toMatch(
      /\x01554=\*\*\*\x01$/,
    );
  });

  it('leaves no secret in any message', () => {
    const field: fc.Arbitrary<NaiveField> = fc.tuple(
      fc.constantFrom(11, 58, 95, 96, 354, 355, 553, 554, 925, 1402),
      fc.constantFrom('1', '12', 'text', '554', 'a=b'),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 12 }), (fields) => {
        const secretive = fields.map(([tag, value]): NaiveField => [
          tag,
          tag === 554 || tag === 925 ? `SECRET${value}` : value,
        ]);
        const masked = redact(latin1Bytes(naiveFrame('A', secretive)));
        const honest = secretive.every(([tag]) => tag !== 95 && tag !== 354);
        // A length field that lies may put a password into the data of its neighbour; all else is masked.
        if (honest) expect(textOf(masked)).not.toContain('SECRET');
        expect(decodeFrame(masked, loadDictionary('FIX.4.4')).msgType).toBe('A');
      }),
    );
  });
});
