/**
 * How long received prices wait until they are painted: a mark for each message in the browser's own
 * timeline (`prices painted`: from its receipt to its paint, with the time at which the platform wrote it),
 * and the slowest for the header.
 */
import type { PriceView } from '@tidegate/wire/prices';
import { isPaintAsked, onPainted } from './frame.ts';

const name = 'prices painted';
/** Messages between two paints; more than come while a page stalls for seconds. */
const waitingMax = 500;

interface Mark {
  readonly receivedMs: number;
  /** UTC milliseconds by the server's clock. */
  readonly writtenAtMs: number;
}

/** Returns what to call with each message of prices after it was taken in, and how to stop. */
export function markPaints(told: (ms: number) => void): {
  readonly received: (prices: readonly PriceView[], receivedMs: number) => void;
  readonly stop: () => void;
} {
  let waiting: Mark[] = [];
  const stop = onPainted((nowMs) => {
    for (const { receivedMs, writtenAtMs } of waiting) {
      performance.measure(name, { start: receivedMs, end: nowMs, detail: { writtenAtMs } });
      told(nowMs - receivedMs);
    }
    // Observers have them; the timeline of a page that ticks for weeks would grow for ever.
    performance.clearMeasures(name);
    waiting = [];
  });
  return {
    received(prices, receivedMs) {
      const first = prices[0];
      // Nothing of it is in sight.
      if (first === undefined || !isPaintAsked() || waiting.length >= waitingMax) return;
      waiting.push({ receivedMs, writtenAtMs: first.receivedAtMs + first.ageMs });
    },
    stop,
  };
}
