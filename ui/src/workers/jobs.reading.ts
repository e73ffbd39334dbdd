/** What the page reads by REST, every few seconds while it is open and after each answer. */
import type { JobView, QueueView, WorkerView } from '@tidegate/wire/jobs';
import { useCallback, useEffect, useState } from 'react';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';

const againMs = 2_000;

interface Held {
  readonly jobs: readonly JobView[];
  readonly queues: readonly QueueView[];
  readonly workers: readonly WorkerView[];
  readonly problem: string;
}

export function useJobs(state: string): Held & { readonly again: () => void } {
  const { api } = useDesk();
  const [held, setHeld] = useState<Held>({ jobs: [], queues: [], workers: [], problem: '' });
  const [asked, ask] = useState(0);
  const again = useCallback(() => ask((count) => count + 1), []);
  useEffect(() => {
    let isWanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      try {
        const [{ items }, queues, workers] = await Promise.all([
          api.jobs(state),
          api.queues(),
          api.workers(),
        ]);
        if (isWanted) setHeld({ jobs: items, queues, workers, problem: '' });
      } catch (error) {
        if (isWanted) setHeld((now) => ({ ...now, problem: problemText(error) }));
      }
      if (isWanted) timer = setTimeout(() => void read(), againMs);
    };
    void read();
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [api, state, asked]);
  return { ...held, again };
}
