/**
 * The load of the FIX benchmark: one raw session that sends orders and counts execution reports, so cheap
 * that the acceptor under test is the bottleneck. It knows just enough FIX to log on and to patch numbers and
 * checksum into a template; the same bytes go to every acceptor.
 *
 * Runs as a process of its own: `node generator.ts PORT pipelined SECONDS` or `… PORT paced SECONDS RATE`;
 * prints one line of JSON.
 */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { Latencies } from '../measure.ts';

/** Orders in flight. */
const WINDOW = 512;
/** Numbers of as many digits throughout, so that only digits change in the template. */
const FIRST_SEQ_NUM = 1_000_000;
const SEQ_NUM_DIGITS = 7;
const WARM_UP_MS = 2_000;
const SOH = '\x01';

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

/** Orders one behind the other in a buffer; `number(i)` and the ClOrdID grow by one with each. */
class Orders {
  readonly #template: Buffer;
  readonly #seqNumAt: number;
  readonly #clOrdIdAt: number;
  /** Sum of the template's bytes with zeros for digits that change. */
  readonly #sum: number;
  #next = FIRST_SEQ_NUM;

  constructor() {
    const body = [
      '35=D',
      `34=${'0'.repeat(SEQ_NUM_DIGITS)}`,
      '49=CLIENT-ONE',
      `52=${stamp()}`,
      '56=TIDEGATE',
      '1=ACC-1001',
      `11=ORD-20260310-${'0'.repeat(SEQ_NUM_DIGITS)}`,
      '15=EUR',
      '38=1000000',
      '40=2',
      '44=1.08753',
      '54=1',
      '55=EUR/USD',
      '59=0',
      `60=${stamp()}`,
      '63=0',
      '453=1',
      '448=DESK-7',
      '447=D',
      '452=11',
      '',
    ].join(SOH);
    const head = `8=FIX.4.4${SOH}9=${body.length}${SOH}${body}`;
    this.#template = Buffer.from(`${head}10=000${SOH}`, 'latin1');
    this.#seqNumAt = head.indexOf(`${SOH}34=`) + 4;
    this.#clOrdIdAt = head.indexOf('11=ORD-20260310-') + 16;
    this.#sum = [...Buffer.from(head, 'latin1')].reduce((sum, byte) => sum + byte, 0);
  }

  take(count: number): Buffer {
    const length = this.#template.length;
    const bytes = Buffer.allocUnsafe(count * length);
    for (let i = 0; i < count; i++) {
      const at = i * length;
      this.#template.copy(bytes, at);
      let sum = this.#sum;
      let rest = this.#next++;
      for (let digit = SEQ_NUM_DIGITS - 1; digit >= 0; digit--) {
        const value = rest % 10;
        rest = (rest - value) / 10;
        bytes[at + this.#seqNumAt + digit] = 0x30 + value;
        bytes[at + this.#clOrdIdAt + digit] = 0x30 + value;
        sum += 2 * value;
      }
      sum &= 0xff;
      const checksumAt = at + length - 4;
      bytes[checksumAt] = 0x30 + Math.floor(sum / 100);
      bytes[checksumAt + 1] = 0x30 + (Math.floor(sum / 10) % 10);
      bytes[checksumAt + 2] = 0x30 + (sum % 10);
    }
    return bytes;
  }
}

/** Counts frames by their BodyLength; other messages than ExecutionReport end the run. */
class Reports {
  #rest: Buffer = Buffer.alloc(0);

  count(chunk: Buffer): number {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let reports = 0;
    let at = 0;
    for (;;) {
      // `8=FIX.4.4|9=` has 12 bytes; BodyLength is at most 6 digits here.
      if (at + 20 > bytes.length) break;
      let p = at + 12;
      let length = 0;
      for (; bytes[p] !== 1; p++) length = length * 10 + (bytes[p] as number) - 0x30;
      const end = p + 1 + length + 7;
      if (end > bytes.length) break;
      const type = bytes[p + 4] as number;
      if (type === 0x38) reports += 1;
      else if (type === 0x33 || type === 0x35 || type === 0x32) {
        throw new Error(`unexpected: ${bytes.toString('latin1', at, end).replaceAll(SOH, '|')}`);
      }
      at = end;
    }
    this.#rest = at === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
    return reports;
  }
}

function stamp(): string {
  return new Date().toISOString().replaceAll('-', '').replace('T', '-').replace('Z', '');
}

function frame(fields: string): Buffer {
  const body = `${fields.replaceAll('|', SOH)}${SOH}`;
  const head = `8=FIX.4.4${SOH}9=${body.length}${SOH}${body}`;
  const sum = [...Buffer.from(head, 'latin1')].reduce((total, byte) => total + byte, 0) & 0xff;
  return Buffer.from(`${head}10=${String(sum).padStart(3, '0')}${SOH}`, 'latin1');
}

/** Logs on with numbers from 1 and moves ours to where they have their final number of digits. */
async function logOn(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  const head = `49=CLIENT-ONE|52=${stamp()}|56=TIDEGATE`;
  socket.write(frame(`35=A|34=1|${head}|98=0|108=30|141=Y`));
  await once(socket, 'data');
  socket.write(frame(`35=4|34=2|${head}|36=${FIRST_SEQ_NUM}`));
  return socket;
}

async function pipelined(port: number, seconds: number): Promise<PipelinedFigure> {
  const socket = await logOn(port);
  const orders = new Orders();
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
  const socket = await logOn(port);
  const orders = new Orders();
  const reports = new Reports();
  const latencies = new Latencies();
  const total = Math.round(((WARM_UP_MS + seconds * 1_000) / 1_000) * rate);
  const warmUp = Math.round((WARM_UP_MS / 1_000) * rate);
  const begin = performance.now();
  const due = (index: number): number => begin + (index / rate) * 1_000;
  let sent = 0;
  let answered = 0;
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      const now = performance.now();
      for (let count = reports.count(chunk); count > 0; count--) {
        if (answered >= warmUp) latencies.add(now - due(answered));
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

if (import.meta.main) {
  const [port, kind, seconds, rate] = process.argv.slice(2);
  const figure =
    kind === 'paced'
      ? await paced(Number(port), Number(seconds), Number(rate))
      : await pipelined(Number(port), Number(seconds));
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}
