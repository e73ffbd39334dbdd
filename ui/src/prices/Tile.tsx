/**
 * One instrument to deal on. React renders its frame and its order state; prices are painted by
 * `TilePainter`, so a tick renders nothing here.
 */
import { FormOutlined, InfoCircleOutlined } from '@ant-design/icons';
import { memo, useEffect, useRef, type KeyboardEvent, type RefObject } from 'react';
import type { InstrumentView } from '@tidegate/wire/rest';
import { TileIndicative } from '../bloomberg/IndicativeLine.tsx';
import { useCell } from '../cell.ts';
import { useDesk, type Desk } from '../desk.ts';
import { intentText, reasonsToAsk } from '../orders/deal.reasons.ts';
import type { KeyId, Keys } from '../shell/keys.ts';
import type { DealingTile } from './dealing.tile.ts';
import type { Side } from './market.state.ts';
import { PriceButton } from './PriceButton.tsx';
import { parseOwnSize } from './own.sizes.ts';
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
  const sizeOk = useOwnSize(model).ok;
  const may = (side: Side): boolean => desk.mayTrade && sizeOk && canDeal(tile, side);

  const press = (side: Side): void => {
    const shown = painter.current?.shown(side === 'buy' ? 'ask' : 'bid') ?? null;
    desk.workspace.select(instrument.id);
    model.look(performance.now());
    const isOpen = desk.mayTrade && canDeal(model.state.read(), side);
    if (isOpen && shown !== null) pressed(desk, model, side, shown);
  };
  const ticket = (): void => desk.workspace.openTicket({ instrument: instrument.id, price: '' });
  const sizes = (): void => desk.dealing.sizesOf.set(instrument.id);
  const reference = (): void => desk.workspace.reference.set(instrument.id);
  const say = (): void => desk.announcements.tell(pricesOf(instrument.symbol, painter.current));
  const acts = { press, ticket, reference, sizes, say, dismiss: () => model.dismiss() };

  return (
    <section
      ref={root}
      className="tile"
      tabIndex={0}
      role="group"
      aria-label={`${instrument.symbol} tile`}
      data-testid={`tile-${instrument.id}`}
      data-instrument={instrument.id}
      data-market={tile.market.state}
      data-open={isOpenOrder(tile)}
      data-state={shownState(tile)}
      data-selected={selected}
      onFocus={() => desk.workspace.select(instrument.id)}
      onKeyDown={(event) => onKey(event, desk.keys, acts)}
    >
      <TileHead instrument={instrument} onTicket={ticket} onReference={reference} />
      <div className="tile-prices">
        <PriceButton
          instrument={instrument}
          side="sell"
          disabled={!may('sell')}
          isClosed={!tile.market.sell}
          onPress={press}
        />
        <PriceButton
          instrument={instrument}
          side="buy"
          disabled={!may('buy')}
          isClosed={!tile.market.buy}
          onPress={press}
        />
        <TileSpread instrument={instrument.id} />
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

function TileSpread({ instrument }: { readonly instrument: string }) {
  return (
    <span
      className="spread"
      data-part="spread"
      role="group"
      aria-label="Spread in pips"
      data-testid={`tile-${instrument}-spread`}
    />
  );
}

/** A click on an open side: deals when one click is armed, fills the ticket otherwise. */
function pressed(desk: Desk, model: DealingTile, side: Side, shown: string): void {
  const { instrument } = model;
  const { dealing, workspace } = desk;
  const size = model.parsedSize();
  if (!size.ok) return;
  if (!dealing.arming.isArmed.read()) {
    const { id } = instrument;
    workspace.openTicket({ instrument: id, side, type: 'limit', price: shown, quantity: size.text });
    return;
  }
  const deal = (): void => model.deal(side, shown, workspace.tolerancePips.read());
  const intent = { instrument, side, size, limit: shown, best: shown };
  const reasons = reasonsToAsk(intent, dealing.ownSizes(instrument));
  if (reasons.length === 0) return deal();
  const title = `${intentText(intent)}?`;
  dealing.question.set({ title, reasons, yes: side === 'buy' ? 'Buy' : 'Sell', side, onYes: deal });
}

/** For readers, who are told prices only when they ask. */
function pricesOf(symbol: string, painter: TilePainter | null): string {
  const [bid, ask] = [painter?.shown('bid') ?? 'no price', painter?.shown('ask') ?? 'no price'];
  return `${symbol}: sell at ${bid}, buy at ${ask}`;
}

/** Beside the size: why it is none, or its average prices as the painter says them. */
function TileSweep({ model }: { readonly model: DealingTile }) {
  const { instrument } = model;
  const parsed = useOwnSize(model);
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

/** The size as the instrument and the dealer himself allow it. */
function useOwnSize(model: DealingTile) {
  const { dealing } = useDesk();
  useCell(dealing.sizesVersion);
  return parseOwnSize(useCell(model.size), model.instrument, dealing.ownSizes(model.instrument));
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
      <span className="tile-spark" data-part="spark" title="The last five minutes" />
      <span
        className="tile-range"
        data-part="range"
        title="Lowest bid and highest ask since this page was opened"
      />
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
  const { prices, history } = useDesk();
  const painter = useRef<TilePainter | null>(null);
  useEffect(() => {
    if (root.current === null) return undefined;
    const made = new TilePainter(root.current, model.instrument, { prices, history }, model.size.read);
    painter.current = made;
    const stops = [made.start(), model.size.watch(made.paint)];
    return () => {
      for (const stop of stops) stop();
    };
  }, [root, model, prices, history]);
  return painter;
}

interface TileKeys {
  readonly press: (side: Side) => void;
  readonly ticket: () => void;
  readonly reference: () => void;
  /** Tells readers the prices, which they are told only when they ask. */
  readonly say: () => void;
  readonly dismiss: () => void;
  readonly sizes: () => void;
}

/** Keys work on the tile itself, not while its size is being typed (see TileSize). */
function onKey(event: KeyboardEvent<HTMLElement>, bound: Keys, keys: TileKeys): void {
  if (event.target !== event.currentTarget) return;
  const id = bound.actionOf(event, 'tile');
  const act = id === undefined ? moved(event, keys) : keyAction(id, event, keys);
  if (act === null) return;
  event.preventDefault();
  act();
}

const nothing = (): void => undefined;

function keyAction(id: KeyId, event: KeyboardEvent<HTMLElement>, keys: TileKeys): (() => void) | null {
  const from = event.currentTarget;
  switch (id) {
    // A key that is held deals once.
    case 'buy':
    case 'sell':
      return event.repeat ? nothing : () => keys.press(id);
    case 'tileTicket':
      return keys.ticket;
    case 'reference':
      return keys.reference;
    case 'sizes':
      return keys.sizes;
    case 'price':
      return keys.say;
    case 'size':
      return () => from.querySelector('input')?.select();
    default:
      return null;
  }
}

function moved(event: KeyboardEvent<HTMLElement>, keys: TileKeys): (() => void) | null {
  const from = event.currentTarget;
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  switch (event.key) {
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
