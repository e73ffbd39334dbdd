/**
 * Paints an instrument's price into the elements of its Tile, at most once a frame, without React. It also
 * is the witness of what the user saw: `shown` gives the very text on the button.
 */
import { parseDecimal } from '@tidegate/core/number/decimal';
import type { PriceView } from '@tidegate/wire/prices';
import type { InstrumentView } from '@tidegate/wire/rest';
import { paintEveryBeat, paintNextFrame, partOf, watchSight, writeData } from './frame.ts';
import { PaintedText } from './painted.text.ts';
import { ageText, noDigits, priceDigits, shortSize, spreadPips } from './price.format.ts';
import { levelAgeMs } from './market.state.ts';
import { drawSparkline } from './sparkline.ts';
import type { PriceHistory } from './price.history.ts';
import { ageMs, type HeldPrice, type Prices } from './prices.state.ts';
import { parseSize } from './size.ts';
import { sweep } from './sweep.ts';

type Side = 'bid' | 'ask';

interface SideParts {
  readonly button: HTMLElement;
  readonly big: HTMLElement;
  readonly pips: HTMLElement;
  readonly tenths: HTMLElement;
  readonly venue: HTMLElement;
  readonly size: HTMLElement;
  readonly age: HTMLElement;
  readonly digits: HTMLElement;
}

/** Of the sparkline. */
const sparkSeconds = 300;

interface Sources {
  readonly prices: Prices;
  readonly history: PriceHistory;
}

export class TilePainter {
  readonly #instrument: InstrumentView;
  readonly #prices: Prices;
  readonly #sides: Readonly<Record<Side, SideParts>>;
  readonly #spread: HTMLElement;
  readonly #sweep: HTMLElement;
  readonly #shown: Record<Side, string | null> = { bid: null, ask: null };
  readonly #size: () => string;
  readonly #root: HTMLElement;
  readonly #text: PaintedText;
  readonly #history: PriceHistory;
  readonly #spark: HTMLElement;
  readonly #range: HTMLElement;
  #sparkCount = -1;
  #isSeen = true;

