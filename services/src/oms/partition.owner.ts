/**
 * The one writer of a partition. Commands are decided purely against the state, the events are folded in at
 * once and appended to the journal; replies and publications wait until the append is durable. While the
 * journal does not answer, new risk is refused, and what only reduces risk is spooled and carried out;
 * recovery claims the partition anew, which fences whatever append was still on its way, reads what really
 * happened and journals what was spooled before anything that adds risk is decided.
 */
import { decide, decideTick, evaluateResting, type Decision } from '@tidegate/core/order/desk';
import { decideSpooled, reducesRisk, type SpooledCommand } from '@tidegate/core/order/desk.spool';
import { evolve } from '@tidegate/core/order/evolve';
import { orderImage } from '@tidegate/core/order/image';
import type { Market } from '@tidegate/core/market/market';
import type {
  Command,
  OrderEvent,
  ReducingCommand,
  RouteCancelRequested,
  VenueReport,
} from '@tidegate/core/order/order';
import {
  createPartition,
  findAnyRequest,
  recallCommand,
  RETENTION,
  type Retention,
  type OrderState,
  type PartitionState,
} from '@tidegate/core/order/partition';
import type { Moment } from '@tidegate/core/number/time';
import type { Bus } from '@tidegate/platform/bus/bus';
import { SteadyTime, type Clock } from '@tidegate/platform/observe/clock';
import type { OrderTrace } from '@tidegate/platform/observe/trace';
import { JournalFenced, type Journal } from '@tidegate/platform/journal/journal';
import { eventsPerAppendMax } from '@tidegate/platform/journal/journal.entry';
import type {
  CommandReply,
  OrderAnswer,
  OrderQuery,
  SequencedEvent,
  TradingStateAnswer,
} from '@tidegate/wire/commands';
import { eventTopic, headTopic } from '@tidegate/wire/topics';
import { Backlog, NO_QUEUE, type BacklogOptions } from './backlog.ts';
import { addsLoad, addsRisk, boundedBy } from './command.kinds.ts';
import { commandHops } from './hops.ts';
import { loadState } from './loading.ts';
import { PastOrders } from './past.orders.ts';
import { recordedEvent } from './recorded.ts';
import { isUnwritten, NotOwner, Ownership, type OwnerLease } from './ownership.ts';
import { journalDown, overloaded, replyOf, starting, unowned } from './replies.ts';
import { Snapshots } from './snapshots.ts';
import type { Spool } from './spool.ts';
import { cancelUrgently } from './urgent.ts';
import { Undurable } from './undurable.ts';
import { tradingStateOf } from './usage.ts';

export interface PartitionOwnerOptions {
  readonly partition: string;
  /** Names this process in the journal's ownership record. */
  readonly owner: string;
  /** Under which it owns; without it it is the only one there is. */
  readonly lease?: OwnerLease | undefined;
  readonly bus: Bus;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly spool: Spool;
  readonly market: () => Market;
  readonly onJournal: (state: 'down' | 'up' | 'fenced', reason: string) => void;
  readonly onError: (error: unknown) => void;
  readonly trace?: OrderTrace | undefined;
  readonly backlog?: BacklogOptions;
  /** How long what reduces risk waits for the journal before it is spooled. Default 300 ms. */
  readonly patienceMs?: number;
  /** Between two tries to reach the journal. Default 250 ms. */
  readonly retryMs?: number;
  /** What is kept beside what is open. */
  readonly retention?: Retention;
}

/**
 * While replaying, the journal is there, and only what reduces risk is decided beside the spool; while
 * moving, what is under way is finished and nothing is begun.
 */
export type Mode = 'starting' | 'running' | 'recovering' | 'replaying' | 'moving' | 'fenced' | 'stopped';

/** What a start reads at most, some 20,000 a second. */
const snapshotEvery = 50_000;
const snapshotIdleAfter = 1_000;
/** Events that a start had to read. */
const snapshotLoadedAfter = 5_000;
const retryMsDefault = 250;
const patienceMsDefault = 300;
/** Spooled commands decided before their events are waited for. */
const replayedAtOnce = 100;

