/** Instruments of the current configuration by symbol and by id, for the edges that speak symbols. */
import type { Instrument } from '@tidegate/core/market/instrument';

export interface InstrumentIndex {
  readonly bySymbol: (symbol: string) => Instrument | undefined;
  readonly byId: (id: string) => Instrument | undefined;
  /** As they were, where the configuration has them no more: orders outlive their instruments. */
  readonly lastKnown: (id: string) => Instrument | undefined;
  readonly lastKnownAs: (symbol: string) => Instrument | undefined;
  readonly all: () => readonly Instrument[];
}

/** Reads the configuration at each call through a map rebuilt only when the snapshot changed. */
export function instrumentIndex(current: () => ReadonlyMap<string, Instrument>): InstrumentIndex {
  let source: ReadonlyMap<string, Instrument> | undefined;
  let symbols = new Map<string, Instrument>();
  const known = { byId: new Map<string, Instrument>(), bySymbol: new Map<string, Instrument>() };
  const indexed = (): Map<string, Instrument> => {
    const now = current();
    if (now !== source) {
      source = now;
      symbols = new Map([...now.values()].map((instrument) => [instrument.symbol, instrument]));
      for (const instrument of now.values()) {
        known.byId.set(instrument.id, instrument);
        known.bySymbol.set(instrument.symbol, instrument);
      }
    }
    return symbols;
  };
  return {
    bySymbol: (symbol) => indexed().get(symbol),
    byId: (id) => {
      indexed();
      return source?.get(id);
    },
    lastKnown: (id) => {
      indexed();
      return known.byId.get(id);
    },
    lastKnownAs: (symbol) => {
      indexed();
      return known.bySymbol.get(symbol);
    },
    all: () => [...current().values()],
  };
}

/** What reports call an instrument: its symbol, or the id itself where configuration no longer has it. */
export const symbolIn =
  (index: InstrumentIndex) =>
  (id: string): string =>
    index.byId(id)?.symbol ?? id;
