/**
 * The house reading of FIX 4.4: symbols as `EUR/USD`, full images of ten levels. New providers start from
 * this.
 */
import type { Dialect } from './dialect.ts';

export const standard: Dialect = {
  name: 'standard',
  symbolOf: (instrument) => instrument.symbol,
  marketDepth: 10,
  updateType: 0,
};

const dialects: ReadonlyMap<string, Dialect> = new Map([[standard.name, standard]]);

/** Throws for a name that no file here answers to: configuration is checked at start. */
export function dialectOf(name: string): Dialect {
  const dialect = dialects.get(name);
  if (dialect === undefined) throw new Error(`no dialect ${name}; known: ${[...dialects.keys()].join(', ')}`);
  return dialect;
}
