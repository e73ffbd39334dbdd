/**
 * Constant-rate pacing by due times, precise to tens of microseconds without burning a core: sleeps on a
 * futex until the next due time, does all that is due, then lets the event loop run. What was due while
 * something took long is done late and measured from when it was due, so a stall shows in every latency it
 * touched (no coordinated omission).
 */
import { setImmediate as turn } from 'node:timers/promises';

/** Monotonic milliseconds with fractions, the same in every process of the host. */
export const monoMs = (): number => Number(process.hrtime.bigint()) / 1e6;

const nap = new Int32Array(new SharedArrayBuffer(4));
/** Longest sleep before the event loop gets its turn. */
const napMsMax = 0.3;
/** Shortest sleep, whatever the rate: a pacer that spins would take a core from what is measured. */
export const napMsMin = 0.2;

/**
 * Calls `act(index, dueMs)` for each of `count` events, `ratePerSecond` apart from `startMs` on. What falls
 * due within `quantumMs` is done together: small where lateness is measured, larger for mere background load.
 */
export async function pace(
  startMs: number,
  ratePerSecond: number,
  count: number,
  act: (index: number, dueMs: number) => void,
  quantumMs = napMsMin,
): Promise<void> {
  const stepMs = 1_000 / ratePerSecond;
  for (let index = 0; index < count;) {
    const now = monoMs();
    const due = Math.min(count, Math.floor((now - startMs) / stepMs) + 1);
    for (; index < due; index += 1) act(index, startMs + index * stepMs);
    await turn();
    const waitMs = startMs + index * stepMs - monoMs();
    if (index < count) Atomics.wait(nap, 0, 0, Math.max(quantumMs, Math.min(waitMs, napMsMax)));
  }
}