export class PartitionOwner {
  private readonly options: PartitionOwnerOptions;
  private readonly time: SteadyTime;
  private state: PartitionState;
  private epoch = 0;
  private mode: Mode = 'starting';
  /** Of what is not durable. */
  readonly backlog: Backlog;
  /** Highest sequence known to be durable and published. */
  private durable = 0;
  /** Resolves when everything decided so far is durable; rejects when an append failed. */
  private tail: Promise<void> = Promise.resolve();
  /** Somebody has waited in vain, and nothing was answered since: nobody else need wait. */
  private isSilent = false;
  /** Portions of a halt's cancels that are under way; ticks add theirs while there is room. */
  private going = 0;
  /** Settles when a recovery that is under way has ended. */
  private recovered: Promise<void> = Promise.resolve();
  private readonly undurable = new Undurable();
  /** Cancels for venues of commands that the spool could not take. */
  private readonly unspooled = new Map<string, readonly RouteCancelRequested[]>();
  private readonly snapshots: Snapshots;
  private readonly past: PastOrders;
  private readonly ownership: Ownership;
  private readonly retention: Retention;
  private lastCommandMonoMs = 0;

  constructor(options: PartitionOwnerOptions) {
    this.options = options;
    this.time = new SteadyTime(options.clock);
    this.backlog = new Backlog(options.backlog ?? NO_QUEUE);
    this.state = createPartition(options.partition, options.retention);
    this.retention = options.retention ?? RETENTION;
    this.snapshots = new Snapshots(options.journal, options.partition);
    this.past = new PastOrders(options.journal, options.partition);
    const { journal, partition, lease } = options;
    const onFenced = (error: JournalFenced): void => this.fail(error);
    this.ownership = new Ownership({ journal, partition, lease, epoch: () => this.epoch, onFenced });
  }

  /** `recovering`: its journal is away; cancels are spooled and go out. */
  get standing(): Mode {
    return this.mode;
  }

  private get hasStopped(): boolean {
    return this.mode === 'stopped';
  }

  /** Claims and loads; the same path as recovery. */
  async start(): Promise<void> {
    await this.load();
    if (this.hasStopped) return;
    try {
      await this.replaySpool();
    } catch (error) {
      if (this.mode === 'replaying') this.mode = 'starting';
      throw error;
    }
  }

  /** The snapshot first, at work; then what is under way is finished, and the next one may begin. */
  async stop(): Promise<void> {
    if (this.mode === 'running') {
      await this.snapshots.settled();
      await this.save().catch(this.options.onError);
      await this.snapshots.settled();
    }
    if (this.mode === 'running') {
      this.mode = 'moving';
      await this.tail.catch(() => undefined);
    }
    this.abandon();
  }

  /** It is another one's: nothing more is decided, written or told. */
  abandon(): void {
    if (this.hasStopped) return;
    this.mode = 'stopped';
    this.options.spool.close();
  }

  /** `sentAtMs`: while orders are traced. */
  async handle(command: Command, sentAtMs?: number): Promise<CommandReply> {
    if (!this.ownership.mayAnswer) return unowned();
    if (!this.decides(command)) return this.handleWithoutJournal(command);
    if (command.kind === 'venueReport' && this.past.isMeant(command, this.state))
      return this.handlePast(command);
    const now = this.now();
    const behind = addsLoad(this.state, command) ? this.backlog.refuse(now.monoMs) : undefined;
    if (behind !== undefined && !this.isKnown(command)) return overloaded(behind);
    const hops = commandHops(this.options.trace, command, sentAtMs);
    this.lastCommandMonoMs = now.monoMs;
    const bounded = boundedBy(this.state, command);
    const decision = decide(this.state, this.options.market(), command, now);
    const firstSequence = this.state.sequence + 1;
    this.commit(decision.events, now.utcMs);
    hops?.decided();
    if (reducesRisk(bounded)) return this.settleSoon(bounded, decision, firstSequence);
    if (isUnwritten(decision)) return this.ownership.confirmed(replyOf(decision, firstSequence));
    try {
      await this.tail;
    } catch {
      return this.settleAfterFailure(command);
    }
    hops?.settled();
    return this.goOn(decision, firstSequence);
  }

  /** A report of an order that closed long ago: the order comes back first, as the journal has it. */
  private async handlePast(command: VenueReport): Promise<CommandReply> {
    try {
      const revived = await this.past.revival(command, this.durable);
      // Meanwhile another report may have brought it, or the journal is gone.
      if (this.decides(command) && revived !== undefined && this.past.isMeant(command, this.state))
        this.commit([revived], this.now().utcMs);
    } catch (error) {
      this.options.onError(error);
      return starting('an order of before is being read');
    }
    return this.handle(command);
  }

