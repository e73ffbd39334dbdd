/**
 * Configuration under a running platform: a firm with its client, a provider, an instrument and a port that
 * are new are traded through at once, and what has something open is not taken away.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DocumentChange } from '@tidegate/platform/configuration/configuration';
import { FixClient } from '@tidegate/sim/client';
import type { AuditEntryView } from '@tidegate/wire/audit';
import type { ExecutionView } from '@tidegate/wire/orders';
import type { SessionStatus } from '@tidegate/wire/sessions';
import { password, startConfigured, user, type ConfiguredPlatform } from '../configured.ts';
import { eventually, signIn, startSimulator, type RestClient, type SimulatorProcess } from '../platform.ts';

let platform: ConfiguredPlatform;
let simulator: SimulatorProcess;
let rest: RestClient;
let client: FixClient;

const apply = async (...changes: readonly DocumentChange[]) => platform.configuration.apply(changes, 'test');
const put = (kind: DocumentChange['kind'], body: { readonly id: string }) => ({ kind, id: body.id, body });
const remove = (kind: DocumentChange['kind'], id: string) => ({ kind, id, body: null });

beforeAll(async () => {
  [platform, simulator] = await Promise.all([
    startConfigured('grows', () => []),
    startSimulator('--providers', 'alpha'),
  ]);
  rest = await signIn(platform.http);
}, 120_000);
afterAll(async () => {
  await client?.stop();
  await platform?.stop();
  await simulator?.stop();
}, 60_000);

const sessions = async (): Promise<readonly SessionStatus[]> =>
  (await rest.get('/api/v1/sessions')).body as SessionStatus[];

/** Everything that is new comes in one change; the port and the symbol were somebody else's. */
async function grow(): Promise<void> {
  const { current } = platform.configuration;
  const [provider] = simulator.providers;
  const ether = { ...current.instruments.get('ETHUSD')!, id: 'ETHER', symbol: 'ETH/USD' };
  const sizes = { quantityMin: '0.001', quantityMax: '20000', quantityStep: '0.001' };
  const firm = { ...current.firms.get('demo1')!, id: 'fresh', tier: 'fresh', instruments: ['ETHER'] };
  const passwordHash = current.fixClients.get('demo1')!.passwordHash;
  expect(await apply(remove('instrument', 'ETHUSD'), remove('listener', 'port-27'))).toMatchObject({
    result: 'done',
  });
  const grown = await apply(
    put('instrument', { ...ether, ...sizes } as never),
    put('tier', { id: 'fresh', name: 'Fresh', markupPoints: {}, depth: 3 } as never),
    put('firm', { ...firm, accounts: [{ id: 'fresh-main', name: 'Main' }] } as never),
    ...['alpha', 'bravo', 'charlie'].map((id) =>
      put('venue', { ...current.venues.get(id)!, instruments: ['EURUSD'] } as never),
    ),
    put('venue', {
      ...current.venues.get('alpha')!,
      ...{ id: 'delta', staleAfterMs: 60_000 },
      quotes: { hosts: [{ host: '127.0.0.1', port: provider!.quotesPort }], senderCompId: 'TIDEGATE-MD' },
      orders: { hosts: [{ host: '127.0.0.1', port: provider!.ordersPort }], senderCompId: 'TIDEGATE-OE' },
    } as never),
    put('listener', { id: 'port-fresh', offset: 27, purpose: 'both', enabled: true } as never),
    put('fixClient', {
      ...current.fixClients.get('demo1')!,
      ...{ id: 'fresh', firm: 'fresh', account: 'fresh-main', senderCompId: 'FRESH', username: 'FRESH' },
      listeners: ['port-fresh'],
    } as never),
    put('user', user(passwordHash, { id: 'trader9', role: 'trader', firm: 'fresh' }).body as never),
  );
  expect(grown).toMatchObject({ result: 'done' });
}

