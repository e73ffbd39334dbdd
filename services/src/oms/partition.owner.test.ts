/**
 * The one writer of a partition with a journal that fails before or after the commit, goes away, or has
 * another owner.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scenario } from '@tidegate/core/order/desk.fixture';
import { evolve } from '@tidegate/core/order/evolve';
import type { CancelOrder, OrderEvent } from '@tidegate/core/order/order';
import { createPartition } from '@tidegate/core/order/partition';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import {
  JournalFenced,
  JournalUnavailable,
  type Append,
  type Journal,
  type Snapshot,
  type SnapshotPart,
} from '@tidegate/platform/journal/journal';
import { MemoryJournal, type JournalFault } from '@tidegate/platform/journal/journal.memory';
import { turn, until } from '@tidegate/platform/testing/until';
import type { RecordedEvent, UrgentCancel } from '@tidegate/wire/commands';
import { eventTopic, urgentTopic } from '@tidegate/wire/topics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PartitionOwner } from './partition.owner.ts';
import { Spool } from './spool.ts';

const partition = 'acme';

/** A journal whose answers are under the test's hand. */
class UnreliableJournal implements Journal {
  /** What happens to the next appends, in order; `undefined` for those that work. */
  readonly faults: (JournalFault | undefined)[] = [];
  isAway = false;
  /** Called instead of the next append. */
  instead: ((append: Append) => Promise<void>) | undefined;
  readonly appends: Append[] = [];
  /** Asked before each part of a snapshot. */
  onPart: ((part: SnapshotPart) => Promise<void> | undefined) | undefined;
  readonly #memory = new MemoryJournal({ fault: () => this.faults.shift() });

  async claim(
    name: string,
    owner: string,
    leaseEpoch?: number,
  ): Promise<{ readonly epoch: number; readonly head: number }> {
    if (this.isAway) throw new JournalUnavailable('away');
    return this.#memory.claim(name, owner, leaseEpoch);
  }

  async confirm(name: string, epoch: number): Promise<void> {
    if (this.isAway) throw new JournalUnavailable('away');
    return this.#memory.confirm(name, epoch);
  }

  append(append: Append): Promise<void> {
    this.appends.push(append);
    if (this.isAway) return Promise.reject(new JournalUnavailable('away'));
    const { instead } = this;
    this.instead = undefined;
    return instead === undefined ? this.#memory.append(append) : instead(append);
  }

  read(name: string, from: number, limit: number) {
    return this.#memory.read(name, from, limit);
  }

  readOrder(name: string, orderId: string, from: number, to: number) {
    return this.#memory.readOrder(name, orderId, from, to);
  }

  archivedFrom(name: string, from: number) {
    return this.#memory.archivedFrom(name, from);
  }

  heads() {
    return this.#memory.heads();
  }

  saveSnapshot(name: string, epoch: number, snapshot: { readonly sequence: number; readonly body: string }) {
    return this.#memory.saveSnapshot(name, epoch, snapshot);
  }

  saveSnapshotPart(name: string, epoch: number, part: SnapshotPart) {
    return this.onPart?.(part) ?? this.#memory.saveSnapshotPart(name, epoch, part);
  }

  snapshotParts(name: string, snapshot: Omit<Snapshot, 'body'>, from: number, limit: number) {
    return this.#memory.snapshotParts(name, snapshot, from, limit);
  }

  latestSnapshot(name: string) {
    return this.#memory.latestSnapshot(name);
  }

  close() {
    return this.#memory.close();
  }
}

let folder: string;
let scenario: Scenario;
let journal: UnreliableJournal;
let bus: MemoryBus;
/** Sequences published, in order. */
let published: number[];
let urgent: UrgentCancel[];
/** What was told of the journal. */
let journalStates: string[];
let errors: unknown[];
const owners = new Set<PartitionOwner>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-partition-'));
  scenario = new Scenario();
  scenario.quote('alpha', [108_000, 1_000_000], [108_010, 1_000_000]);
  journal = new UnreliableJournal();
  bus = new MemoryBus({ freeze: true });
  published = [];
  urgent = [];
  journalStates = [];
  errors = [];
  bus.subscribe(eventTopic(partition), ({ events }) =>
    published.push(...events.map(({ sequence }) => sequence)),
  );
  bus.subscribe(urgentTopic(partition), (cancel) => urgent.push(cancel));
});

