/**
 * The load of the FIX benchmark: one raw session that sends orders and counts execution reports, pipelined or
 * at their due times.
 *
 * Runs as a process of its own: `node generator.ts PORT pipelined SECONDS` or `… PORT paced SECONDS RATE`;
 * prints one line of JSON.
 */
import type { Socket } from 'node:net';
import { Latencies } from '../measure.ts';
import { logOn, Orders, Reports } from './raw.ts';

const SENDER = 'CLIENT-ONE';
const HEART_BT_INT = 30;
/** Orders in flight. */
const WINDOW = 512;
const WARM_UP_MS = 2_000;
/**
 * So many orders, and so long at the pace, before any is measured: until then a run-time compiler is at work
 * beside the acceptor, and on two cores it costs whole time slices.
 */
const WARM_UP_ORDERS = 100_000;
const PACED_WARM_UP_MS = 6_000;

export interface PipelinedFigure {
  readonly kind: 'pipelined';
  readonly perSecond: number;
}

export interface PacedFigure {
  readonly kind: 'paced';
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

async function pipelined(port: number, seconds: number): Promise<PipelinedFigure> {
  const socket = await logOn(port, SENDER, HEART_BT_INT);
  const orders = new Orders(SENDER);
  const reports = new Reports();
  let answered = 0;
  const until = performance.now() + WARM_UP_MS;
  let startedMs = 0;
  let countedFrom = 0;
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      const count = reports.count(chunk);
      answered += count;
      const now = performance.now();
      if (startedMs === 0 && now >= until) {
        startedMs = now;
        countedFrom = answered;
      }
      if (startedMs !== 0 && now - startedMs >= seconds * 1_000) {
        socket.destroy();
        resolve({
          kind: 'pipelined',
          perSecond: Math.round(((answered - countedFrom) / (now - startedMs)) * 1_000),
        });
      } else if (count > 0) socket.write(orders.take(count));
    });
    socket.write(orders.take(WINDOW));
  });
}

/**
 * Orders at their due times, whatever is unanswered; a report's latency counts from when its order was due.
 */
async function paced(port: number, seconds: number, rate: number): Promise<PacedFigure> {
  const socket = await logOn(port, SENDER, HEART_BT_INT);
  const orders = new Orders(SENDER);
  const reports = new Reports();
  await warmUp(socket, orders, reports);
  const latencies = new Latencies();
  const total = Math.round(((PACED_WARM_UP_MS + seconds * 1_000) / 1_000) * rate);
  const uncounted = Math.round((PACED_WARM_UP_MS / 1_000) * rate);
  const begin = performance.now();
  const due = (index: number): number => begin + (index / rate) * 1_000;
  let sent = 0;
  let answered = 0;
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      const now = performance.now();
      for (let count = reports.count(chunk); count > 0; count--) {
        if (answered >= uncounted) latencies.add(now - due(answered));
        answered += 1;
      }
      if (answered >= total) resolve();
    });
    const send = (): void => {
      const now = performance.now();
      let count = 0;
      while (sent + count < total && due(sent + count) <= now) count += 1;
      if (count > 0) socket.write(orders.take(count));
      sent += count;
      if (sent < total) setImmediate(send);
    };
    send();
  });
  socket.destroy();
  return {
    kind: 'paced',
    count: latencies.count,
    p50: latencies.percentile(50),
    p99: latencies.percentile(99),
    p999: latencies.percentile(99.9),
  };
}

async function warmUp(socket: Socket, orders: Orders, reports: Reports): Promise<void> {
  let sent = WINDOW;
  let answered = 0;
  await new Promise<void>((resolve) => {
    const onData = (chunk: Buffer): void => {
      const count = reports.count(chunk);
      answered += count;
      const more = Math.min(count, WARM_UP_ORDERS - sent);
      sent += more;
      if (more > 0) socket.write(orders.take(more));
      if (answered < WARM_UP_ORDERS) return;
      socket.off('data', onData);
      resolve();
    };
    socket.on('data', onData);
    socket.write(orders.take(WINDOW));
  });
}

if (import.meta.main) {
  const [port, kind, seconds, rate] = process.argv.slice(2);
  const figure =
    kind === 'paced'
      ? await paced(Number(port), Number(seconds), Number(rate))
      : await pipelined(Number(port), Number(seconds));
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}
