/**
 * The market data server: HTTP beside the WebSocket stream, on a port of its own, with TLS by certificate
 * files. A port that is taken does not stop the platform: the feed goes on, the status says why, and
 * listening is tried again.
 */
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable, type Transform } from 'node:stream';
import { constants, createDeflate, createGzip } from 'node:zlib';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { BlpResponsePart } from '@tidegate/blpapi/contract';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Settings } from '@tidegate/platform/configuration/config';
import type { BloombergStatus, FeedCause } from '@tidegate/wire/bloomberg';
import { marketDataQuery } from '@tidegate/wire/bloomberg.protocol';
import { tlsSuites } from '../tls.suites.ts';
import { Door, guardConnections } from '../door.ts';
import { Rates } from '../rate.ts';
import { prepare, type MarketRequests, type PreparedRequest } from './market.requests.ts';
import type { MarketStream } from './market.stream.ts';
import type { MarketUser, MarketUsers } from './market.users.ts';
import { problemOf, Refusal } from './refusal.ts';
import { jsonRecord } from './values.ts';

export type MarketServerSettings = Pick<
  Settings,
  | 'bloombergHost'
  | 'bloombergPort'
  | 'bloombergTlsCertFile'
  | 'bloombergTlsKeyFile'
  | 'bloombergTlsClientCaFile'
  | 'bloombergTlsCrlFile'
  | 'bloombergRequestRate'
  | 'trustedProxies'
>;

export interface MarketServerOptions {
  readonly settings: MarketServerSettings;
  readonly clock: Clock;
  readonly users: MarketUsers;
  readonly requests: MarketRequests;
  readonly stream: MarketStream;
  readonly status: () => BloombergStatus;
  readonly onError: (error: unknown) => void;
  readonly onListening: (cause: FeedCause | null) => void;
  /** Before listening is tried again. Default 5 s. */
  readonly retryMs?: number;
}

const bodyBytesMax = 256 * 1024;
/** Connections that have not made a request yet. */
const strangers = { perAddressMax: 250, totalMax: 1_000, perSecondPerAddress: 200 };
/** Longest time a request may take to arrive; Bloomberg's answers have their own. */
const arriveMs = 30_000;
/** One answer as one document, at most; more is asked for as NDJSON. */
const answerBytesMax = 64 * 1024 * 1024;
const streaming = 'application/x-ndjson';

export class MarketServer {
  /** `http://127.0.0.1:8090`; null while it does not listen. */
  address: string | null = null;
  cause: FeedCause | null = null;
  private readonly options: MarketServerOptions;
  private readonly rates: Rates;
  private app: FastifyInstance | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(options: MarketServerOptions) {
    this.options = options;
    const perSecond = options.settings.bloombergRequestRate;
    this.rates = new Rates({ clock: options.clock, perSecond, burst: 2 * perSecond });
  }

  /** Resolves when it listens or could not; then it tries again by itself. */
  async start(): Promise<void> {
    const { settings, stream, onListening, onError, retryMs = 5_000 } = this.options;
    try {
      const app = await this.build();
      this.app = app;
      const door = new Door({ clock: this.options.clock, ...strangers });
      guardConnections(app.server as Server, door, settings.trustedProxies);
      await app.listen({ host: settings.bloombergHost, port: settings.bloombergPort });
      stream.start(app.server as Server);
      const { port } = app.server.address() as AddressInfo;
      const { bloombergHost: host, bloombergTlsCertFile } = settings;
      const shown = host.includes(':') ? `[${host}]` : host;
      this.address = `${bloombergTlsCertFile === undefined ? 'http' : 'https'}://${shown}:${port}`;
      this.cause = null;
    } catch (error) {
      await this.app?.close().catch(onError);
      this.app = undefined;
      const { code = 'SERVER_NOT_STARTED' } = error as NodeJS.ErrnoException;
      this.cause = { code, text: error instanceof Error ? error.message : String(error) };
      if (!this.isStopped) this.timer = setTimeout(() => void this.start(), retryMs).unref();
    }
    onListening(this.cause);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.options.stream.stop();
    await this.app?.close();
    this.address = null;
  }

