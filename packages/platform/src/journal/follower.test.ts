/** Following a partition over a bus that loses, repeats and cuts batches, with the journal behind it. */
import type { SequencedEvent } from '@tidegate/wire/commands';
import { eventTopic, headTopic } from '@tidegate/wire/topics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryBus } from '../bus/bus.memory.ts';
import { Follower } from './follower.ts';
import type { ArchivedRange } from './journal.ts';
import { MemoryJournal } from './journal.memory.ts';
import { turn, until } from '../testing/until.ts';

const partition = 'acme';

let bus: MemoryBus;
let journal: MemoryJournal;
let epoch: number;
/** Reads of the journal: first sequence asked for. */
let reads: number[];
/** Reads are answered after this. */
let readGate: Promise<void>;
let errors: unknown[];
const followers: Follower[] = [];

beforeEach(async () => {
  bus = new MemoryBus({ freeze: true });
  journal = new MemoryJournal();
  ({ epoch } = await journal.claim(partition, 'test'));
  reads = [];
  readGate = Promise.resolve();
  errors = [];
});

afterEach(async () => {
  for (const follower of followers.splice(0)) await follower.stop();
  await bus.close();
});

const eventOf = (sequence: number): SequencedEvent => ({
  sequence,
  atMs: 1_000 + sequence,
  event: { type: 'venueReportUnmatched', commandId: `c${sequence}`, venue: 'alpha', routeId: '', text: '' },
});

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Appends what comes next in the journal, up to `to`. */
async function append(to: number): Promise<void> {
  const head = (await journal.heads()).get(partition) ?? 0;
  const events = range(head + 1, to).map((sequence) => {
    const { event, atMs } = eventOf(sequence);
    return { type: event.type, atMs, body: { event } };
  });
  await journal.append({ partition, epoch, firstSequence: head + 1, events });
}

const publish = (from: number, to: number): void =>
  bus.publish(eventTopic(partition), { partition, events: range(from, to).map(eventOf) });

const publishHead = (sequence: number): void =>
  bus.publish(headTopic(partition), { partition, sequence, epoch });

interface Followed {
  readonly follower: Follower;
  /** Sequences handed over, in order. */
  readonly handled: number[];
}

function follow(
  after: number,
  handle: (events: readonly SequencedEvent[]) => void | Promise<void> = () => undefined,
  onArchived?: (archived: ArchivedRange) => void,
): Followed {
  const handled: number[] = [];
  const follower = new Follower({
    bus,
    partition,
    after,
    retryMs: 1,
    journal: {
      read: async (name: string, from: number, limit: number) => {
        reads.push(from);
        const records = await journal.read(name, from, limit);
        await readGate;
        return records;
      },
    } as MemoryJournal,
    handle: async (events) => {
      await handle(events);
      handled.push(...events.map(({ sequence }) => sequence));
    },
    onError: (error) => errors.push(error),
    onArchived,
  });
  followers.push(follower);
  follower.start();
  return { follower, handled };
}

