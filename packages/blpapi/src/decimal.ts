/**
 * From Bloomberg's doubles to decimal text. The library hands prices out as doubles that were made from
 * decimal text; the shortest text that reads back as the same double is that text for up to 15 significant
 * digits. No arithmetic happens on the way.
 */

/**
 * Plain decimal text of a finite number, never with an exponent. With `scale`, undefined when more than
 * `scale` digits behind the point would be needed: the caller decides what to do, nothing is rounded here.
 */
export function decimalText(value: number, scale?: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  const text = plain(String(value));
  if (scale === undefined) return text;
  const point = text.indexOf('.');
  const digits = point < 0 ? 0 : text.length - point - 1;
  return digits > scale ? undefined : text;
}

/** `1.5e-7` → `0.00000015`, `1e21` → `1000000000000000000000`, `-0` → `0`. */
function plain(text: string): string {
  const found = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (found === null) return text;
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = found;
  const exponent = Number(exponentText);
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
