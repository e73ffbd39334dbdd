/** Time as an argument: shells pass what this says into the pure parts. */
export interface Clock {
  /** UTC milliseconds since the epoch. */
  nowMs(): number;
  /** Monotonic milliseconds of the host, with fractions; comparable between processes of one host. */
  monoMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monoMs: () => Number(process.hrtime.bigint() / 1000n) / 1000,
};

/**
 * UTC that never goes back and passes as fast as monotonic time: where the wall clock is set back, it goes on
 * until that has caught up. For what is decided in order and recorded so: rates, cool-downs, deadlines and
 * the end of the trading day.
 */
export class SteadyTime {
  private readonly clock: Clock;
  private originMs: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.originMs = monoOriginMs(clock);
  }

  nowMs(): number {
    this.originMs = Math.max(this.originMs, monoOriginMs(this.clock));
    return Math.floor(this.clock.monoMs() + this.originMs);
  }

  /** Something was recorded at `utcMs`: it is not earlier than that. */
  witness(utcMs: number): void {
    this.originMs = Math.max(this.originMs, utcMs - this.clock.monoMs());
  }
}

interface Received {
  readonly receivedAtMs: number;
  readonly receivedMonoMs: number;
}

/** Clocks of one host agree closer than this; monotonic ones of two do not: each began with its host. */
const sameHostMs = 1_000;

/** UTC of a host's monotonic zero: which host a time is of. */
export const monoOriginMs = (clock: Clock): number => clock.nowMs() - clock.monoMs();

/**
 * What was received on another host, with its age by UTC on the monotonic clock of this one; what was
 * received on this host is returned as it is. `originMs` is this host's `monoOriginMs`, not long ago.
 */
export function withAgeHere<T extends Received>(image: T, clock: Clock, originMs: number): T {
  if (Math.abs(image.receivedAtMs - image.receivedMonoMs - originMs) <= sameHostMs) return image;
  const ageMs = Math.max(0, clock.nowMs() - image.receivedAtMs);
  return { ...image, receivedMonoMs: clock.monoMs() - ageMs };
}
