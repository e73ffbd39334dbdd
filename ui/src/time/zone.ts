/**
 * The zone that times are shown in: one choice for every page, kept in this browser; UTC until one is made.
 */
import { Cell, useCell } from '../cell.ts';
import { isZone, timeText } from './time.text.ts';
import { UTC } from './zone.word.ts';

const KEY = 'tidegate.zone';

const own = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const zones: readonly string[] = [
  ...new Set([
    UTC,
    isZone(own) ? own : UTC,
    'America/New_York',
    'Europe/London',
    'Europe/Zurich',
    'Asia/Dubai',
    'Asia/Singapore',
    'Asia/Hong_Kong',
    'Asia/Tokyo',
    'Australia/Sydney',
  ]),
];

const kept = localStorage.getItem(KEY);
const zoneCell = new Cell<string>(kept !== null && isZone(kept) ? kept : UTC);

export const useZone = (): string => useCell(zoneCell);

export function chooseZone(zone: string): void {
  localStorage.setItem(KEY, zone);
  zoneCell.set(zone);
}

/** Writes times of the page in the chosen zone. */
export function useTimeText(): (iso: string) => string {
  const zone = useZone();
  return (iso) => timeText(iso, zone);
}
