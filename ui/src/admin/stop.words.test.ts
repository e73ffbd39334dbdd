/** What the kill switch says of a scope. */
import { expect, it } from 'vitest';
import { openWords, previewWords, resultWords, scopeWords } from './stop.words.ts';

const alpha = { provider: 'alpha', routes: 2, unknown: 1 };
const open = { orders: 3, canceling: 0, value: '120000 USD', providers: [alpha] };
const none = { orders: 0, canceling: 0, value: '0 USD', providers: [] };

it('names what is stopped, and what is open there', () => {
  expect(scopeWords({ provider: 'alpha', account: 'main' })).toBe('Account main, Provider alpha');
  expect(openWords(open)).toBe('3 orders, 120000 USD; at providers: alpha 2 (1 unknown)');
  expect(openWords({ ...open, orders: 1, value: null, providers: [] })).toBe('1 order');
});

it('says beforehand what it would cancel, and who did not answer', () => {
  const firms = [
    { firm: 'acme', isConfirmed: true, orders: null, open },
    { firm: 'blue', isConfirmed: true, orders: null, open: none },
    { firm: 'grey', isConfirmed: false, orders: null, open: null },
  ];
  expect(previewWords(firms)).toBe(`acme: ${openWords(open)} · not confirmed, ask again: grey`);
  expect(previewWords(firms.slice(1, 2))).toBe('Nothing is open in it');
});

it('says afterwards what is left of what was open', () => {
  const done = { firm: 'acme', isConfirmed: true, orders: 5 };
  expect(resultWords([{ ...done, open }])).toBe(`acme: of 5 orders left: ${openWords(open)}`);
  expect(resultWords([{ ...done, open: none }])).toBe('acme: of 5 orders all done');
  expect(resultWords([{ ...done, orders: 0, open: none }])).toBe('Nothing was open in it');
});
