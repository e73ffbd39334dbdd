/**
 * The one writer of a partition. Commands are decided purely against the state, the events are folded in at
 * once and appended to the journal; replies and publications wait until the append is durable. While the
 * journal does not answer, new risk is refused and cancels are spooled; recovery claims the partition anew,
 * which fences whatever append was still on its way, and reads what really happened.
 */
import { decide, decideTick, evaluateResting, type Decision } from '@tidegate/core/order/desk';
import { evolve } from '@tidegate/core/order/evolve';
import { recall } from '@tidegate/core/order/generations';
import { cancelId } from '@tidegate/core/number/ids';
import { orderImage, positionImage } from '@tidegate/core/order/image';
import type { Market } from '@tidegate/core/market/market';
import type { Command, OrderEvent } from '@tidegate/core/order/order';
import {
  createPartition,
  findAnyRequest,
  holdingOf,
  type OrderState,
  type PartitionState,
} from '@tidegate/core/order/partition';
import { restoreState, snapshotState } from '@tidegate/core/order/snapshot';
import type { Moment } from '@tidegate/core/number/time';
import type { Bus } from '@tidegate/platform/bus/bus';
import { SteadyTime, type Clock } from '@tidegate/platform/observe/clock';
import { JournalFenced, type Journal } from '@tidegate/platform/journal/journal';
import { eventsPerAppendMax } from '@tidegate/platform/journal/journal.entry';
import type {
  CommandReply,
  OrderAnswer,
  OrderQuery,
  PartitionUsage,
  RecordedEvent,
  SequencedEvent,
} from '@tidegate/wire/commands';
import { eventTopic, headTopic, urgentTopic } from '@tidegate/wire/topics';
import type { SpooledCommand, Spool } from './spool.ts';

export interface PartitionOwnerOptions {
  readonly partition: string;
  /** Names this process in the journal's ownership record. */
  readonly owner: string;
  readonly bus: Bus;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly spool: Spool;
  readonly market: () => Market;
  readonly onJournal: (state: 'down' | 'up' | 'fenced', reason: string) => void;
  readonly onError: (error: unknown) => void;
}

type Mode = 'starting' | 'running' | 'recovering' | 'fenced' | 'stopped';

const readMax = 5_000;
const snapshotEvery = 100_000;
const snapshotIdleAfter = 1_000;
/** Events decided but not yet durable; beyond it new risk is refused. */
const unsettledMax = 20_000;
const retryMs = 250;

export class PartitionOwner {
  private readonly options: PartitionOwnerOptions;
  private readonly time: SteadyTime;
  private state: PartitionState;
  private epoch = 0;
  private mode: Mode = 'starting';
  /** Highest sequence known to be durable and published. */
  private durable = 0;
  /** Resolves when everything decided so far is durable; rejects when an append failed. */
  private tail: Promise<void> = Promise.resolve();
  /** Settles when a recovery that is under way has ended. */
  private recovered: Promise<void> = Promise.resolve();
  private snapshotAt = 0;
  private lastCommandMonoMs = 0;

  constructor(options: PartitionOwnerOptions) {
    this.options = options;
    this.time = new SteadyTime(options.clock);
    this.state = createPartition(options.partition);
  }

  get isRunning(): boolean {
    return this.mode === 'running';
  }

  private get hasStopped(): boolean {
    return this.mode === 'stopped';
  }

  /** Claims and loads; the same path as recovery. */
  async start(): Promise<void> {
    await this.load();
    this.mode = 'running';
    await this.replaySpool();
  }

  async stop(): Promise<void> {
    if (this.mode === 'running') {
      await this.tail.catch(() => undefined);
      if (this.mode === 'running') await this.snapshot().catch(this.options.onError);
    }
    this.mode = 'stopped';
    this.options.spool.close();
  }

