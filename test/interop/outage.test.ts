/**
 * PostgreSQL away, stopped and frozen: what only reduces risk reaches the provider within a second all the
 * same, by FIX and by REST, is refused to a token that is known to be revoked, and is in the journal once
 * when PostgreSQL is back; also when the platform is killed meanwhile.
 */
import { connectDatabase } from '@tidegate/platform/sql/database';
import type { OrderEvent } from '@tidegate/core/order/order';
import type { RecordedEvent } from '@tidegate/wire/commands';
import { readBody } from '@tidegate/wire/journal.body';
import type { OrderView } from '@tidegate/wire/orders';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { password, startConfigured, user, type ConfiguredPlatform } from '../configured.ts';
import { adminPassword, eventually, signIn, type RestClient } from '../platform.ts';
import { by, signInAtDesk } from '../e2e/desk.ts';
import { openBrowser, openPage, screens } from '../e2e/browser.ts';
import { demo1, fixClient, idsOf } from './gateway.floor.ts';
import { body, RawPeer, type RawIds, type Received } from './raw.peer.ts';
import { controlNaming, ScriptedProvider, venueDocument } from './scripted.provider.ts';

/** What the platform promises, from the request to the provider's socket. */
const promisedMs = 1_000;
const ways = ['stopped', 'frozen'] as const;
type Way = (typeof ways)[number];

const alpha = new ScriptedProvider('alpha');
const two = '269=0 270=1.0849 271=1000000 269=1 270=1.0851 271=1000000';
let control: { readonly url: string; close(): void };
let desk: ConfiguredPlatform;
let admin: RestClient;
let trader: RestClient;
let client: RawPeer;
/** Each order is known by its size. */
let size = 100_000;

beforeAll(async () => {
  await alpha.listen();
  control = await controlNaming([alpha]);
  desk = await startConfigured(
    'outage',
    (hash) => [
      user(hash, { id: 'trader1', role: 'trader', firm: 'demo1' }),
      { kind: 'fixClient', body: fixClient(hash, 'LEAVES', { cancelOnDisconnect: true }) },
      // Longer than any outage here: nothing is stale or given up because of the waiting.
      venueDocument('alpha', { staleAfterMs: 600_000, routeTimeoutMs: 120_000 }),
      venueDocument('bravo', { enabled: false }),
      venueDocument('charlie', { enabled: false }),
    ],
    { SIMULATOR: control.url },
  );
  await arrive();
}, 120_000);

afterAll(async () => {
  client?.socket.destroy();
  await desk?.stop();
  control?.close();
  await alpha.stop();
}, 60_000);

/** A client at the provider's pass-through port, users, and a price to judge orders by. */
async function arrive(): Promise<void> {
  [admin, trader] = await Promise.all([signIn(desk.http), signIn(desk.http, 'trader1', password)]);
  client = await clientOf(demo1);
  const before = alpha.quotes.received.length;
  await eventually(async () => {
    alpha.quote(two);
    const { body: rows } = await trader.get('/api/v1/prices');
    return (rows as { asks: unknown[] }[]).some(({ asks }) => asks.length > 0) || undefined;
  }, `a price (${before})`);
}

/** At the provider's pass-through port; its last session may take a moment to be seen as gone. */
const clientOf = (ids: RawIds): Promise<RawPeer> =>
  eventually(() => RawPeer.logOn(desk.ports['port-08']!, ids).catch(() => undefined), 'logon of a client');

interface Resting {
  readonly clOrdId: string;
  readonly orderId: string;
  /** As the provider has it. */
  readonly route: Received;
}

/** At the provider, acknowledged, of a FIX client. */
async function restOf(peer: RawPeer): Promise<Resting> {
  size += 1_000;
  const clOrdId = `fix-${size}`;
  const after = alpha.orders.received.length;
  peer.send(
    'D',
    body.order(clOrdId, body.resting).map(([tag, value]) => [tag, tag === 38 ? size : value] as const),
  );
  return known(clOrdId, await alpha.order(size, after));
}

/** Of a user, without an answer from the provider but its acknowledgement. */
async function restOfUser(): Promise<Resting> {
  size += 1_000;
  const clOrdId = `rest-${size}`;
  const after = alpha.orders.received.length;
  const terms = { instrument: 'EURUSD', side: 'buy', type: 'limit', price: '1.0855', timeInForce: 'gtc' };
  const answer = await trader.post('/api/v1/orders', { clOrdId, quantity: String(size), ...terms });
  expect(answer).toMatchObject({ status: 201 });
  return known(clOrdId, await alpha.order(size, after));
}

async function known(clOrdId: string, route: Received): Promise<Resting> {
  alpha.acknowledge(route);
  const orderId = route.get(11)!.split('.').slice(0, 2).join('.');
  return { clOrdId, orderId, route };
}

const cancelsOf = ({ route }: Resting): Received[] =>
  alpha.orders.received.filter(
    (message) => message.get(35) === 'F' && message.get(11)!.startsWith(`${route.get(11)}.c`),
  );

