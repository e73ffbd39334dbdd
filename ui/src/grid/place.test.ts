/** Keys lead to a place that is there; what is drawn covers what is seen. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawnLines, HEAD, moved, scrolledTo } from './place.ts';

const extent = { lines: 3_000, columns: 5, page: 20 };

describe('moved', () => {
  it.each([
    ['ArrowUp', false, 9, 2],
    ['ArrowUp', true, 0, 2],
    ['ArrowDown', false, 11, 2],
    ['ArrowDown', true, 2_999, 2],
    ['ArrowLeft', false, 10, 1],
    ['ArrowRight', false, 10, 3],
    ['ArrowRight', true, 10, 4],
    ['Home', false, 10, 0],
    ['Home', true, 0, 0],
    ['End', false, 10, 4],
    ['End', true, 2_999, 4],
    ['PageUp', false, 0, 2],
    ['PageDown', false, 30, 2],
  ])('by %s (ctrl %s) is at %i, %i', (key, ctrl, line, column) => {
    expect(moved({ line: 10, column: 2 }, { key, ctrl }, extent)).toEqual({ line, column });
  });
  it('leads from the first line to the head and no further', () => {
    const head = moved({ line: 0, column: 0 }, { key: 'ArrowUp', ctrl: false }, extent);
    expect(head).toEqual({ line: HEAD, column: 0 });
    expect(moved(head!, { key: 'ArrowUp', ctrl: false }, extent)).toEqual(head);
  });
  it('knows which keys are not its own', () => {
    expect(moved({ line: 0, column: 0 }, { key: 'a', ctrl: true }, extent)).toBeUndefined();
  });
  it('has the head even where there are no lines', () => {
    const none = { lines: 0, columns: 5, page: 20 };
    expect(moved({ line: 0, column: 0 }, { key: 'End', ctrl: true }, none)).toEqual({
      line: HEAD,
      column: 4,
    });
  });
});

describe('what is drawn', () => {
  it('covers what is seen, wherever the wheel stops, and is never much more', () => {
    const amounts = fc.record({
      lines: fc.integer({ min: 0, max: 20_000 }),
      room: fc.integer({ min: 27, max: 3_000 }),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(amounts, ({ lines, room, at }) => {
        const scrolled = at * Math.max(0, lines * 27 - room);
        const { from, to } = drawnLines(scrolled, room, 27, lines);
        expect(from).toBeLessThanOrEqual(Math.floor(scrolled / 27));
        expect(to).toBeGreaterThanOrEqual(Math.min(lines, Math.ceil((scrolled + room) / 27)));
        expect(to - from).toBeLessThanOrEqual(room / 27 + 40);
        expect(from).toBeGreaterThanOrEqual(0);
      }),
    );
  });
  it('scrolls no further than it takes to see a line', () => {
    expect(scrolledTo(5, 270, 270, 27)).toBe(135);
    expect(scrolledTo(15, 270, 270, 27)).toBe(270);
    expect(scrolledTo(25, 270, 270, 27)).toBe(432);
  });
});
