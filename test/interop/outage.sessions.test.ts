/**
 * Sessions whose store is in PostgreSQL, with that away: no connection is cut, prices go on, new orders are
 * refused, cancels go out, and a provider's report waits; afterwards everybody has the same numbers, also
 * when the platform is killed then.
 */
import { connectDatabase } from '@tidegate/platform/sql/database';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { FixClient } from '@tidegate/sim/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { password, startConfigured, type ConfiguredPlatform } from '../configured.ts';
import { eventually } from '../platform.ts';
import { controlNaming, fillOf, ScriptedProvider } from './scripted.provider.ts';
import type { Received } from './raw.peer.ts';

const alpha = new ScriptedProvider('alpha');
const ways = ['stopped', 'frozen'] as const;
/** Heartbeats of one second that are to come meanwhile: longer than any session lived before. */
const heartbeats = 8;

let control: { readonly url: string; close(): void };
let desk: ConfiguredPlatform;
let quoting: NodeJS.Timeout;
let size = 100_000;

/** What a client keeps over a restart of either side. */
const stores = {
  'port-00': new MemoryStore(),
  'port-01': new MemoryStore(),
  'port-02': new MemoryStore(),
  'port-08': new MemoryStore(),
};
type Port = keyof typeof stores;
const ports = Object.keys(stores) as Port[];
let clients: Record<Port, FixClient>;

async function logOn(port: Port): Promise<FixClient> {
  const client = new FixClient({
    port: desk.ports[port]!,
    senderCompId: 'DEMO1',
    targetCompId: 'TIDEGATE',
    username: 'DEMO1',
    password,
    store: stores[port],
    heartBtInt: 1,
  });
  return client.logOn(30_000);
}

async function arrive(): Promise<void> {
  const all = await Promise.all(ports.map(async (port) => [port, await logOn(port)] as const));
  clients = Object.fromEntries(all) as Record<Port, FixClient>;
  for (const port of ['port-00', 'port-02'] as const) {
    clients[port].subscribe({ mdReqId: 'm', symbols: ['EUR/USD'] });
    await clients[port].until(() => clients[port].quotes > 0, { what: `prices at ${port}` });
  }
}

const leave = () => Promise.all(ports.map((port) => clients[port].stop()));

beforeAll(async () => {
  await alpha.listen();
  control = await controlNaming([alpha]);
  desk = await startConfigured(
    'outage-sessions',
    () =>
      ['alpha', 'bravo', 'charlie'].map((id) => ({
        kind: 'venue' as const,
        body: {
          id,
          name: id,
          dialect: 'standard',
          enabled: id === 'alpha',
          senderCompId: 'TIDEGATE',
          targetCompId: id.toUpperCase(),
          quotes: { hosts: [{ host: '127.0.0.1', port: 0 }], senderCompId: 'TIDEGATE-MD' },
          orders: { hosts: [{ host: '127.0.0.1', port: 0 }], senderCompId: 'TIDEGATE-OE' },
          staleAfterMs: 600_000,
          routeTimeoutMs: 120_000,
          instruments: ['EURUSD'],
        },
      })),
    { SIMULATOR: control.url, FIX_STORE: 'postgres' },
  );
  let count = 0;
  quoting = setInterval(() => {
    count += 1;
    alpha.quote(`269=0 270=1.0849 271=${1_000_000 + (count % 7)} 269=1 270=1.0851 271=1000000`);
  }, 20);
  await arrive();
}, 120_000);

afterAll(async () => {
  clearInterval(quoting);
  if (clients !== undefined) await leave();
  await desk?.stop();
  control?.close();
  await alpha.stop();
}, 60_000);

const away = {
  stopped: () => desk.databaseServer.server.stop(),
  frozen: async () => desk.databaseServer.freeze(),
};
const back = {
  stopped: () => desk.databaseServer.startAgain(),
  frozen: async () => desk.databaseServer.thaw(),
};

/** An immediate order of a size of its own, and what the provider gets of it. */
async function routed(port: 'port-01' | 'port-02'): Promise<{ clOrdId: string; route: Received }> {
  size += 1_000;
  const clOrdId = `o-${size}`;
  const after = alpha.orders.received.length;
  clients[port].order({
    clOrdId,
    symbol: 'EUR/USD',
    side: 'buy',
    quantity: String(size),
    timeInForce: 'ioc',
  });
  return { clOrdId, route: await alpha.order(size, after) };
}

