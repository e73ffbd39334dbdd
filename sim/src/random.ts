/**
 * Seeded randomness of the simulator: xoshiro128** started by splitmix32. The same seed and the same calls
 * give the same numbers on every machine (only integer operations, division by powers of two and one square
 * root constant).
 */

const UINT32 = 4_294_967_296;
const SQRT_3 = Math.sqrt(3);

function hashed(seed: number, label: string): number {
  // FNV-1a over the label, mixed into the seed, so that streams of different labels are unrelated.
  let hash = (0x811c9dc5 ^ (seed >>> 0)) >>> 0;
  for (let index = 0; index < label.length; index += 1) {
    hash = Math.imul(hash ^ label.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** `label` names an independent stream of the same seed. */
  constructor(seed: number, label = '') {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new Error(`seed must be a non-negative integer: ${seed}`);
    }
    let state = hashed(seed % UINT32, `${Math.floor(seed / UINT32)}:${label}`);
    const splitmix = (): number => {
      state = (state + 0x9e3779b9) >>> 0;
      let mixed = state;
      mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return (mixed ^ (mixed >>> 15)) >>> 0;
    };
    this.#a = splitmix();
    this.#b = splitmix();
    this.#c = splitmix();
    // All-zero state would stay zero for ever.
    this.#d = splitmix() | 1;
  }

  /** 0 … 2^32 - 1. */
  uint32(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** [0, 1). */
  unit(): number {
    return this.uint32() / UINT32;
  }

  /** An integer with low ≤ n ≤ high. */
  between(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  /** [low, high). */
  within(low: number, high: number): number {
    return low + this.unit() * (high - low);
  }

  /** Draws even for 0 and 1, so that changing a probability does not shift the stream. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /**
   * Mean 0, variance 1, bounded by ±3.5: the sum of four uniforms (no logarithm, so equal on every engine).
   */
  normal(): number {
    return (this.unit() + this.unit() + this.unit() + this.unit() - 2) * SQRT_3;
  }

  /** Shuffles in place (Fisher–Yates). */
  shuffle<T>(items: T[]): T[] {
    for (let index = items.length - 1; index > 0; index -= 1) {
      const other = this.between(0, index);
      [items[index], items[other]] = [items[other] as T, items[index] as T];
    }
    return items;
  }
}
