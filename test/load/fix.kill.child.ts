/**
 * One side of a FIX session as a process that is there to be killed: an acceptor that answers every order
 * with one report, or an initiator that keeps sending orders. Each keeps a log of what its application got,
 * which with the store is all that outlives it.
 *
 *   node --conditions=tidegate-source test/load/fix.kill.child.ts <role> <folder> <store> <manner>
 *
 * Told on standard input: `go <port>`, then `finish`. Says `port <n>` (acceptor, when it listens) and
 * `settled <n>` (initiator, when all it sent is answered); what must not happen goes to standard error.
 */
import { appendFileSync, existsSync, readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { FieldWriter, Message } from '@tidegate/fix/codec/fields';
import type { Application, SessionHandle } from '@tidegate/fix/session/application';
import { FileStore } from '@tidegate/fix/session/store.file';
import type { SessionStore } from '@tidegate/fix/session/store';
import { Acceptor } from '@tidegate/fix/transport/acceptor';
import { Initiator } from '@tidegate/fix/transport/initiator';

/** Orders without a report, at most. */
const window = 200;
const [role = '', folder = '', store = '', manner = ''] = process.argv.slice(2);
const settings = {
  acceptor: { beginString: 'FIX.4.4', senderCompId: 'VENUE', targetCompId: 'CLIENT' },
  initiator: { beginString: 'FIX.4.4', senderCompId: 'CLIENT', targetCompId: 'VENUE' },
} as const;

/** What an application got, in its order, each once; on disk before the engine hears that it is done. */
class ApplicationLog {
  readonly #path: string;
  count: number;

  constructor(path: string) {
    this.#path = path;
    this.count = existsSync(path) ? readFileSync(path, 'latin1').split('\n').length - 1 : 0;
  }

  /** False: had it already. */
  add(number: number, possDup: boolean): boolean {
    if (number <= this.count) {
      if (!possDup) complain(`${number} came again without PossDupFlag`);
      return false;
    }
    if (number !== this.count + 1) complain(`${number} came after ${this.count}`);
    appendFileSync(this.#path, `${number}\n`);
    this.count += 1;
    return true;
  }
}

function complain(text: string): void {
  writeSync(2, `${role}: ${text}\n`);
}

function say(text: string): void {
  writeSync(1, `${text}\n`);
}

async function openStore(name: string): Promise<SessionStore> {
  if (store === 'file') {
    const onRepair = ({ kind, path, at }: { kind: string; path: string; at: number }): void => {
      if (kind !== 'tail') complain(`${path} is damaged at ${at}`);
    };
    return new FileStore({ directory: folder, name, fsync: 'never', segmentBytes: 1 << 20, onRepair });
  }
  const { PostgresSessions } = await import('@tidegate/platform/fixstore/sessions.postgres');
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return new PostgresSessions({ url: store, owner: name, log }).store(name);
}

/** Some applications are done at once, others later; the second kind does one thing after the other. */
function inOrder(
  take: (number: number, possDup: boolean) => void,
): (message: Message, tag: number) => void | Promise<void> {
  let last = Promise.resolve();
  return (message, tag) => {
    const [number, possDup] = [Number(message.text(tag)), message.possDup];
    if (manner === 'at-once') return take(number, possDup);
    last = last.then(async () => {
      if (number % 16 === 0)
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      take(number, possDup);
    });
    return last;
  };
}

function writeReport(number: number): (fields: FieldWriter) => void {
  return (fields) =>
    fields
      .text(37, `O${number}`)
      .int(17, number)
      .int(11, number)
      .char(150, '0')
      .char(39, '0')
      .text(55, 'EUR/USD')
      .char(54, '1')
      .int(151, 1)
      .int(14, 0)
      .int(6, 0)
      .text(58, filler(number));
}

function writeOrder(number: number): (fields: FieldWriter) => void {
  return (fields) =>
    fields
      .int(11, number)
      .text(55, 'EUR/USD')
      .char(54, '1')
      .utcMillis(60, Date.now())
      .int(38, 100)
      .char(40, '1')
      .text(58, filler(number));
}

/** So that messages differ in length, and a wrong body is seen. */
function filler(number: number): string {
  return `${number}:${'x'.repeat((number * 7) % 300)}`;
}

async function accept(): Promise<void> {
  const orders = new ApplicationLog(`${folder}/orders`);
  const report = (session: SessionHandle, number: number): number =>
    session.send('8', writeReport(number), { source: { partition: 'orders', sequence: number } });
  const take = inOrder((number, possDup) => {
    if (orders.add(number, possDup)) report(session, number);
  });
  const application: Application = { onMessage: (message) => take(message, 11) };
  const registration = { settings: settings.acceptor, store: await openStore('acceptor'), application };
  const acceptor = new Acceptor({
    host: '127.0.0.1',
    port: 0,
    authenticate: () => ({ accept: true, ...registration }),
  });
  const session = await acceptor.register(registration);
  for (let number = session.cursor('orders') + 1; number <= orders.count; number++) report(session, number);
  await acceptor.listen();
  say(`port ${acceptor.port}`);
}

async function initiate(port: number, finish: Promise<void>): Promise<void> {
  const reports = new ApplicationLog(`${folder}/reports`);
  let isFinishing = false;
  let sent = 0;
  const pump = (session: SessionHandle): void => {
    while (!isFinishing && session.isLoggedOn && sent - reports.count < window) {
      sent += 1;
      session.send('D', writeOrder(sent), { source: { partition: 'orders', sequence: sent } });
    }
    if (isFinishing && reports.count === sent) say(`settled ${sent}`);
  };
  const take = inOrder((number, possDup) => {
    if (reports.add(number, possDup)) pump(initiator.session);
  });
  const initiator = new Initiator({
    hosts: [{ host: '127.0.0.1', port }],
    settings: settings.initiator,
    store: await openStore('initiator'),
    application: { onLogon: pump, onMessage: (message) => take(message, 17) },
    reconnectMinMs: 2,
    reconnectMaxMs: 20,
  });
  await initiator.open();
  sent = initiator.session.cursor('orders');
  await initiator.start();
  await finish;
  isFinishing = true;
  pump(initiator.session);
}

const finish = Promise.withResolvers<void>();
const input = createInterface({ input: process.stdin });
// Whoever started it is gone.
input.on('close', () => process.exit());
input.on('line', (line) => {
  const [word, port] = line.split(' ');
  if (word === 'finish') finish.resolve();
  if (word === 'go') void (role === 'acceptor' ? accept() : initiate(Number(port), finish.promise));
});
