/**
 * Raw sessions for load: they know just enough FIX to log on and to patch numbers and checksum into a
 * template, so that the acceptor under test is the bottleneck and not its client. The same bytes go to every
 * acceptor.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Numbers of as many digits throughout, so that only digits change in the template. */
const FIRST_SEQ_NUM = 1_000_000;
const SEQ_NUM_DIGITS = 7;
const SOH = '\x01';

/** Orders one behind the other in a buffer; `number(i)` and the ClOrdID grow by one with each. */
export class Orders {
  readonly #template: Buffer;
  readonly #seqNumAt: number;
  readonly #clOrdIdAt: number;
  /** Sum of the template's bytes with zeros for digits that change. */
  readonly #sum: number;
  #next = FIRST_SEQ_NUM;

  constructor(senderCompId: string) {
    const body = [
      '35=D',
      `34=${'0'.repeat(SEQ_NUM_DIGITS)}`,
      `49=${senderCompId}`,
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

/** Counts reports, frame by frame; a Reject, Logout or ResendRequest throws. */
export class Reports {
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
export async function logOn(port: number, senderCompId: string, heartBtInt: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  const head = `49=${senderCompId}|52=${stamp()}|56=TIDEGATE`;
  socket.write(frame(`35=A|34=1|${head}|98=0|108=${heartBtInt}|141=Y`));
  await once(socket, 'data');
  socket.write(frame(`35=4|34=2|${head}|36=${FIRST_SEQ_NUM}`));
  return socket;
}
