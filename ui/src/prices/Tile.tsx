/**
 * One instrument to deal on. React renders its frame and its order state; prices are painted by
 * `TilePainter`, so a tick renders nothing here.
 */
import { FormOutlined, InfoCircleOutlined } from '@ant-design/icons';
import { memo, useEffect, useRef, type KeyboardEvent, type RefObject } from 'react';
import type { InstrumentView } from '@tidegate/wire/rest';
import { TileIndicative } from '../bloomberg/IndicativeLine.tsx';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import type { DealingTile } from './dealing.tile.ts';
import { PriceButton } from './PriceButton.tsx';
import { parseSize } from './size.ts';
import { TilePainter } from './tile.painter.ts';
import { canDeal, isOpenOrder, shownState } from './tile.state.ts';
import { TilePosition } from './TilePosition.tsx';
import { TileSize } from './TileSize.tsx';
import { TileStatus } from './TileStatus.tsx';

export const Tile = memo(function Tile({ model }: { readonly model: DealingTile }) {
  const desk = useDesk();
  const { instrument } = model;
  const root = useRef<HTMLElement>(null);
  const painter = usePainter(root, model);
  const tile = useCell(model.state);
  const selected = useCell(desk.workspace.selected) === instrument.id;
  const oneClick = useCell(desk.workspace.oneClick);
  const sizeOk = parseSize(useCell(model.size), instrument).ok;
  const dealable = desk.mayTrade && canDeal(tile) && sizeOk;

  const press = (side: 'buy' | 'sell'): void => {
    const shown = painter.current?.shown(side === 'buy' ? 'ask' : 'bid') ?? null;
    desk.workspace.select(instrument.id);
    if (!dealable || shown === null) return;
    const size = parseSize(model.size.read(), instrument);
    if (oneClick) model.deal(side, shown, desk.workspace.tolerancePips.read());
    else
      desk.workspace.openTicket({
        instrument: instrument.id,
        side,
        type: 'limit',
        price: shown,
        quantity: size.ok ? size.text : '',
      });
  };
  const ticket = (): void => desk.workspace.openTicket({ instrument: instrument.id, price: '' });
  const reference = (): void => desk.workspace.reference.set(instrument.id);

  return (
    <section
      ref={root}
      className="tile"
      tabIndex={0}
      role="group"
      aria-label={`${instrument.symbol} tile`}
      data-testid={`tile-${instrument.id}`}
      data-instrument={instrument.id}
      data-market={tile.market}
      data-open={isOpenOrder(tile)}
      data-state={shownState(tile)}
      data-selected={selected}
      onFocus={() => desk.workspace.select(instrument.id)}
      onKeyDown={(event) => onKey(event, { press, ticket, reference, dismiss: () => model.dismiss() })}
    >
      <TileHead instrument={instrument} onTicket={ticket} onReference={reference} />
      <div className="tile-prices">
        <PriceButton instrument={instrument} side="sell" disabled={!dealable} onPress={press} />
        <PriceButton instrument={instrument} side="buy" disabled={!dealable} onPress={press} />
        <span
          className="spread"
          data-part="spread"
          aria-label="Spread in pips"
          data-testid={`tile-${instrument.id}-spread`}
        />
      </div>
      <TileIndicative instrument={instrument} />
      <div className="tile-deal">
        <TileSize model={model} />
        <TileSweep model={model} />
      </div>
      <TileStatus instrument={instrument.id} tile={tile} onDismiss={() => model.dismiss()} />
    </section>
  );
});

/** Beside the size: why it is none, or its average prices as the painter says them. */
function TileSweep({ model }: { readonly model: DealingTile }) {
  const { instrument } = model;
  const parsed = parseSize(useCell(model.size), instrument);
  return (
    <span
      className="tile-beside"
      id={`tile-${instrument.id}-beside-size`}
      title={parsed.ok ? 'Average price of my size: sell / buy' : parsed.reason}
      data-testid={`tile-${instrument.id}-vwap`}
    >
      <span className="tile-sweep" data-part="sweep" />
      {!parsed.ok && <span className="tile-reason clip">{parsed.reason}</span>}
    </span>
  );
}

interface TileHeadProps {
  readonly instrument: InstrumentView;
  readonly onTicket: () => void;
  readonly onReference: () => void;
}

function TileHead({ instrument, onTicket, onReference }: TileHeadProps) {
  const { workspace, indicative } = useDesk();
  const hasFeed = useCell(indicative.isPermitted);
  return (
    <header className="tile-head">
      <button
        type="button"
        className="tile-symbol"
        tabIndex={-1}
        aria-label={`Select ${instrument.symbol}`}
        onClick={() => workspace.select(instrument.id)}
      >
        {instrument.symbol}
      </button>
      <TilePosition instrument={instrument.id} />
      {hasFeed && (
        <button
          type="button"
          className="tile-ticket"
          tabIndex={-1}
          aria-label={`Reference data of ${instrument.symbol}`}
          title="Reference data from Bloomberg (I)"
          data-testid={`tile-${instrument.id}-reference`}
          onClick={onReference}
        >
          <InfoCircleOutlined />
        </button>
      )}
      <button
        type="button"
        className="tile-ticket"
        tabIndex={-1}
        aria-label={`Ticket for ${instrument.symbol}`}
        title="Order ticket (T)"
        data-testid={`tile-${instrument.id}-ticket`}
        onClick={onTicket}
      >
        <FormOutlined />
      </button>
    </header>
  );
}

function usePainter(root: RefObject<HTMLElement | null>, model: DealingTile): RefObject<TilePainter | null> {
  const { prices } = useDesk();
  const painter = useRef<TilePainter | null>(null);
  useEffect(() => {
    if (root.current === null) return undefined;
    const made = new TilePainter(root.current, model.instrument, prices, model.size.read);
    painter.current = made;
    const stops = [made.start(), model.size.watch(made.paint)];
    return () => {
      for (const stop of stops) stop();
    };
  }, [root, model, prices]);
  return painter;
}

interface TileKeys {
  readonly press: (side: 'buy' | 'sell') => void;
  readonly ticket: () => void;
  readonly reference: () => void;
  readonly dismiss: () => void;
}

/** Keys work on the tile itself, not while its size is being typed (see TileSize). */
function onKey(event: KeyboardEvent<HTMLElement>, keys: TileKeys): void {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = keyAction(event, keys);
  if (act === null) return;
  event.preventDefault();
  act();
}

function keyAction(event: KeyboardEvent<HTMLElement>, keys: TileKeys): (() => void) | null {
  const from = event.currentTarget;
  switch (event.key) {
    case 'B':
      return () => keys.press('buy');
    case 'S':
      return () => keys.press('sell');
    case 't':
      return keys.ticket;
    case 'i':
      return keys.reference;
    case 'z':
      return () => from.querySelector('input')?.select();
    case 'Escape':
      return keys.dismiss;
    case 'ArrowRight':
      return () => focusTile(from, 1, 0);
    case 'ArrowLeft':
      return () => focusTile(from, -1, 0);
    case 'ArrowDown':
      return () => focusTile(from, 0, 1);
    case 'ArrowUp':
      return () => focusTile(from, 0, -1);
    default:
      return null;
  }
}

/** Focus moves in the grid as it is laid out now. */
function focusTile(from: HTMLElement, right: number, down: number): void {
  const tiles = [...(from.parentElement?.querySelectorAll<HTMLElement>('.tile') ?? [])];
  const columns = tiles.filter((tile) => tile.offsetTop === tiles[0]?.offsetTop).length;
  tiles[tiles.indexOf(from) + right + down * columns]?.focus();
}
