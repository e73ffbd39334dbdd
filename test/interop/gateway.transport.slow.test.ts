/**
 * The gateway's transport as an institution meets it: TLS with client certificates that are renewed, sessions
 * in the database, addresses, rates, schedules, second logons, and what operators see of it all.
 */
import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { connectDatabase } from '@tidegate/platform/sql/database';
import type { DocumentOf } from '@tidegate/wire/configuration';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import type { SessionMessagesView, SessionStatus } from '@tidegate/wire/sessions';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../../packages/fix/acceptance/certificate.ts';
import { password, startConfigured, user, type ConfiguredPlatform } from '../configured.ts';
import { eventually, signIn, temporaryFolder, type RestClient } from '../platform.ts';
import { body, RawPeer, type PeerTls, type RawIds } from './raw.peer.ts';

const fixProgram = fileURLToPath(new URL('../../packages/fix/tools/fix.ts', import.meta.url));
const folder = temporaryFolder('gateway-transport');
const path = (name: string): string => join(folder.path, name);
const ours = selfSigned('fix.test');
const clients = selfSigned('client.test');
const bank = selfSigned('bank.test');
const peers: RawPeer[] = [];
let desk: ConfiguredPlatform;
let admin: RestClient;

const idsOf = (name: string): RawIds => ({
  senderCompId: name,
  targetCompId: 'TIDEGATE',
  username: name,
  password,
});
const tls: PeerTls = { ...clients, ca: ours.cert, servername: 'fix.test' };

const fingerprintOf = ({ cert }: { readonly cert: string }): string =>
  new X509Certificate(cert).fingerprint256;

function fixClient(passwordHash: string, name: string, terms: Partial<DocumentOf<'fixClient'>> = {}) {
  const document: DocumentOf<'fixClient'> = {
    id: name.toLowerCase(),
    firm: 'demo1',
    account: 'demo1-main',
    senderCompId: name,
    targetCompId: 'TIDEGATE',
    username: name,
    passwordHash,
    allowedAddresses: ['127.0.0.0/8'],
    listeners: ['port-02'],
    rights: ['marketData', 'trading'],
    cancelOnDisconnect: false,
    ...terms,
  };
  return { kind: 'fixClient' as const, id: document.id, body: document };
}

/** Open for a second, half a day from now. */
function closedNow(): NonNullable<DocumentOf<'fixClient'>['schedule']> {
  const at = (ms: number): string => new Date(ms).toISOString().slice(11, 19);
  const opens = Date.now() + 12 * 3_600_000;
  return { startTime: at(opens), endTime: at(opens + 1_000) };
}

const logOn = async (name: string, withTls: PeerTls | undefined = tls): Promise<RawPeer> => {
  const peer = await RawPeer.logOn(desk.ports['port-02']!, idsOf(name), withTls);
  peers.push(peer);
  return peer;
};
const events = async (): Promise<readonly SystemEvent[]> =>
  ((await admin.get('/api/v1/events?limit=500')).body as { items: SystemEvent[] }).items;
const event = (kind: SystemEvent['kind'], subject: string): Promise<SystemEvent> =>
  eventually(
    async () => (await events()).find((one) => one.kind === kind && one.subject === subject),
    `${kind} of ${subject}`,
  );

beforeAll(async () => {
  writeFileSync(path('tls.crt'), ours.cert);
  writeFileSync(path('tls.key'), ours.key);
  writeFileSync(path('clients.crt'), clients.cert + bank.cert);
  desk = await startConfigured(
    'gateway-transport',
    (hash) => [
      user(hash, { id: 'trader1', role: 'trader', firm: 'demo1' }),
      fixClient(hash, 'PLAIN'),
      fixClient(hash, 'CALM', { messagesPerSecondMax: 5 }),
      fixClient(hash, 'NEWEST', { secondLogon: 'newestWins' }),
      fixClient(hash, 'CLOSED', { schedule: closedNow() }),
      fixClient(hash, 'BANK', { certificates: [fingerprintOf(bank)] }),
    ],
    {
      DATA_DIR: path('data'),
      FIX_STORE: 'postgres',
      FIX_MESSAGE_LOG: 'file',
      FIX_TLS_CERT_FILE: path('tls.crt'),
      FIX_TLS_KEY_FILE: path('tls.key'),
      FIX_TLS_CLIENT_CA_FILE: path('clients.crt'),
    },
  );
  admin = await signIn(desk.http);
}, 120_000);
afterEach(async () => {
  for (const peer of peers.splice(0)) {
    peer.socket.destroy();
    await peer.closed;
  }
});
afterAll(async () => {
  await desk?.stop();
  folder.remove();
}, 60_000);

