/** How an initiator finds its acceptor again; and both ends together through cuts and restarts. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../../acceptance/certificate.ts';
import { until } from '../../acceptance/peer.ts';
import type { FieldWriter, Message } from '../codec/fields.ts';
import type { Application, SessionHandle } from '../session/application.ts';
import { FileStore } from '../session/store.file.ts';
import { MemoryStore } from '../session/store.memory.ts';
import type { SessionStore } from '../session/store.ts';
import { Acceptor } from './acceptor.ts';
import type { SessionSettings } from './contract.ts';
import { Initiator } from './initiator.ts';
import type { InitiatorTls } from './tls.ts';

const SERVER: SessionSettings = { beginString: 'FIX.4.4', senderCompId: 'TIDEGATE', targetCompId: 'CLIENT' };
const CLIENT: SessionSettings = { beginString: 'FIX.4.4', senderCompId: 'CLIENT', targetCompId: 'TIDEGATE' };
const QUICK = { reconnectMinMs: 5, reconnectMaxMs: 20, random: () => 0.5 };
const SILENT: Application = { onMessage: () => undefined };

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function acceptorWith(
  application: Application,
  store: SessionStore = new MemoryStore(),
  port = 0,
): Promise<Acceptor> {
  const acceptor = new Acceptor({
    host: '127.0.0.1',
    port,
    authenticate: (request) =>
      request.password === 'wrong'
        ? { accept: false, text: 'wrong password' }
        : { accept: true, settings: SERVER, store, application },
  });
  await acceptor.listen();
  open.push(() => acceptor.close());
  return acceptor;
}

/** A TCP relay whose connections the test can cut. */
class Relay {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  target = 0;

