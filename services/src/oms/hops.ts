/** The hops of a command through its owner, while orders are traced. */
import type { Command } from '@tidegate/core/order/order';
import type { OrderTrace } from '@tidegate/platform/observe/trace';

export interface CommandHops {
  /** Its events are with the journal. */
  decided(): void;
  /** They are durable and published. */
  settled(): void;
}

const traced: Partial<Record<Command['kind'], 'order' | 'report'>> = {
  submit: 'order',
  venueReport: 'report',
};

/** Begins now. `sentAtMs`: by the sender's trace. */
export function commandHops(
  trace: OrderTrace | undefined,
  { kind }: Command,
  sentAtMs: number | undefined,
): CommandHops | undefined {
  const way = traced[kind];
  if (trace === undefined || way === undefined) return undefined;
  if (sentAtMs !== undefined) trace.end(`${way}.command`, sentAtMs);
  let fromMs = trace.now();
  return {
    decided: () => {
      trace.end(`${way}.decide`, fromMs);
      fromMs = trace.now();
    },
    settled: () => trace.end(`${way}.append`, fromMs),
  };
}
