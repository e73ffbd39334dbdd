/**
 * What booking a case does to its order and its position: as they stand now, and as they would stand. A
 * picture for whoever decides; the partition's owner decides by what is so then.
 */
import { formatBigDecimal, parseBigDecimal } from '@tidegate/core/number/decimal';
import type { CaseDetail } from '@tidegate/wire/cases';

export interface EffectRow {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

/** Lots that the order's filled quantity changes by; undefined where that is not known. */
function changeOf(one: CaseDetail, given: string | undefined, scale: number): bigint | undefined {
  const lots = (text: string | null | undefined): bigint | undefined =>
    text === null || text === undefined ? undefined : parseBigDecimal(text, scale);
  const quantity = lots(given ?? one.quantity);
  if (one.action === null || one.action === 'fill') return quantity;
  // Taken back already: nothing of it stands.
  const booked = one.execution?.execType === 'cancel' ? 0n : lots(one.execution?.quantity);
  if (booked === undefined) return undefined;
  if (one.action === 'bust') return -booked;
  return quantity === undefined ? undefined : quantity - booked;
}

/** `given`: a quantity in place of the proposed one. Undefined: it can't be said. */
export function effectOf(one: CaseDetail, given?: string): readonly EffectRow[] | undefined {
  const { order, quantityScale: scale } = one;
  if (order === null || scale === null) return undefined;
  const change = changeOf(one, given, scale);
  const filled = parseBigDecimal(order.filledQuantity, scale);
  const ordered = parseBigDecimal(order.quantity, scale);
  const held = parseBigDecimal(one.position?.quantity ?? '0', scale);
  if (change === undefined || filled === undefined || ordered === undefined || held === undefined)
    return undefined;
  const text = (value: bigint): string => formatBigDecimal(value, scale);
  const isOpen = ['new', 'partiallyFilled', 'pendingCancel'].includes(order.status);
  const left = (done: bigint): string => text(isOpen && ordered > done ? ordered - done : 0n);
  const moved = order.side === 'buy' ? change : -change;
  return [
    { label: 'Order filled', before: text(filled), after: text(filled + change) },
    { label: 'Order left', before: left(filled), after: left(filled + change) },
    { label: `Position ${order.symbol}`, before: text(held), after: text(held + moved) },
  ];
}
