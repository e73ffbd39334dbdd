/**
 * Bloomberg's indicative price of an instrument on one line, under a tile's prices. React renders the empty
 * frame; `IndicativePainter` writes the figures, so a tick renders nothing here. It can't be pressed.
 */
import { useEffect, useRef } from 'react';
import type { InstrumentView } from '@tidegate/wire/rest';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { IndicativePainter } from './indicative.painter.ts';
import './indicative.css';

const explained = 'Bloomberg, indicative: bid, mid, ask and pips from our mid. Nothing is dealt on it.';

/** The line in a tile, where the user wants it and may read the feed. */
export function TileIndicative({ instrument }: { readonly instrument: InstrumentView }) {
  const { workspace, indicative } = useDesk();
  const isWanted = useCell(workspace.showsIndicative);
  const isPermitted = useCell(indicative.isPermitted);
  return isWanted && isPermitted ? <IndicativeLine instrument={instrument} place="tile" /> : null;
}

export interface IndicativeLineProps {
  readonly instrument: InstrumentView;
  /** The panel has room for titles and the age. */
  readonly place: 'tile' | 'panel';
}

export function IndicativeLine({ instrument, place }: IndicativeLineProps) {
  const { prices, indicative } = useDesk();
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (root.current === null) return undefined;
    return new IndicativePainter(root.current, instrument, { prices, indicative }).start();
  }, [instrument, prices, indicative]);
  const id = (part: string): string => `${place}-${instrument.id}-indicative-${part}`;
  return (
    <div
      ref={root}
      className={`indicative in-${place}`}
      role="group"
      aria-label={`Bloomberg, indicative price of ${instrument.symbol}`}
      title={explained}
      data-mark="none"
      data-testid={`${place}-${instrument.id}-indicative`}
    >
      <span className="indicative-label" data-part="indicative-label" data-testid={id('label')} />
      <Figure part="bid" title="Bid" id={id('bid')} />
      <Figure part="mid" title="Mid" id={id('mid')} />
      <Figure part="ask" title="Ask" id={id('ask')} />
      <Figure part="note" title="Pips from ours" id={id('note')} />
      {place === 'panel' && <Figure part="age" title="Age" id={id('age')} />}
    </div>
  );
}

interface FigureProps {
  readonly part: 'bid' | 'mid' | 'ask' | 'note' | 'age';
  readonly title: string;
  readonly id: string;
}

function Figure({ part, title, id }: FigureProps) {
  return (
    <span className={`indicative-${part}`}>
      <small>{title}</small>
      <span data-part={`indicative-${part}`} data-testid={id} />
    </span>
  );
}
