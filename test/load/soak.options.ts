/**
 * The command line of `npm run soak`, read, and the days that come of it: what is not known is refused, so
 * that a mistyped option never costs two hours.
 */
import { parseArgs } from 'node:util';
import type { DayPlan } from './reconciliation.ts';

export interface Soak {
  readonly kind: 'soak';
  readonly days: readonly DayPlan[];
  readonly into: string;
}

export type SoakOptions =
  | Soak
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly text: string };

const killsInADay = 25;

export const soakUsage = `npm run soak -- [--kills N] [--seed N] [--into FILE]

Days of trading on real processes, each on a data folder of its own: orders, cancels and replaces without a
pause while the platform, and now and then its database, is killed. After each day providers, journal and
clients are compared to the last fill. Ends with 1 when they disagree.

  --kills N    kills in all, ${killsInADay} a day, up to 100,000 (500: about two hours)
  --seed N     of the first day; the next days count up. A day is repeated by its seed (the time)
  --into FILE  the report (docs/reports/soak.md)
`;

const killsDefault = 500;
const killsMax = 100_000;
const reportDefault = 'docs/reports/soak.md';
const ordersPerKill = 800;
/** Slow enough that a day is mostly trading, not catching up. */
const ordersPerSecond = 120;

export function readSoak(args: readonly string[], seedDefault: number): SoakOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        kills: { type: 'string' },
        seed: { type: 'string' },
        into: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.help === true) return { kind: 'help' };
    const kills = count('--kills', values.kills ?? String(killsDefault), killsMax);
    const seed = count('--seed', values.seed ?? String(seedDefault), 999_999_999);
    return { kind: 'soak', days: planDays(kills, seed), into: values.into ?? reportDefault };
  } catch (error) {
    return { kind: 'refused', text: error instanceof Error ? error.message : String(error) };
  }
}

function planDays(kills: number, seed: number): readonly DayPlan[] {
  const days: DayPlan[] = [];
  for (let left = kills; left > 0; left -= killsInADay) {
    const inDay = Math.min(left, killsInADay);
    days.push({ seed: seed + days.length, kills: inDay, orders: inDay * ordersPerKill, ordersPerSecond });
  }
  return days;
}

function count(option: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > max)
    throw new Error(`${option} is a whole number from 1 to ${max}, not '${text}'`);
  return value;
}
