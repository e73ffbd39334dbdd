/**
 * Room with providers while one decision plans several routes: what the first takes is not there for the
 * next. Nothing of it outlives the decision; the events reserve it anew.
 */
import type { InstrumentId } from '../market/instrument.ts';
import type { VenueId } from '../market/quote.ts';
import type { Side } from '../order/order.ts';
import type { Path } from './ledger.ts';
import { NOTHING, refuseBeyond, type Reading } from './limits.ts';
import { providerPath } from './meters.ts';

export class ProviderRoom {
  readonly #reading: Reading;
  readonly #taken: { readonly path: Path; readonly side: Side; readonly lots: number }[] = [];

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** Takes it, if every limit of the provider lets it. */
  take(venue: VenueId, instrument: InstrumentId, side: Side, lots: number): boolean {
    const path = providerPath(venue, instrument);
    const addition = { ...NOTHING, side, quantity: lots, added: lots, isNew: true };
    if (refuseBeyond(this.#reading, path, addition) !== undefined) return false;
    this.#reading.meters.hold(path, side, lots);
    this.#taken.push({ path, side, lots });
    return true;
  }

  /** What was taken so far, for `giveBack`. */
  get mark(): number {
    return this.#taken.length;
  }

  /** All that was taken since the mark. */
  giveBack(mark = 0): void {
    for (const { path, side, lots } of this.#taken.splice(mark)) this.#reading.meters.hold(path, side, -lots);
  }
}
