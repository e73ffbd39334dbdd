/** What a process says of itself while it comes, works and leaves, and how it is asked to. */
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import type { InstanceView } from '@tidegate/wire/instances';
import { drainTopic, instanceTopic } from '@tidegate/wire/topics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Presence } from './presence.ts';

const about = {
  instance: 'one',
  incarnation: 7,
  pid: 42,
  services: ['oms'],
  version: '1.2.3',
  startedAt: '2026-03-02T10:00:00.000Z',
};
const lease = { kind: 'partition', resource: 'f1', epoch: 9 } as const;

describe('a process', () => {
  let bus: MemoryBus;
  let said: InstanceView[];
  let reasons: Record<string, string>;
  let left: string[];
  let presence: Presence;

  beforeEach(() => {
    [said, reasons, left] = [[], {}, []];
    bus = new MemoryBus({ onHandlerError: (error) => left.push(String(error)) });
    bus.subscribe(instanceTopic(), (view) => said.push(view));
    presence = new Presence({
      bus,
      about,
      leases: { held: [lease] },
      health: {
        readiness: () =>
          Promise.resolve({ isReady: Object.keys(reasons).length === 0, reasons, warnings: {} }),
      },
      leave: (why) => left.push(why),
    });
  });
  afterEach(async () => {
    presence.stop();
    await bus.close();
  });

  const states = async (...wanted: string[]): Promise<void> => {
    await expect.poll(() => said.map(({ state }) => state)).toEqual(wanted);
  };

  it('says that it starts, works, does not, leaves and is gone', async () => {
    presence.start();
    await states('starting');
    presence.started();
    await states('starting', 'ready');
    expect(said[1]).toEqual({ ...about, state: 'ready', reasons: {}, warnings: {}, owned: { partition: 1 } });
    reasons = { sql: 'is away' };
    presence.started();
    await states('starting', 'ready', 'notReady');
    expect(said[2]).toMatchObject({ reasons: { sql: 'is away' } });
    presence.draining();
    await states('starting', 'ready', 'notReady', 'draining');
    presence.stop();
    await states('starting', 'ready', 'notReady', 'draining', 'gone');
    presence.draining();
    await states('starting', 'ready', 'notReady', 'draining', 'gone');
  });

  it('answers with what it owns before it leaves', async () => {
    presence.start();
    const answer = await bus.request(drainTopic('7'), { why: 'ada: new release' }, { timeoutMs: 1_000 });
    expect(answer).toEqual({ instance: 'one', incarnation: 7, owned: [lease] });
    await expect.poll(() => left).toEqual(['ada: new release']);
  });
});
