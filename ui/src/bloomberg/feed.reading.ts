/**
 * What the Bloomberg page knows of the feed, as a reducer: answers, failures and the passing of time in;
 * what to show out. The last status stays in sight when the API does not answer, and is said to be old.
 */
import type { BloombergStatus } from '@tidegate/wire/bloomberg';

export interface FeedReading {
  /** `absent`: the API answers, but no process of the platform tells of the feed. */
  readonly phase: 'loading' | 'known' | 'absent';
  readonly status: BloombergStatus | null;
  /** Monotonic local time of the last answer, ms. */
  readonly heardMs: number;
  /** Why the last question was not answered; empty when it was. */
  readonly failure: string;
  /** No answer for so long that what is shown must not be taken for now. */
  readonly isOld: boolean;
}

export type FeedInput =
  | { readonly kind: 'answer'; readonly status: BloombergStatus | null; readonly nowMs: number }
  | { readonly kind: 'failure'; readonly text: string; readonly nowMs: number }
  | { readonly kind: 'tick'; readonly nowMs: number };

export const oldAfterMs = 5_000;

export const newReading = (nowMs: number): FeedReading => ({
  phase: 'loading',
  status: null,
  heardMs: nowMs,
  failure: '',
  isOld: false,
});

export function readFeed(reading: FeedReading, input: FeedInput): FeedReading {
  switch (input.kind) {
    case 'answer':
      return {
        phase: input.status === null ? 'absent' : 'known',
        status: input.status,
        heardMs: input.nowMs,
        failure: '',
        isOld: false,
      };
    case 'failure':
      return { ...reading, failure: input.text, isOld: isOld(reading, input.nowMs) };
    case 'tick': {
      const old = isOld(reading, input.nowMs);
      return old === reading.isOld ? reading : { ...reading, isOld: old };
    }
  }
}

const isOld = ({ heardMs }: FeedReading, nowMs: number): boolean => nowMs - heardMs > oldAfterMs;

const pollEveryMs = 1_000;
const pollManyEveryMs = 3_000;
const manyRows = 100;

/** The service tells each second; a long list of subscriptions is read less often. */
export const pollMs = (status: BloombergStatus | null): number =>
  (status?.subscriptions.rows.length ?? 0) > manyRows ? pollManyEveryMs : pollEveryMs;
