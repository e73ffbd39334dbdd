/** Decimal text as it crosses an edge: no exponent, no plus sign, at most 30 characters. */
import { z } from 'zod';

export const decimalText = z
  .string()
  .max(30)
  .regex(/^-?\d{1,20}(\.\d{1,12})?$/, 'must be plain decimal text');
export const positiveDecimalText = z
  .string()
  .max(30)
  .regex(/^\d{1,20}(\.\d{1,12})?$/, 'must be plain decimal text')
  .refine((text) => /[1-9]/.test(text), 'must be greater than zero');
/** Ids that become topic tokens or URL parts. */
export const idText = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, - and _ only');