describe('a follower', () => {
  it('begins with all that the journal has, however much that is', async () => {
    for (let head = 500; head <= 2_500; head += 500) await append(head);
    const { handled } = follow(0);
    await until(() => handled.length === 2_500);
    expect(handled).toEqual(range(1, 2_500));
  });

  it('begins after its cursor with what the journal has, then goes on live', async () => {
    await append(5);
    const { handled, follower } = follow(2);
    await until(() => handled.length === 3);
    await append(7);
    publish(6, 7);
    await until(() => handled.length === 5);
    expect(handled).toEqual(range(3, 7));
    expect(follower.sequence).toBe(7);
    expect(reads).toEqual([3]);
  });

  it('hands over what came by journal with the same content as what came live', async () => {
    const seen: SequencedEvent[] = [];
    await append(1);
    const { handled } = follow(0, (events) => void seen.push(...events));
    await until(() => handled.length === 1);
    publish(2, 2);
    await until(() => handled.length === 2);
    expect(seen).toEqual([eventOf(1), eventOf(2)]);
  });

  it('reads what a lost batch held, without waiting for a head', async () => {
    const { handled } = follow(0);
    await append(3);
    publish(1, 3);
    await until(() => handled.length === 3);
    await append(9);
    publish(7, 9);
    await until(() => handled.length === 9);
    expect(handled).toEqual(range(1, 9));
    expect(errors).toEqual([]);
  });

  it('reads only what is missing, and keeps what comes meanwhile', async () => {
    const { handled } = follow(0);
    await until(() => reads.length === 1);
    const gate = Promise.withResolvers<void>();
    readGate = gate.promise;
    await append(9);
    publish(4, 6);
    await until(() => reads.length === 2);
    publish(7, 9);
    await turn();
    gate.resolve();
    await until(() => handled.length === 9);
    expect(handled).toEqual(range(1, 9));
    expect(reads).toEqual([1, 1]);
  });

  it('takes only what is new of batches that overlap or come twice', async () => {
    const { handled } = follow(0);
    await append(8);
    publish(1, 4);
    publish(1, 4);
    publish(3, 6);
    publish(2, 3);
    publish(6, 8);
    await until(() => handled.length >= 8);
    await turn();
    expect(handled).toEqual(range(1, 8));
  });

  it('finds a lost last batch by the heads that follow it', async () => {
    const { handled } = follow(0);
    await append(2);
    publish(1, 2);
    await until(() => handled.length === 2);
    await append(5);
    publishHead(5);
    publishHead(5);
    publishHead(5);
    await until(() => handled.length === 5);
    expect(handled).toEqual(range(1, 5));
  });

  it('does not read because a head overtook the batches that it tells of', async () => {
    const { handled } = follow(0);
    await until(() => reads.length === 1);
    for (let sequence = 1; sequence <= 5; sequence += 1) {
      await append(sequence);
      publishHead(sequence);
      await turn();
      publish(sequence, sequence);
      await turn();
    }
    await until(() => handled.length === 5);
    publishHead(5);
    publishHead(5);
    publishHead(3);
    await turn();
    expect(handled).toEqual(range(1, 5));
    expect(reads).toEqual([1]);
  });

  it('knows of no more than there is, while it reads whether there is more', async () => {
    let open!: () => void;
    readGate = new Promise((resolve) => (open = resolve));
    const { follower } = follow(0);
    await until(() => reads.length === 1);
    expect([follower.knownHead, follower.isCaughtUp]).toEqual([0, false]);
    open();
    await until(() => follower.isCaughtUp);
    expect([follower.knownHead, follower.sequence, reads]).toEqual([0, 0, [1]]);
  });

  it('gives again what it read at its start, when the handler failed', async () => {
    await append(3);
    let failures = 1;
    const { handled, follower } = follow(0, () => {
      if (failures-- > 0) throw new Error('no table');
    });
    await until(() => follower.isCaughtUp && handled.length > 0);
    expect([errors.length, follower.sequence, follower.knownHead]).toEqual([1, 3, 3]);
  });

  it('hands over at once what comes while it reads that there is nothing yet', async () => {
    const gate = Promise.withResolvers<void>();
    readGate = gate.promise;
    const { handled } = follow(0);
    publish(1, 1);
    await turn();
    gate.resolve();
    await until(() => handled.length === 1);
    expect(reads).toEqual([1]);
  });

  it('gives the same events again when the handler failed, and nothing else before them', async () => {
    const batches: number[][] = [];
    const { handled } = follow(0, (events) => {
      batches.push(events.map(({ sequence }) => sequence));
      if (batches.length < 3) throw new Error('not now');
    });
    await append(4);
    publish(1, 2);
    publish(3, 4);
    await until(() => handled.length === 4);
    expect(handled).toEqual(range(1, 4));
    expect(batches.slice(0, 3).every(([first]) => first === 1)).toBe(true);
    expect(errors).toHaveLength(2);
  });

  it('calls the handler once at a time, with what came meanwhile in the next call', async () => {
    const gate = Promise.withResolvers<void>();
    const calls: number[][] = [];
    const { handled } = follow(0, (events) => {
      calls.push(events.map(({ sequence }) => sequence));
      return calls.length === 1 ? gate.promise : undefined;
    });
    await append(6);
    publish(1, 2);
    await until(() => calls.length === 1);
    publish(3, 4);
    publish(5, 6);
    await turn();
    expect(calls).toHaveLength(1);
    gate.resolve();
    await until(() => handled.length === 6);
    expect(handled).toEqual(range(1, 6));
  });

  it('holds no more than it may while the handler is slow, and loses nothing', async () => {
    const gate = Promise.withResolvers<void>();
    const { handled } = follow(0, (events) => (events[0]!.sequence === 1 ? gate.promise : undefined));
    await append(1);
    publish(1, 1);
    await turn();
    const last = 25_001;
    for (let from = 2; from < last; from += 500) {
      await append(from + 499);
      publish(from, from + 499);
    }
    await turn();
    gate.resolve();
    await until(() => handled.length >= last);
    expect(handled).toEqual(range(1, last));
  });

  it('passes over what is in the archive, and says so, where it may', async () => {
    await append(900);
    journal.archive(partition, 600);
    const told: ArchivedRange[] = [];
    const { handled, follower } = follow(
      7,
      () => undefined,
      (archived) => told.push(archived),
    );
    await until(() => handled.length === 300);
    expect(handled).toEqual(range(601, 900));
    expect(told).toMatchObject([{ first: 1, last: 600 }]);
    expect([errors, follower.isCaughtUp]).toEqual([[], true]);
  });

  it('waits for a restore where it needs all', async () => {
    await append(900);
    journal.archive(partition, 600);
    const { handled } = follow(7);
    await until(() => errors.length > 2);
    expect(errors[0]).toMatchObject({ code: 'JOURNAL_ARCHIVED' });
    expect(handled).toEqual([]);
    journal.archive(partition, 0);
    await until(() => handled.length === 893);
  });

  it('tells when a sequence has been handled', async () => {
    await append(900);
    await append(1_500);
    const { follower, handled } = follow(0);
    await follower.reached(1_200);
    expect(handled.length).toBeGreaterThanOrEqual(1_200);
    await follower.reached(1);
    const never = follower.reached(9_999);
    await follower.stop();
    await never;
  });

  it('hands over nothing more once it is stopped', async () => {
    const { follower, handled } = follow(0);
    await append(2);
    publish(1, 2);
    await until(() => handled.length === 2);
    await follower.stop();
    await append(4);
    publish(3, 4);
    publishHead(4);
    await turn();
    expect(handled).toEqual([1, 2]);
  });
});
