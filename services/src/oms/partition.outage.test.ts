/**
 * The one writer of a partition with a journal that holds its answers back, and then gives them late, or has
 * lost the appends; and with an owner that is killed meanwhile. What only reduces risk goes out at once, and
 * the journal has in the end what was done, once.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scenario } from '@tidegate/core/order/desk.fixture';
import type { SpooledCommand } from '@tidegate/core/order/desk.spool';
import { evolve } from '@tidegate/core/order/evolve';
import type {
  CancelOrder,
  Command,
  Halt,
  OrderEvent,
  SubmitOrder,
  VenueReport,
} from '@tidegate/core/order/order';
import { createPartition } from '@tidegate/core/order/partition';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { JournalUnavailable, type Append } from '@tidegate/platform/journal/journal';
import { MemoryJournal } from '@tidegate/platform/journal/journal.memory';
import { turn, until } from '@tidegate/platform/testing/until';
import type { CommandReply, RecordedEvent, UrgentCancel } from '@tidegate/wire/commands';
import { urgentTopic } from '@tidegate/wire/topics';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PartitionOwner } from './partition.owner.ts';
import { Spool } from './spool.ts';

const partition = 'acme';

/**
 * While it holds, nothing is answered; `lose` breaks the connection, and nobody connects until `isAway` ends.
 */
class HoldingJournal extends MemoryJournal {
  isHolding = false;
  isAway = false;
  private readonly held: { append: Append; settle: (outcome: Promise<void>) => void }[] = [];

  override append(append: Append): Promise<void> {
    if (this.isAway) return Promise.reject(new JournalUnavailable('away'));
    if (!this.isHolding) return super.append(append);
    return new Promise((resolve) => this.held.push({ append, settle: resolve }));
  }

  override claim(name: string, owner: string): ReturnType<MemoryJournal['claim']> {
    return this.isAway ? Promise.reject(new JournalUnavailable('away')) : super.claim(name, owner);
  }

  answer(): void {
    this.isHolding = false;
    for (const { append, settle } of this.held.splice(0)) settle(super.append(append));
  }

  lose(): void {
    this.isHolding = false;
    this.isAway = true;
    for (const { settle } of this.held.splice(0)) settle(Promise.reject(new JournalUnavailable('lost')));
  }
}

class Outage {
  readonly scenario = new Scenario();
  readonly journal = new HoldingJournal();
  readonly bus = new MemoryBus({ freeze: true });
  readonly folder = mkdtempSync(join(tmpdir(), 'tidegate-outage-'));
  readonly urgent: UrgentCancel[] = [];
  owner!: PartitionOwner;
  spool!: Spool;

  constructor() {
    this.scenario.quote('alpha', [108_000, 1_000_000], [108_010, 1_000_000]);
    this.bus.subscribe(urgentTopic(partition), (cancel) => void this.urgent.push(cancel));
  }

  async start(): Promise<void> {
    this.spool = new Spool(this.folder, partition);
    this.owner = this.make(this.spool);
    await this.owner.start();
  }

  make(spool: Spool): PartitionOwner {
    const { bus, journal, scenario } = this;
    return new PartitionOwner({
      partition,
      owner: 'one',
      bus,
      journal,
      spool,
      patienceMs: 1,
      retryMs: 1,
      market: () => scenario.market,
      clock: { nowMs: () => scenario.utcMs, monoMs: () => scenario.monoMs },
      onJournal: () => undefined,
      onError: () => undefined,
    });
  }

  /** kill -9: what was in memory is gone, and nobody hears its answers. */
  async kill(): Promise<void> {
    this.journal.lose();
    await this.owner.stop();
    this.journal.isAway = false;
    await this.start();
  }

