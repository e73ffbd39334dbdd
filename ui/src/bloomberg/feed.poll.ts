/** Asks the API for the feed's status while the page is in sight; the next question follows the answer. */
import { useEffect, useReducer } from 'react';
import type { Api } from '../api/client.ts';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';
import { newReading, pollMs, readFeed, type FeedInput, type FeedReading } from './feed.reading.ts';

const TICK_MS = 1_000;

export function useFeedReading(): FeedReading {
  const { api } = useDesk();
  const [reading, step] = useReducer(readFeed, performance.now(), newReading);
  useEffect(() => {
    let hasLeft = false;
    let isAsking = false;
    let next: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      clearTimeout(next);
      if (hasLeft || isAsking || document.visibilityState !== 'visible') return;
      isAsking = true;
      const input = await question(api);
      isAsking = false;
      if (hasLeft) return;
      step(input);
      next = setTimeout(() => void ask(), pollMs(input.kind === 'answer' ? input.status : null));
    };
    const askInSight = (): void => void ask();
    askInSight();
    document.addEventListener('visibilitychange', askInSight);
    const tick = setInterval(() => step({ kind: 'tick', nowMs: performance.now() }), TICK_MS);
    return () => {
      hasLeft = true;
      clearTimeout(next);
      clearInterval(tick);
      document.removeEventListener('visibilitychange', askInSight);
    };
  }, [api]);
  return reading;
}

async function question(api: Api): Promise<Exclude<FeedInput, { kind: 'tick' }>> {
  try {
    const { status } = await api.bloomberg();
    return { kind: 'answer', status, nowMs: performance.now() };
  } catch (error) {
    return { kind: 'failure', text: problemText(error), nowMs: performance.now() };
  }
}
