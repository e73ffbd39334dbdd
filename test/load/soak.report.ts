/** The report of a soak: one line a day, what disagreed, and the sum, as a page for docs/reports. */
import type { DayPlan } from './reconciliation.ts';

export interface DayReport extends DayPlan {
  readonly databaseKills: number;
  /** Kills of a process that was not ready yet. */
  readonly killsAtStart: number;
  readonly events: number;
  readonly fills: number;
  readonly changes: number;
  readonly reports: number;
  /** Orders refused because a kill made them too late for their provider. */
  readonly lateRoutes: number;
  /** From the start of a process to its ready line, ms, one a kill. */
  readonly restartsMs: readonly number[];
  readonly disagreements: readonly string[];
}

export interface SoakReport {
  readonly days: readonly DayReport[];
  /** ISO 8601. */
  readonly startedAt: string;
  readonly tookMs: number;
  readonly machine: string;
  readonly commit: string;
}

const columns = [
  ...['seed', 'kills', 'with database', 'orders', 'fills', 'journal events'],
  ...['too late, refused', 'restart p50 / longest', 'disagreements'],
];
const shownMax = 20;

export function soakPage({ days, startedAt, tookMs, machine, commit }: SoakReport): string {
  const sum = (of: (day: DayReport) => number): number => days.reduce((all, day) => all + of(day), 0);
  const wrong = days.flatMap(({ seed, disagreements }) =>
    disagreements.map((text) => `- seed ${seed}: ${text}`),
  );
  const restarts = days.flatMap(({ restartsMs }) => restartsMs);
  const [kills, databaseKills, killsAtStart] = [
    sum((day) => day.kills),
    sum((day) => day.databaseKills),
    sum((day) => day.killsAtStart),
  ];
  return [
    '# Soak',
    '',
    `\`npm run soak -- --kills ${kills} --seed ${days[0]!.seed}\` at ${commit}, ` +
      `${startedAt}, ${Math.round(tookMs / 60_000)} minutes; ${machine}.`,
    '',
    `${kills} kills of the platform (${databaseKills} with its database, ` +
      `${killsAtStart} of them again before it was ready) under ` +
      `${sum(({ orders }) => orders)} orders and ${sum(({ changes }) => changes)} changes: ` +
      `${sum(({ fills }) => fills)} fills and ${sum(({ reports }) => reports)} reports compared between ` +
      `providers, journal and clients. **${wrong.length} disagreements.** ` +
      `Start to ready p50 ${seconds(percentile(restarts, 50))}, ` +
      `longest ${seconds(percentile(restarts, 100))}.`,
    '',
    `| ${columns.join(' | ')} |`,
    `| ${columns.map(() => '---:').join(' | ')} |`,
    ...days.map(lineOf),
    '',
    ...(wrong.length === 0 ? [] : ['## What disagreed', '', ...wrong.slice(0, shownMax), '']),
  ].join('\n');
}

function lineOf(day: DayReport): string {
  const { seed, kills, databaseKills, orders, fills, events, lateRoutes, restartsMs, disagreements } = day;
  const restart = `${seconds(percentile(restartsMs, 50))} / ${seconds(percentile(restartsMs, 100))}`;
  const cells = [
    seed,
    kills,
    databaseKills,
    orders,
    fills,
    events,
    lateRoutes,
    restart,
    disagreements.length,
  ];
  return `| ${cells.join(' | ')} |`;
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
