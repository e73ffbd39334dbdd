/** The OMS's books over changes of configuration and over hosts. */
import type { Instrument } from '@tidegate/core/market/instrument';
import type { VenueQuote } from '@tidegate/core/market/quote';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { beforeEach, describe, expect, it } from 'vitest';
import { Books } from './books.ts';

const instrument: Instrument = {
  id: 'EURUSD',
  symbol: 'EUR/USD',
  type: 'spot',
  baseCurrency: 'EUR',
  quoteCurrency: 'USD',
  priceScale: 5,
  quantityScale: 2,
  pipScale: 4,
  quantityMin: 1,
  quantityMax: 1_000_000_00,
  quantityStep: 1,
};
const nowMs = 1_700_000_000_000;
const monoMs = 50_000;

describe('books', () => {
  let current: { instruments: Map<string, Instrument>; quoteTerms: Map<string, object> };
  let books: Books;

  beforeEach(() => {
    const terms = { enabled: true, staleAfterMs: 3_000, indicative: false };
    current = {
      instruments: new Map([['EURUSD', instrument]]),
      quoteTerms: new Map(['alpha', 'bravo'].map((venue) => [venue, terms])),
    };
    const clock = { nowMs: () => nowMs, monoMs: () => monoMs };
    books = new Books({ current } as unknown as Configuration, clock);
  });

  /** `receivedMonoMs` is of the host that received it. */
  const quote = (venue: string, receivedMonoMs = monoMs, ageMs = 0): void =>
    books.replace({
      venue,
      instrument: 'EURUSD',
      sequence: 1,
      receivedAtMs: nowMs - ageMs,
      receivedMonoMs,
      bids: [108_000, 100],
      asks: [108_010, 100],
    } as unknown as VenueQuote);
  const venues = (): string[] =>
    books
      .book('EURUSD')!
      .eligible(monoMs)
      .map(({ venue }) => venue);

  it('keep the quotes of every venue over a change of configuration', () => {
    quote('alpha');
    current.instruments.set('EURUSD', { ...instrument, quantityMax: 5 });
    quote('bravo');
    expect(venues()).toEqual(['alpha', 'bravo']);
  });

  it('forget quotes in points of another size', () => {
    quote('alpha');
    current.instruments.set('EURUSD', { ...instrument, priceScale: 4 });
    expect(books.book('EURUSD')).toBeUndefined();
    quote('bravo');
    expect(venues()).toEqual(['bravo']);
  });

  it('go by the age of a quote, not by the monotonic clock of the host that received it', () => {
    quote('alpha', 9_000_000);
    quote('bravo', 9_000_000, 10_000);
    expect(venues()).toEqual(['alpha']);
  });
});
