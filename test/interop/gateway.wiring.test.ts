/**
 * A gateway in this process, without the rest of the platform: clients that come through a proxy, and
 * providers that are called over TLS.
 */
import { writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Acceptor } from '@tidegate/fix/transport/acceptor';
import type { LogonRequest } from '@tidegate/fix/transport/contract';
import { Initiator } from '@tidegate/fix/transport/initiator';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { Epochs } from '@tidegate/platform/sql/epochs';
import { systemClock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { Credentials, hashPassword } from '@tidegate/platform/identity/credentials';
import type { Journal } from '@tidegate/platform/journal/journal';
import { Metrics } from '@tidegate/platform/observe/metrics';
import type { NewSystemEvent, SystemEvents } from '@tidegate/platform/observe/system.events';
import { silentLog } from '@tidegate/platform/testing/database';
import { Gateway, type GatewayOptions } from '@tidegate/services/gateway/gateway';
import type { FixClientDocument, ListenerDocument, VenueDocument } from '@tidegate/wire/configuration';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { selfSigned } from '../../packages/fix/acceptance/certificate.ts';
import { password } from '../configured.ts';
import { eventually, temporaryFolder } from '../platform.ts';

let folder: ReturnType<typeof temporaryFolder>;
let undo: (() => unknown)[];
let events: NewSystemEvent[];

beforeEach(() => {
  folder = temporaryFolder('gateway-wiring');
  [undo, events] = [[() => folder.remove()], []];
});
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

async function gatewayWith(
  documents: {
    readonly clients?: readonly FixClientDocument[];
    readonly listeners?: readonly ListenerDocument[];
    readonly venues?: readonly VenueDocument[];
  },
  options: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  const byId = <T extends { readonly id: string }>(all: readonly T[] = []) =>
    new Map(all.map((one) => [one.id, one]));
  const configuration = {
    current: {
      fixClients: byId(documents.clients),
      listeners: byId(documents.listeners),
      venues: byId(documents.venues),
      firms: new Map(),
      instruments: new Map(),
    },
    onChange: () => () => undefined,
  } as unknown as Configuration;
  const bus = new MemoryBus({ freeze: true });
  const gateway = new Gateway({
    bus,
    journal: { heads: () => Promise.resolve(new Map()) } as unknown as Journal,
    clock: systemClock,
    configuration,
    epochs: new Epochs(1),
    credentials: new Credentials({ clock: systemClock }),
    events: { record: (event: NewSystemEvent) => void events.push(event) } as unknown as SystemEvents,
    log: silentLog,
    metrics: new Metrics({ includeProcess: false }),
    host: '127.0.0.1',
    portBase: 0,
    sessionStore: () => new MemoryStore(),
    tls: {},
    revocationsExpired: 'refuse',
    proxies: [],
    messageLogDir: undefined,
    flushMs: 0,
    horizon: { immediateMs: 2_000, restingMs: 10_000 },
    admission: { refusalsPerSecondMax: 50, waitMsMax: 500 },
    projection: {
      cursors: () => Promise.resolve(new Map()),
      order: () => Promise.resolve(undefined),
      orderByClOrdId: () => Promise.resolve(undefined),
    },
    venueAddresses: new Map(),
    secret: () => undefined,
    ...options,
  });
  await gateway.start();
  undo.push(
    () => bus.close(),
    () => gateway.stop(),
  );
  return gateway;
}

/** Tells, by the PROXY protocol, that whoever comes here comes from this IPv4 address. */
async function proxyTo(port: number, address: string): Promise<number> {
  const header = Buffer.alloc(28);
  Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex').copy(header);
  Buffer.from(address.split('.').map(Number)).copy(header, 16);
  header.writeUInt16BE(40_000, 24);
  header.writeUInt16BE(port, 26);
  const server: Server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
    }
    far.write(header);
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  undo.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function call(port: number): Promise<Initiator> {
  const initiator = new Initiator({
    hosts: [{ host: '127.0.0.1', port }],
    settings: { beginString: 'FIX.4.4', senderCompId: 'ACME', targetCompId: 'TIDEGATE' },
    store: new MemoryStore(),
    application: { onMessage: () => undefined },
    logonFields: (fields) => fields.text(553, 'acme').text(554, password),
    reconnectMinMs: 50,
    reconnectMaxMs: 50,
  });
  undo.push(() => initiator.stop());
  await initiator.start();
  return initiator;
}

const isLoggedOn = (initiator: Initiator) => (): true | undefined =>
  initiator.session.isLoggedOn || undefined;

it('takes a client by the address that its proxy tells, and nobody without a proxy', async () => {
  const listener = { id: 'port-02', offset: 2, purpose: 'both', enabled: true } as const;
  const client: FixClientDocument = {
    id: 'acme',
    firm: 'acme',
    account: 'acme-main',
    senderCompId: 'ACME',
    targetCompId: 'TIDEGATE',
    username: 'acme',
    passwordHash: await hashPassword(password),
    allowedAddresses: ['203.0.113.0/24'],
    listeners: ['port-02'],
    rights: ['trading'],
    cancelOnDisconnect: false,
  };
  const documents = { clients: [client], listeners: [listener] };
  const gateway = await gatewayWith(documents, { proxies: ['127.0.0.1'] });
  const port = gateway.clients.ports.get('port-02')!;
  const refused = (text: string) =>
    eventually(() => events.find((event) => event.text.includes(text)), `event: ${text}`);
  await call(port);
  await refused('PROXY protocol: no header from 127.0.0.1');
  await call(await proxyTo(port, '198.51.100.9'));
  await refused('address is not allowed from 198.51.100.9');
  const known = await call(await proxyTo(port, '203.0.113.7'));
  await eventually(isLoggedOn(known), 'logon through the proxy');
});

it('calls a provider over TLS with its own certificate, and trusts only its authority', async () => {
  const [theirs, ours, other] = [
    selfSigned('venue.test'),
    selfSigned('tidegate.test'),
    selfSigned('venue.test'),
  ];
  const requests: LogonRequest[] = [];
  const venue = new Acceptor({
    host: '127.0.0.1',
    port: 0,
    tls: { ...theirs, ca: ours.cert, requestCert: true, rejectUnauthorized: true },
    authenticate: (request) => {
      requests.push(request);
      return {
        accept: true,
        store: new MemoryStore(),
        application: { onMessage: () => undefined },
        settings: {
          beginString: 'FIX.4.4',
          senderCompId: request.targetCompId,
          targetCompId: request.senderCompId,
        },
      };
    },
  });
  await venue.listen();
  undo.push(() => venue.close());
  const path = (name: string): string => join(folder.path, name);
  for (const [name, text] of Object.entries({ ca: theirs.cert, other: other.cert, ...ours }))
    writeFileSync(path(name), text);
  const hosts = [{ host: '127.0.0.1', port: venue.port }];
  const provider = (id: string, caFile: string): VenueDocument => ({
    id,
    name: id,
    dialect: 'standard',
    enabled: true,
    senderCompId: id,
    targetCompId: 'VENUE',
    quotes: { hosts, senderCompId: `${id}-MD` },
    orders: { hosts, senderCompId: `${id}-OE` },
    tls: { caFile, certFile: path('cert'), keyFile: path('key'), serverName: 'venue.test' },
    staleAfterMs: 1_000,
    routeTimeoutMs: 1_000,
  });
  await gatewayWith({ venues: [provider('GOOD', path('ca')), provider('BAD', path('other'))] });
  await eventually(
    () => events.filter(({ kind }) => kind === 'sessionUp').length === 2 || undefined,
    'both sessions',
  );
  expect(requests.map(({ senderCompId }) => senderCompId).toSorted()).toEqual(['GOOD-MD', 'GOOD-OE']);
  expect(requests[0]!.tls).toMatchObject({
    serverName: 'venue.test',
    isAuthorized: true,
    certificate: { commonName: 'tidegate.test' },
  });
});

it('never calls a provider without the password that its document names', async () => {
  const listening = async (onCall: () => void): Promise<VenueDocument['orders']['hosts']> => {
    const venue = createServer((socket) => {
      onCall();
      socket.destroy();
    });
    await new Promise<void>((resolve) => {
      venue.listen(0, '127.0.0.1', resolve);
    });
    undo.push(() => venue.close());
    return [{ host: '127.0.0.1', port: (venue.address() as AddressInfo).port }];
  };
  const [calls, strange] = [[] as true[], [] as true[]];
  const hosts = {
    there: await listening(() => calls.push(true)),
    other: await listening(() => strange.push(true)),
  };
  const provider = (id: string, passwordSecret: string): VenueDocument => ({
    id,
    name: id,
    dialect: 'standard',
    enabled: true,
    senderCompId: 'TIDEGATE',
    targetCompId: id.toUpperCase(),
    quotes: { hosts: passwordSecret === 'THERE' ? hosts.there : hosts.other, senderCompId: 'TIDEGATE-MD' },
    orders: { hosts: passwordSecret === 'THERE' ? hosts.there : hosts.other, senderCompId: 'TIDEGATE-OR' },
    username: 'tidegate',
    passwordSecret,
    staleAfterMs: 1_000,
    routeTimeoutMs: 1_000,
  });
  const secret = (name: string): string | undefined => {
    if (name === 'UNREADABLE') throw new Error('EACCES');
    return new Map([
      ['EMPTY', ''],
      ['THERE', 'of alpha'],
    ]).get(name);
  };
  const names = ['NOWHERE', 'EMPTY', 'UNREADABLE', 'THERE'];
  await gatewayWith({ venues: names.map((name) => provider(name.toLowerCase(), name)) }, { secret });
  const told = events.filter(({ severity }) => severity === 'critical');
  expect(told.map(({ subject }) => subject)).toEqual(['nowhere', 'empty', 'unreadable']);
  expect(told[0]!.text).toContain('NOWHERE');
  await eventually(
    () => (calls.length >= 2 ? true : undefined),
    'the calls of the one that has its password',
  );
  expect(strange).toEqual([]);
});
