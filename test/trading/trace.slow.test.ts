/** With ORDER_TRACE an order leaves a time at each hop of its path; without, nothing is measured. */
import { FixClient } from '@tidegate/sim/client';
import { orderHops } from '@tidegate/platform/observe/trace';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { password, startConfigured, type ConfiguredPlatform } from '../configured.ts';
import { eventually, signIn } from '../platform.ts';

let desk: ConfiguredPlatform;
beforeAll(async () => {
  desk = await startConfigured('trace', () => [], { ORDER_TRACE: 'on' });
}, 60_000);
afterAll(() => desk.stop());

async function counts(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(new URL('/metrics', desk.ops))).text();
  const lines = text.matchAll(/^tidegate_order_hop_seconds_count\{hop="([^"]+)"\} (\d+)$/gm);
  return new Map([...lines].map(([, hop, count]) => [hop!, Number(count)]));
}

it('counts each hop of an order and of the report on it', async () => {
  const admin = await signIn(desk.http);
  await eventually(async () => {
    const { body } = await admin.get('/api/v1/prices');
    return (body as { state: string }[]).some(({ state }) => state === 'live') || undefined;
  }, 'live prices');
  const ids = { senderCompId: 'DEMO1', targetCompId: 'TIDEGATE', username: 'DEMO1' };
  const client = new FixClient({ port: desk.ports['port-02']!, ...ids, password });
  await client.logOn();
  client.order({ clOrdId: 't1', symbol: 'EUR/USD', side: 'buy', quantity: '100000', timeInForce: 'ioc' });
  await client.report('t1', 'F');
  await client.stop();
  const all = await eventually(async () => {
    const seen = await counts();
    return (seen.get('report.send') ?? 0) > 0 ? seen : undefined;
  }, 'the last hop');
  expect([...all.keys()].sort()).toEqual(orderHops.map(({ hop }) => hop).sort());
  expect(all.get('order.command')).toBe(1);
  expect(all.get('order.decide')).toBe(1);
  expect(all.get('order.append')).toBe(1);
  expect(all.get('append.statement')).toBeGreaterThan(1);
});