  /** The order as the journal has it, waiting for what is on its way; or as it stands here, at once. */
  async query(query: OrderQuery): Promise<OrderAnswer> {
    const isReady = query.atOnce === true ? hasState.has(this.mode) : this.mode === 'running';
    if (!this.ownership.mayAnswer || !isReady) return { found: false, code: 'PARTITION_STARTING' };
    const order = this.find(query);
    const { sequence } = this.state;
    const answer: OrderAnswer =
      order === undefined
        ? { found: false, code: 'UNKNOWN_ORDER', sequence }
        : { found: true, order: orderImage(order), sequence };
    if (query.atOnce === true) return answer;
    try {
      await Promise.all([this.tail, this.ownership.confirm()]);
      return answer.found ? answer : await this.queryPast(query, answer);
    } catch {
      return { found: false, code: 'PARTITION_STARTING' };
    }
  }

  /** Of an order that closed long ago and that the tables have, the last that the journal says. */
  private async queryPast(query: OrderQuery, answer: OrderAnswer): Promise<OrderAnswer> {
    const { sequence } = this.state;
    const order = await this.past.imageAt(query);
    return order === undefined ? answer : { found: true, order, sequence };
  }

  get tradingState(): TradingStateAnswer {
    return tradingStateOf(this.state);
  }

  /** Before what is only told. While the journal is away it is as it stands; throws when it is another's. */
  async confirm(): Promise<void> {
    if (this.mode === 'running') await this.ownership.confirm().catch(() => undefined);
    if (!hasState.has(this.mode) || !this.ownership.mayAnswer) throw new NotOwner();
  }

  /** Orders that are open now. */
  get openOrders(): number {
    return this.state.open.size;
  }

  /** What follows from the state as it is. Throws while it is not known, or, unless `atOnce`, not running. */
  tell<Answer>(read: (state: PartitionState, market: Market, now: Moment) => Answer, atOnce = false): Answer {
    const mayTell = atOnce ? hasState.has(this.mode) && this.ownership.mayAnswer : this.mode === 'running';
    if (!mayTell) throw new Error('the partition is being loaded');
    return read(this.state, this.options.market(), this.now());
  }

  /** An instrument's book changed: resting orders may trade. */
  evaluate(instrument: string): void {
    if (this.mode !== 'running') return;
    const now = this.now();
    this.commit(evaluateResting(this.state, this.options.market(), instrument, now), now.utcMs);
  }

