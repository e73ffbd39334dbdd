/**
 * Bloomberg's last price of every instrument, outside React, fed by the stream's channel `indicative`
 * (`desk.ts`) and painted into tiles by `indicative.painter.ts`. For information only: nothing that deals
 * reads it.
 */
import { bloombergFeed, type IndicativeView } from '@tidegate/wire/bloomberg';
import { Cell } from '../cell.ts';

export interface HeldIndicative {
  readonly view: IndicativeView;
  /** Monotonic local time of its arrival, ms; the price's age now is `ageMs + (now - arrivedMs)`. */
  readonly arrivedMs: number;
}

export class IndicativePrices {
  /** The server has given a snapshot: there is a feed and this user may read it. */
  readonly isPermitted = new Cell(false);
  readonly #held = new Map<string, HeldIndicative>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #isConnected = false;

  get(instrument: string): HeldIndicative | undefined {
    return this.#held.get(instrument);
  }

  /** False: the stream is away, and what is held may be of any age. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /**
   * A snapshot takes the place of everything. An update that is older than what is held is dropped; one of
   * the same sequence is taken, for a price becomes stale or delayed without a new message.
   */
  apply(op: 'snapshot' | 'update', views: readonly IndicativeView[], nowMs: number): void {
    const ours = views.filter(({ feed }) => feed === bloombergFeed);
    if (op === 'snapshot') this.#begin(new Set(ours.map(({ instrument }) => instrument)));
    for (const view of ours) {
      const held = this.#held.get(view.instrument);
      if (op === 'update' && held !== undefined && isOvertaken(view, held.view)) continue;
      this.#held.set(view.instrument, { view, arrivedMs: nowMs });
      this.#tell(view.instrument);
    }
  }

  /** The stream is lost: everything shown is marked until the next snapshot. */
  disconnect(): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    for (const instrument of this.#listeners.keys()) this.#tell(instrument);
  }

  /** The server refuses the channel to this user, or knows no feed. */
  refuse(): void {
    this.isPermitted.set(false);
    for (const instrument of [...this.#held.keys()]) this.#drop(instrument);
  }

  /** Called at once with each change of the instrument's price. */
  listen(instrument: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(instrument) ?? new Set();
    this.#listeners.set(instrument, listeners.add(listener));
    return () => {
      listeners.delete(listener);
    };
  }

  #begin(present: ReadonlySet<string>): void {
    this.#isConnected = true;
    this.isPermitted.set(true);
    for (const instrument of [...this.#held.keys()]) if (!present.has(instrument)) this.#drop(instrument);
  }

  #drop(instrument: string): void {
    this.#held.delete(instrument);
    this.#tell(instrument);
  }

  #tell(instrument: string): void {
    for (const listener of this.#listeners.get(instrument) ?? []) listener();
  }
}

function isOvertaken(view: IndicativeView, held: IndicativeView): boolean {
  return view.sequence < held.sequence && view.receivedAtMs <= held.receivedAtMs;
}

/** Age of the price, ms. */
export function indicativeAgeMs(held: HeldIndicative, nowMs: number): number {
  return Math.max(0, held.view.ageMs + (nowMs - held.arrivedMs));
}
