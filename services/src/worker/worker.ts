/**
 * A worker: takes jobs whose turn it is, runs each in a thread, and writes what came of it if its try still
 * counts. It says every second that it is alive, takes over what silent workers had, and asks for the jobs
 * that schedules want. Any number of them are equal; they know each other by the database only.
 */
import type { Worker as Thread } from 'node:worker_threads';
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import { nextSlot } from '@tidegate/platform/jobs/cron';
import type { JobQueue } from '@tidegate/platform/jobs/job.queue';
import { JobFenced, type Attempt } from '@tidegate/platform/jobs/job';
import { runDue, type ScheduledJob } from '@tidegate/platform/jobs/schedules';
import { WorkerRows, type WorkerSelf } from '@tidegate/platform/jobs/worker.rows';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Log } from '@tidegate/platform/observe/log';
import type { JobTerms } from '@tidegate/wire/jobs';
import { jobTopic } from '@tidegate/wire/topics';
import { JobThread, type Ended } from './job.thread.ts';

export interface WorkerOptions {
  readonly queue: JobQueue;
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly clock: Pick<Clock, 'monoMs'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly self: WorkerSelf;
  readonly terms: Readonly<Record<string, JobTerms>>;
  readonly schedules: readonly ScheduledJob[];
  readonly makeThread: () => Thread;
  /** At the stop running jobs have so long to end; then they are handed back. */
  readonly graceMs: number;
  /** Somebody asked it to take no more, and the last one has ended. */
  readonly onDrained?: () => void;
  readonly pace?: Partial<Pace>;
}

export interface Pace {
  /** Taken for alive so long after its last word. */
  readonly aliveMs: number;
  readonly busyMs: number;
  readonly idleMs: number;
}

const paceDefault: Pace = { aliveMs: 5_000, busyMs: 1_000, idleMs: 2_000 };
/** Threads without a job stay so long. */
const threadIdleMs = 30_000;
const againMs = 250;

interface Running {
  readonly attempt: Attempt;
  readonly thread: JobThread;
  /** It is not ours any more: what it comes to is nothing. */
  isLost: boolean;
}

export class Worker {
  private readonly options: WorkerOptions;
  private readonly pace: Pace;
  private readonly rows: WorkerRows;
  private readonly running = new Map<string, Running>();
  private readonly ends = new Set<Promise<void>>();
  private readonly idle: { readonly thread: JobThread; readonly sinceMs: number }[] = [];
  private subscription: Subscription | undefined;
  private timer: NodeJS.Timeout | undefined;
  private turning: Promise<void> | undefined;
  private isAskedAgain = false;
  private isStopping = false;
  private nextSlotMs = 0;
  private wasDrained = false;
  isDraining = false;
  completed = 0;
  failed = 0;
  /** Why it can't reach the queue; undefined: it can. */
  trouble: string | undefined = 'not begun';

  constructor(options: WorkerOptions) {
    this.options = options;
    this.pace = { ...paceDefault, ...options.pace };
    this.rows = new WorkerRows(options.queue.database, options.self);
  }

  get runningCount(): number {
    return this.running.size;
  }

  /** Waits for no queue, and leaves the start of the process to the others. */
  start(): void {
    const { bus } = this.options;
    this.subscription = bus.subscribe(jobTopic(), ({ id, state }) => {
      if (state === 'queued' || state === 'canceled' || this.running.has(id)) this.wake();
    });
    this.timer = setTimeout(() => this.wake(), this.pace.idleMs).unref();
  }

  /** Takes no more, waits for what runs, hands back what does not end in time. */
  async stop(): Promise<void> {
    const { graceMs, log, queue } = this.options;
    this.isDraining = true;
    this.isStopping = true;
    this.subscription?.unsubscribe();
    clearTimeout(this.timer);
    await this.turning;
    const beats = setInterval(() => void this.beat().catch(() => undefined), this.pace.busyMs);
    await Promise.race([Promise.allSettled(this.ends), waited(graceMs)]);
    clearInterval(beats);
    for (const one of this.running.values()) {
      one.isLost = true;
      one.thread.end({ code: 'HANDED_BACK', text: '' });
      await queue
        .handBack(one.attempt)
        .catch((error: unknown) => log.warn({ err: error }, 'not handed back'));
    }
    await Promise.allSettled(this.ends);
    for (const { thread } of this.idle) thread.end({ code: 'STOPPED', text: '' });
    await this.rows.leave().catch(() => undefined);
  }

  private wake(): void {
    if (this.isStopping) return;
    this.isAskedAgain = true;
    clearTimeout(this.timer);
    this.turning ??= this.turns().finally(() => {
      this.turning = undefined;
      if (this.isStopping) return;
      const ms = this.running.size > 0 ? this.pace.busyMs : this.pace.idleMs;
      this.timer = setTimeout(() => this.wake(), ms * (0.9 + 0.2 * Math.random())).unref();
    });
  }

