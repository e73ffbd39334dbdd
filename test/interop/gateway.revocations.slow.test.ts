/**
 * Revocation lists of FIX clients' certificates, as an authority's own tool writes them, on a running
 * platform: who is revoked is refused and told of, open sessions end, and a list that has run out closes the
 * doors or, where that is the setting, opens them to those whom it does not name.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NewSystemEvent } from '@tidegate/platform/observe/system.events';
import {
  expiryMs,
  isRevoked,
  revocableOf,
  revocationLists,
} from '@tidegate/services/gateway/sessions/revocation.list';
import { Revocations } from '@tidegate/services/gateway/sessions/revocations';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authority } from '../../packages/fix/acceptance/authority.ts';
import { selfSigned } from '../../packages/fix/acceptance/certificate.ts';
import { password, startConfigured, type ConfiguredPlatform } from '../configured.ts';
import { eventually, signIn, temporaryFolder, type RestClient } from '../platform.ts';
import { body, RawPeer, type RawIds } from './raw.peer.ts';

const folder = temporaryFolder('revocations');
const path = (name: string): string => join(folder.path, name);
const authority = new Authority(folder.path, 'Clients');
const stranger = new Authority(folder.path, 'Strangers');
const ours = selfSigned('fix.test');
const certificates = { first: authority.issue('first.test'), second: authority.issue('second.test') };
const past = ['-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', '20200102030405Z'];
const derOf = ({ cert }: { readonly cert: string }) => revocableOf(new X509Certificate(cert).raw);

afterAll(() => folder.remove());

describe('a revocation list', () => {
  it('says whose it is, until when it counts, and who is revoked', () => {
    const [none] = revocationLists(authority.list());
    expect(none!.revoked.size).toBe(0);
    authority.issue('gone.test');
    authority.revoke('gone.test');
    const [one] = revocationLists(authority.list(...past));
    expect([...one!.revoked]).toEqual(['3']);
    expect(expiryMs([one!])).toBe(Date.UTC(2020, 0, 2, 3, 4, 5));
    expect(isRevoked([one!], derOf(certificates.first))).toBe(false);
    const [late] = revocationLists(authority.list('-crl_nextupdate', '20600102030405Z'));
    expect(expiryMs([late!])).toBe(Date.UTC(2060, 0, 2, 3, 4, 5));
    expect(expiryMs([late!, one!])).toBe(expiryMs([one!]));
  });

  it('is about its own issuer’s certificates, whatever number others give theirs', () => {
    const theirs = ['a.test', 'b.test', 'c.test'].map((name) => stranger.issue(name));
    const lists = revocationLists(authority.list() + stranger.list());
    expect(lists).toHaveLength(2);
    expect(derOf(theirs[2]!).serial).toBe('3');
    expect(isRevoked(lists, derOf(theirs[2]!))).toBe(false);
    stranger.revoke('a.test');
    const now = revocationLists(`# both\n${authority.list()}\n${stranger.list()}`);
    expect(isRevoked(now, derOf(theirs[0]!))).toBe(true);
    expect(isRevoked(now, derOf(certificates.first))).toBe(false);
  });

  it('is refused when there is none, or it is torn', () => {
    for (const text of ['', ours.cert, authority.list().replace(/\n.*\n.*\n-----END/, '\n-----END')])
      expect(() => revocationLists(text)).toThrow();
  });
});

describe('lists that run out', () => {
  it.each(['refuse', 'accept'] as const)('are told of once, and by the setting %s', (expired) => {
    const told: NewSystemEvent[] = [];
    const clock = { nowMs: () => Date.now(), monoMs: () => 0 };
    const events = { record: (event: NewSystemEvent) => void told.push(event) };
    const revocations = new Revocations({ clock, events, expired, onExpired: () => undefined });
    revocations.use(authority.list());
    expect([revocations.pems.length, told.length]).toEqual([1, 0]);
    revocations.use(authority.list(...past));
    expect(told.map(({ kind, severity }) => [kind, severity])).toEqual([['revocationsExpired', 'critical']]);
    expect(revocations.pems.length).toBe(expired === 'refuse' ? 1 : 0);
    expect(revocations.has({ ...derOf(certificates.first), serial: '3' })).toBe(true);
    expect(revocations.has(derOf(certificates.first))).toBe(false);
    expect(() => revocations.use('nothing')).toThrow();
    expect(revocations.has({ ...derOf(certificates.first), serial: '3' })).toBe(true);
  });
});

describe('a gateway with a revocation list', () => {
  let desk: ConfiguredPlatform;
  let admin: RestClient;
  const peers: RawPeer[] = [];

  beforeAll(async () => {
    writeFileSync(path('tls.crt'), ours.cert);
    writeFileSync(path('tls.key'), ours.key);
    writeFileSync(path('clients.crt'), authority.cert);
    writeFileSync(path('clients.crl'), authority.list());
    desk = await startConfigured('revocations', () => [], {
      FIX_TLS_CERT_FILE: path('tls.crt'),
      FIX_TLS_KEY_FILE: path('tls.key'),
      FIX_TLS_CLIENT_CA_FILE: path('clients.crt'),
      FIX_TLS_CRL_FILE: path('clients.crl'),
    });
    admin = await signIn(desk.http);
  }, 120_000);
  afterAll(async () => {
    for (const peer of peers) peer.socket.destroy();
    await desk?.stop();
  }, 60_000);

  const logOn = async (client: 'demo1' | 'demo2', who: keyof typeof certificates): Promise<RawPeer> => {
    const name = client.toUpperCase();
    const ids: RawIds = { senderCompId: name, targetCompId: 'TIDEGATE', username: name, password };
    const tls = { ...certificates[who], ca: ours.cert, servername: 'fix.test' };
    const peer = await RawPeer.logOn(desk.ports['port-02']!, ids, tls);
    peers.push(peer);
    return peer;
  };
  const event = (kind: SystemEvent['kind'], text: RegExp): Promise<SystemEvent> =>
    eventually(async () => {
      const { items } = (await admin.get('/api/v1/events?limit=500')).body as { items: SystemEvent[] };
      return items.find((one) => one.kind === kind && text.test(one.text));
    }, `${kind} ${text}`);

  it('ends the session of who is revoked, refuses him, and lets the others be', async () => {
    const [first, second] = [await logOn('demo1', 'first'), await logOn('demo2', 'second')];
    authority.revoke('first.test');
    writeFileSync(path('clients.crl'), authority.list());
    expect((await first.next('5')).get(58)).toContain('SESSION_WITHDRAWN');
    await expect(logOn('demo1', 'first')).rejects.toThrow();
    expect(await event('certificateRevoked', /CERT_REVOKED/)).toMatchObject({ severity: 'warning' });
    second.send('H', body.status('still here'));
    expect((await second.next('8')).get(39)).toBe('8');
    // Its session first has to be over.
    const peer = await eventually(
      () => logOn('demo1', 'second').catch(() => undefined),
      'another certificate',
    );
    peer.socket.destroy();
  });

  it('keeps the list it has while the file can’t be read', async () => {
    writeFileSync(path('clients.crl'), 'half a');
    await event('certificateRefused', /the old ones stay: no revocation list/);
    rmSync(path('clients.crl'));
    await event('certificateRefused', /the old ones stay: ENOENT/);
    await expect(logOn('demo1', 'first')).rejects.toThrow();
    const peer = await eventually(() => logOn('demo1', 'second').catch(() => undefined), 'still let in');
    peer.socket.destroy();
  });

  it('refuses everybody when the list has run out, and lets them in with the next', async () => {
    writeFileSync(path('clients.crl'), authority.list(...past));
    await event('revocationsExpired', /2020-01-02T03:04:05.*client certificates are refused/);
    await eventually(async () => {
      try {
        (await logOn('demo1', 'second')).socket.destroy();
        return undefined;
      } catch {
        return true;
      }
    }, 'refused');
    await event('logonRefused', /CRL_HAS_EXPIRED/);
    writeFileSync(path('clients.crl'), authority.list());
    await eventually(() => logOn('demo1', 'second').catch(() => undefined), 'let in again');
  });
});
