/**
 * The fleet of the FIX benchmark: 1,000 sessions over 28 ports. `node fleet.ts acceptor` listens, answers
 * each order with a report and prints its ports; `node fleet.ts initiator PORTS SECONDS` is the other side:
 * each of its sessions sends 20 orders a second at their due times. Prints one line of JSON.
 */
import type { Socket } from 'node:net';
import type { FieldWriter } from '@tidegate/fix/codec/fields';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Acceptor } from '@tidegate/fix/transport/acceptor';
import { Latencies } from '../measure.ts';
import { logOn, Orders, Reports } from './raw.ts';

const PORTS = 28;
const SESSIONS = 1_000;
const RATE = 20;
const WARM_UP_MS = 3_000;
/** Short, so that heartbeats are due among the messages. */
const HEART_BT_INT = 2;

export interface FleetFigure {
  readonly sessions: number;
  readonly count: number;
  readonly dropped: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

async function accept(): Promise<void> {
  let clOrdId = '';
  const write = (fields: FieldWriter): void => {
    fields.int(6, 0).text(11, clOrdId).int(14, 0).text(17, 'E').text(37, 'O').char(39, '0');
    fields.char(54, '1').text(55, 'EUR/USD').char(150, '0').int(151, 1_000_000);
  };
  const acceptors = Array.from(
    { length: PORTS },
    () =>
      new Acceptor({
        host: '127.0.0.1',
        port: 0,
        authenticate: ({ senderCompId, targetCompId }) => ({
          accept: true,
          settings: { beginString: 'FIX.4.4', senderCompId: targetCompId, targetCompId: senderCompId },
          store: new MemoryStore({ maxRecords: 100 }),
          application: {
            onMessage(message, session) {
              clOrdId = message.text(11) ?? '';
              session.send('8', write);
            },
          },
        }),
      }),
  );
  for (const acceptor of acceptors) await acceptor.listen();
  process.stdout.write(`${acceptors.map((acceptor) => acceptor.port).join(',')}\n`);
  process.stdin.on('data', () => {
    const bytes = process.memoryUsage.rss();
    process.stdout.write(`${JSON.stringify({ megabytes: Math.round(bytes / (1 << 20)) })}\n`);
  });
  process.stdin.on('end', () => {
    void Promise.all(acceptors.map((acceptor) => acceptor.close())).finally(() => process.exit(0));
  });
}

class Client {
  dropped = false;
  sent = 0;
  answered = 0;
  readonly #socket: Socket;
  readonly #orders: Orders;
  /** When its order `index` is due, milliseconds of `performance.now`. */
  #begin = 0;

  constructor(socket: Socket, senderCompId: string, latencies: Latencies) {
    this.#socket = socket;
    this.#orders = new Orders(senderCompId);
    const reports = new Reports();
    socket.on('data', (chunk: Buffer) => {
      for (let count = reports.count(chunk); count > 0; count--) {
        const due = this.#due(this.answered);
        if (due >= this.#begin + WARM_UP_MS) latencies.add(performance.now() - due);
        this.answered += 1;
      }
    });
    socket.on('close', () => {
      this.dropped = true;
    });
  }

  begin(atMs: number): void {
    this.#begin = atMs;
  }

  sendDue(nowMs: number, total: number): void {
    let count = 0;
    while (this.sent + count < total && this.#due(this.sent + count) <= nowMs) count += 1;
    if (count === 0) return;
    this.sent += count;
    this.#socket.write(this.#orders.take(count));
  }

  end(): void {
    this.#socket.removeAllListeners('close').destroy();
  }

  #due(index: number): number {
    return this.#begin + (index * 1_000) / RATE;
  }
}

async function initiate(ports: readonly number[], seconds: number): Promise<FleetFigure> {
  const latencies = new Latencies();
  const clients: Client[] = [];
  for (let index = 0; index < SESSIONS; index++) {
    const senderCompId = `C${String(index).padStart(4, '0')}`;
    const socket = await logOn(ports[index % ports.length] as number, senderCompId, HEART_BT_INT);
    clients.push(new Client(socket, senderCompId, latencies));
  }
  const begin = performance.now() + 100;
  for (const [index, client] of clients.entries()) client.begin(begin + (index / SESSIONS) * (1_000 / RATE));
  const total = Math.round((WARM_UP_MS / 1_000 + seconds) * RATE);
  await new Promise<void>((resolve) => {
    const step = (): void => {
      const nowMs = performance.now();
      for (const client of clients) client.sendDue(nowMs, total);
      if (clients.every((client) => client.answered >= total || client.dropped)) resolve();
      else setTimeout(step, 1);
    };
    step();
  });
  const dropped = clients.filter((client) => client.dropped).length;
  for (const client of clients) client.end();
  return {
    sessions: SESSIONS,
    count: latencies.count,
    dropped,
    p50: latencies.percentile(50),
    p99: latencies.percentile(99),
    p999: latencies.percentile(99.9),
  };
}

if (import.meta.main) {
  const [role, ports = '', seconds] = process.argv.slice(2);
  if (role === 'acceptor') await accept();
  else
    process.stdout.write(
      `${JSON.stringify(await initiate(ports.split(',').map(Number), Number(seconds)))}\n`,
    );
}
