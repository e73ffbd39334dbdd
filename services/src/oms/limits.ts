/** A firm's limits as decisions read them, of the documents that mean it. */
import { bigPowerOfTen, parseBigDecimal } from '@tidegate/core/number/decimal';
import {
  BASE_SCALE,
  EACH,
  termsOf,
  VALUE_SCALE,
  type Limit,
  type LimitScope,
} from '@tidegate/core/risk/limit';
import type { LimitDocument } from '@tidegate/wire/configuration';

/** Decimals that the configuration takes. */
const textScale = 16;

/** In the order of their ids, so that every process refuses for the same one. */
export function limitsOf(documents: Iterable<LimitDocument>, firm: string): readonly Limit[] {
  return [...documents]
    .filter(({ enabled, scope }) => enabled && (scope.firm === EACH || scope.firm === firm))
    .toSorted((left, right) => (left.id < right.id ? -1 : 1))
    .map(limitOf);
}

function limitOf(document: LimitDocument): Limit {
  const { id, measure, currency = '', windowMs = 0, warnPercents, action, instruments, sides } = document;
  return {
    id,
    measure,
    scope: scopeOf(document),
    currency,
    windowMs,
    maximum: amountOf(document),
    warnPercents: [...warnPercents].toSorted((left, right) => left - right),
    action,
    ...(instruments === undefined ? {} : { instruments: new Set(instruments) }),
    ...(sides === undefined ? {} : { sides: new Set(sides) }),
  };
}

function scopeOf({ scope }: LimitDocument): LimitScope {
  const { firm: _firm, ...rest } = scope;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as LimitScope;
}

/** What is finer than the scale is rounded against the client: a maximum down, a minimum up. */
function amountOf({ id, measure, maximum = '0' }: LimitDocument): bigint {
  const exact = parseBigDecimal(maximum, textScale);
  if (exact === undefined) throw new Error(`limit ${id}: its maximum has more than ${textScale} decimals`);
  const { unit, isMinimum } = termsOf(measure);
  const scale = unit === 'money' ? VALUE_SCALE : unit === 'quantity' ? BASE_SCALE : 0;
  const divisor = bigPowerOfTen(textScale - scale);
  return isMinimum === true ? (exact + divisor - 1n) / divisor : exact / divisor;
}
