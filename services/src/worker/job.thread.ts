/**
 * A thread for jobs as the worker sees it: one job at a time, with limits of time, silence and memory. One
 * that breaks a limit is ended with its thread, whatever it does; the next job has a new one.
 */
import type { Worker as Thread } from 'node:worker_threads';
import type { Attempt, Failure, Outcome } from '@tidegate/platform/jobs/job';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { JobTerms } from '@tidegate/wire/jobs';
import type { FromThread, ToThread } from './kind.ts';

export type Ended = { readonly outcome: Outcome } | { readonly failure: Failure };

export interface JobThreadOptions {
  readonly make: () => Thread;
  readonly clock: Pick<Clock, 'monoMs'>;
}

/** How often the limits are looked at. */
const lookMs = 500;

export class JobThread {
  private readonly options: JobThreadOptions;
  private thread: Thread | undefined;
  private finish: ((ended: Ended) => void) | undefined;
  private heardMs = 0;
  progress = { done: 0, text: '' };

  constructor(options: JobThreadOptions) {
    this.options = options;
  }

  run(attempt: Attempt, limits: Pick<JobTerms, 'timeMsMax' | 'silentMsMax'>): Promise<Ended> {
    const { clock } = this.options;
    const thread = (this.thread ??= this.begin());
    const startedMs = clock.monoMs();
    this.heardMs = startedMs;
    this.progress = { done: 0, text: '' };
    const { id, kind, firm, input } = attempt;
    return new Promise<Ended>((resolve) => {
      const timer = setInterval(() => {
        const nowMs = clock.monoMs();
        if (nowMs - startedMs > limits.timeMsMax)
          this.end({ code: 'JOB_TIMEOUT', text: `not done after ${limits.timeMsMax} ms` });
        else if (nowMs - this.heardMs > limits.silentMsMax)
          this.end({ code: 'JOB_STUCK', text: `no progress for ${limits.silentMsMax} ms` });
      }, lookMs).unref();
      this.finish = (ended) => {
        clearInterval(timer);
        this.finish = undefined;
        resolve(ended);
      };
      thread.postMessage({ what: 'run', id, kind, firm, input } satisfies ToThread);
    });
  }

  /** Whatever it does. */
  end(failure: Failure): void {
    const { thread } = this;
    this.thread = undefined;
    thread?.removeAllListeners();
    thread?.on('error', () => undefined);
    void thread?.terminate();
    this.finish?.({ failure });
  }

  private begin(): Thread {
    const thread = this.options.make();
    thread.on('message', (message: FromThread) => {
      this.heardMs = this.options.clock.monoMs();
      if (message.what === 'progress') this.progress = message;
      else if (message.what === 'outcome') this.finish?.({ outcome: message.outcome });
      else this.finish?.({ failure: message.failure });
    });
    thread.on('error', (error: Error & { readonly code?: string }) => {
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      const code = isMemory ? 'JOB_OUT_OF_MEMORY' : 'JOB_CRASHED';
      this.end({ code, text: error.message });
    });
    thread.on('exit', (code) => this.end({ code: 'JOB_CRASHED', text: `its thread ended with ${code}` }));
    return thread;
  }
}
