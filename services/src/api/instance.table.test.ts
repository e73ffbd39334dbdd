/** What the API knows of processes: by what they say, and by their silence. */
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import type { InstanceView } from '@tidegate/wire/instances';
import { instanceTopic } from '@tidegate/wire/topics';
import { expect, it } from 'vitest';
import { InstanceTable } from './instance.table.ts';

const view = (instance: string, incarnation: number, state: InstanceView['state']): InstanceView => ({
  instance,
  incarnation,
  pid: 1,
  services: ['oms'],
  version: '1',
  startedAt: '2026-03-02T10:00:00.000Z',
  state,
  reasons: {},
  warnings: {},
  owned: {},
});

it('shows each process as it said last, silence as such, and what has gone for ten minutes', async () => {
  let monoMs = 1_000;
  const bus = new MemoryBus({ onHandlerError: (error) => expect.fail(String(error)) });
  const clock = { monoMs: () => monoMs, nowMs: () => monoMs };
  const table = new InstanceTable(bus, clock as never);
  table.start();
  for (const said of [view('b', 2, 'ready'), view('a', 1, 'ready'), view('a', 3, 'starting')])
    bus.publish(instanceTopic(), said);
  const shown = (): string[] => table.list().map((one) => `${one.instance}${one.incarnation} ${one.state}`);
  await expect.poll(shown).toEqual(['a3 starting', 'a1 ready', 'b2 ready']);
  expect(table.named('a')?.incarnation).toBe(3);

  bus.publish(instanceTopic(), view('a', 1, 'gone'));
  bus.publish(instanceTopic(), view('a', 1, 'ready'));
  await expect.poll(shown).toEqual(['a3 starting', 'a1 gone', 'b2 ready']);
  monoMs += 7_000;
  bus.publish(instanceTopic(), view('b', 2, 'notReady'));
  await expect.poll(shown).toEqual(['a3 silent', 'a1 gone', 'b2 notReady']);
  monoMs += 599_000;
  expect(shown()).toEqual(['b2 silent']);
  table.stop();
  await bus.close();
});
