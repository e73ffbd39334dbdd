/**
 * A provider that says what a test tells it to, byte for byte: two listening sessions, for prices and for
 * orders. Of its own accord it answers Logon, Logout, TestRequest and ResendRequest, and nothing else.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { eventually } from '../platform.ts';
import { fieldsOf, RawPeer, utc, type Fields, type RawIds, type Received } from './raw.peer.ts';

interface Sent {
  readonly msgType: string;
  readonly fields: Fields;
  readonly at: string;
}

export class ScriptedSession {
  /** Everything it was sent, over all connections. */
  readonly received: Received[] = [];
  /** Added to the next Logon only: `141=Y` begins its numbers anew. */
  logonFields = '';
  /** What a ResendRequest gets. */
  answers: 'again' | 'gapFill' = 'again';
  /** Of the last message it sent. */
  seqNum = 0;
  connections = 0;
  /** Hears each message after it was answered. */
  onMessage: (message: Received) => void = () => undefined;
  private readonly ids: RawIds;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly sent = new Map<number, Sent>();
  private peer: RawPeer | undefined;
  private isLoggedOn = false;

  constructor(ids: RawIds) {
    this.ids = ids;
    this.server = createServer((socket) => this.accept(socket));
  }

  async listen(): Promise<void> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The line breaks; we are called again. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Numbered and kept; on the wire when it is logged on. */
  send(msgType: string, text: string | Fields): number {
    const fields = typeof text === 'string' ? fieldsOf(text) : text;
    this.seqNum += 1;
    this.sent.set(this.seqNum, { msgType, fields, at: utc() });
    if (this.isLoggedOn) this.write(msgType, this.seqNum, fields);
    return this.seqNum;
  }

  /** Numbered and kept, and lost on its way. */
  lose(msgType: string, text: string): number {
    this.seqNum += 1;
    this.sent.set(this.seqNum, { msgType, fields: fieldsOf(text), at: utc() });
    return this.seqNum;
  }

  /** As it is: the number is the caller's. */
  write(msgType: string, seqNum: number, fields: Fields): void {
    const { peer } = this;
    peer?.socket.write(Buffer.from(peer.frame(msgType, seqNum, fields), 'latin1'));
  }

  /** A message of before, as a resend of its own accord. */
  again(seqNum: number): void {
    const one = this.sent.get(seqNum);
    if (one !== undefined) this.write(one.msgType, seqNum, [[43, 'Y'], [122, one.at], ...one.fields]);
  }

  /** The first message from place `after` on that is meant. */
  message(meant: (message: Received) => boolean, what: string, after = 0): Promise<Received> {
    return eventually(() => this.received.slice(after).find(meant), what);
  }

  count(meant: (message: Received) => boolean): number {
    return this.received.filter(meant).length;
  }

  private accept(socket: Socket): void {
    const peer = new RawPeer(socket, this.ids);
    this.sockets.add(socket);
    socket.on('close', () => {
      this.sockets.delete(socket);
      if (this.peer === peer) this.isLoggedOn = false;
    });
    peer.onMessage = (message) => {
      this.hear(peer, message);
      this.onMessage(message);
    };
    peer.answer = (testReqId) => void this.send('0', [[112, testReqId]]);
  }

  private hear(peer: RawPeer, message: Received): void {
    this.received.push(message);
    switch (message.get(35)) {
      case 'A':
        return this.logOn(peer, message);
      case '2':
        return this.resend(Number(message.get(7)), Number(message.get(16)));
      case '5':
        this.send('5', []);
        this.isLoggedOn = false;
        peer.socket.end();
        return;
      default:
    }
  }

  private logOn(peer: RawPeer, message: Received): void {
    const fields = fieldsOf(`98=0 108=${message.get(108)} ${this.logonFields}`.trim());
    const resets = message.get(141) === 'Y' || this.logonFields.includes('141=Y');
    this.logonFields = '';
    if (resets) {
      this.seqNum = 0;
      this.sent.clear();
    }
    this.peer = peer;
    this.isLoggedOn = true;
    this.connections += 1;
    const own = message.get(141) === 'Y' && resets ? ([[141, 'Y']] as Fields) : [];
    this.send('A', [...fields, ...own]);
  }

  private resend(from: number, to: number): void {
    const end = to === 0 ? this.seqNum : to;
    let gap = from;
    const fill = (next: number): void => {
      if (next > gap) this.write('4', gap, fieldsOf(`43=Y 122=${utc()} 123=Y 36=${next}`));
      gap = next;
    };
    for (let seqNum = from; seqNum <= end; seqNum += 1) {
      const one = this.sent.get(seqNum);
      if (one === undefined || 'A05'.includes(one.msgType) || this.answers === 'gapFill') continue;
      fill(seqNum);
      this.again(seqNum);
      gap = seqNum + 1;
    }
    fill(end + 1);
  }
}

