/**
 * The market as a firm's decisions see it: books, venues and the firm's own terms from the current
 * configuration.
 */
import { bigPowerOfTen, divideRounded, parseBigDecimal } from '@tidegate/core/number/decimal';
import type { Instrument } from '@tidegate/core/market/instrument';
import {
  MONEY_SCALE,
  ROUTING_TERMS,
  type FirmTerms,
  type Market,
  type VenueTerms,
} from '@tidegate/core/market/market';
import { Rates } from '@tidegate/core/risk/rates';
import type { Configuration, ConfigurationSnapshot } from '@tidegate/platform/configuration/configuration';
import type { FirmDocument } from '@tidegate/wire/configuration';
import type { Books } from './books.ts';
import { limitsOf } from './limits.ts';
import type { Venues } from './venues.ts';

/** Decimals that the configuration takes; a limit finer than money is rounded down. */
const limitScale = 12;

export class MarketView {
  private readonly configuration: Configuration;
  private readonly books: Books;
  private readonly venues: Venues;
  /** One for all firms: what one knows of a rate is as good for the others. */
  private readonly rates = new Rates();
  private readonly markets = new Map<string, Market>();
  private pairs = new Map<string, Instrument>();
  private built: ConfigurationSnapshot | undefined;

  constructor(configuration: Configuration, books: Books, venues: Venues) {
    this.configuration = configuration;
    this.books = books;
    this.venues = venues;
  }

  /** Made anew only when the configuration changed. */
  of(partition: string): Market {
    const snapshot = this.configuration.current;
    if (snapshot !== this.built) this.rebuild(snapshot);
    const known = this.markets.get(partition);
    if (known !== undefined) return known;
    const firm = snapshot.firms.get(partition);
    const market = firm === undefined ? closed(snapshot) : this.build(snapshot, firm);
    this.markets.set(partition, market);
    return market;
  }

  private rebuild(snapshot: ConfigurationSnapshot): void {
    this.built = snapshot;
    this.markets.clear();
    this.pairs = new Map(
      [...snapshot.instruments.values()].map((instrument) => [
        `${instrument.baseCurrency}/${instrument.quoteCurrency}`,
        instrument,
      ]),
    );
  }

  private build(snapshot: ConfigurationSnapshot, firm: FirmDocument): Market {
    const venueTerms = new Map(
      [...snapshot.venues.values()].map((venue) => [venue.id, this.venueTerms(venue)]),
    );
    return {
      configurationVersion: snapshot.version,
      firm: firmTerms(snapshot, firm),
      routing: ROUTING_TERMS,
      instrument: (id) => snapshot.instruments.get(id),
      book: (id) => this.books.book(id),
      venue: (id) => venueTerms.get(id),
      pair: (base, quote) => this.pairs.get(`${base}/${quote}`),
      risk: { limits: limitsOf(snapshot.limits.values(), firm.id), rates: this.rates },
    };
  }

  private venueTerms(
    venue: ConfigurationSnapshot['venues'] extends ReadonlyMap<string, infer V> ? V : never,
  ): VenueTerms {
    const { venues } = this;
    return {
      id: venue.id,
      enabled: venue.enabled,
      staleAfterMs: venue.staleAfterMs,
      routeTimeoutMs: venue.routeTimeoutMs,
      get ordersUp() {
        return venues.isUp(venue.id);
      },
      ...(venue.instruments === undefined ? {} : { instruments: new Set(venue.instruments) }),
    };
  }
}

/** Of a removed firm: its fills are booked and its orders canceled, but nothing is traded any more. */
function closed(snapshot: ConfigurationSnapshot): Market {
  return {
    configurationVersion: snapshot.version,
    firm: {
      creditCurrency: '',
      busts: 'afterApproval',
      limits: { orderNotionalMax: 0n, collarBasisPoints: 0, ordersPerSecondMax: 0, openOrdersMax: 0 },
      accounts: new Set(),
      mayTrade: () => false,
      markupPoints: () => 0,
    },
    routing: ROUTING_TERMS,
    instrument: (id) => snapshot.instruments.get(id),
    book: () => undefined,
    venue: () => undefined,
    pair: () => undefined,
  };
}

function firmTerms(snapshot: ConfigurationSnapshot, firm: FirmDocument): FirmTerms {
  const tier = snapshot.tiers.get(firm.tier);
  if (tier === undefined) throw new Error(`firm ${firm.id} has tier ${firm.tier}, which is not configured`);
  const orderNotionalMax = parseBigDecimal(firm.limits.orderNotionalMax, limitScale);
  if (orderNotionalMax === undefined)
    throw new Error(`firm ${firm.id}: orderNotionalMax has more than ${limitScale} decimals`);
  const instruments = new Set(firm.instruments);
  return {
    creditCurrency: firm.creditCurrency,
    busts: firm.busts ?? 'afterApproval',
    limits: {
      orderNotionalMax: divideRounded(orderNotionalMax, bigPowerOfTen(limitScale - MONEY_SCALE), 'down'),
      collarBasisPoints: firm.limits.collarBasisPoints,
      ordersPerSecondMax: firm.limits.ordersPerSecondMax,
      openOrdersMax: firm.limits.openOrdersMax,
    },
    accounts: new Set(firm.accounts.map(({ id }) => id)),
    mayTrade: (instrument) => instruments.has('*') || instruments.has(instrument),
    markupPoints: (instrument) => tier.markupPoints[instrument] ?? tier.markupPoints['*'] ?? 0,
  };
}
