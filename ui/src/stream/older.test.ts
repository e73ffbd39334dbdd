/**
 * No row is left out between what the stream brings and what is read by pages, however often the line is cut.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OlderRows, type OlderPage } from './older.ts';
import { LiveRows } from './rows.ts';

interface Row {
  readonly id: number;
}
const SNAPSHOT = 200;
const PAGE = 150;

/** A server with rows 1 to `head`, and a desk at it. */
function desk(limit = 10_000) {
  const server = { head: 0, answers: [] as (() => void)[], isSlow: false };
  const rows = new LiveRows<Row>(
    {
      key: ({ id }) => String(id),
      supersedes: () => false,
      compare: (left, right) => right.id - left.id,
      limit,
    },
    (run) => run(),
  );
  const before = (id: number, count: number): OlderPage<Row> => {
    const items = Array.from({ length: Math.min(count, id - 1) }, (_none, at) => ({ id: id - 1 - at }));
    const last = items.at(-1)?.id ?? 1;
    return { items, next: last > 1 ? String(last) : null };
  };
  const older = new OlderRows<Row>(rows, (cursor) => {
    const page = before(Number(cursor), PAGE);
    if (!server.isSlow) return Promise.resolve(page);
    return new Promise((resolve) => server.answers.push(() => resolve(page)));
  });
  return {
    server,
    rows,
    older,
    connect() {
      const { items, next } = before(server.head + 1, SNAPSHOT);
      rows.apply({ op: 'snapshot', rows: items }, 0);
      older.restart(next, server.head);
    },
    add(count: number, isConnected: boolean) {
      for (let added = 0; added < count; added += 1) {
        server.head += 1;
        if (isConnected) rows.apply({ op: 'update', rows: [{ id: server.head }] }, 0);
      }
    },
    ids: () => rows.list().map(({ id }) => id),
  };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
};
const downFrom = (head: number, count: number): number[] =>
  Array.from({ length: count }, (_none, at) => head - at);

describe('older rows', () => {
  it('are read to the very first', async () => {
    const one = desk();
    one.add(1_000, false);
    one.connect();
    expect(one.ids()).toHaveLength(SNAPSHOT);
    expect(one.older.state()).toMatchObject({ total: 1_000, hasMore: true });
    while (one.older.state().hasMore) {
      one.older.read();
      await settled();
    }
    expect(one.ids()).toEqual(downFrom(1_000, 1_000));
  });

  it('have no hole after a lost line: reading goes on from the new snapshot', async () => {
    const one = desk();
    one.add(1_000, false);
    one.connect();
    for (let page = 0; page < 3; page += 1) {
      one.older.read();
      await settled();
    }
    expect(one.ids()).toEqual(downFrom(1_000, SNAPSHOT + 3 * PAGE));
    one.add(600, false);
    one.connect();
    await settled();
    // As much as was there before is there again, and all of it in one piece.
    expect(one.ids()).toEqual(downFrom(1_600, SNAPSHOT + 3 * PAGE));
    one.older.read();
    await settled();
    expect(one.ids()).toEqual(downFrom(1_600, SNAPSHOT + 4 * PAGE));
  });

  it('drop a page that was asked for before the line was lost', async () => {
    const one = desk();
    one.add(1_000, false);
    one.connect();
    one.server.isSlow = true;
    one.older.read();
    one.add(600, false);
    one.connect();
    for (const answer of one.server.answers) answer();
    await settled();
    expect(one.ids()).toEqual(downFrom(1_600, SNAPSHOT));
  });

  it('end where the desk is full, so that what it lets go leaves no hole', async () => {
    const one = desk(400);
    one.add(1_000, false);
    one.connect();
    for (let page = 0; page < 5; page += 1) {
      one.older.read();
      await settled();
    }
    one.add(300, true);
    const ids = one.ids();
    expect(ids).toEqual(downFrom(1_300, ids.length));
    expect(one.older.state().hasMore).toBe(false);
  });

  it('say why a page could not be read, and may be asked for again', async () => {
    let isDown = true;
    const rows = desk().rows;
    const older = new OlderRows<Row>(rows, () =>
      isDown ? Promise.reject(new Error('no answer')) : Promise.resolve({ items: [{ id: 1 }], next: null }),
    );
    older.restart('x', 7);
    older.read();
    await settled();
    expect(older.state()).toEqual({ total: 7, hasMore: true, isReading: false, problem: 'no answer' });
    isDown = false;
    older.read();
    await settled();
    expect(older.state()).toEqual({ total: 7, hasMore: false, isReading: false, problem: '' });
  });

  it('are in one piece whatever happens in whatever order', async () => {
    const steps = fc.array(
      fc.record({ kind: fc.constantFrom('add', 'lose', 'read'), count: fc.integer({ min: 1, max: 400 }) }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const one = desk(2_000);
        one.add(500, false);
        one.connect();
        for (const { kind, count } of taken) {
          if (kind === 'add') one.add(count, true);
          else if (kind === 'read') one.older.read();
          else {
            one.add(count, false);
            one.connect();
          }
          await settled();
        }
        const ids = one.ids();
        expect(ids).toEqual(downFrom(one.server.head, ids.length));
      }),
      { numRuns: 30 },
    );
  });
});
