/** What a trace of orders measures, on a clock of the test's own. */
import type { Command } from '@tidegate/core/order/order';
import { orderTrace, type OrderTrace } from '@tidegate/platform/observe/trace';
import { Metrics } from '@tidegate/platform/observe/metrics';
import { expect, it } from 'vitest';
import { commandHops } from './hops.ts';

const submit = { kind: 'submit' } as Command;
const cancel = { kind: 'cancel' } as Command;

function traceAt(times: number[]): { readonly trace: OrderTrace; readonly ended: unknown[] } {
  const ended: unknown[] = [];
  return {
    ended,
    trace: { now: () => times.shift()!, end: (hop, fromMs) => void ended.push([hop, fromMs]) },
  };
}

it('measures each hop from the end of the one before', () => {
  const { trace, ended } = traceAt([10, 20]);
  const hops = commandHops(trace, submit, 5)!;
  hops.decided();
  hops.settled();
  expect(ended).toEqual([
    ['order.command', 5],
    ['order.decide', 10],
    ['order.append', 20],
  ]);
});

it('measures orders and reports only, and nothing at all when it is off', () => {
  const { trace, ended } = traceAt([]);
  expect(commandHops(trace, cancel, 5)).toBeUndefined();
  expect(commandHops(undefined, submit, undefined)).toBeUndefined();
  expect(ended).toEqual([]);
});

it('takes a clock of another process that is ahead for no time at all', async () => {
  const metrics = new Metrics({ includeProcess: false });
  const trace = orderTrace(metrics);
  trace.end('route.event', trace.now() + 60_000);
  expect(await metrics.text()).toContain('tidegate_order_hop_seconds_sum{hop="route.event"} 0\n');
});
