/**
 * A limit as a configuration document: whose use of what, how much, what is done beyond. `core/risk` reads
 * it; docs/risk.md explains it.
 */
import { EACH, measureNames, termsOf, WINDOW_MS_MAX, type Limit } from '@tidegate/core/risk/limit';
import { z } from 'zod';
import { idText, positiveDecimalText } from './decimals.ts';

const oneOrEach = z.union([z.literal(EACH), idText]);
const person = z.string().min(1).max(128);

/** Absent: all together. `*`: each one on its own. */
const limitScope = z
  .strictObject({
    firm: oneOrEach,
    account: oneOrEach.optional(),
    trader: person.optional(),
    /** FIX session id or user name. */
    session: person.optional(),
    instrument: oneOrEach.optional(),
    /** A group, counted together. */
    instruments: z.array(idText).min(1).max(1_000).optional(),
    /** Of what is dealt with a provider. */
    provider: oneOrEach.optional(),
  })
  .refine((scope) => scope.instrument === undefined || scope.instruments === undefined, {
    error: 'either instrument or instruments',
    path: ['instruments'],
  })
  .refine(
    ({ provider, account, trader, session }) =>
      provider === undefined || (account ?? trader ?? session) === undefined,
    { error: 'what is dealt with a provider is not of an account, trader or session', path: ['provider'] },
  );

const ofProviders: ReadonlySet<string> = new Set([
  'orderQuantityMax',
  'orderNotionalMax',
  'workingNotional',
  'position',
  'grossPosition',
  'netPosition',
  'settlement',
]);

export const limitDocument = z
  .strictObject({
    id: idText,
    name: z.string().max(200).default(''),
    enabled: z.boolean().default(true),
    scope: limitScope,
    measure: z.enum(measureNames),
    /** Of measures in money. */
    currency: z
      .string()
      .regex(/^[A-Z]{3,5}$/)
      .optional(),
    /** Of measures over a time. */
    windowMs: z.int().min(20).max(WINDOW_MS_MAX).optional(),
    /** Decimal text of money, base currency, a count or milliseconds; the least where it is a minimum. */
    maximum: positiveDecimalText.optional(),
    /** Percentages of the maximum that an event tells of. */
    warnPercents: z.array(z.int().min(1).max(99)).max(5).default([75, 90]),
    action: z.enum(['refuse', 'warn']).default('refuse'),
    /** Of `permitted` and `prohibited`. */
    instruments: z.array(idText).min(1).max(1_000).optional(),
    sides: z
      .array(z.enum(['buy', 'sell']))
      .min(1)
      .max(2)
      .optional(),
  })
  .superRefine((limit, context) => {
    const fault = faultOf(limit);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault[1], path: [fault[0]] });
  });

interface Asked {
  readonly scope: { readonly provider?: string | undefined };
  readonly measure: Limit['measure'];
  readonly currency?: string | undefined;
  readonly windowMs?: number | undefined;
  readonly maximum?: string | undefined;
  readonly instruments?: readonly string[] | undefined;
  readonly sides?: readonly string[] | undefined;
}

function faultOf(limit: Asked): readonly [field: string, text: string] | undefined {
  const { measure, currency, windowMs, maximum, instruments, sides, scope } = limit;
  const { unit, hasWindow } = termsOf(measure);
  const both = (wanted: boolean, given: unknown, field: string): readonly [string, string] | undefined =>
    wanted === (given !== undefined)
      ? undefined
      : [field, wanted ? `${measure} needs it` : `${measure} has none`];
  const wrong =
    both(unit === 'money', currency, 'currency') ??
    both(hasWindow === true, windowMs, 'windowMs') ??
    both(unit !== 'none', maximum, 'maximum');
  if (wrong !== undefined) return wrong;
  if (unit !== 'none' && (instruments ?? sides) !== undefined)
    return ['instruments', `${measure} has neither instruments nor sides; its scope may`];
  if (unit === 'none' && (instruments ?? sides) === undefined)
    return ['instruments', `${measure} needs instruments, sides or both`];
  const isWhole = unit === 'count' || unit === 'milliseconds';
  if (isWhole && !/^\d{1,12}$/.test(maximum ?? '')) return ['maximum', `${measure} is a whole number`];
  if (scope.provider !== undefined && !ofProviders.has(measure))
    return ['measure', `${measure} is not limited by provider`];
  return undefined;
}
