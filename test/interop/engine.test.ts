/**
 * The FIX engine by itself against QuickFIX C++, both ways, over plain TCP and TLS with certificates on both
 * sides, in the versions that the field speaks: log on, orders and reports, a line cut in the middle and the
 * resends after it, log out.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FieldWriter } from '@tidegate/fix/codec/fields';
import type { Application, SessionHandle } from '@tidegate/fix/session/application';
import type { SessionSettings } from '@tidegate/fix/session/settings';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Acceptor } from '@tidegate/fix/transport/acceptor';
import { Initiator } from '@tidegate/fix/transport/initiator';
import { selfSigned } from '../../packages/fix/acceptance/certificate.ts';
import { buildPeer, QuickFix, speaking, type PeerVersion } from './quickfix.ts';

const versions = Object.keys(speaking) as PeerVersion[];
const cases = versions.flatMap((version) => [
  { version, secured: false },
  { version, secured: true },
]);
const NAME = 'fix.example';

let folder = '';
let program = '';
// QuickFIX loads RSA keys only.
const certificate = selfSigned(NAME, 'rsa');
const files = { cert: '', key: '', ca: '' };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-engine-'));
  program = buildPeer(folder).program;
  for (const [name, text] of [
    ['cert', certificate.cert],
    ['key', certificate.key],
    ['ca', certificate.cert],
  ] as const) {
    files[name] = join(folder, `${name}.pem`);
    writeFileSync(files[name], text, { mode: 0o600 });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What happened to our side, to be waited for. */
class Ours implements Application {
  readonly seen: string[] = [];
  session: SessionHandle | undefined;
  private readonly waiting = new Set<() => void>();

  onLogon(session: SessionHandle): void {
    this.session = session;
    this.note('logon');
  }

  onLogout(): void {
    this.note('logout');
  }

  onMessage(message: Parameters<Application['onMessage']>[0], session: SessionHandle): void {
    this.note(`${message.msgType} ${message.text(11)}`);
    if (message.msgType === 'D') session.send('8', report(message.text(11) ?? '', session));
  }

  /** Resolves when it was seen `times` times in all. */
  async until(what: string, times = 1): Promise<void> {
    const isThere = (): boolean => this.seen.filter((one) => one === what).length >= times;
    if (isThere()) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        if (!isThere()) return;
        this.waiting.delete(wake);
        resolve();
      };
      this.waiting.add(wake);
    });
  }

  private note(what: string): void {
    this.seen.push(what);
    for (const wake of this.waiting) wake();
  }
}

const order = (clOrdId: string) => (fields: FieldWriter) =>
  void fields
    .text(11, clOrdId)
    .char(21, '1')
    .int(38, 100)
    .char(40, '1')
    .char(54, '1')
    .text(55, 'EUR/USD')
    .utcMillis(60, Date.now());

/** FIX 4.2 wants ExecTransType(20), later versions do not have it. */
const report = (clOrdId: string, session: SessionHandle) => (fields: FieldWriter) => {
  fields.int(6, 0).text(11, clOrdId).int(14, 0).text(17, `E-${clOrdId}`);
  if (session.id.startsWith('FIX.4.2')) fields.char(20, '0');
  fields
    .text(37, `O-${clOrdId}`)
    .char(39, '0')
    .char(54, '1')
    .text(55, 'EUR/USD')
    .char(150, '0')
    .int(151, 100);
};

/** The same order as the peer's own text. */
const orderText = (clOrdId: string): string =>
  `35=D|11=${clOrdId}|21=1|38=100|40=1|54=1|55=EUR/USD|60=20260310-12:00:00.000`;

function settings(version: PeerVersion, senderCompId: string, targetCompId: string): SessionSettings {
  return {
    beginString: speaking[version].BeginString,
    senderCompId,
    targetCompId,
    ...(version === 'FIX.5.0SP2' ? { defaultVersion: version } : {}),
  };
}

const isReport = (line: string, clOrdId: string): true | undefined =>
  line.startsWith('app ') && line.includes('|35=8|') && line.includes(`|11=${clOrdId}|`) ? true : undefined;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Points at both ends of a scale and between, as they stand at 15 digits: what a double keeps exactly. */
const numbers = Array.from({ length: 16 }, (_, scale) =>
  [1, 5, 10 ** scale, 123_456_789_012_345, 999_999_999_999_999, 500_000].map((scaled) => ({ scaled, scale })),
).flat();
/** The end of a year, a leap day, and milliseconds with zeros on either side. */
const moments = ['2016-12-31T23:59:59.999Z', '2024-02-29T00:00:00.001Z', '2026-11-28T12:00:00.100Z'].map(
  Date.parse,
);

