/** Snapshots beside orders: between their parts everything goes on, and one that is cut short is none. */
import { Scenario } from '@tidegate/core/order/desk.fixture';
import { evolve } from '@tidegate/core/order/evolve';
import { createPartition, type PartitionState } from '@tidegate/core/order/partition';
import { snapshotState } from '@tidegate/core/order/snapshot';
import { PART_SIZE } from '@tidegate/core/order/snapshot.saving';
import { JournalUnavailable, type SnapshotPart } from '@tidegate/platform/journal/journal';
import { MemoryJournal } from '@tidegate/platform/journal/journal.memory';
import { beforeEach, expect, it } from 'vitest';
import { Snapshots } from './snapshots.ts';

class WatchedJournal extends MemoryJournal {
  readonly parts: SnapshotPart[] = [];
  onPart: (part: SnapshotPart) => Promise<void> | void = () => undefined;

  override async saveSnapshotPart(partition: string, epoch: number, part: SnapshotPart): Promise<void> {
    this.parts.push(part);
    await this.onPart(part);
    return super.saveSnapshotPart(partition, epoch, part);
  }
}

let scenario: Scenario;
let journal: WatchedJournal;
let snapshots: Snapshots;
let epoch: number;
let journaled: number;

beforeEach(async () => {
  scenario = new Scenario();
  scenario.limits({ openOrdersMax: 1e6, ordersPerSecondMax: 1e6 });
  scenario.quote('alpha', [108_000, 1_000_000], [108_010, 1_000_000]);
  journal = new WatchedJournal();
  snapshots = new Snapshots(journal, 'acme');
  ({ epoch } = await journal.claim('acme', 'one'));
  journaled = 0;
});

async function trade(orders: number): Promise<void> {
  for (let count = 0; count < orders; count += 1) {
    scenario.submit({ price: 107_000 });
    if (count % 3 === 0)
      scenario.do({
        kind: 'massCancel',
        commandId: `m${scenario.state.sequence}`,
        by: 'x',
        reason: '',
        account: 'other',
      });
    if (count % 5 === 4) scenario.cancel(scenario.order(scenario.state.orderCount - 2).clOrdIds[0] as string);
  }
  await append();
}

async function append(): Promise<void> {
  const fresh = scenario.journal.slice(journaled);
  await journal.append({
    partition: 'acme',
    epoch,
    firstSequence: journaled + 1,
    events: fresh.map(({ event, atMs }) => ({ type: event.type, atMs, body: { event } })),
  });
  journaled += fresh.length;
}

const current = () => ({ state: scenario.state, epoch });
const save = () => snapshots.save(current, Promise.resolve());
const readAnew = () => new Snapshots(journal, 'acme').read();

function replayed(to: number): PartitionState {
  const state = createPartition('acme');
  for (const { event, sequence, atMs } of scenario.journal.slice(0, to)) evolve(state, event, sequence, atMs);
  return state;
}

it('are of the moment at which they began, while orders come between their parts', async () => {
  await trade(150);
  const { sequence } = scenario.state;
  journal.onPart = () => trade(5);
  await save();
  journal.onPart = () => undefined;
  expect(journal.parts.length).toBeGreaterThan(150 / PART_SIZE.orders);
  expect(scenario.state.sequence).toBeGreaterThan(sequence + journal.parts.length * 5 - 1);
  expect(scenario.state.witness).toBeUndefined();
  const restored = (await readAnew())!;
  expect(restored.sequence).toBe(sequence);
  expect(snapshotState(restored)).toBe(snapshotState(replayed(sequence)));
  expect(snapshots.unsaved(scenario.state)).toBe(scenario.state.sequence - sequence);
});

it('hand each part over in a turn of its own: what waits meanwhile waits for one', async () => {
  await trade(200);
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await save();
  isDone = true;
  expect(turns).toBeGreaterThanOrEqual(journal.parts.length);
});

it('that were cut short anywhere leave the one before, and the next is whole', async () => {
  await trade(60);
  await save();
  const { sequence } = scenario.state;
  for (let cut = 0; cut < 6; cut += 1) {
    await trade(10);
    journal.onPart = ({ part }) => {
      if (part === cut) throw new JournalUnavailable('away');
    };
    await save();
    expect((await readAnew())!.sequence).toBe(sequence);
    expect(snapshots.unsaved(scenario.state)).toBe(scenario.state.sequence - sequence);
  }
  journal.onPart = () => undefined;
  await save();
  expect(snapshotState((await readAnew())!)).toBe(scenario.snapshot());
});

it('are not finished for a partition that has been read anew, nor by an owner that is none', async () => {
  await trade(60);
  journal.onPart = ({ part }) => {
    if (part === 1) epoch += 1;
  };
  await save();
  expect(await readAnew()).toBeUndefined();
  journal.onPart = () => undefined;
  await journal.claim('acme', 'two');
  await snapshots.save(() => ({ state: scenario.state, epoch: 1 }), Promise.resolve());
  expect(await readAnew()).toBeUndefined();
});

it('are begun once at a time', async () => {
  await trade(60);
  await Promise.all([save(), save(), snapshots.settled()]);
  expect(new Set(journal.parts.map(({ part }) => part)).size).toBe(journal.parts.length);
});
