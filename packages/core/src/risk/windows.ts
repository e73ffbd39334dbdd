/** Counts over a time that moves on: orders of any kind, and those that are equal. */
import { WINDOW_BUCKETS } from './limit.ts';

/**
 * Counts in buckets of a twentieth of the window and looks at one more than it takes: at no moment are there
 * more in the window than it says. Time that steps back counts as no time passed.
 */
export class Window {
  readonly #bucketMs: number;
  readonly #counts: number[] = new Array<number>(WINDOW_BUCKETS + 1).fill(0);
  #newest = 0;
  #count = 0;

  constructor(windowMs: number) {
    this.#bucketMs = Math.max(1, Math.ceil(windowMs / WINDOW_BUCKETS));
  }

  note(atMs: number): void {
    this.#turnTo(atMs);
    this.#counts[this.#newest % this.#counts.length]! += 1;
    this.#count += 1;
  }

  count(nowMs: number): number {
    this.#turnTo(nowMs);
    return this.#count;
  }

  #turnTo(atMs: number): void {
    const bucket = Math.floor(atMs / this.#bucketMs);
    if (bucket <= this.#newest) return;
    const { length } = this.#counts;
    for (let step = Math.min(bucket - this.#newest, length); step > 0; step -= 1) {
      const at = (bucket - step + 1) % length;
      this.#count -= this.#counts[at]!;
      this.#counts[at] = 0;
    }
    this.#newest = bucket;
  }
}

/** How often the same was there within the window. */
export class Equals {
  readonly #windowMs: number;
  readonly #counts = new Map<string, number>();
  #queue: { readonly content: string; readonly atMs: number }[] = [];
  #head = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  note(content: string, atMs: number): void {
    this.#forget(atMs);
    this.#queue.push({ content, atMs });
    this.#counts.set(content, (this.#counts.get(content) ?? 0) + 1);
  }

  count(content: string, nowMs: number): number {
    this.#forget(nowMs);
    return this.#counts.get(content) ?? 0;
  }

  #forget(nowMs: number): void {
    for (let oldest = this.#queue[this.#head]; oldest !== undefined; oldest = this.#queue[this.#head]) {
      if (nowMs - oldest.atMs <= this.#windowMs) break;
      this.#head += 1;
      const left = this.#counts.get(oldest.content)! - 1;
      if (left === 0) this.#counts.delete(oldest.content);
      else this.#counts.set(oldest.content, left);
    }
    if (this.#head <= 1_024 || this.#head * 2 <= this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }
}
