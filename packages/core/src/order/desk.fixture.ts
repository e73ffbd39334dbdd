/**
 * For tests of the desk: a firm, venues and instruments, a clock under the test's hand, and a journal. Each
 * step decides, checks that deciding left the state alone, and folds the events in.
 */
import { Book } from '../market/book.ts';
import { decide, decideTick, evaluateResting, type Decision } from './desk.ts';
import { evolve } from './evolve.ts';
import type { Instrument } from '../market/instrument.ts';
import {
  MONEY_SCALE,
  ROUTING_TERMS,
  type FirmTerms,
  type Market,
  type VenueTerms,
} from '../market/market.ts';
import type {
  CancelOrder,
  Command,
  OrderEvent,
  ReplaceOrder,
  RouteRequested,
  SubmitOrder,
  VenueReport,
} from './order.ts';
import {
  createPartition,
  type OrderState,
  type PartitionState,
  type Retention,
  type RouteState,
} from './partition.ts';
import type { VenueQuote } from '../market/quote.ts';
import { snapshotState } from './snapshot.ts';

const SPOT = {
  type: 'spot',
  quantityScale: 0,
  quantityMin: 1,
  quantityMax: 10_000_000,
  quantityStep: 1,
} as const;

export const EURUSD: Instrument = {
  ...SPOT,
  id: 'EURUSD',
  symbol: 'EUR/USD',
  baseCurrency: 'EUR',
  quoteCurrency: 'USD',
  priceScale: 5,
  pipScale: 4,
};
export const USDJPY: Instrument = {
  ...SPOT,
  id: 'USDJPY',
  symbol: 'USD/JPY',
  baseCurrency: 'USD',
  quoteCurrency: 'JPY',
  priceScale: 3,
  pipScale: 2,
};
export const EURJPY: Instrument = {
  ...SPOT,
  id: 'EURJPY',
  symbol: 'EUR/JPY',
  baseCurrency: 'EUR',
  quoteCurrency: 'JPY',
  priceScale: 3,
  pipScale: 2,
};
export const INSTRUMENTS = [EURUSD, USDJPY, EURJPY] as const;

/** Monday 2026-11-23 12:00 UTC, 07:00 in New York. */
export const MONDAY_MS = 1_795_435_200_000;

export interface JournalEntry {
  readonly event: OrderEvent;
  readonly sequence: number;
  readonly atMs: number;
}

export class Scenario {
  state: PartitionState;
  readonly journal: JournalEntry[] = [];
  utcMs = MONDAY_MS;
  monoMs = 1_000;
  readonly venues = new Map<string, VenueTerms>();
  readonly books = new Map<string, Book>();
  firm: FirmTerms;
  market: Market;
  /** As the provider of a quote may contradict others; undefined: not looked at. */
  crossedBasisPoints: number | undefined;
  #quotes = 0;
  #commands = 0;
  #executions = 0;

  constructor(options: { readonly markup?: number; readonly retention?: Retention } = {}) {
    this.state = createPartition('acme', options.retention);
    for (const id of ['alpha', 'beta', 'gamma']) this.venue(id);
    this.firm = {
      creditCurrency: 'USD',
      busts: 'afterApproval',
      accounts: new Set(['main', 'other']),
      mayTrade: (id) => id !== 'EURJPY',
      markupPoints: () => options.markup ?? 0,
      limits: {
        orderNotionalMax: 10_000_000n * 10n ** BigInt(MONEY_SCALE),
        collarBasisPoints: 100,
        ordersPerSecondMax: 1_000,
        openOrdersMax: 1_000,
      },
    };
    const firm = (): FirmTerms => this.firm;
    this.market = {
      configurationVersion: 7,
      routing: ROUTING_TERMS,
      get firm() {
        return firm();
      },
      instrument: (id) => INSTRUMENTS.find((instrument) => instrument.id === id),
      book: (id) => this.books.get(id),
      venue: (id) => this.venues.get(id),
      pair: (base, quote) =>
        INSTRUMENTS.find(
          (instrument) => instrument.baseCurrency === base && instrument.quoteCurrency === quote,
        ),
    };
  }

  venue(id: string, change: Partial<VenueTerms> = {}): void {
    this.venues.set(id, {
      id,
      enabled: true,
      ordersUp: true,
      staleAfterMs: 5_000,
      routeTimeoutMs: 500,
      ...this.venues.get(id),
      ...change,
    });
  }

  limits(change: Partial<FirmTerms['limits']>): void {
    this.firm = { ...this.firm, limits: { ...this.firm.limits, ...change } };
  }

  busts(rule: FirmTerms['busts']): void {
    this.firm = { ...this.firm, busts: rule };
  }

