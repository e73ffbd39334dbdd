/**
 * How far behind an owner is: the ages of its events that are not durable yet and of the command that waits
 * longest, and whether it refuses new risk for that. The rule itself is `core/risk/overload`.
 */
import { NOT_OVERLOADED, overloadAt, type Overload } from '@tidegate/core/risk/overload';

export interface BacklogOptions {
  readonly overloadMs: number;
  /** How long the command has waited that has waited longest. */
  readonly commandWaitMs: () => number;
}

/** Events that are not durable yet; beyond it new risk is refused, however young they are. */
const unsettledMax = 20_000;
/** Events that are not durable while a halt's cancels go out: more would keep everybody waiting. */
const portionsMax = 2_400;
const overloadMsDefault = 2_000;

export const NO_QUEUE: BacklogOptions = { overloadMs: overloadMsDefault, commandWaitMs: () => 0 };

export class Backlog {
  private readonly options: BacklogOptions;
  /** Of each append that is not durable, oldest first; before `first` they are. */
  private times: number[] = [];
  private events: number[] = [];
  private first = 0;
  private eventCount = 0;
  private overload: Overload = NOT_OVERLOADED;
  private refusedCount = 0;

  constructor(options: BacklogOptions) {
    this.options = options;
  }

  /** Events that are not durable yet. */
  get unsettled(): number {
    return this.eventCount;
  }

  /** For one more portion of many cancels. */
  get hasRoom(): boolean {
    return this.eventCount <= portionsMax;
  }

  get isOverloaded(): boolean {
    return this.overload.isOverloaded;
  }

  /** Commands refused for it. */
  get refused(): number {
    return this.refusedCount;
  }

  appended(events: number, monoMs: number): void {
    this.times.push(monoMs);
    this.events.push(events);
    this.eventCount += events;
  }

  /** The oldest append is durable: they become so in order. */
  settled(): void {
    this.eventCount -= this.events[this.first] ?? 0;
    this.first += 1;
    if (this.first * 2 < this.times.length) return;
    this.times = this.times.slice(this.first);
    this.events = this.events.slice(this.first);
    this.first = 0;
  }

  /** The journal was read anew. */
  clear(): void {
    this.times = [];
    this.events = [];
    this.first = 0;
    this.eventCount = 0;
    this.overload = NOT_OVERLOADED;
  }

  /** Of the oldest append that is not durable. */
  ageMs(monoMs: number): number {
    const oldest = this.times[this.first];
    return oldest === undefined ? 0 : Math.max(0, monoMs - oldest);
  }

  /** Asked for each command that adds risk; the text of the refusal. */
  refuse(monoMs: number): string | undefined {
    const { overloadMs, commandWaitMs } = this.options;
    const ageMs = Math.max(this.ageMs(monoMs), commandWaitMs());
    this.overload = overloadAt(this.overload, ageMs, overloadMs);
    if (!this.isOverloaded && this.eventCount <= unsettledMax) return undefined;
    this.refusedCount += 1;
    return `the firm's orders wait ${Math.round(ageMs)} ms already (${this.eventCount} events); only cancels`;
  }
}
