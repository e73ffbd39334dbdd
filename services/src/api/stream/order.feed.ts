/**
 * Durable order events as view updates for stream clients. Keeps the newest updates of each partition, so
 * that a client's snapshot from SQL, which may lag, is completed by what came after it: nothing is missed
 * between the two.
 */
import type { Bus } from '@tidegate/platform/bus';
import { Follower } from '@tidegate/platform/follower';
import type { Journal } from '@tidegate/platform/journal';
import type { SequencedEvent } from '@tidegate/wire/commands';
import type { ExecutionView, OrderView, PositionView } from '@tidegate/wire/orders';
import { executionView, orderView, positionView, refusedOrderView, type Naming } from '@tidegate/wire/views';

export interface OrderUpdate {
  readonly partition: string;
  readonly sequence: number;
  readonly order?: OrderView;
  readonly execution?: ExecutionView;
  readonly position?: PositionView;
}

export interface OrderFeedOptions {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly naming: Naming;
  readonly partitions: () => Iterable<string>;
  readonly onError: (error: unknown) => void;
}

const keptMax = 5_000;

export class OrderFeed {
  private readonly options: OrderFeedOptions;
  private readonly followers: Follower[] = [];
  private readonly kept = new Map<string, OrderUpdate[]>();
  private readonly startedAt = new Map<string, number>();
  private readonly listeners = new Set<(updates: readonly OrderUpdate[]) => void>();

  constructor(options: OrderFeedOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { bus, journal, onError, partitions } = this.options;
    const heads = await journal.heads();
    for (const partition of partitions()) {
      const after = heads.get(partition) ?? 0;
      this.startedAt.set(partition, after);
      this.kept.set(partition, []);
      const follower = new Follower({
        bus,
        journal,
        partition,
        after,
        onError,
        handle: (events) => this.receive(partition, events),
      });
      this.followers.push(follower);
      follower.start();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.followers.map((follower) => follower.stop()));
  }

  listen(listener: (updates: readonly OrderUpdate[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
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
    const updates = events.flatMap((sequenced) => this.updateOf(partition, sequenced) ?? []);
    if (updates.length === 0) return;
    const kept = this.kept.get(partition)!;
    kept.push(...updates);
    if (kept.length > 2 * keptMax) kept.splice(0, kept.length - keptMax);
    for (const listener of this.listeners) listener(updates);
  }

  private updateOf(partition: string, sequenced: SequencedEvent): OrderUpdate | undefined {
    const { naming } = this.options;
    const { sequence, order: image, position: positionImage } = sequenced;
    const order =
      image === undefined
        ? refusedOrderView(partition, sequenced, naming)
        : orderView(partition, image, sequence, naming);
    const execution = executionView(partition, sequenced, naming);
    const position =
      positionImage === undefined ? undefined : positionView(partition, positionImage, sequence, naming);
    if (order === undefined && execution === undefined && position === undefined) return undefined;
    return {
      partition,
      sequence,
      ...(order === undefined ? {} : { order }),
      ...(execution === undefined ? {} : { execution }),
      ...(position === undefined ? {} : { position }),
    };
  }
}
