/**
 * The line between the two sides of the kill test: a relay with a fixed port that reads along, says when so
 * many bytes have passed, and holds every message that comes again against what was sent first.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Sent {
  readonly msgType: string;
  readonly body: string;
}

/** Header fields that a resend changes, and those that say the same in every message. */
const notBody = new Set(['8', '9', '10', '34', '35', '43', '49', '52', '56', '122']);
const administrative = new Set(['0', '1', '2', '3', '4', '5', 'A']);

export class KillTap {
  /** Where the acceptor listens now. */
  target = 0;
  readonly disagreements: string[] = [];
  /** Application messages that were sent more than once. */
  resent = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #sent = { orders: new Map<number, Sent>(), reports: new Map<number, Sent>() };
  #bytesLeft = Infinity;
  #passed: () => void = () => undefined;

  private constructor() {
    this.#server = createServer((near) => {
      const far = connect(this.target, '127.0.0.1');
      this.#join(near, far, 'orders');
      this.#join(far, near, 'reports');
    });
  }

  static async open(): Promise<KillTap> {
    const tap = new KillTap();
    await new Promise<void>((resolve) => {
      tap.#server.listen(0, '127.0.0.1', resolve);
    });
    return tap;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Calls once, within the event that brought the byte, when so many bytes have passed from now on. */
  after(bytes: number, call: () => void): void {
    this.#bytesLeft = bytes;
    this.#passed = call;
  }

  /** What was first sent with this number. */
  first(side: 'orders' | 'reports', seqNum: number): Sent | undefined {
    return this.#sent[side].get(seqNum);
  }

  count(side: 'orders' | 'reports'): number {
    return this.#sent[side].size;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #join(from: Socket, to: Socket, side: 'orders' | 'reports'): void {
    let rest: Buffer = Buffer.alloc(0);
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (bytes: Buffer) => {
      to.write(bytes);
      rest = this.#read(Buffer.concat([rest, bytes]), side);
      this.#bytesLeft -= bytes.length;
      if (this.#bytesLeft > 0) return;
      this.#bytesLeft = Infinity;
      this.#passed();
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  /** Returns what is not a whole message yet. */
  #read(bytes: Buffer, side: 'orders' | 'reports'): Buffer {
    let at = 0;
    for (;;) {
      const versionEnd = bytes.indexOf(1, at);
      const lengthEnd = versionEnd < 0 ? -1 : bytes.indexOf(1, versionEnd + 1);
      if (lengthEnd < 0) return bytes.subarray(at);
      const length = Number(bytes.toString('latin1', versionEnd + 3, lengthEnd));
      if (!Number.isSafeInteger(length)) throw new Error(`no FIX: ${bytes.toString('latin1', at)}`);
      const end = lengthEnd + 1 + length + 7;
      if (end > bytes.length) return bytes.subarray(at);
      this.#note(bytes.toString('latin1', at, end), side);
      at = end;
    }
  }

  #note(frame: string, side: 'orders' | 'reports'): void {
    const { seqNum, msgType, possDup, body, newSeqNo } = fieldsOf(frame);
    const sent = this.#sent[side];
    if (msgType === '4') {
      for (let number = seqNum; number < newSeqNo; number++) {
        if (sent.has(number)) this.disagreements.push(`${side}: ${number} was sent, and is gap-filled now`);
      }
    }
    if (administrative.has(msgType)) return;
    const first = sent.get(seqNum);
    if (first === undefined) {
      sent.set(seqNum, { msgType, body });
      return;
    }
    this.resent += 1;
    if (!possDup) this.disagreements.push(`${side}: ${seqNum} was sent again without PossDupFlag`);
    if (first.msgType !== msgType || first.body !== body) {
      this.disagreements.push(
        `${side}: ${seqNum} was ${first.msgType} ${first.body}, now ${msgType} ${body}`,
      );
    }
  }
}

export function fieldsOf(frame: string): {
  readonly seqNum: number;
  readonly msgType: string;
  readonly possDup: boolean;
  readonly newSeqNo: number;
  /** Every other byte of the message. */
  readonly body: string;
} {
  const fields = frame.slice(0, -1).split('\x01');
  const value = (tag: string): string | undefined =>
    fields.find((field) => field.startsWith(`${tag}=`))?.slice(tag.length + 1);
  return {
    seqNum: Number(value('34')),
    msgType: value('35') ?? '',
    possDup: value('43') === 'Y',
    newSeqNo: Number(value('36') ?? 0),
    body: fields.filter((field) => !notBody.has(field.slice(0, field.indexOf('=')))).join('|'),
  };
}
