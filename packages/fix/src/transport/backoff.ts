/** How long an initiator waits before it tries again. */

const DOUBLINGS_MAX = 30;

/**
 * Milliseconds before the next attempt when `failures` in a row have gone before it (1 or more): the ceiling
 * doubles from `leastMs` to `mostMs`, and the jitter (`random` in [0, 1)) takes up to half of it away, so
 * that many initiators do not come back at the same moment.
 */
export function backoffMs(failures: number, leastMs: number, mostMs: number, random: number): number {
  const doublings = Math.min(Math.max(failures - 1, 0), DOUBLINGS_MAX);
  const ceilingMs = Math.min(mostMs, leastMs * 2 ** doublings);
  return ceilingMs / 2 + (random * ceilingMs) / 2;
}