  async stop(): Promise<void> {
    this.back();
    await this.owner.stop();
    await this.bus.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  back(): void {
    this.journal.answer();
    this.journal.isAway = false;
  }

  async running(): Promise<void> {
    await until(() => this.owner.standing === 'running');
  }

  async events(): Promise<readonly OrderEvent[]> {
    const records = await this.journal.read(partition, 1, 100_000);
    return records.map(({ body }) => (body as RecordedEvent).event);
  }

  get spooled(): readonly SpooledCommand[] {
    return this.spool.read();
  }
}

let desk: Outage;
beforeEach(async () => {
  desk = new Outage();
  await desk.start();
});
afterEach(() => desk.stop());

const origin = { channel: 'fix', client: 'CLIENT' } as const;
const cancelOf = (clOrdId: string, key = ''): CancelOrder => ({
  kind: 'cancel',
  commandId: `cancel ${clOrdId}${key}`,
  origin,
  clOrdId: `X${clOrdId}${key}`,
  origClOrdId: clOrdId,
});
const halt: Halt = {
  kind: 'setTradingState',
  commandId: 'halt',
  by: 'rita',
  reason: 'drill',
  state: 'halted',
};
const release = { ...halt, commandId: 'release', state: 'active' } as const;
const cancelAll = { kind: 'massCancel', commandId: 'all', by: 'rita', reason: 'drill' } as const;
/** Rests: nothing of it goes to a venue. */
const resting = { price: 107_000 };
const spooledAnswer = { result: 'done', sequence: 0, isSpooled: true };
let reports = 0;
const reportOf = (
  routeId: string,
  report: VenueReport['report'],
  more: Partial<VenueReport> = {},
): Command => {
  reports += 1;
  const venueExecId = `E${reports}`;
  return {
    kind: 'venueReport',
    commandId: `alpha:${venueExecId}`,
    venue: 'alpha',
    routeId,
    report,
    venueExecId,
    venueOrderId: `V-${routeId}`,
    ...more,
  };
};

/** An order with a route at alpha. */
async function routed(terms: Partial<SubmitOrder> = {}): Promise<string> {
  const command = desk.scenario.submitCommand({ timeInForce: 'gtc', ...terms });
  await desk.owner.handle(command);
  return command.clOrdId;
}

const send = (command: Command): Promise<CommandReply> => desk.owner.handle(command);
const count = (events: readonly OrderEvent[], type: OrderEvent['type']): number =>
  events.filter((event) => event.type === type).length;

/** The two ways in which a silence ends. */
const ends = {
  'answered late': async () => desk.back(),
  lost: async () => {
    desk.journal.lose();
    await turn();
    desk.back();
  },
};

describe.each(Object.entries(ends))(
  'while the journal says nothing, until what waits is %s',
  (_name, end) => {
    it('a cancel goes to its venue at once, and is journaled once under the id it went with', async () => {
      const order = await routed();
      desk.journal.isHolding = true;
      expect(await send(cancelOf(order))).toEqual({ ...spooledAnswer, orderId: 'acme.1' });
      expect(desk.spooled).toMatchObject([{ command: cancelOf(order), sent: [{ cancelId: 'acme.1.1.c1' }] }]);
      expect(await send(cancelOf(order))).toMatchObject(spooledAnswer);
      await until(() => desk.urgent.length > 0);
      expect(desk.urgent).toMatchObject([{ venue: 'alpha', routeId: 'acme.1.1', cancelId: 'acme.1.1.c1' }]);
      await end();
      await until(() => desk.spooled.length === 0);
      await desk.running();
      const events = await desk.events();
      expect(count(events, 'cancelRequested')).toBe(1);
      const requested = events.filter((event) => event.type === 'routeCancelRequested');
      expect(requested).toMatchObject([{ cancelId: 'acme.1.1.c1' }]);
      expect(await send(reportOf('acme.1.1', 'canceled'))).toMatchObject({ result: 'done' });
      expect(await send(cancelOf(order))).toMatchObject({ result: 'done', sequence: 3 });
      expect(desk.urgent).toHaveLength(1);
    });

    it('a halt holds from now on, and is not overtaken when the journal is back', async () => {
      await routed();
      desk.journal.isHolding = true;
      expect(await send(halt)).toEqual(spooledAnswer);
      expect(desk.owner.tradingState.state).toBe('halted');
      await until(() => desk.urgent.length === 1);
      await end();
      const order = desk.scenario.submitCommand(resting);
      await until(async () => (await send(order)).result === 'done');
      expect(await send(order)).toMatchObject({ refusal: { code: 'TRADING_HALTED' } });
      expect(count(await desk.events(), 'tradingStateChanged')).toBe(1);
      expect(await send(release)).toMatchObject({ result: 'done' });
      expect(desk.owner.tradingState.state).toBe('active');
    });

    it('a stop of an account holds so as well, until it is released', async () => {
      await routed();
      desk.journal.isHolding = true;
      const words = { by: 'rita', reason: 'drill', scope: { account: 'main' } };
      const stop = { kind: 'setStop', commandId: 'stop', ...words, stop: 'halted' } as const;
      expect(await send(stop)).toEqual(spooledAnswer);
      await until(() => desk.urgent.length === 1);
      await end();
      const order = desk.scenario.submitCommand(resting);
      await until(async () => (await send(order)).result === 'done');
      expect(await send(order)).toMatchObject({ refusal: { code: 'TRADING_STOPPED' } });
      expect(count(await desk.events(), 'stopSet')).toBe(1);
      expect(await send({ kind: 'releaseStop', commandId: 'go', ...words })).toMatchObject({
        result: 'done',
      });
      expect(await send(desk.scenario.submitCommand(resting))).not.toHaveProperty('refusal');
    });

    it('what no venue has seen is not canceled there ahead of its request', async () => {
      desk.journal.isHolding = true;
      const order = desk.scenario.submitCommand({ timeInForce: 'gtc' });
      const placed = send(order);
      expect(await send(cancelOf(order.clOrdId))).toMatchObject(spooledAnswer);
      await end();
      await placed;
      await until(() => desk.spooled.length === 0);
      await turn();
      expect(desk.urgent).toEqual([]);
      const types = (await desk.events()).map(({ type }) => type);
      expect(types.indexOf('routeRequested')).toBeLessThanOrEqual(types.indexOf('routeCancelRequested'));
    });

    it('a halt tells the venues what ticks had decided of it, too', async () => {
      const routed = () => send(desk.scenario.submitCommand({ timeInForce: 'gtc', quantity: 10 }));
      await Promise.all(Array.from({ length: 900 }, routed));
      desk.journal.isHolding = true;
      const halting = send(halt);
      desk.owner.tick();
      expect(await halting).toEqual(spooledAnswer);
      await until(() => desk.urgent.length === 900);
      await end();
      await until(() => desk.spooled.length === 0);
      await desk.running();
      expect(count(await desk.events(), 'cancelRequested')).toBe(900);
    });

    it('many orders are canceled in portions, each once', async () => {
      const placed = Array.from({ length: 900 }, (_, index) =>
        send(desk.scenario.submitCommand(index % 3 === 0 ? { timeInForce: 'gtc', quantity: 10 } : resting)),
      );
      await Promise.all(placed);
      desk.journal.isHolding = true;
      expect(await send(cancelAll)).toEqual(spooledAnswer);
      await until(() => desk.urgent.length === 300);
      // What comes after it is left alone, also when it is decided again.
      const later = desk.scenario.submitCommand(resting);
      const placing = send(later);
      await end();
      await placing;
      await until(() => desk.spooled.length === 0);
      await desk.running();
      await send(later);
      const events = await desk.events();
      expect(count(events, 'cancelRequested')).toBe(900);
      expect(count(events, 'routeCancelRequested')).toBe(300);
      const found = await desk.owner.query({ partition, client: 'CLIENT', clOrdId: later.clOrdId });
      expect(found).toMatchObject({ order: { status: 'new' } });
    });
  },
);

describe('while the journal is lost', () => {
  it('a cancel says what is so: refused when it is no more, found by whoever wants to cancel', async () => {
    const order = await routed();
    await send(desk.scenario.submitCommand(resting));
    desk.journal.lose();
    expect(await send(cancelOf('C2'))).toMatchObject({ ...spooledAnswer, orderId: 'acme.2' });
    expect(await send(cancelOf('C2', 'again'))).toMatchObject({ refusal: { code: 'ORDER_CLOSED' } });
    expect(await send(cancelOf(order))).toMatchObject({ ...spooledAnswer, orderId: 'acme.1' });
    expect(await send(cancelOf(order, 'again'))).toMatchObject({ refusal: { code: 'ROUTE_IN_FLIGHT' } });
    expect(await send(cancelOf('none'))).toMatchObject({ refusal: { code: 'UNKNOWN_ORDER' } });
    expect(await desk.owner.query({ partition, orderId: 'acme.1' })).toMatchObject({ found: false });
    expect(await desk.owner.query({ partition, orderId: 'acme.1', atOnce: true })).toMatchObject({
      found: true,
      order: { status: 'pendingCancel' },
    });
    desk.back();
    await desk.running();
    const events = await desk.events();
    expect(count(events, 'cancelRequested')).toBe(2);
    // Who was refused is told so, once.
    expect(count(events, 'changeRefused')).toBe(3);
  });

  it('no report is decided before the cancel that it answers is journaled', async () => {
    const order = await routed();
    desk.journal.lose();
    await send(cancelOf(order));
    const canceled = reportOf('acme.1.1', 'canceled', { requestId: 'acme.1.1.c1' });
    expect(await send(canceled)).toMatchObject({ result: 'unavailable', code: 'PARTITION_STARTING' });
    desk.back();
    await desk.running();
    expect(await send(canceled)).toMatchObject({ result: 'done' });
    const types = (await desk.events()).map(({ type }) => type);
    expect(types.slice(-4)).toEqual([
      'cancelRequested',
      'routeCancelRequested',
      'routeClosed',
      'orderClosed',
    ]);
  });

  it('a halt is not lifted, now or by a release that was under way', async () => {
    desk.journal.isHolding = true;
    const released = send(release);
    desk.journal.lose();
    await turn();
    expect(await send(halt)).toEqual(spooledAnswer);
    expect(await send({ ...release, commandId: 'other' })).toMatchObject({ code: 'JOURNAL_UNAVAILABLE' });
    desk.back();
    expect(await released).toMatchObject({ code: 'JOURNAL_UNAVAILABLE' });
    expect(desk.owner.tradingState.state).toBe('halted');
  });

  it('what went out under an id that the journal has not keeps it, and the next gets another', async () => {
    const order = await routed({ forcedVenue: 'alpha' });
    await send(reportOf('acme.1.1', 'acknowledged'));
    await send(cancelOf(order));
    desk.journal.isHolding = true;
    const refused = send(reportOf('acme.1.1', 'cancelRejected', { requestId: 'acme.1.1.c1' }));
    expect(await send(cancelOf(order, 'again'))).toMatchObject(spooledAnswer);
    await until(() => desk.urgent.length === 1);
    desk.journal.lose();
    await turn();
    desk.back();
    await refused;
    await desk.running();
    const ids = (await desk.events()).flatMap((event) =>
      event.type === 'routeCancelRequested' ? [event.cancelId] : [],
    );
    expect(ids).toEqual(['acme.1.1.c1', 'acme.1.1.c2']);
  });

  it('what the spool could not take goes out when it comes again', async () => {
    const order = await routed();
    const { add } = desk.spool;
    desk.spool.add = () => false;
    desk.journal.lose();
    expect(await send(cancelOf(order))).toMatchObject({ code: 'PARTITION_STARTING' });
    expect(desk.urgent).toEqual([]);
    desk.spool.add = add;
    expect(await send(cancelOf(order))).toMatchObject(spooledAnswer);
    await until(() => desk.urgent.length === 1);
  });
});

describe('an owner that was killed', () => {
  it('knows of what it has sent, and has halted before anybody else is heard', async () => {
    const order = await routed();
    desk.journal.isHolding = true;
    await send(cancelOf(order));
    await send(halt);
    desk.journal.lose();
    await desk.kill();
    expect(desk.owner.tradingState.state).toBe('halted');
    expect(readFileSync(join(desk.folder, `${partition}.spool`), 'utf8')).toBe('');
    const events = await desk.events();
    expect(events.at(-2)).toMatchObject({ type: 'routeCancelRequested', isEarly: true });
    expect(events.at(-1)).toMatchObject({ type: 'tradingStateChanged', state: 'halted' });
  });

  it('before the journal is back starts when it is, with its spool', async () => {
    await routed();
    desk.journal.lose();
    await send(halt);
    await desk.owner.stop();
    await expect(desk.make(new Spool(desk.folder, partition)).start()).rejects.toThrow('away');
    desk.back();
    await desk.start();
    expect(desk.owner.tradingState.state).toBe('halted');
  });
});

/** What may happen, by name; the number picks an order. */
const happenings = fc.array(
  fc.tuple(
    fc.constantFrom(
      'submit',
      'rest',
      'cancel',
      'cancelAll',
      'halt',
      'release',
      'fill',
      'canceled',
      'cancelRejected',
      'hold',
      'hold',
      'answer',
      'lose',
      'lose',
      'back',
      'kill',
    ),
    fc.nat(5),
  ),
  { minLength: 5, maxLength: 40 },
);

async function happen([what, pick]: readonly [string, number], key: string): Promise<void> {
  const { scenario, journal } = desk;
  const routeId = `acme.${pick + 1}.1`;
  // Nobody waits for an answer that may never come.
  const tell = (command: Command): void => void send(command).catch(() => undefined);
  switch (what) {
    case 'submit':
      return tell(
        scenario.submitCommand({ timeInForce: 'gtc', ...(pick % 2 === 0 ? {} : { forcedVenue: 'alpha' }) }),
      );
    case 'rest':
      return tell(scenario.submitCommand(resting));
    case 'cancel':
      return tell(cancelOf(`C${pick + 1}`, key));
    case 'cancelAll':
      return tell({ ...cancelAll, commandId: key });
    case 'halt':
      return tell({ ...halt, commandId: key });
    case 'release':
      return tell({ ...release, commandId: key });
    case 'fill':
      return tell(reportOf(routeId, 'filled', { lastPrice: 108_010, lastQuantity: 10 }));
    case 'canceled':
    case 'cancelRejected':
      return tell(reportOf(routeId, what, { requestId: `${routeId}.c1` }));
    case 'hold':
      journal.isHolding = !journal.isAway;
      return;
    case 'answer':
      return journal.answer();
    case 'lose':
      return journal.lose();
    case 'back':
      return desk.back();
    default:
      return desk.kill();
  }
}

it('whatever happens, the journal has what venues were sent, once, and tells the owner’s state', async () => {
  await fc.assert(
    fc.asyncProperty(happenings, async (all) => {
      await desk.stop();
      desk = new Outage();
      await desk.start();
      for (const [index, one] of all.entries()) {
        await happen(one, `k${index}`);
        await new Promise((resolve) => setTimeout(resolve, index % 3 === 0 ? 2 : 0));
      }
      desk.back();
      await desk.running();
      await until(() => desk.spooled.length === 0);
      // Whatever is still decided is journaled with this.
      await send(cancelOf('nothing', 'last'));
      const state = createPartition(partition);
      const cancels: string[] = [];
      for (const { body, sequence, atMs } of await desk.journal.read(partition, 1, 100_000)) {
        const { event } = body as RecordedEvent;
        evolve(state, event, sequence, atMs);
        if (event.type === 'routeCancelRequested') cancels.push(event.cancelId);
      }
      expect(new Set(cancels).size).toBe(cancels.length);
      expect(cancels).toEqual(
        expect.arrayContaining([...new Set(desk.urgent.map(({ cancelId }) => cancelId))]),
      );
      await desk.owner.stop();
      await desk.start();
      expect(desk.owner.tradingState.state).toBe(state.tradingState);
    }),
    { numRuns: 60 },
  );
}, 60_000);