describe('a gateway with TLS', () => {
  it('speaks to clients with a certificate, and to nobody else', async () => {
    const peer = await logOn('PLAIN');
    peer.send('H', body.status('nobody'));
    expect((await peer.next('8')).get(39)).toBe('8');
    await expect(logOn('NEWEST', { ca: ours.cert, servername: 'fix.test' })).rejects.toThrow();
    const plain = await RawPeer.connect(desk.ports['port-02']!, idsOf('NEWEST'));
    peers.push(plain);
    plain.sendLogon();
    await plain.closed;
    expect(plain.received).toEqual([]);
  });

  it('takes renewed certificates while sessions go on', async () => {
    const peer = await logOn('PLAIN');
    const renewed = selfSigned('fix.test');
    writeFileSync(path('tls.crt'), renewed.cert);
    await event('certificateRefused', 'fix listeners');
    writeFileSync(path('tls.key'), renewed.key);
    await event('certificateChanged', 'fix listeners');
    await logOn('NEWEST', { ...tls, ca: renewed.cert });
    await expect(logOn('CALM')).rejects.toThrow();
    peer.send('1', [[112, 'still here']]);
    expect((await peer.next('0')).get(112)).toBe('still here');
    writeFileSync(path('tls.crt'), ours.cert);
    writeFileSync(path('tls.key'), ours.key);
    await eventually(async () => logOn('CALM').catch(() => undefined), 'the old certificate again');
  });

  it('keeps sessions in the database', async () => {
    const peer = await logOn('PLAIN');
    peer.send('H', body.status('kept'));
    await peer.next('8');
    const database = connectDatabase({ url: desk.databaseUrl, log: desk.log });
    const { rows } = await database.pool.query(
      "SELECT seq_num FROM fix_message WHERE session = 'plain@port-02' AND msg_type = '8'",
    );
    await database.close();
    expect(rows.length).toBeGreaterThan(0);
    const metrics = await (await fetch(new URL('/metrics', desk.ops))).text();
    expect(metrics).toMatch(/^tidegate_fix_session_store_total\{what="messages"\} [1-9]/m);
    expect(existsSync(path('data/gateway'))).toBe(false);
  });
});