  get now(): { readonly utcMs: number; readonly monoMs: number } {
    return { utcMs: this.utcMs, monoMs: this.monoMs };
  }

  advance(ms: number): void {
    this.utcMs += ms;
    this.monoMs += ms;
  }

  quote(
    venue: string,
    bids: readonly number[],
    asks: readonly number[],
    instrument: Instrument = EURUSD,
  ): VenueQuote {
    this.#quotes += 1;
    const quote: VenueQuote = {
      venue,
      instrument: instrument.id,
      epoch: 1,
      sequence: this.#quotes,
      bids,
      asks,
      receivedAtMs: this.utcMs,
      receivedMonoMs: this.monoMs,
    };
    let book = this.books.get(instrument.id);
    if (book === undefined) {
      const { crossedBasisPoints } = this;
      const limits = crossedBasisPoints === undefined ? {} : { crossedBasisPoints };
      book = new Book(instrument, (id) => this.venues.get(id), limits);
      this.books.set(instrument.id, book);
    }
    book.replace(quote);
    return quote;
  }

  /** Decides and folds in; the events of the decision. */
  do(command: Command): Decision {
    const before = this.state.sequence;
    const decision = decide(this.state, this.market, command, this.now);
    if (this.state.sequence !== before) throw new Error('deciding changed the state');
    this.append(decision.events);
    return decision;
  }

  rest(instrument: Instrument = EURUSD): readonly OrderEvent[] {
    const events = evaluateResting(this.state, this.market, instrument.id, this.now);
    this.append(events);
    return events;
  }

  tick(ms = 0): readonly OrderEvent[] {
    this.advance(ms);
    const events = decideTick(this.state, this.market, this.now);
    this.append(events);
    return events;
  }

  append(events: readonly OrderEvent[]): void {
    for (const event of events) {
      const entry = { event, sequence: this.state.sequence + 1, atMs: this.utcMs };
      evolve(this.state, event, entry.sequence, entry.atMs);
      this.journal.push(entry);
    }
  }

  submitCommand(change: Partial<SubmitOrder> = {}): SubmitOrder {
    this.#commands += 1;
    return {
      kind: 'submit',
      commandId: `command-${this.#commands}`,
      origin: { channel: 'fix', client: 'CLIENT' },
      account: 'main',
      trader: 'tess',
      clOrdId: `C${this.#commands}`,
      instrument: 'EURUSD',
      side: 'buy',
      type: 'limit',
      quantity: 100,
      timeInForce: 'day',
      ...(change.type === 'market' ? {} : { price: 108_010 }),
      ...change,
    };
  }

  submit(change: Partial<SubmitOrder> = {}): Decision {
    return this.do(this.submitCommand(change));
  }

  cancel(origClOrdId: string, change: Partial<CancelOrder> = {}): Decision {
    this.#commands += 1;
    return this.do({
      kind: 'cancel',
      commandId: `command-${this.#commands}`,
      origin: { channel: 'fix', client: 'CLIENT' },
      clOrdId: `X${this.#commands}`,
      origClOrdId,
      ...change,
    });
  }

  replace(origClOrdId: string, change: Pick<ReplaceOrder, 'quantity'> & Partial<ReplaceOrder>): Decision {
    this.#commands += 1;
    return this.do({
      kind: 'replace',
      commandId: `command-${this.#commands}`,
      origin: { channel: 'fix', client: 'CLIENT' },
      clOrdId: `R${this.#commands}`,
      origClOrdId,
      price: 108_010,
      ...change,
    });
  }

  report(routeId: string, report: VenueReport['report'], change: Partial<VenueReport> = {}): Decision {
    this.#executions += 1;
    const venue = this.state.routes.get(routeId)?.venue ?? 'alpha';
    return this.do({
      kind: 'venueReport',
      commandId: `${venue}:E${this.#executions}`,
      venue,
      routeId,
      report,
      venueExecId: `E${this.#executions}`,
      venueOrderId: `V-${routeId}`,
      ...change,
    });
  }

  fill(
    routeId: string,
    lastQuantity: number,
    lastPrice: number,
    change: Partial<VenueReport> = {},
  ): Decision {
    return this.report(routeId, 'filled', { lastQuantity, lastPrice, ...change });
  }

  order(number = 1): OrderState {
    return this.state.orders.get(`acme.${number}`) as OrderState;
  }

  route(id: string): RouteState {
    return this.state.routes.get(`acme.${id}`) as RouteState;
  }

  snapshot(): string {
    return snapshotState(this.state);
  }
}

export function typesOf(events: readonly OrderEvent[]): string[] {
  return events.map((event) => event.type);
}

export function routesOf(events: readonly OrderEvent[]): RouteRequested[] {
  return events.filter((event) => event.type === 'routeRequested');
}
