/**
 * A FIX client on a plain socket, byte for byte its own: numbers its messages, answers nothing by itself, and
 * says whatever a test wants, also what no engine would.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { decodeFrame } from '@tidegate/fix/codec/decoder';
import { Validator } from '@tidegate/fix/codec/validator';
import { Dictionary } from '@tidegate/fix/dictionary/dictionary';
import { fix44Table } from '@tidegate/fix/dictionary/fix44';
import { extendDictionary } from '@tidegate/fix/dictionary/overlay';

const waitMs = 15_000;
const soh = '\u0001';

export type Fields = readonly (readonly [tag: number, value: string | number])[];

export interface RawIds {
  readonly senderCompId: string;
  readonly targetCompId: string;
  readonly username?: string;
  readonly password?: string;
}

/** PEM: our certificate, if any, and who is trusted. */
export interface PeerTls {
  readonly cert?: string;
  readonly key?: string;
  readonly ca: string;
  readonly servername: string;
}

/** First value per tag. */
export type Received = ReadonlyMap<number, string>;

const checksum = (text: string): string =>
  String(Buffer.from(text, 'latin1').reduce((sum, byte) => sum + byte, 0) % 256).padStart(3, '0');

export const utc = (): string =>
  new Date().toISOString().replaceAll('-', '').replace('T', '-').replace('Z', '');

/** FIX 4.4, and the one value beyond it that the rules of engagement name. */
const dictionary = new Dictionary(
  extendDictionary(fix44Table, {
    ...{ type: 'FIX', major: 4, minor: 4, servicePack: 0, header: '', trailer: '' },
    ...{ messages: [], components: [], fields: ['269 MDEntryType CHAR|J=EMPTY_BOOK'] },
  }),
);
const validator = new Validator(dictionary);

/** Whatever the platform writes to anybody is held against that, as strictly as others' messages are. */
function conforms(frame: string): void {
  if (!frame.startsWith('8=FIX.4.4')) return;
  const violation = validator.validate(decodeFrame(Buffer.from(frame, 'latin1'), dictionary));
  if (violation === undefined) return;
  const shown = frame.replaceAll(soh, '|');
  throw new Error(`we wrote what our own dictionary refuses: ${violation.text}: ${shown}`);
}

export class RawPeer {
  readonly socket: Socket;
  readonly received: Received[] = [];
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  private readonly ids: RawIds;
  private readonly waiting = new Set<() => void>();
  private text = '';
  /** Number of the last message sent. */
  seqNum = 0;
  /** Hears each message as it arrives. */
  onMessage: (message: Received) => void = () => undefined;
  /** Answers a TestRequest. */
  answer: (testReqId: string) => void = (testReqId) => void this.send('0', [[112, testReqId]]);

