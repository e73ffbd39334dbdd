/**
 * One source's states of one instrument, one after the other without holes, with the instants at which they
 * really changed: what changed is said when it is known, which may be later. Worse is taken at once. Better
 * costs a token, of which there are few: what changes all the time stays bad, is one span, and says so.
 */
import { isTrouble, rankOf, type QualityState, type Span } from './state.ts';

/** Changes for the better: at once, and then one in so many milliseconds. */
export const changesMax = 20;
export const changeEveryMs = 5_000;

export class Timeline {
  readonly source: string;
  readonly instrument: string;
  readonly #closed: Span[] = [];
  #state: QualityState;
  #why: string;
  #fromMs: number;
  #peak = 0;
  #isConflated = false;
  /** Somebody was told that it is open. */
  #isTold = false;
  #tokens = changesMax;
  #refilledMs: number;

  constructor(source: string, instrument: string, state: QualityState, atMs: number, why = '') {
    this.source = source;
    this.instrument = instrument;
    this.#state = state;
    this.#why = why;
    this.#fromMs = atMs;
    this.#refilledMs = atMs;
  }

  get state(): QualityState {
    return this.#state;
  }

  get fromMs(): number {
    return this.#fromMs;
  }

  get isConflated(): boolean {
    return this.#isConflated;
  }

  get span(): Span {
    return {
      source: this.source,
      instrument: this.instrument,
      state: this.#state,
      fromMs: this.#fromMs,
      toMs: undefined,
      why: this.#why,
      peak: this.#peak,
      isConflated: this.#isConflated,
    };
  }

  /** From `atMs` on; what was there before the present state stays. */
  become(state: QualityState, atMs: number, why = '', peak = 0): void {
    if (state === this.#state && (state !== 'EXCUSED' || why === this.#why)) {
      if (peak > this.#peak) this.#peak = peak;
      return;
    }
    if (!this.#mayChange(state, atMs)) {
      this.#isConflated = true;
      return;
    }
    // A trouble that was told has been, if only for a moment.
    const isKept = this.#isTold && isTrouble(this.#state);
    const fromMs = Math.max(atMs, isKept ? this.#fromMs + 1 : this.#fromMs);
    this.#begin(state, fromMs, why, peak);
  }

  /** Between two images some are missing: what was good then was not. */
  lost(fromMs: number, toMs: number, missing: number): void {
    const from = Math.max(fromMs, this.#fromMs);
    if (this.#state !== 'GOOD' || from >= toMs) return;
    this.#begin('GAP', from, 'sequence', missing);
  }

  /** Ends it for good. */
  end(atMs: number): void {
    this.#close(Math.max(atMs, this.#fromMs));
  }

  /** What has closed since the last time, in order, and what is open if that is new. */
  drain(): readonly Span[] {
    if (this.#closed.length === 0 && this.#isTold) return nothing;
    const spans = this.#closed.splice(0);
    if (!this.#isTold) spans.push(this.span);
    this.#isTold = true;
    return spans;
  }

  /** It has ended and nothing is open. */
  drainEnded(): readonly Span[] {
    return this.#closed.splice(0);
  }

  #mayChange(state: QualityState, atMs: number): boolean {
    if (decided.includes(this.#state)) return true;
    if (rankOf(state) > rankOf(this.#state)) return true;
    const refills = Math.floor((atMs - this.#refilledMs) / changeEveryMs);
    if (refills > 0) {
      this.#tokens = Math.min(changesMax, this.#tokens + refills);
      this.#refilledMs += refills * changeEveryMs;
    }
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #begin(state: QualityState, fromMs: number, why: string, peak: number): void {
    this.#close(fromMs);
    this.#state = state;
    this.#why = why;
    this.#fromMs = fromMs;
    this.#peak = peak;
    this.#isConflated = false;
    this.#isTold = false;
  }

  #close(toMs: number): void {
    if (toMs > this.#fromMs) this.#closed.push({ ...this.span, toMs });
  }
}

const nothing: readonly Span[] = [];
/** The schedule and what is known of the channel or of ourselves changes seldom, and is never held back. */
const decided: readonly QualityState[] = ['EXCUSED', 'UNKNOWN', 'DOWN'];
