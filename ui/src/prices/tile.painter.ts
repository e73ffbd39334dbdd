/**
 * Paints an instrument's price into the elements of its Tile, at most once a frame, without React. It also
 * is the witness of what the user saw: `shown` gives the very text on the button.
 */
import { parseDecimal } from '@tidegate/core/number/decimal';
import type { InstrumentView } from '@tidegate/wire/rest';
import { paintEveryBeat, paintNextFrame, partOf, writeData, writeText } from './frame.ts';
import { ageText, noDigits, priceDigits, shortSize, spreadPips } from './price.format.ts';
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
}

export class TilePainter {
  readonly #instrument: InstrumentView;
  readonly #prices: Prices;
  readonly #sides: Readonly<Record<Side, SideParts>>;
  readonly #spread: HTMLElement;
  readonly #sweep: HTMLElement;
  readonly #shown: Record<Side, string | null> = { bid: null, ask: null };
  readonly #size: () => string;

  /** @param size the size as typed now. */
  constructor(root: HTMLElement, instrument: InstrumentView, prices: Prices, size: () => string) {
    this.#instrument = instrument;
    this.#prices = prices;
    this.#size = size;
    this.#sides = { bid: sideParts(root, 'bid'), ask: sideParts(root, 'ask') };
    this.#spread = partOf(root, 'spread');
    this.#sweep = partOf(root, 'sweep');
  }

  /** Starts painting; the returned function stops it. */
  start(): () => void {
    this.paint();
    const stops = [
      this.#prices.listen(this.#instrument.id, () => paintNextFrame(this.paint)),
      paintEveryBeat(this.#paintAges),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** The price on the button, null when there is none to deal on. */
  shown(side: Side): string | null {
    return this.#shown[side];
  }

  paint = (): void => {
    const held = this.#prices.get(this.#instrument.id);
    this.#paintSide('bid', held);
    this.#paintSide('ask', held);
    const { bid, ask } = this.#shown;
    const price = held?.price;
    writeText(
      this.#spread,
      spreadPips(bid ?? price?.lastBid ?? null, ask ?? price?.lastAsk ?? null, this.#instrument),
    );
    this.#paintSweep(held);
    this.#paintAges();
  };

  #paintSide(side: Side, held: HeldPrice | undefined): void {
    const parts = this.#sides[side];
    const levels = side === 'bid' ? held?.price.bids : held?.price.asks;
    const top = held?.price.state === 'live' ? levels?.[0] : undefined;
    const last = side === 'bid' ? held?.price.lastBid : held?.price.lastAsk;
    const text = top?.[0] ?? last ?? null;
    const digits = text === null ? noDigits : priceDigits(text, this.#instrument);
    const before = this.#shown[side];
    this.#shown[side] = top?.[0] ?? null;
    writeText(parts.big, digits.big);
    writeText(parts.pips, digits.pips);
    writeText(parts.tenths, digits.tenths);
    writeText(parts.venue, top?.[2] ?? '');
    writeText(parts.size, top === undefined ? '' : shortSize(top[1]));
    const move = this.#movement(before, this.#shown[side]);
    if (move !== null) writeData(parts.button, 'move', move);
  }

  #movement(before: string | null, after: string | null): 'up' | 'down' | 'none' | null {
    if (after === null) return 'none';
    if (before === null || before === after) return null;
    const from = parseDecimal(before, this.#instrument.priceScale) ?? 0;
    const to = parseDecimal(after, this.#instrument.priceScale) ?? 0;
    return to === from ? null : to > from ? 'up' : 'down';
  }

  /**
   * Beside the size: why it is none, or the average prices of it: where it is larger than the best level, the
   * button's price is not what I'd get.
   */
  #paintSweep(held: HeldPrice | undefined): void {
    const size = parseSize(this.#size(), this.#instrument);
    if (!size.ok) {
      writeText(this.#sweep, size.reason);
      writeData(this.#sweep, 'reach', 'bad');
      return;
    }
    if (held === undefined || held.price.state !== 'live') {
      writeText(this.#sweep, '');
      writeData(this.#sweep, 'reach', 'top');
      return;
    }
    const sell = sweep(held.price.bids, size.lots, 'sell', this.#instrument);
    const buy = sweep(held.price.asks, size.lots, 'buy', this.#instrument);
    const thin = sell.average === null || buy.average === null;
    writeText(this.#sweep, `${tail(sell.average)} / ${tail(buy.average)}`);
    writeData(this.#sweep, 'reach', thin ? 'thin' : sell.levels > 1 || buy.levels > 1 ? 'deep' : 'top');
  }

  #paintAges = (): void => {
    const held = this.#prices.get(this.#instrument.id);
    const age = held === undefined ? '' : ageText(ageMs(held, performance.now()));
    writeText(this.#sides.bid.age, age);
    writeText(this.#sides.ask.age, age);
  };
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
  };
}
