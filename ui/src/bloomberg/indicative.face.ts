/**
 * What a tile says of Bloomberg's price: label, bid, mid, ask and the distance of its mid to ours. Decimal
 * text in, text out; points and half points are whole numbers.
 */
import { formatDecimal, parseDecimal, powerOfTen } from '@tidegate/core/number/decimal';
import type { PriceView } from '@tidegate/wire/prices';
import type { Scales } from '../prices/price.format.ts';
import type { HeldIndicative } from './indicative.state.ts';

/** `none`: Bloomberg has no price of this instrument. */
export type IndicativeMark = 'live' | 'delayed' | 'stale' | 'none';

export interface IndicativeFace {
  readonly mark: IndicativeMark;
  /** `BBG`, and `BBG emul.` where these are no market prices. */
  readonly label: string;
  readonly bid: string;
  /** One decimal finer than the instrument, for the half points. */
  readonly mid: string;
  readonly ask: string;
  /** Pips from our mid to Bloomberg's, `+0.15`; the mark in a word where that would say nothing. */
  readonly note: string;
}

const noPrice: IndicativeFace = { mark: 'none', label: 'BBG', bid: '', mid: '', ask: '', note: 'no price' };

/** @param isConnected false: the stream is away, and what is held is old whatever it says. */
export function indicativeFace(
  held: HeldIndicative | undefined,
  isConnected: boolean,
  ours: Pick<PriceView, 'state' | 'bids' | 'asks'> | undefined,
  scales: Scales,
): IndicativeFace {
  if (held === undefined) return noPrice;
  const { view } = held;
  const isStale = !isConnected || view.state === 'stale';
  const bid = view.bid ?? (isStale ? view.lastBid : null);
  const ask = view.ask ?? (isStale ? view.lastAsk : null);
  const label = view.isEmulated ? 'BBG emul.' : 'BBG';
  if (bid === null && ask === null) return { ...noPrice, label };
  const mark = isStale ? 'stale' : view.isDelayed ? 'delayed' : 'live';
  return {
    mark,
    label,
    bid: bid ?? '–',
    mid: midText(bid, ask, scales),
    ask: ask ?? '–',
    note: mark === 'live' ? difference(bid, ask, ours, scales) : mark,
  };
}

/** Bid and ask added, in points: twice the mid. Undefined unless both are there. */
function doubleMid(bid: string | null, ask: string | null, { priceScale }: Scales): number | undefined {
  const low = bid === null ? undefined : parseDecimal(bid, priceScale);
  const high = ask === null ? undefined : parseDecimal(ask, priceScale);
  return low === undefined || high === undefined ? undefined : low + high;
}

function midText(bid: string | null, ask: string | null, scales: Scales): string {
  const twice = doubleMid(bid, ask, scales);
  return twice === undefined ? '' : formatDecimal(twice * 5, scales.priceScale + 1);
}

/** Signed pips; empty when one of the prices is not live on both sides. */
function difference(
  bid: string | null,
  ask: string | null,
  ours: Pick<PriceView, 'state' | 'bids' | 'asks'> | undefined,
  scales: Scales,
): string {
  if (ours?.state !== 'live') return '';
  const theirs = doubleMid(bid, ask, scales);
  const own = doubleMid(ours.bids[0]?.[0] ?? null, ours.asks[0]?.[0] ?? null, scales);
  if (theirs === undefined || own === undefined) return '';
  return signedPips((theirs - own) * 5, scales);
}

/** Whole pips are enough where there are this many. */
const roughPips = 100;

/** @param tenthPoints tenths of a point, which hold a half point exactly. */
function signedPips(tenthPoints: number, scales: Scales): string {
  const finer = scales.priceScale + 1 - scales.pipScale;
  const sign = tenthPoints > 0 ? '+' : '';
  if (finer < 0) return `${sign}${tenthPoints * powerOfTen(-finer)}`;
  const tenthsInPip = powerOfTen(finer);
  const isRough = Math.abs(tenthPoints) >= roughPips * tenthsInPip;
  if (isRough) return `${sign}${Math.trunc(tenthPoints / tenthsInPip)}`;
  return `${sign}${formatDecimal(tenthPoints, finer)}`;
}
