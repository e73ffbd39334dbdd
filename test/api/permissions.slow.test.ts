/**
 * The table of permissions, tried: every route of a running platform, by every role, for its own firm and
 * from another one. Nothing that a request changes is sent: what gets past the guard is refused for its
 * shape.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes, type Route } from '@tidegate/services/api/routes';
import { roles, type Role } from '@tidegate/wire/configuration';
import { may, permissionsOf } from '@tidegate/wire/permissions';
import type { Problem } from '@tidegate/wire/rest';
import type { OrderResult, OrderView } from '@tidegate/wire/orders';
import type { StopOutcome } from '@tidegate/wire/stops';
import { password, startConfigured, user, type ConfiguredPlatform } from '../configured.ts';
import type { ApiKeyView, NewApiKeyAnswer } from '@tidegate/wire/api.keys';
import { eventually, RestClient, signIn, temporaryFolder } from '../platform.ts';
import { StreamPeer } from './stream.client.ts';

const firms = ['demo1', 'demo2'] as const;
const idOf = (role: Role, firm: string): string => `${role}-${firm}`;
/** They answer for whoever asks, and would end the sign-ins that the others go by. */
const ofTheSignIn = new Set(['/api/v1/login', '/api/v1/logout', '/api/v1/renew']);

describe('permissions', () => {
  const keys = temporaryFolder('permission-keys');
  let desk: ConfiguredPlatform;
  const clients = new Map<string, RestClient>();
  beforeAll(async () => {
    desk = await startConfigured(
      'permissions',
      (hash) =>
        firms.flatMap((firm) => roles.map((role) => user(hash, { id: idOf(role, firm), role, firm }))),
      { TOKEN_KEY_FILE: `${keys.path}/token.key` },
    );
    for (const firm of firms)
      for (const role of roles)
        clients.set(idOf(role, firm), await signIn(desk.http, idOf(role, firm), password));
    await eventually(async () => {
      const { body } = await clients.get('trader-demo1')!.get('/api/v1/prices');
      return (body as { state: string }[]).some(({ state }) => state === 'live') || undefined;
    }, 'live prices');
  }, 120_000);
  afterAll(async () => {
    await desk?.stop();
    keys.remove();
  });

  const ask = async (client: RestClient, { method, path }: Pick<Route, 'method' | 'path'>) => {
    const at = path.replaceAll(/\{\w+\}/g, 'nothing');
    const answer = method === 'get' ? await client.get(at) : await client.post(at, { unexpected: true });
    return `${answer.status} ${(answer.body as Partial<Problem> | undefined)?.code ?? ''}`;
  };

  it('are asked at every route, of every role', async () => {
    const asked = routes.filter(({ isPublic, path }) => isPublic !== true && !ofTheSignIn.has(path));
    for (const role of roles) {
      const client = clients.get(idOf(role, 'demo1'))!;
      expect((await client.get('/api/v1/me')).body).toMatchObject({ permissions: permissionsOf({ role }) });
      for (const route of asked) {
        const answer = await ask(client, route);
        const isRefused = answer === '403 ROLE_REQUIRED';
        const mayNot = route.needs !== undefined && !may({ role }, route.needs);
        expect([role, route.method, route.path, answer, isRefused]).toEqual([
          role,
          route.method,
          route.path,
          answer,
          mayNot,
        ]);
      }
    }
  });

  it('show an order of its firm to each role, and another firm’s by right only', async () => {
    const terms = { instrument: 'EURUSD', side: 'buy', type: 'limit', quantity: '1000', price: '0.90000' };
    const order = { ...terms, clOrdId: 'resting-1', timeInForce: 'gtc' };
    const sent = await clients.get('trader-demo1')!.post('/api/v1/orders', { ...order, price: '1.00000' });
    const { orderId } = sent.body as OrderResult;
    for (const role of roles) {
      for (const firm of firms) {
        const isSeen = firm === 'demo1' || may({ role }, 'seeAllFirms');
        const { status } = await clients.get(idOf(role, firm))!.get(`/api/v1/orders/${orderId}`);
        expect([role, firm, status]).toEqual([role, firm, isSeen ? 200 : 404]);
      }
    }
    for (const role of roles) {
      const { status } = await clients
        .get(idOf(role, 'demo2'))!
        .post(`/api/v1/orders/${orderId}/cancel`, { clOrdId: `cancel-${role}` });
      const mayCancel = may({ role }, 'cancel');
      const isSeen = may({ role }, 'seeAllFirms');
      if (!mayCancel) expect([role, status]).toEqual([role, 403]);
      else if (!isSeen) expect([role, status]).toEqual([role, 404]);
      else expect([role, status]).not.toEqual([role, 403]);
    }
  });

  it('of a key are those of its scope, from its addresses, until it is revoked', async () => {
    const admin = clients.get('admin-demo1')!;
    const make = async (change: object = {}, owner = 'service-demo1') =>
      admin.post(`/api/v1/users/${owner}/keys`, {
        ...{ name: 'engine', rights: ['cancel'], days: 30, reason: 'drill', ...change },
      });
    const codeOf = ({ status, body }: { status: number; body: unknown }) =>
      `${status} ${(body as Partial<Problem> | undefined)?.code ?? ''}`;
    expect(codeOf(await make({ rights: ['trade', 'release'] }))).toBe('422 KEY_RIGHTS');
    expect(codeOf(await make({}, 'trader-demo1'))).toBe('422 KEY_OWNER');
    expect(codeOf(await make({ addresses: ['10.0.0.0/33'] }))).toBe('422 KEY_ADDRESSES');
    const { key, details } = (await make()).body as NewApiKeyAnswer;
    const program = new RestClient(desk.http, key);
    expect((await program.get('/api/v1/me')).body).toMatchObject({
      ...{ user: 'service-demo1', permissions: ['cancel'] },
    });
    for (const route of routes.filter(
      ({ isPublic, path }) => isPublic !== true && path !== '/api/v1/logout',
    )) {
      const answer = await ask(program, route);
      const mayNot = route.needs !== undefined && route.needs !== 'cancel';
      expect([route.path, answer === '403 ROLE_REQUIRED']).toEqual([route.path, mayNot]);
    }
    for (const path of ['renew', 'logout'])
      expect(codeOf(await program.post(`/api/v1/${path}`, {}))).toBe('403 SIGN_IN_NEEDED');
    const away = (await make({ addresses: ['192.0.2.0/24'] })).body as NewApiKeyAnswer;
    expect(codeOf(await new RestClient(desk.http, away.key).get('/api/v1/me'))).toBe('403 KEY_ADDRESS');

    const stream = await StreamPeer.open(desk.http, key);
    const revoke = `/api/v1/keys/${details.id}/revoke`;
    expect((await admin.post(revoke, { reason: 'drill' })).status).toBe(204);
    expect(codeOf(await program.get('/api/v1/me'))).toBe('401 TOKEN_INVALID');
    expect(codeOf(await program.post('/api/v1/orders/cancel-all', { scope: 'mine' }))).toBe(
      '401 TOKEN_INVALID',
    );
    expect(await stream.ended).toMatchObject({ code: 1008, reason: 'TOKEN_INVALID' });
    expect(codeOf(await admin.post('/api/v1/keys/nothing/revoke', { reason: 'drill' }))).toBe(
      '404 UNKNOWN_KEY',
    );
    const [newest] = (await admin.get('/api/v1/users/service-demo1/keys')).body as ApiKeyView[];
    expect(newest).toMatchObject({ id: away.details.id, revokedAt: null, createdBy: 'admin-demo1' });
    const audit = await eventually(async () => {
      const { items } = (await admin.get('/api/v1/audit?limit=50')).body as { items: { what: string }[] };
      return items.some(({ what }) => what === 'keyRevoked') ? items : undefined;
    }, 'the revocation is in the audit');
    expect(audit.map(({ what }) => what)).toContain('keyCreated');
    expect(JSON.stringify(audit)).not.toContain(key.slice(17));
  });

  it('let nobody release who may only halt', async () => {
    const release = { firm: 'demo2', state: 'active', reason: 'drill' };
    for (const role of roles) {
      const { status } = await clients.get(idOf(role, 'demo1'))!.post('/api/v1/trading-state', release);
      expect([role, status]).toEqual([role, may({ role }, 'release') ? 200 : 403]);
    }
  });

  it('halt one account, say what that cancels, and let only who may release it', async () => {
    const [trader, risk] = [clients.get('trader-demo1')!, clients.get(idOf('risk', 'demo2'))!];
    const terms = { instrument: 'EURUSD', side: 'buy', type: 'limit', quantity: '1000', price: '1.00000' };
    const order = (clOrdId: string) =>
      trader.post('/api/v1/orders', { ...terms, clOrdId, timeInForce: 'gtc' });
    const sent = (await order('stop-1')).body as OrderResult;
    const { account } = (await trader.get(`/api/v1/orders/${sent.orderId}`)).body as OrderView;
    const asked = { firm: 'demo1', scope: { account } };
    const [preview] = (await risk.post('/api/v1/stops/preview', asked)).body as StopOutcome[];
    expect(preview).toMatchObject({ firm: 'demo1', isConfirmed: true, open: { canceling: 0 } });
    expect(preview!.open!.orders).toBeGreaterThan(0);
    const halt = { ...asked, stop: 'halted', reason: 'drill' };
    expect((await trader.post('/api/v1/stops', halt)).status).toBe(403);
    expect((await risk.post('/api/v1/stops', { ...halt, scope: {} })).status).toBe(400);
    const [outcome] = (await risk.post('/api/v1/stops', halt)).body as StopOutcome[];
    expect(outcome).toMatchObject({ isConfirmed: true, orders: preview!.open!.orders, open: { orders: 0 } });
    expect((await trader.get('/api/v1/stops')).body).toMatchObject([{ ...asked, stop: 'halted' }]);
    expect(await order('stop-2')).toMatchObject({ status: 422, body: { code: 'TRADING_STOPPED' } });
    const looser = await risk.post('/api/v1/stops', { ...halt, stop: 'reducing' });
    expect(looser).toMatchObject({ status: 422, body: { code: 'TRADING_STOPPED' } });
    const release = (role: Role) =>
      clients.get(idOf(role, 'demo2'))!.post('/api/v1/stops/releases', { ...asked, reason: 'over' });
    expect((await release('operations')).status).toBe(403);
    expect((await release('risk')).status).toBe(204);
    expect((await trader.get('/api/v1/stops')).body).toEqual([]);
    expect((await order('stop-3')).status).toBe(201);
  });
});