/** Milliseconds until the provider has a cancel of each. */
async function untilCanceled(orders: readonly Resting[], act: () => unknown): Promise<number> {
  const startedMs = performance.now();
  const acted = act();
  await eventually(
    () => orders.every((order) => cancelsOf(order).length > 0) || undefined,
    `cancels of ${orders.map(({ clOrdId }) => clOrdId).join()}`,
  );
  const tookMs = performance.now() - startedMs;
  await acted;
  return tookMs;
}

const away: Readonly<Record<Way, () => unknown>> = {
  stopped: () => desk.databaseServer.server.stop(),
  frozen: () => desk.databaseServer.freeze(),
};
const back: Readonly<Record<Way, () => unknown>> = {
  stopped: () => desk.databaseServer.startAgain(),
  frozen: () => desk.databaseServer.thaw(),
};

const orderOf = async ({ orderId }: Resting): Promise<OrderView | undefined> => {
  const { status, body: order } = await admin.get(`/api/v1/orders/${orderId}`);
  return status === 200 ? order : undefined;
};

/** Everything the journal has of them, and only once. */
async function journaled(orders: readonly Resting[]): Promise<void> {
  const database = connectDatabase({ url: desk.databaseUrl, log: desk.log });
  try {
    const { rows } = await database.pool.query<{ version: number; type: string; at: Date; body: unknown }>(
      "SELECT version, type, at, body FROM journal WHERE partition = 'demo1' ORDER BY sequence",
    );
    const events = rows.map(({ version, type, at, body }): OrderEvent => {
      return (readBody(version, type, at.getTime(), body) as RecordedEvent).event;
    });
    for (const order of orders) {
      const own = events.flatMap((event) =>
        'orderId' in event && event.orderId === order.orderId ? [event] : [],
      );
      const types = own.map(({ type }) => type);
      expect(types.filter((type) => type === 'cancelRequested')).toHaveLength(1);
      expect(types.filter((type) => type === 'orderClosed')).toHaveLength(1);
      const ids = own.flatMap((event) => (event.type === 'routeCancelRequested' ? [event.cancelId] : []));
      const sent = cancelsOf(order);
      expect(ids).toEqual([sent[0]!.get(11)]);
      expect(new Set(sent.map((one) => one.get(11))).size).toBe(1);
      // Again only under the same id, and as what it is.
      expect(sent.slice(1).map((one) => one.get(97))).toEqual(sent.slice(1).map(() => 'Y'));
    }
  } finally {
    await database.close();
  }
}

/** The provider does what it was told. */
function confirm(order: Resting): void {
  const cancel = cancelsOf(order)[0]!;
  const terms = `17=C-${cancel.get(11)} 150=4 39=4 38=${order.route.get(38)} 151=0 14=0 6=0`;
  const id = order.route.get(11);
  alpha.orders.send('8', `37=V-${id} 11=${cancel.get(11)} 41=${id} 55=EUR/USD 54=1 ${terms}`);
}

const areClosed = (orders: readonly Resting[]) =>
  eventually(
    async () => {
      const found = await Promise.all(orders.map(orderOf));
      return found.every((order) => order?.status === 'canceled') || undefined;
    },
    'all are canceled',
    60_000,
  );

const tradingState = async (state: string) => {
  const change = { state, reason: 'outage test', firm: 'demo1' };
  return admin.post('/api/v1/trading-state', change);
};

describe.each(ways)('with PostgreSQL %s', (way) => {
  it('cancels, cancel-all and the kill switch go out within a second, and are journaled once', async () => {
    const leaver = await clientOf(idsOf('LEAVES'));
    const [byFix, byRest, byLeaving] = [await restOf(client), await restOf(client), await restOf(leaver)];
    const ofUser = [await restOfUser(), await restOfUser()];
    const ofClient = await restOf(client);
    const all = [byFix, byRest, byLeaving, ...ofUser, ofClient];
    await areOpen(all);
    const gone = await signIn(desk.http, 'trader1', password);
    expect((await gone.post('/api/v1/logout')).status).toBe(204);
    await away[way]();
    const steps = [
      () => untilCanceled([byFix], () => client.send('F', body.cancel(`x-${byFix.clOrdId}`, byFix.clOrdId))),
      () => untilCanceled([byLeaving], () => leaver.socket.destroy()),
      () => untilCanceled([byRest], () => cancels(trader, byRest)),
      () =>
        untilCanceled(ofUser, async () => {
          const answer = await trader.post('/api/v1/orders/cancel-all');
          expect(answer).toMatchObject({ status: 200, body: { isJournaled: false } });
        }),
    ];
    // Whoever comes first finds out that nobody answers.
    for (const step of way === 'frozen' ? steps.reverse() : steps)
      expect(await step()).toBeLessThan(promisedMs);
    expect(await untilCanceled([ofClient], halts)).toBeLessThan(promisedMs);
    await refusesTheRest(gone);
    for (const order of all.slice(0, 4)) confirm(order);
    await back[way]();
    for (const order of all.slice(4)) confirm(order);
    await areClosed(all);
    await journaled(all);
    await isReleased();
  }, 180_000);
});

