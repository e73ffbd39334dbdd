/**
 * The twelve instruments of the simulated world: what they are (as configuration documents) and how they
 * move. Levels and volatilities are realistic, not real. Prices in points (10^-priceScale), sizes in lots
 * (10^-quantityScale).
 */
import type { InstrumentDocument } from '@tidegate/wire/configuration';

export interface SimInstrument {
  readonly document: InstrumentDocument;
  readonly startPoints: number;
  /** Standard deviation of a year's return (260 days of 24 hours). */
  readonly yearlyVolatility: number;
  /** Full spread of a tight market, points. */
  readonly spreadPoints: number;
  /** Size that is usual at the top of the book, lots. */
  readonly sizeLots: number;
  /** Share of the ticks it gets, against the others. */
  readonly tickWeight: number;
  /** Largest order that a provider takes, lots. */
  readonly quantityMaxLots: number;
}

interface Row {
  readonly symbol: string;
  readonly priceScale: number;
  readonly quantityScale: number;
  readonly pipScale: number;
  /** Units of the base currency, whole or decimal text. */
  readonly quantityMin: string;
  readonly quantityMax: string;
  readonly quantityStep: string;
  readonly startPoints: number;
  readonly yearlyVolatility: number;
  readonly spreadPoints: number;
  readonly sizeUnits: number;
  readonly tickWeight: number;
}

const spot = {
  priceScale: 5,
  quantityScale: 2,
  pipScale: 4,
  quantityMin: '1',
  quantityMax: '100000000',
  quantityStep: '0.01',
  sizeUnits: 1_000_000,
};
const other = { priceScale: 2, pipScale: 0 };

const rows: readonly Row[] = [
  {
    ...spot,
    symbol: 'EUR/USD',
    startPoints: 108_500,
    yearlyVolatility: 0.07,
    spreadPoints: 2,
    tickWeight: 4,
  },
  {
    ...spot,
    symbol: 'GBP/USD',
    startPoints: 127_200,
    yearlyVolatility: 0.08,
    spreadPoints: 4,
    tickWeight: 3,
  },
  {
    ...spot,
    symbol: 'USD/JPY',
    priceScale: 3,
    pipScale: 2,
    startPoints: 151_250,
    yearlyVolatility: 0.09,
    spreadPoints: 3,
    tickWeight: 4,
  },
  { ...spot, symbol: 'USD/CHF', startPoints: 90_400, yearlyVolatility: 0.07, spreadPoints: 5, tickWeight: 2 },
  { ...spot, symbol: 'AUD/USD', startPoints: 65_800, yearlyVolatility: 0.1, spreadPoints: 3, tickWeight: 2 },
  {
    ...spot,
    symbol: 'USD/CAD',
    startPoints: 136_500,
    yearlyVolatility: 0.06,
    spreadPoints: 5,
    tickWeight: 2,
  },
  { ...spot, symbol: 'NZD/USD', startPoints: 60_300, yearlyVolatility: 0.1, spreadPoints: 6, tickWeight: 1 },
  { ...spot, symbol: 'EUR/GBP', startPoints: 85_299, yearlyVolatility: 0.05, spreadPoints: 4, tickWeight: 2 },
  {
    ...other,
    symbol: 'XAU/USD',
    pipScale: 1,
    quantityScale: 2,
    quantityMin: '0.01',
    quantityMax: '100000',
    quantityStep: '0.01',
    startPoints: 234_560,
    yearlyVolatility: 0.15,
    spreadPoints: 18,
    sizeUnits: 200,
    tickWeight: 4,
  },
  {
    ...other,
    symbol: 'XAG/USD',
    priceScale: 3,
    pipScale: 2,
    quantityScale: 2,
    quantityMin: '0.01',
    quantityMax: '5000000',
    quantityStep: '0.01',
    startPoints: 28_150,
    yearlyVolatility: 0.28,
    spreadPoints: 12,
    sizeUnits: 10_000,
    tickWeight: 2,
  },
  {
    ...other,
    symbol: 'BTC/USD',
    quantityScale: 4,
    quantityMin: '0.0001',
    quantityMax: '1000',
    quantityStep: '0.0001',
    startPoints: 6_725_000,
    yearlyVolatility: 0.55,
    spreadPoints: 800,
    sizeUnits: 2,
    tickWeight: 4,
  },
  {
    ...other,
    symbol: 'ETH/USD',
    quantityScale: 3,
    quantityMin: '0.001',
    quantityMax: '20000',
    quantityStep: '0.001',
    startPoints: 348_050,
    yearlyVolatility: 0.7,
    spreadPoints: 60,
    sizeUnits: 30,
    tickWeight: 2,
  },
];

function instrument(row: Row): SimInstrument {
  const [baseCurrency = '', quoteCurrency = ''] = row.symbol.split('/');
  const lotsPerUnit = 10 ** row.quantityScale;
  return {
    document: {
      id: baseCurrency + quoteCurrency,
      symbol: row.symbol,
      type: 'spot',
      baseCurrency,
      quoteCurrency,
      priceScale: row.priceScale,
      quantityScale: row.quantityScale,
      pipScale: row.pipScale,
      quantityMin: row.quantityMin,
      quantityMax: row.quantityMax,
      quantityStep: row.quantityStep,
    },
    startPoints: row.startPoints,
    yearlyVolatility: row.yearlyVolatility,
    spreadPoints: row.spreadPoints,
    sizeLots: row.sizeUnits * lotsPerUnit,
    tickWeight: row.tickWeight,
    quantityMaxLots: Number(row.quantityMax) * lotsPerUnit,
  };
}

export const instruments: readonly SimInstrument[] = rows.map(instrument);

/** By FIX Symbol(55). */
export const instrumentsBySymbol: ReadonlyMap<string, SimInstrument> = new Map(
  instruments.map((each) => [each.document.symbol, each]),
);
