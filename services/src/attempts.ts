/**
 * Sign-ins and FIX logons that were not good in the last minute, by address and by who was claimed at it:
 * slows guessing, and spares the password check, without locking anybody out for good. A try counts from its
 * beginning, so that many at once can't slip through; a good one is taken back.
 */
import type { Clock } from '@tidegate/platform/observe/clock';

export interface AttemptsOptions {
  readonly clock: Clock;
  /** In a minute, from one address under one name. */
  readonly perNameMax: number;
  /** In a minute, from one address under all names. */
  readonly perAddressMax: number;
}

export interface Attempt {
  /** The try was good, or was not judged: it does not count. */
  forgive(): void;
}

const windowMs = 60_000;
const keysMax = 10_000;

export class Attempts {
  private readonly options: AttemptsOptions;
  /** Key to the times of its tries, oldest first; the key tried longest ago comes first. */
  private readonly tries = new Map<string, number[]>();

  constructor(options: AttemptsOptions) {
    this.options = options;
  }

  /** Undefined: too many; nothing is counted then. */
  begin(address: string, name: string): Attempt | undefined {
    const { perNameMax, perAddressMax } = this.options;
    const keys = [address, `${address} ${name}`] as const;
    if (this.recent(keys[0]).length >= perAddressMax || this.recent(keys[1]).length >= perNameMax)
      return undefined;
    const at = this.options.clock.monoMs();
    for (const key of keys) this.keep(key, [...this.recent(key), at]);
    return {
      forgive: () => {
        for (const key of keys) {
          const times = this.recent(key);
          const index = times.indexOf(at);
          if (index >= 0) times.splice(index, 1);
          if (times.length === 0) this.tries.delete(key);
          else this.tries.set(key, times);
        }
      },
    };
  }

  private keep(key: string, times: number[]): void {
    this.tries.delete(key);
    this.tries.set(key, times);
    if (this.tries.size > keysMax) this.tries.delete(this.tries.keys().next().value!);
  }

  private recent(key: string): number[] {
    const since = this.options.clock.monoMs() - windowMs;
    return (this.tries.get(key) ?? []).filter((at) => at > since);
  }
}
