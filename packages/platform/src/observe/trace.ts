/**
 * Where the time of an order goes: a duration for each hop of its path, as the histogram
 * `tidegate_order_hop_seconds{hop}`. Each hop is measured by whoever ends it. Those that cross the bus carry
 * their beginning as milliseconds since the epoch with fractions, which processes of one host share; between
 * hosts such a hop is as good as their clocks. Without `ORDER_TRACE` there is no such object and nothing is
 * measured.
 */
import { performance } from 'node:perf_hooks';
import type { Metrics } from './metrics.ts';

/** In the order of the path; what begins with `append` is inside the two hops that end durably. */
export const orderHops = [
  { hop: 'order.command', help: 'The client’s message is read, until the owner has the command' },
  { hop: 'order.decide', help: 'Decided, folded into the state and handed to the journal' },
  { hop: 'order.append', help: 'Until it is durable and published' },
  { hop: 'route.event', help: 'Published, until the gateway has the event' },
  { hop: 'route.send', help: 'Until all of the batch is encoded, stored and handed to the sockets' },
  { hop: 'venue', help: 'The route is handed to the socket, until the first report on it is read' },
  { hop: 'report.command', help: 'The provider’s report is read, until the owner has the command' },
  { hop: 'report.decide', help: 'Decided, folded into the state and handed to the journal' },
  { hop: 'report.append', help: 'Until it is durable and published' },
  { hop: 'report.event', help: 'Published, until the gateway has the event' },
  { hop: 'report.send', help: 'Until all of the batch is encoded, stored and handed to the sockets' },
  { hop: 'append.queue', help: 'An append waits for the statements before it' },
  { hop: 'append.statement', help: 'From sending the statement to its commit on the disk' },
] as const;

export type OrderHop = (typeof orderHops)[number]['hop'];

const hopBuckets = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00015, 0.0002, 0.0003, 0.0004, 0.0006, 0.0008, 0.001, 0.0013, 0.0016,
  0.002, 0.0025, 0.003, 0.004, 0.005, 0.0065, 0.008, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 5,
];

export interface OrderTrace {
  /** Milliseconds since the epoch with fractions; never goes back within a process. */
  now(): number;
  /** `fromMs` of `now()`, here or in another process. */
  end(hop: OrderHop, fromMs: number): void;
}

export function orderTrace(metrics: Metrics): OrderTrace {
  const histogram = metrics.histogram(
    'order_hop_seconds',
    'Time of orders at each hop of their path (ORDER_TRACE)',
    ['hop'],
    hopBuckets,
  );
  const now = (): number => performance.timeOrigin + performance.now();
  const labels = new Map(orderHops.map(({ hop }) => [hop, { hop }]));
  return {
    now,
    // Clocks of two processes may differ by less than such a hop takes.
    end: (hop, fromMs) => histogram.observe(Math.max(0, now() - fromMs) / 1_000, labels.get(hop)),
  };
}
