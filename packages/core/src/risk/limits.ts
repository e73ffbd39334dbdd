/**
 * Whether an order fits its limits: use with it against the maximum, for every limit that applies, by what is
 * reserved at worst. What only reduces passes. Each refusal says which limit, whose use, before and after,
 * and what is left. Rules with their sources: `packages/core/SPEC.md`.
 */
import type { LimitReached } from '../order/limit.event.ts';
import type { Market } from '../market/market.ts';
import { trimBigDecimal, trimDecimal, bigPowerOfTen, divideRounded } from '../number/decimal.ts';
import type { Moment } from '../number/time.ts';
import type { RefusalCode, Side } from '../order/order.ts';
import type { PartitionState } from '../order/partition.ts';
import type { Line, Valuation, Values } from './cell.ts';
import type { Path } from './ledger.ts';
import { termsOf, VALUE_SCALE, type Limit } from './limit.ts';
import { Meters, type Amount, type Applied } from './meters.ts';

/** What an order would add. */
export interface Addition {
  readonly side: Side;
  /** The whole order, and what of it is new. */
  readonly quantity: number;
  readonly added: number;
  readonly isNew: boolean;
  /** Milliseconds; undefined when there is none, or it does not matter. */
  readonly quoteAgeMs: number | undefined;
  /** As `duplicateContent` and `repeatContent` write them. */
  readonly duplicate: string;
  readonly repeat: string;
}

/** How one limit stands for an order. */
export interface Use {
  readonly limit: Limit;
  readonly subject: string;
  readonly before: Amount | undefined;
  readonly after: Amount | undefined;
  readonly most: Amount;
  readonly quantityScale: number;
  /** It would be refused for this. */
  readonly refusal: LimitRefusal | undefined;
}

export interface LimitRefusal {
  readonly code: RefusalCode;
  readonly text: string;
}

/** What the limits are read with, now. */
export interface Reading {
  readonly meters: Meters;
  readonly valuation: Valuation;
  readonly state: PartitionState;
  readonly now: Moment;
}

/** Undefined: no limit is configured. Makes the meters when they are not of the present limits. */
export function readingOf(state: PartitionState, market: Market, now: Moment): Reading | undefined {
  const terms = market.risk;
  if (terms === undefined || terms.limits.length === 0) {
    state.ledger.meters = undefined;
    return undefined;
  }
  let { meters } = state.ledger;
  if (meters === undefined || meters.terms !== terms || meters.isFull) {
    meters = Meters.of(state, terms, market.instrument);
    state.ledger.meters = meters;
  }
  terms.rates.refresh(market, now);
  return { meters, valuation: meters.valued(market, now), state, now };
}

/**
 * The first limit that an addition on a path does not fit; `near` gets what is to be told of those that it
 * comes near.
 */
export function refuseBeyond(
  reading: Reading,
  path: Path,
  addition: Addition,
  near?: LimitReached[],
): LimitRefusal | undefined {
  const { levels } = reading.state.ledger;
  for (const applied of reading.meters.on(path).applied) {
    const after = usedOf(applied, addition, reading);
    if (isBeyond(applied, after, addition, reading)) {
      if (applied.limit.action === 'refuse') return refusalOf(applied, after, addition, reading);
    }
    if (near === undefined || after === undefined) continue;
    const level = levelOf(applied, after);
    if (level > (levels.get(applied.key) ?? 0)) near.push(reached(applied, after, level));
  }
  return undefined;
}

/** All limits that apply to an addition on a path, with their use before and after it. */
export function usesOf(reading: Reading, path: Path, addition: Addition): Use[] {
  return reading.meters.on(path).applied.map((applied) => {
    const after = usedOf(applied, addition, reading);
    const isOver = isBeyond(applied, after, addition, reading);
    return {
      limit: applied.limit,
      subject: applied.subject,
      before: usedOf(applied, NOTHING, reading),
      after,
      most: applied.most,
      quantityScale: applied.line.instrument?.quantityScale ?? 0,
      refusal:
        isOver && applied.limit.action === 'refuse'
          ? refusalOf(applied, after, addition, reading)
          : undefined,
    };
  });
}

export const NOTHING: Addition = {
  side: 'buy',
  quantity: 0,
  added: 0,
  isNew: false,
  quoteAgeMs: undefined,
  duplicate: '',
  repeat: '',
};

/** Undefined: it cannot be valued. */
export function usedOf(applied: Applied, addition: Addition, reading: Reading): Amount | undefined {
  const { limit, cell, line, window, equals } = applied;
  const { quantity, isNew } = addition;
  const nowMs = reading.now.utcMs;
  switch (limit.measure) {
    case 'orderQuantityMin':
    case 'orderQuantityMax':
      return quantity;
    case 'workingOrders':
      return cell.orders + Number(isNew);
    case 'position':
      return worstWith(line, addition);
    case 'orderRate':
      return (window?.count(nowMs) ?? 0) + Number(quantity > 0);
    case 'duplicateOrder':
      return (equals?.count(addition.duplicate, nowMs) ?? 0) + Number(isNew);
    case 'repeatedExecution':
      return equals?.count(addition.repeat, nowMs) ?? 0;
    case 'quoteAge':
      return addition.quoteAgeMs ?? 0;
    case 'permitted':
    case 'prohibited':
      return 0;
    default:
      return valueOf(applied, addition, reading);
  }
}

