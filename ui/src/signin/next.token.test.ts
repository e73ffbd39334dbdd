/** The next token opens a desk whose token ended while it was opening. */
import { expect, it } from 'vitest';
import { Cell } from '../cell.ts';
import { onNextToken } from './next.token.ts';

const waiting = (first: string | null, used: string | null) => {
  const held = new Cell<{ readonly token: string } | null>(first === null ? null : { token: first });
  const seen = { runs: 0 };
  const undo = onNextToken(held, used, () => (seen.runs += 1));
  return { held, seen, undo };
};

it('waits for a token after the one that ended, and runs once', () => {
  const { held, seen } = waiting(null, 'a');
  held.set({ token: 'a' });
  held.set(null);
  expect(seen.runs).toBe(0);
  held.set({ token: 'b' });
  held.set({ token: 'c' });
  expect(seen.runs).toBe(1);
});

it('runs at once where the next token came before the refusal of the last one', () => {
  expect(waiting('b', 'a').seen.runs).toBe(1);
  expect(waiting('a', 'a').seen.runs).toBe(0);
});

it('waits no longer when the desk is left', () => {
  const { held, seen, undo } = waiting(null, null);
  undo();
  held.set({ token: 'b' });
  expect(seen.runs).toBe(0);
});