  private async build(): Promise<FastifyInstance> {
    const { settings } = this.options;
    const tls = await tlsOptions(settings);
    const app = Fastify({
      ...(tls === undefined ? {} : { https: tls }),
      bodyLimit: bodyBytesMax,
      requestTimeout: arriveMs,
      forceCloseConnections: true,
      trustProxy: settings.trustedProxies.length === 0 ? false : [...settings.trustedProxies],
      frameworkErrors: (error, request, reply) => void sendProblem(request, reply, error),
    }) as unknown as FastifyInstance;
    app.setErrorHandler((error, request, reply) => this.failed(error, request, reply));
    app.setNotFoundHandler((request, reply) =>
      sendProblem(request, reply, new Refusal(404, 'NOT_FOUND', `nothing at ${pathOf(request)}`)),
    );
    app.removeContentTypeParser('text/plain');
    this.routes(app);
    return app;
  }

  private routes(app: FastifyInstance): void {
    const { status } = this.options;
    // The state and no more: why, and who asks for what, is at the operations port and behind a token.
    app.get('/health', (_request, reply) => {
      const { state } = status();
      return reply.status(state === 'up' ? 200 : 503).send({ status: state });
    });
    app.post('/request', (request, reply) => this.request(request, reply));
  }

  private failed(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { status } = problemOf(error, '');
    if (status >= 500 && !(error instanceof Refusal)) this.options.onError(error);
    return sendProblem(request, reply, error);
  }

  private async request(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const user = await this.identify(request);
    if (!this.rates.take(user.user.id))
      throw new Refusal(429, 'TOO_MANY_REQUESTS', 'over the request rate; try again in a second');
    const asked = prepare(queryOf(request));
    const gone = new AbortController();
    reply.raw.on('close', () => {
      if (!reply.raw.writableFinished) gone.abort();
    });
    const parts = this.options.requests.ask(user, asked, gone.signal);
    // The first part decides between an answer and a refusal.
    const first = await parts.next();
    const accepts = request.headers.accept ?? '';
    return accepts.includes(streaming)
      ? this.streamed(request, reply, first, parts)
      : this.whole(request, reply, asked, first, parts);
  }

  private async identify(request: FastifyRequest): Promise<MarketUser> {
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    if (scheme?.toLowerCase() !== 'bearer' || token === undefined || token === '')
      throw new Refusal(401, 'UNAUTHENTICATED', 'send an Authorization header with a bearer token');
    return this.options.users.identify(token, request.ip);
  }

  private async whole(
    request: FastifyRequest,
    reply: FastifyReply,
    { service, operation }: PreparedRequest,
    first: IteratorResult<BlpResponsePart>,
    rest: AsyncGenerator<BlpResponsePart>,
  ): Promise<FastifyReply> {
    const texts: string[] = [];
    let bytes = 0;
    try {
      for (let next = first; next.done !== true; next = await rest.next()) {
        const text = JSON.stringify(partOf(next.value));
        bytes += text.length;
        if (bytes > answerBytesMax)
          throw new Refusal(413, 'ANSWER_TOO_LARGE', `ask for it with Accept: ${streaming}`);
        texts.push(text);
      }
    } finally {
      await rest.return(undefined);
    }
    const source = this.options.status().isEmulated ? 'emulator' : 'bloomberg';
    const about = JSON.stringify({ service, operation, source }).slice(0, -1);
    const body = Readable.from([`${about},"parts":[${texts.join(',')}]}`]);
    return send(request, reply.type('application/json; charset=utf-8'), body);
  }

