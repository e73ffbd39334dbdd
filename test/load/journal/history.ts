/**
 * Makes order history in a journal, as a process of its own: firms whose orders are decided, recorded and
 * filled by the real owner of a partition, appended in large statements and not waited for one by one. What
 * comes out is what years of trading leave behind, in minutes.
 *
 * Forked with IPC, on the sources (the market is a test's): takes a `HistoryOrder`, answers `{ made }`; or
 * `{ sample: true }`, answers `{ appends }`, those of one order that is filled.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scenario } from '@tidegate/core/order/desk.fixture';
import type { Command, SubmitOrder } from '@tidegate/core/order/order';
import { routeId } from '@tidegate/core/number/ids';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import type { Append, Journal, JournalEvent } from '@tidegate/platform/journal/journal';
import { eventsPerAppendMax } from '@tidegate/platform/journal/journal.entry';
import { MemoryJournal } from '@tidegate/platform/journal/journal.memory';
import { PostgresJournal } from '@tidegate/platform/journal/journal.postgres';
import { PartitionOwner } from '@tidegate/services/oms/partition.owner';
import { Spool } from '@tidegate/services/oms/spool';
import { silent } from './database.ts';

export interface HistoryOrder {
  readonly url: string;
  readonly partitions: readonly string[];
  /** Of all partitions together, about. */
  readonly events: number;
  /** That stay open, resting with us, of all partitions together. */
  readonly open: number;
}

export interface HistoryMade {
  readonly events: number;
  readonly orders: number;
  readonly seconds: number;
}

/** Between two orders of a firm, on the clock of the history, which ends now. */
const stepMs = 1;
/** A statement with a thousand events, on a disk that is busy with the ones before. */
const writeMs = 60_000;
const writesBehindMax = 4;
/** No append of these orders has more. */
const eventsOfOneMax = 100;
const requotedEvery = 1_000;
/** About as many as an order that is filled at once has. */
const eventsPerOrder = 4;
const bid = 108_000;
const ask = 108_010;
/** Rests, and is far from what anybody quotes. */
const restingPrice = 107_500;

/** Makes a journal say that an append is durable at once, and write large ones behind it. */
class BulkAppends {
  readonly #append: Journal['append'];
  #waiting: JournalEvent[] = [];
  #first: Append | undefined;
  #writes: Promise<unknown> = Promise.resolve();
  #behind = 0;
  events = 0;

  constructor(journal: Journal) {
    this.#append = journal.append.bind(journal);
    const saveSnapshot = journal.saveSnapshot.bind(journal);
    journal.append = (append) => this.#take(append);
    journal.saveSnapshot = async (...snapshot) => {
      await this.flush();
      return saveSnapshot(...snapshot);
    };
  }

  get isFull(): boolean {
    return this.#behind > writesBehindMax;
  }

  async flush(): Promise<void> {
    this.#write();
    await this.#writes;
  }

  #take(append: Append): Promise<void> {
    this.#first ??= append;
    this.#waiting.push(...append.events);
    this.events += append.events.length;
    if (this.#waiting.length >= eventsPerAppendMax - eventsOfOneMax) this.#write();
    return Promise.resolve();
  }

  #write(): void {
    const [first, events] = [this.#first, this.#waiting];
    if (first === undefined) return;
    this.#first = undefined;
    this.#waiting = [];
    this.#behind += 1;
    const { partition, epoch, firstSequence } = first;
    const written = this.#append({ partition, epoch, firstSequence, events }).then(() => (this.#behind -= 1));
    this.#writes = Promise.all([this.#writes, written]);
  }
}

/** One firm at work. */
class Firm {
  readonly #scenario = new Scenario();
  readonly #partition: string;
  readonly #owner: PartitionOwner;
  readonly #spoolFolder = mkdtempSync(join(tmpdir(), 'tidegate-history-'));
  readonly #bus = new MemoryBus();
  #orders = 0;

  constructor(partition: string, journal: Journal, startMs: number) {
    this.#partition = partition;
    this.#scenario.utcMs = startMs;
    this.#scenario.firm = { ...this.#scenario.firm, accounts: new Set([`${partition}-main`]) };
    this.#scenario.limits({ ordersPerSecondMax: 10_000_000, openOrdersMax: 1_000_000 });
    this.#owner = new PartitionOwner({
      partition,
      owner: 'history',
      bus: this.#bus,
      journal,
      spool: new Spool(this.#spoolFolder, partition),
      market: () => this.#scenario.market,
      clock: { nowMs: () => this.#scenario.utcMs, monoMs: () => this.#scenario.monoMs },
      onJournal: (_state, reason) => fail(reason),
      onError: fail,
    });
  }

