/**
 * The two measurements: a provider's tick until the client has it, and a client's order until its fill is
 * back.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { SessionHandle } from '@tidegate/fix/session/application';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Initiator } from '@tidegate/fix/transport/initiator';
import { Latencies } from './measure.ts';
import { monoMs, pace } from './pace.ts';
import { cycle, scaleOf, symbols, tickOf, type QuoteOrder } from './ticks.ts';

/** Where a client of the benchmark logs on. */
export interface Target {
  readonly quotes: Endpoint;
  readonly orders: Endpoint;
  /** Points that the target takes off a bid: its tier's markup. */
  readonly markupPoints: number;
  stop(): Promise<void>;
}

export interface Endpoint {
  readonly port: number;
  readonly senderCompId: string;
  readonly targetCompId: string;
}

const program = fileURLToPath(new URL('provider.ts', import.meta.url));
const warmUpSeconds = 3;
const settleMs = 1_000;
/** Quotes in the background come in small bursts, as those of several providers do. */
const backgroundQuantumMs = 1;
const answerMs = 20_000;

export class BenchProvider {
  readonly ports: { readonly quotesPort: number; readonly ordersPort: number };
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, ports: BenchProvider['ports']) {
    this.child = child;
    this.ports = ports;
  }

  /** `wide`: of twenty instruments, `wall`: of sixty-eight. */
  static async start(width: 'demo' | 'wide' | 'wall' = 'demo'): Promise<BenchProvider> {
    const child = fork(program, [width], { execArgv: ['--conditions=tidegate-source'] });
    const [message] = (await once(child, 'message')) as [{ ports: BenchProvider['ports'] }];
    return new BenchProvider(child, message.ports);
  }

  /** The provider itself as the counterparty: the peer that the platform is compared with. */
  asTarget(): Target {
    const endpoint = (port: number, senderCompId: string) => ({ port, senderCompId, targetCompId: 'ALPHA' });
    return {
      quotes: endpoint(this.ports.quotesPort, 'TIDEGATE-MD'),
      orders: endpoint(this.ports.ordersPort, 'TIDEGATE-OE'),
      markupPoints: 0,
      stop: async () => undefined,
    };
  }

  /** Quotes until `count` ticks are out. */
  async quote(order: QuoteOrder): Promise<void> {
    const done = once(this.child, 'message');
    this.child.send({ quote: order });
    await done;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }
}

/**
 * Ticks are counted when the client sees them or something newer of the same instrument (conflation is
 * allowed).
 */
export async function measureTicks(
  target: Target,
  provider: BenchProvider,
  rate: number,
  seconds: number,
): Promise<Latencies> {
  const latencies = new Latencies();
  const shown = new Map<string, number>();
  const running: { schedule?: QuoteOrder } = {};
  let measureFrom = Infinity;
  const observe = (symbol: string, bid: number): void => {
    const { schedule } = running;
    if (schedule === undefined) return;
    const now = monoMs();
    const previous = shown.get(symbol) ?? -1;
    const number = unrolled(tickOf(symbol, bid + target.markupPoints), previous);
    for (let tick = previous + 1; tick <= number; tick += 1) {
      const index = tick * symbols.length + symbols.indexOf(symbol);
      const dueMs = schedule.startMs + (index * 1_000) / schedule.rate;
      if (dueMs >= measureFrom) latencies.add(now - dueMs);
    }
    shown.set(symbol, number);
  };
  const client = await logOn(target.quotes, false, (message) => readTick(message, observe));
  subscribe(client.session);
  await settle();
  const startMs = monoMs() + 200;
  measureFrom = startMs + warmUpSeconds * 1_000;
  running.schedule = { startMs, rate, count: rate * (seconds + warmUpSeconds) };
  await provider.quote(running.schedule);
  await settle();
  await client.stop();
  const expected = rate * seconds;
  if (latencies.count < expected * 0.999)
    throw new Error(`${latencies.count} of ${expected} ticks were shown`);
  return latencies;
}

/** Prices repeat every `cycle` ticks: the first number after `previous` that shows so. */
function unrolled(shown: number, previous: number): number {
  const rounds = Math.max(0, Math.ceil((previous + 1 - shown) / cycle));
  return shown + rounds * cycle;
}

/** The best bid of a message with prices. */
export function readTick(message: Message, observe: (symbol: string, bid: number) => void): void {
  if (message.msgType === 'W') {
    const symbol = message.text(Tag.Symbol)!;
    for (const entry of message.entries(Tag.NoMDEntries)) {
      if (entry.text(Tag.MDEntryType) !== '0') continue;
      observe(symbol, entry.decimal(Tag.MDEntryPx, scaleOf(symbol))!);
      return;
    }
    return;
  }
  if (message.msgType !== 'X') return;
  for (const entry of message.entries(Tag.NoMDEntries)) {
    if (
      entry.text(Tag.MDEntryType) !== '0' ||
      entry.text(Tag.MDEntryPositionNo) !== '1' ||
      !entry.has(Tag.MDEntryPx)
    )
      continue;
    const symbol = entry.text(Tag.Symbol)!;
    observe(symbol, entry.decimal(Tag.MDEntryPx, scaleOf(symbol))!);
    return;
  }
}

