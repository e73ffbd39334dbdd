/**
 * One client floods and nobody else notices; trading is halted with thousands of orders at a provider. On a
 * real process: what is refused at the edge is answered, summed up and in no journal, and a halt cancels each
 * order once.
 */
import type { TradingStateView } from '@tidegate/wire/rest';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { FixClient } from '@tidegate/sim/client';
import { connectDatabase, type Database } from '@tidegate/platform/sql/database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { password, startConfigured, type ConfiguredPlatform } from '../configured.ts';
import { controlNaming, fillOf, ScriptedProvider, venueDocument } from '../interop/scripted.provider.ts';
import type { Received } from '../interop/raw.peer.ts';
import { eventually, signIn, type RestClient } from '../platform.ts';

const floodSize = 9_000;
const restingCount = 3_000;
const alpha = new ScriptedProvider('alpha');
let control: { readonly url: string; close(): void };
let desk: ConfiguredPlatform;
let admin: RestClient;
let database: Database;
let quoting: NodeJS.Timeout;
const clients: FixClient[] = [];

const firm = (id: string, ordersPerSecondMax: number) =>
  ({
    kind: 'firm',
    body: {
      id,
      name: id,
      creditCurrency: 'USD',
      tier: 'standard',
      instruments: ['*'],
      accounts: [{ id: `${id}-main`, name: 'Main' }],
      limits: {
        orderNotionalMax: '200000000',
        collarBasisPoints: 200,
        ordersPerSecondMax,
        openOrdersMax: 50_000,
      },
    },
  }) as const;

const fixClient = (passwordHash: string, id: string, ofFirm: string) =>
  ({
    kind: 'fixClient',
    body: {
      id,
      firm: ofFirm,
      account: `${ofFirm}-main`,
      senderCompId: id.toUpperCase(),
      targetCompId: 'TIDEGATE',
      username: id,
      passwordHash,
      allowedAddresses: ['127.0.0.0/8'],
      listeners: ['*'],
      rights: ['marketData', 'trading'],
      cancelOnDisconnect: false,
    },
  }) as const;

async function logOn(id: string, listener: string): Promise<FixClient> {
  const client = new FixClient({
    port: desk.ports[listener]!,
    senderCompId: id.toUpperCase(),
    targetCompId: 'TIDEGATE',
    username: id,
    password,
  });
  clients.push(client);
  return client.logOn();
}

beforeAll(async () => {
  await alpha.listen();
  alpha.orders.onMessage = answer;
  control = await controlNaming([alpha]);
  desk = await startConfigured(
    'flood',
    (hash) => [
      firm('busy', 200),
      firm('calm', 5_000),
      fixClient(hash, 'wild', 'busy'),
      fixClient(hash, 'tame', 'busy'),
      fixClient(hash, 'good', 'calm'),
      venueDocument('alpha', { staleAfterMs: 600_000, routeTimeoutMs: 120_000 }),
      venueDocument('bravo', { enabled: false }),
      venueDocument('charlie', { enabled: false }),
    ],
    // How fast this machine is, is not the question here.
    { SIMULATOR: control.url, OVERLOAD_MS: '60000', DECIDE_WITHIN_MS: '60000' },
  );
  admin = await signIn(desk.http);
  database = connectDatabase({ url: desk.databaseUrl, log: desk.log });
  quoting = setInterval(
    () => alpha.quote('269=0 270=1.0849 271=10000000 269=1 270=1.0851 271=10000000'),
    100,
  );
  await eventually(async () => {
    const { body } = await admin.get('/api/v1/prices');
    return (body as { state: string }[]).some(({ state }) => state === 'live') || undefined;
  }, 'a live price');
}, 120_000);

afterAll(async () => {
  clearInterval(quoting);
  for (const client of clients) await client.stop();
  await database?.close();
  await desk?.stop();
  control?.close();
  await alpha.stop();
}, 60_000);

/** Immediate orders are filled, others rest until they are canceled. */
function answer(message: Received): void {
  if (message.get(35) === 'D') {
    if (message.get(59) === '3') alpha.report(message, fillOf(message));
    else alpha.acknowledge(message);
  }
  if (message.get(35) !== 'F') return;
  const [id, of] = [message.get(11)!, message.get(41)!];
  const terms = `17=C-${id} 150=4 39=4 38=${message.get(38)} 151=0 14=0 6=0`;
  alpha.orders.send('8', `37=V-${of} 11=${id} 41=${of} 55=EUR/USD 54=1 ${terms}`);
}

const ioc = (clOrdId: string) =>
  ({ clOrdId, symbol: 'EUR/USD', side: 'buy', quantity: '1000', timeInForce: 'ioc' }) as const;
const rest = (clOrdId: string) => ({ ...ioc(clOrdId), timeInForce: 'day', price: '1.0700' }) as const;

