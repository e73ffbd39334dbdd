/**
 * The web UI from the API, in embedded mode: built files, run-time configuration, and the page itself for
 * every other path; and the headers that every answer carries.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { missing, pathOf, problemOf, sendProblem } from './problem.ts';

/** Assets have their hash in the name; the page and env.js must always be asked for. */
const assetMaxAge = '365d';
const strictTransport = 'max-age=31536000; includeSubDomains';
const environment = 'window.tidegateEnvironment = {};\n';

const notForThePage = /^\/(api|health|metrics|assets)(\/|$)/;

/** Files beside the page that it names, small and few. */
const fileTypes: Readonly<Record<string, string>> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** The stream is named with its host: not every browser counts WebSockets as 'self'. */
function contentSecurity(host: string | undefined): string {
  const isHost = host !== undefined && /^[A-Za-z0-9.:[\]-]{1,255}$/.test(host);
  const stream = isHost ? ` ws://${host} wss://${host}` : '';
  return (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; " +
    `connect-src 'self'${stream}; frame-ancestors 'none'; base-uri 'self'; form-action 'self'`
  );
}

/** `isBehindTls`: a proxy with TLS stands in front (HTTP_PUBLIC). */
export async function serveWeb(server: FastifyInstance, root: string, isBehindTls: boolean): Promise<void> {
  server.addHook('onSend', async (request, reply) => {
    reply
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .header('x-frame-options', 'DENY')
      .header('cross-origin-opener-policy', 'same-origin')
      .header('cross-origin-resource-policy', 'same-origin');
    if (isBehindTls) reply.header('strict-transport-security', strictTransport);
    if (!reply.hasHeader('content-security-policy'))
      reply.header('content-security-policy', contentSecurity(request.headers.host));
    // Answers of the API are for their caller only and of this moment.
    if (!reply.hasHeader('cache-control') && pathOf(request).startsWith('/api/v1/'))
      reply.header('cache-control', 'no-store');
  });
  // REST takes JSON and nothing else.
  server.removeContentTypeParser('text/plain');
  const page = existsSync(join(root, 'index.html')) ? await servePage(server, root) : undefined;
  server.get('/*', (request, reply) => {
    const path = pathOf(request);
    if (page !== undefined && !notForThePage.test(path)) return sendPage(reply, page);
    return sendProblem(reply, problemOf(missing(request.method, path), path));
  });
}

async function servePage(server: FastifyInstance, root: string): Promise<Buffer> {
  const page = await readFile(join(root, 'index.html'));
  server.get('/env.js', (_request: FastifyRequest, reply) =>
    reply.header('cache-control', 'no-store').type('text/javascript; charset=utf-8').send(environment),
  );
  await server.register(fastifyStatic, {
    root: join(root, 'assets'),
    prefix: '/assets/',
    maxAge: assetMaxAge,
    immutable: true,
    preCompressed: true,
    decorateReply: false,
  });
  for (const name of await readdir(root)) {
    const type = fileTypes[extname(name)];
    if (type === undefined) continue;
    const content = await readFile(join(root, name));
    server.get(`/${name}`, (_request, reply) =>
      reply.header('cache-control', 'no-cache').type(type).send(content),
    );
  }
  server.get('/', (_request, reply) => sendPage(reply, page));
  return page;
}

const sendPage = (reply: FastifyReply, page: Buffer): FastifyReply =>
  reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page);
