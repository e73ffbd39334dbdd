/**
 * Ten levels of both sides with size bars, and what my size would cost. A click on a level takes its price
 * to the ticket.
 */
import type { InstrumentView } from '@tidegate/wire/rest';
import { useEffect, useRef } from 'react';
import { useDesk } from '../desk.ts';
import { depthLevels, DepthPainter } from './depth.painter.ts';
import { shortSize } from './price.format.ts';
import { parseSize } from './size.ts';
import './depth.css';

const levels = Array.from({ length: depthLevels }, (_, index) => index);

export interface DepthPanelProps {
  readonly instrument: InstrumentView;
  /** My size as typed. */
  readonly size: string;
}

export function DepthPanel({ instrument, size }: DepthPanelProps) {
  const { prices, workspace } = useDesk();
  const root = useRef<HTMLDivElement>(null);
  const lots = useRef(0);
  const parsed = parseSize(size, instrument);
  const painter = useRef<DepthPainter | null>(null);
  useEffect(() => {
    if (root.current === null) return undefined;
    painter.current = new DepthPainter(root.current, instrument, prices, () => lots.current);
    return painter.current.start();
  }, [instrument, prices]);
  useEffect(() => {
    lots.current = parsed.ok ? parsed.lots : 0;
    painter.current?.paint();
  });
  const take = (side: 'buy' | 'sell', row: HTMLElement): void => {
    const price = row.querySelector('[data-part="price"]')?.textContent ?? '';
    if (price !== '') workspace.fill({ instrument: instrument.id, side, type: 'limit', price });
  };
  const label = parsed.ok ? shortSize(parsed.text) : '–';
  return (
    <div
      ref={root}
      className="depth"
      data-testid="depth-panel"
      data-instrument={instrument.id}
      aria-label={`Depth of ${instrument.symbol}`}
    >
      <div className="depth-head">
        <Figure at="bid" title={`Sell ${label} VWAP`} tone="sell-text" />
        <div className="depth-middle">
          <b data-part="spread" />
          spread
          <br />
          <span className="faint" data-part="age" />
        </div>
        <Figure at="ask" title={`Buy ${label} VWAP`} tone="buy-text" />
      </div>
      <div className="depth-rows">
        <div className="depth-labels">
          <span>Source</span>
          <span>Size</span>
          <span>Bid</span>
        </div>
        <div className="depth-labels ask">
          <span>Source</span>
          <span>Size</span>
          <span>Ask</span>
        </div>
        {levels.map((level) => [
          <Row key={`bid-${level}`} side="bid" level={level} onTake={(row) => take('sell', row)} />,
          <Row key={`ask-${level}`} side="ask" level={level} onTake={(row) => take('buy', row)} />,
        ])}
      </div>
    </div>
  );
}

function Figure({
  at,
  title,
  tone,
}: {
  readonly at: 'bid' | 'ask';
  readonly title: string;
  readonly tone: string;
}) {
  return (
    <div className="depth-figure">
      <small>{title}</small>
      <b className={tone} data-part={`${at}-average`} data-testid={`depth-${at}-vwap`} />
      <small data-part={`${at}-worst`} />
    </div>
  );
}

interface RowProps {
  readonly side: 'bid' | 'ask';
  readonly level: number;
  readonly onTake: (row: HTMLElement) => void;
}

function Row({ side, level, onTake }: RowProps) {
  return (
    <button
      type="button"
      className="depth-row"
      data-side={side}
      data-testid={`depth-${side}-${level}`}
      tabIndex={-1}
      aria-label={`${side} level ${level + 1} to the ticket`}
      onClick={(event) => onTake(event.currentTarget)}
    >
      <span className="bar" data-part="bar" />
      <span data-part="venue" />
      <span data-part="size" />
      <span data-part="price" />
    </button>
  );
}
