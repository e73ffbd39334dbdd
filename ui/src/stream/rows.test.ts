/** Live rows: whatever the order of arrival, the newest of each row is held. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveRows } from './rows.ts';

interface Row {
  readonly id: string;
  readonly sequence: number;
  readonly note?: string;
}

const made = (limit = 100) => {
  const due: (() => void)[] = [];
  const rows = new LiveRows<Row>(
    {
      key: (row) => row.id,
      supersedes: (next, held) => next.sequence > held.sequence,
      compare: (left, right) => right.sequence - left.sequence,
      limit,
    },
    (run) => {
      due.push(run);
    },
  );
  return {
    rows,
    flush: () => {
      for (const run of due.splice(0)) run();
    },
    due,
  };
};

describe('LiveRows', () => {
  it('drops an update that was overtaken', () => {
    const { rows } = made();
    rows.apply({ op: 'update', rows: [{ id: 'a', sequence: 5 }] }, 0);
    rows.apply(
      {
        op: 'update',
        rows: [
          { id: 'a', sequence: 4, note: 'old' },
          { id: 'a', sequence: 5, note: 'twice' },
        ],
      },
      1,
    );
    expect(rows.list()).toEqual([{ id: 'a', sequence: 5 }]);
  });

  it('ends the same for every order of the same updates', () => {
    const update = fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      sequence: fc.integer({ min: 1, max: 50 }),
    });
    const unique = fc.uniqueArray(update, { selector: (row) => row.sequence, maxLength: 20 });
    fc.assert(
      fc.property(
        unique.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        ([straight, shuffled]) => {
          const [one, other] = [made(), made()];
          one.rows.apply({ op: 'update', rows: straight }, 0);
          for (const row of shuffled) other.rows.apply({ op: 'update', rows: [row] }, 0);
          expect(other.rows.list()).toEqual(one.rows.list());
        },
      ),
    );
  });

  it('replaces everything by a snapshot, but never a row by an older one', () => {
    const { rows } = made();
    rows.apply(
      {
        op: 'update',
        rows: [
          { id: 'gone', sequence: 1 },
          { id: 'kept', sequence: 9, note: 'newer' },
        ],
      },
      0,
    );
    rows.apply(
      {
        op: 'snapshot',
        rows: [
          { id: 'kept', sequence: 7 },
          { id: 'new', sequence: 8 },
        ],
      },
      1,
    );
    expect(rows.list()).toEqual([
      { id: 'kept', sequence: 9, note: 'newer' },
      { id: 'new', sequence: 8 },
    ]);
    expect(rows.synced).toBe(true);
  });

  it('remembers arrival by update only, for the flash', () => {
    const { rows } = made();
    rows.apply({ op: 'snapshot', rows: [{ id: 'old', sequence: 1 }] }, 10);
    rows.apply({ op: 'update', rows: [{ id: 'new', sequence: 2 }] }, 20);
    rows.apply({ op: 'update', rows: [{ id: 'new', sequence: 3 }] }, 30);
    expect([rows.arrivedMs('old'), rows.arrivedMs('new')]).toEqual([undefined, 20]);
  });

  it('tells watchers once for a burst, listeners at once for each row taken in', () => {
    const { rows, flush, due } = made();
    let told = 0;
    const heard: string[] = [];
    rows.watch(() => {
      told += 1;
    });
    rows.listen((row) => heard.push(`${row.id}${row.sequence}`));
    for (const sequence of [1, 3, 2]) rows.apply({ op: 'update', rows: [{ id: 'a', sequence }] }, 0);
    expect(heard).toEqual(['a1', 'a3']);
    expect([told, due.length]).toEqual([0, 1]);
    flush();
    expect(told).toBe(1);
  });

  it('gives the same list until something changes', () => {
    const { rows } = made();
    rows.apply({ op: 'update', rows: [{ id: 'a', sequence: 1 }] }, 0);
    const list = rows.list();
    expect(rows.list()).toBe(list);
    rows.apply({ op: 'update', rows: [{ id: 'b', sequence: 2 }] }, 0);
    expect(rows.list()).not.toBe(list);
  });

  it('lets the last rows go when it is full', () => {
    const { rows } = made(10);
    for (let sequence = 1; sequence <= 200; sequence += 1)
      rows.apply({ op: 'update', rows: [{ id: `r${sequence}`, sequence }] }, 0);
    expect(rows.list().length).toBeLessThanOrEqual(11);
    expect(rows.list()[0]?.sequence).toBe(200);
  });

  it('appends older pages without touching what is held', () => {
    const { rows } = made();
    rows.apply({ op: 'update', rows: [{ id: 'a', sequence: 5 }] }, 0);
    rows.append([
      { id: 'a', sequence: 4 },
      { id: 'b', sequence: 2 },
    ]);
    expect(rows.list()).toEqual([
      { id: 'a', sequence: 5 },
      { id: 'b', sequence: 2 },
    ]);
  });
});
