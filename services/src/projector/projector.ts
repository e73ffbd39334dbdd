/**
 * Builds the tables that API and UI read (orders, executions, positions, cases) from the journal, idempotent
 * by
 * sequence: they can be dropped and built again. Risk never reads them. One instance works at a time; a
 * second one only repeats the same writes.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { CaseResolved } from '@tidegate/core/order/case';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { Lag } from '@tidegate/platform/journal/lag';
import { Follower, toSequenced } from '@tidegate/platform/journal/follower';
import type { Journal } from '@tidegate/platform/journal/journal';
import { followPartitions } from '@tidegate/platform/journal/partitions';
import type { Log } from '@tidegate/platform/observe/log';
import type { Projection, ProjectionChanges } from '@tidegate/platform/journal/projection';
import { dayChangesOf } from '@tidegate/platform/journal/projection.days';
import type { OrderName } from '@tidegate/platform/journal/projection.names';
import type { CaseResolution } from '@tidegate/platform/journal/projection.cases';
import type { CaseView } from '@tidegate/wire/cases';
import type { SequencedEvent } from '@tidegate/wire/commands';
import type { ExecutionView, OrderView, PositionView } from '@tidegate/wire/orders';
import {
  caseView,
  executionView,
  orderView,
  positionView,
  refusedOrderView,
  type Naming,
} from '@tidegate/wire/views';

export interface ProjectorOptions {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly configuration: Configuration;
  readonly projection: Projection;
  readonly log: Log;
  readonly clock: Clock;
}

interface Followed {
  readonly partition: string;
  readonly follower: Follower;
  readonly lag: Lag;
}

const readMax = 1_000;
const gatherMs = 40;
/** How often it looks whether it keeps up. */
const lookMs = 500;

export class Projector {
  private readonly options: ProjectorOptions;
  private readonly followed: Followed[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly naming: Naming;
  private stopFollowing: () => void = () => undefined;

  constructor(options: ProjectorOptions) {
    this.options = options;
    this.naming = (id) =>
      options.configuration.current.instruments.get(id) ?? { symbol: id, quoteCurrency: '' };
  }

  async start(): Promise<void> {
    const { journal, configuration, projection } = this.options;
    const cursors = await projection.cursors();
    this.stopFollowing = await followPartitions({
      configuration,
      journal,
      add: (partition, head) => this.follow(partition, cursors.get(partition) ?? 0, head),
    });
    this.timer = setInterval(() => this.lags(), lookMs).unref();
  }

  /** By partition: for how long the tables have not been up to date, in milliseconds. */
  lags(): ReadonlyMap<string, number> {
    const nowMs = this.options.clock.monoMs();
    return new Map(
      this.followed.map(({ partition, follower, lag }) => [
        partition,
        lag.ageMs(follower.knownHead, follower.sequence, nowMs),
      ]),
    );
  }

  private follow(partition: string, after: number, head: number): void {
    const { bus, journal, log } = this.options;
    const follower = new Follower({
      bus,
      journal,
      partition,
      after,
      head,
      handle: (events) => this.project(partition, events),
      onError: (error) => log.error({ err: error, partition }, 'projection not written, trying again'),
    });
    this.followed.push({ partition, follower, lag: new Lag() });
    follower.start();
  }

  /**
   * Another projector, or an unanswered commit of ours, may have been here: then only what is missing is
   * written.
   */
  private async project(partition: string, events: readonly SequencedEvent[]): Promise<void> {
    const { projection } = this.options;
    // Events that come meanwhile go in one transaction: tables may be a little late, orders may not.
    await delay(gatherMs);
    const last = events.at(-1)!.sequence;
    let rest = events;
    while (rest.length > 0) {
      const { cursor } = await projection.applyBatch(
        partition,
        rest[0]!.sequence - 1,
        changesOf(partition, rest, this.naming),
      );
      if (cursor >= last) return;
      if (cursor < rest[0]!.sequence - 1) return this.catchUp(partition, cursor, rest[0]!.sequence);
      rest = rest.filter(({ sequence }) => sequence > cursor);
    }
  }

  /**
   * The tables were emptied to be built again: from the journal's beginning up to where we are; the batch
   * comes again.
   */
  private async catchUp(partition: string, from: number, before: number): Promise<void> {
    const { journal, projection } = this.options;
    for (let cursor = from; cursor < before - 1;) {
      const records = await journal.read(partition, cursor + 1, readMax);
      const events = records.map(toSequenced).filter(({ sequence }) => sequence < before);
      cursor = (await projection.applyBatch(partition, cursor, changesOf(partition, events, this.naming)))
        .cursor;
    }
    throw new Error(`projection of ${partition} was rebuilt up to ${before - 1}`);
  }

  async stop(): Promise<void> {
    this.stopFollowing();
    clearInterval(this.timer);
    await Promise.all(this.followed.map(({ follower }) => follower.stop()));
  }
}

/** The newest view of each order and position in the batch, and every execution. */
export function changesOf(
  partition: string,
  events: readonly SequencedEvent[],
  naming: Naming,
): ProjectionChanges {
  const orders = new Map<string, OrderView>();
  const positions: PositionView[] = [];
  const executions: ExecutionView[] = [];
  const opened: CaseView[] = [];
  const resolved: CaseResolution[] = [];
  const names: OrderName[] = [];
  for (const sequenced of events) {
    const { order: image, position, sequence, event } = sequenced;
    const name = nameOf(partition, sequenced);
    if (name !== undefined) names.push(name);
    if (event.type === 'caseOpened') opened.push(caseView(partition, event, sequenced));
    if (event.type === 'caseResolved') resolved.push(resolutionOf(partition, event, sequenced));
    const order =
      image === undefined
        ? refusedOrderView(partition, sequenced, naming)
        : orderView(partition, image, sequence, naming);
    if (order !== undefined) orders.set(order.orderId, order);
    const execution = executionView(partition, sequenced, naming);
    if (execution !== undefined) executions.push(execution);
    if (position !== undefined) {
      positions.push(positionView(partition, position, sequenced, naming));
    }
  }
  return {
    sequence: events.at(-1)?.sequence ?? 0,
    orders: [...orders.values()],
    executions,
    positions,
    days: dayChangesOf(positions),
    ...(names.length === 0 ? {} : { names }),
    ...(opened.length + resolved.length === 0 ? {} : { cases: { opened, resolved } }),
  };
}

/** What the order is no longer called by, or a request for it was. */
function nameOf(firm: string, { event, order, sequence }: SequencedEvent): OrderName | undefined {
  if (order === undefined) return undefined;
  const { orderId, origin } = order;
  const name = { firm, orderId, sequence };
  switch (event.type) {
    case 'orderReplaced':
      return { ...name, client: origin.client, clOrdId: event.origClOrdId, wasOrder: true };
    case 'cancelRequested':
      if (event.clOrdId === '') return undefined;
      return { ...name, client: origin.client, clOrdId: event.clOrdId, wasOrder: false };
    case 'changeRefused':
      return { ...name, client: event.origin.client, clOrdId: event.clOrdId, wasOrder: false };
    default:
      return undefined;
  }
}

function resolutionOf(
  firm: string,
  { caseId, action, by, reason }: CaseResolved,
  { sequence, atMs }: SequencedEvent,
): CaseResolution {
  const resolvedAt = new Date(atMs).toISOString();
  return { firm, caseId, state: action, resolvedAt, resolvedBy: by, reason, sequence };
}