  /** Time passed: expiries, budgets, unanswered routes. */
  tick(): void {
    if (this.mode !== 'running' || (this.going > 0 && !this.backlog.hasRoom)) return;
    const now = this.now();
    const events = decideTick(this.state, this.options.market(), now);
    this.commit(events, now.utcMs);
    // A halt's cancels go before everything that comes of them: the next portion follows in the next turn.
    if (events.length > 0 && this.state.tradingState === 'halted' && this.backlog.hasRoom)
      setImmediate(() => this.tick());
    const unsaved = this.snapshots.unsaved(this.state);
    const isIdle = now.monoMs - this.lastCommandMonoMs > 2_000;
    if (unsaved >= snapshotEvery || (isIdle && unsaved >= snapshotIdleAfter))
      this.save().catch(this.options.onError);
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

  /** Only while nobody else can own: whoever is behind a head reads the journal up to there. */
  publishHead(): void {
    const { bus, partition } = this.options;
    if (hasState.has(this.mode) && this.ownership.isSure)
      bus.publish(headTopic(partition), { partition, sequence: this.durable, epoch: this.epoch });
  }

  /** A head of another owner was heard, later than ours: ours is over. */
  isOlderThan(epoch: number): boolean {
    return hasState.has(this.mode) && this.epoch < epoch;
  }

  private now(): Moment {
    return { utcMs: this.time.nowMs(), monoMs: this.options.clock.monoMs() };
  }

  /**
   * What the journal takes now; while the spool is replayed, nothing that adds risk comes before its halts.
   */
  private decides(command: Command): boolean {
    return this.mode === 'running' || (this.mode === 'replaying' && reducesRisk(command));
  }

  private async goOn(decision: Decision, firstSequence: number): Promise<CommandReply> {
    const reply = replyOf(decision, firstSequence);
    if (decision.rest === undefined) return reply;
    const going = this.handle(decision.rest);
    // A halt holds once it is durable: its cancels go on, then ticks go after what is left.
    if (this.state.tradingState === 'halted') {
      this.going += 1;
      this.tick();
      going.catch(this.options.onError).finally(() => (this.going -= 1));
      return reply;
    }
    return going.then((rest) => (rest.result === 'done' ? reply : rest));
  }

  /** It waits a little for the journal, and then no longer. */
  private async settleSoon(
    command: ReducingCommand,
    decision: Decision,
    firstSequence: number,
  ): Promise<CommandReply> {
    if (isUnwritten(decision)) return this.ownership.confirmed(replyOf(decision, firstSequence));
    if (this.isSilent) return this.carryOut(command, decision);
    const over = Promise.withResolvers<'over'>();
    const timer = setTimeout(() => over.resolve('over'), this.options.patienceMs ?? patienceMsDefault);
    const during = (outcome: Promise<void>) =>
      Promise.race([over.promise, outcome.then(() => 'done' as const).catch(() => 'failed' as const)]);
    try {
      const outcome = await during(this.tail);
      if (outcome === 'done') return await this.goOn(decision, firstSequence);
      // As it was decided, unless the journal has been read anew meanwhile.
      if (outcome === 'over') {
        this.isSilent = true;
        return this.carryOut(command, decision);
      }
      await during(this.recovered);
      return this.mode === 'recovering' ? this.carryOut(command, decision) : await this.handle(command);
    } finally {
      clearTimeout(timer);
    }
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
    const recorded = events.map((event, index) => {
      evolve(this.state, event, firstSequence + index, atMs);
      this.undurable.decided(event);
      return recordedEvent(this.state, event);
    });
    const appended = journal.append({
      partition,
      epoch,
      firstSequence,
      events: recorded.map((body) => ({ type: body.event.type, atMs, body })),
    });
    const sequenced: SequencedEvent[] = recorded.map((body, index) => ({
      sequence: firstSequence + index,
      atMs,
      ...body,
    }));
    this.backlog.appended(events.length, this.options.clock.monoMs());
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

  private publish(events: readonly SequencedEvent[]): void {
    const { bus, partition, trace } = this.options;
    this.durable = events.at(-1)!.sequence;
    this.backlog.settled();
    this.isSilent = false;
    this.undurable.durable(events);
    bus.publish(
      eventTopic(partition),
      trace === undefined ? { partition, events } : { partition, events, publishedAtMs: trace.now() },
    );
  }

  private find({ orderId, client, clOrdId }: OrderQuery): OrderState | undefined {
    if (orderId !== undefined && orderId !== '') return this.state.orders.get(orderId);
    const found = findAnyRequest(this.state, client ?? '', clOrdId ?? '');
    return 'order' in found ? found.order : undefined;
  }

  private fail(error: unknown): void {
    if (!canFail.has(this.mode)) return;
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof JournalFenced) return this.fence(reason);
    // Nobody waits for what comes next: the next owner reads what really happened.
    if (this.mode === 'moving') return;
    if (this.mode === 'replaying') {
      // Whoever replays waits for it, and begins anew.
      this.tail = Promise.reject(error instanceof Error ? error : new Error(reason));
      this.tail.catch(() => undefined);
      return;
    }
    this.mode = 'recovering';
    this.options.onJournal('down', reason);
    this.recovered = this.recover();
  }

  private fence(reason: string): void {
    this.mode = 'fenced';
    this.options.onJournal('fenced', reason);
  }

  private async recover(): Promise<void> {
    while (this.mode === 'recovering') {
      try {
        await this.load();
        if (this.hasStopped) return;
        await this.replaySpool();
        this.options.onJournal('up', `journal is back; partition at ${this.durable}`);
        return;
      } catch (error) {
        if (this.standing === 'replaying') this.mode = 'recovering';
        if (error instanceof JournalFenced && this.standing === 'recovering')
          return this.fence(error.message);
        this.options.onError(error);
        await new Promise((resolve) => setTimeout(resolve, this.options.retryMs ?? retryMsDefault));
      }
    }
  }

  /** Replaying when it returns. */
  private async load(): Promise<void> {
    const { journal, partition, owner, lease } = this.options;
    const { epoch, head } = await journal.claim(partition, owner, lease?.epoch);
    const { snapshots, retention } = this;
    const { state, lastAtMs } = await loadState({ journal, partition, snapshots, retention, head });
    if (lastAtMs !== undefined) this.time.witness(lastAtMs);
    this.state = state;
    this.epoch = epoch;
    this.durable = state.sequence;
    this.backlog.clear();
    this.undurable.clear();
    this.unspooled.clear();
    this.isSilent = false;
    this.tail = Promise.resolve();
    // In the same turn: what was folded in ahead of the journal is gone, and nothing more may be.
    if (!this.hasStopped) this.mode = 'replaying';
    // Who is killed again and again would have more to read each time.
    if (this.snapshots.unsaved(state) >= snapshotLoadedAfter) this.save().catch(this.options.onError);
  }

  /** Running when it returns: what was spooled is in the journal, and what it halted is halted. */
  private async replaySpool(): Promise<void> {
    const { spool } = this.options;
    const spooled = spool.read();
    for (const [index, one] of spooled.entries()) {
      this.replay(one);
      if (index % replayedAtOnce === replayedAtOnce - 1) await this.tail;
    }
    for (let tail: unknown; tail !== this.tail;) {
      tail = this.tail;
      await this.tail;
    }
    if (this.standing === 'replaying') this.mode = 'running';
    for (const { command } of spooled) spool.settle(command.commandId);
  }

  private replay(spooled: SpooledCommand): void {
    const now = this.now();
    let left: SpooledCommand | undefined = spooled;
    while (left !== undefined) {
      const { events, rest } = decideSpooled(this.state, this.options.market(), left, now);
      this.commit(events, now.utcMs);
      left = rest?.kind === 'massCancel' ? { ...left, command: rest } : undefined;
    }
  }

  /**
   * Its append has no answer. What the journal turns out to have is the answer; new risk is not decided a
   * second time.
   */
  private async settleAfterFailure(command: Command): Promise<CommandReply> {
    if (this.mode === 'fenced') return unowned();
    await this.recovered;
    if (!this.isKnown(command) && addsRisk(command)) return journalDown('the journal did not take the order');
    return this.handle(command);
  }

  private isKnown({ commandId }: Command): boolean {
    return recallCommand(this.state, commandId) !== undefined;
  }

  private handleWithoutJournal(command: Command): CommandReply {
    if (this.mode === 'fenced') return unowned();
    if (this.mode !== 'recovering') return starting('the partition is being loaded');
    if (addsRisk(command)) {
      // Decided already, and perhaps journaled: not refused before the journal has been read.
      return this.isKnown(command)
        ? starting('the outcome is being read')
        : journalDown('no new risk while the journal is down');
    }
    const bounded = boundedBy(this.state, command);
    if (!reducesRisk(bounded)) return starting('the journal is down');
    return this.carryOut(bounded, this.imagine(bounded));
  }

  /** Folded in ahead of the journal; what it has is loaded before anything is appended again. */
  private imagine(command: Command): Decision {
    const now = this.now();
    const decision = decide(this.state, this.options.market(), command, now);
    for (const event of decision.events) evolve(this.state, event, this.state.sequence + 1, now.utcMs);
    return decision;
  }

  /**
   * Decided and folded in, but the journal does not answer: on the disk first, then to the venues. It is
   * journaled by its append, should that be answered, or when the spool is replayed.
   */
  private carryOut(command: ReducingCommand, decision: Decision): CommandReply {
    const { spool } = this.options;
    const { commandId } = command;
    const { sequence } = decision.reply;
    if (sequence !== undefined && sequence <= this.durable) return replyOf(decision, sequence);
    const reply = { ...replyOf(decision, 0), sequence: 0, isSpooled: true };
    if (spool.has(commandId)) return reply;
    const sent =
      this.unspooled.get(commandId) ??
      this.undurable.takeCancels([...decision.events, ...this.decideRest(decision.rest)]);
    // Should the disk refuse it, the command comes again, and is decided by then.
    this.unspooled.set(commandId, sent);
    if (!spool.add({ command, sent })) return starting('the spool is full');
    this.unspooled.delete(commandId);
    cancelUrgently(this.options.bus, this.options.partition, this.state, sent);
    if (this.mode !== 'recovering') {
      const journaled = (): void => spool.settle(commandId);
      // Should it fail, the recovery replays.
      this.tail.then(journaled).catch(() => undefined);
    }
    return reply;
  }

  private decideRest(rest: Decision['rest']): readonly OrderEvent[] {
    const events: OrderEvent[] = [];
    for (let left = rest; left !== undefined;) {
      const decision = this.mode === 'recovering' ? this.imagine(left) : this.decideNow(left);
      events.push(...decision.events);
      left = decision.rest;
    }
    return events;
  }

  private decideNow(command: Command): Decision {
    const now = this.now();
    const decision = decide(this.state, this.options.market(), command, now);
    this.commit(decision.events, now.utcMs);
    return decision;
  }

  /** A snapshot, once all of it is durable. While it is running. */
  save(): Promise<void> {
    return this.snapshots.save(() => ({ state: this.state, epoch: this.epoch }), this.tail);
  }
}

const canFail: ReadonlySet<Mode> = new Set(['running', 'replaying', 'moving']);
const hasState: ReadonlySet<Mode> = new Set(['running', 'recovering', 'replaying']);
