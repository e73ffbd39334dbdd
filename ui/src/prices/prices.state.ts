/**
 * Last price of every instrument, outside React. A Tile listens to its instrument only and paints by
 * itself, so a price never renders the page. Fed by the stream (`desk.ts`).
 */
import type { PriceView } from '@tidegate/wire/prices';

export interface HeldPrice {
  readonly price: PriceView;
  /** Monotonic local time of its arrival, ms; the quote's age now is `ageMs + (now - arrivedMs)`. */
  readonly arrivedMs: number;
}

export type PriceListener = (held: HeldPrice | undefined) => void;

export class Prices {
  readonly #held = new Map<string, HeldPrice>();
  readonly #listeners = new Map<string, Set<PriceListener>>();

  get(instrument: string): HeldPrice | undefined {
    return this.#held.get(instrument);
  }

  /**
   * A snapshot takes the place of everything. An update that is older than what is held is dropped: it was
   * overtaken. A lower sequence with a newer quote is pricing after a restart, and is taken.
   */
  apply(op: 'snapshot' | 'update', prices: readonly PriceView[], nowMs: number): void {
    if (op === 'snapshot') {
      const present = new Set(prices.map((price) => price.instrument));
      for (const instrument of [...this.#held.keys()])
        if (!present.has(instrument)) this.#put(instrument, undefined);
    }
    for (const price of prices) {
      const held = this.#held.get(price.instrument);
      if (op === 'update' && held !== undefined && overtaken(price, held.price)) continue;
      this.#put(price.instrument, { price, arrivedMs: nowMs });
    }
  }

  clear(): void {
    for (const instrument of [...this.#held.keys()]) this.#put(instrument, undefined);
  }

  /** Called at once with each accepted price of the instrument. */
  listen(instrument: string, listener: PriceListener): () => void {
    const listeners = this.#listeners.get(instrument) ?? new Set();
    this.#listeners.set(instrument, listeners.add(listener));
    return () => {
      listeners.delete(listener);
    };
  }

  #put(instrument: string, held: HeldPrice | undefined): void {
    if (held === undefined) this.#held.delete(instrument);
    else this.#held.set(instrument, held);
    for (const listener of this.#listeners.get(instrument) ?? []) listener(held);
  }
}

function overtaken(price: PriceView, held: PriceView): boolean {
  return price.sequence <= held.sequence && price.receivedAtMs <= held.receivedAtMs;
}

/** Age of the newest quote in the price, ms. */
export function ageMs(held: HeldPrice, nowMs: number): number {
  return Math.max(0, held.price.ageMs + (nowMs - held.arrivedMs));
}