it('trades with a firm, through a port and at a provider that were not there when it started', async () => {
  await grow();
  const port = await eventually(
    async () => (await sessions()).find(({ id }) => id === 'fresh@port-fresh')?.port,
    'the new port',
  );
  client = await new FixClient({
    ...{ port, senderCompId: 'FRESH', targetCompId: 'TIDEGATE', username: 'FRESH', password },
  }).logOn();
  await eventually(
    async () =>
      (await sessions()).find(({ id }) => id === 'delta-orders')?.state === 'up' ? true : undefined,
    'the new provider',
  );
  const trader = await signIn(platform.http, 'trader9', password);
  await eventually(async () => {
    const { body } = await trader.get('/api/v1/prices');
    const [price] = body as readonly { instrument: string; state: string }[];
    return price?.instrument === 'ETHER' && price.state === 'live' ? true : undefined;
  }, 'a price of the new instrument');
  // The price stands still from here on, so that no order misses it.
  await simulator.post('/switch', { venue: 'alpha', switch: 'stale', on: true, symbol: 'ETH/USD' });
  client.order({ clOrdId: 'f1', symbol: 'ETH/USD', side: 'buy', quantity: '1', timeInForce: 'ioc' });
  await client.report('f1', 'F');
  const ordered = await trader.post('/api/v1/orders', {
    ...{ clOrdId: 'r1', instrument: 'ETHER', side: 'sell', type: 'market', quantity: '2' },
    timeInForce: 'ioc',
  });
  expect(ordered.status).toBe(201);
  const fills = await eventually(async () => {
    const { body } = await rest.get('/api/v1/executions');
    const { items } = body as { items: readonly ExecutionView[] };
    return new Set(items.map(({ clOrdId }) => clOrdId)).size === 2 ? items : undefined;
  }, 'both fills in the tables');
  expect(new Set(fills.map(({ venue }) => venue))).toEqual(new Set(['delta']));
});

it('sets the next numbers of a session that is away, and says who and why', async () => {
  const set = (id: string, body: object) => rest.post(`/api/v1/sessions/${id}/numbers`, body);
  const numbers = { nextInbound: 5, nextOutbound: 40, reason: 'agreed by telephone' };
  // The API knows of a session once its gateway has told of it.
  await eventually(async () => {
    const { body } = await rest.get('/api/v1/sessions');
    const ids = (body as readonly { id: string }[]).map(({ id }) => id);
    return (ids.includes('demo1@port-02') && ids.includes('fresh@port-fresh')) || undefined;
  }, 'both sessions in the list');
  expect(await set('fresh@port-fresh', numbers)).toMatchObject({
    status: 409,
    body: { code: 'SESSION_IN_USE' },
  });
  expect((await set('demo1@port-02', numbers)).status).toBe(204);
  const back = { nextOutbound: 3, reason: 'too low' };
  expect(await set('demo1@port-02', back)).toMatchObject({ status: 422, body: { code: 'NUMBERS_REFUSED' } });
  const trader = await signIn(platform.http, 'trader9', password);
  expect((await trader.post('/api/v1/sessions/demo1@port-02/numbers', numbers)).status).toBe(403);
  const text = 'next in 5, next out 40, by admin: agreed by telephone';
  await eventually(async () => {
    const { items } = (await rest.get('/api/v1/events')).body as { items: readonly { text: string }[] };
    return items.some((event) => event.text === text) || undefined;
  }, 'the event');
});

const statusOf = async (id: string): Promise<SessionStatus> =>
  (await sessions()).find((session) => session.id === id)!;
const reaches = (id: string, wanted: Partial<SessionStatus>): Promise<SessionStatus> =>
  eventually(
    async () => {
      const status = await statusOf(id);
      const isThere = Object.entries(wanted).every(([key, value]) => status[key as never] === value);
      return isThere ? status : undefined;
    },
    `${id} with ${JSON.stringify(wanted)}`,
  );
const act = (id: string, what: string, asked: object) =>
  rest.post(`/api/v1/sessions/${id}/${what}`, { ...asked, reason: 'maintenance' });

it('logs a client out, keeps it out until it is enabled, and begins its numbers anew', async () => {
  const id = 'fresh@port-fresh';
  expect(await act(id, 'reset', { side: 'both' })).toMatchObject({ body: { code: 'SESSION_IN_USE' } });
  expect((await act(id, 'disconnect', {})).status).toBe(204);
  await client.until(() => client.logoutReasons.includes('SESSION_DISCONNECTED: by operations'));
  await client.until(() => client.isLoggedOn);
  await reaches(id, { state: 'up' });
  expect((await act(id, 'enabling', { isEnabled: false })).status).toBe(204);
  // Asked for twice it is done once.
  expect((await act(id, 'enabling', { isEnabled: false })).status).toBe(204);
  await client.until(() => client.logoutReasons.at(-1) === 'SESSION_DISABLED: ask operations');
  await client.until(() => client.connectFailures.some((why) => why.includes('SESSION_DISABLED')));
  const away = await reaches(id, { state: 'down', isEnabled: false });
  expect(away).toMatchObject({ reason: 'disabled by operations', targetCompId: 'FRESH' });
  expect(away.nextOutbound).toBeGreaterThan(1);
  const [stored] = await platform.configuration.list('fixClient', 'fresh');
  expect(stored).toMatchObject({ changedBy: 'admin', body: { disabledSessions: ['port-fresh'] } });
  expect(await act(id, 'disconnect', {})).toMatchObject({ status: 409, body: { code: 'SESSION_NOT_UP' } });
  await client.stop();
  expect(await act(id, 'reset', { side: 'both' })).toMatchObject({
    status: 200,
    body: { was: { nextOutbound: away.nextOutbound } },
  });
  expect((await act(id, 'enabling', { isEnabled: true })).status).toBe(204);
  // One that begins at 1 itself: without the reset its first number would be too low.
  client = await new FixClient({
    ...{ port: away.port!, senderCompId: 'FRESH', targetCompId: 'TIDEGATE', username: 'FRESH', password },
  }).logOn();
  expect(await reaches(id, { state: 'up', isEnabled: true })).toMatchObject({ nextInbound: 2 });
});

