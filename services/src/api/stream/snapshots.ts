/**
 * What a new subscription is shown first: rows from SQL, then the updates that the rows do not have yet.
 * The projector may lag; when it is further behind than the feed remembers, the rows are read again.
 */
import type { Projection } from '@tidegate/platform/journal/projection';
import type { QualityReading } from '@tidegate/platform/quality/quality.reading';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import { qualityStateViewOf } from '@tidegate/wire/quality';
import type { SessionStatus } from '@tidegate/wire/sessions';
import { executionFor, type Eyes } from '../entitlement.ts';
import type { RowChannel } from './client.ts';
import type { OrderFeed, OrderUpdate } from './order.feed.ts';
import type { SnapshotPart } from './stream.ts';

export interface SnapshotsOptions {
  readonly projection: Projection;
  readonly events: SystemEvents;
  readonly sessions: (eyes: Eyes) => readonly SessionStatus[];
  readonly venues: () => Iterable<string>;
  readonly quality: Pick<QualityReading, 'open'>;
  readonly feed: OrderFeed;
}

const rowsShown = 200;
/** Nobody reads on that far, and counting costs. */
const countedMax = 20_000;
const tries = 50;
const pauseMs = 100;

type OrderChannel = 'orders' | 'executions' | 'positions' | 'cases';

export class Snapshots {
  private readonly options: SnapshotsOptions;

  constructor(options: SnapshotsOptions) {
    this.options = options;
  }

  async read(channel: RowChannel, eyes: Eyes): Promise<readonly SnapshotPart[]> {
    const { sessions, events, quality, venues } = this.options;
    const { firm, seesProviders } = eyes;
    if (channel === 'sessions') return [{ op: 'snapshot', channel, data: sessions(eyes) }];
    if (channel === 'events') {
      const { items, next } = await events.list({
        limit: rowsShown,
        ...(firm === undefined ? {} : { firm }),
        ...(seesProviders ? {} : { exceptSubjects: [...venues()] }),
      });
      return [{ op: 'snapshot', channel, data: items, next }];
    }
    if (channel === 'quality')
      return [{ op: 'snapshot', channel, data: (await quality.open()).map(qualityStateViewOf) }];
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const parts = await this.orderParts(channel, eyes);
      if (parts !== undefined) return parts;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    throw new Error(`the projection is too far behind the journal for a snapshot of ${channel}`);
  }

  /**
   * Cursors are read before the rows, so an update can come twice but never be missing; sequences sort that
   * out.
   */
  private async orderParts(channel: OrderChannel, eyes: Eyes): Promise<readonly SnapshotPart[] | undefined> {
    const { firm } = eyes;
    const { projection, feed } = this.options;
    const cursors = await projection.cursors();
    const rows = await this.rows(channel, eyes);
    const later: OrderUpdate[] = [];
    for (const partition of feed.partitions()) {
      if (firm !== undefined && partition !== firm) continue;
      const updates = feed.since(partition, cursors.get(partition) ?? 0);
      if (updates === undefined) return undefined;
      later.push(...updates);
    }
    const rest = later.flatMap((update) => rowOf(channel, update, eyes) ?? []);
    return [
      { op: 'snapshot', channel, ...rows },
      ...(rest.length === 0 ? [] : [{ op: 'update', channel, data: rest } as const]),
    ];
  }

  private async rows(channel: OrderChannel, eyes: Eyes): Promise<Rows> {
    const { projection } = this.options;
    const { firm } = eyes;
    const scope = firm === undefined ? {} : { firm };
    if (channel === 'positions') return { data: await projection.positions(scope) };
    if (channel === 'cases') return { data: await projection.openCases() };
    const counted = projection.count(channel, { ...scope, max: countedMax });
    if (channel === 'executions') {
      const [{ items, next }, total] = await Promise.all([
        projection.executions({ ...scope, limit: rowsShown }),
        counted,
      ]);
      return { data: items.map((execution) => executionFor(eyes, execution)), next, total };
    }
    const [open, recent, total] = await Promise.all([
      projection.orders({ ...scope, open: true, limit: rowsShown }),
      projection.orders({ ...scope, limit: rowsShown }),
      counted,
    ]);
    const rows = new Map(
      [...open.items, ...recent.items].map((order) => [`${order.firm} ${order.orderId}`, order]),
    );
    return { data: [...rows.values()], next: recent.next, total };
  }
}

/** What a snapshot begins with, and where it ends. */
type Rows = Pick<SnapshotPart, 'data' | 'next' | 'total'>;

/** The row of a channel in an update, as somebody may see it. */
export function rowOf(channel: OrderChannel, update: OrderUpdate, eyes: Eyes): unknown {
  if (channel === 'orders') return update.order;
  if (channel === 'positions') return update.position;
  if (channel === 'cases') return update.case;
  const { execution } = update;
  return execution === undefined ? undefined : executionFor(eyes, execution);
}
