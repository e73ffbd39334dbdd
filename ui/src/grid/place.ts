/**
 * Where the keyboard is in a grid, and which of its lines are drawn. The head is line -1. Pure.
 */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Extent {
  readonly lines: number;
  readonly columns: number;
  /** Lines that fit on the page. */
  readonly page: number;
}

export interface Stroke {
  readonly key: string;
  readonly ctrl: boolean;
}

export const HEAD = -1;

/** Where a key leads; undefined for a key that leads nowhere. */
export function moved(place: Place, { key, ctrl }: Stroke, extent: Extent): Place | undefined {
  const to = target(place, key, ctrl, extent);
  if (to === undefined) return undefined;
  return {
    line: clamp(to.line, HEAD, extent.lines - 1),
    column: clamp(to.column, 0, Math.max(0, extent.columns - 1)),
  };
}

function target({ line, column }: Place, key: string, ctrl: boolean, extent: Extent): Place | undefined {
  const last = { line: extent.lines - 1, column: extent.columns - 1 };
  switch (key) {
    case 'ArrowUp':
      return { line: ctrl ? 0 : line - 1, column };
    case 'ArrowDown':
      return { line: ctrl ? last.line : line + 1, column };
    case 'ArrowLeft':
      return { line, column: ctrl ? 0 : column - 1 };
    case 'ArrowRight':
      return { line, column: ctrl ? last.column : column + 1 };
    case 'Home':
      return { line: ctrl ? 0 : line, column: 0 };
    case 'End':
      return { line: ctrl ? last.line : line, column: last.column };
    case 'PageUp':
      return { line: Math.max(0, line - extent.page), column };
    case 'PageDown':
      return { line: line + extent.page, column };
    default:
      return undefined;
  }
}

const clamp = (value: number, from: number, to: number): number => Math.max(from, Math.min(to, value));

export interface Range {
  /** First line drawn. */
  readonly from: number;
  /** First line after it that is not. */
  readonly to: number;
}

/** Drawn beyond what is seen, so that a turn of the wheel finds lines. */
const BEYOND = 10;
/** The range moves in steps, so that most scroll events draw nothing. */
const STEP = 5;

export function drawnLines(scrolledPx: number, roomPx: number, linePx: number, lines: number): Range {
  const first = Math.floor(scrolledPx / linePx / STEP) * STEP;
  const count = Math.ceil(roomPx / linePx) + STEP;
  return {
    from: Math.max(0, Math.min(lines - count, first) - BEYOND),
    to: Math.min(lines, first + count + BEYOND),
  };
}

/** Scrolled so far that the line is seen wholly. */
export function scrolledTo(line: number, scrolledPx: number, roomPx: number, linePx: number): number {
  const top = line * linePx;
  if (top < scrolledPx) return top;
  return top + linePx > scrolledPx + roomPx ? top + linePx - roomPx : scrolledPx;
}
