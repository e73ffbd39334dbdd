/** What reaches the HTTP server and no route, byte by byte. */
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import type { Problem } from '@tidegate/wire/rest';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpOptions } from './http.ts';

describe('the HTTP server', () => {
  let server: FastifyInstance;

  beforeAll(async () => {
    server = Fastify(httpOptions({ trustedProxies: [] }));
    server.get('/api/v1/sessions/:id/messages', async () => 'here');
    await server.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(() => server.close());

  const answerTo = async (text: string): Promise<readonly [head: string, body: string]> => {
    const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data: Buffer) => (answer += data.toString()));
    socket.on('error', () => undefined);
    socket.write(text);
    await once(socket, 'close');
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    return [head, body];
  };

  it.each([
    ['no HTTP', 'BOGUS\r\n\r\n', 400, 'BAD_REQUEST'],
    ['no method', 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'BAD_REQUEST'],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}`,
      431,
      'HEADERS_TOO_LARGE',
    ],
    [
      'a part of a path without end',
      `GET /api/v1/sessions/${'x'.repeat(130)}/messages HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      414,
      'URL_TOO_LONG',
    ],
  ])('answers %s with a problem', async (_what, text, status, code) => {
    const [head, body] = await answerTo(text);
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(body) as Problem).toMatchObject({ status, code });
  });

  it('finds the longest id of a session: two ids of 64 characters and an @', async () => {
    const id = `${'c'.repeat(64)}@${'l'.repeat(64)}`;
    const [head, body] = await answerTo(
      `GET /api/v1/sessions/${id}/messages HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    expect([head.slice(0, 12), body]).toEqual(['HTTP/1.1 200', 'here']);
  });
});
