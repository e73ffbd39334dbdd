/**
 * Books whose venues contradict each other, as system events: told when it begins and when it has been over
 * for a while, so that one that comes and goes is one event.
 */
import type { SystemEvent } from '@tidegate/wire/monitoring';

type CrossedEvent = Pick<SystemEvent, 'kind' | 'severity' | 'subject' | 'text'>;

/** For so long it must be over. */
const overMs = 1_000;

interface Seen {
  isCrossed: boolean;
  isTold: boolean;
  /** Crossed at a look in between, though perhaps not any more. */
  wasCrossed: boolean;
  lastMonoMs: number;
}

export class CrossedBooks {
  private readonly books = new Map<string, Seen>();

  see(instrument: string, isCrossed: boolean): void {
    const seen = this.books.get(instrument);
    if (seen === undefined && !isCrossed) return;
    if (seen === undefined) {
      this.books.set(instrument, { isCrossed, wasCrossed: true, isTold: false, lastMonoMs: 0 });
      return;
    }
    seen.isCrossed = isCrossed;
    seen.wasCrossed ||= isCrossed;
  }

  /** What is to be told now. */
  events(monoMs: number): readonly CrossedEvent[] {
    const told: CrossedEvent[] = [];
    for (const [instrument, seen] of this.books) {
      if (seen.wasCrossed) seen.lastMonoMs = monoMs;
      seen.wasCrossed = seen.isCrossed;
      if (!seen.isTold) {
        seen.isTold = true;
        told.push(eventOf(instrument, true));
      } else if (!seen.isCrossed && monoMs - seen.lastMonoMs >= overMs) {
        this.books.delete(instrument);
        told.push(eventOf(instrument, false));
      }
    }
    return told;
  }
}

const eventOf = (instrument: string, isCrossed: boolean): CrossedEvent => ({
  kind: isCrossed ? 'bookCrossed' : 'bookSound',
  severity: isCrossed ? 'warning' : 'info',
  subject: instrument,
  text: isCrossed
    ? `the providers' prices of ${instrument} contradict each other: not shown, not dealt`
    : `the providers' prices of ${instrument} agree again`,
});
