/** `tidegate archive`: takes old periods out of the journal, into files. */
import { Archive } from '@tidegate/platform/archive/archive';
import { keptSince } from '@tidegate/platform/jobs/retention';
import { CommandRefused, splitter, type Command } from './command.ts';

export const archiveCommand: Command = {
  name: 'archive',
  usage: 'archive [--until DATE]',
  about: 'take old periods out of the journal, into files of ARCHIVE_DIR',
  details: `Archives every period of the journal that ended by DATE (2026-12-01, in UTC), or without it before
JOURNAL_KEEP_DAYS; also those that were restored. Each is written, read back and checked, and only then taken
out. Broken off at any moment it leaves a whole journal; called again it goes on.

Refuses with ARCHIVE_SNAPSHOT_OLD, ARCHIVE_READER_BEHIND, ARCHIVE_HOLE, ARCHIVE_EXISTS or ARCHIVE_BUSY.`,
  split: splitter(['until'], []),
  async run({ url, log, settings, signal, folder }, own) {
    const beforeMs = untilMs(own.get('until')) ?? keptSince(settings.journalKeepDays, Date.now()) ?? 0;
    const archive = new Archive({ url, folder: folder(), log });
    const archived = await archive.archive({
      beforeMs: Math.min(beforeMs, Date.now()),
      signal,
      onArchived: ({ period, records, bytes }) =>
        process.stdout.write(`${period}: ${records} events in ${bytes} bytes\n`),
    });
    process.stdout.write(`${archived.length} periods archived in ${folder()}\n`);
  },
};

function untilMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms)) throw new CommandRefused('ARGUMENTS', `${text} is no date such as 2026-12-01`);
  return ms;
}
