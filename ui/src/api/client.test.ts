/** The REST client against a real server on loopback. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from './client.ts';
import { ApiProblem, NoAnswer } from './problems.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let base = '';
const seen: Seen[] = [];
let answer: (response: ServerResponse) => void = () => undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
});

const says =
  (status: number, body: unknown) =>
  (response: ServerResponse): void => {
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
  };
const made = (token: string | null = 'secret') => {
  const signedOut: number[] = [];
  return { api: createApi({ base, token: () => token, onSignedOut: () => signedOut.push(1) }), signedOut };
};
const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const refusal = (status: number, code: string) =>
  says(status, { type: 'about:blank', title: 'No', status, detail: 'Because', code, instance: '/x' });

describe('createApi', () => {
  it('sends the token, the channel and the order', async () => {
    answer = says(200, { orderId: 'O1', clOrdId: 'c', sequence: 7 });
    const result = await made().api.submit({
      clOrdId: 'c',
      instrument: 'EURUSD',
      side: 'buy',
      type: 'limit',
      quantity: '1',
      price: '1',
      timeInForce: 'ioc',
      shownPrice: '1',
    });
    expect(result).toEqual({ orderId: 'O1', clOrdId: 'c', sequence: 7 });
    const request = seen.at(-1);
    expect(request).toMatchObject({
      method: 'POST',
      url: '/api/v1/orders',
      headers: {
        authorization: 'Bearer secret',
        'x-tidegate-channel': 'ui',
        'content-type': 'application/json',
      },
    });
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ clOrdId: 'c', shownPrice: '1' });
  });

  it('says when the user clicked, with orders and replaces', async () => {
    answer = says(200, { orderId: 'O1', clOrdId: 'c', sequence: 7 });
    const sentAt = '2026-11-23T12:00:00.000Z';
    const { api } = made();
    await api.replace('O1', { clOrdId: 'c', quantity: '1' }, sentAt);
    expect(seen.at(-1)?.headers).toMatchObject({ 'x-tidegate-sent-at': sentAt });
    await api.replace('O1', { clOrdId: 'd', quantity: '1' });
    expect(seen.at(-1)?.headers).not.toHaveProperty('x-tidegate-sent-at');
  });

  it('turns a problem into a typed error', async () => {
    answer = refusal(422, 'NO_LIQUIDITY');
    const error = await failure(made().api.cancel('O 1/x', 'c'));
    expect(error).toBeInstanceOf(ApiProblem);
    expect(error).toMatchObject({ status: 422, code: 'NO_LIQUIDITY', message: 'Because' });
    expect(seen.at(-1)?.url).toBe('/api/v1/orders/O%201%2Fx/cancel');
  });

  it('signs out on a 401, but not when signing in', async () => {
    answer = refusal(401, 'UNAUTHENTICATED');
    const { api, signedOut } = made();
    await failure(api.me());
    expect(signedOut).toHaveLength(1);
    await failure(api.login('u', 'p'));
    expect(signedOut).toHaveLength(1);
  });

  it('calls a proxy error and an unreadable answer no answer, never a refusal', async () => {
    answer = says(502, '<html>Bad gateway</html>');
    expect(await failure(made().api.me())).toBeInstanceOf(NoAnswer);
    answer = says(200, { unexpected: true });
    expect(await failure(made().api.me())).toBeInstanceOf(NoAnswer);
    answer = (response) => {
      response.destroy();
    };
    expect(await failure(made().api.me())).toBeInstanceOf(NoAnswer);
  });

  it('keeps the code of a 503 that the API itself gives', async () => {
    answer = refusal(503, 'JOURNAL_UNAVAILABLE');
    expect(await failure(made().api.cancelAll())).toMatchObject({ code: 'JOURNAL_UNAVAILABLE', status: 503 });
  });

  it('reads a list whole or as a page', async () => {
    const state = { firm: 'a', state: 'active' };
    answer = says(200, [state]);
    expect(await made().api.tradingStates()).toEqual([state]);
    answer = says(200, { items: [], next: 'cursor' });
    expect(await made().api.orders('a b')).toEqual({ items: [], next: 'cursor' });
    expect(seen.at(-1)?.url).toBe('/api/v1/orders?limit=500&before=a%20b');
  });

  it('asks nothing without a token, but to sign in', async () => {
    const { api, signedOut } = made(null);
    const before = seen.length;
    expect(await failure(api.orders('a b'))).toMatchObject({ status: 401, code: 'SIGNED_OUT' });
    expect([seen.length, signedOut.length]).toEqual([before, 0]);
    answer = refusal(401, 'SIGN_IN_REFUSED');
    expect(await failure(api.login('u', 'p'))).toMatchObject({ code: 'SIGN_IN_REFUSED' });
    expect(seen.at(-1)?.headers.authorization).toBeUndefined();
  });

  it('revokes a token that is no longer held', async () => {
    answer = (response) => void response.writeHead(204).end();
    await made().api.logout('the one before');
    expect(seen.at(-1)).toMatchObject({
      url: '/api/v1/logout',
      headers: { authorization: 'Bearer the one before' },
    });
  });
});
