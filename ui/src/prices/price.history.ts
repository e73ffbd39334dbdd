/**
 * What the page has seen of each price since it was opened: one sample a second for an hour, and the
 * extremes. For sparklines and charts only: nothing is dealt or valued on it.
 */
import { parseDecimal } from '@tidegate/core/number/decimal';
import type { InstrumentView } from '@tidegate/wire/rest';
import type { HeldPrice, Prices } from './prices.state.ts';

export const samplesMax = 3_600;

export interface Sample {
  /** UTC seconds. */
  readonly second: number;
  /** Points and tenths of them: for drawing. */
  readonly mid: number;
  /** Points. */
  readonly spread: number;
}

export interface Extremes {
  /** Decimal text, as it came: the lowest bid and the highest ask. */
  readonly low: string;
  readonly high: string;
}

/** Its arrays are as long from the first price on as they ever get. */
class Series {
  readonly seconds = new Float64Array(samplesMax);
  readonly mids = new Float64Array(samplesMax);
  readonly spreads = new Float64Array(samplesMax);
  count = 0;
  low = { points: Infinity, text: '' };
  high = { points: -Infinity, text: '' };

  add(second: number, mid: number, spread: number): void {
    const last = (this.count - 1) % samplesMax;
    if (this.count > 0 && this.seconds[last]! >= second) {
      this.mids[last] = mid;
      this.spreads[last] = spread;
      return;
    }
    const at = this.count % samplesMax;
    this.seconds[at] = second;
    this.mids[at] = mid;
    this.spreads[at] = spread;
    this.count += 1;
  }
}

export class PriceHistory {
  readonly #series = new Map<string, Series>();
  readonly #stops: readonly (() => void)[];
  readonly #nowMs: () => number;

  /** @param nowMs UTC milliseconds. */
  constructor(prices: Prices, instruments: readonly InstrumentView[], nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#stops = instruments.map((instrument) =>
      prices.listen(instrument.id, (held) => this.#take(instrument, held)),
    );
  }

  /** Oldest first, `last` of them at most. */
  samples(instrument: string, last = samplesMax): readonly Sample[] {
    const series = this.#series.get(instrument);
    if (series === undefined) return [];
    const length = Math.min(series.count, samplesMax, last);
    return Array.from({ length }, (_, index) => {
      const at = (series.count - length + index) % samplesMax;
      return { second: series.seconds[at]!, mid: series.mids[at]!, spread: series.spreads[at]! };
    });
  }

  /** How many seconds have had a price: grows when there is something new to draw. */
  count(instrument: string): number {
    return this.#series.get(instrument)?.count ?? 0;
  }

  extremes(instrument: string): Extremes | null {
    const series = this.#series.get(instrument);
    if (series === undefined) return null;
    return { low: series.low.text, high: series.high.text };
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #take({ id, priceScale }: InstrumentView, held: HeldPrice | undefined): void {
    if (held?.price.state !== 'live') return;
    const [bidText, askText] = [held.price.bids[0]?.[0], held.price.asks[0]?.[0]];
    if (bidText === undefined || askText === undefined) return;
    const [bid, ask] = [parseDecimal(bidText, priceScale), parseDecimal(askText, priceScale)];
    if (bid === undefined || ask === undefined) return;
    let series = this.#series.get(id);
    if (series === undefined) this.#series.set(id, (series = new Series()));
    series.add(Math.floor(this.#nowMs() / 1_000), (bid + ask) / 2, ask - bid);
    if (bid < series.low.points) series.low = { points: bid, text: bidText };
    if (ask > series.high.points) series.high = { points: ask, text: askText };
  }
}