/** At the provider, by the session that goes through to it. */
async function rest(clOrdId: string): Promise<string> {
  size += 1_000;
  const after = alpha.orders.received.length;
  const terms = { symbol: 'EUR/USD', side: 'buy', timeInForce: 'gtc', price: '1.0850' } as const;
  clients['port-08'].order({ clOrdId, quantity: String(size), ...terms });
  alpha.acknowledge(await alpha.order(size, after));
  await clients['port-08'].report(clOrdId, '0');
  return clOrdId;
}

async function dealt(port: 'port-01' | 'port-02'): Promise<void> {
  const { clOrdId, route } = await routed(port);
  alpha.report(route, fillOf(route));
  expect((await clients[port].ended(clOrdId)).fields.get(39)).toBe('2');
}

interface Line {
  readonly heartbeats: number;
  readonly quotes: number;
}
const lines = (): Record<Port, Line> =>
  Object.fromEntries(
    ports.map((port) => {
      const { session, quotes } = clients[port];
      return [port, { heartbeats: session.counters.messagesIn - quotes, quotes }];
    }),
  ) as Record<Port, Line>;

/** Each has gone on since then, in its own way. */
async function goOn(since: Record<Port, Line>): Promise<void> {
  await eventually(
    () => {
      const now = lines();
      const isAlive = now['port-01'].heartbeats >= since['port-01'].heartbeats + heartbeats;
      const arePriced = (['port-00', 'port-02'] as const).every(
        (port) => now[port].quotes >= since[port].quotes + 50,
      );
      return (isAlive && arePriced) || undefined;
    },
    `heartbeats and prices beyond ${JSON.stringify(since)}`,
  );
}

function uncut(): void {
  for (const port of ports)
    expect([port, clients[port].logons, clients[port].logoutReasons]).toEqual([port, 1, []]);
}

/** What the platform will send next is what the client expects next, as the database has it. */
async function numbersAgree(): Promise<void> {
  const database = connectDatabase({ url: desk.databaseUrl, log: desk.log });
  try {
    await eventually(async () => {
      const { rows } = await database.pool.query<{ next_outbound: number; next_inbound: number }>(
        "SELECT next_outbound, next_inbound FROM fix_session WHERE session = 'demo1@port-01'",
      );
      const { nextInbound, nextOutbound } = await stores['port-01'].open();
      const [row] = rows;
      return (row?.next_outbound === nextInbound && row.next_inbound === nextOutbound) || undefined;
    }, 'equal numbers');
  } finally {
    await database.close();
  }
}

describe.each(ways)('with PostgreSQL %s', (way) => {
  it('every session goes on, and afterwards everything is where it belongs', async () => {
    const connections = [alpha.quotes.connections, alpha.orders.connections];
    const { clOrdId, route } = await routed('port-01');
    const resting = await rest(`${way}-rests`);
    const received = alpha.orders.received.length;
    await away[way]();
    const since = lines();
    alpha.report(route, fillOf(route));
    clients['port-02'].order({
      clOrdId: `${way}-refused`,
      symbol: 'EUR/USD',
      side: 'buy',
      quantity: '1000',
      timeInForce: 'ioc',
    });
    clients['port-08'].cancel({
      clOrdId: `${way}-cancel`,
      origClOrdId: resting,
      symbol: 'EUR/USD',
      side: 'buy',
      quantity: '1000',
    });
    await alpha.orders.message((one) => one.get(35) === 'F', 'the cancel, meanwhile', received);
    await goOn(since);
    expect(clients['port-01'].reports(clOrdId).filter((one) => one.fields.get(150) === 'F')).toEqual([]);
    await back[way]();
    expect((await clients['port-01'].ended(clOrdId)).fields.get(39)).toBe('2');
    const refused = await clients['port-02'].ended(`${way}-refused`);
    expect(refused.fields.get(58)).toMatch(/^(JOURNAL_UNAVAILABLE|TOO_LATE|NO_LIQUIDITY: .+ too late)/);
    await eventually(() => dealt('port-01').then(() => true), 'an order is dealt again', 60_000);
    await dealt('port-02');
    uncut();
    expect([alpha.quotes.connections, alpha.orders.connections]).toEqual(connections);
    await numbersAgree();
  }, 120_000);
});

it('killed right after an outage, it goes on with every session and uses no number twice', async () => {
  await away.stopped();
  await goOn(lines());
  await back.stopped();
  await desk.restart('kill', leave);
  await arrive();
  await dealt('port-01');
  await dealt('port-02');
  uncut();
  for (const port of ports) {
    expect(clients[port].repeatedExecIds).toEqual([]);
    expect(clients[port].ofType('3')).toEqual([]);
  }
  await numbersAgree();
}, 120_000);
