/** What a closed order leaves in memory. */
import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { Scenario } from './desk.fixture.ts';
import { Names } from './names.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function bytesUsed(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

it('the heap is as large after 100,000 closed orders as after 10,000', () => {
  const scenario = new Scenario();
  scenario.limits({ openOrdersMax: 1e9, ordersPerSecondMax: 1e9 });
  let closed = 0;
  const trade = (until: number): number => {
    for (; closed < until; closed += 1) {
      if (closed % 1_000 === 0) scenario.quote('alpha', [108_000, 1e9], [108_010, 1e9]);
      const order = { clOrdId: `ORDER-${closed}`, commandId: `session:1795435200000:${closed}` };
      scenario.submit({ ...order, timeInForce: 'ioc' });
      scenario.fill(`acme.${closed + 1}.1`, 100, 108_010);
      scenario.journal.length = 0;
      scenario.advance(1);
    }
    return bytesUsed();
  };
  const before = trade(10_000);
  const after = trade(100_000);
  expect(after - before).toBeLessThan(4_000_000);
  const { orders, routes, executions, named } = scenario.state;
  for (const kept of [orders, routes, executions, named]) expect(kept.size).toBe(2_000);
}, 120_000);

it('a name that does not count up costs 6.2 bytes', () => {
  const names = new Names();
  const fill = (until: number): number => {
    while (names.size < until) names.add(randomUUID());
    return bytesUsed();
  };
  const before = fill(100_000);
  expect((fill(300_000) - before) / 200_000).toBeLessThan(7.5);
});
