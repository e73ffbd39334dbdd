import type { CaseSignal, CaseView } from '@tidegate/wire/cases';
import { describe, expect, it } from 'vitest';
import { isBehind, withSignals } from './case.list.ts';

const row = (caseId: string, state: CaseView['state'], sequence: number) =>
  ({ caseId, state, sequence }) as CaseView;
const told = new Map(
  [
    ['a', 'booked', 9],
    ['b', 'open', 2],
  ].map(([caseId, state, sequence]) => [
    caseId as string,
    { caseId, firm: 'f', state, at: '', sequence } as CaseSignal,
  ]),
);
const signalOf = (caseId: string) => told.get(caseId);

describe('the list of cases', () => {
  const rows = [row('a', 'open', 1), row('b', 'open', 2), row('c', 'dismissed', 5), row('a', 'open', 1)];
  it.each([
    ['all', ['a booked', 'b open', 'c dismissed']],
    ['open', ['b open']],
    ['resolved', ['a booked', 'c dismissed']],
    ['dismissed', ['c dismissed']],
  ] as const)('of %s has the newest word on each, and each once', (state, expected) => {
    expect(withSignals(rows, signalOf, { state }).map((one) => `${one.caseId} ${one.state}`)).toEqual(
      expected,
    );
  });

  it('is read again while it lacks what was signalled', () => {
    expect(isBehind([row('a', 'open', 1)], signalOf, undefined)).toBe(true);
    expect(isBehind([row('a', 'booked', 9)], signalOf, undefined)).toBe(false);
    expect(isBehind([row('a', 'booked', 9)], signalOf, told.get('b'))).toBe(true);
    expect(isBehind([row('b', 'open', 2)], signalOf, told.get('b'))).toBe(false);
  });
});