it('logs a provider out, does not call it until it is enabled, and has that in the audit', async () => {
  const [orders, quotes] = ['delta-orders', 'delta-quotes'];
  const before = await reaches(quotes, { state: 'up' });
  expect(before).toMatchObject({ areNumbersKept: false, quotes: { instruments: 12 } });
  expect(await act(quotes, 'reset', { side: 'both' })).toMatchObject({ body: { code: 'NUMBERS_NOT_KEPT' } });
  expect((await act(orders, 'enabling', { isEnabled: false })).status).toBe(204);
  await reaches(orders, { state: 'down', isEnabled: false });
  expect(await statusOf(quotes)).toMatchObject({ state: 'up', isEnabled: true, since: before.since });
  // A new session asks for prices anew, and the one that stood still is needed again.
  await simulator.post('/switch', { venue: 'alpha', switch: 'stale', on: false, symbol: 'ETH/USD' });
  expect((await act(quotes, 'disconnect', {})).status).toBe(204);
  await eventually(async () => {
    const { since, state } = await statusOf(quotes);
    return (since > before.since && state === 'up') || undefined;
  }, 'the prices of the provider again');
  expect(await statusOf(orders)).toMatchObject({ state: 'down', reason: 'disabled by operations' });
  expect((await act(orders, 'enabling', { isEnabled: true })).status).toBe(204);
  await reaches(orders, { state: 'up', isEnabled: true });
  await eventually(async () => {
    const { body } = await rest.get('/api/v1/prices');
    const prices = body as readonly { instrument: string; state: string }[];
    return prices.some(({ instrument, state }) => instrument === 'ETHER' && state === 'live') || undefined;
  }, 'its price again');
  const { items } = (await rest.get('/api/v1/audit?what=sessionEnabling')).body as {
    items: readonly AuditEntryView[];
  };
  expect(items.filter(({ target }) => target === orders)).toMatchObject([
    { why: 'maintenance', after: { isEnabled: true } },
    { why: 'maintenance', after: { isEnabled: false } },
  ]);
});

it('takes nothing away that has something open, and the rest at once', async () => {
  client.order({
    ...{ clOrdId: 'open1', symbol: 'ETH/USD', side: 'buy', quantity: '1', price: '1000' },
    timeInForce: 'gtc',
  });
  await client.report('open1', '0');
  const going = [remove('user', 'trader9'), remove('fixClient', 'fresh'), remove('firm', 'fresh')];
  expect(await apply(...going)).toMatchObject({ result: 'refused', code: 'IN_USE' });
  expect(await apply(remove('listener', 'port-fresh'))).toMatchObject({ code: 'IN_USE' });
  const ether = { ...platform.configuration.current.instruments.get('ETHER')!, priceScale: 3 };
  const sizes = { quantityMin: '0.001', quantityMax: '20000', quantityStep: '0.001' };
  expect(await apply(put('instrument', { ...ether, ...sizes } as never))).toMatchObject({
    code: 'INSTRUMENT_TERMS',
  });
  client.cancel({ clOrdId: 'c1', origClOrdId: 'open1', symbol: 'ETH/USD', side: 'buy', quantity: '1' });
  await client.report('c1', '4');
  const gone = [remove('listener', 'port-fresh'), remove('venue', 'delta')];
  const left = [{ ...going[1]! }, ...gone, going[0]!, going[2]!];
  expect(await apply(...left)).toMatchObject({ result: 'done' });
  await eventually(
    async () =>
      (await sessions()).find(({ id }) => id === 'delta-orders')?.state === 'down' ? true : undefined,
    'the provider is left',
  );
});
