/**
 * WebSocket clients of the benchmark, as a process of their own: each with its subscription to every
 * instrument; of some of them every message is read, the others' are counted, for the process is not what is
 * measured.
 *
 * Forked with IPC: takes `{ open }`, answers `{ opened: true }`; `{ measure }`, answers `{ figures }`;
 * `{ stall: true }`, answers `{ stalled: true }`.
 */
import { WebSocket } from 'ws';
import { Latencies } from '../measure.ts';
import { monoMs } from '../pace.ts';
import { scaleOf, tickOf } from '../ticks.ts';

export interface OpenClients {
  readonly url: string;
  /** Of users; a user has a limit of streams, so clients go round. */
  readonly tokens: readonly string[];
  readonly clients: number;
  readonly instruments: readonly string[];
  readonly markupPoints: number;
}

export interface Measure {
  /** When the first burst is due, and how far apart they are. */
  readonly startMs: number;
  readonly stepMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface StreamFigures {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** Prices that were read, or passed over by newer ones. */
  readonly prices: number;
  /** Of all clients. */
  readonly messages: number;
  readonly closed: number;
}

export type StreamRequestOfBench =
  | { readonly open: OpenClients }
  | { readonly measure: Measure }
  | { readonly stall: true };
export type StreamAnswerOfBench =
  | { readonly opened: true }
  | { readonly figures: StreamFigures }
  | { readonly stalled: true };

interface Price {
  readonly symbol: string;
  readonly bids: readonly (readonly [price: string, size: string, venue: string])[];
}

/** At a time: those that have not signed on yet are bounded on the other side. */
const openedAtOnce = 40;
/** One in so many clients has all its messages read. */
const readOneIn = 20;
/** Of the client that stops: so much that the system's buffers are soon full. */
const stalledSubscriptions = 50;

let order: OpenClients | undefined;
let measure: Measure | undefined;
let latencies = new Latencies();
let messages = 0;
let closed = 0;

process.on('message', (request: StreamRequestOfBench) => void answer(request));
process.on('disconnect', () => process.exit(0));

async function answer(request: StreamRequestOfBench): Promise<void> {
  const tell = (told: StreamAnswerOfBench): void => void process.send!(told);
  if ('open' in request) {
    order = request.open;
    for (let one = 0; one < order.clients; one += openedAtOnce) {
      const count = Math.min(openedAtOnce, order.clients - one);
      await Promise.all(Array.from({ length: count }, (_, index) => open(order!, one + index)));
    }
    tell({ opened: true });
  } else if ('stall' in request) {
    await stall(order!);
    tell({ stalled: true });
  } else {
    tell({ figures: await measured(request.measure) });
  }
}

async function measured(next: Measure): Promise<StreamFigures> {
  latencies = new Latencies();
  messages = 0;
  measure = next;
  await new Promise((resolve) => setTimeout(resolve, next.untilMs - monoMs()));
  measure = undefined;
  const [p50, p99, p999] = [50, 99, 99.9].map((percent) => latencies.percentile(percent));
  return { p50: p50!, p99: p99!, p999: p999!, prices: latencies.count, messages, closed };
}

async function open(of: OpenClients, number: number): Promise<void> {
  const socket = await signedOn(of, number);
  socket.send(
    JSON.stringify({ op: 'subscribe', id: 'prices', channel: 'prices', instruments: of.instruments }),
  );
  socket.on('close', () => (closed += 1));
  const isRead = number % readOneIn === 0;
  const shown = new Map<string, number>();
  socket.on('message', (data: Buffer) => {
    const now = measure;
    if (now === undefined) return;
    messages += 1;
    if (isRead) read(data, shown, now);
  });
}

async function signedOn({ url, tokens }: OpenClients, number: number): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.send(JSON.stringify({ op: 'auth', token: tokens[number % tokens.length] }));
  await new Promise((resolve) => socket.once('message', resolve));
  return socket;
}

/** Signs on, asks for more than anybody else, and reads nothing of it. */
async function stall(of: OpenClients): Promise<void> {
  const socket = await signedOn(of, 0);
  for (let one = 0; one < stalledSubscriptions; one += 1)
    socket.send(JSON.stringify({ op: 'subscribe', id: `s${one}`, channel: 'prices', depth: 10 }));
  socket.pause();
}

/** A tick counts when it is shown, or something newer of the same instrument. */
function read(data: Buffer, shown: Map<string, number>, { startMs, stepMs, fromMs }: Measure): void {
  const nowMs = monoMs();
  const { data: prices } = JSON.parse(data.toString('utf8')) as { readonly data?: readonly Price[] };
  for (const { symbol, bids } of prices ?? []) {
    const text = bids[0]?.[0];
    if (text === undefined) continue;
    const points = Math.round(Number(text) * 10 ** scaleOf(symbol)) + order!.markupPoints;
    const number = tickOf(symbol, points);
    const previous = shown.get(symbol) ?? number - 1;
    shown.set(symbol, number);
    for (let tick = previous + 1; tick <= number; tick += 1) {
      const dueMs = startMs + tick * stepMs;
      if (dueMs >= fromMs && dueMs <= nowMs) latencies.add(nowMs - dueMs);
    }
  }
}
