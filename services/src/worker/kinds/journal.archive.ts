/**
 * Old periods of the journal into files: done again it goes on where it was ended, at whatever step
 * (`packages/platform/src/archive/archive.ts`).
 */
import { keptSince } from '@tidegate/platform/jobs/retention';
import { JobImpossible, type InputOf, type JobRun } from '../kind.ts';

export const journalArchive: JobRun<InputOf<'journalArchive'>> = async (
  { input: { before }, nowMs, progress },
  { archive, journalKeepDays },
) => {
  if (archive === undefined)
    throw new JobImpossible('ARCHIVE_DIR_MISSING', 'there is no folder for archives: set ARCHIVE_DIR');
  const beforeMs = before === undefined ? keptSince(journalKeepDays, nowMs) : Date.parse(before);
  if (beforeMs === undefined) throw new JobImpossible('NOTHING_KEPT_BY_TIME', 'JOURNAL_KEEP_DAYS is 0');
  const wish = { beforeMs: Math.min(beforeMs, nowMs) };
  const due = await archive.due(wish);
  let done = 0;
  const archived = await archive.archive({
    ...wish,
    onArchived: ({ period }) => progress((done += 1) / Math.max(1, due.length), period),
  });
  return { result: { periods: archived } };
};
