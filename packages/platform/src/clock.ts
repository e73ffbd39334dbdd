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
