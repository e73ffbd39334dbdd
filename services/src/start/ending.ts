/**
 * How the process ends: not ready first, for as long as balancers need to see it, then everything it has
 * started, in reverse. At whatever moment of the start it is asked to, nothing of it is left running.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@tidegate/platform/observe/log';

export interface EndingOptions {
  readonly log: Log;
  readonly flush: () => void;
  /** After it the process ends, whatever hangs. */
  readonly stopMsMax: number;
  /** Not ready, but at work, before the stop begins. */
  readonly drainMs: number;
}

export interface Stop {
  readonly why: string;
  readonly code: number;
  /** Whoever sends work is given the time to send it elsewhere. */
  readonly drains: boolean;
}

export class Ending {
  private readonly options: EndingOptions;
  private readonly asked = new AbortController();
  private readonly undo: (() => Promise<void> | void)[] = [];
  private ended: Promise<void> | undefined;
  private starting: Promise<unknown> = Promise.resolve();
  private isWorking = false;
  /** Told at once when the stop is asked for. */
  drain: () => void = () => undefined;
  /** For what must not outlive a process that ends without waiting. */
  abandon: () => void = () => undefined;

  constructor(options: EndingOptions) {
    this.options = options;
  }

  /** Aborted when the process is to stop: the start gives up. */
  get signal(): AbortSignal {
    return this.asked.signal;
  }

  /** Undone in reverse at the end. */
  push(undo: () => Promise<void> | void): void {
    this.undo.push(undo);
  }

  /** The whole start; a stop in its course waits until it has given up. */
  async start(work: () => Promise<void>): Promise<void> {
    const started = work();
    this.starting = started.catch(() => undefined);
    try {
      await started;
      this.isWorking = true;
    } catch (error) {
      if (!this.signal.aborted) throw error;
    }
  }

  /** Once; asking again changes nothing. */
  stop(stop: Stop): Promise<void> {
    return (this.ended ??= this.end(stop));
  }

  private async end({ why, code, drains }: Stop): Promise<void> {
    const { log, flush, drainMs, stopMsMax } = this.options;
    log.info({ why }, 'stopping');
    this.drain();
    if (drains && this.isWorking && drainMs > 0) await delay(drainMs);
    setTimeout(() => {
      log.error('not everything stopped in time');
      this.abandon();
      flush();
      process.exit(1);
    }, stopMsMax).unref();
    this.asked.abort(new Error(`asked to stop: ${why}`));
    await this.starting;
    await this.undoAll((error) => log.error({ err: error }, 'not stopped cleanly'));
    flush();
    process.exit(code);
  }

  /** Also of a start that failed. */
  async undoAll(onError: (error: unknown) => void): Promise<void> {
    for (const one of this.undo.splice(0).reverse()) {
      try {
        await one();
      } catch (error) {
        onError(error);
      }
    }
  }
}
