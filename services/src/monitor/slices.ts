/**
 * What a partition's events are for operators, counted in slices of the events' own time: in each the first
 * of a kind are told one by one, the rest as one event with their number. All ids come from the journal, and
 * whoever begins again at `cursor` tells the same: nothing is left out, nothing told twice.
 */
import { createHash } from 'node:crypto';
import type { SequencedEvent } from '@tidegate/wire/commands';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { systemEventOf } from './order.events.ts';

/** Of events as they happen. */
export const sliceMs = 10_000;
/** Of events that were missed: a night of refusals is a page, not a book. */
export const lateSliceMs = 3_600_000;
/** Events older than this were missed. */
export const lateAfterMs = 60_000;
/** How long an event of a slice may be under way when its time is over. */
const graceMs = 2_000;
const toldMax = 20;

interface Kind {
  told: number;
  held: number;
  last: SystemEvent;
}

interface Slice {
  readonly lengthMs: number;
  readonly fromMs: number;
  readonly firstSequence: number;
  readonly firstAtMs: number;
  lastAtMs: number;
  readonly kinds: Map<string, Kind>;
}

export class Slices {
  private readonly firm: string;
  private slice: Slice | undefined;
  private seen: number;

  constructor(firm: string, after: number) {
    this.firm = firm;
    this.seen = after;
  }

  /** Where to begin again after a crash: before what is still counted. */
  get cursor(): number {
    return this.slice === undefined ? this.seen : this.slice.firstSequence - 1;
  }

  /** What is to be told now. Events that were taken before are passed over. */
  take(events: readonly SequencedEvent[], nowMs: number): SystemEvent[] {
    const told: SystemEvent[] = [];
    for (const sequenced of events) {
      if (sequenced.sequence <= this.seen) continue;
      const event = this.eventOf(sequenced);
      const lengthMs = nowMs - sequenced.atMs > lateAfterMs ? lateSliceMs : sliceMs;
      if (this.slice !== undefined && isBeyond(this.slice, lengthMs, sequenced.atMs))
        told.push(...this.close());
      this.seen = sequenced.sequence;
      if (event === undefined) continue;
      this.slice ??= sliceFrom(sequenced, lengthMs);
      this.slice.lastAtMs = sequenced.atMs;
      // Each case is somebody's to resolve: never summed up.
      if (event.kind === 'caseOpened' || this.isFew(this.slice, event)) told.push(event);
    }
    return told;
  }

  /** Ends a slice whose time is over; a late one as soon as nothing more was missed. */
  sweep(nowMs: number, isCaughtUp: boolean): SystemEvent[] {
    if (this.slice === undefined) return [];
    const { lengthMs, fromMs } = this.slice;
    const isOver = lengthMs === lateSliceMs ? isCaughtUp : nowMs >= fromMs + lengthMs + graceMs;
    return isOver ? this.close() : [];
  }

  private isFew({ kinds }: Slice, event: SystemEvent): boolean {
    const kind = kinds.get(event.kind);
    if (kind === undefined) {
      kinds.set(event.kind, { told: 1, held: 0, last: event });
      return true;
    }
    kind.last = event;
    if (kind.told < toldMax) {
      kind.told += 1;
      return true;
    }
    kind.held += 1;
    return false;
  }

  private close(): SystemEvent[] {
    const { slice, firm } = this;
    this.slice = undefined;
    if (slice === undefined) return [];
    const { firstSequence, firstAtMs, lastAtMs, lengthMs } = slice;
    const told: SystemEvent[] = [];
    for (const [kind, { held, last }] of slice.kinds) {
      if (held === 0) continue;
      const { details: _ofTheLast, ...event } = last;
      const within = `within ${lengthMs / 1_000} s were not told one by one`;
      const text = `${held} more of this kind ${within}; the last: ${last.text}`;
      told.push({ ...event, id: idOf(firm, firstSequence, firstAtMs, `sum of ${kind}`), text });
    }
    if (lengthMs === lateSliceMs) {
      const [from, to] = [firstAtMs, lastAtMs].map((atMs) => new Date(atMs).toISOString());
      told.push({
        id: idOf(firm, firstSequence, firstAtMs, 'late'),
        at: to!,
        kind: 'monitorBehind',
        severity: 'warning',
        subject: firm,
        firm,
        text: `told late, each at its own time: what happened from ${from} to ${to}, without monitor or SQL`,
        details: { firstSequence, lastSequence: this.seen },
      });
    }
    return told;
  }

  private eventOf(sequenced: SequencedEvent): SystemEvent | undefined {
    const { sequence, atMs } = sequenced;
    const told = systemEventOf(this.firm, sequenced);
    if (told === undefined) return undefined;
    return { ...told, id: idOf(this.firm, sequence, atMs, told.kind), at: new Date(atMs).toISOString() };
  }
}

function sliceFrom({ sequence, atMs }: SequencedEvent, lengthMs: number): Slice {
  return {
    lengthMs,
    fromMs: Math.floor(atMs / lengthMs) * lengthMs,
    firstSequence: sequence,
    firstAtMs: atMs,
    lastAtMs: atMs,
    kinds: new Map(),
  };
}

function isBeyond({ lengthMs, fromMs }: Slice, nextLengthMs: number, atMs: number): boolean {
  return nextLengthMs !== lengthMs || atMs >= fromMs + lengthMs;
}

/** A UUID (version 8) made of what it is about; the time tells a journal from an older one it replaced. */
function idOf(firm: string, sequence: number, atMs: number, what: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([firm, sequence, atMs, what]))
    .digest('hex');
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}