  /** @param size the size as typed now. */
  constructor(root: HTMLElement, instrument: InstrumentView, sources: Sources, size: () => string) {
    this.#root = root;
    this.#instrument = instrument;
    this.#prices = sources.prices;
    this.#history = sources.history;
    this.#size = size;
    this.#sides = { bid: sideParts(root, 'bid'), ask: sideParts(root, 'ask') };
    this.#spread = partOf(root, 'spread');
    this.#sweep = partOf(root, 'sweep');
    this.#text = PaintedText.over(root);
    for (const { digits, big, pips, tenths, venue, size, age } of Object.values(this.#sides)) {
      this.#text.row(digits, [big, pips, tenths]);
      for (const part of [venue, size, age]) this.#text.word(part);
    }
    this.#spark = partOf(root, 'spark');
    this.#range = partOf(root, 'range');
    this.#text.word(this.#spread);
    this.#text.word(this.#sweep);
    this.#text.word(this.#range);
    this.#text.picture(this.#spark, (context, place) =>
      drawSparkline(context, place, this.#history.samples(this.#instrument.id, sparkSeconds)),
    );
  }

  /** Starts painting; the returned function stops it. */
  start(): () => void {
    this.paint();
    const stops = [
      this.#prices.listen(this.#instrument.id, () => paintNextFrame(this.paint)),
      paintEveryBeat(this.#paintAges),
      watchSight(this.#root, this.#sight),
      () => this.#text.leave(this.#written()),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  #written(): readonly HTMLElement[] {
    const { bid, ask } = this.#sides;
    return [
      ...[bid, ask].flatMap((side) => [side.digits, side.venue, side.size, side.age]),
      this.#spread,
      this.#sweep,
      this.#range,
      this.#spark,
    ];
  }

  /** The price on the button, null when there is none to deal on, or the button is out of sight. */
  shown(side: Side): string | null {
    return this.#isSeen ? this.#shown[side] : null;
  }

  #sight = (isVisible: boolean): void => {
    if (isVisible === this.#isSeen) return;
    this.#isSeen = isVisible;
    if (isVisible) this.paint();
  };

  paint = (): void => {
    if (!this.#isSeen) return;
    const held = this.#prices.get(this.#instrument.id);
    this.#paintSide('bid', held);
    this.#paintSide('ask', held);
    const { bid, ask } = this.#shown;
    const price = held?.price;
    const spread = spreadPips(bid ?? price?.lastBid ?? null, ask ?? price?.lastAsk ?? null, this.#instrument);
    this.#text.write(this.#spread, spread);
    writeData(this.#spread, 'empty', String(spread === ''));
    this.#paintSweep(held);
    this.#paintHistory();
    this.#paintAges();
  };

  #paintSide(side: Side, held: HeldPrice | undefined): void {
    const parts = this.#sides[side];
    const levels = side === 'bid' ? held?.price.bids : held?.price.asks;
    const top = levels?.[0];
    const last = side === 'bid' ? held?.price.lastBid : held?.price.lastAsk;
    const text = top?.[0] ?? last ?? null;
    const digits = text === null ? noDigits : priceDigits(text, this.#instrument);
    const before = this.#shown[side];
    this.#shown[side] = top?.[0] ?? null;
    this.#text.write(parts.big, digits.big);
    this.#text.write(parts.pips, digits.pips);
    this.#text.write(parts.tenths, digits.tenths);
    this.#text.write(parts.venue, top?.[2] ?? '');
    this.#text.write(parts.size, top === undefined ? '' : shortSize(top[1]));
    const move = this.#movement(before, this.#shown[side]);
    if (move !== null) writeData(parts.button, 'move', move);
  }

  /** Once a second: there is a new sample then. */
  #paintHistory(): void {
    const count = this.#history.count(this.#instrument.id);
    if (count === this.#sparkCount) return;
    this.#sparkCount = count;
    const extremes = this.#history.extremes(this.#instrument.id);
    this.#text.write(this.#range, extremes === null ? '' : `${extremes.low} – ${extremes.high}`);
    this.#text.touch(this.#spark);
  }

  #movement(before: string | null, after: string | null): 'up' | 'down' | 'none' | null {
    if (after === null) return 'none';
    if (before === null || before === after) return null;
    const from = parseDecimal(before, this.#instrument.priceScale) ?? 0;
    const to = parseDecimal(after, this.#instrument.priceScale) ?? 0;
    return to === from ? null : to > from ? 'up' : 'down';
  }

  /**
   * Beside the size the average prices of it: where it is larger than the best level, the button's price is
   * not what I'd get. Why it is no size is said there by React.
   */
  #paintSweep(held: HeldPrice | undefined): void {
    const size = parseSize(this.#size(), this.#instrument);
    if (!size.ok || held === undefined || held.price.bids.length + held.price.asks.length === 0) {
      this.#text.write(this.#sweep, '');
      writeData(this.#sweep, 'reach', 'top');
      return;
    }
    const sell = sweep(held.price.bids, size.lots, 'sell', this.#instrument);
    const buy = sweep(held.price.asks, size.lots, 'buy', this.#instrument);
    const thin = sell.average === null || buy.average === null;
    this.#text.write(this.#sweep, `${tail(sell.average)} / ${tail(buy.average)}`);
    writeData(this.#sweep, 'reach', thin ? 'thin' : sell.levels > 1 || buy.levels > 1 ? 'deep' : 'top');
  }

  #paintAges = (): void => {
    if (!this.#isSeen) return;
    const held = this.#prices.get(this.#instrument.id);
    this.#text.write(this.#sides.bid.age, shownAge(held, held?.price.bids[0]));
    this.#text.write(this.#sides.ask.age, shownAge(held, held?.price.asks[0]));
    this.#text.draw();
  };
}

/** Of the quote behind the price on the button; without one, of the newest there was. */
function shownAge(held: HeldPrice | undefined, top: PriceView['bids'][number] | undefined): string {
  if (held === undefined) return '';
  const nowMs = performance.now();
  return ageText(top === undefined ? ageMs(held, nowMs) : levelAgeMs(top, held, nowMs));
}

const tail = (price: string | null): string => price ?? 'thin';

function sideParts(root: HTMLElement, side: Side): SideParts {
  const part = (name: string): HTMLElement => partOf(root, `${side}-${name}`);
  return {
    button: part('button'),
    big: part('big'),
    pips: part('pips'),
    tenths: part('tenths'),
    venue: part('venue'),
    size: part('size'),
    age: part('age'),
    digits: part('digits'),
  };
}
