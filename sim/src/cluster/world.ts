/**
 * Time and network of a simulated cluster: events in the order of their time, messages that are late or
 * lost, all drawn from one seed.
 */
import { Random } from '../random.ts';

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class World {
  nowMs = 0;
  /** Share of messages that are lost, each way. */
  lossShare = 0;
  readonly random: Random;
  /** A heap by time. */
  readonly #events: Event[] = [];
  #count = 0;

  constructor(seed: number) {
    this.random = new Random(seed, 'cluster');
  }

  /** From 0 to below `limit`. */
  below(limit: number): number {
    return (this.random.uint32() / 4_294_967_296) * limit;
  }

  at(atMs: number, run: () => void): void {
    const events = this.#events;
    events.push({ atMs, order: (this.#count += 1), run });
    for (let index = events.length - 1; index > 0;) {
      const parent = (index - 1) >> 1;
      if (!isBefore(events[index]!, events[parent]!)) return;
      [events[index], events[parent]] = [events[parent]!, events[index]!];
      index = parent;
    }
  }

  after(delayMs: number, run: () => void): void {
    this.at(this.nowMs + delayMs, run);
  }

  /** Over the network: soon, seldom late, or never. */
  send(arrive: () => void): void {
    if (this.below(1) < this.lossShare) return;
    const delayMs =
      this.below(1) < 0.02 * Math.sign(this.lossShare) ? this.below(5_000) : 0.2 + this.below(3);
    this.after(delayMs, arrive);
  }

  runUntil(endMs: number): void {
    for (;;) {
      const next = this.#events[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#takeFirst();
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = endMs;
  }

  #takeFirst(): void {
    const events = this.#events;
    const last = events.pop()!;
    if (events.length === 0) return;
    events[0] = last;
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let first = index;
      if (left < events.length && isBefore(events[left]!, events[first]!)) first = left;
      if (right < events.length && isBefore(events[right]!, events[first]!)) first = right;
      if (first === index) return;
      [events[index], events[first]] = [events[first]!, events[index]!];
      index = first;
    }
  }
}

const isBefore = (a: Event, b: Event): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
