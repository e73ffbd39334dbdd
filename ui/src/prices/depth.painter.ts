/**
 * Paints ten levels of both sides of one instrument into the rows of DepthPanel, once a frame, without
 * React.
 */
import type { InstrumentView } from '@tidegate/wire/rest';
import { paintEveryBeat, paintNextFrame, partOf, watchSight, writeData } from './frame.ts';
import { PaintedText } from './painted.text.ts';
import { ageText, groupedDecimal, shortSize, spreadPips } from './price.format.ts';
import { ageMs, type HeldPrice, type Prices } from './prices.state.ts';
import { depthRows, largestLevel, sweep, type DepthRow } from './sweep.ts';

export const depthLevels = 10;

const figures = ['spread', 'age', 'bid-average', 'bid-worst', 'ask-average', 'ask-worst'] as const;
type Figure = (typeof figures)[number];

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
  readonly #figures: Readonly<Record<Figure, HTMLElement>>;
  readonly #text: PaintedText;
  #isSeen = true;

  /** @param lots my size in lots, 0 for none. */
  constructor(root: HTMLElement, instrument: InstrumentView, prices: Prices, lots: () => number) {
    this.#root = root;
    this.#instrument = instrument;
    this.#prices = prices;
    this.#lots = lots;
    this.#rows = { bid: rowParts(root, 'bid'), ask: rowParts(root, 'ask') };
    this.#figures = Object.fromEntries(figures.map((name) => [name, partOf(root, name)])) as Record<
      Figure,
      HTMLElement
    >;
    this.#text = PaintedText.over(root);
    for (const { price, size, venue } of [...this.#rows.bid, ...this.#rows.ask])
      for (const part of [price, size, venue]) this.#text.word(part);
    for (const part of Object.values(this.#figures)) this.#text.word(part);
  }

  start(): () => void {
    this.paint();
    const stops = [
      this.#prices.listen(this.#instrument.id, () => paintNextFrame(this.paint)),
      paintEveryBeat(this.#paintAge),
      watchSight(this.#root, this.#sight),
      () => this.#text.leave([]),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  #sight = (isVisible: boolean): void => {
    if (isVisible === this.#isSeen) return;
    this.#isSeen = isVisible;
    if (isVisible) this.paint();
  };

  paint = (): void => {
    if (!this.#isSeen) return;
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
      this.#text.write(parts.price, row?.price ?? '');
      this.#text.write(parts.size, row === undefined ? '' : shortSize(row.quantity));
      this.#text.write(parts.venue, row?.venue ?? '');
      writeData(parts.row, 'reached', String(row?.reached ?? false));
      const length = `${row?.share ?? 0}% 100%`;
      if (parts.bar.style.backgroundSize !== length) parts.bar.style.backgroundSize = length;
      const title =
        row === undefined ? '' : `${groupedDecimal(row.cumulative)} down to here, average ${row.average}`;
      if (parts.row.title !== title) parts.row.title = title;
    });
  }

  #paintTotals(held: HeldPrice | undefined, lots: number): void {
    const part = (name: Figure, text: string): void => this.#text.write(this.#figures[name], text);
    const price = held?.price;
    part('spread', price === undefined ? '' : spreadPips(price.lastBid, price.lastAsk, this.#instrument));
    const sell = sweep(price?.bids ?? [], lots, 'sell', this.#instrument);
    const buy = sweep(price?.asks ?? [], lots, 'buy', this.#instrument);
    part('bid-average', sell.average ?? (lots > 0 ? 'thin' : '–'));
    part('ask-average', buy.average ?? (lots > 0 ? 'thin' : '–'));
    part('bid-worst', `worst ${sell.worst ?? '–'}`);
    part('ask-worst', `worst ${buy.worst ?? '–'}`);
  }

  #paintAge = (): void => {
    const held = this.#prices.get(this.#instrument.id);
    this.#text.write(this.#figures.age, held === undefined ? '' : ageText(ageMs(held, performance.now())));
    this.#text.draw();
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