  constructor(came: () => void = () => undefined) {
    this.#server = createServer((near) => {
      came();
      const far = connect(this.target, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    open.push(
      () =>
        new Promise((resolve) => {
          this.cut();
          this.#server.close(resolve);
        }),
    );
    return (this.#server.address() as { port: number }).port;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A relay that says of each connection that it has come. */
async function countedRelay(target: number, came: () => void): Promise<number> {
  const relay = new Relay(came);
  relay.target = target;
  return relay.listen();
}

function writeNews(id: number): (fields: FieldWriter) => void {
  return (fields) =>
    fields
      .int(148, id)
      .int(33, 1)
      .text(58, 'x'.repeat((id % 100) + 1));
}

/** An application that counts on each number coming once and in order. */
class Counting implements Application {
  readonly got: number[] = [];
  readonly ends: string[] = [];

  onMessage(message: Message): void {
    const id = message.int(148) as number;
    if (id <= this.got.length && message.possDup) return;
    this.got.push(id);
  }

  onLogout(_session: SessionHandle, reason: string): void {
    this.ends.push(reason);
  }
}

describe('initiator', () => {
  it('goes on to the next host when one is dead, and stays with one that works', async () => {
    const dead = createServer();
    await new Promise<void>((resolve) => {
      dead.listen(0, '127.0.0.1', resolve);
    });
    const deadPort = (dead.address() as { port: number }).port;
    await new Promise((resolve) => {
      dead.close(resolve);
    });
    const ends = new Counting();
    const acceptor = await acceptorWith(ends);
    const failed: number[] = [];
    const initiator = new Initiator({
      ...QUICK,
      settings: CLIENT,
      store: new MemoryStore(),
      application: SILENT,
      hosts: [
        { host: '127.0.0.1', port: deadPort },
        { host: '127.0.0.1', port: acceptor.port },
      ],
      onConnectFailed: ({ port }) => failed.push(port),
    });
    open.push(() => initiator.stop());
    await initiator.start();
    await until(() => initiator.session.isLoggedOn);
    expect(failed).toEqual([deadPort]);
    acceptor.sessions[0]?.logout('come back');
    await until(() => ends.ends.length === 1);
    await until(() => initiator.session.isLoggedOn);
    expect(failed).toEqual([deadPort]);
  });

  it('logs on over TLS with SNI and a client certificate, and only to the server it trusts', async () => {
    const [server, client] = [selfSigned('fix.test'), selfSigned('client.test')];
    const acceptor = new Acceptor({
      host: '127.0.0.1',
      port: 0,
      tls: { ...server, ca: client.cert, requestCert: true, rejectUnauthorized: true },
      authenticate: () => ({
        accept: true,
        settings: SERVER,
        store: new MemoryStore(),
        application: SILENT,
      }),
    });
    await acceptor.listen();
    open.push(() => acceptor.close());
    const connectWith = (tls: InitiatorTls, failed: string[]): Initiator => {
      const initiator = new Initiator({
        ...QUICK,
        settings: CLIENT,
        store: new MemoryStore(),
        application: SILENT,
        hosts: [{ host: '127.0.0.1', port: acceptor.port }],
        tls,
        onConnectFailed: ({ reason }) => failed.push(reason),
      });
      open.push(() => initiator.stop());
      return initiator;
    };
    const failed: string[] = [];
    await connectWith({ ...client, servername: 'fix.test' }, failed).start();
    await until(() => failed.length > 0);
    expect(failed[0]).toContain('self-signed certificate');
    const trusting = connectWith({ ...client, ca: server.cert, servername: 'fix.test' }, []);
    await trusting.start();
    await until(() => trusting.session.isLoggedOn);
    const nameless: string[] = [];
    await connectWith({ ca: server.cert, servername: 'fix.test' }, nameless).start();
    await until(() => nameless.length > 0);
    expect(trusting.session.isLoggedOn).toBe(true);
  });

  it('tells why it was refused and tries again', async () => {
    const acceptor = await acceptorWith(SILENT);
    const reasons: string[] = [];
    let password = 'wrong';
    const initiator = new Initiator({
      ...QUICK,
      settings: CLIENT,
      store: new MemoryStore(),
      application: SILENT,
      hosts: [{ host: '127.0.0.1', port: acceptor.port }],
      logonFields: (fields) => fields.text(553, 'bob').text(554, password),
      onConnectFailed: ({ reason }) => {
        reasons.push(reason);
        if (reasons.length === 2) password = 'right';
      },
    });
    open.push(() => initiator.stop());
    await initiator.start();
    await until(() => initiator.session.isLoggedOn);
    expect(reasons).toEqual(['wrong password', 'wrong password']);
  });

  it('does not come back after stop, and stop ends a session in order', async () => {
    const server = new Counting();
    const acceptor = await acceptorWith(server);
    const initiator = new Initiator({
      ...QUICK,
      settings: CLIENT,
      store: new MemoryStore(),
      application: SILENT,
      hosts: [{ host: '127.0.0.1', port: acceptor.port }],
    });
    await initiator.start();
    await until(() => initiator.session.isLoggedOn);
    await initiator.stop('good night');
    await until(() => server.ends.length === 1);
    expect(server.ends).toEqual(['good night']);
    expect(initiator.session.send('B', writeNews(1))).toBe(0);
    expect(acceptor.sessions[0]?.isLoggedOn).toBe(false);
  });

  it('that is held logs out with the text, dials nobody, and goes on when it is released', async () => {
    const server = new Counting();
    const acceptor = await acceptorWith(server);
    let dialled = 0;
    const port = await countedRelay(acceptor.port, () => (dialled += 1));
    const initiator = new Initiator({
      ...QUICK,
      settings: CLIENT,
      store: new MemoryStore(),
      application: SILENT,
      hosts: [{ host: '127.0.0.1', port }],
    });
    open.push(() => initiator.stop());
    initiator.hold();
    await initiator.start();
    expect(initiator.session.send('B', writeNews(1))).toBe(1);
    initiator.release();
    await until(() => server.got.length === 1);
    initiator.hold('SESSION_DISABLED');
    await until(() => server.ends.length === 1 && !initiator.session.isLoggedOn);
    expect(server.ends).toEqual(['SESSION_DISABLED']);
    const before = dialled;
    const next = initiator.session.nextOutbound;
    expect(initiator.session.send('B', writeNews(2))).toBe(next);
    // Another that is not held, and finds nobody, has called many times meanwhile.
    let misses = 0;
    const lost = new Initiator({
      ...QUICK,
      settings: CLIENT,
      store: new MemoryStore(),
      application: SILENT,
      hosts: [{ host: '127.0.0.1', port: 1 }],
      onConnectFailed: () => (misses += 1),
    });
    open.push(() => lost.stop());
    await lost.start();
    await until(() => misses >= 10);
    expect(dialled).toBe(before);
    // Neither of these leaves a second call behind.
    initiator.release();
    initiator.hold();
    initiator.release();
    await until(() => server.got.length === 2);
    expect(initiator.session.lastSentAtMs).toBeGreaterThan(0);
    expect(initiator.session.lastReceivedAtMs).toBeGreaterThan(0);
    expect(dialled).toBeLessThanOrEqual(before + 2);
    expect(server.got).toEqual([1, 2]);
  });

  it('and acceptor: nothing lost and nothing twice over cut lines, both ways', async () => {
    const [server, client] = [new Counting(), new Counting()];
    const acceptor = await acceptorWith(server);
    const relay = new Relay();
    relay.target = acceptor.port;
    const initiator = new Initiator({
      ...QUICK,
      settings: CLIENT,
      store: new MemoryStore(),
      application: client,
      hosts: [{ host: '127.0.0.1', port: await relay.listen() }],
    });
    open.push(() => initiator.stop());
    await initiator.start();
    await until(() => initiator.session.isLoggedOn);
    const [count, cuts] = [4_000, 12];
    const far = acceptor.sessions[0] as SessionHandle;
    for (let id = 1; id <= count; id++) {
      initiator.session.send('B', writeNews(id));
      far.send('B', writeNews(id));
      if (id % 50 === 0)
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      if (id % Math.floor(count / cuts) === 0) {
        // Now and then the next cut comes before they have found each other again.
        if (id % 2 === 0) await until(() => initiator.session.isLoggedOn && far.isLoggedOn);
        const [ends, wasLoggedOn] = [server.ends.length, far.isLoggedOn];
        relay.cut();
        if (wasLoggedOn) await until(() => server.ends.length > ends);
      }
    }
    await until(() => server.got.length >= count && client.got.length >= count);
    const expected = Array.from({ length: count }, (_, i) => i + 1);
    expect(server.got).toEqual(expected);
    expect(client.got).toEqual(expected);
    expect(server.ends.length).toBeGreaterThanOrEqual(cuts / 2);
  });
});

/**
 * A process with an acceptor, a file store and a journal of orders: answers each order with one execution
 * report.
 */
const SERVING_CHILD = `
  import { appendFileSync, existsSync, readFileSync, writeSync } from 'node:fs';
  const [, base, directory] = process.argv;
  const { Acceptor } = await import(base + 'transport/acceptor.ts');
  const { FileStore } = await import(base + 'session/store.file.ts');
  const path = directory + '/orders';
  const orders = existsSync(path) ? readFileSync(path, 'latin1').split('\\n').slice(0, -1) : [];
  const known = new Set(orders);
  const settings = { beginString: 'FIX.4.4', senderCompId: 'TIDEGATE', targetCompId: 'CLIENT' };
  const store = new FileStore({ directory, name: 'server' });
  const report = (session, index) => session.send('8', (fields) => fields.text(37, 'O' + index).int(17, index)
    .text(11, orders[index - 1]).char(150, '0').char(39, '0').text(55, 'EUR/USD').char(54, '1').int(151, 1)
    .int(14, 0).int(6, 0), { source: { partition: 'orders', sequence: index } });
  const application = { onMessage(message, session) {
    const id = message.text(11);
    if (known.has(id)) {
      if (!message.possDup) writeSync(2, 'order ' + id + ' twice without PossDupFlag\\n');
      return;
    }
    appendFileSync(path, id + '\\n');
    orders.push(id);
    known.add(id);
    report(session, orders.length);
  } };
  const acceptor = new Acceptor({ host: '127.0.0.1', port: 0,
    authenticate: () => ({ accept: true, settings, store, application }) });
  const session = await acceptor.register({ settings, store, application });
  for (let index = session.cursor('orders') + 1; index <= orders.length; index++) report(session, index);
  await acceptor.listen();
  writeSync(1, acceptor.port + '\\n');`;

class ServingProcess {
  readonly #arguments: readonly string[];
  readonly #complaints: string[];
  #child: ChildProcess[] = [];

  constructor(directory: string, complaints: string[]) {
    const base = new URL('../', import.meta.url).href;
    this.#arguments = ['--input-type=module', '--eval', SERVING_CHILD, base, directory];
    this.#complaints = complaints;
  }

  /** Returns its port. */
  async start(): Promise<number> {
    const child = spawn(process.execPath, this.#arguments, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = [child];
    child.stderr.on('data', (chunk) => this.#complaints.push(String(chunk)));
    const [line] = await once(child.stdout, 'data');
    return Number(String(line));
  }

  async kill(): Promise<void> {
    for (const child of this.#child) {
      child.kill('SIGKILL');
      if (child.signalCode === null) await once(child, 'exit');
    }
  }
}

describe('kill -9', () => {
  it('of an acceptor with a file store loses no order and no report, and repeats none', async () => {
    const directory = mkdtempSync(`${tmpdir()}/tidegate-restart-`);
    open.push(async () => rmSync(directory, { recursive: true }));
    const complaints: string[] = [];
    const relay = new Relay();
    const server = new ServingProcess(directory, complaints);
    open.push(() => server.kill());
    relay.target = await server.start();
    const count = 3_000;
    const reports: number[] = [];
    const initiator = new Initiator({
      ...QUICK,
      settings: CLIENT,
      hosts: [{ host: '127.0.0.1', port: await relay.listen() }],
      store: new FileStore({ directory, name: 'client' }),
      application: {
        onMessage: (message) => {
          const index = message.int(17) as number;
          if (index <= reports.length && message.possDup) return;
          if (message.text(11) !== `C${index}`) complaints.push(`report ${index} is for ${message.text(11)}`);
          reports.push(index);
        },
      },
    });
    open.push(() => initiator.stop());
    await initiator.start();
    for (let id = 1; id <= count; id++) {
      initiator.session.send('D', (fields) =>
        fields
          .text(11, `C${id}`)
          .text(55, 'EUR/USD')
          .char(54, '1')
          .utcMillis(60, 1_773_144_000_000)
          .int(38, 1)
          .char(40, '1'),
      );
      if (id % 20 === 0)
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      if (id % 500 === 0 && id < count) {
        const before = reports.length;
        await until(() => reports.length > before + 17 || reports.length === id);
        await server.kill();
        relay.target = await server.start();
      }
    }
    await until(() => reports.length >= count);
    expect(complaints).toEqual([]);
    const expected = Array.from({ length: count }, (_, i) => i + 1);
    expect(reports).toEqual(expected);
    expect(readFileSync(`${directory}/orders`, 'latin1')).toBe(expected.map((id) => `C${id}\n`).join(''));
  });
});