  async start(): Promise<void> {
    await this.#owner.start();
  }

  async rest(): Promise<void> {
    await this.#submit({ type: 'limit', price: restingPrice, timeInForce: 'gtc' });
  }

  async trade(): Promise<void> {
    const orderId = await this.#submit({ type: 'market', timeInForce: 'ioc' });
    const route = routeId(orderId, 1);
    const venueOrderId = `V${this.#orders}`;
    const common = { kind: 'venueReport', venue: 'alpha', routeId: route, venueOrderId } as const;
    const [taken, filled] = [`A${this.#orders}`, `F${this.#orders}`];
    await this.#do({ ...common, commandId: `alpha:${taken}`, venueExecId: taken, report: 'acknowledged' });
    await this.#do({
      ...common,
      commandId: `alpha:${filled}`,
      venueExecId: filled,
      report: 'filled',
      lastQuantity: 100,
      lastPrice: this.#orders % 2 === 0 ? ask : bid,
      cumQuantity: 100,
      isFinal: true,
    });
  }

  async stop(): Promise<void> {
    await this.#owner.stop();
    await this.#bus.close();
    rmSync(this.#spoolFolder, { recursive: true });
  }

  async #submit(change: Partial<SubmitOrder>): Promise<string> {
    this.#scenario.advance(stepMs);
    if (this.#orders % requotedEvery === 0) this.#scenario.quote('alpha', [bid, 1_000_000], [ask, 1_000_000]);
    this.#orders += 1;
    const clOrdId = `H${this.#orders}`;
    return this.#do({
      kind: 'submit',
      commandId: `${this.#partition}@port-01:${clOrdId}`,
      origin: { channel: 'fix', client: `${this.#partition}@port-01` },
      account: `${this.#partition}-main`,
      trader: '',
      clOrdId,
      instrument: 'EURUSD',
      side: this.#orders % 2 === 0 ? 'buy' : 'sell',
      type: 'market',
      quantity: 100,
      timeInForce: 'ioc',
      ...change,
      ...(change.price === undefined ? {} : { side: 'buy' }),
    });
  }

  /** The order's id, of a command that names one. */
  async #do(command: Command): Promise<string> {
    const reply = await this.#owner.handle(command);
    if (reply.result !== 'done' || reply.refusal !== undefined)
      throw new Error(`${command.commandId}: ${JSON.stringify(reply)}`);
    return reply.orderId ?? '';
  }
}

function fail(reason: unknown): never {
  throw new Error(`the history can't be made: ${String(reason)}`);
}

async function make({ url, partitions, events, open }: HistoryOrder): Promise<HistoryMade> {
  const startedMs = performance.now();
  let made = 0;
  let orders = 0;
  for (const partition of partitions) {
    const journal = await PostgresJournal.connect({ url, log: silent, timeoutMs: writeMs });
    const appends = new BulkAppends(journal);
    const wanted = events / partitions.length;
    const firm = new Firm(partition, journal, Date.now() - (wanted / eventsPerOrder) * stepMs);
    await firm.start();
    for (let one = 0; one < open / partitions.length; one += 1, orders += 1) await firm.rest();
    for (; appends.events < wanted; orders += 1) {
      await firm.trade();
      if (appends.isFull) await appends.flush();
    }
    await firm.stop();
    await appends.flush();
    await journal.close();
    made += appends.events;
  }
  return { events: made, orders, seconds: (performance.now() - startedMs) / 1_000 };
}

async function sample(): Promise<readonly Append[]> {
  const appends: Append[] = [];
  const memory = new MemoryJournal();
  const append = memory.append.bind(memory);
  memory.append = (one) => {
    appends.push(one);
    return append(one);
  };
  const firm = new Firm('demo1', memory, Date.now());
  await firm.start();
  await firm.trade();
  await firm.stop();
  return appends;
}

process.on('message', (order: HistoryOrder | { readonly sample: true }) => {
  const work =
    'sample' in order
      ? sample().then((appends) => ({ appends }))
      : make(order).then((done) => ({ made: done }));
  work
    .then((answer) => process.send!(answer))
    .catch((error: unknown) => process.send!({ failed: String(error) }));
});
process.on('disconnect', () => process.exit(0));
