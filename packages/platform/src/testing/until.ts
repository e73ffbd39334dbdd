/**
 * Waiting in tests without sleeping: lets the event loop turn until something is so. The test's own time
 * limit ends it.
 */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await turn();
}

/** One turn of the event loop, I/O included. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
