/** Rounds come again whatever becomes of one, one at a time, and end with the process. */
import { expect, it, vi } from 'vitest';
import { silentLog } from '../testing/database.ts';
import { Rounds } from './rounds.ts';

it('come again after a failure, never two at once, and not after the end', async () => {
  vi.useFakeTimers();
  const done: string[] = [];
  let active = 0;
  const warn = vi.spyOn(silentLog, 'warn');
  const work = (name: string) => async (): Promise<void> => {
    expect((active += 1)).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    active -= 1;
    done.push(name);
    if (name === 'bad') throw new Error('once more');
  };
  const rounds = new Rounds(
    [
      { name: 'good', everyMs: 100, run: work('good') },
      { name: 'bad', everyMs: 1_000, run: work('bad') },
    ],
    silentLog,
  );
  rounds.start();
  await vi.advanceTimersByTimeAsync(1_100);
  expect(done.filter((name) => name === 'good').length).toBeGreaterThanOrEqual(9);
  expect(done.filter((name) => name === 'bad').length).toBe(2);
  expect(warn).toHaveBeenCalledWith(expect.objectContaining({ round: 'bad' }), expect.any(String));
  const stopped = rounds.stop();
  await vi.advanceTimersByTimeAsync(20);
  await stopped;
  const { length } = done;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(done.length).toBe(length);
  vi.useRealTimers();
});

it('tell the one that is under way that the process stops', async () => {
  let told: AbortSignal | undefined;
  const run = (signal: AbortSignal): Promise<void> => {
    told = signal;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  };
  const rounds = new Rounds([{ name: 'long', everyMs: 1, run }], silentLog);
  rounds.start();
  await vi.waitFor(() => expect(told).toBeDefined());
  await rounds.stop();
  expect(told?.aborted).toBe(true);
});
