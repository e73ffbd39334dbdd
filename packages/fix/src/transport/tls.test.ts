/** FIX over TLS: names, client certificates, pins, versions, and new certificates without a restart. */
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { Authority } from '../../acceptance/authority.ts';
import { selfSigned, type Certificate } from '../../acceptance/certificate.ts';
import { until } from '../../acceptance/peer.ts';
import { afterwards, closeAll, peerOf, portWith, SILENT, type Port } from '../../acceptance/ports.ts';
import { MemoryStore } from '../session/store.memory.ts';
import { Acceptor } from './acceptor.ts';
import { Initiator } from './initiator.ts';
import { TLS_SUITES, type AcceptorTls, type InitiatorTls } from './tls.ts';

afterEach(closeAll);

const fingerprintOf = ({ cert }: Certificate): string => new X509Certificate(cert).fingerprint256;

interface Caller {
  readonly initiator: Initiator;
  readonly failed: string[];
}

async function call(port: Port, tls: InitiatorTls, sender = 'CLIENT'): Promise<Caller> {
  const failed: string[] = [];
  const initiator = new Initiator({
    hosts: [{ host: '127.0.0.1', port: port.acceptor.port }],
    settings: { beginString: 'FIX.4.4', senderCompId: sender, targetCompId: 'TIDEGATE' },
    store: new MemoryStore(),
    application: SILENT,
    reconnectMinMs: 5,
    reconnectMaxMs: 20,
    tls,
    onConnectFailed: ({ reason }) => failed.push(reason),
  });
  afterwards(() => initiator.stop());
  await initiator.start();
  return { initiator, failed };
}

const loggedOn = ({ initiator }: Caller): Promise<void> => until(() => initiator.session.isLoggedOn);
const failedOnce = ({ failed }: Caller): Promise<void> => until(() => failed.length > 0);
const portOver = (tls: AcceptorTls): Promise<Port> => portWith(SILENT, { tls });