describe.each(versions)('%s', (version) => {
  it('is read by QuickFIX as we mean it, number for number', async () => {
    const port = await freePort();
    const compId = `QFN${versions.indexOf(version)}`;
    const peer = new QuickFix({
      program,
      role: 'acceptor',
      folder,
      version,
      senderCompId: compId,
      targetCompId: 'TIDEGATE',
      port,
    });
    const application = new Ours();
    const initiator = new Initiator({
      hosts: [{ host: '127.0.0.1', port }],
      settings: settings(version, 'TIDEGATE', compId),
      store: new MemoryStore(),
      application,
      reconnectMinMs: 50,
      reconnectMaxMs: 200,
    });
    try {
      await initiator.start();
      await application.until('logon');
      for (const [at, { scaled, scale }] of numbers.entries())
        initiator.session.send('D', (fields) =>
          fields
            .text(11, `N${at}`)
            .char(21, '1')
            .decimal(38, scaled, scale)
            .char(40, '2')
            .decimal(44, at % 2 === 0 ? scaled : -scaled, scale)
            .char(54, '1')
            .text(55, 'EUR/USD')
            .utcMillis(60, moments[at % moments.length]!),
        );
      for (const [at, { scaled, scale }] of numbers.entries()) {
        const line = await peer.until(
          (one) => (one.startsWith(`read N${at} `) ? one.split(' ').slice(2).map(Number) : undefined),
          `what QuickFIX read of N${at}`,
        );
        const value = Number(`${scaled}e-${scale}`);
        expect([at, ...line]).toEqual([
          at,
          at % 2 === 0 ? value : -value,
          value,
          moments[at % moments.length],
        ]);
      }
      expect(peer.lines.filter((line) => line.includes('|35=3|') || line.startsWith('error'))).toEqual([]);
    } finally {
      await initiator.stop();
      await peer.stop();
    }
  });
});

describe.each(cases)('$version, TLS: $secured', ({ version, secured }) => {
  const suffix = `${versions.indexOf(version)}${secured ? 'S' : ''}`;

  it('accepts QuickFIX, also after a cut line', async () => {
    const application = new Ours();
    const acceptor = new Acceptor({
      host: '127.0.0.1',
      port: 0,
      ...(secured
        ? { tls: { key: certificate.key, cert: certificate.cert, ca: certificate.cert, requestCert: true } }
        : {}),
      authenticate: ({ senderCompId, targetCompId }) => ({
        accept: true,
        settings: settings(version, targetCompId, senderCompId),
        store: new MemoryStore(),
        application,
      }),
    });
    await acceptor.listen();
    const peer = new QuickFix({
      program,
      role: 'initiator',
      folder,
      version,
      senderCompId: `QF${suffix}`,
      targetCompId: 'TIDEGATE',
      port: acceptor.port,
      ...(secured ? { tls: files } : {}),
    });
    try {
      await peer.logon();
      peer.send(orderText('A1'));
      await peer.until((line) => isReport(line, 'A1'), 'report A1');
      const mark = peer.mark;
      peer.command('disconnect');
      await application.until('logout');
      // Waits in our store until the peer is back and asks for it.
      application.session?.send('8', report('LATE', application.session));
      await peer.logon(mark);
      await peer.until((line) => isReport(line, 'LATE'), 'report LATE', mark);
      peer.send(orderText('A2'));
      await peer.until((line) => isReport(line, 'A2'), 'report A2', mark);
      expect(application.seen.filter((one) => one.startsWith('D '))).toEqual(['D A1', 'D A2']);
      expect(peer.lines.filter((line) => line.includes('|35=3|') || line.startsWith('error'))).toEqual([]);
      peer.command('logout');
      await application.until('logout', 2);
    } finally {
      await peer.stop();
      await acceptor.close();
    }
  });

  it('logs on to QuickFIX, also after a cut line', async () => {
    const port = await freePort();
    const peer = new QuickFix({
      program,
      role: 'acceptor',
      folder,
      version,
      senderCompId: `QFA${suffix}`,
      targetCompId: 'TIDEGATE',
      port,
      ...(secured ? { tls: files } : {}),
    });
    const application = new Ours();
    const initiator = new Initiator({
      hosts: [{ host: '127.0.0.1', port }],
      settings: settings(version, 'TIDEGATE', `QFA${suffix}`),
      store: new MemoryStore(),
      application,
      reconnectMinMs: 50,
      reconnectMaxMs: 200,
      ...(secured
        ? { tls: { ca: certificate.cert, servername: NAME, key: certificate.key, cert: certificate.cert } }
        : {}),
    });
    try {
      await initiator.start();
      await application.until('logon');
      initiator.session.send('D', order('B1'));
      await peer.until((line) => (line.includes('|11=B1|') ? true : undefined), 'order B1');
      const mark = peer.mark;
      peer.command('disconnect');
      await application.until('logout');
      initiator.session.send('D', order('B2'));
      await application.until('logon', 2);
      await peer.until((line) => (line.includes('|11=B2|') ? true : undefined), 'order B2', mark);
      const extra = version === 'FIX.4.2' ? '20=0|' : '';
      peer.send(`35=8|6=0|11=B1|14=0|17=E1|${extra}37=O1|39=0|54=1|55=EUR/USD|150=0|151=100`);
      await application.until('8 B1');
      expect(peer.lines.filter((line) => line.includes('|35=3|') || line.startsWith('error'))).toEqual([]);
    } finally {
      await initiator.stop();
      await peer.stop();
    }
  });
});