/** One after the other until told to stop. */
async function send(client: FixClient, name: string, everyMs: number, isOver: () => boolean) {
  const clOrdIds: string[] = [];
  while (!isOver() || clOrdIds.length < 20) {
    clOrdIds.push(`${name}-${clOrdIds.length}`);
    client.order(ioc(clOrdIds.at(-1)!));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return clOrdIds;
}

async function journaled(partition: string, type: string): Promise<number> {
  const { count } = await database.kysely
    .selectFrom('journal')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('partition', '=', partition)
    .where('type', '=', type)
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function refusedAtTheEdge(client: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', desk.ops))).text();
  const lines = text.matchAll(/^tidegate_gateway_orders_refused_total\{client="(\w+)",[^}]*\} (\d+)$/gm);
  return [...lines].reduce((sum, [, id, count]) => sum + (id === client ? Number(count) : 0), 0);
}

it('lets one client flood, and no other of its firm or of another notices', async () => {
  const [wild, tame, good] = await Promise.all(['wild', 'tame', 'good'].map((id) => logOn(id, 'port-01')));
  wild!.order(rest('before'));
  await wild!.report('before', '0');
  let isOver = false;
  const [tameIds, goodIds] = [send(tame!, 'tame', 100, () => isOver), send(good!, 'good', 20, () => isOver)];
  const isRefused = () => wild!.reports().filter(({ fields }) => fields.get(150) === '8').length;
  for (let each = 0; each < floodSize; each += 1) {
    const order = rest(`flood-${each}`);
    // A third by the edge's own word, a third by the owner's, a third only for its rate.
    const bad = [{ symbol: 'NO/NE' }, { quantity: '900000000' }, { price: '1.0701' }][each % 3]!;
    wild!.order({ ...order, ...bad });
    if (each === floodSize / 2) wild!.cancel({ ...rest('x'), origClOrdId: 'before' });
  }
  await wild!.report('x', '4');
  const isOpen = () => wild!.reports().filter(({ fields }) => fields.get(150) === '0').length - 1;
  await wild!.until(() => isRefused() + isOpen() === floodSize, { timeoutMs: 60_000 });
  isOver = true;
  for (const [client, ids] of [
    [tame!, await tameIds],
    [good!, await goodIds],
  ] as const) {
    await client.until(() => ids.every((id) => client.reports(id).some((one) => one.fields.get(39) === '2')));
    expect(client.reports().filter(({ fields }) => fields.get(150) === '8')).toEqual([]);
  }
  const atTheEdge = await refusedAtTheEdge('wild');
  const inTheJournal = await journaled('busy', 'orderRefused');
  expect(atTheEdge + inTheJournal).toBe(isRefused());
  expect(inTheJournal).toBeLessThan(floodSize / 4);
  // A ClOrdID that was refused at the edge is free.
  const free = wild!.reports().find(({ fields }) => fields.get(58)?.startsWith('ORDER_RATE: more than'));
  if (free !== undefined) {
    wild!.askStatus({ ...rest(free.fields.get(11)!) });
    const status = await wild!.until(() =>
      wild!.reports(free.fields.get(11)!).find(({ fields }) => fields.get(150) === 'I'),
    );
    expect(status.fields.get(58)).toMatch(/^UNKNOWN_ORDER/);
  }
  const told = await eventually(
    async () => {
      const { body } = await admin.get('/api/v1/events?limit=500');
      const events = (body as { items: SystemEvent[] }).items.filter(({ kind }) => kind === 'ordersRefused');
      const counts = events.flatMap(({ details }) =>
        Object.values((details as { counts: Record<string, number> }).counts),
      );
      return counts.reduce((sum, count) => sum + count, 0) === atTheEdge ? events : undefined;
    },
    'the summed up refusals',
    30_000,
  );
  expect(told.every(({ subject }) => subject === 'wild')).toBe(true);
  expect(told.length).toBeLessThan(10);
}, 120_000);

it('cancels thousands of orders at a provider by one halt, each once, and answers each', async () => {
  const [holder, good] = await Promise.all([logOn('good', 'port-08'), logOn('good', 'port-05')]);
  const orders = Array.from({ length: restingCount }, (_, index) => rest(`r-${index}`));
  for (const order of orders) holder!.order(order);
  const open = () => holder!.reports().filter(({ fields }) => fields.get(150) === '0').length;
  await holder!.until(() => open() === restingCount, { timeoutMs: 60_000 });
  const answered = await admin.post('/api/v1/trading-state', {
    firm: 'calm',
    state: 'halted',
    reason: 'drill',
  });
  expect(answered).toMatchObject({ status: 200, body: [{ firm: 'calm', state: 'halted' }] });
  good!.order(ioc('halted'));
  expect((await good!.report('halted', '8')).fields.get(58)).toMatch(/^TRADING_HALTED/);
  const canceled = () => holder!.reports().filter(({ fields }) => fields.get(150) === '4');
  await holder!.until(() => canceled().length >= restingCount, { timeoutMs: 60_000 });
  const left = await eventually(async () => {
    const { body } = await admin.get('/api/v1/trading-state');
    const view = (body as TradingStateView[]).find((one) => one.firm === 'calm');
    return view?.openOrders === undefined ? view : undefined;
  }, 'nothing open');
  expect(left).toEqual({ firm: 'calm', state: 'halted' });
  expect(new Set(canceled().map(({ fields }) => fields.get(37))).size).toBe(restingCount);
  expect(canceled().length).toBe(restingCount);
  const cancels = alpha.orders.received.filter(
    (message) => message.get(35) === 'F' && message.get(41)!.startsWith('calm.'),
  );
  expect(new Set(cancels.map((message) => message.get(41))).size).toBe(restingCount);
  expect(cancels.length).toBe(restingCount);
}, 120_000);
