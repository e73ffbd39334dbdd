/**
 * Orders and replaces that were refused at the edge and are in no journal: counted by client and code, and
 * told to operators as one event per client and interval, with the numbers and the first and last ClOrdID.
 */
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Metrics } from '@tidegate/platform/observe/metrics';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';

export interface Client {
  /** FIX session or user. */
  readonly id: string;
  readonly firm: string;
}

export interface RefusedOrdersOptions {
  readonly events: Pick<SystemEvents, 'record'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly edge: 'gateway' | 'api';
}

export const intervalMs = 10_000;

interface Summary {
  readonly firm: string;
  readonly sinceMonoMs: number;
  readonly first: string;
  last: string;
  readonly counts: Map<string, number>;
}

export class RefusedOrders {
  private readonly options: RefusedOrdersOptions;
  private readonly summaries = new Map<string, Summary>();
  private readonly counter: { inc(labels: Readonly<Record<string, string>>): void };
  private timer: NodeJS.Timeout | undefined;

  constructor(options: RefusedOrdersOptions) {
    this.options = options;
    this.counter = options.metrics.counter(
      `${options.edge}_orders_refused_total`,
      'Orders and replaces refused at the edge: not given to their owner, in no journal',
      ['client', 'code'],
    );
  }

  start(): void {
    this.timer = setInterval(() => this.sweep(), intervalMs / 4).unref();
  }

  /** Tells what is still held. */
  stop(): void {
    clearInterval(this.timer);
    for (const [id, summary] of this.summaries) this.tell(id, summary);
    this.summaries.clear();
  }

  /** `clOrdId` as its sender wrote it. */
  count({ id, firm }: Client, code: string, clOrdId: string): void {
    this.counter.inc({ client: id, code });
    let summary = this.summaries.get(id);
    if (summary === undefined) {
      const sinceMonoMs = this.options.clock.monoMs();
      summary = { firm, sinceMonoMs, first: clOrdId, last: clOrdId, counts: new Map() };
      this.summaries.set(id, summary);
    }
    summary.last = clOrdId;
    summary.counts.set(code, (summary.counts.get(code) ?? 0) + 1);
  }

  /** Tells of the intervals that are over. */
  sweep(): void {
    const now = this.options.clock.monoMs();
    for (const [id, summary] of this.summaries) {
      if (now - summary.sinceMonoMs < intervalMs) continue;
      this.summaries.delete(id);
      this.tell(id, summary);
    }
  }

  private tell(subject: string, { firm, counts, ...summary }: Summary): void {
    const [first, last] = [shown(summary.first), shown(summary.last)];
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const each = [...counts].map(([code, count]) => `${code} ${count}`).join(', ');
    this.options.events.record({
      kind: 'ordersRefused',
      severity: 'warning',
      subject,
      firm,
      text:
        `${total} orders and replaces refused at the edge within ${intervalMs / 1_000} s, not journaled: ` +
        `${each}; ClOrdIDs from ${first} to ${last}`,
      details: { counts: Object.fromEntries(counts), first, last },
    });
  }
}

const shown = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 64);
