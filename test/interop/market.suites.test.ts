/** The suites that the market data server speaks over TLS, one by one, and that they are the FIX engine's. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { TLS_SUITES } from '@tidegate/fix/transport/tls';
import { FixtureBinding } from '@tidegate/services/bloomberg/session.fixture';
import { RunningService } from '@tidegate/services/bloomberg/service.fixture';
import { tlsSuites } from '@tidegate/services/tls.suites';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { selfSigned } from '../../packages/fix/acceptance/certificate.ts';
import { temporaryFolder } from '../platform.ts';

const folder = temporaryFolder('suites');
const services = new Map<'ec' | 'rsa', RunningService>();

beforeAll(async () => {
  for (const kind of ['ec', 'rsa'] as const) {
    const { key, cert } = selfSigned('market.test', kind);
    const [keyFile, certFile] = [join(folder.path, `${kind}.key`), join(folder.path, `${kind}.crt`)];
    writeFileSync(keyFile, key);
    writeFileSync(certFile, cert);
    const files = { BLOOMBERG_TLS_KEY_FILE: keyFile, BLOOMBERG_TLS_CERT_FILE: certFile };
    services.set(kind, await new RunningService(new FixtureBinding(), files).start());
  }
});
afterAll(async () => {
  for (const service of services.values()) await service.stop();
  folder.remove();
});

it('are those of FIX', () => {
  expect(tlsSuites).toBe(TLS_SUITES);
});

const unspoken = [
  'AES128-SHA',
  'AES256-SHA256',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-RSA-AES256-SHA384',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA384',
];
it.each([
  ...tlsSuites.split(':').map((suite) => [suite, true] as const),
  ...unspoken.map((suite) => [suite, false] as const),
])('have forward secrecy and authenticated encryption: %s', async (suite, isSpoken) => {
  const isNew = suite.startsWith('TLS_');
  const service = services.get(suite.includes('ECDSA') || isNew ? 'ec' : 'rsa')!;
  const version = isNew ? 'TLSv1.3' : 'TLSv1.2';
  const client = connect({
    port: Number(new URL(service.http).port),
    host: '127.0.0.1',
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
});
