/** The ring of raw messages against a list that is cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latin1Bytes, naiveFrame } from '../codec/naive.ts';
import { RecentMessages } from './recent.ts';

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
const news = (id: number, length: number): string =>
  naiveFrame('B', [
    [148, `${id}`],
    [58, 'x'.repeat(length + 1)],
  ]);

describe('recent messages', () => {
  it('are the newest ones, whole and in order, whatever the pieces they came in', () => {
    const piece = fc.record({
      isOut: fc.boolean(),
      lengths: fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 6 }),
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const ring = new RecentMessages(10, 4_096);
        const all: { direction: string; text: string; utcMs: number }[] = [];
        let id = 0;
        pieces.forEach(({ isOut, lengths }, utcMs) => {
          const direction = isOut ? 'out' : 'in';
          const frames = lengths.map((length) => news(++id, length));
          for (const text of frames) all.push({ direction, text, utcMs });
          const bytes = latin1Bytes(`before${frames.join('')}behind`);
          ring.add(direction, utcMs, bytes, 6, bytes.length - 6);
        });
        const kept = ring
          .read()
          .map(({ direction, raw, utcMs }) => ({ direction, text: textOf(raw), utcMs }));
        expect(kept).toEqual(all.slice(all.length - kept.length));
        // Ten pieces are kept, and no piece here fills more than a quarter of the ring.
        expect(kept.length).toBeGreaterThanOrEqual(Math.min(all.length, 10));
      }),
    );
  });

  it('keep the last of a piece larger than half the ring, and the beginning of such a frame', () => {
    const ring = new RecentMessages(100, 1_000);
    const frames = Array.from({ length: 20 }, (_, i) => news(i, 50));
    const bytes = latin1Bytes(frames.join(''));
    ring.add('in', 1, bytes, 0, bytes.length);
    const kept = ring.read().map(({ raw }) => textOf(raw));
    expect(kept.length).toBeGreaterThan(3);
    expect(kept).toEqual(frames.slice(-kept.length));
    const long = latin1Bytes(news(99, 700));
    ring.add('out', 2, long, 0, long.length);
    const last = ring.read().at(-1);
    expect(last).toMatchObject({ direction: 'out', isCut: true });
    expect(textOf(last?.raw as Uint8Array)).toBe(textOf(long.subarray(0, 250)));
    expect(ring.read().slice(0, -1).length).toBeGreaterThan(3);
  });

  it('come without passwords', () => {
    const ring = new RecentMessages(10, 1_000);
    const logon = latin1Bytes(
      naiveFrame('A', [
        [553, 'bob'],
        [554, 'secret'],
      ]),
    );
    ring.add('in', 1, logon, 0, logon.length);
    expect(textOf(ring.read()[0]?.raw as Uint8Array)).toMatch(/553=bob\x01554=\*\*\*\x01/);
    expect(textOf(logon)).toContain('554=secret');
  });

  it('cost nothing when none are kept', () => {
    const ring = new RecentMessages(0, 64 << 10);
    const bytes = latin1Bytes(news(1, 1));
    ring.add('in', 1, bytes, 0, bytes.length);
    expect(ring.isKept).toBe(false);
    expect(ring.read()).toEqual([]);
  });
});
