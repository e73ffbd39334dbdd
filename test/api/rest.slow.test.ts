/** The REST interface of a running platform: who gets in, what every refusal looks like, what is exact. */
import { readFileSync } from 'node:fs';
import { generateKeyPair, importPKCS8, SignJWT, decodeJwt, type CryptoKey } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spotValueDate } from '@tidegate/core/market/settlement';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import type { ExecutionView, OrderResult, OrderView } from '@tidegate/wire/orders';
import type { InstrumentView, Problem } from '@tidegate/wire/rest';
import type { SessionStatus } from '@tidegate/wire/sessions';
import { password, startConfigured, user, type ConfiguredPlatform } from '../configured.ts';
import { eventually, signIn, temporaryFolder, type RestClient } from '../platform.ts';

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

const text64 = (text: string): string => Buffer.from(text).toString('base64url');

const order = (clOrdId: string, terms: object = {}) => ({
  clOrdId,
  instrument: 'EURUSD',
  side: 'buy',
  type: 'market',
  quantity: '100000',
  timeInForce: 'ioc',
  ...terms,
});

describe('REST', () => {
  const keys = temporaryFolder('rest-keys');
  const keyFile = `${keys.path}/token.key`;
  let desk: ConfiguredPlatform;
  let admin: RestClient;
  let trader: RestClient;
  let colleague: RestClient;
  let stranger: RestClient;
  let viewer: RestClient;

  beforeAll(async () => {
    desk = await startConfigured(
      'rest',
      (hash) => [
        user(hash, { id: 'trader1', role: 'trader', firm: 'demo1' }),
        user(hash, { id: 'trader1b', role: 'trader', firm: 'demo1' }),
        user(hash, { id: 'trader2', role: 'trader', firm: 'demo2' }),
        user(hash, { id: 'viewer1', role: 'viewer', firm: 'demo1' }),
        user(hash, { id: 'gone1', role: 'trader', firm: 'demo1', disabled: true }),
      ],
      // What every machine reaches, and none of the other tests does.
      { TOKEN_KEY_FILE: keyFile, API_RATE_PER_USER: '100' },
    );
    [admin, trader, colleague, stranger, viewer] = await Promise.all([
      signIn(desk.http),
      ...['trader1', 'trader1b', 'trader2', 'viewer1'].map((id) => signIn(desk.http, id, password)),
    ]);
    await eventually(async () => {
      const { body } = await trader.get('/api/v1/prices');
      return (body as { state: string }[]).filter(({ state }) => state === 'live').length >= 12 || undefined;
    }, 'live prices');
  }, 120_000);

  afterAll(async () => {
    await desk?.stop();
    keys.remove();
  });

  const raw = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(new URL(path, desk.http), init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text };
  };
  const json = { 'content-type': 'application/json' };
  const login = (id: string, secret: string) =>
    raw('/api/v1/login', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ user: id, password: secret }),
    });
  /** Every refusal is a problem of this shape. */
  const refusal = async (answer: ReturnType<typeof raw>, status: number, code: string): Promise<Problem> => {
    const { text, headers, ...rest } = await answer;
    expect(`${rest.status} ${text}`).toContain(`${status} `);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    const problem = JSON.parse(text) as Problem;
    expect(problem).toMatchObject({ status, code, type: `urn:tidegate:problem:${code.toLowerCase()}` });
    expect(Object.keys(problem).sort()).toEqual(['code', 'detail', 'instance', 'status', 'title', 'type']);
    return problem;
  };
  const as = (client: RestClient, path: string, init: RequestInit = {}) =>
    raw(path, { ...init, headers: { authorization: `Bearer ${client.token}`, ...init.headers } });

  describe('signing in', () => {
    it('answers unknown user, wrong password and disabled user alike', async () => {
      const answers = [
        await login('nobody', 'x'),
        await login('trader1', 'wrong'),
        await login('gone1', password),
      ];
      for (const answer of answers) await refusal(Promise.resolve(answer), 401, 'SIGN_IN_REFUSED');
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    });

    it('is told who they are', async () => {
      expect((await trader.get('/api/v1/me')).body).toMatchObject({
        user: 'trader1',
        role: 'trader',
        permissions: ['trade', 'cancel', 'answerAlerts'],
        firm: 'demo1',
        account: 'demo1-main',
        tier: 'standard',
      });
    });

    it('throttles guessing, also many guesses at once, and only of that name', async () => {
      const guesses = await Promise.all(
        Array.from({ length: 25 }, (_, index) => login('trader2', `guess ${index}`)),
      );
      const statuses = guesses.map(({ status }) => status);
      expect(statuses.filter((status) => status === 401)).toHaveLength(10);
      expect(statuses.filter((status) => status === 429)).toHaveLength(15);
      await refusal(login('trader2', password), 429, 'SIGN_IN_THROTTLED');
      expect((await login('trader1', password)).status).toBe(200);
    });

    it('tells operators of refused sign-ins, and of a flood of them once', async () => {
      const refused = await eventually(async () => {
        const { body } = await admin.get('/api/v1/events?limit=500');
        const { items } = body as Page<SystemEvent>;
        const found = items.filter(({ kind }) => kind === 'signInRefused');
        return found.length >= 10 ? found : undefined;
      }, 'refused sign-ins as events');
      expect(refused.length).toBeLessThanOrEqual(21);
      expect(refused.some(({ subject }) => subject === 'nobody')).toBe(true);
    });

    it('is over with the sign-out', async () => {
      const client = await signIn(desk.http, 'trader1', password);
      expect((await client.get('/api/v1/me')).status).toBe(200);
      expect((await client.post('/api/v1/logout')).status).toBe(204);
      await refusal(as(client, '/api/v1/me'), 401, 'TOKEN_INVALID');
    });

    it('refuses requests without a token, with a scheme or text of another kind', async () => {
      const without = await raw('/api/v1/me');
      expect(without.headers.get('www-authenticate')).toBe('Bearer');
      await refusal(Promise.resolve(without), 401, 'UNAUTHENTICATED');
      for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer ', trader.token])
        await refusal(raw('/api/v1/me', { headers: { authorization } }), 401, 'UNAUTHENTICATED');
      for (const token of ['x', 'a.b.c', `${trader.token}x`, 'x'.repeat(5_000)])
        await refusal(
          raw('/api/v1/me', { headers: { authorization: `Bearer ${token}` } }),
          401,
          'TOKEN_INVALID',
        );
    });

    it('takes only tokens of its own key, algorithm, type, issuer and audience, in their time', async () => {
      const ours = await importPKCS8(readFileSync(keyFile, 'utf8'), 'EdDSA');
      const { privateKey: other } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
      const secret = new TextEncoder().encode('s'.repeat(32));
      const now = Math.floor(Date.now() / 1_000);
      const good = { ...decodeJwt(trader.token), jti: 'made-by-hand', iat: now, exp: now + 600 };
      const made = (key: CryptoKey | Uint8Array, header: object, claims: object) =>
        new SignJWT({ ...good, issuedAtMs: now * 1_000, ...claims })
          .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...header })
          .sign(key);
      const status = async (token: string) =>
        (await raw('/api/v1/me', { headers: { authorization: `Bearer ${token}` } })).status;
      expect(await status(await made(ours, {}, {}))).toBe(200);
      const bad: Record<string, string> = {
        key: await made(other, {}, {}),
        algorithm: await made(secret, { alg: 'HS256' }, {}),
        none: `${text64('{"alg":"none","typ":"at+jwt"}')}.${trader.token.split('.')[1]}.`,
        type: await made(ours, { typ: 'JWT' }, {}),
        audience: await made(ours, {}, { aud: 'another-api' }),
        issuer: await made(ours, {}, { iss: 'another-issuer' }),
        expired: await made(ours, {}, { iat: now - 900, exp: now - 300 }),
        early: await made(ours, {}, { nbf: now + 300 }),
        user: await made(ours, {}, { sub: 'nobody' }),
        noExpiry: await made(ours, {}, { exp: undefined }),
      };
      for (const [what, token] of Object.entries(bad))
        expect([what, await status(token)]).toEqual([what, 401]);
    });

    it('gives a token no more than its user has now', async () => {
      const ours = await importPKCS8(readFileSync(keyFile, 'utf8'), 'EdDSA');
      const token = await new SignJWT({ ...decodeJwt(viewer.token), role: 'admin', firm: 'house' })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt' })
        .sign(ours);
      const { text } = await raw('/api/v1/me', { headers: { authorization: `Bearer ${token}` } });
      expect(JSON.parse(text)).toMatchObject({ role: 'viewer', firm: 'demo1' });
    });
  });

  describe('roles and firms', () => {
    it('lets a viewer look and not trade, a trader trade and not kill', async () => {
      expect((await viewer.get('/api/v1/orders')).status).toBe(200);
      const post = (client: RestClient, path: string, body: object) =>
        as(client, path, { method: 'POST', headers: json, body: JSON.stringify(body) });
      await refusal(post(viewer, '/api/v1/orders', order('v1')), 403, 'ROLE_REQUIRED');
      await refusal(post(viewer, '/api/v1/orders/demo1.1/cancel', { clOrdId: 'v2' }), 403, 'ROLE_REQUIRED');
      await refusal(post(viewer, '/api/v1/orders/cancel-all', {}), 403, 'ROLE_REQUIRED');
      const halt = { firm: 'demo1', state: 'halted', reason: 'not mine to do' };
      await refusal(post(trader, '/api/v1/trading-state', halt), 403, 'ROLE_REQUIRED');
      const problem = await post(admin, '/api/v1/trading-state', { ...halt, firm: 'none' });
      await refusal(Promise.resolve(problem), 422, 'UNKNOWN_FIRM');
    });

    it('names no provider to clients: prices, executions, sessions, events', async () => {
      const { orderId } = (await trader.post('/api/v1/orders', order('nameless-1'))).body as OrderResult;
      const fillOf = (client: RestClient) =>
        eventually(async () => {
          const { body } = await client.get('/api/v1/executions');
          return (body as Page<ExecutionView>).items.find((row) => row.orderId === orderId);
        }, 'the fill');
      const fill = await fillOf(trader);
      expect(fill).toMatchObject({ venue: '', venueExecId: '' });
      expect(['alpha', 'bravo', 'charlie']).toContain((await fillOf(admin)).venue);
      const who = (await trader.get(`/api/v1/orders/${orderId}`)).body as OrderView;
      expect(fill).toMatchObject({ trader: who.trader, channel: 'rest', client: who.client });
      expect(fill.valueDate).toBe(spotValueDate(Date.parse(fill.at)));
      const venues = ((await admin.get('/api/v1/sessions')).body as SessionStatus[]).filter(
        ({ side }) => side === 'venue',
      );
      expect(venues).toHaveLength(6);
      for (const path of ['prices', 'executions', 'sessions', 'events?limit=500', 'orders'])
        expect((await as(trader, `/api/v1/${path}`)).text, path).not.toMatch(/alpha|bravo|charlie/i);
    });

    it('keeps firms apart: orders, one order, executions, positions, sessions, states, events', async () => {
      const sent = await trader.post('/api/v1/orders', order('apart-1'));
      expect(sent.status).toBe(201);
      const { orderId } = sent.body as OrderResult;
      expect(orderId).toMatch(/^demo1\.\d+$/);
      await refusal(as(stranger, `/api/v1/orders/${orderId}`), 404, 'UNKNOWN_ORDER');
      const cancel = { method: 'POST', headers: json, body: JSON.stringify({ clOrdId: 'steal' }) };
      await refusal(as(stranger, `/api/v1/orders/${orderId}/cancel`, cancel), 404, 'UNKNOWN_ORDER');
      expect((await admin.get(`/api/v1/orders/${orderId}`)).body).toMatchObject({ firm: 'demo1' });
      await eventually(async () => {
        const { body } = await trader.get('/api/v1/orders');
        return (body as Page<OrderView>).items.some((row) => row.orderId === orderId) || undefined;
      }, 'the order in the list');
      for (const path of ['orders', 'executions', 'events']) {
        const { items } = (await stranger.get(`/api/v1/${path}?limit=500`)).body as Page<{ firm?: string }>;
        expect(items.filter(({ firm }) => firm !== 'demo2')).toEqual([]);
      }
      const positions = (await stranger.get('/api/v1/positions')).body as { firm: string }[];
      expect(positions.filter(({ firm }) => firm !== 'demo2')).toEqual([]);
      expect((await stranger.get('/api/v1/trading-state')).body).toEqual([
        { firm: 'demo2', state: 'active' },
      ]);
      const clients = (rows: readonly SessionStatus[]) =>
        new Set(rows.filter(({ side }) => side === 'client').map(({ counterparty }) => counterparty));
      await eventually(async () => {
        const all = (await admin.get('/api/v1/sessions')).body as SessionStatus[];
        return clients(all).size === 3 || undefined;
      }, 'sessions of every client');
      const sessions = (await stranger.get('/api/v1/sessions')).body as SessionStatus[];
      expect(clients(sessions)).toEqual(new Set(['demo2']));
      expect(sessions.filter(({ side }) => side === 'venue')).toEqual([]);
    });
  });

  describe('orders', () => {
    const post = (path: string, body: unknown, client = trader) =>
      as(client, path, { method: 'POST', headers: json, body: JSON.stringify(body) });

    it('answers the same request the same, and another under its ClOrdID with a refusal', async () => {
      const first = await trader.post('/api/v1/orders', order('same-1'));
      const again = await trader.post('/api/v1/orders', order('same-1'));
      const turned = Object.fromEntries(Object.entries(order('same-1')).toReversed());
      expect([first.status, again.status]).toEqual([201, 201]);
      expect(again.body).toEqual(first.body);
      expect((await trader.post('/api/v1/orders', turned)).body).toEqual(first.body);
      await refusal(
        post('/api/v1/orders', order('same-1', { quantity: '200000' })),
        422,
        'DUPLICATE_CLORDID',
      );
      expect((await colleague.post('/api/v1/orders', order('same-1'))).status).toBe(201);
    });

    it('sends many copies of one request at once and has one order', async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => trader.post('/api/v1/orders', order('same-2'))),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
      expect(new Set(answers.map(({ body }) => (body as OrderResult).orderId)).size).toBe(1);
    });

    it('refuses with the risk code, again and again', async () => {
      for (let time = 0; time < 2; time += 1) {
        const small = await refusal(
          post('/api/v1/orders', order('risk-1', { quantity: '0.5' })),
          422,
          'QUANTITY_TOO_SMALL',
        );
        expect(small.detail).toContain('under 1');
      }
      const refusals: readonly (readonly [string, object])[] = [
        ['UNKNOWN_INSTRUMENT', { instrument: 'EURXXX' }],
        ['UNKNOWN_ACCOUNT', { account: 'demo2-main' }],
        ['PRICE_OUTSIDE_COLLAR', { type: 'limit', price: '9' }],
        ['PRICE_SCALE', { type: 'limit', price: '1.1234567' }],
        ['PRICE_MISSING', { type: 'limit' }],
        ['PRICE_NOT_ALLOWED', { price: '1.1' }],
        ['QUANTITY_STEP', { quantity: '100000.001' }],
        ['QUANTITY_TOO_LARGE', { quantity: '90000000000' }],
      ];
      for (const [index, [code, terms]] of refusals.entries())
        await refusal(post('/api/v1/orders', order(`risk-2-${index}`, terms)), 422, code);
    });

    it('cancels an order right after its answer, twice, and two orders under one ClOrdID', async () => {
      const resting = { type: 'limit', timeInForce: 'gtc', price: '1.05' };
      const ids = await Promise.all(
        ['rest-1', 'rest-2'].map(async (clOrdId) => {
          const { status, body } = await trader.post('/api/v1/orders', order(clOrdId, resting));
          expect(status).toBe(201);
          return (body as OrderResult).orderId;
        }),
      );
      for (const orderId of ids) {
        const path = `/api/v1/orders/${orderId}/cancel`;
        const answer = await trader.post(path, { clOrdId: 'one-cancel' });
        expect(answer).toMatchObject({ status: 200, body: { orderId, clOrdId: 'one-cancel' } });
        expect(await trader.post(path, { clOrdId: 'one-cancel' })).toEqual(answer);
        expect((await trader.get(`/api/v1/orders/${orderId}`)).body).toMatchObject({ status: 'canceled' });
        await refusal(post(path, { clOrdId: 'another-cancel' }), 422, 'ORDER_CLOSED');
      }
    });

    it("lets a colleague replace and cancel, and cancel-all take one's own only", async () => {
      const resting = { type: 'limit', timeInForce: 'gtc', price: '1.05' };
      const sent = await Promise.all([
        trader.post('/api/v1/orders', order('team-1', resting)),
        colleague.post('/api/v1/orders', order('team-2', resting)),
      ]);
      const [own, others] = sent.map(({ body }) => (body as OrderResult).orderId) as [string, string];
      const replaced = await colleague.post(`/api/v1/orders/${own}/replace`, {
        clOrdId: 'team-3',
        quantity: '150000',
        price: '1.051',
      });
      expect(replaced).toMatchObject({ status: 200, body: { orderId: own } });
      expect((await trader.get(`/api/v1/orders/${own}`)).body).toMatchObject({
        quantity: '150000.00',
        price: '1.05100',
      });
      await refusal(
        post(`/api/v1/orders/${own}/replace`, { clOrdId: 'team-4', quantity: '150000' }),
        422,
        'PRICE_MISSING',
      );
      expect((await trader.post('/api/v1/orders/cancel-all')).status).toBe(200);
      expect((await viewer.get(`/api/v1/orders/${own}`)).body).toMatchObject({ status: 'canceled' });
      expect((await viewer.get(`/api/v1/orders/${others}`)).body).toMatchObject({ status: 'new' });
      expect((await trader.post(`/api/v1/orders/${others}/cancel`, { clOrdId: 'team-5' })).status).toBe(200);
    });

    it('says what became of a ClOrdID: dealt, refused as too late, or never seen', async () => {
      const became = (client: RestClient, clOrdId: string) =>
        as(client, `/api/v1/clordids/${encodeURIComponent(clOrdId)}`);
      const sent = (clOrdId: string, agoMs: number) =>
        as(trader, '/api/v1/orders', {
          method: 'POST',
          headers: { ...json, 'x-tidegate-sent-at': new Date(Date.now() - agoMs).toISOString() },
          body: JSON.stringify(order(clOrdId)),
        });
      expect((await sent('fate/1%', 0)).status).toBe(201);
      expect(JSON.parse((await became(trader, 'fate/1%')).text)).toMatchObject({ clOrdId: 'fate/1%' });
      await refusal(sent('fate-2', 60_000), 422, 'TOO_LATE');
      expect(JSON.parse((await became(trader, 'fate-2')).text)).toMatchObject({
        status: 'rejected',
        code: 'TOO_LATE',
        filledQuantity: '0',
      });
      for (const [client, clOrdId] of [
        [trader, 'fate-3'],
        [colleague, 'fate/1%'],
        [stranger, 'fate-2'],
        [trader, 'x'.repeat(65)],
        [trader, 'a\u00e9'],
      ] as const)
        await refusal(became(client, clOrdId), 404, 'UNKNOWN_ORDER');
    });

    it('does not know orders that do not exist', async () => {
      for (const id of [
        'demo1.999999',
        'demo9.1',
        'demo1-3',
        '%00',
        '%F0%9F%92%A9',
        'a%2Fb',
        'x'.repeat(99),
      ]) {
        await refusal(as(trader, `/api/v1/orders/${id}`), 404, 'UNKNOWN_ORDER');
        await refusal(post(`/api/v1/orders/${id}/cancel`, { clOrdId: 'c' }), 404, 'UNKNOWN_ORDER');
      }
    });

    it('pages without gap or repetition, and refuses cursors it never gave', async () => {
      for (let index = 0; index < 7; index += 1)
        await post('/api/v1/orders', order(`page-${index}`, { quantity: '0.5' }));
      await eventually(async () => {
        const { items } = (await trader.get('/api/v1/orders?limit=500')).body as Page<OrderView>;
        return items.filter(({ clOrdId }) => clOrdId.startsWith('page-')).length === 7 || undefined;
      }, 'all orders listed');
      const seen: string[] = [];
      for (let before = ''; ;) {
        const { items, next } = (await trader.get(`/api/v1/orders?limit=3${before}`)).body as Page<OrderView>;
        expect(items.length).toBeLessThanOrEqual(3);
        seen.push(...items.map(({ orderId }) => orderId));
        if (next === null) break;
        before = `&before=${encodeURIComponent(next)}`;
      }
      const { items } = (await trader.get('/api/v1/orders?limit=500')).body as Page<OrderView>;
      expect(seen).toEqual(items.map(({ orderId }) => orderId));
      const forged = Buffer.from(JSON.stringify(['2026-01-01T00:00:00.000Z', 'not-a-uuid'])).toString(
        'base64url',
      );
      for (const path of ['orders', 'executions', 'events'])
        for (const cursor of ['x', '%00', Buffer.from('[]').toString('base64url'), forged])
          await refusal(as(admin, `/api/v1/${path}?before=${cursor}`), 400, 'INVALID_CURSOR');
    });
  });

  describe('requests of the wrong shape', () => {
    const send = (headers: Record<string, string>, body?: string, path = '/api/v1/login') =>
      raw(path, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });

    it('are refused as problems', async () => {
      await refusal(send(json, '{"user":'), 400, 'BAD_REQUEST');
      await refusal(send(json, ''), 400, 'BAD_REQUEST');
      await refusal(send(json, '{"user":"a","password":"b","__proto__":{"x":1}}'), 400, 'BAD_REQUEST');
      await refusal(send({}), 400, 'INVALID_REQUEST');
      await refusal(send(json, '[]'), 400, 'INVALID_REQUEST');
      await refusal(send(json, `{"user":"${'x'.repeat(70_000)}"}`), 413, 'BODY_TOO_LARGE');
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense'])
        await refusal(send({ 'content-type': type }, 'user=a'), 415, 'UNSUPPORTED_MEDIA_TYPE');
      const extra = await refusal(
        send(json, '{"user":"a","password":"b","admin":true}'),
        400,
        'INVALID_REQUEST',
      );
      expect(extra.detail).toContain('admin');
      const bad = { method: 'POST', headers: json, body: JSON.stringify(order('x y', { quantity: 5 })) };
      const problem = await refusal(as(trader, '/api/v1/orders', bad), 400, 'INVALID_REQUEST');
      expect(problem.detail).toMatch(/clOrdId: .*; quantity: /);
      for (const query of ['limit=0', 'limit=501', 'limit=x', 'open=maybe', 'account=%00', 'account=a%20b'])
        await refusal(as(trader, `/api/v1/orders?${query}`), 400, 'INVALID_REQUEST');
    });

    it('get 404 for what is not there and 405 for what a path does not take', async () => {
      for (const path of [
        '/api',
        '/api/v1',
        '/api/v1/nothing',
        '/api/v2/orders',
        '/health/nothing',
        '/assets/no.js',
      ])
        await refusal(raw(path), 404, 'NOT_FOUND');
      await refusal(raw('/orders', { method: 'POST' }), 404, 'NOT_FOUND');
      await refusal(raw('/api/v1/orders/%zz'), 400, 'BAD_REQUEST');
      for (const [method, path, allow] of [
        ['DELETE', '/api/v1/orders', 'POST, GET'],
        ['POST', '/api/v1/instruments', 'GET'],
        ['GET', '/api/v1/login', 'POST'],
        ['PUT', '/api/v1/orders/demo1.1', 'GET'],
        ['OPTIONS', '/api/v1/orders/demo1.1/cancel', 'POST'],
      ] as const) {
        const answer = await raw(path, { method });
        await refusal(Promise.resolve(answer), 405, 'METHOD_NOT_ALLOWED');
        expect(answer.headers.get('allow')).toBe(allow);
      }
    });

    it('come to an end: past the rate of a user, and cancels are still taken', async () => {
      const client = await signIn(desk.http, 'viewer1', password);
      const statuses = new Map<number, number>();
      let limited: Problem | undefined;
      for (let round = 0; round < 40 && limited === undefined; round += 1) {
        const answers = await Promise.all(
          Array.from({ length: 100 }, () => as(client, '/api/v1/trading-state?')),
        );
        for (const { status, text } of answers) {
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (status === 429) limited = JSON.parse(text) as Problem;
        }
      }
      expect(limited).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
      expect([...statuses.keys()].sort()).toEqual([200, 429]);
      const cancel = { method: 'POST', headers: json, body: JSON.stringify({ clOrdId: 'c' }) };
      await refusal(as(client, '/api/v1/orders/demo1.1/cancel', cancel), 403, 'ROLE_REQUIRED');
    });
  });

  describe('what is beside the interface', () => {
    it('serves documents, metrics and the reasons of health at the operations port only', async () => {
      const inside = async (path: string): Promise<readonly [status: number, text: string]> => {
        const answer = await fetch(new URL(path, desk.ops));
        return [answer.status, await answer.text()];
      };
      expect((await inside('/api/docs'))[1]).toContain('swagger-ui');
      const document = JSON.parse((await inside('/api/docs/json'))[1]) as { paths: object; openapi: string };
      expect(document.openapi).toBe('3.1.0');
      expect(Object.keys(document.paths)).toContain('/api/v1/orders/{orderId}/cancel');
      expect(JSON.parse((await inside('/api/bloomberg/openapi.json'))[1])).toHaveProperty('paths./request');
      expect(JSON.parse((await inside('/api/bloomberg/asyncapi.json'))[1])).toHaveProperty('asyncapi');
      const [, metrics] = await inside('/metrics');
      for (const name of ['tidegate_stream_clients', 'tidegate_gateway_sessions_up', 'nodejs_eventloop_lag'])
        expect(metrics.includes(name), name).toBe(true);
      expect((await inside('/health/ready'))[1]).toContain('"reasons"');
      expect((await fetch(new URL('/profile/heap', desk.ops), { method: 'POST' })).status).toBe(404);
      for (const path of ['/metrics', '/api/docs', '/api/docs/json'])
        await refusal(raw(path), 404, 'NOT_FOUND');
      expect(JSON.parse((await raw('/health/live')).text)).toEqual({ status: 'live' });
      expect(JSON.parse((await raw('/health/ready')).text)).toEqual({ status: 'ready' });
    });

    it('sends security headers with everything, and lets nobody keep what is personal', async () => {
      for (const path of ['/', '/env.js', '/api/v1/me', '/health/ready', '/api/v1/nothing']) {
        const { headers } = await as(trader, path);
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('x-frame-options')).toBe('DENY');
        expect(headers.get('referrer-policy')).toBe('no-referrer');
        expect(headers.get('content-security-policy')).toContain("default-src 'self'");
      }
      expect((await as(trader, '/api/v1/me')).headers.get('cache-control')).toBe('no-store');
      const { host } = new URL(desk.http);
      const policy = (await raw('/')).headers.get('content-security-policy')!;
      expect(policy).toContain(`connect-src 'self' ws://${host} wss://${host};`);
      expect(policy).toContain("object-src 'none'");
    });

    it('serves the page for every path of its own, its files, and env.js fresh', async () => {
      const page = await raw('/');
      expect(page.text).toContain('<div id="root">');
      for (const path of ['/orders', '/admin/sessions', '/apiary']) {
        const answer = await raw(path);
        expect([answer.status, answer.text]).toEqual([200, page.text]);
        expect(answer.headers.get('cache-control')).toBe('no-cache');
      }
      const environment = await raw('/env.js');
      expect(environment.headers.get('cache-control')).toBe('no-store');
      expect(environment.text).toContain('tidegateEnvironment');
      expect((await raw('/tidegate.svg')).headers.get('content-type')).toBe('image/svg+xml');
      const asset = /assets\/[\w.-]+\.js/.exec(page.text)![0];
      expect((await raw(`/${asset}`)).headers.get('cache-control')).toContain('immutable');
      for (const path of ['/assets/..%2f..%2fpackage.json', '/assets/%2e%2e/index.html'])
        expect((await raw(path)).text).not.toContain('"name"');
    });

    it('hides instruments and prices that a firm may not trade', async () => {
      const { firms } = desk.configuration.current;
      const few = { ...firms.get('demo2')!, instruments: ['EURUSD', 'USDJPY'] };
      await desk.put({ kind: 'firm', id: 'demo2', body: few });
      const listed = await eventually(async () => {
        const { body } = await stranger.get('/api/v1/instruments');
        const rows = body as InstrumentView[];
        return rows.length < 12 ? rows.map(({ id }) => id) : undefined;
      }, 'fewer instruments');
      expect(listed).toEqual(['EURUSD', 'USDJPY']);
      const priced = (await stranger.get('/api/v1/prices')).body as { instrument: string }[];
      expect(priced.map(({ instrument }) => instrument).sort()).toEqual(['EURUSD', 'USDJPY']);
      expect((await admin.get('/api/v1/instruments')).body).toHaveLength(12);
    });
  });

  it('halts by the kill switch, says so, and takes cancels while halted', async () => {
    const resting = order('kill-1', { type: 'limit', timeInForce: 'gtc', price: '1.05' });
    const { orderId } = (await trader.post('/api/v1/orders', resting)).body as OrderResult;
    const halt = { firm: 'demo1', state: 'halted', reason: 'drill' };
    expect((await admin.post('/api/v1/trading-state', halt)).body).toEqual([
      { firm: 'demo1', state: 'halted' },
    ]);
    expect((await viewer.get('/api/v1/trading-state')).body).toEqual([{ firm: 'demo1', state: 'halted' }]);
    expect((await trader.get(`/api/v1/orders/${orderId}`)).body).toMatchObject({ status: 'canceled' });
    const init = { method: 'POST', headers: json, body: JSON.stringify(order('kill-2')) };
    await refusal(as(trader, '/api/v1/orders', init), 422, 'TRADING_HALTED');
    expect((await trader.post('/api/v1/orders/cancel-all')).status).toBe(200);
    await admin.post('/api/v1/trading-state', { ...halt, state: 'active' });
    expect((await trader.post('/api/v1/orders', order('kill-3'))).status).toBe(201);
  });

  it('lets nobody in while it is not known which tokens were revoked', async () => {
    await desk.databaseServer.server.stop();

    await refusal(as(trader, '/api/v1/me'), 503, 'IDENTITY_UNKNOWN');
    expect((await raw('/health/live')).status).toBe(200);
  });
});
