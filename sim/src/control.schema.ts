/** What may be said to the control server, checked before anything is done. */
import { z } from 'zod';
import { parseDecimal } from '@tidegate/core/number/decimal';
import { idText } from '@tidegate/wire/decimals';
import { instrumentsBySymbol } from './instruments.ts';
import { LEVELS_MAX } from './provider.quotes.ts';
import { silentFates, switchNames } from './switches.ts';

export const RATE_MAX = 100_000;
export const PAGE_MAX = 10_000;

const symbol = z.string().refine((text) => instrumentsBySymbol.has(text), 'unknown symbol');
const level = z.tuple([z.string().max(30), z.string().max(30)]);

export const switchRequest = z
  .strictObject({
    venue: idText,
    switch: z.enum(switchNames),
    on: z.boolean(),
    symbol: symbol.optional(),
    /** slow: milliseconds; wide: factor; spike: basis points. */
    value: z.number().min(-5_000).max(60_000).optional(),
    /** silentOrders only. */
    fate: z.enum(silentFates).optional(),
  })
  .refine((request) => request.switch !== 'disconnected' || request.symbol === undefined, {
    message: 'disconnected is for the whole provider',
    path: ['symbol'],
  })
  .refine((request) => request.fate === undefined || request.switch === 'silentOrders', {
    message: 'fate is for silentOrders',
    path: ['fate'],
  })
  .refine((request) => request.value === undefined || isValueOf(request.switch, request.value), {
    message: 'slow: 0 to 60000 ms; wide: 1 to 1000; spike: -5000 to 5000 basis points; others: none',
    path: ['value'],
  });

function isValueOf(name: (typeof switchNames)[number], value: number): boolean {
  if (name === 'slow') return value >= 0;
  if (name === 'wide') return value >= 1 && value <= 1_000;
  return name === 'spike' && value <= 5_000;
}

export const rateRequest = z.strictObject({ quotesPerSecond: z.number().min(0).max(RATE_MAX) });
export const endOfDayRequest = z.strictObject({ venue: idText });
export const stopRequest = z.strictObject({});

/** Levels are [price, size] in decimal text, best first. */
export const tickRequest = z.strictObject({
  venue: idText,
  symbol,
  bids: z.array(level).max(LEVELS_MAX),
  asks: z.array(level).max(LEVELS_MAX),
});

export const executionsQuery = z.strictObject({
  venue: idText.optional(),
  from: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_MAX),
});
export const noQuery = z.strictObject({});

/**
 * Text levels as flat points and lots; `undefined` unless every number fits its scale and prices get worse
 * downwards.
 */
export function levelsOf(
  symbolText: string,
  side: 'bid' | 'ask',
  levels: readonly (readonly [string, string])[],
): number[] | undefined {
  const document = instrumentsBySymbol.get(symbolText)?.document;
  if (document === undefined) return undefined;
  const flat: number[] = [];
  let before = side === 'bid' ? Infinity : 0;
  for (const [priceText, sizeText] of levels) {
    const price = parseDecimal(priceText, document.priceScale);
    const size = parseDecimal(sizeText, document.quantityScale);
    if (price === undefined || size === undefined || price <= 0 || size <= 0) return undefined;
    if (side === 'bid' ? price >= before : price <= before) return undefined;
    flat.push(price, size);
    before = price;
  }
  return flat;
}
