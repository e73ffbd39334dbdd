/**
 * What keeps the journal endless: its periods are made ahead, and old ones archived. Done by whoever owns
 * partitions; several processes take turns.
 */
import type { Archive } from '@tidegate/platform/archive/archive';
import { ArchiveRefused } from '@tidegate/platform/archive/archive.file';
import type { Settings } from '@tidegate/platform/configuration/config';
import { keptSince } from '@tidegate/platform/jobs/retention';
import type { Round } from '@tidegate/platform/jobs/rounds';
import type { Periods } from '@tidegate/platform/journal/periods';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';

export interface JournalRoundsOptions {
  readonly periods: Pick<Periods, 'makeAhead'>;
  /** Undefined: there is no folder for archives. */
  readonly archive: Pick<Archive, 'archive' | 'due'> | undefined;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly events: Pick<SystemEvents, 'record'>;
  readonly settings: Pick<Settings, 'journalPeriod' | 'journalKeepDays'>;
  /** Saves snapshots of what is owned here: a start must not need what is archived. */
  readonly save: () => Promise<void>;
}

const hourMs = 3_600_000;
/** A period that was restored is left there for those who look at it. */
const restoredMs = 7 * 24 * hourMs;

export function journalRounds(options: JournalRoundsOptions): readonly Round[] {
  const { periods, clock, settings } = options;
  const makeAhead = async () => void (await periods.makeAhead(settings.journalPeriod, clock.nowMs()));
  const archiver = new Archiver(options);
  return [
    { name: 'journal periods', everyMs: hourMs, run: makeAhead },
    { name: 'journal archive', everyMs: hourMs, run: (signal) => archiver.run(signal) },
  ];
}

class Archiver {
  private readonly options: JournalRoundsOptions;
  /** Why the last one was refused: told once. */
  private refused = '';

  constructor(options: JournalRoundsOptions) {
    this.options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { archive, clock, events, settings, save } = this.options;
    const beforeMs = keptSince(settings.journalKeepDays, clock.nowMs());
    if (archive === undefined || beforeMs === undefined) return;
    const wish = { beforeMs, restoredBeforeMs: clock.nowMs() - restoredMs, signal };
    try {
      if ((await archive.due(wish)).length === 0) return;
      await save();
      await archive.archive({
        ...wish,
        onArchived: ({ period, records, bytes }) =>
          events.record({
            kind: 'journalArchived',
            severity: 'info',
            subject: period,
            text: `${records} events in ${bytes} bytes are in the archive, and no longer in the database`,
          }),
      });
      this.refused = '';
    } catch (error) {
      if (!(error instanceof ArchiveRefused)) throw error;
      const { code, message } = error;
      if (code === 'ARCHIVE_BUSY' || message === this.refused) return;
      this.refused = message;
      const text = `${code}: ${message}`;
      events.record({ kind: 'journalNotArchived', severity: 'warning', subject: 'journal', text });
    }
  }
}
