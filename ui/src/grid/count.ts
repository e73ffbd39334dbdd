/** How many rows are shown, are here, and are on the server. Pure. */
import { groupedDecimal } from '../prices/price.format.ts';

/** The server counts no further. */
const COUNT_MAX = 20_000;

const text = (count: number): string => groupedDecimal(String(count));
const totalText = (total: number): string => `${text(total)}${total >= COUNT_MAX ? ' or more' : ''}`;

/** `12 of 200 loaded, 3,000 in all`; `200 of 3,000` without a filter; `200` when that is all. */
export function countText(shown: number, held: number, total: number | null): string {
  const all = total === null || total <= held ? null : totalText(total);
  if (shown === held) return all === null ? text(held) : `${text(held)} of ${all}`;
  return all === null
    ? `${text(shown)} of ${text(held)}`
    : `${text(shown)} of ${text(held)} loaded, ${all} in all`;
}

/** What a file of rows says when they are not all there are. */
export function loadedWords(
  held: number,
  more: { readonly total: number | null; readonly hasMore: boolean } | undefined,
): readonly string[] {
  if (more?.hasMore !== true) return [];
  return [more.total === null ? `newest ${text(held)}` : `newest ${text(held)} of ${totalText(more.total)}`];
}
