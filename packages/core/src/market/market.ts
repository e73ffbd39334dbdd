/**
 * What a decision may look at besides the partition's own state: books, venues and the firm's terms, all as
 * of now. `oms` fills a `Market` from quotes and configuration; nothing in it is written by a decision.
 */
import type { Book } from './book.ts';
import type { Instrument, InstrumentId } from './instrument.ts';
import type { RiskTerms } from '../risk/limit.ts';
import type { VenueId } from './quote.ts';

export interface VenueTerms {
  readonly id: VenueId;
  readonly enabled: boolean;
  /** Its order session is logged on and not draining. */
  readonly ordersUp: boolean;
  /** Quotes older than this are not traded on. */
  readonly staleAfterMs: number;
  /** A route without an answer for so long becomes unknown. */
  readonly routeTimeoutMs: number;
  /** Only these; absent means all. */
  readonly instruments?: ReadonlySet<InstrumentId>;
}

export interface FirmLimits {
  /** Largest order in the firm's credit currency, in units of 10^-MONEY_SCALE. */
  readonly orderNotionalMax: bigint;
  readonly collarBasisPoints: number;
  readonly ordersPerSecondMax: number;
  readonly openOrdersMax: number;
}

export interface FirmTerms {
  readonly creditCurrency: string;
  readonly limits: FirmLimits;
  /** Whether a venue's bust or correction is booked and told at once, or after an operator's yes. */
  readonly busts: 'atOnce' | 'afterApproval';
  readonly accounts: ReadonlySet<string>;
  readonly mayTrade: (instrument: InstrumentId) => boolean;
  /** Points per side that the firm's tier pays. */
  readonly markupPoints: (instrument: InstrumentId) => number;
}

export interface RoutingTerms {
  /** A route not sent by then never is. */
  readonly routeDeadlineMs: number;
  /** Immediate orders: how often the remainder is routed again, and within what time of acceptance. */
  readonly rerouteRoundsMax: number;
  readonly rerouteBudgetMs: number;
  /**
   * A venue that refused a resting order is left alone so long; doubled with each refusal in a row, up to 32
   * times.
   */
  readonly restingCoolDownMs: number;
}

export const ROUTING_TERMS: RoutingTerms = {
  routeDeadlineMs: 2_000,
  rerouteRoundsMax: 3,
  rerouteBudgetMs: 1_000,
  restingCoolDownMs: 250,
};

/** Decimals of money in limits and notionals. */
export const MONEY_SCALE = 8;

export interface Market {
  readonly configurationVersion: number;
  readonly firm: FirmTerms;
  readonly routing: RoutingTerms;
  readonly instrument: (id: InstrumentId) => Instrument | undefined;
  /** Limits beyond the firm's own four; absent: none. */
  readonly risk?: RiskTerms;
  /** The raw book; undefined when nothing was ever quoted. */
  readonly book: (id: InstrumentId) => Book | undefined;
  readonly venue: (id: VenueId) => VenueTerms | undefined;
  /** The instrument that quotes `base` in `quote`, for conversions. */
  readonly pair: (base: string, quote: string) => Instrument | undefined;
}

/** Whether a venue takes orders in an instrument now. */
export function takesOrders(venue: VenueTerms | undefined, instrument: InstrumentId): boolean {
  return (
    venue !== undefined &&
    venue.enabled &&
    venue.ordersUp &&
    (venue.instruments === undefined || venue.instruments.has(instrument))
  );
}
