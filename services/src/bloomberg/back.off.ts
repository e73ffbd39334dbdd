/** Time before the next try: doubles from `min` to `max` with each failure, jittered over its upper half. */
export function backOffMs(attempts: number, minMs: number, maxMs: number, random: number): number {
  const whole = Math.min(maxMs, minMs * 2 ** Math.min(attempts, 30));
  return Math.round(whole * (0.5 + random / 2));
}
