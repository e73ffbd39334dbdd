/** Processes and what they own, in words. */
import { expect, it } from 'vitest';
import { movedText, ownedText, reasonText } from './cluster.words.ts';

it('counts what is owned, and names what there is once', () => {
  expect(ownedText({ owned: {} })).toBe('');
  expect(ownedText({ owned: { partition: 3, provider: 1, session: 1, monitor: 1 } })).toBe(
    '3 firms, 1 provider session, 1 client session, monitoring',
  );
  expect(ownedText({ owned: { later: 2 } })).toBe('later');
});

it('says why a process is not ready before what it does without', () => {
  expect(reasonText({ reasons: { sql: 'is away' }, warnings: { cache: 'is away, too' } })).toBe(
    'sql: is away; cache: is away, too',
  );
});

it('says how far a process is with leaving', () => {
  const one = { kind: 'partition', resource: 'f1', epoch: 1 };
  expect(movedText([])).toBe('It owned nothing');
  expect(movedText([{ ...one, state: 'moved' }])).toBe('1 of 1 moved');
  expect(
    movedText([
      { ...one, state: 'moved' },
      { ...one, state: 'free' },
      { ...one, state: 'stays' },
    ]),
  ).toBe('1 of 3 moved, 1 free, waiting for an owner, 1 with it still');
});