afterEach(async () => {
  for (const owner of owners) await stop(owner);
  await bus.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(name = 'one'): Promise<PartitionOwner> {
  const owner = new PartitionOwner({
    partition,
    owner: name,
    bus,
    journal,
    spool: new Spool(folder, partition),
    market: () => scenario.market,
    clock: { nowMs: () => scenario.utcMs, monoMs: () => scenario.monoMs },
    onJournal: (state) => journalStates.push(state),
    onError: (error) => errors.push(error),
  });
  owners.add(owner);
  await owner.start();
  return owner;
}

async function stop(owner: PartitionOwner): Promise<void> {
  owners.delete(owner);
  await owner.stop();
}

async function journaled(): Promise<readonly OrderEvent[]> {
  const records = await journal.read(partition, 1, 100_000);
  return records.map(({ body }) => (body as RecordedEvent).event);
}

const count = (events: readonly OrderEvent[], type: OrderEvent['type']): number =>
  events.filter((event) => event.type === type).length;

function cancelOf(clOrdId: string): CancelOrder {
  return {
    kind: 'cancel',
    commandId: `cancel ${clOrdId}`,
    origin: { channel: 'fix', client: 'CLIENT' },
    clOrdId: `X${clOrdId}`,
    origClOrdId: clOrdId,
  };
}

/** Rests: nothing of it goes to a venue. */
const resting = { price: 107_000 };

describe('a partition with its journal', () => {
  it('answers when the events are durable, publishes them once, and repeats its answer', async () => {
    const owner = await start();
    const command = scenario.submitCommand();
    const reply = await owner.handle(command);
    expect(reply).toEqual({ result: 'done', sequence: 1, orderId: 'acme.1' });
    expect(await owner.handle(command)).toEqual(reply);
    expect((await journaled()).map(({ type }) => type)).toEqual(['orderAccepted', 'routeRequested']);
    await until(() => published.length === 2);
    expect(published).toEqual([1, 2]);
  });

  it.each([3_600_000, 4_000])(
    'counts rates by time that passes when UTC is set back by %i ms, also after a restart',
    async (ms) => {
      scenario.limits({ ordersPerSecondMax: 2 });
      const first = await start('one');
      const submit = (owner: PartitionOwner) => owner.handle(scenario.submitCommand(resting));
      await submit(first);
      await submit(first);
      scenario.utcMs -= ms;
      expect(await submit(first)).toMatchObject({ refusal: { code: 'ORDER_RATE' } });
      scenario.utcMs += 1_100;
      scenario.monoMs += 1_100;
      expect(await submit(first)).not.toHaveProperty('refusal');
      await stop(first);
      const second = await start('two');
      scenario.utcMs += 1_100;
      scenario.monoMs += 1_100;
      expect(await submit(second)).not.toHaveProperty('refusal');
      const records = await journal.read(partition, 1, 100);
      const times = records.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((left, right) => left - right));
    },
  );

  it('comes back with the same state, from a snapshot and from the journal alone', async () => {
    const first = await start('one');
    for (let number = 0; number < 20; number += 1) await first.handle(scenario.submitCommand(resting));
    await stop(first);
    const second = await start('two');
    await second.handle(cancelOf('C7'));
    const third = await start('three');
    expect(await third.query({ partition, client: 'CLIENT', clOrdId: 'C7' })).toMatchObject({
      found: true,
      order: { status: 'canceled' },
    });
    const state = createPartition(partition);
    for (const event of await journaled()) evolve(state, event, state.sequence + 1, scenario.utcMs);
    expect(state.open.size).toBe(19);
    expect(await third.query({ partition, client: 'CLIENT', clOrdId: 'C20' })).toMatchObject({
      found: true,
      sequence: state.sequence,
    });
  });

  it('cancels many orders in portions that the journal takes', async () => {
    const owner = await start();
    const orders = Array.from({ length: 900 }, () => owner.handle(scenario.submitCommand(resting)));
    await Promise.all(orders);
    const halt = {
      kind: 'setTradingState',
      commandId: 'h',
      by: 'rita',
      reason: 'drill',
      state: 'halted',
    } as const;
    expect(await owner.handle(halt)).toMatchObject({ result: 'done', sequence: 901 });
    // Answered with the halt; its cancels go on.
    expect(owner.tradingState).toMatchObject({ state: 'halted' });
    await until(() => owner.tradingState.openOrders === undefined);
    await stop(owner);
    expect(count(await journaled(), 'orderClosed')).toBe(900);
    expect(Math.max(...journal.appends.map(({ events }) => events.length))).toBeLessThan(1_000);
  });
});

describe('an append without an answer', () => {
  it('that did not happen refuses the order, once the journal has been read', async () => {
    const owner = await start();
    journal.faults.push('beforeCommit');
    const command = scenario.submitCommand();
    expect(await owner.handle(command)).toMatchObject({ result: 'unavailable', code: 'JOURNAL_UNAVAILABLE' });
    expect(await journaled()).toEqual([]);
    expect(journalStates).toEqual(['down', 'up']);
    expect(await owner.handle(command)).toMatchObject({ result: 'done', orderId: 'acme.1' });
  });

  it('that did happen is the answer, and is not decided twice', async () => {
    const owner = await start();
    journal.faults.push('afterCommit');
    const command = scenario.submitCommand();
    expect(await owner.handle(command)).toEqual({ result: 'done', sequence: 1, orderId: 'acme.1' });
    expect(count(await journaled(), 'orderAccepted')).toBe(1);
    // Followers read what was never published: the head tells them.
    expect(published).toEqual([]);
    expect(await owner.query({ partition, orderId: 'acme.1' })).toMatchObject({ found: true, sequence: 2 });
  });

  it('takes down everything decided after it, and each gets its own answer', async () => {
    const owner = await start();
    journal.faults.push(undefined, 'afterCommit', undefined, 'beforeCommit');
    const commands = Array.from({ length: 5 }, () => scenario.submitCommand(resting));
    const replies = await Promise.all(commands.map((command) => owner.handle(command)));
    const accepted = (await journaled()).flatMap((event) =>
      event.type === 'orderAccepted' ? [event.commandId] : [],
    );
    const done = commands
      .filter((_, index) => replies[index]!.result === 'done')
      .map(({ commandId }) => commandId);
    expect(done).toEqual(accepted);
    expect(accepted.slice(0, 2)).toEqual(commands.slice(0, 2).map(({ commandId }) => commandId));
    expect(replies.every((reply) => reply.result === 'done' || reply.code === 'JOURNAL_UNAVAILABLE')).toBe(
      true,
    );
    const records = await journal.read(partition, 1, 100);
    expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, index) => index + 1));
  });

  it('is decided again when it takes risk away', async () => {
    const owner = await start();
    await owner.handle(scenario.submitCommand(resting));
    journal.faults.push('beforeCommit');
    expect(await owner.handle(cancelOf('C1'))).toMatchObject({ result: 'done', orderId: 'acme.1' });
    expect(count(await journaled(), 'orderClosed')).toBe(1);
  });

  it('that is answered after the recovery changes nothing any more', async () => {
    const owner = await start();
    const late = Promise.withResolvers<void>();
    journal.instead = () => late.promise;
    const first = owner.handle(scenario.submitCommand(resting));
    journal.faults.push('beforeCommit');
    const second = owner.handle(scenario.submitCommand(resting));
    expect((await second).result).toBe('unavailable');
    expect(owner.standing).toBe('running');
    late.reject(new JournalFenced('answered late'));
    expect((await first).result).toBe('unavailable');
    expect(owner.standing).toBe('running');
    expect(await owner.handle(scenario.submitCommand(resting))).toMatchObject({
      result: 'done',
      orderId: 'acme.1',
    });
  });
});

