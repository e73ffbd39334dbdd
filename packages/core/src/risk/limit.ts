/**
 * A limit as a decision reads it: whose use of what is counted, how much of it there may be, and what is done
 * beyond. `configuration` makes them of documents; `meters.ts` counts, `limits.ts` decides. The rules are in
 * `packages/core/SPEC.md`.
 */
import type { InstrumentId } from '../market/instrument.ts';
import type { Side } from '../order/order.ts';
import type { Rates } from './rates.ts';

/** Decimals of money in a limit's use, so fine that the value of the smallest lot is not lost. */
export const VALUE_SCALE = 16;
/** Decimals of a limit's quantity of base currency; the finest that an instrument has. */
export const BASE_SCALE = 8;

/**
 * `order`: of one order by itself. `exposure`: what is reserved and held; what only reduces passes.
 * `conduct`: how orders come.
 */
interface MeasureTerms {
  readonly family: 'order' | 'exposure' | 'conduct';
  readonly unit: 'quantity' | 'money' | 'count' | 'milliseconds' | 'none';
  /** For people: what is limited. */
  readonly name: string;
  readonly isMinimum?: true;
  readonly hasWindow?: true;
}

export const MEASURES = {
  orderQuantityMin: { family: 'order', unit: 'quantity', name: 'smallest order', isMinimum: true },
  orderQuantityMax: { family: 'order', unit: 'quantity', name: 'largest order' },
  orderNotionalMin: { family: 'order', unit: 'money', name: 'smallest order value', isMinimum: true },
  orderNotionalMax: { family: 'order', unit: 'money', name: 'largest order value' },
  workingOrders: { family: 'exposure', unit: 'count', name: 'working orders' },
  workingNotional: { family: 'exposure', unit: 'money', name: 'value of working orders' },
  position: { family: 'exposure', unit: 'quantity', name: 'position' },
  grossPosition: { family: 'exposure', unit: 'money', name: 'gross open position' },
  netPosition: { family: 'exposure', unit: 'money', name: 'net open position' },
  settlement: { family: 'exposure', unit: 'money', name: 'settlement of one value date' },
  dayLoss: { family: 'exposure', unit: 'money', name: 'loss of the day' },
  orderRate: { family: 'conduct', unit: 'count', name: 'order rate', hasWindow: true },
  duplicateOrder: { family: 'conduct', unit: 'count', name: 'equal orders', hasWindow: true },
  repeatedExecution: { family: 'conduct', unit: 'count', name: 'repeated executions', hasWindow: true },
  quoteAge: { family: 'conduct', unit: 'milliseconds', name: 'age of the quote dealt on' },
  permitted: { family: 'conduct', unit: 'none', name: 'permitted instruments and sides' },
  prohibited: { family: 'conduct', unit: 'none', name: 'prohibited instruments and sides' },
} as const satisfies Readonly<Record<string, MeasureTerms>>;

export type Measure = keyof typeof MEASURES;
export const measureNames = Object.keys(MEASURES) as [Measure, ...Measure[]];

export const termsOf = (measure: Measure): MeasureTerms => MEASURES[measure];

/** Each one on its own, instead of one of them. */
export const EACH = '*';

/**
 * Absent: all of them together. `EACH`: every one on its own. A provider's use is of what is dealt with it,
 * so it goes with instruments only.
 */
export interface LimitScope {
  readonly account?: string;
  readonly trader?: string;
  /** FIX session id or user name. */
  readonly session?: string;
  readonly instrument?: InstrumentId;
  /** A group of instruments, counted together. */
  readonly instruments?: readonly InstrumentId[];
  readonly provider?: string;
}

export interface Limit {
  readonly id: string;
  readonly measure: Measure;
  readonly scope: LimitScope;
  /** Of money; otherwise empty. */
  readonly currency: string;
  /** Of rates, duplicates and repetitions; otherwise 0. */
  readonly windowMs: number;
  /**
   * Money in 10^-VALUE_SCALE, quantity in 10^-BASE_SCALE of base currency, else whole. A minimum for those
   * that are one.
   */
  readonly maximum: bigint;
  /** Ascending percentages of the maximum at which an event tells of it. */
  readonly warnPercents: readonly number[];
  readonly action: 'refuse' | 'warn';
  /** Of `permitted` and `prohibited`: absent is every one. */
  readonly instruments?: ReadonlySet<InstrumentId>;
  readonly sides?: ReadonlySet<Side>;
}

/** What decisions on limits rest on; another object whenever the configuration has changed. */
export interface RiskTerms {
  readonly limits: readonly Limit[];
  readonly rates: Rates;
}

/** Windows are counted in so many buckets: a limit may be reached that much early, never late. */
export const WINDOW_BUCKETS = 20;
/** What happened longer ago than that is not counted after a restart. */
export const WINDOW_MS_MAX = 600_000;
