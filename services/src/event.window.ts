/**
 * System events that can come in floods (refusals of any kind): the first of a key are told one by one, the
 * rest of its window as one event with their number, so that a broken or hostile counterparty can't bury
 * what matters or fill the database.
 */
import type { Clock } from '@tidegate/platform/observe/clock';
import type { NewSystemEvent, SystemEvents } from '@tidegate/platform/observe/system.events';

export interface EventWindowOptions {
  readonly events: Pick<SystemEvents, 'record'>;
  readonly clock: Clock;
  /** Told one by one per key and window. Default 20. */
  readonly toldMax?: number;
}

const toldMaxDefault = 20;
export const windowMs = 10_000;
/** Keys come from configuration or are few; beyond this they share one. */
const keysMax = 1_000;

interface Window {
  readonly sinceMonoMs: number;
  told: number;
  held: number;
  last: NewSystemEvent;
}

export class EventWindow {
  private readonly options: EventWindowOptions;
  private readonly toldMax: number;
  private readonly windows = new Map<string, Window>();
  private timer: NodeJS.Timeout | undefined;

  constructor(options: EventWindowOptions) {
    this.options = options;
    this.toldMax = options.toldMax ?? toldMaxDefault;
  }

  start(): void {
    this.timer = setInterval(() => this.sweep(), windowMs / 4).unref();
  }

  /** Tells what is still held. */
  stop(): void {
    clearInterval(this.timer);
    for (const window of this.windows.values()) this.tellHeld(window);
    this.windows.clear();
  }

  record(key: string, event: NewSystemEvent): void {
    const window = this.windowOf(
      this.windows.has(key) || this.windows.size < keysMax ? key : 'others',
      event,
    );
    window.last = event;
    if (window.told >= this.toldMax) {
      window.held += 1;
      return;
    }
    window.told += 1;
    this.options.events.record(event);
  }

  /** Closes windows whose time is over, so that a flood's number is told also when it has ended. */
  sweep(): void {
    const now = this.options.clock.monoMs();
    for (const [key, window] of this.windows) {
      if (now - window.sinceMonoMs < windowMs) continue;
      this.tellHeld(window);
      this.windows.delete(key);
    }
  }

  private windowOf(key: string, event: NewSystemEvent): Window {
    const now = this.options.clock.monoMs();
    const known = this.windows.get(key);
    if (known !== undefined && now - known.sinceMonoMs < windowMs) return known;
    if (known !== undefined) this.tellHeld(known);
    const window = { sinceMonoMs: now, told: 0, held: 0, last: event };
    this.windows.set(key, window);
    return window;
  }

  private tellHeld({ held, last }: Window): void {
    if (held === 0) return;
    const { details: _ofTheLast, ...event } = last;
    const text = `${held} more of this kind within ${windowMs / 1_000} s were not told one by one`;
    this.options.events.record({ ...event, text: `${text}; the last: ${last.text}` });
  }
}