  async handle(command: Command): Promise<CommandReply> {
    if (this.mode !== 'running') return this.handleWithoutJournal(command);
    const market = this.options.market();
    if (this.state.sequence - this.durable > unsettledMax && addsRisk(command))
      return journalDown('too many events are not durable yet');
    const now = this.now();
    this.lastCommandMonoMs = now.monoMs;
    const decision = decide(this.state, market, command, now);
    const firstSequence = this.state.sequence + 1;
    this.commit(decision.events, now.utcMs);
    try {
      await this.tail;
    } catch {
      return this.settleAfterFailure(command);
    }
    const reply = replyOf(decision, firstSequence);
    if (decision.rest === undefined) return reply;
    const rest = await this.handle(decision.rest);
    return rest.result === 'done' ? reply : rest;
  }

  /** The order as the journal has it: waits for what is on its way. */
  async query(query: OrderQuery): Promise<OrderAnswer> {
    if (this.mode !== 'running') return { found: false, code: 'PARTITION_STARTING' };
    const order = this.find(query);
    if (order === undefined) return { found: false, code: 'UNKNOWN_ORDER' };
    const answer = { found: true, order: orderImage(order), sequence: this.state.sequence } as const;
    try {
      await this.tail;
      return answer;
    } catch {
      return { found: false, code: 'PARTITION_STARTING' };
    }
  }

  get tradingState(): PartitionState['tradingState'] {
    return this.state.tradingState;
  }

