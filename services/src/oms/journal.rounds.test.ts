/**
 * The journal's rounds: snapshots before the archive, and one word to operators of each reason against it.
 */
import { ArchiveRefused } from '@tidegate/platform/archive/archive.file';
import type { ArchiveWish } from '@tidegate/platform/archive/archive';
import { expect, it } from 'vitest';
import { journalRounds, type JournalRoundsOptions } from './journal.rounds.ts';

const dayMs = 86_400_000;
const nowMs = 1_800_000_000_000;

function scene(keepDays: number) {
  const did: string[] = [];
  const told: string[] = [];
  let refusal: ArchiveRefused | undefined;
  const wishes: ArchiveWish[] = [];
  const options: JournalRoundsOptions = {
    periods: { makeAhead: async (length) => [length] },
    archive: {
      due: async () => ['journal_first'],
      archive: async (wish) => {
        did.push('archive');
        wishes.push(wish);
        if (refusal !== undefined) throw refusal;
        wish.onArchived?.({ period: 'journal_first', records: 3, bytes: 100 });
        return [];
      },
    },
    clock: { nowMs: () => nowMs },
    events: { record: ({ kind, text }) => void told.push(`${kind} ${text}`) },
    settings: { journalPeriod: 'week', journalKeepDays: keepDays },
    save: async () => void did.push('save'),
  };
  const run = (): Promise<void> => journalRounds(options)[1]!.run(new AbortController().signal);
  return { did, told, wishes, options, run, refuse: (why: ArchiveRefused) => (refusal = why) };
}

it('saves what is owned, then archives what is old, but not what was restored this week', async () => {
  const { did, told, wishes, run } = scene(30);
  await run();
  expect(did).toEqual(['save', 'archive']);
  expect(wishes[0]).toMatchObject({ beforeMs: nowMs - 30 * dayMs, restoredBeforeMs: nowMs - 7 * dayMs });
  expect(told).toEqual([expect.stringContaining('journalArchived 3 events')]);
});

it('archives nothing where all is kept, or no folder is there', async () => {
  const { did, run } = scene(0);
  await run();
  const { options, did: without } = scene(30);
  await journalRounds({ ...options, archive: undefined })[1]!.run(new AbortController().signal);
  expect([did, without]).toEqual([[], []]);
});

it('tells once why a period stays, and says nothing of another process that is at it', async () => {
  const { told, options, refuse } = scene(30);
  const [, archive] = journalRounds(options);
  const run = (): Promise<void> => archive!.run(new AbortController().signal);
  refuse(new ArchiveRefused('ARCHIVE_BUSY', 'another process'));
  await run();
  expect(told).toEqual([]);
  refuse(new ArchiveRefused('ARCHIVE_READER_BEHIND', 'monitor has read 7'));
  await run();
  await run();
  expect(told).toEqual(['journalNotArchived ARCHIVE_READER_BEHIND: monitor has read 7']);
});
