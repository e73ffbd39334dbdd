/** Cancel all says whose and how many, and afterwards which are left and why. */
import { expect, it } from 'vitest';
import type { OrderView } from '@tidegate/wire/orders';
import { doneText, isInScope, scopeChoices, whyLeft } from './cancel.scope.ts';

const me = { user: 'ann', firm: 'acme' };
const order = (change: Partial<OrderView>): OrderView =>
  ({ firm: 'acme', client: 'ann', account: 'main', status: 'new', unknown: false, ...change }) as OrderView;

it('offers what the user may cancel, with the server’s count', () => {
  const counts = { mine: 1, account: 2, firm: 3, all: null };
  const labels = scopeChoices(me, 'main', counts).map(({ label }) => label);
  expect(labels).toEqual(['Mine (ann): 1 open', 'Account main: 2 open', 'Firm acme: 3 open']);
  expect(scopeChoices(me, 'main', { ...counts, all: 9 })[3]?.label).toBe('Every firm: 9 open');
  expect(scopeChoices(me, 'main', null)[0]?.label).toContain('not known');
});

it('knows whose an order is', () => {
  const of = (one: OrderView) =>
    (['mine', 'account', 'firm', 'all'] as const).filter((scope) => isInScope(one, scope, me, 'main'));
  expect(of(order({}))).toEqual(['mine', 'account', 'firm', 'all']);
  expect(of(order({ client: 'bob', account: 'hedge' }))).toEqual(['firm', 'all']);
  expect(of(order({ firm: 'other' }))).toEqual(['all']);
});

it('says what became of it', () => {
  expect(doneText(5, 0)).toBe('5 of 5 closed, none left.');
  expect(doneText(5, 2)).toBe('3 of 5 closed, 2 left:');
  expect(doneText(null, null)).toContain('not known');
  expect(whyLeft(order({ unknown: true }))).toContain('unknown');
  expect(whyLeft(order({ status: 'pendingCancel' }))).toContain('asked');
});
