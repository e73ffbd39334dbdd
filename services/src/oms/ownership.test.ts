/** What an owner says once another has claimed its partition, and it has not noticed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scenario } from '@tidegate/core/order/desk.fixture';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { MemoryJournal } from '@tidegate/platform/journal/journal.memory';
import { until } from '@tidegate/platform/testing/until';
import { headTopic } from '@tidegate/wire/topics';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PartitionOwner } from './partition.owner.ts';
import { Spool } from './spool.ts';

const partition = 'acme';
let folder: string;
let bus: MemoryBus;
let journal: MemoryJournal;
let isValid: boolean;
let isAlone: boolean;
let states: string[];
let owner: PartitionOwner;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-ownership-'));
  bus = new MemoryBus();
  journal = new MemoryJournal();
  [isValid, isAlone, states] = [true, false, []];
  const scenario = new Scenario();
  owner = new PartitionOwner({
    partition,
    owner: 'one',
    lease: { epoch: 7, isValid: () => isValid, isAlone: () => isAlone },
    bus,
    journal,
    clock: { nowMs: () => Date.now(), monoMs: () => performance.now() },
    spool: new Spool(folder, partition),
    market: () => scenario.market,
    onJournal: (state) => states.push(state),
    onError: () => undefined,
  });
  await owner.start();
});
afterEach(async () => {
  owner.abandon();
  await bus.close();
  rmSync(folder, { recursive: true, force: true });
});

const cancelAll = {
  kind: 'massCancel',
  commandId: 'all',
  by: 'test',
  reason: 'test',
} as const;

it('confirms that it owns before it says that there is nothing to cancel', async () => {
  expect(await owner.handle({ ...cancelAll })).toMatchObject({ result: 'done' });
  await journal.claim(partition, 'two', 8);
  expect(await owner.handle({ ...cancelAll, commandId: 'again' })).toMatchObject({ code: 'NOT_OWNER' });
  expect(states).toEqual(['fenced']);
});

it('confirms it before it says that there is no such order, or how trading stands', async () => {
  const query = { partition, orderId: 'acme.1' };
  expect(await owner.query(query)).toMatchObject({ code: 'UNKNOWN_ORDER' });
  await owner.confirm();
  await journal.claim(partition, 'two', 8);
  expect(await owner.query(query)).toMatchObject({ code: 'PARTITION_STARTING' });
  await expect(owner.confirm()).rejects.toMatchObject({ code: 'NOT_OWNER' });
});

it('answers nothing and tells no head when it is not sure, unless nobody can be asked', async () => {
  const heads: number[] = [];
  bus.subscribe(headTopic(partition), ({ epoch }) => void heads.push(epoch));
  isValid = false;
  owner.publishHead();
  expect(await owner.handle({ ...cancelAll })).toMatchObject({ code: 'NOT_OWNER' });
  expect(await owner.query({ partition, orderId: 'acme.1', atOnce: true })).toMatchObject({
    code: 'PARTITION_STARTING',
  });
  isAlone = true;
  expect(await owner.query({ partition, orderId: 'acme.1', atOnce: true })).toMatchObject({
    code: 'UNKNOWN_ORDER',
  });
  isValid = true;
  owner.publishHead();
  await until(() => heads.length > 0);
  expect(heads).toEqual([1]);
});

it('is not begun under a lease that is older than the last', async () => {
  await journal.claim(partition, 'two', 8);
  owner.abandon();
  owner = new PartitionOwner({
    partition,
    owner: 'late',
    lease: { epoch: 7, isValid: () => true, isAlone: () => false },
    bus,
    journal,
    clock: { nowMs: () => Date.now(), monoMs: () => performance.now() },
    spool: new Spool(folder, partition),
    market: () => new Scenario().market,
    onJournal: () => undefined,
    onError: () => undefined,
  });
  await expect(owner.start()).rejects.toMatchObject({ code: 'JOURNAL_FENCED' });
});