export class ScriptedProvider {
  readonly venue: string;
  readonly quotes: ScriptedSession;
  readonly orders: ScriptedSession;

  constructor(venue: string) {
    this.venue = venue;
    const senderCompId = venue.toUpperCase();
    this.quotes = new ScriptedSession({ senderCompId, targetCompId: 'TIDEGATE-MD' });
    this.orders = new ScriptedSession({ senderCompId, targetCompId: 'TIDEGATE-OE' });
  }

  async listen(): Promise<void> {
    await Promise.all([this.quotes.listen(), this.orders.listen()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.quotes.stop(), this.orders.stop()]);
  }

  /** The image of EUR/USD, in the entries that are given. */
  quote(entries: string): void {
    const count = entries.split(' ').filter((field) => field.startsWith('269=')).length;
    this.quotes.send('W', `55=EUR/USD 268=${count} ${entries}`);
  }

  /** The order that we sent for a client's, by its size; so each test has its own. */
  order(quantity: number, after = 0): Promise<Received> {
    const isMeant = (message: Received) => message.get(35) === 'D' && Number(message.get(38)) === quantity;
    return this.orders.message(isMeant, `${this.venue}: an order of ${quantity}`, after);
  }

  /** A report of that order: what it says besides the ids of the order. */
  report(order: Received, text: string): number {
    const id = order.get(11)!;
    return this.orders.send('8', `37=V-${id} 11=${id} 55=EUR/USD 54=${order.get(54)} ${text}`);
  }

  acknowledge(order: Received): number {
    const quantity = order.get(38)!;
    return this.report(order, `17=A-${order.get(11)} 150=0 39=0 38=${quantity} 151=${quantity} 14=0 6=0`);
  }
}

/** All of an order at 1.0850, with further fields. */
export const fillOf = (order: Received, more = ''): string => {
  const quantity = order.get(38)!;
  const [price, all] = ['1.0850', `38=${quantity} 32=${quantity} 14=${quantity}`];
  return `17=F-${order.get(11)} 150=F 39=2 ${all} 31=${price} 151=0 6=${price} ${more}`.trim();
};

/** The platform finds its venues through the simulator's control port; this one names the providers. */
export async function controlNaming(
  providers: readonly ScriptedProvider[],
): Promise<{ readonly url: string; close(): void }> {
  const named = providers.map(({ venue, quotes, orders }) => ({
    venue,
    quotesPort: quotes.port,
    ordersPort: orders.port,
  }));
  const server = createHttp((_request, response) => response.end(JSON.stringify({ providers: named })));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

/** A venue of the configuration that the platform calls where `SIMULATOR` says; `terms` are its own. */
export const venueDocument = (id: string, terms: object = {}) => ({
  kind: 'venue' as const,
  body: {
    id,
    name: id,
    dialect: 'standard',
    enabled: true,
    senderCompId: 'TIDEGATE',
    targetCompId: id.toUpperCase(),
    quotes: { hosts: [{ host: '127.0.0.1', port: 0 }], senderCompId: 'TIDEGATE-MD' },
    orders: { hosts: [{ host: '127.0.0.1', port: 0 }], senderCompId: 'TIDEGATE-OE' },
    staleAfterMs: 60_000,
    routeTimeoutMs: 30_000,
    instruments: ['EURUSD'],
    ...terms,
  },
});