describe('the terms of a client', () => {
  it('bind it to its own certificate', async () => {
    await expect(logOn('BANK')).rejects.toThrow('LOGON_REFUSED');
    await eventually(
      async () => (await events()).find(({ text }) => text.includes(`certificate ${fingerprintOf(clients)}`)),
      'the certificate that was shown',
    );
    const peer = await logOn('BANK', { ...tls, ...bank });
    const hash = desk.configuration.current.fixClients.get('bank')!.passwordHash;
    const both = [fingerprintOf(clients), fingerprintOf(bank)];
    await desk.put(fixClient(hash, 'BANK', { certificates: both }));
    peer.send('H', body.status('still in'));
    await peer.next('8');
    // Turned away, and no excuse for the one that is logged on.
    await expect(logOn('BANK')).rejects.toThrow();
    await desk.put(fixClient(hash, 'BANK', { certificates: [fingerprintOf(clients)] }));
    expect((await peer.next('5')).get(58)).toContain('SESSION_WITHDRAWN');
    await eventually(async () => logOn('BANK').catch(() => undefined), 'logon with the new certificate');
  });

  it('bound its messages a second, and never its cancels', async () => {
    const peer = await logOn('CALM');
    // At once: what came later would find the allowance grown.
    peer.socket.cork();
    for (let count = 0; count < 20; count += 1) peer.send('D', body.order(`o${count}`, body.resting));
    peer.send('G', [...body.cancel('r', 'o0'), [40, 2], [44, '1.04']]);
    peer.send('H', body.status('o0'));
    peer.send('F', body.cancel('c', 'nobody'));
    peer.socket.uncork();
    const text = async (type: string, wanted: string): Promise<string> =>
      (
        await peer.match((one) => one.get(35) === type && one.get(58)?.startsWith(wanted) === true, wanted)
      ).get(58)!;
    expect(await text('8', 'ORDER_RATE')).toBe('ORDER_RATE: too many messages a second on this session');
    expect(await text('9', 'ORDER_RATE')).toBe('ORDER_RATE: too many messages a second on this session');
    expect(await text('j', 'MESSAGE_RATE')).toBe('MESSAGE_RATE: too many messages');
    expect(await text('9', 'UNKNOWN_ORDER')).toContain('UNKNOWN_ORDER');
    expect(await event('sessionThrottled', 'calm@port-02')).toMatchObject({ firm: 'demo1' });
    const status = await eventually(async () => {
      const all = (await admin.get('/api/v1/sessions')).body as SessionStatus[];
      return all.find(({ id, counters }) => id === 'calm@port-02' && counters.throttledIn > 10);
    }, 'the counter');
    expect(status.latencyUs.received.p99).toBeGreaterThan(0);
  });

  it('let the newest connection win, where it is so agreed', async () => {
    const first = await logOn('NEWEST');
    const second = await RawPeer.connect(desk.ports['port-02']!, idsOf('NEWEST'), tls);
    peers.push(second);
    second.sendLogon();
    expect((await second.next('A', '5')).get(35)).toBe('A');
    await first.closed;
  });

  it('keep it out while its session is closed', async () => {
    await expect(logOn('CLOSED')).rejects.toThrow();
    await event('logonRefused', 'closed@port-02');
    const hash = desk.configuration.current.fixClients.get('closed')!.passwordHash;
    await desk.put(fixClient(hash, 'CLOSED'));
    await eventually(async () => logOn('CLOSED').catch(() => undefined), 'logon without a schedule');
  });

  it('say from where connections are taken at all', async () => {
    const { fixClients } = desk.configuration.current;
    const before = [...fixClients.values()];
    for (const one of before)
      await desk.put({ kind: 'fixClient', id: one.id, body: { ...one, allowedAddresses: ['10.0.0.0/8'] } });
    await eventually(
      () =>
        logOn('PLAIN').then(
          () => undefined,
          () => true,
        ),
      'nobody gets in',
    );
    await eventually(
      async () => (await events()).find(({ text }) => text === 'address is not allowed from 127.0.0.1'),
      'the refused address',
    );
    for (const one of before) await desk.put({ kind: 'fixClient', id: one.id, body: one });
    await eventually(async () => logOn('PLAIN').catch(() => undefined), 'everybody gets in again');
  });
});

describe('operators', () => {
  it('read the last messages of a session, without its password; others do not', async () => {
    await logOn('PLAIN');
    const { status, body: answer } = await admin.get('/api/v1/sessions/plain@port-02/messages');
    const { messages, words } = answer as SessionMessagesView;
    expect(status).toBe(200);
    const logon = messages.findLast(({ text }) => text.includes('|35=A|') && text.includes('|553=PLAIN|'))!;
    expect(logon).toMatchObject({ direction: 'in', isCut: false });
    expect(logon.text).toMatch(/^8=FIX\.4\.4\|9=.*\|554=\*\*\*\|10=\d{3}\|$/);
    expect(JSON.stringify(messages)).not.toContain(password);
    expect(messages.at(-1)).toMatchObject({ direction: 'out' });
    expect(words['35']).toMatchObject({ A: 'Logon' });
    const trader = await signIn(desk.http, 'trader1', password);
    expect((await trader.get('/api/v1/sessions/plain@port-02/messages')).status).toBe(403);
    expect((await admin.get('/api/v1/sessions/nobody@port-02/messages')).status).toBe(404);
  });

  it('find every message in the FIX message log', async () => {
    await logOn('PLAIN');
    const log = path('data/fix-log');
    const file = await eventually(
      () => readdirSync(log).find((name) => readFileSync(join(log, name), 'latin1').includes('|553=PLAIN|')),
      'a Logon in the log',
    );
    expect(readFileSync(join(log, file), 'latin1')).not.toContain(password);
    const decode = spawn(
      process.execPath,
      ['--conditions=tidegate-source', fixProgram, 'decode', join(log, file)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    expect(await textOf(decode.stdout)).toContain('Username');
  });
});
