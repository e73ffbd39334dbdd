/** What the page knows of the feed: the last word stays in sight and is called old when it is. */
import { describe, expect, it } from 'vitest';
import type { BloombergStatus } from '@tidegate/wire/bloomberg';
import { newReading, oldAfterMs, pollMs, readFeed, type FeedInput } from './feed.reading.ts';

const statusOf = (rows: number): BloombergStatus =>
  ({ state: 'up', subscriptions: { rows: Array.from({ length: rows }) } }) as BloombergStatus;
const status = statusOf(1);
const run = (...inputs: FeedInput[]) => inputs.reduce(readFeed, newReading(0));

describe('readFeed', () => {
  it('knows the feed, or that nobody runs it', () => {
    expect(run({ kind: 'answer', status, nowMs: 10 })).toMatchObject({ phase: 'known', status, heardMs: 10 });
    const absent = run({ kind: 'answer', status, nowMs: 10 }, { kind: 'answer', status: null, nowMs: 20 });
    expect(absent).toMatchObject({ phase: 'absent', status: null });
  });

  it('says why it knows nothing yet', () => {
    const reading = run({ kind: 'failure', text: 'No answer', nowMs: 10 });
    expect(reading).toMatchObject({ phase: 'loading', status: null, failure: 'No answer' });
  });

  it('keeps the last status over a failure and takes the next answer', () => {
    const failed = run(
      { kind: 'answer', status, nowMs: 0 },
      { kind: 'failure', text: 'No answer', nowMs: 1_000 },
    );
    expect(failed).toMatchObject({ phase: 'known', status, failure: 'No answer', isOld: false });
    expect(readFeed(failed, { kind: 'answer', status, nowMs: 2_000 })).toMatchObject({ failure: '' });
  });

  it('becomes old with time alone, and young with an answer', () => {
    const known = run({ kind: 'answer', status, nowMs: 0 });
    const still = readFeed(known, { kind: 'tick', nowMs: oldAfterMs });
    expect(still).toBe(known);
    const old = readFeed(known, { kind: 'tick', nowMs: oldAfterMs + 1 });
    expect(old.isOld).toBe(true);
    expect(readFeed(old, { kind: 'answer', status, nowMs: oldAfterMs + 2 }).isOld).toBe(false);
  });
});

it('asks less often for a long list', () => {
  expect([pollMs(null), pollMs(statusOf(100)), pollMs(statusOf(101))]).toEqual([1_000, 1_000, 3_000]);
});
