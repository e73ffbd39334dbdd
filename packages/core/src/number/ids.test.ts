import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  cancelId,
  executionId,
  isPartition,
  orderId,
  parseExecutionId,
  parseOrderId,
  parseRouteId,
  partitionOfRoute,
  replaceId,
  routeId,
  routeOfClOrdId,
} from './ids.ts';

const partitions = fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/);
const numbers = fc.integer({ min: 1, max: 9_999_999_999 });

describe('ids', () => {
  it('find their way back from what a venue echoes', () => {
    const routes = fc.integer({ min: 1, max: 999_999 });
    fc.assert(
      fc.property(partitions, numbers, routes, (partition, order, route) => {
        const owner = orderId(partition, order);
        const id = routeId(owner, route);
        const parts = { partition, order, route, orderId: owner, routeId: id };
        for (const text of [id, cancelId(id, 99), replaceId(id, 1)]) {
          expect(parseRouteId(text)).toEqual(parts);
          expect(text.length).toBeLessThanOrEqual(64);
        }
        expect(routeOfClOrdId(replaceId(id, 3))).toBe(id);
        expect(partitionOfRoute(id)).toBe(partition);
        expect(parseOrderId(owner)).toEqual({ partition, order });
      }),
    );
  });

  it('derive an ExecID from its source and back', () => {
    fc.assert(
      fc.property(partitions, numbers, (partition, sequence) => {
        expect(parseExecutionId(executionId(partition, sequence))).toEqual({ partition, sequence });
      }),
    );
  });

  it.each(['', 'a.1', 'a.0.1', 'a.1.1.x1', 'a.1.1.c', 'a b.1.1', `${'p'.repeat(33)}.1.1`, 'a.1.1.c1.c1'])(
    'refuses %j as a route',
    (text) => {
      expect(parseRouteId(text)).toBeUndefined();
    },
  );

  it('keeps partitions short enough', () => {
    expect(isPartition('acme-capital_1')).toBe(true);
    expect(isPartition('a.b')).toBe(false);
    expect(isPartition('x'.repeat(33))).toBe(false);
  });
});
