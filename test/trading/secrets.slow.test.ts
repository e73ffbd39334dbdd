/**
 * A day of the platform with every secret that it is given, and then the search for them: in all tables, in
 * all files it keeps and in all it logged. Hashes of passwords are no secrets; the token key's own file is
 * its place.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FixClient } from '@tidegate/sim/client';
import { demoDocuments } from '@tidegate/services/start/demo';
import { connectDatabase } from '@tidegate/platform/sql/database';
import { describe, expect, it } from 'vitest';
import { selfSigned } from '../../packages/fix/acceptance/certificate.ts';
import { password, startConfigured, user, type ConfiguredPlatform } from '../configured.ts';
import { adminPassword, eventually, signIn, temporaryFolder } from '../platform.ts';
import { formsOf, secretsIn, secretsInFiles, secretsInTables, type Secrets } from './secrets.ts';

const venuePassword = 'vénue "secret" of alpha/1+1';
const wrong = 'a wrong password, typed by mistake';

/**
 * Somebody signs in, is refused, signs out; a FIX client logs on, is refused, trades. Returns the secrets.
 */
async function day(desk: ConfiguredPlatform): Promise<Record<string, string>> {
  const { http, ports } = desk;
  const [admin, trader] = [await signIn(http), await signIn(http, 'trader1', password)];
  const headers = { 'content-type': 'application/json' };
  const bad = { method: 'POST', headers, body: JSON.stringify({ user: 'trader1', password: wrong }) };
  expect((await fetch(new URL('/api/v1/login', http), bad)).status).toBe(401);
  await fetch(new URL(`/api/v1/me?token=${trader.token}`, http), {
    headers: { authorization: `Bearer ${wrong}` },
  });
  const ids = { senderCompId: 'DEMO1', targetCompId: 'TIDEGATE', username: 'DEMO1' };
  const port = ports['port-02']!;
  const refused = new FixClient({ port, ...ids, password: wrong });
  await refused.start();
  await eventually(async () => {
    const { items } = (await admin.get('/api/v1/events')).body as { items: { kind: string }[] };
    return items.some(({ kind }) => kind === 'logonRefused') || undefined;
  }, 'the refused logon');
  await refused.stop();
  await eventually(async () => {
    const { body } = await trader.get('/api/v1/prices');
    return (body as { state: string }[]).some(({ state }) => state === 'live') || undefined;
  }, 'live prices');
  const client = new FixClient({ port, ...ids, password });
  await client.logOn();
  client.order({ clOrdId: 's1', symbol: 'EUR/USD', side: 'buy', quantity: '100000', timeInForce: 'ioc' });
  await client.report('s1', 'F');
  const session = await eventually(async () => {
    const { body } = await admin.get('/api/v1/sessions');
    return (body as { id: string }[]).find(({ id }) => id.startsWith('alpha'));
  }, 'a session of alpha');
  await admin.get(`/api/v1/sessions/${session.id}/messages`);
  await client.stop();
  await trader.post('/api/v1/logout', {});
  return { 'token of admin': admin.token, 'token of trader1': trader.token };
}

describe.each(['file', 'postgres'])('after a day with session stores in %s', (store) => {
  it('no secret is left in any table, file or log', async () => {
    const folder = temporaryFolder(`secrets-${store}`);
    const dataDir = join(folder.path, 'data');
    const tls = selfSigned('localhost');
    mkdirSync(join(folder.path, 'outside'));
    const outside = (name: string) => join(folder.path, 'outside', name);
    writeFileSync(outside('tls.crt'), tls.cert);
    writeFileSync(outside('tls.key'), tls.key);
    const alpha = demoDocuments('', '').find(({ kind, body }) => kind === 'venue' && body.id === 'alpha')!;
    const desk = await startConfigured(
      `secrets-${store}`,
      (hash) => [
        user(hash, { id: 'trader1', role: 'trader', firm: 'demo1' }),
        { kind: 'venue', body: { ...alpha.body, username: 'tidegate', passwordSecret: 'ALPHA_PASSWORD' } },
      ],
      {
        DATA_DIR: dataDir,
        FIX_STORE: store,
        FIX_MESSAGE_LOG: 'file',
        LOG_LEVEL: 'debug',
        ALPHA_PASSWORD: venuePassword,
        BLOOMBERG_TLS_CERT_FILE: outside('tls.crt'),
        BLOOMBERG_TLS_KEY_FILE: outside('tls.key'),
      },
    );
    try {
      const tokens = await day(desk);
      const { platform, databaseUrl } = desk;
      const keyFile = join(dataDir, 'token.key');
      const inner = (pem: string): string => pem.replaceAll(/-----[^-]+-----|\s/g, '');
      const secrets: Secrets = {
        ...tokens,
        'password of the venue': venuePassword,
        'password of users and FIX clients': password,
        'password of admin': adminPassword,
        'password that was wrong': wrong,
        'password of the database': decodeURIComponent(new URL(databaseUrl).password),
        'token key': inner(readFileSync(keyFile, 'utf8')),
        'TLS key': inner(tls.key).slice(0, 200),
      };
      for (const [name, secret] of Object.entries(secrets)) expect(secret.length, name).toBeGreaterThan(11);
      await platform.stop();
      expect(await secretsInTables(databaseUrl, secrets)).toEqual([]);
      expect(secretsInFiles(dataDir, secrets, [keyFile])).toEqual([]);
      expect(platform.log().length).toBeGreaterThan(1_000);
      expect(secretsIn(platform.log(), secrets)).toEqual([]);
      // And it would have been found.
      for (const [index, form] of formsOf(venuePassword).entries())
        writeFileSync(join(dataDir, `planted-${index}`), `before ${form} behind`, 'latin1');
      expect(secretsInFiles(dataDir, secrets, [keyFile])).toHaveLength(formsOf(venuePassword).length);
      expect(secretsInFiles(dataDir, secrets)).toContainEqual(`${keyFile}: token key`);
      const client = connectDatabase({ url: databaseUrl, log: desk.log });
      await client.pool.query(
        "INSERT INTO fix_message (session, generation, seq_num, msg_type, frame) VALUES ('s', 1, 1, 'A', $1)",
        [Buffer.from(`554=${password}|`)],
      );
      await client.close();
      expect(await secretsInTables(databaseUrl, secrets)).toEqual([
        'public.fix_message: password of users and FIX clients',
      ]);
    } finally {
      await desk.stop();
      folder.remove();
    }
  }, 180_000);
});
