/**
 * Latencies of one session in a fixed table of buckets: noting one allocates nothing and costs a few
 * instructions. Sixteen buckets per power of two, so a value read is at most 6 % above the true one.
 */
import type { LatencyReading } from '../session/application.ts';

const SUB_BITS = 4;
const SUB = 1 << SUB_BITS;
const BUCKETS = (31 - SUB_BITS + 1) * SUB;
/** About 18 minutes; what is longer counts as this long. */
const MICROS_MAX = 0x3fff_ffff;

export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #max = 0;

  /** `micros`: microseconds, a fraction is dropped; less than 0 counts as 0. `times`: how often. */
  note(micros: number, times = 1): void {
    const value = micros > 0 ? Math.min(micros, MICROS_MAX) | 0 : 0;
    this.#counts[bucketOf(value)] += times;
    this.#count += times;
    if (value > this.#max) this.#max = value;
  }

  /** Allocates; for operators and metrics. */
  read(): LatencyReading {
    return {
      count: this.#count,
      p50: this.#quantile(0.5),
      p99: this.#quantile(0.99),
      p999: this.#quantile(0.999),
      max: this.#max,
    };
  }

  /** Upper end of the bucket that holds the quantile. */
  #quantile(share: number): number {
    let left = Math.ceil(this.#count * share);
    if (left === 0) return 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket];
      if (left <= 0) return Math.min(upperEnd(bucket), this.#max);
    }
    return this.#max;
  }
}

function bucketOf(value: number): number {
  if (value < SUB) return value;
  const exponent = 31 - Math.clz32(value);
  return (exponent - SUB_BITS + 1) * SUB + ((value >> (exponent - SUB_BITS)) & (SUB - 1));
}

function upperEnd(bucket: number): number {
  if (bucket < SUB) return bucket;
  const shift = (bucket >> SUB_BITS) - 1;
  return ((SUB + (bucket & (SUB - 1)) + 1) << shift) - 1;
}