/** `background` quotes a second arrive meanwhile (prices are needed in any case to route on). */
export async function measureOrders(
  target: Target,
  rate: number,
  seconds: number,
  provider?: BenchProvider,
  background = 240,
): Promise<Latencies> {
  const latencies = new Latencies();
  const due = new Map<string, number>();
  const measured = rate * seconds;
  let answered = 0;
  let refused = '';
  const finished = Promise.withResolvers<void>();
  const total = rate * (seconds + warmUpSeconds);
  const client = await logOn(target.orders, true, (message) => {
    if (message.msgType !== '8') return;
    const execType = message.text(Tag.ExecType);
    const clOrdId = message.text(Tag.ClOrdID)!;
    if (execType === '8' || execType === '4') refused ||= `${clOrdId}: ${message.text(Tag.Text) ?? execType}`;
    if ((execType !== 'F' || message.text(Tag.OrdStatus) !== '2') && execType !== '8' && execType !== '4')
      return;
    const dueMs = due.get(clOrdId);
    if (dueMs === undefined) return;
    if (Number(clOrdId.split('-')[1]) >= total - measured) latencies.add(monoMs() - dueMs);
    due.delete(clOrdId);
    answered += 1;
    if (answered === total) finished.resolve();
  });
  const run = Date.now().toString(36);
  const quoting = provider?.quote({
    startMs: monoMs(),
    rate: background,
    count: background * (seconds + warmUpSeconds + 3),
    quantumMs: backgroundQuantumMs,
  });
  await settle();
  await pace(monoMs() + 100, rate, total, (index, dueMs) => {
    const clOrdId = `${run}-${index}`;
    due.set(clOrdId, dueMs);
    sendOrder(client.session, clOrdId, symbols[index % symbols.length]!, index % 2 === 0 ? '1' : '2');
  });
  const deadline = setTimeout(
    () => finished.reject(new Error(`${answered} of ${total} orders answered`)),
    answerMs,
  );
  await finished.promise;
  clearTimeout(deadline);
  await quoting;
  await client.stop();
  if (refused !== '') throw new Error(`an order of the benchmark was refused: ${refused}`);
  return latencies;
}

export function sendOrder(session: SessionHandle, clOrdId: string, symbol: string, side: '1' | '2'): void {
  session.send('D', (fields) => {
    fields.text(Tag.ClOrdID, clOrdId).text(Tag.Symbol, symbol).char(Tag.Side, side);
    fields
      .utcMillis(Tag.TransactTime, Date.now())
      .int(Tag.OrderQty, 10)
      .char(Tag.OrdType, '1')
      .char(Tag.TimeInForce, '3');
  });
}

/** To every demo instrument. */
export function subscribe(session: SessionHandle): void {
  session.send('V', (fields) => {
    fields
      .text(Tag.MDReqID, 'bench')
      .char(Tag.SubscriptionRequestType, '1')
      .int(Tag.MarketDepth, 5)
      .int(Tag.MDUpdateType, 1);
    fields
      .int(Tag.NoMDEntryTypes, 2)
      .char(Tag.MDEntryType, '0')
      .char(Tag.MDEntryType, '1')
      .int(Tag.NoRelatedSym, symbols.length);
    for (const symbol of symbols) fields.text(Tag.Symbol, symbol);
  });
}

export async function logOn(
  endpoint: Endpoint,
  persistMessages: boolean,
  onMessage: (message: Message) => void,
): Promise<Initiator> {
  const loggedOn = Promise.withResolvers<void>();
  const { port, senderCompId, targetCompId } = endpoint;
  const initiator = new Initiator({
    hosts: [{ host: '127.0.0.1', port }],
    settings: {
      beginString: 'FIX.4.4',
      senderCompId,
      targetCompId,
      persistMessages,
      resetOnLogon: true,
      heartBtInt: 30,
    },
    store: new MemoryStore(),
    application: { onLogon: () => loggedOn.resolve(), onMessage },
    logonFields: (fields) => void fields.text(Tag.Username, senderCompId).text(Tag.Password, 'demo-only'),
  });
  await initiator.start();
  await loggedOn.promise;
  return initiator;
}

/** Time for subscriptions and first prices to go through; not part of any figure. */
const settle = () => new Promise((resolve) => setTimeout(resolve, settleMs));
