/**
 * What reads the events of one native session into buffers: the compiled shim (`shim.ts`) or direct FFI calls
 * (`ffi.ts`). Both write the same bytes (`layout.ts`); a test compares them.
 */
export interface Poller {
  /**
   * Fills `buffer` with at most `eventsMax` events, waits at most `timeoutMs` when there are none. Returns
   * bits of `polled` (`layout.ts`).
   */
  poll(buffer: Uint8Array, timeoutMs: number, eventsMax: number): number;
  /** Releases an event read in part; before the session is destroyed. */
  close(): void;
}

export interface PollerOptions {
  readonly session: bigint;
  /** A larger message is dropped and told. */
  readonly messageBytesMax: number;
  /** Stamp messages with the time since the library received them. */
  readonly isTimed: boolean;
}
