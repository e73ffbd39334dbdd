/**
 * Durable order events as view updates for stream clients. Keeps the newest updates of each partition, so
 * that a client's snapshot from SQL, which may lag, is completed by what came after it: nothing is missed
 * between the two.
 */
import type { OrderEvent } from '@tidegate/core/order/order';
import type { Bus } from '@tidegate/platform/bus/bus';
import { Follower } from '@tidegate/platform/journal/follower';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Journal } from '@tidegate/platform/journal/journal';
import { followPartitions } from '@tidegate/platform/journal/partitions';
import type { CaseSignal } from '@tidegate/wire/cases';
import type { SequencedEvent } from '@tidegate/wire/commands';
import type { ExecutionView, OrderView, PositionView } from '@tidegate/wire/orders';
import {
  caseSignal,
  executionView,
  orderView,
  positionView,
  refusedOrderView,
  type Naming,
} from '@tidegate/wire/views';

export interface OrderUpdate {
  readonly partition: string;
  readonly sequence: number;
  readonly order: OrderView | undefined;
  readonly execution: ExecutionView | undefined;
  readonly position: PositionView | undefined;
  readonly case: CaseSignal | undefined;
}

export interface OrderFeedOptions {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly naming: Naming;
  readonly configuration: Pick<Configuration, 'current' | 'onChange'>;
  readonly onError: (error: unknown) => void;
}

const keptMax = 5_000;
/** Told although no order stands behind them. */
const orderless: ReadonlySet<string> = new Set<OrderEvent['type']>([
  'orderRefused',
  'caseOpened',
  'caseResolved',
]);

export class OrderFeed {
  private readonly options: OrderFeedOptions;
  private readonly followers: Follower[] = [];
  private stopFollowing: () => void = () => undefined;
  private readonly kept = new Map<string, OrderUpdate[]>();
  private readonly startedAt = new Map<string, number>();
  private readonly listeners = new Set<(updates: readonly OrderUpdate[]) => void>();

  constructor(options: OrderFeedOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { configuration, journal } = this.options;
    this.stopFollowing = await followPartitions({
      configuration,
      journal,
      add: (partition, head) => this.follow(partition, head),
    });
  }

  private follow(partition: string, after: number): void {
    const { bus, journal, onError } = this.options;
    this.startedAt.set(partition, after);
    this.kept.set(partition, []);
    const handle = (events: readonly SequencedEvent[]) => this.receive(partition, events);
    const follower = new Follower({ bus, journal, partition, after, onError, handle });
    this.followers.push(follower);
    follower.start();
  }

  async stop(): Promise<void> {
    this.stopFollowing();
    await Promise.all(this.followers.map((follower) => follower.stop()));
  }

  listen(listener: (updates: readonly OrderUpdate[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Every partition that it follows: one for each firm there is or was, and the one of no firm. */
  partitions(): Iterable<string> {
    return this.kept.keys();
  }

  /** Updates of a partition after `sequence`; undefined when they reach further back than what is kept. */
  since(partition: string, sequence: number): readonly OrderUpdate[] | undefined {
    const kept = this.kept.get(partition) ?? [];
    const reachesBackTo =
      kept.length < keptMax ? (this.startedAt.get(partition) ?? 0) : kept[0]!.sequence - 1;
    if (sequence < reachesBackTo) return undefined;
    return kept.filter((update) => update.sequence > sequence);
  }

  private receive(partition: string, events: readonly SequencedEvent[]): void {
    const updates = events
      .filter(({ event, order }) => order !== undefined || orderless.has(event.type))
      .map((sequenced) => new LazyUpdate(partition, sequenced, this.options.naming));
    if (updates.length === 0) return;
    const kept = this.kept.get(partition)!;
    kept.push(...updates);
    if (kept.length > 2 * keptMax) kept.splice(0, kept.length - keptMax);
    for (const listener of this.listeners) listener(updates);
  }
}

/** Views are made when the first client needs them: most events have no reader at this moment. */
class LazyUpdate implements OrderUpdate {
  readonly partition: string;
  private readonly sequenced: SequencedEvent;
  private readonly naming: Naming;
  private orderMade: OrderView | undefined;

  constructor(partition: string, sequenced: SequencedEvent, naming: Naming) {
    this.partition = partition;
    this.sequenced = sequenced;
    this.naming = naming;
  }

  get sequence(): number {
    return this.sequenced.sequence;
  }

  get order(): OrderView | undefined {
    const { partition, sequenced, naming } = this;
    this.orderMade ??=
      sequenced.order === undefined
        ? refusedOrderView(partition, sequenced, naming)
        : orderView(partition, sequenced.order, sequenced.sequence, naming);
    return this.orderMade;
  }

  get execution(): ExecutionView | undefined {
    return executionView(this.partition, this.sequenced, this.naming);
  }

  get position(): PositionView | undefined {
    const { position } = this.sequenced;
    return position === undefined
      ? undefined
      : positionView(this.partition, position, this.sequenced, this.naming);
  }

  get case(): CaseSignal | undefined {
    return caseSignal(this.partition, this.sequenced);
  }
}
