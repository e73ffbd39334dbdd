/**
 * What differs between providers, as data and small functions: how a provider names instruments, what it
 * wants in a subscription and in an order. The engine's dictionary overlay covers fields; this covers
 * meaning.
 */
import type { Instrument } from '@tidegate/core/market/instrument';

export interface Dialect {
  readonly name: string;
  readonly symbolOf: (instrument: Pick<Instrument, 'id' | 'symbol'>) => string;
  /** MarketDepth(264) asked for; 0 is the full book. */
  readonly marketDepth: number;
  /** MDUpdateType(265): 0 full refresh (W), 1 incremental (X). */
  readonly updateType: 0 | 1;
  /** Account(1) on orders, where the provider wants one. */
  readonly account?: string;
}