describe('TLS', () => {
  it('tells who the client is: certificate, server name, protocol', async () => {
    const [server, client] = [selfSigned('fix.test'), selfSigned('client.test')];
    const port = await portOver({ ...server, ca: client.cert, requestCert: true });
    await loggedOn(await call(port, { ...client, ca: server.cert, servername: 'fix.test' }));
    expect(port.requests[0]?.tls).toMatchObject({
      version: 'TLSv1.3',
      serverName: 'fix.test',
      isAuthorized: true,
      certificate: {
        subject: 'CN=client.test',
        commonName: 'client.test',
        fingerprint256: fingerprintOf(client),
      },
    });
    // Without a certificate it does not come so far.
    const nameless = await call(port, { ca: server.cert, servername: 'fix.test' }, 'OTHER');
    await failedOnce(nameless);
    await until(() => port.refused.some((reason) => reason.startsWith('TLS: ')));
    expect(port.requests).toHaveLength(1);
  });

  it('shows the certificate of the name that is asked for', async () => {
    const [usual, london, tokyo] = [
      selfSigned('fix.test'),
      selfSigned('london.test'),
      selfSigned('a.tokyo.test'),
    ];
    const serverNames = { 'London.test': london, '*.tokyo.test': tokyo };
    const port = await portOver({ ...usual, serverNames });
    await loggedOn(await call(port, { ca: london.cert, servername: 'london.test' }, 'A'));
    await loggedOn(await call(port, { ca: tokyo.cert, servername: 'a.tokyo.test' }, 'B'));
    await loggedOn(await call(port, { ca: usual.cert, servername: 'fix.test' }, 'C'));
    const strict = await portOver({ ...usual, serverNames, refuseOtherNames: true });
    await loggedOn(await call(strict, { ca: london.cert, servername: 'london.test' }, 'A'));
    const other = await call(strict, { ca: usual.cert, servername: 'fix.test' }, 'D');
    await failedOnce(other);
    await until(() => strict.refused.length > 0);
    expect(strict.refused[0]).toBe('TLS: no certificate for fix.test');
  });

  it('trusts only whom it is told to: authority and pin, on both sides', async () => {
    const [server, client, other] = [
      selfSigned('fix.test'),
      selfSigned('client.test'),
      selfSigned('other.test'),
    ];
    const port = await portOver({
      ...server,
      requestCert: true,
      ca: [client.cert, other.cert],
      pinnedFingerprints: [fingerprintOf(client)],
    });
    const right = { ca: server.cert, servername: 'fix.test', pinnedFingerprints: [fingerprintOf(server)] };
    await loggedOn(await call(port, { ...client, ...right }));
    const unpinned = await call(port, { ...other, ...right }, 'B');
    await failedOnce(unpinned);
    await until(() => port.refused.includes('TLS: certificate is not a pinned one'));
    const suspicious = await call(port, { ...client, ...right, pinnedFingerprints: ['00'] }, 'C');
    await failedOnce(suspicious);
    expect(suspicious.failed[0]).toBe('TLS: certificate is not a pinned one');
    const untrusting = await call(port, { ...client, ca: other.cert, servername: 'fix.test' }, 'D');
    await failedOnce(untrusting);
    expect(untrusting.failed[0]).toContain('self-signed certificate');
  });

  it('keeps to the oldest version it is told', async () => {
    const server = selfSigned('fix.test');
    const port = await portOver({ ...server, minVersion: 'TLSv1.3' });
    const trusting = { ca: server.cert, servername: 'fix.test' };
    await loggedOn(await call(port, trusting));
    const old = await call(port, { ...trusting, maxVersion: 'TLSv1.2' }, 'OLD');
    await failedOnce(old);
    expect(old.failed[0]).toMatch(/protocol version/i);
    const both = await portOver(server);
    await loggedOn(await call(both, { ...trusting, maxVersion: 'TLSv1.2' }));
    expect(both.requests[0]?.tls?.version).toBe('TLSv1.2');
  });

  it('takes new certificates without a restart, and open sessions live on', async () => {
    const [first, second] = [selfSigned('fix.test'), selfSigned('fix.test')];
    const port = await portOver(first);
    const early = await call(port, { ca: first.cert, servername: 'fix.test' }, 'EARLY');
    await loggedOn(early);
    port.acceptor.reloadTls(second);
    const outdated = await call(port, { ca: first.cert, servername: 'fix.test' }, 'LATE');
    await failedOnce(outdated);
    expect(outdated.initiator.session.isLoggedOn).toBe(false);
    // The initiator is told of the new authority, too; its next attempt succeeds.
    outdated.initiator.reloadTls({ ca: second.cert, servername: 'fix.test' });
    await loggedOn(outdated);
    expect(early.initiator.session.isLoggedOn).toBe(true);
    expect(early.failed).toEqual([]);
  });

  it('says what is wrong with a certificate, and keeps the one it has', async () => {
    const [server, other] = [selfSigned('fix.test'), selfSigned('other.test')];
    const port = await portOver(server);
    expect(() => port.acceptor.reloadTls({ key: other.key, cert: server.cert })).toThrow(
      /^TLS: certificate: .*key values mismatch/,
    );
    expect(() => port.acceptor.reloadTls({ ...server, serverNames: { 'x.test': { cert: 'junk' } } })).toThrow(
      /^TLS: certificate of x.test: /,
    );
    expect(() => port.acceptor.reloadTls({ ...server, minVersion: 'TLSv1.1' as 'TLSv1.2' })).toThrow(
      'TLS: TLSv1.1 is not spoken',
    );
    const caller = await call(port, { ca: server.cert, servername: 'fix.test' });
    await loggedOn(caller);
    expect(() => caller.initiator.reloadTls({ key: 'junk', cert: 'junk' })).toThrow(/^TLS: certificate: /);
    const plain = await portWith(SILENT);
    expect(() => plain.acceptor.reloadTls(server)).toThrow('does not speak TLS');
    expect(
      () =>
        new Acceptor({
          host: '127.0.0.1',
          port: 0,
          authenticate: () => ({ accept: false, text: '' }),
          tls: { key: 'junk', cert: 'junk' },
        }),
    ).toThrow(/^TLS: certificate: /);
  });

  it('cuts who does not finish the handshake, or speaks something else', async () => {
    const port = await portWith(SILENT, { tls: selfSigned('fix.test'), logonTimeoutMs: 100 });
    const silent = await peerOf(port.acceptor.port);
    const plain = await peerOf(port.acceptor.port);
    plain.logon();
    await plain.closed;
    await silent.closed;
    await until(() => port.refused.length === 2);
    expect(port.refused.every((reason) => reason.startsWith('TLS: '))).toBe(true);
  });

  it.each([
    ...TLS_SUITES.split(':').map((suite) => [suite, true] as const),
    ...[
      'AES128-SHA',
      'AES256-SHA256',
      'AES128-GCM-SHA256',
      'AES256-GCM-SHA384',
      'ECDHE-RSA-AES128-SHA',
      'ECDHE-RSA-AES128-SHA256',
      'ECDHE-RSA-AES256-SHA384',
      'ECDHE-ECDSA-AES128-SHA',
      'ECDHE-ECDSA-AES256-SHA384',
    ].map((suite) => [suite, false] as const),
  ])('speaks suites with forward secrecy and authenticated encryption only: %s', async (suite, isSpoken) => {
    const server = selfSigned('fix.test', suite.includes('ECDSA') || suite.startsWith('TLS_') ? 'ec' : 'rsa');
    const port = await portOver({ ...server, serverNames: { 'other.test': server } });
    for (const servername of ['fix.test', 'other.test']) {
      const version = suite.startsWith('TLS_') ? 'TLSv1.3' : 'TLSv1.2';
      const client = connect({
        port: port.acceptor.port,
        host: '127.0.0.1',
        servername,
        rejectUnauthorized: false,
        ciphers: suite,
        minVersion: version,
        maxVersion: version,
      });
      const spoken = await new Promise<string | undefined>((resolve) => {
        client.once('secureConnect', () => resolve(client.getCipher().name));
        client.once('error', () => resolve(undefined));
      });
      client.destroy();
      expect(spoken).toBe(isSpoken ? suite : undefined);
    }
  });

  it('refuses a client certificate that is revoked, or of which no list says anything now', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-authority-'));
    afterwards(async () => rmSync(folder, { recursive: true }));
    const authority = new Authority(folder, 'Trusted');
    const other = new Authority(folder, 'Listless');
    const [good, bad] = [authority.issue('good.test'), authority.issue('bad.test')];
    authority.revoke('bad.test');
    const server = selfSigned('fix.test');
    const terms = { ...server, ca: [authority.cert, other.cert], requestCert: true };
    const port = await portOver({ ...terms, crl: [authority.list()] });
    const answered = (certificate: Certificate) =>
      call(port, { ca: server.cert, servername: 'fix.test', ...certificate });
    await loggedOn(await answered(good));
    const refusedAs = async (certificate: Certificate, reason: RegExp): Promise<void> => {
      const before = port.refused.length;
      const { initiator } = await answered(certificate);
      await until(() => port.refused.slice(before).some((text) => reason.test(text)));
      await initiator.stop();
    };
    await refusedAs(bad, /^TLS: CERT_REVOKED: client certificate 02 is revoked$/);
    await refusedAs(other.issue('lost.test'), /^TLS: client certificate: UNABLE_TO_GET_CRL$/);
    port.acceptor.reloadTls({
      ...terms,
      crl: [authority.list('-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', '20200102000000Z')],
    });
    await refusedAs(good, /^TLS: client certificate: CRL_HAS_EXPIRED$/);
    port.acceptor.reloadTls(terms);
    await loggedOn(await call(port, { ca: server.cert, servername: 'fix.test', ...bad }, 'SECOND'));
  });
});
