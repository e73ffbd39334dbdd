/**
 * The simulator's control: JSON over HTTP on the loopback address, for tests and operators of the demo. Every
 * refusal is `{"error": {"code", "text"}}` with a matching status.
 *
 * GET /ports, /state, /executions?venue=&from=&limit=; POST /switch, /rate, /tick, /endOfDay, /stop.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { z } from 'zod';
import {
  endOfDayRequest,
  executionsQuery,
  levelsOf,
  noQuery,
  rateRequest,
  stopRequest,
  switchRequest,
  tickRequest,
} from './control.schema.ts';
import type { ProviderServer } from './provider.fix.ts';
import type { Simulation } from './simulation.ts';

const HOST = '127.0.0.1';
const BODY_BYTES_MAX = 64 * 1024;
const CONNECTIONS_MAX = 50;
const REQUEST_TIMEOUT_MS = 5_000;

export type ControlCode =
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'NOT_JSON'
  | 'BODY_TOO_LARGE'
  | 'INVALID'
  | 'UNKNOWN_VENUE'
  | 'NOT_MANUAL'
  | 'FORBIDDEN_HOST'
  | 'SWITCH_FAILED'
  | 'INTERNAL';

class Refusal extends Error {
  readonly status: number;
  readonly code: ControlCode;

  constructor(status: number, code: ControlCode, text: string) {
    super(text);
    this.status = status;
    this.code = code;
  }
}

type Handler = (input: unknown) => unknown;

export class ControlServer {
  readonly #simulation: Simulation;
  readonly #onStop: () => void;
  readonly #server: Server;
  readonly #gets: ReadonlyMap<string, Handler>;
  readonly #posts: ReadonlyMap<string, Handler>;

  /** `onStop` is called once the answer to POST /stop is out. */
  constructor(simulation: Simulation, onStop: () => void) {
    this.#simulation = simulation;
    this.#onStop = onStop;
    this.#gets = new Map<string, Handler>([
      ['/ports', (input) => this.#ports(input)],
      ['/state', (input) => this.#state(input)],
      ['/executions', (input) => this.#executions(input)],
    ]);
    this.#posts = new Map<string, Handler>([
      ['/switch', (input) => this.#switch(input)],
      ['/rate', (input) => this.#rate(input)],
      ['/tick', (input) => this.#tick(input)],
      ['/endOfDay', (input) => this.#endOfDay(input)],
      [
        '/stop',
        (input) => {
          checked(stopRequest, input);
        },
      ],
    ]);
    this.#server = createServer(
      { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
      (request, response) => {
        void this.#serve(request, response);
      },
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** Returns the base URL. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, HOST, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('control server has no port');
    return `http://${HOST}:${address.port}`;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let status = 200;
    let body: unknown;
    const url = new URL(request.url ?? '/', `http://${HOST}`);
    try {
      body = (await this.#answer(request, url)) ?? { ok: true };
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'INTERNAL', String(error));
      status = refusal.status;
      body = { error: { code: refusal.code, text: refusal.message } };
    }
    const isStop = status === 200 && url.pathname === '/stop';
    response.writeHead(status, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      connection: 'close',
    });
    response.end(JSON.stringify(body), () => {
      if (isStop) this.#onStop();
    });
  }

  async #answer(request: IncomingMessage, url: URL): Promise<unknown> {
    // A page of a foreign site that was made to resolve to this address has another Host.
    const host = (request.headers.host ?? '').split(':')[0];
    if (host !== HOST && host !== 'localhost') {
      throw new Refusal(403, 'FORBIDDEN_HOST', 'Host must be the loopback address');
    }
    const get = this.#gets.get(url.pathname);
    const post = this.#posts.get(url.pathname);
    if (get === undefined && post === undefined) throw new Refusal(404, 'NOT_FOUND', 'no such path');
    if (request.method === 'GET' && get !== undefined) return get(Object.fromEntries(url.searchParams));
    if (request.method === 'POST' && post !== undefined) return post(await readJson(request));
    throw new Refusal(405, 'METHOD_NOT_ALLOWED', `use ${get === undefined ? 'POST' : 'GET'}`);
  }

  #ports(input: unknown): unknown {
    checked(noQuery, input);
    return { providers: this.#simulation.providers };
  }

  #executions(input: unknown): unknown {
    const { venue, from, limit } = checked(executionsQuery, input);
    if (venue !== undefined) this.#provider(venue);
    return this.#simulation.executions.page({ venue, from, limit });
  }

  #state(input: unknown): unknown {
    checked(noQuery, input);
    const simulation = this.#simulation;
    const providers = simulation.providers.map(({ venue }) => {
      const server = this.#provider(venue);
      return {
        venue,
        listening: server.isListening,
        switches: server.provider.switches.describe(),
        quoteSessions: server.quotes.sessions.length,
        orderSessions: server.orders.sessions.length,
        subscriptions: server.quotes.subscriptions,
        openOrders: server.provider.openOrders,
        refusedLogons: server.refusedLogons,
        ...server.quotes.counters,
        ...server.orders.counters,
        ...server.provider.counters,
      };
    });
    return {
      manual: simulation.manual,
      quotesPerSecond: simulation.rate,
      ...simulation.ticks,
      executions: simulation.executions.size,
      providers,
    };
  }

  async #switch(input: unknown): Promise<void> {
    const { venue, switch: name, on, symbol, value, fate } = checked(switchRequest, input);
    this.#provider(venue);
    try {
      await this.#simulation.switch(venue, name, {
        on,
        ...(symbol === undefined ? {} : { symbol }),
        ...(value === undefined ? {} : { value }),
        ...(fate === undefined ? {} : { fate }),
      });
    } catch (error) {
      throw new Refusal(409, 'SWITCH_FAILED', error instanceof Error ? error.message : String(error));
    }
  }

  #rate(input: unknown): void {
    const { quotesPerSecond } = checked(rateRequest, input);
    if (this.#simulation.manual && quotesPerSecond > 0) {
      throw new Refusal(409, 'INVALID', 'in manual mode quotes are pushed by POST /tick');
    }
    this.#simulation.rate = quotesPerSecond;
  }

  #tick(input: unknown): void {
    const request = checked(tickRequest, input);
    const server = this.#provider(request.venue);
    // One hand on a price: the simulator's own is off with --manual, and for what is switched stale.
    if (!this.#simulation.manual && !server.provider.switches.isOn('stale', request.symbol)) {
      const text = `${request.venue} quotes ${request.symbol} itself: switch it stale or use --manual`;
      throw new Refusal(409, 'NOT_MANUAL', text);
    }
    const bids = levelsOf(request.symbol, 'bid', request.bids);
    const asks = levelsOf(request.symbol, 'ask', request.asks);
    if (bids === undefined || asks === undefined) {
      throw new Refusal(400, 'INVALID', 'levels must be positive, within the scales, best first');
    }
    server.decide({ kind: 'push', symbol: request.symbol, bids, asks });
  }

  #endOfDay(input: unknown): void {
    this.#provider(checked(endOfDayRequest, input).venue).decide({ kind: 'endOfDay' });
  }

  #provider(venue: string): ProviderServer {
    const server = this.#simulation.server(venue);
    if (server === undefined) throw new Refusal(404, 'UNKNOWN_VENUE', `no provider ${venue}`);
    return server;
  }
}

function checked<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const text = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new Refusal(400, 'INVALID', text);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Refusal(413, 'BODY_TOO_LARGE', `more than ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  try {
    return bytes === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown);
  } catch {
    throw new Refusal(400, 'NOT_JSON', 'the body is not JSON');
  }
}
