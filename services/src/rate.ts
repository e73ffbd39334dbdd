/**
 * How often somebody may do something: token buckets, one or one per key, bounded in keys. Used where a
 * stranger or a client could ask without end: REST requests, stream messages, FIX questions. Never for what
 * reduces risk.
 */
import type { Clock } from '@tidegate/platform/observe/clock';

export interface RateOptions {
  readonly clock: Clock;
  readonly perSecond: number;
  /** Taken at once after a pause, at most. */
  readonly burst: number;
}

/** One bucket, full at the beginning. */
export class Rate {
  private readonly options: RateOptions;
  private left: number;
  private atMonoMs: number;

  constructor(options: RateOptions) {
    this.options = options;
    this.left = options.burst;
    this.atMonoMs = options.clock.monoMs();
  }

  /** Takes one; false when there is none. */
  take(): boolean {
    const { clock, perSecond, burst } = this.options;
    const now = clock.monoMs();
    this.left = Math.min(burst, this.left + ((now - this.atMonoMs) * perSecond) / 1_000);
    this.atMonoMs = now;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}

const keysMaxDefault = 10_000;

/** A bucket per key. Keys not used for longest are forgotten when there are too many. */
export class Rates {
  private readonly options: RateOptions;
  private readonly keysMax: number;
  private readonly buckets = new Map<string, Rate>();

  constructor(options: RateOptions & { readonly keysMax?: number }) {
    this.options = options;
    this.keysMax = options.keysMax ?? keysMaxDefault;
  }

  take(key: string): boolean {
    const bucket = this.buckets.get(key) ?? new Rate(this.options);
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    if (this.buckets.size > this.keysMax) this.buckets.delete(this.buckets.keys().next().value!);
    return bucket.take();
  }
}
