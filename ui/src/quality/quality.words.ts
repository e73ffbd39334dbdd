/** What people call states of data. */
import { WHOLE, type QualityState } from '@tidegate/core/quality/state';
import type { QualityMarkAction } from '@tidegate/wire/quality';

export const stateWord: Readonly<Record<QualityState, string>> = {
  GOOD: 'Good',
  WIDE: 'Wide',
  SPIKE: 'Spike',
  CROSSED: 'Crossed',
  GAP: 'Gap',
  PARTIAL: 'Partial',
  STALE: 'Stale',
  DOWN: 'Down',
  UNKNOWN: 'Unknown',
  EXCUSED: 'Excused',
};

/** Of the cells, so that colour is not all that tells them apart. */
export const stateLetter: Readonly<Record<QualityState, string>> = {
  GOOD: '',
  WIDE: 'W',
  SPIKE: 'K',
  CROSSED: 'X',
  GAP: 'G',
  PARTIAL: 'P',
  STALE: 'S',
  DOWN: 'D',
  UNKNOWN: '?',
  EXCUSED: '–',
};

export const toneOf: Readonly<Record<QualityState, string>> = {
  GOOD: 'good',
  WIDE: 'warn',
  SPIKE: 'warn',
  CROSSED: 'warn',
  GAP: 'warn',
  PARTIAL: 'warn',
  STALE: 'bad',
  DOWN: 'bad',
  UNKNOWN: 'info',
  EXCUSED: 'off',
};

export const markWord: Readonly<Record<QualityMarkAction, string>> = {
  acknowledge: 'Acknowledged',
  annotate: 'Noted',
  excuse: 'Excused',
  withdrawExcuse: 'Excuse withdrawn',
};

export const partyWord = (source: string, instrument: string): string => {
  if (source === WHOLE) return 'The monitor';
  return instrument === WHOLE ? `${source}, all of it` : `${source} ${instrument}`;
};

const units = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
] as const;

/** In the two largest units. */
export function lengthWord(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const at = units.findIndex(([length]) => seconds >= length);
  const [length, unit] = units[at]!;
  const rest = seconds % length;
  const [next, nextUnit] = units[at + 1] ?? [1, 's'];
  return `${Math.floor(seconds / length)} ${unit} ${Math.floor(rest / next)} ${nextUnit}`;
}
