/** The border between two panels: dragged, or moved with the arrows. */
import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { resize, type Split } from './layout.tree.ts';
import type { Arrangement } from './workspace.shape.ts';

const STEP = 3;

export interface DockSplitterProps {
  readonly split: Split;
  /** Of the child before it. */
  readonly index: number;
  readonly arrangement: Arrangement;
  readonly onChange: (next: Arrangement) => void;
}

export function DockSplitter({ split, index, arrangement, onChange }: DockSplitterProps) {
  const from = useRef<number | null>(null);
  const isRow = split.direction === 'row';
  const by = (percent: number): void =>
    onChange({ ...arrangement, tree: resize(arrangement.tree, split.id, index, percent) });
  const at = (event: PointerEvent): number => (isRow ? event.clientX : event.clientY);
  const down = (event: PointerEvent<HTMLDivElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = at(event);
  };
  const moved = (event: PointerEvent<HTMLDivElement>): void => {
    if (from.current === null) return;
    const whole = event.currentTarget.parentElement;
    const length = (isRow ? whole?.clientWidth : whole?.clientHeight) ?? 0;
    const percent = ((at(event) - from.current) / length) * 100;
    // Small steps are gathered: each one lays out the panels anew.
    if (length === 0 || Math.abs(percent) < 0.5) return;
    from.current = at(event);
    by(percent);
  };
  const key = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = isRow
      ? { ArrowLeft: -STEP, ArrowRight: STEP }
      : { ArrowUp: -STEP, ArrowDown: STEP };
    const percent = steps[event.key];
    if (percent === undefined) return;
    event.preventDefault();
    by(percent);
  };
  return (
    <div
      className="dock-border"
      role="separator"
      tabIndex={0}
      aria-label="Border between panels"
      aria-orientation={isRow ? 'vertical' : 'horizontal'}
      aria-valuenow={Math.round(split.children[index]?.share ?? 0)}
      aria-valuemin={0}
      aria-valuemax={100}
      data-testid={`border-${split.id}-${index}`}
      onPointerDown={down}
      onPointerMove={moved}
      onPointerUp={() => (from.current = null)}
      onPointerCancel={() => (from.current = null)}
      onKeyDown={key}
    />
  );
}
