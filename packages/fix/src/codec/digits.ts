/** Numbers as digits, and the sum over a frame: the encoder's innermost loops. */

/** Decimal digits of a natural number. */
export function digitsOf(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4;
  let digits = 5;
  for (let limit = 100_000; limit <= value; limit *= 10) digits++;
  return digits;
}

/**
 * Writes the last `count` digits of `value`, leading zeros included, so that they end before `end`; returns
 * the others.
 */
export function writeDigits(bytes: Uint8Array, end: number, value: number, count: number): number {
  let at = end;
  const start = end - count;
  let rest = value;
  // Beyond 31 bits integer division is not available.
  while (rest > 0x3fff_ffff && at > start) {
    const tenth = Math.floor(rest / 10);
    bytes[--at] = 0x30 + (rest - tenth * 10);
    rest = tenth;
  }
  if (at === start) return rest;
  let small = rest | 0;
  while (at > start) {
    const tenth = (small / 10) | 0;
    bytes[--at] = 0x30 + small - tenth * 10;
    small = tenth;
  }
  return small;
}

/** Sum of the bytes [start, end), modulo 256; four at a time, `words` being the same buffer. */
export function checksum(bytes: Uint8Array, words: Int32Array, start: number, end: number): number {
  let sum = 0;
  let i = start;
  while (i < end && (i & 3) !== 0) sum += bytes[i++];
  const lastWord = end >> 2;
  let word = i >> 2;
  while (word < lastWord) {
    // Two 16-bit lanes each hold the sum of 200 bytes without running over.
    const stop = Math.min(lastWord, word + 100);
    let lanes = 0;
    for (; word < stop; word++) {
      lanes = (lanes + (words[word] & 0x00ff_00ff) + ((words[word] >>> 8) & 0x00ff_00ff)) | 0;
    }
    sum += (lanes & 0xffff) + (lanes >>> 16);
  }
  for (i = Math.max(i, lastWord << 2); i < end; i++) sum += bytes[i];
  return sum & 0xff;
}
