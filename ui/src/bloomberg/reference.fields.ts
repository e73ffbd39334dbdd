/** Bloomberg's reference data sorted for reading: who it is, its prices, its ranges. */
import { parseBigDecimal } from '@tidegate/core/number/decimal';
import type { ReferenceView } from '@tidegate/wire/bloomberg';
import { groupedDecimal } from '../prices/price.format.ts';

export type ReferenceField = ReferenceView['fields'][number];

/** Bloomberg's names; fields that are in neither list are shown at the end, so nothing is lost. */
const described = [
  'NAME',
  'TICKER',
  'SECURITY_TYP',
  'MARKET_SECTOR_DES',
  'EXCH_CODE',
  'CRNCY',
  'ID_BB_GLOBAL',
  'LAST_UPDATE_DT',
];
const priced = ['PX_LAST', 'PX_BID', 'PX_ASK', 'PX_MID', 'PX_OPEN', 'PX_YEST_CLOSE', 'PX_VOLUME'];
const ranged = ['PX_LOW', 'PX_HIGH', 'LOW_52WEEK', 'HIGH_52WEEK'];

export interface PriceRange {
  readonly key: string;
  readonly label: string;
  readonly low: ReferenceField;
  readonly high: ReferenceField;
  /** Where the last price is between them, whole percent; null when that can't be said. */
  readonly percent: number | null;
}

export interface ReferenceSheet {
  readonly description: readonly ReferenceField[];
  readonly prices: readonly ReferenceField[];
  readonly ranges: readonly PriceRange[];
  readonly others: readonly ReferenceField[];
}

export function referenceSheet({ fields }: Pick<ReferenceView, 'fields'>): ReferenceSheet {
  const byName = new Map(fields.map((field) => [field.field, field]));
  const pick = (names: readonly string[]): ReferenceField[] =>
    names.flatMap((name) => byName.get(name) ?? []);
  const last = byName.get('PX_LAST')?.value ?? null;
  const range = (key: string, label: string, lowName: string, highName: string): PriceRange[] => {
    const [low, high] = [byName.get(lowName), byName.get(highName)];
    if (typeof low?.value !== 'string' || typeof high?.value !== 'string') return [];
    return [{ key, label, low, high, percent: rangePercent(low.value, high.value, last) }];
  };
  const known = new Set([...described, ...priced, ...ranged]);
  return {
    description: pick(described),
    prices: pick(priced),
    ranges: [
      ...range('day', 'Day', 'PX_LOW', 'PX_HIGH'),
      ...range('year', '52 weeks', 'LOW_52WEEK', 'HIGH_52WEEK'),
    ],
    others: fields.filter(({ field }) => !known.has(field)),
  };
}

const FINEST_SCALE = 12;

/** Clamped to the ends; null where a value is missing, unreadable, or the range is empty. */
export function rangePercent(low: string, high: string, at: string | null): number | null {
  const [from, to, value] = [low, high, at ?? ''].map((text) => parseBigDecimal(text, FINEST_SCALE));
  if (from === undefined || to === undefined || value === undefined || to <= from) return null;
  const percent = Number(((value - from) * 100n) / (to - from));
  return Math.min(100, Math.max(0, percent));
}

const isPrice = (field: string): boolean =>
  (field.startsWith('PX_') && field !== 'PX_VOLUME') || field.endsWith('_52WEEK');

/**
 * Prices with all the decimals of the instrument, numbers with their thousands apart, everything else as
 * Bloomberg says it.
 */
export function fieldText(
  { field, value }: Pick<ReferenceField, 'field' | 'value'>,
  priceScale: number,
): string {
  if (value === null) return '–';
  if (!/^-?\d+(\.\d+)?$/.test(value)) return value;
  const [whole = '', decimals = ''] = value.split('.');
  const shown = isPrice(field) ? decimals.padEnd(priceScale, '0') : decimals;
  const grouped = isPrice(field) || whole.length > 4 ? groupedDecimal(whole) : whole;
  return shown === '' ? grouped : `${grouped}.${shown}`;
}

/** Refused fields by reason: `BAD_FLD, Field not valid` of these. */
export function refusalsOf({
  exceptions,
}: Pick<ReferenceView, 'exceptions'>): readonly { readonly why: string; readonly fields: string[] }[] {
  const byReason = new Map<string, string[]>();
  for (const { field, category, text } of exceptions) {
    const why = [category, text].filter((part) => part !== '').join(', ');
    const fields = byReason.get(why) ?? [];
    byReason.set(why, [...fields, field === '*' ? 'the security' : field]);
  }
  return [...byReason].map(([why, fields]) => ({ why, fields }));
}