  private streamed(
    request: FastifyRequest,
    reply: FastifyReply,
    first: IteratorResult<BlpResponsePart>,
    rest: AsyncGenerator<BlpResponsePart>,
  ): FastifyReply {
    const lines = async function* () {
      let parts = 0;
      try {
        for (let next = first; next.done !== true; next = await rest.next()) {
          parts += 1;
          yield `${JSON.stringify(partOf(next.value))}\n`;
        }
        yield `${JSON.stringify({ isFinal: true, parts })}\n`;
      } catch (error) {
        const { code, detail: text } = problemOf(error, '');
        yield `${JSON.stringify({ error: { code, text } })}\n`;
      } finally {
        await rest.return(undefined);
      }
    };
    return send(request, reply.type(streaming), Readable.from(lines()));
  }
}

const partOf = ({ messageType, elements }: BlpResponsePart) => ({
  messageType,
  elements: jsonRecord(elements),
});

/**
 * The body, or the form of blpapi-http: `?ns=blp&service=refdata&type=HistoricalDataRequest` with the
 * elements as the body.
 */
function queryOf(request: FastifyRequest) {
  const { service, type } = request.query as { service?: unknown; type?: unknown };
  const isOldForm = typeof service === 'string' && typeof type === 'string';
  const asked = isOldForm ? { service, operation: type, elements: request.body } : request.body;
  const parsed = marketDataQuery.safeParse(asked);
  if (parsed.success) return parsed.data;
  const detail = parsed.error.issues
    .flatMap((issue) => (issue.code === 'invalid_union' ? issue.errors.flat() : [issue]))
    .slice(0, 5)
    .map(({ path, message }) => `${path.length === 0 ? 'request' : path.join('.')}: ${message}`);
  throw new Refusal(400, 'INVALID_REQUEST', detail.join('; ').slice(0, 1_000));
}

/** Compressed as the client likes it, flushed part by part so that partial answers do not wait. */
function send(request: FastifyRequest, reply: FastifyReply, body: Readable): FastifyReply {
  const [encoding, transform] = compressor(String(request.headers['accept-encoding'] ?? ''));
  reply.header('cache-control', 'no-store').header('vary', 'accept-encoding');
  if (encoding === undefined || transform === undefined) return reply.send(body);
  body.on('error', (error) => transform.destroy(error));
  transform.on('close', () => body.destroy());
  return reply.header('content-encoding', encoding).send(body.pipe(transform));
}

function compressor(accepted: string): readonly [encoding?: string, transform?: Transform] {
  const flush = { flush: constants.Z_SYNC_FLUSH };
  if (/\bgzip\b(?!\s*;\s*q=0(\.0+)?\b)/.test(accepted)) return ['gzip', createGzip(flush)];
  return /\bdeflate\b(?!\s*;\s*q=0(\.0+)?\b)/.test(accepted) ? ['deflate', createDeflate(flush)] : [];
}

const pathOf = (request: Pick<FastifyRequest, 'url'>): string => request.url.split('?')[0]!.slice(0, 200);

function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const problem = problemOf(error, pathOf(request));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  if (problem.status === 429 || problem.status === 503) reply.header('retry-after', '1');
  return reply
    .status(problem.status)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(problem);
}

async function tlsOptions(settings: MarketServerSettings) {
  const { bloombergTlsCertFile, bloombergTlsKeyFile, bloombergTlsClientCaFile, bloombergTlsCrlFile } =
    settings;
  if (bloombergTlsCertFile === undefined || bloombergTlsKeyFile === undefined) return undefined;
  const read = async (path: string | undefined) => (path === undefined ? undefined : readFile(path));
  const [cert, key, ca, crl] = await Promise.all([
    readFile(bloombergTlsCertFile),
    readFile(bloombergTlsKeyFile),
    read(bloombergTlsClientCaFile),
    read(bloombergTlsCrlFile),
  ]);
  return {
    cert,
    key,
    minVersion: 'TLSv1.2' as const,
    ciphers: tlsSuites,
    ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
    ...(crl === undefined ? {} : { crl }),
  };
}
