/**
 * How good one source's data of one instrument is, in one word, and what each word means for availability:
 * the vocabulary of monitor, tables, interfaces and desk. The rules are in docs/data-quality.md.
 */
import type { QualityFlag } from '../market/quality.ts';
import type { InstrumentId } from '../market/instrument.ts';
import type { VenueId } from '../market/quote.ts';

/** From the best to the worst; of two that hold at once the later one is told. */
export const qualityStates = [
  'GOOD',
  /** Its own spread is too wide. */
  'WIDE',
  /** Its mid is too far from the others'. */
  'SPIKE',
  /** Its bid is over its ask. */
  'CROSSED',
  /** Images between two that came are missing. */
  'GAP',
  /** Levels, a side or the whole instrument are missing of what was asked for. */
  'PARTIAL',
  /** Nothing has come for too long. */
  'STALE',
  /** The session is gone. */
  'DOWN',
  /** The monitor was blind. Counts against us. */
  'UNKNOWN',
  /** Nothing is expected: by the schedule, or announced. */
  'EXCUSED',
] as const;
export type QualityState = (typeof qualityStates)[number];

/** In place of an instrument: the source as a whole, its channel. In place of a source: the monitor. */
export const WHOLE = '*';

export type ExcuseReason = 'schedule' | 'announced';

/** A time in one state. Instants are UTC milliseconds; the start is within, the end is not. */
export interface Span {
  readonly source: VenueId;
  readonly instrument: InstrumentId;
  readonly state: QualityState;
  readonly fromMs: number;
  /** Undefined: it still holds. */
  readonly toMs: number | undefined;
  /** Flags of an image, why it is excused; may be empty. */
  readonly why: string;
  /**
   * How bad at the worst: basis points of WIDE, SPIKE and CROSSED, images missing of GAP, levels missing of
   * PARTIAL; 0 of the others, whose measure is their length.
   */
  readonly peak: number;
  /** It changed too often: better times in between are counted as this state. */
  readonly isConflated: boolean;
}

const ranks = new Map<QualityState, number>(qualityStates.map((state, rank) => [state, rank]));

export const rankOf = (state: QualityState): number => ranks.get(state)!;

/** Something is expected and is not as it should be. */
export const isTrouble = (state: QualityState): boolean => state !== 'GOOD' && state !== 'EXCUSED';

/** `outdated` and `unknownVenue` images never get so far. */
const stateOfFlag: Readonly<Partial<Record<QualityFlag, QualityState>>> = {
  wide: 'WIDE',
  spike: 'SPIKE',
  crossed: 'CROSSED',
  malformed: 'PARTIAL',
  nonPositivePrice: 'PARTIAL',
  zeroQuantity: 'PARTIAL',
  unsorted: 'PARTIAL',
};

/** The worst that an image's flags say. */
export function stateOfFlags(flags: readonly QualityFlag[]): QualityState {
  let worst: QualityState = 'GOOD';
  for (const flag of flags) {
    const state = stateOfFlag[flag] ?? 'GOOD';
    if (rankOf(state) > rankOf(worst)) worst = state;
  }
  return worst;
}
