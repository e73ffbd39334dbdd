/**
 * The heat map: for each source × instrument the worst state of each piece of a time, from recorded spans,
 * and at the end the one that holds. What nothing is recorded of is empty, not good.
 */
import { rankOf, WHOLE, type QualityState } from '@tidegate/core/quality/state';
import type { QualityStateView } from '@tidegate/wire/quality';

export interface HeatRow {
  readonly source: string;
  readonly instrument: string;
  /** Undefined: nothing is recorded. */
  readonly cells: readonly (QualityState | undefined)[];
  /** What holds; in the last piece something worse may have been. */
  readonly now: QualityState | undefined;
}

export interface HeatMap {
  readonly rows: readonly HeatRow[];
  readonly fromMs: number;
  readonly pieceMs: number;
  readonly pieces: number;
}

export interface HeatFrame {
  readonly fromMs: number;
  readonly pieceMs: number;
  readonly pieces: number;
  /** Of what holds. */
  readonly nowMs: number;
}

export const heatRanges = [
  { value: 15, label: '15 min' },
  { value: 60, label: '1 hour' },
  { value: 24 * 60, label: '24 hours' },
] as const;
export const heatPieces = 30;
/** Stands behind the pieces. */
export const nowPiece = heatPieces;

/** Pieces begin at multiples of their length, so that they stay what they are while time goes on. */
export function frameOf(minutes: number, nowMs: number): HeatFrame {
  const pieceMs = (minutes * 60_000) / heatPieces;
  const endMs = Math.floor(nowMs / pieceMs) * pieceMs + pieceMs;
  return { fromMs: endMs - heatPieces * pieceMs, pieceMs, pieces: heatPieces, nowMs };
}

export function heatMapOf(spans: readonly QualityStateView[], frame: HeatFrame): HeatMap {
  const { fromMs, pieceMs, pieces, nowMs } = frame;
  const rows = new Map<string, HeatRowMade>();
  for (const { source, instrument, state, from, to } of spans) {
    const key = `${source} ${instrument}`;
    const row = rows.get(key) ?? {
      source,
      instrument,
      cells: Array.from({ length: pieces }, () => undefined),
      now: undefined,
    };
    if (to === null) row.now = state;
    rows.set(key, row);
    const startMs = Math.max(Date.parse(from), fromMs);
    const endMs = Math.min(to === null ? nowMs : Date.parse(to), fromMs + pieces * pieceMs);
    for (let piece = Math.floor((startMs - fromMs) / pieceMs); piece < pieces; piece += 1) {
      if (fromMs + piece * pieceMs >= endMs) break;
      const held = row.cells[piece];
      if (held === undefined || isWorse(state, held)) row.cells[piece] = state;
    }
  }
  return { rows: [...rows.values()].toSorted(inOrder), fromMs, pieceMs, pieces };
}

interface HeatRowMade extends HeatRow {
  readonly cells: (QualityState | undefined)[];
  now: QualityState | undefined;
}

/** Where nothing is expected is not worse than where something was bad. */
const isWorse = (state: QualityState, held: QualityState): boolean => weightOf(state) > weightOf(held);
const weightOf = (state: QualityState): number => (state === 'EXCUSED' ? -1 : rankOf(state));

/** A source as a whole stands before its instruments. */
function inOrder(left: HeatRow, right: HeatRow): number {
  if (left.source !== right.source) return left.source < right.source ? -1 : 1;
  if (left.instrument === right.instrument) return 0;
  if (left.instrument === WHOLE || right.instrument === WHOLE) return left.instrument === WHOLE ? -1 : 1;
  return left.instrument < right.instrument ? -1 : 1;
}

export interface HeatPlace {
  readonly row: number;
  /** `nowPiece`: what holds. */
  readonly piece: number;
}

/** Where a key goes from a place; undefined: it is none of ours. */
export function heatKey(key: string, { row, piece }: HeatPlace, rows: number): HeatPlace | undefined {
  const last = nowPiece;
  const held = (value: number, max: number): number => Math.max(0, Math.min(max, value));
  switch (key) {
    case 'ArrowRight':
      return { row, piece: held(piece + 1, last) };
    case 'ArrowLeft':
      return { row, piece: held(piece - 1, last) };
    case 'ArrowDown':
      return { row: held(row + 1, rows - 1), piece };
    case 'ArrowUp':
      return { row: held(row - 1, rows - 1), piece };
    case 'Home':
      return { row, piece: 0 };
    case 'End':
      return { row, piece: last };
    case 'PageDown':
      return { row: held(row + 10, rows - 1), piece };
    case 'PageUp':
      return { row: held(row - 10, rows - 1), piece };
    default:
      return undefined;
  }
}
