/** The heat map shows the worst of each piece, and what was not recorded as nothing. */
import type { QualityState } from '@tidegate/core/quality/state';
import type { QualityStateView } from '@tidegate/wire/quality';
import { expect, it } from 'vitest';
import { frameOf, heatKey, heatMapOf, heatPieces, nowPiece } from './heat.map.ts';

const nowMs = Date.UTC(2026, 10, 23, 12, 0, 10);
const frame = frameOf(15, nowMs);
const span = (
  state: QualityState,
  from: number,
  to: number | null,
  instrument = 'EURUSD',
): QualityStateView => ({
  source: 'alpha',
  instrument,
  state,
  from: new Date(frame.fromMs + from).toISOString(),
  to: to === null ? null : new Date(frame.fromMs + to).toISOString(),
  why: '',
  peak: 0,
  isConflated: false,
});

it('begins pieces at multiples of their length, the last with the present', () => {
  expect(frame).toMatchObject({ pieceMs: 30_000, pieces: heatPieces });
  expect(frame.fromMs + heatPieces * 30_000).toBe(Date.UTC(2026, 10, 23, 12, 0, 30));
});

it('shows the worst of each piece, nothing where nothing is recorded, and the source first', () => {
  const map = heatMapOf(
    [
      span('GOOD', 60_000, 95_000),
      span('WIDE', 95_000, 95_001),
      span('DOWN', 95_001, 120_000),
      span('EXCUSED', 120_000, 130_000),
      span('GOOD', 130_000, null),
      span('GOOD', -5_000, null, '*'),
    ],
    frame,
  );
  expect(map.rows.map(({ instrument }) => instrument)).toEqual(['*', 'EURUSD']);
  expect(map.rows[1]!.cells.slice(0, 6)).toEqual([undefined, undefined, 'GOOD', 'DOWN', 'GOOD', 'GOOD']);
  expect(map.rows[0]!.cells.every((state) => state === 'GOOD')).toBe(true);
});

it('says what holds apart from the worst of the last piece', () => {
  const lastMs = (heatPieces - 1) * frame.pieceMs;
  const [row] = heatMapOf([span('DOWN', 0, lastMs + 1), span('STALE', lastMs + 1, null)], frame).rows;
  expect(row!.cells.at(-1)).toBe('DOWN');
  expect(row!.now).toBe('STALE');
  expect(heatMapOf([span('GOOD', 0, 5_000)], frame).rows[0]!.now).toBeUndefined();
});

it('moves by keys and stays within', () => {
  expect(heatKey('ArrowRight', { row: 0, piece: nowPiece }, 3)).toEqual({ row: 0, piece: nowPiece });
  expect(heatKey('ArrowDown', { row: 1, piece: 4 }, 3)).toEqual({ row: 2, piece: 4 });
  expect(heatKey('PageDown', { row: 1, piece: 4 }, 3)).toEqual({ row: 2, piece: 4 });
  expect(heatKey('Home', { row: 1, piece: 4 }, 3)).toEqual({ row: 1, piece: 0 });
  expect(heatKey('x', { row: 1, piece: 4 }, 3)).toBeUndefined();
});
