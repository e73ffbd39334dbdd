/**
 * Rates for valuing exposures in a limit's currency. They are taken from the books at most every
 * `SAMPLE_MS`, and never make room by being old: of two samples the worse counts, and without a new one the
 * last is moved against the client, more with each minute, until there is none.
 */
import { rateOf } from '../market/conversion.ts';
import { bigPowerOfTen, divideRounded } from '../number/decimal.ts';
import type { Market } from '../market/market.ts';
import type { Moment } from '../number/time.ts';

export const SAMPLE_MS = 100;
/** Decimals of a rate. */
export const RATE_SCALE = 24;
/** A rate that the books do not confirm is moved by so much at once, and by as much with each minute. */
export const HAIRCUT_BASIS_POINTS = 50;
/** After that it is none. */
export const RATE_AGE_MS_MAX = 10 * 60_000;

/** In units of 10^-RATE_SCALE. `high` for what is owed, `low` for what is owned. */
export interface Rate {
  readonly high: bigint;
  readonly low: bigint;
}

interface Entry {
  /** When the books last had it, what they had, and what was used then. */
  good: { readonly monoMs: number; readonly rate: Rate; readonly used: Rate } | undefined;
  used: Rate | undefined;
}

const ONE = bigPowerOfTen(RATE_SCALE);
export const SAME_RATE: Rate = { high: ONE, low: ONE };

type Books = Pick<Market, 'book' | 'pair'>;

export class Rates {
  /** Grows whenever any rate in use has changed. */
  version = 0;
  #refreshedMonoMs = -Infinity;
  readonly #entries = new Map<string, Map<string, Entry>>();

  /** Undefined: there never was one, or too long ago. */
  rate(market: Books, from: string, to: string, now: Moment): Rate | undefined {
    if (from === to) return SAME_RATE;
    let known = this.#entries.get(to);
    if (known === undefined) this.#entries.set(to, (known = new Map<string, Entry>()));
    const entry = known.get(from);
    return entry === undefined ? this.#sample(market, known, entry, from, to, now) : entry.used;
  }

  /** Takes all that is in use from the books again, when it is time: before anything is valued. */
  refresh(market: Books, now: Moment): void {
    if (now.monoMs - this.#refreshedMonoMs < SAMPLE_MS) return;
    this.#refreshedMonoMs = now.monoMs;
    for (const [to, known] of this.#entries)
      for (const [from, entry] of known) this.#sample(market, known, entry, from, to, now);
  }

  #sample(
    market: Books,
    known: Map<string, Entry>,
    before: Entry | undefined,
    from: string,
    to: string,
    now: Moment,
  ): Rate | undefined {
    const fresh = exact(market, from, to, now);
    const entry = before ?? { good: undefined, used: undefined };
    known.set(from, entry);
    let used = aged(entry, now.monoMs);
    if (fresh !== undefined) {
      used = entry.good === undefined ? fresh : worse(entry.good.rate, fresh);
      entry.good = { monoMs: now.monoMs, rate: fresh, used };
    }
    if (used?.high !== entry.used?.high || used?.low !== entry.used?.low) this.version += 1;
    entry.used = used;
    return used;
  }
}

function exact(market: Books, from: string, to: string, now: Moment): Rate | undefined {
  const rate = rateOf(market, from, to, now);
  if (rate === undefined) return undefined;
  const amount = rate.numerator * ONE;
  return {
    high: divideRounded(amount, rate.denominator, 'up'),
    low: divideRounded(amount, rate.denominator, 'down'),
  };
}

function worse(left: Rate, right: Rate): Rate {
  return {
    high: left.high > right.high ? left.high : right.high,
    low: left.low < right.low ? left.low : right.low,
  };
}

function aged({ good }: Entry, monoMs: number): Rate | undefined {
  if (good === undefined || monoMs - good.monoMs > RATE_AGE_MS_MAX) return undefined;
  const points = BigInt(HAIRCUT_BASIS_POINTS * (1 + Math.ceil((monoMs - good.monoMs) / 60_000)));
  return {
    high: divideRounded(good.used.high * (10_000n + points), 10_000n, 'up'),
    low: divideRounded(good.used.low * (10_000n - points), 10_000n, 'down'),
  };
}
