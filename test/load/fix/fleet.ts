/**
 * The fleet of the FIX benchmark: 1,000 sessions over 28 ports. `node fleet.ts acceptor` listens, answers
 * each order with a report and prints its ports; `node fleet.ts initiator PORTS SECONDS` is the other side:
 * each of its sessions sends 20 orders a second at their due times. Prints one line of JSON.
 */
import type { FieldWriter } from '@tidegate/fix/codec/fields';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Acceptor } from '@tidegate/fix/transport/acceptor';
import { Initiator } from '@tidegate/fix/transport/initiator';
import { Latencies } from '../measure.ts';

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
  readonly latencies: Latencies;
  readonly initiator: Initiator;
  dropped = 0;
  sent = 0;
  answered = 0;
  /** When its order `index` is due, milliseconds of `performance.now`. */
  #begin = 0;
  readonly #offsetMs: number;

  constructor(index: number, port: number, latencies: Latencies, onLogon: () => void) {
    this.latencies = latencies;
    this.#offsetMs = (index / SESSIONS) * (1_000 / RATE);
    this.initiator = new Initiator({
      hosts: [{ host: '127.0.0.1', port }],
      settings: {
        beginString: 'FIX.4.4',
        senderCompId: `C${index}`,
        targetCompId: 'TIDEGATE',
        heartBtInt: HEART_BT_INT,
        resetOnLogon: true,
      },
      store: new MemoryStore({ maxRecords: 100 }),
      application: {
        onLogon,
        onLogout: () => {
          this.dropped += 1;
        },
        onMessage: () => this.#answered(),
      },
    });
  }

  begin(atMs: number): void {
    this.#begin = atMs + this.#offsetMs;
  }

  due(index: number): number {
    return this.#begin + (index * 1_000) / RATE;
  }

  sendDue(nowMs: number, total: number): void {
    while (this.sent < total && this.due(this.sent) <= nowMs) {
      this.initiator.session.send('D', writeOrder);
      this.sent += 1;
    }
  }

  #answered(): void {
    const due = this.due(this.answered);
    if (due >= this.#begin + WARM_UP_MS) this.latencies.add(performance.now() - due);
    this.answered += 1;
  }
}

function writeOrder(fields: FieldWriter): void {
  fields.text(11, 'ORD-1').int(38, 1_000_000).char(40, '1').char(54, '1').text(55, 'EUR/USD');
  fields.utcMillis(60, Date.now());
}

async function initiate(ports: readonly number[], seconds: number): Promise<FleetFigure> {
  const latencies = new Latencies();
  let loggedOn = 0;
  let ready = (): void => undefined;
  const all = new Promise<void>((resolve) => (ready = resolve));
  const clients = Array.from(
    { length: SESSIONS },
    (_, index) =>
      new Client(index, ports[index % ports.length] as number, latencies, () => {
        loggedOn += 1;
        if (loggedOn === SESSIONS) ready();
      }),
  );
  for (const client of clients) await client.initiator.start();
  await all;
  const begin = performance.now() + 100;
  for (const client of clients) client.begin(begin);
  const total = Math.round((WARM_UP_MS / 1_000 + seconds) * RATE);
  await new Promise<void>((resolve) => {
    const step = (): void => {
      const nowMs = performance.now();
      for (const client of clients) client.sendDue(nowMs, total);
      if (clients.every((client) => client.answered >= total || client.dropped > 0)) resolve();
      else setTimeout(step, 1);
    };
    step();
  });
  const dropped = clients.reduce((sum, client) => sum + client.dropped, 0);
  await Promise.all(clients.map((client) => client.initiator.stop()));
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
