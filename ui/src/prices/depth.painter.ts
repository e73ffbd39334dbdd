/**
 * Paints ten levels of both sides of one instrument into the rows of DepthPanel, once a frame, without
 * React.
 */
import type { InstrumentView } from '@tidegate/wire/rest';
import { paintEveryBeat, paintNextFrame, partOf, writeData, writeText } from './frame.ts';
import { ageText, groupedDecimal, shortSize, spreadPips } from './price.format.ts';
import { ageMs, type HeldPrice, type Prices } from './prices.state.ts';
import { depthRows, largestLevel, sweep, type DepthRow } from './sweep.ts';

export const depthLevels = 10;

interface RowParts {
  readonly row: HTMLElement;
  readonly price: HTMLElement;
  readonly size: HTMLElement;
  readonly venue: HTMLElement;
  readonly bar: HTMLElement;
}

export class DepthPainter {
  readonly #root: HTMLElement;
  readonly #instrument: InstrumentView;
  readonly #prices: Prices;
  readonly #lots: () => number;
  readonly #rows: Readonly<Record<'bid' | 'ask', readonly RowParts[]>>;

  /** @param lots my size in lots, 0 for none. */
  constructor(root: HTMLElement, instrument: InstrumentView, prices: Prices, lots: () => number) {
    this.#root = root;
    this.#instrument = instrument;
    this.#prices = prices;
    this.#lots = lots;
    this.#rows = { bid: rowParts(root, 'bid'), ask: rowParts(root, 'ask') };
  }

  start(): () => void {
    this.paint();
    const stops = [
      this.#prices.listen(this.#instrument.id, () => paintNextFrame(this.paint)),
      paintEveryBeat(this.#paintAge),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  paint = (): void => {
    const held = this.#prices.get(this.#instrument.id);
    const price = held?.price;
    writeData(this.#root, 'market', price?.state ?? 'none');
    const largest = price === undefined ? 0 : largestLevel(price, this.#instrument);
    const lots = this.#lots();
    this.#paintSide(
      'bid',
      price === undefined ? [] : depthRows(price.bids, lots, 'sell', this.#instrument, largest),
    );
    this.#paintSide(
      'ask',
      price === undefined ? [] : depthRows(price.asks, lots, 'buy', this.#instrument, largest),
    );
    this.#paintTotals(held, lots);
    this.#paintAge();
  };

  #paintSide(side: 'bid' | 'ask', rows: readonly DepthRow[]): void {
    this.#rows[side].forEach((parts, index) => {
      const row = rows[index];
      writeText(parts.price, row?.price ?? '');
      writeText(parts.size, row === undefined ? '' : shortSize(row.quantity));
      writeText(parts.venue, row?.venue ?? '');
      writeData(parts.row, 'reached', String(row?.reached ?? false));
      const scale = `scaleX(${(row?.share ?? 0) / 100})`;
      if (parts.bar.style.transform !== scale) parts.bar.style.transform = scale;
      const title =
        row === undefined ? '' : `${groupedDecimal(row.cumulative)} down to here, average ${row.average}`;
      if (parts.row.title !== title) parts.row.title = title;
    });
  }

  #paintTotals(held: HeldPrice | undefined, lots: number): void {
    const part = (name: string, text: string): void => writeText(partOf(this.#root, name), text);
    const price = held?.price;
    part('spread', price === undefined ? '' : spreadPips(price.lastBid, price.lastAsk, this.#instrument));
    const sell = sweep(price?.bids ?? [], lots, 'sell', this.#instrument);
    const buy = sweep(price?.asks ?? [], lots, 'buy', this.#instrument);
    part('bid-average', sell.average ?? (lots > 0 ? 'thin' : '–'));
    part('ask-average', buy.average ?? (lots > 0 ? 'thin' : '–'));
    part('bid-worst', sell.worst ?? '–');
    part('ask-worst', buy.worst ?? '–');
  }

  #paintAge = (): void => {
    const held = this.#prices.get(this.#instrument.id);
    writeText(partOf(this.#root, 'age'), held === undefined ? '' : ageText(ageMs(held, performance.now())));
  };
}

function rowParts(root: HTMLElement, side: 'bid' | 'ask'): readonly RowParts[] {
  return [...root.querySelectorAll<HTMLElement>(`[data-side="${side}"]`)].map((row) => ({
    row,
    price: partOf(row, 'price'),
    size: partOf(row, 'size'),
    venue: partOf(row, 'venue'),
    bar: partOf(row, 'bar'),
  }));
}