describe('while the journal is away', () => {
  it('refuses new risk, spools and sends cancels at once, journals them when it is back', async () => {
    const owner = await start();
    await owner.handle(scenario.submitCommand());
    await owner.handle(scenario.submitCommand(resting));
    journal.isAway = true;
    const doomed = owner.handle(scenario.submitCommand());
    await until(() => owner.standing !== 'running');
    expect(await owner.handle(scenario.submitCommand())).toMatchObject({ code: 'JOURNAL_UNAVAILABLE' });
    expect(await owner.handle(cancelOf('C1'))).toEqual({
      result: 'done',
      sequence: 0,
      orderId: 'acme.1',
      isSpooled: true,
    });
    await until(() => urgent.length > 0);
    expect(urgent).toMatchObject([
      { partition, venue: 'alpha', routeId: 'acme.1.1', cancelId: 'acme.1.1.c1' },
    ]);
    expect(readFileSync(join(folder, `${partition}.spool`), 'utf8').split('\n')).toHaveLength(2);
    journal.isAway = false;
    expect(await doomed).toMatchObject({ code: 'JOURNAL_UNAVAILABLE' });
    await until(() => journalStates.includes('up'));
    const events = await journaled();
    expect(count(events, 'cancelRequested')).toBe(1);
    expect(count(events, 'routeCancelRequested')).toBe(1);
    expect(count(events, 'orderAccepted')).toBe(2);
    expect(readFileSync(join(folder, `${partition}.spool`), 'utf8')).toBe('');
  });

  it('cancels by a spooled mass cancel nothing that came after it', async () => {
    const owner = await start();
    await owner.handle(scenario.submitCommand(resting));
    journal.isAway = true;
    const doomed = owner.handle(scenario.submitCommand(resting));
    await until(() => owner.standing !== 'running');
    await owner.handle(cancelOf('C1'));
    await owner.handle({ kind: 'massCancel', commandId: 'm', by: 'rita', reason: 'drill' });
    const held = Promise.withResolvers<void>();
    let replayed: Append | undefined;
    journal.instead = (append) => {
      replayed = append;
      return held.promise.then(() => journal.append(append));
    };
    journal.isAway = false;
    await until(() => replayed !== undefined);
    // The spool is on its way to the journal: an order has to wait, so that no halt of it is overtaken.
    const command = scenario.submitCommand(resting);
    expect(await owner.handle(command)).toMatchObject({ code: 'PARTITION_STARTING' });
    held.resolve();
    await doomed;
    await until(() => journalStates.includes('up'));
    expect(await owner.handle(command)).toMatchObject({ result: 'done' });
    expect(await owner.query({ partition, client: 'CLIENT', clOrdId: command.clOrdId })).toMatchObject({
      order: { status: 'new' },
    });
  });

  it('loses no spooled cancel with the process', async () => {
    const first = await start('one');
    await first.handle(scenario.submitCommand(resting));
    journal.isAway = true;
    const doomed = first.handle(scenario.submitCommand(resting));
    await until(() => first.standing !== 'running');
    await first.handle(cancelOf('C1'));
    await stop(first);
    journal.isAway = false;
    await doomed;
    const second = await start('two');
    expect(await second.query({ partition, client: 'CLIENT', clOrdId: 'C1' })).toMatchObject({
      order: { status: 'canceled' },
    });
  });
});

describe('a fenced owner', () => {
  it('stops: it decides, answers and publishes nothing more', async () => {
    const old = await start('old');
    await old.handle(scenario.submitCommand(resting));
    const successor = await start('new');
    expect(await old.handle(scenario.submitCommand(resting))).toMatchObject({
      result: 'unavailable',
      code: 'NOT_OWNER',
    });
    expect(old.standing).not.toBe('running');
    expect(journalStates).toEqual(['fenced']);
    scenario.quote('alpha', [106_000, 1_000], [106_010, 1_000]);
    const before = journal.appends.length;
    old.evaluate('EURUSD');
    old.tick();
    expect(await old.handle(cancelOf('C1'))).toMatchObject({ code: 'NOT_OWNER' });
    await turn();
    expect(journal.appends.length).toBe(before);
    expect(await successor.handle(scenario.submitCommand(resting))).toMatchObject({
      result: 'done',
      orderId: 'acme.2',
    });
  });
});