/** The order is found, and its cancel accepted, with nothing of SQL. */
async function cancels(rest: RestClient, { orderId, clOrdId }: Resting): Promise<void> {
  const answer = await rest.post(`/api/v1/orders/${orderId}/cancel`, { clOrdId: `x-${clOrdId}` });
  expect(answer).toMatchObject({ status: 200, body: { orderId, isJournaled: false, sequence: 0 } });
}

async function halts(): Promise<void> {
  const answer = await tradingState('halted');
  expect(answer).toMatchObject({ status: 200, body: [{ state: 'halted', isJournaled: false }] });
}

const areOpen = (orders: readonly Resting[]) =>
  eventually(async () => {
    const found = await Promise.all(orders.map(orderOf));
    return found.every((order) => order?.status === 'new') || undefined;
  }, 'all are open');

/** What adds risk, what is not known to reduce it, and a token that is known to be revoked. */
async function refusesTheRest(gone: RestClient): Promise<void> {
  expect(await gone.post('/api/v1/orders/cancel-all')).toMatchObject({
    status: 401,
    body: { code: 'TOKEN_INVALID' },
  });
  expect(await trader.get('/api/v1/orders')).toMatchObject({
    status: 503,
    body: { code: 'IDENTITY_UNKNOWN' },
  });
  expect(await tradingState('active')).toMatchObject({ status: 503, body: { code: 'IDENTITY_UNKNOWN' } });
  const terms = { instrument: 'EURUSD', side: 'buy', type: 'market', timeInForce: 'ioc', quantity: '1000' };
  expect(await trader.post('/api/v1/orders', { clOrdId: 'never', ...terms })).toMatchObject({ status: 503 });
  // Who comes now can reduce, until he says that he has gone.
  const late = await signIn(desk.http, 'trader1', password);
  expect((await late.post('/api/v1/orders/cancel-all')).status).toBe(200);
  expect(await late.post('/api/v1/logout')).toMatchObject({ status: 503 });
  expect((await gone.post('/api/v1/orders/demo1.1/cancel', { clOrdId: 'late' })).status).toBe(401);
}

/** Halted until an operator says otherwise. */
async function isReleased(): Promise<void> {
  const terms = { instrument: 'EURUSD', side: 'buy', type: 'market', timeInForce: 'ioc', quantity: '1000' };
  const order = (clOrdId: string) => trader.post('/api/v1/orders', { clOrdId, ...terms });
  expect(await order(`halted-${size}`)).toMatchObject({ status: 422, body: { code: 'TRADING_HALTED' } });
  expect(await tradingState('active')).toMatchObject({ status: 200 });
  expect(await order(`released-${size}`)).toMatchObject({ status: 201 });
}

it('at the desk, cancel, cancel all and the kill switch work while PostgreSQL is stopped', async () => {
  const browser = await openBrowser();
  const [tradersDesk, operatorsDesk] = await Promise.all([
    openPage(browser, screens[0]!),
    openPage(browser, screens[0]!),
  ]);
  try {
    const [trading, operating] = [tradersDesk.page, operatorsDesk.page];
    const byRow = await restOf(client);
    const ofUser = await restOfUser();
    const ofClient = await restOf(client);
    const all = [byRow, ofUser, ofClient];
    await areOpen(all);
    await Promise.all([
      signInAtDesk(trading, desk.http, password, 'trader1'),
      signInAtDesk(operating, desk.http, adminPassword),
    ]);
    await by(trading, 'nav-orders').click();
    await by(trading, `order-cancel-${byRow.orderId}`).waitFor();
    await by(operating, 'nav-admin').click();
    await away.stopped();
    /** From the click that decides; a dialog that is still opening is no part of it. */
    const pressed = async (order: Resting, page: Page, button: string): Promise<number> => {
      await by(page, button).click({ trial: true });
      return untilCanceled([order], () => by(page, button).click());
    };
    const took = [await pressed(byRow, trading, `order-cancel-${byRow.orderId}`)];
    await by(trading, 'orders-cancel-all').click();
    took.push(await pressed(ofUser, trading, 'cancel-all-confirm'));
    await by(operating, 'admin-halt-all').click();
    await by(operating, 'admin-reason').fill('outage test');
    await by(operating, 'admin-word').fill('HALT');
    took.push(await pressed(ofClient, operating, 'admin-confirm'));
    for (const ms of took) expect(ms).toBeLessThan(promisedMs);
    await by(operating, 'admin-dialog').waitFor({ state: 'hidden' });
    await back.stopped();
    for (const order of all) confirm(order);
    await areClosed(all);
    await journaled(all);
    await isReleased();
  } finally {
    await browser.close();
  }
}, 120_000);

it('killed while PostgreSQL is stopped, it knows of what it has sent', async () => {
  const [byRest, byKill] = [await restOf(client), await restOf(client)];
  await areOpen([byRest, byKill]);
  await away.stopped();
  await untilCanceled([byRest], () => cancels(trader, byRest));
  await untilCanceled([byKill], halts);
  client.socket.destroy();
  await desk.restart('kill', back.stopped);
  await arrive();
  for (const order of [byRest, byKill]) confirm(order);
  await areClosed([byRest, byKill]);
  await journaled([byRest, byKill]);
  await isReleased();
}, 120_000);