  private async turns(): Promise<void> {
    while (this.isAskedAgain && !this.isStopping) {
      this.isAskedAgain = false;
      try {
        await this.turn();
        this.trouble = undefined;
      } catch (error) {
        this.trouble = 'the queue of jobs does not answer';
        this.options.log.warn({ err: error }, 'worker');
      }
    }
  }

  private async turn(): Promise<void> {
    const { queue, schedules } = this.options;
    await queue.open();
    const { hasSilent, nowMs, ready } = await this.beat();
    this.restThreads();
    if (this.isDraining) {
      if (this.running.size === 0 && !this.wasDrained) {
        this.wasDrained = true;
        this.options.onDrained?.();
      }
      return;
    }
    if (hasSilent) await queue.takeOver();
    if (schedules.length > 0 && nowMs >= this.nextSlotMs) {
      await runDue(queue, schedules, nowMs);
      this.nextSlotMs = Math.min(...schedules.map((schedule) => nextSlot(schedule, nowMs)));
    }
    await this.fill(ready);
  }

  private async beat() {
    const jobs = [...this.running.values()].map(({ attempt: { id, attempt }, thread: { progress } }) => ({
      id,
      attempt,
      progress: progress.done,
      text: progress.text,
    }));
    const { completed, failed, pace } = this;
    const answer = await this.rows.beat({ aliveMs: pace.aliveMs, jobs, completed, failed });
    if (answer.isDraining) this.isDraining = true;
    for (const id of answer.lost) this.lose(id);
    return answer;
  }

  private lose(id: string): void {
    const one = this.running.get(id);
    if (one === undefined) return;
    one.isLost = true;
    one.thread.end({ code: 'JOB_LOST', text: 'canceled, or tried elsewhere' });
  }

  /** Kinds that matter more first; of a kind, firms that have nothing running here. */
  private async fill(ready: readonly string[]): Promise<void> {
    const { queue, self, terms } = this.options;
    const known = ready.filter((kind) => terms[kind] !== undefined);
    for (const kind of known.toSorted((left, right) => terms[right]!.priority - terms[left]!.priority)) {
      while (this.running.size < self.slots && !this.isStopping) {
        const busy = [...new Set([...this.running.values()].map(({ attempt: { firm } }) => firm))];
        const attempt =
          (busy.length === 0 ? undefined : await queue.claim(kind, self.id, busy)) ??
          (await queue.claim(kind, self.id));
        if (attempt === undefined) break;
        const end = this.run(attempt);
        this.ends.add(end);
        void end.finally(() => this.ends.delete(end));
      }
    }
  }

  private async run(attempt: Attempt): Promise<void> {
    const { clock, makeThread, terms } = this.options;
    const thread = this.idle.pop()?.thread ?? new JobThread({ make: makeThread, clock });
    const one: Running = { attempt, thread, isLost: false };
    this.running.set(attempt.id, one);
    const ended = await thread.run(attempt, terms[attempt.kind]!);
    if (!one.isLost) await this.settle(attempt, ended);
    this.running.delete(attempt.id);
    this.idle.push({ thread, sinceMs: clock.monoMs() });
    this.wake();
  }

  /**
   * Until the queue has answered: whether an unanswered commit has happened does not matter, for if it has,
   * the try no longer counts.
   */
  private async settle(attempt: Attempt, ended: Ended): Promise<void> {
    const { log, queue } = this.options;
    for (let tries = 1; ; tries += 1) {
      try {
        if ('outcome' in ended) await queue.complete(attempt, ended.outcome);
        else await queue.fail(attempt, ended.failure);
        if ('outcome' in ended) this.completed += 1;
        else this.failed += 1;
        return;
      } catch (error) {
        if (error instanceof JobFenced) return;
        log.warn({ err: error, job: attempt.id, tries }, 'not settled, asked again');
        if (this.isStopping && tries > 3) return;
        if (tries > 5 && 'outcome' in ended) {
          // What it wants to bring about is not taken: that is its failure.
          const text = error instanceof Error ? error.message : String(error);
          ended = { failure: { code: 'EFFECTS_REFUSED', text } };
        }
        await waited(againMs * Math.min(tries, 20));
      }
    }
  }

  private restThreads(): void {
    const nowMs = this.options.clock.monoMs();
    while (this.idle[0] !== undefined && nowMs - this.idle[0].sinceMs > threadIdleMs)
      this.idle.shift()!.thread.end({ code: 'RESTED', text: '' });
  }
}

const waited = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
