/**
 * The OMS's own raw books: venue quotes as they come, for routing, collars and conversions. Tier prices
 * play no part here.
 */
import { Book, type BookLimits } from '@tidegate/core/market/book';
import { haveSameScales } from '@tidegate/core/market/instrument';
import type { VenueQuote } from '@tidegate/core/market/quote';
import { monoOriginMs, withAgeHere, type Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';

export class Books {
  private readonly configuration: Configuration;
  private readonly clock: Clock;
  private readonly limits: BookLimits;
  private readonly books = new Map<string, Book>();
  /** Instruments whose book changed since resting orders were last looked at. */
  readonly dirty = new Set<string>();

  constructor(configuration: Configuration, clock: Clock, limits: BookLimits = {}) {
    this.configuration = configuration;
    this.clock = clock;
    this.limits = limits;
  }

  replace(quote: VenueQuote): void {
    const instrument = this.configuration.current.instruments.get(quote.instrument);
    if (instrument === undefined) return;
    let book = this.books.get(instrument.id);
    // Another object after every change of configuration: only other scales make its quotes unreadable.
    if (book === undefined || !haveSameScales(book.instrument, instrument)) {
      const terms = (venue: string) => this.configuration.current.quoteTerms.get(venue);
      book = new Book(instrument, terms, this.limits);
      this.books.set(instrument.id, book);
    }
    book.replace(withAgeHere(quote, this.clock, monoOriginMs(this.clock)));
    this.dirty.add(instrument.id);
  }

  /** Undefined as well while its quotes are of other points than the instrument has now. */
  book(id: string): Book | undefined {
    const book = this.books.get(id);
    const instrument = this.configuration.current.instruments.get(id);
    if (book === undefined || instrument === undefined) return undefined;
    return haveSameScales(book.instrument, instrument) ? book : undefined;
  }
}