function valueOf(
  { limit, cell, line }: Applied,
  addition: Addition,
  { valuation }: Reading,
): bigint | undefined {
  const values = cell.valuesIn(limit.currency);
  values.read(cell.lines.values(), valuation);
  const isKnown = values.isKnown(limit.measure);
  const { added, quantity, side } = addition;
  if (limit.measure === 'dayLoss') return isKnown ? lossOf(values) : undefined;
  const unit = values.unitOf(line, valuation);
  if (unit === undefined && (added > 0 || quantity > 0)) return undefined;
  const one = unit ?? 0n;
  switch (limit.measure) {
    case 'orderNotionalMin':
    case 'orderNotionalMax':
      return BigInt(quantity) * one;
    case 'workingNotional':
      return isKnown ? values.working + BigInt(added) * one : undefined;
    case 'grossPosition':
      if (!isKnown) return undefined;
      return values.gross - values.worstOf(line) + BigInt(worstWith(line, addition)) * one;
    case 'netPosition':
      return isKnown ? openWith(values, line, side, BigInt(added) * one) : undefined;
    case 'settlement':
      return isKnown ? payableWith(values, line, side, BigInt(added) * one, valuation) : undefined;
    default:
      throw new Error(`${limit.measure} is not counted in money`);
  }
}

/** Lots at worst when some are added to the open orders of a side. */
function worstWith({ position, openBuy, openSell }: Line, { side, added }: Addition): number {
  const [buy, sell] = side === 'buy' ? [openBuy + added, openSell] : [openBuy, openSell + added];
  return Math.max(Math.abs(position + buy), Math.abs(position - sell));
}

/** Gains that are not realized make no room. */
function lossOf({ realized, unrealized }: Values): bigint {
  const profit = realized + (unrealized < 0n ? unrealized : 0n);
  return profit < 0n ? -profit : 0n;
}

function openWith(values: Values, line: Line, side: Side, value: bigint): bigint {
  const { net, currency } = values;
  if (value === 0n || line.instrument === undefined) return net.openIn(currency);
  const { baseCurrency: base, quoteCurrency: quote } = line.instrument;
  const [buy, sell] = side === 'buy' ? [value, 0n] : [0n, value];
  net.pair(base, quote, 0n, buy, sell);
  const open = net.openIn(currency);
  net.pair(base, quote, 0n, -buy, -sell);
  return open;
}

/** Of the value date on which the order would settle; without an order, of the worst one. */
function payableWith(values: Values, line: Line, side: Side, value: bigint, { valueDay }: Valuation): bigint {
  if (value === 0n || line.instrument === undefined) {
    let most = 0n;
    for (const { payable } of values.settling.values()) if (payable > most) most = payable;
    return most;
  }
  const sums = values.sumsOf(valueDay);
  const { baseCurrency: base, quoteCurrency: quote } = line.instrument;
  const [buy, sell] = side === 'buy' ? [value, 0n] : [0n, value];
  sums.pair(base, quote, 0n, buy, sell);
  const { payable } = sums;
  sums.pair(base, quote, 0n, -buy, -sell);
  return payable;
}

/**
 * Lots that only bring the subject's position in the instrument towards zero, open orders counted as done.
 */
function isReduction({ position, openBuy, openSell }: Line, { side, added }: Addition): boolean {
  if (added === 0) return true;
  return side === 'buy' ? added <= -position - openBuy : added <= position - openSell;
}

function isBeyond(
  applied: Applied,
  after: Amount | undefined,
  addition: Addition,
  reading: Reading,
): boolean {
  const { limit, most, line, key } = applied;
  const { measure } = limit;
  switch (measure) {
    case 'permitted':
      return !isNamed(limit, applied, addition);
    case 'prohibited':
      return isNamed(limit, applied, addition);
    case 'repeatedExecution':
      return reading.state.ledger.tripped.has(key) && !isReduction(line, addition);
    case 'duplicateOrder':
      return addition.isNew && after !== undefined && after > most;
    case 'orderQuantityMin':
    case 'orderNotionalMin':
      return after === undefined || after < most;
    default:
  }
  if (after !== undefined && after <= most) return false;
  if (termsOf(measure).family !== 'exposure') return true;
  // A hedge that is closed opens the other leg: only what does not raise it is a reduction of the net.
  if ((measure !== 'netPosition' || after === undefined) && isReduction(line, addition)) return false;
  if (after === undefined || measure === 'dayLoss') return true;
  const before = usedOf(applied, nothingOf(addition), reading);
  return before === undefined || after > before;
}

/** The same without the order. */
const nothingOf = ({ side, duplicate, repeat }: Addition): Addition => ({
  ...NOTHING,
  side,
  duplicate,
  repeat,
});

