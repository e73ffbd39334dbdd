/** What is kept beyond a gap: copies, bounded, given back when their turn comes. */
import { describe, expect, it } from 'vitest';
import { peerFrame } from '../../acceptance/bench.ts';
import { Decoder } from '../codec/decoder.ts';
import type { Message } from '../codec/fields.ts';
import { loadDictionary } from '../dictionary/load.ts';
import { EarlyMessages, HANDLED } from './early.ts';

/** A heartbeat with its number, as a view over a buffer that is used again. */
function messages(): (seqNum: number) => Message {
  const decoder = new Decoder({ dictionary: loadDictionary('FIX.4.4') });
  const buffer = new Uint8Array(1_024);
  return (seqNum) => {
    const frame = peerFrame(
      [
        [35, '0'],
        [34, String(seqNum)],
        [112, `id${seqNum}`],
      ],
      0,
      { sender: 'A', target: 'B' },
    );
    buffer.set(frame);
    decoder.push(buffer.subarray(0, frame.length));
    const result = decoder.next();
    if (result.kind !== 'message') throw new Error(result.kind);
    return result.message;
  };
}

describe('early messages', () => {
  it('are copies: the receive buffer is used again', () => {
    const early = new EarlyMessages(10, 10_000);
    const message = messages();
    for (const seqNum of [7, 5, 6]) expect(early.keep(message(seqNum))).toBe(true);
    message(9);
    for (const seqNum of [5, 6, 7]) {
      const taken = early.take(seqNum);
      expect(taken === HANDLED ? undefined : taken?.text(112)).toBe(`id${seqNum}`);
    }
    expect(early.take(5)).toBeUndefined();
    expect(early.size).toBe(0);
  });

  it('are bounded in number and bytes, and room comes back', () => {
    const message = messages();
    const length = message(5).raw.length;
    const few = new EarlyMessages(2, 10_000);
    expect([5, 6, 7, 6].map((seqNum) => few.keep(message(seqNum)))).toEqual([true, true, false, true]);
    few.note(8);
    expect(few.has(8)).toBe(false);
    const small = new EarlyMessages(10, length * 2);
    expect([5, 6, 7].map((seqNum) => small.keep(message(seqNum)))).toEqual([true, true, false]);
    small.dropBelow(6);
    expect(small.keep(message(7))).toBe(true);
    expect(small.lowest()).toBe(6);
    small.note(6);
    expect(small.keep(message(8))).toBe(true);
    expect(small.take(6)).toBe(HANDLED);
    small.clear();
    expect([small.size, small.lowest()]).toEqual([0, Infinity]);
    expect(small.keep(message(5)) && small.keep(message(6))).toBe(true);
  });
});
