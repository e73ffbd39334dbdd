/** The journal's insert as pgbench asks for it, and what pgbench says. */
import { appendStatement } from '@tidegate/platform/journal/journal.session';
import { describe, expect, it } from 'vitest';
import { partitionOf, pgbenchScript, transactionTimes } from './pgbench.ts';

describe('the script of pgbench', () => {
  const at = Date.UTC(2026, 10, 23, 12);
  const event = (type: string, body: object) => ({ type, atMs: at, body });
  const script = pgbenchScript({
    events: [
      event('orderAccepted', { text: "it's a \\ b", price: 5 }),
      event('routeRequested', { id: 'x:y' }),
    ],
  });

  it('is the journal’s statement, each parameter in its place', () => {
    expect(script).not.toMatch(/\$\d/);
    const shape = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
    const [before] = appendStatement.split('$1');
    expect(shape(script)).toContain(shape(before!));
    expect(script.trimEnd().endsWith('SELECT partition FROM moved;')).toBe(true);
  });

  it('moves the head of its own partition by its events each time', () => {
    expect(script).toMatch(/^\\set first :last \+ 1\n\\set last :last \+ 2\n/);
    expect(script).toContain('ARRAY[(:first::bigint + 0), (:first::bigint + 1)]');
    expect(script).toContain("ARRAY[('r' || :run::text || 'c' || :client_id::text)]");
    expect(partitionOf(3, 0)).toBe('r3c0');
  });

  it('has no colon that pgbench would take for a variable', () => {
    const names = [...script.matchAll(/(?<!:):(\w+)/g)].map(([, name]) => name);
    expect(new Set(names)).toEqual(new Set(['first', 'last', 'run', 'client_id']));
    expect(script).toContain(String.raw`x\x3ay`);
    expect(script).toContain(String.raw`it''s a \\\\ b`);
  });
});

it('tells the time of each transaction', () => {
  expect(transactionTimes('0 1 1234 0 1795435200 5\n1 1 900 0 1795435200 9\n')).toEqual([1.234, 0.9]);
});
