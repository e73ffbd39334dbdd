/** `tidegate retention`: deletes now what the running platform deletes in its rounds. */
import { keptSince, Retention, type Deleted } from '@tidegate/platform/jobs/retention';
import { splitter, type Command } from './command.ts';

export const retentionCommand: Command = {
  name: 'retention',
  usage: 'retention',
  about: 'delete what was kept long enough: old orders, system events, FIX messages, data quality',
  details: `Deletes what is older than PROJECTION_KEEP_DAYS, SYSTEM_EVENT_KEEP_DAYS, FIX_MESSAGE_KEEP_DAYS,
QUALITY_KEEP_DAYS, STATISTICS_MINUTE_KEEP_DAYS and STATISTICS_HOUR_KEEP_DAYS say, and says how much that was.
The running platform does the same every hour. Journal: see archive.`,
  split: splitter([], []),
  async run({ database, settings, signal }) {
    const retention = new Retention({ database });
    const nowMs = Date.now();
    const tell = (days: number, deleted: Deleted): void => {
      for (const [table, rows] of Object.entries(deleted))
        process.stdout.write(`${table}: ${rows} rows older than ${days} days deleted\n`);
    };
    const { projectionKeepDays, systemEventKeepDays, fixMessageKeepDays, qualityKeepDays } = settings;
    const { statisticsMinuteKeepDays, statisticsHourKeepDays } = settings;
    const work: readonly [number, (beforeMs: number) => Promise<Deleted>][] = [
      [projectionKeepDays, (beforeMs) => retention.projections(beforeMs, signal)],
      [systemEventKeepDays, (beforeMs) => retention.systemEvents(beforeMs, signal)],
      [fixMessageKeepDays, (beforeMs) => retention.fixMessages(beforeMs, signal)],
      [qualityKeepDays, (beforeMs) => retention.quality(beforeMs, signal)],
      [statisticsMinuteKeepDays, (beforeMs) => retention.statistics('minute', beforeMs, signal)],
      [statisticsHourKeepDays, (beforeMs) => retention.statistics('hour', beforeMs, signal)],
    ];
    for (const [days, forget] of work) {
      const beforeMs = keptSince(days, nowMs);
      if (beforeMs !== undefined) tell(days, await forget(beforeMs));
    }
  },
};
