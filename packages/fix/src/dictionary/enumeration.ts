/**
 * The valid values of one field as a byte table or a small hash table: asked for every field, without
 * allocation.
 */

const EMPTY = new Uint8Array(0);

export class Enumeration {
  /**
   * One byte a character code, 1 where that single character is a valid value; a part of the dictionary's
   * table.
   */
  readonly #single: Uint8Array;
  /** Longer values: open addressing by hash, -1 or the index of the value. */
  readonly #slots: Int32Array;
  readonly #values: Uint8Array[] = [];

  /** `single` has 256 bytes. */
  constructor(values: Iterable<string>, single: Uint8Array) {
    this.#single = single;
    const longer: string[] = [];
    for (const value of values) {
      if (value.length === 1) this.#single[value.charCodeAt(0) & 0xff] = 1;
      else longer.push(value);
    }
    let size = 4;
    while (size < longer.length * 2) size *= 2;
    this.#slots = new Int32Array(longer.length === 0 ? 0 : size).fill(-1);
    for (const value of longer) this.#add(Uint8Array.from(value, (character) => character.charCodeAt(0)));
  }

  /** The bytes [start, end) are one of the values. */
  has(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start === 1) return this.#single[bytes[start]] === 1;
    const slots = this.#slots;
    if (slots.length === 0) return false;
    const mask = slots.length - 1;
    for (let slot = hash(bytes, start, end) & mask; slots[slot] >= 0; slot = (slot + 1) & mask) {
      if (equals(this.#values[slots[slot]] ?? EMPTY, bytes, start, end)) return true;
    }
    return false;
  }

  /** Every value in [start, end), divided by single spaces, is one of the values. */
  hasEach(bytes: Uint8Array, start: number, end: number): boolean {
    let from = start;
    for (let i = start; i <= end; i++) {
      if (i < end && bytes[i] !== 0x20) continue;
      if (!this.has(bytes, from, i)) return false;
      from = i + 1;
    }
    return true;
  }

  #add(value: Uint8Array): void {
    const mask = this.#slots.length - 1;
    let slot = hash(value, 0, value.length) & mask;
    while (this.#slots[slot] >= 0) slot = (slot + 1) & mask;
    this.#slots[slot] = this.#values.push(value) - 1;
  }
}

function hash(bytes: Uint8Array, start: number, end: number): number {
  let h = end - start;
  for (let i = start; i < end; i++) h = (Math.imul(h, 31) + bytes[i]) | 0;
  return h ^ (h >>> 7);
}

function equals(value: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (value.length !== end - start) return false;
  for (let i = 0; i < value.length; i++) {
    if (value[i] !== bytes[start + i]) return false;
  }
  return true;
}
