/**
 * A set of names of which only fingerprints of 60 bits are kept, about 6.2 bytes each: for names that must be
 * recognised by the million. What was added is always found. What was not is found with a probability of
 * (names kept) / 2^60: of six million names added one after the other in a day, one is taken for another that
 * came before it once in 64,000 such days.
 */
const BUCKET_BITS = 12;
const BUCKETS = 2 ** BUCKET_BITS;
/** Entries of one bucket that are allocated together, and chunks that are. Nothing is ever moved. */
const CHUNK = 32;
const SLAB_CHUNKS = 128;

/** 28 and 32 bits. */
export interface Fingerprint {
  readonly high: number;
  readonly low: number;
}

interface Slab {
  readonly low: Uint32Array;
  /** The 16 bits of `high` that the bucket does not say. */
  readonly rest: Uint16Array;
  /** The chunk of the same bucket before; -1: none. */
  readonly before: Int32Array;
}

export class Fingerprints {
  /** Of each bucket: its newest chunk, and how many entries it has. */
  #newest: Int32Array | undefined;
  #sizes: Int32Array | undefined;
  readonly #slabs: Slab[] = [];
  #chunks = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has({ high, low }: Fingerprint): boolean {
    if (this.#newest === undefined || this.#sizes === undefined) return false;
    const bucket = high >>> 16;
    const rest = high & 0xffff;
    let chunk = this.#newest[bucket] as number;
    let end = ((this.#sizes[bucket] as number) - 1) % CHUNK;
    while (chunk >= 0) {
      const slab = this.#slabOf(chunk);
      const start = (chunk % SLAB_CHUNKS) * CHUNK;
      for (let at = start; at <= start + end; at += 1)
        if (slab.low[at] === low && slab.rest[at] === rest) return true;
      chunk = slab.before[chunk % SLAB_CHUNKS] as number;
      end = CHUNK - 1;
    }
    return false;
  }

  add({ high, low }: Fingerprint): void {
    const newest = (this.#newest ??= new Int32Array(BUCKETS).fill(-1));
    const sizes = (this.#sizes ??= new Int32Array(BUCKETS));
    const bucket = high >>> 16;
    const size = sizes[bucket] as number;
    if (size % CHUNK === 0) newest[bucket] = this.#chunk(newest[bucket] as number);
    const chunk = newest[bucket] as number;
    const at = (chunk % SLAB_CHUNKS) * CHUNK + (size % CHUNK);
    const slab = this.#slabOf(chunk);
    slab.low[at] = low;
    slab.rest[at] = high & 0xffff;
    sizes[bucket] = size + 1;
    this.#size += 1;
  }

  /**
   * What is there now, whatever is added meanwhile: entries of whole buckets, `least` or a bucket more at a
   * time, as numbers (high, low, high, …); at last undefined.
   */
  view(): (least: number) => readonly number[] | undefined {
    const sizes = this.#sizes?.slice();
    let bucket = 0;
    return (least) => {
      const numbers: number[] = [];
      for (; sizes !== undefined && bucket < BUCKETS && numbers.length < 2 * least; bucket += 1)
        this.#copy(bucket, sizes[bucket] as number, numbers);
      return numbers.length === 0 ? undefined : numbers;
    };
  }

  /** The oldest `size` entries of a bucket, in the order in which they came. */
  #copy(bucket: number, size: number, into: number[]): void {
    const chunks: number[] = [];
    let chunk = size === 0 ? -1 : (this.#newest?.[bucket] as number);
    for (; chunk >= 0; chunk = this.#slabOf(chunk).before[chunk % SLAB_CHUNKS] as number) chunks.push(chunk);
    for (let at = 0; at < size; at += 1) {
      const from = chunks[chunks.length - 1 - Math.floor(at / CHUNK)] as number;
      const slab = this.#slabOf(from);
      const place = (from % SLAB_CHUNKS) * CHUNK + (at % CHUNK);
      into.push(bucket * 2 ** 16 + (slab.rest[place] as number), slab.low[place] as number);
    }
  }

  #chunk(before: number): number {
    const chunk = this.#chunks;
    if (chunk % SLAB_CHUNKS === 0) {
      const entries = SLAB_CHUNKS * CHUNK;
      this.#slabs.push({
        low: new Uint32Array(entries),
        rest: new Uint16Array(entries),
        before: new Int32Array(SLAB_CHUNKS),
      });
    }
    this.#chunks += 1;
    this.#slabOf(chunk).before[chunk % SLAB_CHUNKS] = before;
    return chunk;
  }

  #slabOf(chunk: number): Slab {
    return this.#slabs[Math.floor(chunk / SLAB_CHUNKS)] as Slab;
  }
}

/** Two mixed lanes, each fed with all characters: names that differ little have nothing in common. */
export function fingerprintOf(text: string): Fingerprint {
  let one = 0x9e3779b9 ^ text.length;
  let two = 0x85ebca6b;
  for (let at = 0; at < text.length; at += 2) {
    // A last single character is followed by nothing, which the length tells from NUL.
    const pair = text.charCodeAt(at) | ((at + 1 < text.length ? text.charCodeAt(at + 1) : 0) << 16);
    one = turn(one ^ Math.imul(turn(Math.imul(pair, 0x239b961b), 15), 0x38b34ae5), 19);
    one = (Math.imul(one + two, 5) + 0x561ccd1b) | 0;
    two = turn(two ^ Math.imul(turn(Math.imul(pair, 0xab0e9789), 17), 0xa1e38b93), 13);
    two = (Math.imul(two + one, 5) + 0x0bcaa747) | 0;
  }
  one = (one + two) | 0;
  two = (two + one) | 0;
  one = spread(one);
  two = spread(two);
  one = (one + two) | 0;
  two = (two + one) | 0;
  return { high: one >>> 4, low: two >>> 0 };
}

const turn = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

function spread(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x7feb352d);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}
