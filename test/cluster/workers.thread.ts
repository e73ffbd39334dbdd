/**
 * The jobs of the test that kills and freezes workers: a little work, sometimes broken off, and an effect.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import type { JobRun } from '../../services/src/worker/kind.ts';
import { serveJobs } from '../../services/src/worker/thread.ts';

type Run = JobRun<{ readonly n: number }, undefined>;

const effect: Run = async ({ input: { n }, progress }) => {
  progress(0.5, 'half');
  await delay((n * 7) % 300);
  if (n % 17 === 0 && Math.random() < 0.5) throw new Error('broken off');
  return {
    result: n,
    effects: [{ what: 'file', name: String(n), mediaType: 'text/plain', content: Buffer.from(String(n)) }],
  };
};

/** Alive and well, and getting nowhere. */
const stuck: Run = async () => {
  for (;;) await delay(1_000);
};

/** Does not even let its thread breathe. */
const spinning: Run = () => {
  for (;;);
};

const greedy: Run = ({ progress }) => {
  const held: number[][] = [];
  for (;;) {
    held.push(Array.from({ length: 100_000 }, (_, index) => index + held.length));
    progress(0);
  }
};

serveJobs(parentPort!, { effect, stuck, spinning, greedy }, () => Promise.resolve(undefined));
