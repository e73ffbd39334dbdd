/**
 * A provider's quotes: made from the shared mid by its personality and switches, and what of them is still to
 * be traded.
 */
import type { SimInstrument } from './instruments.ts';
import type { Personality } from './personality.ts';
import type { Image, Side } from './provider.messages.ts';
import type { Random } from './random.ts';
import type { Switches } from './switches.ts';

export interface Take {
  readonly price: number;
  readonly quantity: number;
}

interface Quoted {
  image: Image;
  /** Copies of the image's sides with traded quantity taken off; made when the first trade comes. */
  bids: number[] | undefined;
  asks: number[] | undefined;
}

/** Deepest push accepted, levels per side. */
export const LEVELS_MAX = 20;

export class Quotes {
  readonly #personality: Personality;
  readonly #switches: Switches;
  readonly #random: Random;
  readonly #quoted = new Map<string, Quoted>();

  constructor(personality: Personality, switches: Switches, random: Random) {
    this.#personality = personality;
    this.#switches = switches;
    this.#random = random;
  }

  image(symbol: string): Image | undefined {
    return this.#quoted.get(symbol)?.image;
  }

  /** A new image around `mid`; `undefined` when the provider does not quote the symbol now. */
  quote(instrument: SimInstrument, mid: number, nowMs: number): Image | undefined {
    const symbol = instrument.document.symbol;
    if (this.#switches.isOn('stale', symbol)) return undefined;
    const wide = this.#switches.get('wide', symbol)?.value ?? 1;
    const spike = this.#switches.get('spike', symbol)?.value ?? 0;
    const crossed = this.#switches.isOn('crossed', symbol);
    const centre = mid * (1 + spike / 10_000);
    const usual = instrument.spreadPoints * this.#personality.spreadFactor * wide;
    const spread = Math.max(1, Math.round(usual * this.#random.within(0.8, 1.3)));
    const low = Math.max(1, Math.round(centre - spread / 2));
    const high = low + spread;
    const bids = this.#side(instrument, crossed ? high : low, -1, usual);
    const asks = this.#side(instrument, crossed ? low : high, 1, usual);
    return this.set(symbol, bids, asks, nowMs);
  }

  set(symbol: string, bids: readonly number[], asks: readonly number[], nowMs: number): Image {
    const before = this.#quoted.get(symbol);
    const image = { symbol, sequence: (before?.image.sequence ?? 0) + 1, madeAtMs: nowMs, bids, asks };
    if (before === undefined) this.#quoted.set(symbol, { image, bids: undefined, asks: undefined });
    else {
      before.image = image;
      before.bids = undefined;
      before.asks = undefined;
    }
    return image;
  }

  /** Best price for an order of `side` (the ask for a buyer), whether or not it has been traded away. */
  top(symbol: string, side: Side): number | undefined {
    const image = this.#quoted.get(symbol)?.image;
    return side === 'buy' ? image?.asks[0] : image?.bids[0];
  }

  /** Lots that an order of `side` could get at `limit` or better (any price without a limit). */
  available(symbol: string, side: Side, limit: number | undefined): number {
    const levels = this.#levels(symbol, side);
    let total = 0;
    for (let at = 0; at < levels.length; at += 2) {
      if (!isWithin(levels[at] as number, side, limit)) break;
      total += levels[at + 1] as number;
    }
    return total;
  }

  /** Takes up to `quantity` lots from the levels at `limit` or better, best first. */
  take(symbol: string, side: Side, limit: number | undefined, quantity: number): Take[] {
    const levels = this.#levels(symbol, side);
    const takes: Take[] = [];
    let wanted = quantity;
    for (let at = 0; at < levels.length && wanted > 0; at += 2) {
      const price = levels[at] as number;
      if (!isWithin(price, side, limit)) break;
      const lots = Math.min(wanted, levels[at + 1] as number);
      if (lots === 0) continue;
      levels[at + 1] = (levels[at + 1] as number) - lots;
      wanted -= lots;
      takes.push({ price, quantity: lots });
    }
    return takes;
  }

  #levels(symbol: string, side: Side): number[] {
    const quoted = this.#quoted.get(symbol);
    if (quoted === undefined) return [];
    if (side === 'buy') return (quoted.asks ??= [...quoted.image.asks]);
    return (quoted.bids ??= [...quoted.image.bids]);
  }

  #side(instrument: SimInstrument, best: number, direction: 1 | -1, spread: number): number[] {
    const levels: number[] = [];
    // Sizes in tenths of the usual size, growing with the distance from the top.
    const tenth = (instrument.sizeLots * this.#personality.sizeFactor) / 10;
    let price = best;
    for (let level = 0; level < this.#personality.depth && price > 0; level += 1) {
      levels.push(price, tenth * this.#random.between(5 + level * 2, 12 + level * 4));
      price += direction * Math.max(1, Math.round(spread * this.#random.within(0.4, 0.9)));
    }
    return levels;
  }
}

function isWithin(price: number, side: Side, limit: number | undefined): boolean {
  return limit === undefined || (side === 'buy' ? price <= limit : price >= limit);
}