  /** What is open, counted. Throws while it is not known. */
  usage(): PartitionUsage {
    if (this.mode !== 'running') throw new Error('the partition is being loaded');
    const orders = new Map<string, number>();
    const routes = new Map<string, number>();
    const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const { origin } of this.state.open.values()) count(orders, origin.client);
    for (const { venue, standing } of this.state.routes.values())
      if (standing !== 'closed') count(routes, venue);
    return { orders: [...orders], routes: [...routes] };
  }

  /** An instrument's book changed: resting orders may trade. */
  evaluate(instrument: string): void {
    if (this.mode !== 'running') return;
    const now = this.now();
    this.commit(evaluateResting(this.state, this.options.market(), instrument, now), now.utcMs);
  }

  /** Time passed: expiries, budgets, unanswered routes. */
  tick(): void {
    if (this.mode !== 'running') return;
    const now = this.now();
    this.commit(decideTick(this.state, this.options.market(), now), now.utcMs);
    const unsaved = this.state.sequence - this.snapshotAt;
    const isIdle = now.monoMs - this.lastCommandMonoMs > 2_000;
    if (unsaved >= snapshotEvery || (isIdle && unsaved >= snapshotIdleAfter))
      this.snapshot().catch(this.options.onError);
  }

  /** The venue's order session is gone: what it has not answered is unknown until it says. */
  doubt(venue: string): void {
    for (const routeId of [...this.state.unanswered.keys()]) {
      if (this.state.routes.get(routeId)?.venue !== venue) continue;
      const commandId = `doubt:${routeId}:${this.time.nowMs()}`;
      this.handle({ kind: 'routeInDoubt', commandId, routeId, reason: 'SESSION_LOST' }).catch(
        this.options.onError,
      );
    }
  }

  publishHead(): void {
    const { bus, partition } = this.options;
    if (this.durable > 0)
      bus.publish(headTopic(partition), { partition, sequence: this.durable, epoch: this.epoch });
  }

  private now(): Moment {
    return { utcMs: this.time.nowMs(), monoMs: this.options.clock.monoMs() };
  }

  private commit(events: readonly OrderEvent[], atMs: number): void {
    try {
      for (let from = 0; from < events.length; from += eventsPerAppendMax)
        this.append(events.slice(from, from + eventsPerAppendMax), atMs);
    } catch (error) {
      // A defect of ours: the state may be ahead of the journal, which is read anew.
      this.fail(error);
      throw error;
    }
  }

  private append(events: readonly OrderEvent[], atMs: number): void {
    const { journal, partition } = this.options;
    const { epoch } = this;
    const firstSequence = this.state.sequence + 1;
    const sequenced: SequencedEvent[] = events.map((event, index) => {
      evolve(this.state, event, firstSequence + index, atMs);
      return { sequence: firstSequence + index, atMs, ...this.record(event) };
    });
    const appended = journal.append({
      partition,
      epoch,
      firstSequence,
      events: sequenced.map(({ sequence: _sequence, atMs: _atMs, ...body }) => ({
        type: body.event.type,
        atMs,
        body,
      })),
    });
    const before = this.tail;
    // What is answered after a recovery is from before it: the journal has been read, nothing follows from it
    // any more.
    this.tail = Promise.all([before, appended]).then(() => {
      if (epoch === this.epoch) this.publish(sequenced);
    });
    this.tail.catch((error: unknown) => {
      if (epoch === this.epoch) this.fail(error);
    });
  }

  /** The event with what it leaves behind, for readers without state. */
  private record(event: OrderEvent): RecordedEvent {
    const order =
      'orderId' in event && event.orderId !== undefined ? this.state.orders.get(event.orderId) : undefined;
    if (order === undefined) return { event };
    if (!movesPosition.has(event.type)) return { event, order: orderImage(order) };
    const position = positionImage(holdingOf(this.state, order.account, order.instrument), order);
    return { event, order: orderImage(order), position };
  }

  private publish(events: readonly SequencedEvent[]): void {
    const { bus, partition } = this.options;
    this.durable = events.at(-1)!.sequence;
    bus.publish(eventTopic(partition), { partition, events });
  }

  private find({ orderId, client, clOrdId }: OrderQuery): OrderState | undefined {
    if (orderId !== undefined && orderId !== '') return this.state.orders.get(orderId);
    const found = findAnyRequest(this.state, client ?? '', clOrdId ?? '');
    return 'order' in found ? found.order : undefined;
  }

  private fail(error: unknown): void {
    if (this.mode !== 'running') return;
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof JournalFenced) {
      this.mode = 'fenced';
      this.options.onJournal('fenced', reason);
      return;
    }
    this.mode = 'recovering';
    this.options.onJournal('down', reason);
    this.recovered = this.recover();
  }

  private async recover(): Promise<void> {
    while (this.mode === 'recovering') {
      try {
        await this.load();
        if (this.hasStopped) return;
        this.mode = 'running';
        await this.replaySpool();
        this.options.onJournal('up', `journal is back; partition at ${this.durable}`);
        return;
      } catch (error) {
        if (this.mode === 'running') this.mode = 'recovering';
        this.options.onError(error);
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }

  private async load(): Promise<void> {
    const { journal, partition, owner } = this.options;
    const { epoch, head } = await journal.claim(partition, owner);
    const snapshot = await journal.latestSnapshot(partition);
    const restored = snapshot === undefined ? undefined : restoreState(snapshot.body);
    const state = restored ?? createPartition(partition);
    this.snapshotAt = state.sequence;
    while (state.sequence < head) {
      const records = await journal.read(partition, state.sequence + 1, readMax);
      if (records.length === 0)
        throw new Error(`journal of ${partition} ends at ${state.sequence}, its head says ${head}`);
      for (const { body, sequence, atMs } of records)
        evolve(state, (body as RecordedEvent).event, sequence, atMs);
    }
    const last = head === 0 ? undefined : (await journal.read(partition, head, 1))[0];
    if (last !== undefined) this.time.witness(last.atMs);
    this.state = state;
    this.epoch = epoch;
    this.durable = state.sequence;
    this.tail = Promise.resolve();
  }

  private async replaySpool(): Promise<void> {
    const { spool } = this.options;
    const commands = spool.read();
    // Orders that come from now on came after every command in the spool.
    const throughOrder = this.state.orderCount;
    for (const command of commands) {
      const reply = await this.handle(command.kind === 'massCancel' ? { throughOrder, ...command } : command);
      if (reply.result !== 'done')
        throw new Error(`spooled ${command.commandId} could not be journaled: ${reply.code}`);
    }
    spool.clear(commands.length);
  }

  /**
   * Its append has no answer. What the journal turns out to have is the answer; new risk is not decided a
   * second time.
   */
  private async settleAfterFailure(command: Command): Promise<CommandReply> {
    if (this.mode === 'fenced')
      return { result: 'unavailable', code: 'NOT_OWNER', text: 'another process owns this partition' };
    await this.recovered;
    if (!this.isKnown(command) && addsRisk(command)) return journalDown('the journal did not take the order');
    return this.handle(command);
  }

  private isKnown({ commandId }: Command): boolean {
    return recall(this.state.commands, commandId) !== undefined;
  }

  private handleWithoutJournal(command: Command): CommandReply {
    if (this.mode === 'fenced')
      return { result: 'unavailable', code: 'NOT_OWNER', text: 'another process owns this partition' };
    if (this.mode !== 'recovering') return starting('the partition is being loaded');
    if (addsRisk(command)) {
      // Decided already, and perhaps journaled: not refused before the journal has been read.
      return this.isKnown(command)
        ? starting('the outcome is being read')
        : journalDown('no new risk while the journal is down');
    }
    if (command.kind !== 'cancel' && command.kind !== 'massCancel') return starting('the journal is down');
    if (!this.options.spool.add(command)) return starting('the spool is full');
    this.cancelUrgently(command);
    return { result: 'done', sequence: 0 };
  }

  /** Venues are told at once; the events follow when the journal is back. */
  private cancelUrgently(command: SpooledCommand): void {
    const { bus, partition } = this.options;
    for (const order of this.ordersOf(command)) {
      for (const routeId of order.routeIds) {
        const route = this.state.routes.get(routeId);
        if (route === undefined || route.standing === 'closed') continue;
        bus.publish(urgentTopic(partition), {
          partition,
          venue: route.venue,
          routeId,
          venueClOrdId: route.venueClOrdId,
          cancelId: cancelId(routeId, route.cancels + 1),
          order: orderImage(order),
        });
      }
    }
  }

  private ordersOf(command: SpooledCommand): readonly OrderState[] {
    if (command.kind === 'cancel') {
      const order = this.find({
        partition: this.options.partition,
        client: command.origin.client,
        clOrdId: command.origClOrdId,
        ...(command.orderId === undefined ? {} : { orderId: command.orderId }),
      });
      return order === undefined ? [] : [order];
    }
    return [...this.state.open.values()].filter((order) => matches(command, order));
  }

  /** Saved once what it holds is durable. */
  private async snapshot(): Promise<void> {
    const { journal, partition } = this.options;
    const { sequence } = this.state;
    if (sequence === this.snapshotAt) return;
    this.snapshotAt = sequence;
    const body = snapshotState(this.state);
    await this.tail;
    await journal.saveSnapshot(partition, this.epoch, { sequence, body });
  }
}

const movesPosition: ReadonlySet<OrderEvent['type']> = new Set([
  'routeFilled',
  'tradeBusted',
  'tradeCorrected',
]);

const addsRisk = (command: Command): boolean =>
  command.kind === 'submit' || command.kind === 'refuse' || command.kind === 'replace';

const matches = (
  filter: { readonly client?: string; readonly account?: string; readonly instrument?: string },
  order: OrderState,
): boolean =>
  (filter.client ?? order.origin.client) === order.origin.client &&
  (filter.account ?? order.account) === order.account &&
  (filter.instrument ?? order.instrument) === order.instrument;

const journalDown = (text: string): CommandReply => ({
  result: 'unavailable',
  code: 'JOURNAL_UNAVAILABLE',
  text,
});
const starting = (text: string): CommandReply => ({
  result: 'unavailable',
  code: 'PARTITION_STARTING',
  text,
});

/** A repeated command is answered with the sequence of its first time. */
function replyOf({ events, reply }: Decision, firstSequence: number): CommandReply {
  const { orderId, refusal } = reply;
  return {
    result: 'done',
    sequence: reply.sequence ?? (events.length === 0 ? 0 : firstSequence),
    ...(orderId === undefined ? {} : { orderId }),
    ...(refusal === undefined ? {} : { refusal }),
  };
}
