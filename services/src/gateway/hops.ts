/** The hops of durable events and of providers' answers through the gateway, while orders are traced. */
import type { OrderTrace } from '@tidegate/platform/observe/trace';
import type { PartitionEvents } from '@tidegate/wire/commands';

/** Routes whose first report is waited for; what is beyond is not measured. */
const routesMax = 10_000;

export interface EventHops {
  readonly heard: (batch: PartitionEvents) => void;
  /** What was heard is with the sessions. */
  readonly told: () => void;
}

/** Of one partition: its batches are handled in order. */
export function eventHops(trace: OrderTrace): EventHops {
  const heard: { readonly way: 'route' | 'report'; readonly atMs: number }[] = [];
  return {
    heard: ({ events, publishedAtMs }) => {
      if (publishedAtMs === undefined) return;
      const way = events.some(({ event }) => event.type === 'routeRequested') ? 'route' : 'report';
      trace.end(`${way}.event`, publishedAtMs);
      heard.push({ way, atMs: trace.now() });
    },
    told: () => {
      for (const { way, atMs } of heard.splice(0)) trace.end(`${way}.send`, atMs);
    },
  };
}

export class VenueHops {
  private readonly trace: OrderTrace;
  private readonly sentAtMs = new Map<string, number>();

  constructor(trace: OrderTrace) {
    this.trace = trace;
  }

  sent(routeId: string): void {
    if (this.sentAtMs.size < routesMax) this.sentAtMs.set(routeId, this.trace.now());
  }

  answered(routeId: string): void {
    const fromMs = this.sentAtMs.get(routeId);
    if (fromMs === undefined) return;
    this.sentAtMs.delete(routeId);
    this.trace.end('venue', fromMs);
  }
}
