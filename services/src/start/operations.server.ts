/**
 * The operations port: metrics, health with its reasons, the interfaces' documents and, when a setting allows
 * it, profiles. For those who run the platform; the ports that others reach say no more than the state.
 */
import { Session } from 'node:inspector/promises';
import type { AddressInfo } from 'node:net';
import { getHeapSnapshot } from 'node:v8';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Settings } from '@tidegate/platform/configuration/config';
import { serveDocuments } from '../api/openapi.ts';
import { asyncApiDocument, openApiDocument } from '../bloomberg/market.documents.ts';
import type { Platform } from '../ports.ts';

export interface OperationsServer {
  /** `http://127.0.0.1:9464`. */
  readonly address: string;
  stop(): Promise<void>;
}

type Ports = Pick<Platform, 'health' | 'metrics' | 'version'> & {
  readonly settings: Pick<Settings, 'opsHost' | 'opsPort' | 'opsProfiling'>;
};

const profileSecondsMax = 60;
const requestMs = 10_000;

/** Rejects when the port can't be had. */
export async function startOperations({
  health,
  metrics,
  settings,
  version,
}: Ports): Promise<OperationsServer> {
  const app = Fastify({ requestTimeout: requestMs, forceCloseConnections: true, bodyLimit: 1_024 });
  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.text()),
  );
  app.get('/health/live', (_request, reply) =>
    health.lost === undefined
      ? reply.send({ status: 'live' })
      : reply.status(503).send({ status: 'lost', reason: health.lost }),
  );
  app.get('/health/ready', async (_request, reply) => {
    const { isReady, ...said } = await health.readiness();
    return reply.status(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready', ...said });
  });
  await serveDocuments(app as never, version);
  app.get('/api/bloomberg/openapi.json', (_request, reply) => reply.send(openApiDocument(version)));
  app.get('/api/bloomberg/asyncapi.json', (_request, reply) => reply.send(asyncApiDocument(version)));
  if (settings.opsProfiling) serveProfiles(app as never);
  await app.listen({ host: settings.opsHost, port: settings.opsPort });
  const { port } = app.server.address() as AddressInfo;
  const host = settings.opsHost.includes(':') ? `[${settings.opsHost}]` : settings.opsHost;
  return { address: `http://${host}:${port}`, stop: () => app.close() };
}

/** By POST, so that no page in an operator's browser starts one by a link. */
function serveProfiles(app: FastifyInstance): void {
  let isProfiling = false;
  app.post<{ Querystring: { seconds?: string } }>('/profile/cpu', async (request, reply) => {
    const seconds = Number(request.query.seconds ?? 10);
    if (!(seconds > 0 && seconds <= profileSecondsMax))
      return reply.status(400).send({ error: `seconds: more than 0, at most ${profileSecondsMax}` });
    if (isProfiling) return reply.status(409).send({ error: 'a profile is being taken' });
    isProfiling = true;
    try {
      return await reply.header('content-type', 'application/json').send(await cpuProfile(seconds));
    } finally {
      isProfiling = false;
    }
  });
  app.post('/profile/heap', (_request, reply) =>
    reply.header('content-type', 'application/json').send(getHeapSnapshot()),
  );
}

async function cpuProfile(seconds: number): Promise<string> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const { profile } = await session.post('Profiler.stop');
    return JSON.stringify(profile);
  } finally {
    session.disconnect();
  }
}
