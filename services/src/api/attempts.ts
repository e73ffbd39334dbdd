/**
 * Refused sign-ins per address and user in the last minute: slows guessing without locking anybody out for
 * good.
 */
import type { Clock } from '@tidegate/platform/clock';

const windowMs = 60_000;
const refusedMax = 10;
const keysMax = 10_000;

export class Attempts {
  private readonly clock: Clock;
  private readonly refused = new Map<string, number[]>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  mayTry(address: string, user: string): boolean {
    return this.recent(`${address} ${user}`).length < refusedMax;
  }

  failed(address: string, user: string): void {
    const key = `${address} ${user}`;
    const times = this.recent(key);
    times.push(this.clock.monoMs());
    this.refused.delete(key);
    this.refused.set(key, times);
    if (this.refused.size > keysMax) this.refused.delete(this.refused.keys().next().value!);
  }

  private recent(key: string): number[] {
    const since = this.clock.monoMs() - windowMs;
    return (this.refused.get(key) ?? []).filter((at) => at > since);
  }
}
