/** Instrument statistics of a day out of its hours, kept after the hours have gone. */
import { JobImpossible, type InputOf, type JobRun } from '../kind.ts';

const dayMs = 86_400_000;

export const statisticsDay: JobRun<InputOf<'statisticsDay'>> = async (
  { input: { day }, nowMs },
  { quality },
) => {
  const fromMs = Date.parse(day);
  if (fromMs + dayMs > nowMs) throw new JobImpossible('DAY_NOT_OVER', `${day} is not over`);
  const { items } = await quality.dailyStatistics({ fromMs, toMs: fromMs + dayMs, limit: 1 });
  return { result: { day, rows: items.length }, effects: [{ what: 'statistics', rows: items }] };
};
