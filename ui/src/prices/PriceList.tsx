/**
 * Prices as dense lines, for walls of sixty instruments and more. A line's words are painted as a tile's are;
 * a press on a price fills the ticket with it and never deals by itself.
 */
import { memo, useEffect, useRef } from 'react';
import type { InstrumentView } from '@tidegate/wire/rest';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { RowPainter } from './row.painter.ts';

export function PriceList({ instruments }: { readonly instruments: readonly InstrumentView[] }) {
  return (
    <div className="price-list" role="table" aria-label="Prices" aria-rowcount={instruments.length + 1}>
      <div className="price-row head" role="row">
        {['Instrument', 'Sell', 'Buy', 'Spread', 'Low – high', 'Age'].map((title) => (
          <span key={title} role="columnheader">
            {title}
          </span>
        ))}
      </div>
      {instruments.map((instrument) => (
        <PriceRow key={instrument.id} instrument={instrument} />
      ))}
    </div>
  );
}

const PriceRow = memo(function PriceRow({ instrument }: { readonly instrument: InstrumentView }) {
  const { prices, history, workspace } = useDesk();
  const root = useRef<HTMLDivElement>(null);
  const painter = useRef<RowPainter | null>(null);
  const isSelected = useCell(workspace.selected) === instrument.id;
  useEffect(() => {
    if (root.current === null) return undefined;
    painter.current = new RowPainter(root.current, instrument, { prices, history });
    return painter.current.start();
  }, [instrument, prices, history]);
  const fill = (side: 'buy' | 'sell'): void => {
    const price = painter.current?.shown(side === 'buy' ? 'ask' : 'bid') ?? '';
    const draft = { instrument: instrument.id, side, price };
    workspace.openTicket(price === '' ? draft : { ...draft, type: 'limit' });
  };
  const id = `row-${instrument.id}`;
  return (
    <div
      ref={root}
      className="price-row"
      role="row"
      data-testid={id}
      data-market="none"
      data-selected={isSelected}
    >
      <span role="rowheader">
        <button type="button" className="row-symbol" onClick={() => workspace.select(instrument.id)}>
          {instrument.symbol}
        </button>
      </span>
      <span role="cell">
        <button
          type="button"
          className="row-bid"
          aria-label={`Sell ${instrument.symbol} in the ticket`}
          data-part="bid"
          data-testid={`${id}-sell`}
          onClick={() => fill('sell')}
        />
      </span>
      <span role="cell">
        <button
          type="button"
          className="row-ask"
          aria-label={`Buy ${instrument.symbol} in the ticket`}
          data-part="ask"
          data-testid={`${id}-buy`}
          onClick={() => fill('buy')}
        />
      </span>
      <span role="cell" className="row-spread" data-part="spread" />
      <span role="cell" className="row-range" data-part="range" />
      <span role="cell" className="row-age" data-part="age" />
    </div>
  );
});
