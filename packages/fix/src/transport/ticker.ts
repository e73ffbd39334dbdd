/**
 * The one timer of all sessions in this process: heartbeats and time-outs cost one interval, not one per
 * message.
 */

export interface Ticking {
  /**
   * `utcMs`: wall clock. `monoMs`: milliseconds of listening; a stalled process does not count as a silent
   * peer.
   */
  tick(utcMs: number, monoMs: number): void;
}

const TICK_MS = 100;
/** A tick that comes later than this means that we did not listen; the peers are not to blame. */
const STALL_MS = 1_000;

const members = new Set<Ticking>();
let interval: NodeJS.Timeout | undefined;
let lastMs = 0;
let monoMs = 1;

export function startTicking(member: Ticking): void {
  members.add(member);
  if (interval !== undefined) return;
  lastMs = performance.now();
  interval = setInterval(tickAll, TICK_MS);
  interval.unref();
}

export function stopTicking(member: Ticking): void {
  members.delete(member);
  if (members.size > 0 || interval === undefined) return;
  clearInterval(interval);
  interval = undefined;
}

function tickAll(): void {
  const nowMs = performance.now();
  monoMs += Math.min(nowMs - lastMs, STALL_MS);
  lastMs = nowMs;
  const utcMs = Date.now();
  for (const member of members) member.tick(utcMs, monoMs);
}
