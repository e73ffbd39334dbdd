/** A session that is far behind is told in order what it lacks, and joins the others without a gap. */
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { MemoryJournal } from '@tidegate/platform/journal/journal.memory';
import { turn, until } from '@tidegate/platform/testing/until';
import type { RecordedEvent, SequencedEvent } from '@tidegate/wire/commands';
import { eventTopic } from '@tidegate/wire/topics';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LateSessions } from './late.sessions.ts';

const partition = 'acme';
let bus: MemoryBus;
let journal: MemoryJournal;
let head: number;
let epoch: number;
/** Up to where the others have been told. */
let reached: number;
let told: number[];
let noted: number[];
let joined: string[];
let archived: number[];
let onReport: (events: readonly SequencedEvent[]) => void;
let late: LateSessions;

beforeEach(async () => {
  bus = new MemoryBus();
  journal = new MemoryJournal();
  ({ epoch } = await journal.claim(partition, 'test'));
  head = 0;
  reached = Infinity;
  [told, noted, joined, archived] = [[], [], [], []];
  onReport = () => undefined;
  late = new LateSessions({
    bus,
    journal,
    report: (session, _partition, events) => {
      expect(session).toBe('late');
      onReport(events);
      told.push(...events.map(({ sequence }) => sequence));
    },
    note: (_session, _partition, number) => noted.push(number),
    reached: () => reached,
    onJoined: (session) => joined.push(session),
    onArchived: (_partition, { last }) => archived.push(last),
    onError: () => undefined,
  });
});
afterEach(async () => {
  await late.stop();
  await bus.close();
});

async function append(count: number): Promise<void> {
  const body: RecordedEvent = { event: { type: 'lossAccepted', commandId: '', by: '', reason: '' } };
  const events = Array.from({ length: count }, () => ({ type: 'lossAccepted', atMs: 0, body }));
  await journal.append({ partition, epoch, firstSequence: head + 1, events });
  const sequenced = events.map((_event, at) => ({ sequence: head + 1 + at, atMs: 0, ...body }));
  head += count;
  bus.publish(eventTopic(partition), { partition, events: sequenced });
}

async function history(): Promise<void> {
  for (let some = 0; some < 3; some += 1) await append(900);
  for (let some = 0; some < 20; some += 1) await turn();
}

const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

it('is told what is still in the journal, and what of it is not any more is said', async () => {
  await history();
  reached = head;
  journal.archive(partition, 1_500);
  await late.tell('late', partition, 100);
  await until(() => joined.length === 1);
  expect(told).toEqual(upTo(1_501, head));
  expect(archived).toEqual([1_500]);
});

it('is told all from where it was, and then joins', async () => {
  await history();
  reached = head;
  await late.tell('late', partition, 100);
  await until(() => joined.length === 1);
  expect(told).toEqual(upTo(101, head));
  expect(noted.at(-1)).toBe(head);
  await append(1);
  for (let some = 0; some < 20; some += 1) await turn();
  expect(told.at(-1)).toBe(head - 1);
});

it('goes on with what comes, until the others are not ahead of it', async () => {
  await history();
  await late.tell('late', partition, 0);
  await until(() => told.length === head);
  // Others are being told again, or have had one more by now: it must have that one, too.
  expect(joined).toEqual([]);
  reached = head + 1;
  await append(1);
  await until(() => joined.length === 1);
  expect(told).toEqual(upTo(1, head));
});

it('gets what its store did not take once more', async () => {
  await history();
  reached = head;
  let failures = 2;
  onReport = () => {
    if (failures > 0) throw new Error(`not stored, ${(failures -= 1)}`);
  };
  await late.tell('late', partition, 0);
  await until(() => joined.length === 1);
  expect(told).toEqual(upTo(1, head));
});

it('is told anew when it is back from a failure, by one follower only', async () => {
  await history();
  await late.tell('late', partition, 0);
  await until(() => told.length === head);
  told = [];
  reached = head;
  await Promise.all([late.tell('late', partition, 2_000), late.tell('late', partition, 2_000)]);
  await until(() => joined.length > 0);
  expect(told).toEqual(upTo(2_001, head));
  expect(joined).toEqual(['late']);
});