function isNamed({ instruments, sides }: Limit, { line }: Applied, { side }: Addition): boolean {
  const isInstrument = instruments === undefined || instruments.has(line.instrument?.id ?? '');
  return isInstrument && (sides === undefined || sides.has(side));
}

function levelOf({ levels }: Applied, use: Amount): number {
  for (const { percent, from } of levels) if (use >= from && use > 0) return percent;
  return 0;
}

function reached(applied: Applied, use: Amount, level: number): LimitReached {
  const { limit, subject, most } = applied;
  const [shown, maximum] = [amountText(applied, use), amountText(applied, most)];
  const what = `${termsOf(limit.measure).name} of ${subject}`;
  return {
    type: 'limitReached',
    limit: limit.id,
    subject,
    level,
    use: shown,
    maximum,
    text: `limit ${limit.id}: ${what} is ${shown} of ${maximum}, ${level === 0 ? 'below' : 'at'} its levels`,
  };
}

const codes: Partial<Record<Limit['measure'], RefusalCode>> = {
  orderRate: 'ORDER_RATE',
  duplicateOrder: 'DUPLICATE_ORDER',
  repeatedExecution: 'LIMIT_TRIPPED',
  quoteAge: 'QUOTE_TOO_OLD',
  permitted: 'INSTRUMENT_RESTRICTED',
  prohibited: 'INSTRUMENT_RESTRICTED',
};

function refusalOf(
  applied: Applied,
  after: Amount | undefined,
  addition: Addition,
  reading: Reading,
): LimitRefusal {
  const { limit, most, key } = applied;
  const { measure } = limit;
  const { name, isMinimum, family } = termsOf(measure);
  // A client is not told which provider is out of room.
  const subject = limit.scope.provider === undefined ? `of ${applied.subject}` : 'with a provider';
  const what = `limit ${limit.id}: ${name} ${subject}`;
  if (measure === 'permitted' || measure === 'prohibited')
    return { code: 'INSTRUMENT_RESTRICTED', text: `${what} do not allow this ${addition.side}` };
  if (measure === 'repeatedExecution') {
    const since = reading.state.ledger.tripped.get(key)?.text ?? '';
    return { code: 'LIMIT_TRIPPED', text: `${what}: disabled until it is released (${since})` };
  }
  const text = (amount: Amount): string => amountText(applied, amount);
  if (after === undefined) {
    const cannot = `${what} cannot be valued in ${limit.currency}: a rate is missing or too old`;
    return { code: 'NO_REFERENCE_PRICE', text: cannot };
  }
  const code = codes[measure] ?? 'LIMIT_EXCEEDED';
  if (family === 'order') {
    const side = isMinimum === true ? 'under' : 'over';
    return { code, text: `${what}: ${text(after)} is ${side} ${text(most)}` };
  }
  const before = usedOf(applied, nothingOf(addition), reading) ?? 0;
  const left = leftOf(before, most);
  const room = `${text(most)} allowed, ${text(left)} left`;
  return { code, text: `${what}: ${text(before)} used, ${text(after)} with this order, ${room}` };
}

export function leftOf(use: Amount, most: Amount): Amount {
  if (typeof use === 'bigint' || typeof most === 'bigint') {
    const left = BigInt(most) - BigInt(use);
    return left > 0n ? left : 0n;
  }
  return Math.max(0, most - use);
}

function amountText({ limit, line }: Applied, amount: Amount): string {
  return limitAmountText(limit, amount, line.instrument?.quantityScale ?? 0);
}

/** Money in hundredths, rounded up; lots in base currency. */
export function limitAmountText({ measure, currency }: Limit, amount: Amount, quantityScale: number): string {
  const { unit } = termsOf(measure);
  if (unit === 'money') {
    const cents = divideRounded(BigInt(amount), bigPowerOfTen(VALUE_SCALE - 2), 'up');
    return `${trimBigDecimal(cents, 2)} ${currency}`;
  }
  if (unit === 'quantity') return trimDecimal(Number(amount), quantityScale);
  return unit === 'milliseconds' ? `${amount} ms` : String(amount);
}

/** Levels whose use has changed without an order: rates moved, time passed, somebody released. */
export function reviewLevels(reading: Reading, portion: Iterable<Applied>): LimitReached[] {
  const { levels } = reading.state.ledger;
  const events: LimitReached[] = [];
  for (const applied of portion) {
    const known = levels.get(applied.key) ?? 0;
    const use = usedOf(applied, NOTHING, reading);
    if (use === undefined) continue;
    const level = levelOf(applied, use);
    if (level > known || (level < known && isClearlyBelow(applied, use, known)))
      events.push(reached(applied, use, level));
  }
  return events;
}

/** By a twentieth of the maximum, so that a level is not told again and again. */
function isClearlyBelow({ levels, most }: Applied, use: Amount, known: number): boolean {
  const from = levels.find(({ percent }) => percent === known)?.from ?? 0;
  const slack = typeof most === 'bigint' ? most / 20n : most / 20;
  return typeof from === 'bigint' && typeof slack === 'bigint'
    ? use < from - slack
    : use < Number(from) - Number(slack);
}
