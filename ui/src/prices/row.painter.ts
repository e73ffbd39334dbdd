/** Paints an instrument's price into its line of a PriceList, as TilePainter does into a tile. */
import type { InstrumentView } from '@tidegate/wire/rest';
import { paintEveryBeat, paintNextFrame, partOf, watchSight, writeData } from './frame.ts';
import { PaintedText } from './painted.text.ts';
import { ageText, spreadPips } from './price.format.ts';
import type { PriceHistory } from './price.history.ts';
import { ageMs, type Prices } from './prices.state.ts';

const parts = ['bid', 'ask', 'spread', 'range', 'age'] as const;
type Part = (typeof parts)[number];

export class RowPainter {
  readonly #root: HTMLElement;
  readonly #instrument: InstrumentView;
  readonly #prices: Prices;
  readonly #history: PriceHistory;
  readonly #parts: Readonly<Record<Part, HTMLElement>>;
  readonly #text: PaintedText;
  readonly #shown: Record<'bid' | 'ask', string | null> = { bid: null, ask: null };
  #isSeen = false;

  constructor(
    root: HTMLElement,
    instrument: InstrumentView,
    sources: { readonly prices: Prices; readonly history: PriceHistory },
  ) {
    this.#root = root;
    this.#instrument = instrument;
    this.#prices = sources.prices;
    this.#history = sources.history;
    this.#parts = Object.fromEntries(parts.map((name) => [name, partOf(root, name)])) as Record<
      Part,
      HTMLElement
    >;
    this.#text = PaintedText.over(root);
    for (const part of parts) this.#text.word(this.#parts[part]);
  }

  start(): () => void {
    const stops = [
      this.#prices.listen(this.#instrument.id, () => {
        if (this.#isSeen) paintNextFrame(this.#paint);
      }),
      paintEveryBeat(this.#paintAge),
      watchSight(this.#root, this.#sight),
      () => this.#text.leave(Object.values(this.#parts)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Null: there is none to deal on, or the line is out of sight. */
  shown(side: 'bid' | 'ask'): string | null {
    return this.#isSeen ? this.#shown[side] : null;
  }

  #sight = (isVisible: boolean): void => {
    if (isVisible === this.#isSeen) return;
    this.#isSeen = isVisible;
    if (isVisible) paintNextFrame(this.#paint);
  };

  #paint = (): void => {
    if (!this.#isSeen) return;
    const { id } = this.#instrument;
    const price = this.#prices.get(id)?.price;
    const isLive = price?.state === 'live';
    writeData(this.#root, 'market', price?.state ?? 'none');
    this.#shown.bid = isLive ? (price.bids[0]?.[0] ?? null) : null;
    this.#shown.ask = isLive ? (price.asks[0]?.[0] ?? null) : null;
    const bid = this.#shown.bid ?? price?.lastBid ?? null;
    const ask = this.#shown.ask ?? price?.lastAsk ?? null;
    this.#text.write(this.#parts.bid, bid ?? '–');
    this.#text.write(this.#parts.ask, ask ?? '–');
    this.#text.write(this.#parts.spread, spreadPips(bid, ask, this.#instrument));
    const extremes = this.#history.extremes(id);
    this.#text.write(this.#parts.range, extremes === null ? '' : `${extremes.low} – ${extremes.high}`);
    this.#paintAge();
  };

  #paintAge = (): void => {
    if (!this.#isSeen) return;
    const held = this.#prices.get(this.#instrument.id);
    this.#text.write(this.#parts.age, held === undefined ? '' : ageText(ageMs(held, performance.now())));
    this.#text.draw();
  };
}
