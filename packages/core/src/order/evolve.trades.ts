/** What a trade changes beside its order: the account's position, and what limits count. Part of `evolve`. */
import { bookTraded, noteRecent, type Recent } from '../risk/ledger.ts';
import { pathOf, providerPath } from '../risk/meters.ts';
import type { VenueId } from '../market/quote.ts';
import type { Side } from './order.ts';
import { holdingOf, pairKey, type OrderState, type PartitionState } from './partition.ts';
import { applyFill } from './position.ts';

interface Trade {
  readonly venue: VenueId;
  /** The other side of its order's where it is taken back. */
  readonly side: Side;
  readonly quantity: number;
  readonly clientPrice: number;
  readonly atMs: number;
}

export function bookTrade(
  state: PartitionState,
  order: OrderState,
  { venue, side, quantity, clientPrice, atMs }: Trade,
): void {
  const holding = holdingOf(state, order.account, order.instrument);
  holding.position = applyFill(holding.position, side, quantity, clientPrice);
  state.holdings.set(pairKey(order.account, order.instrument), holding);
  bookTraded(state.ledger, pathOf(order), side, quantity, clientPrice, atMs);
  bookTraded(state.ledger, providerPath(venue, order.instrument), side, quantity, clientPrice, atMs);
}

export function note(
  { ledger }: PartitionState,
  order: OrderState,
  kind: Recent['kind'],
  content: string,
  atMs: number,
): void {
  noteRecent(ledger, { kind, atMs, path: pathOf(order), content });
}
