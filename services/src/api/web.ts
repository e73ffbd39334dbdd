/**
 * The web UI from the API, in embedded mode: built files, run-time configuration, and the page itself for
 * every other path.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problemOf, ApiProblem } from './problem.ts';

/** Assets have their hash in the name; the page and env.js must always be asked for. */
const assetMaxAge = '365d';

const contentSecurity =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";

const notForThePage = /^\/(api|health|metrics|assets)(\/|$)/;

export async function serveWeb(server: FastifyInstance, root: string): Promise<void> {
  server.addHook('onSend', async (_request, reply) => {
    reply
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .header('x-frame-options', 'DENY');
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', contentSecurity);
  });
  if (!existsSync(join(root, 'index.html'))) return;
  const page = await readFile(join(root, 'index.html'));
  const environment = 'window.tidegateEnvironment = {};\n';
  server.get('/env.js', (_request, reply) =>
    reply.header('cache-control', 'no-store').type('text/javascript; charset=utf-8').send(environment),
  );
  await server.register(fastifyStatic, {
    root: join(root, 'assets'),
    prefix: '/assets/',
    maxAge: assetMaxAge,
    immutable: true,
    decorateReply: false,
  });
  const sendPage = (_request: FastifyRequest, reply: FastifyReply) =>
    reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page);
  server.get('/', sendPage);
  server.get('/*', (request, reply) => {
    const path = request.url.split('?')[0]!;
    if (!notForThePage.test(path)) return sendPage(request, reply);
    const problem = problemOf(new ApiProblem(404, 'NOT_FOUND', `nothing at ${path.slice(0, 200)}`), path);
    return reply.status(404).type('application/problem+json; charset=utf-8').send(problem);
  });
}
