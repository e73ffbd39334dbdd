/**
 * Two files of figures beside each other. A figure and its peer were measured in the same run, so their ratio
 * is compared and not the time: a slower machine moves both. What moves less than the noise between two runs
 * of the same code is said to be the same.
 */
import type { Result } from './measure.ts';

export interface Compared {
  readonly name: string;
  readonly before: Result;
  readonly after: Result;
  /** Above 1: the figure grew against its peer. */
  readonly change: number;
  readonly verdict: 'same' | 'better' | 'worse';
}

/**
 * Seen between runs of one tree on a quiet two-core machine, as a factor: the further out in the tail, the
 * wider. Throughputs are medians of rounds.
 */
export function noiseOf({ name, unit }: Pick<Result, 'name' | 'unit'>): number {
  if (name.endsWith('p99.9')) return 2;
  if (name.endsWith('p99')) return 1.6;
  return unit === 'ms' || unit === 's' ? 1.25 : 1.15;
}

const isMoreBetter = ({ unit }: Result): boolean => unit.endsWith('/s');

/** Figures that both have, in the order of `after`; `only` names those that one of them lacks. */
export function compare(
  before: readonly Result[],
  after: readonly Result[],
): { readonly compared: readonly Compared[]; readonly only: readonly string[] } {
  const known = new Map(before.map((result) => [result.name, result]));
  const compared: Compared[] = [];
  const only: string[] = [];
  for (const result of after) {
    const earlier = known.get(result.name);
    if (earlier === undefined) {
      only.push(result.name);
      continue;
    }
    known.delete(result.name);
    compared.push(judged(earlier, result));
  }
  return { compared, only: [...only, ...known.keys()] };
}

function judged(before: Result, after: Result): Compared {
  // A peer of nothing (no bytes, no drops) leaves only the values themselves.
  const hasPeers = before.peerValue > 0 && after.peerValue > 0;
  const was = hasPeers ? before.value / before.peerValue : before.value;
  const is = hasPeers ? after.value / after.peerValue : after.value;
  const change = was === is ? 1 : was === 0 ? Infinity : is / was;
  const noise = noiseOf(after);
  const isSame = change <= noise && change >= 1 / noise;
  const verdict = isSame ? 'same' : change > 1 === isMoreBetter(after) ? 'better' : 'worse';
  return { name: after.name, before, after, change, verdict };
}

export function comparisonTable({ compared, only }: ReturnType<typeof compare>): string {
  const lines = compared.map(({ name, before, after, change, verdict }) => {
    const figures = [before, after].map(({ value, unit }) => `${value} ${unit}`.padStart(18)).join(' → ');
    return `${name.padEnd(50)} ${figures}   against its peer ×${change.toFixed(2)}  ${verdict}`;
  });
  return [...lines, ...only.map((name) => `${name.padEnd(50)} in one of the files only`)].join('\n');
}
