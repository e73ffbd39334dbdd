/** Group commit, the pure part: nothing lost, nothing overtaken, always progress, never too much at once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { journalEntry } from './journal.entry.ts';
import { eventsPerGroupMax, takeGroup, type PendingAppend } from './journal.group.ts';

const event = { type: 'orderAccepted', atMs: 0, body: {} };

function pending(partition: string, epoch: number, firstSequence: number, count: number): PendingAppend {
  const events = Array.from({ length: count }, () => event);
  return {
    entry: journalEntry({ partition, epoch, firstSequence, events }),
    resolve: () => undefined,
    reject: () => undefined,
  };
}

const anyAppend = fc.record({
  partition: fc.constantFrom('p1', 'p2', 'p3'),
  epoch: fc.constantFrom(1, 2),
  firstSequence: fc.integer({ min: 1, max: 4 }),
  count: fc.constantFrom(1, 2, 1_000),
});

describe('groups of appends', () => {
  it('keep the order within a partition, merge only what continues, and leave nothing out', () => {
    fc.assert(
      fc.property(fc.array(anyAppend, { minLength: 1, maxLength: 30 }), (appends) => {
        const queue = appends.map((one) => pending(one.partition, one.epoch, one.firstSequence, one.count));
        const { members, rest } = takeGroup(queue);
        const taken = members.flatMap((member) => member.appends);
        expect(taken.length).toBeGreaterThan(0);
        expect(new Set([...taken, ...rest])).toEqual(new Set(queue));
        expect(taken.length + rest.length).toBe(queue.length);
        for (const partition of ['p1', 'p2', 'p3']) {
          const own = (list: readonly PendingAppend[]) =>
            list.filter((one) => one.entry.append.partition === partition);
          expect([...own(taken), ...own(rest)]).toEqual(own(queue));
        }
        for (const { first, last, epoch, appends: merged } of members) {
          let next = first;
          for (const { entry } of merged) {
            expect([entry.append.firstSequence, entry.append.epoch]).toEqual([next, epoch]);
            next = entry.lastSequence + 1;
          }
          expect(last).toBe(next - 1);
        }
        const events = taken.reduce((sum, { entry }) => sum + entry.bodies.length, 0);
        expect(events).toBeLessThanOrEqual(eventsPerGroupMax);
      }),
    );
  });
});