  /** On a connection that is there. */
  constructor(socket: Socket, ids: RawIds) {
    this.socket = socket;
    this.ids = ids;
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => this.take(String(chunk)));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        resolve();
        this.wake();
      });
    });
  }

  static async connect(
    port: number,
    ids: RawIds = { senderCompId: 'X', targetCompId: 'TIDEGATE' },
    tls?: PeerTls,
  ): Promise<RawPeer> {
    const socket =
      tls === undefined ? connect(port, '127.0.0.1') : connectTls({ ...tls, port, host: '127.0.0.1' });
    const peer = new RawPeer(socket, ids);
    await once(socket, tls === undefined ? 'connect' : 'secureConnect');
    return peer;
  }

  /** Logged on, with numbers from 1 on both sides; throws the Logout's text when refused. */
  static async logOn(port: number, ids: RawIds, tls?: PeerTls): Promise<RawPeer> {
    const peer = await RawPeer.connect(port, ids, tls);
    peer.sendLogon();
    const answer = await peer.next('A', '5');
    if (answer.get(35) === '5') throw new Error(answer.get(58) ?? 'no text');
    return peer;
  }

  /** A Logon, and nothing is waited for. */
  sendLogon(): void {
    const { username, password } = this.ids;
    this.send('A', [
      [98, 0],
      [108, 30],
      [141, 'Y'],
      ...(username === undefined ? [] : [[553, username] as const]),
      ...(password === undefined ? [] : [[554, password] as const]),
    ]);
  }

  /** Sends one message and gives its number. */
  send(msgType: string, fields: Fields = []): number {
    this.seqNum += 1;
    this.socket.write(Buffer.from(this.frame(msgType, this.seqNum, fields), 'latin1'));
    return this.seqNum;
  }

  frame(msgType: string, seqNum: number, fields: Fields): string {
    const { senderCompId, targetCompId } = this.ids;
    const header: Fields = [
      [35, msgType],
      [34, seqNum],
      [49, senderCompId],
      [52, utc()],
      [56, targetCompId],
    ];
    const body = [...header, ...fields].map(([tag, value]) => `${tag}=${value}${soh}`).join('');
    const text = `8=FIX.4.4${soh}9=${Buffer.byteLength(body, 'latin1')}${soh}${body}`;
    return `${text}10=${checksum(text)}${soh}`;
  }

  /** The next message of one of these types; those before it are taken away. */
  async next(...msgTypes: readonly string[]): Promise<Received> {
    return this.match((message) => msgTypes.includes(message.get(35) ?? ''), msgTypes.join(' or '));
  }

  async match(wanted: (message: Received) => boolean, what: string): Promise<Received> {
    const index = await this.until(() => {
      const at = this.received.findIndex(wanted);
      return at < 0 ? undefined : at;
    }, what);
    return this.received.splice(0, index + 1).at(-1)!;
  }

  /** The first value of the condition; asked again at each arrival and at the end. */
  until<T>(condition: () => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const value = condition();
        if (value === undefined && !this.socket.destroyed) return;
        clearTimeout(timer);
        this.waiting.delete(check);
        if (value === undefined) reject(new Error(`closed before ${what}`));
        else resolve(value);
      };
      const timer = setTimeout(() => {
        this.waiting.delete(check);
        const types = this.received.map((message) => message.get(35)).slice(-20);
        reject(new Error(`no ${what}; last messages: ${types.join(' ')}`));
      }, waitMs);
      this.waiting.add(check);
      check();
    });
  }

  private take(chunk: string): void {
    this.text += chunk;
    for (let end = this.frameEnd(); end > 0; end = this.frameEnd()) {
      const fields = new Map<number, string>();
      for (const field of this.text.slice(0, end).split(soh)) {
        const equals = field.indexOf('=');
        const tag = Number(field.slice(0, equals));
        if (equals > 0 && !fields.has(tag)) fields.set(tag, field.slice(equals + 1));
      }
      conforms(this.text.slice(0, end));
      this.text = this.text.slice(end);
      this.received.push(fields);
      this.onMessage(fields);
      if (fields.get(35) === '1') this.answer(fields.get(112) ?? '');
    }
    this.wake();
  }

  private frameEnd(): number {
    const at = this.text.search(/\u000110=\d{3}\u0001/);
    return at < 0 ? -1 : at + 8;
  }

  private wake(): void {
    for (const check of this.waiting) check();
  }
}

/** `40=1 59=3`: values without spaces. */
export const fieldsOf = (text: string): Fields =>
  text.split(' ').map((field) => {
    const equals = field.indexOf('=');
    return [Number(field.slice(0, equals)), field.slice(equals + 1)];
  });

/** Bodies of the messages that tests send most. */
export const body = {
  marketData: (id: string, symbols: readonly string[], type = '1', depth = 10): Fields => [
    [262, id],
    [263, type],
    [264, depth],
    [265, 0],
    [267, 2],
    [269, 0],
    [269, 1],
    [146, symbols.length],
    ...symbols.map((symbol) => [55, symbol] as const),
  ],
  order: (id: string, more: Fields = []): Fields => [
    [11, id],
    [55, 'EUR/USD'],
    [54, 1],
    [60, utc()],
    [38, 100_000],
    ...more,
  ],
  market: [
    [40, 1],
    [59, 3],
  ] as Fields,
  /** Far from the market, so it rests. */
  resting: [
    [40, 2],
    [44, '1.05'],
    [59, 1],
  ] as Fields,
  cancel: (id: string, of: string): Fields => [
    [41, of],
    [11, id],
    [55, 'EUR/USD'],
    [54, 1],
    [60, utc()],
    [38, 100_000],
  ],
  status: (id: string): Fields => [
    [11, id],
    [55, 'EUR/USD'],
    [54, 1],
  ],
};
