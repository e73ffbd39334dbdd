/** The Bloomberg service with everything around it in memory, and a client for its market data server. */
import { once } from 'node:events';
import type { VenueQuote } from '@tidegate/core/market/quote';
import type { UsageOfDay, UsageStore } from '@tidegate/platform/observe/bloomberg.usage';
import { Epochs } from '@tidegate/platform/sql/epochs';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { systemClock } from '@tidegate/platform/observe/clock';
import { loadSettings } from '@tidegate/platform/configuration/config';
import {
  buildSnapshot,
  type ConfigurationSnapshot,
} from '@tidegate/platform/configuration/configuration.documents';
import { Metrics } from '@tidegate/platform/observe/metrics';
import type { NewSystemEvent } from '@tidegate/platform/observe/system.events';
import { silentLog } from '@tidegate/platform/testing/database';
import { until } from '@tidegate/platform/testing/until';
import type { MarketDataMessage, MarketDataRequest } from '@tidegate/wire/bloomberg.protocol';
import type { BloombergStatus } from '@tidegate/wire/bloomberg';
import { bloombergTopic, quoteTopic } from '@tidegate/wire/topics';
import { WebSocket } from 'ws';
import type { Binding } from './binding.ts';
import { Bloomberg, type BloombergOptions } from './bloomberg.ts';

const instrument = (id: string) => ({
  kind: 'instrument',
  body: {
    id,
    symbol: `${id.slice(0, 3)}/${id.slice(3)}`,
    type: 'spot',
    baseCurrency: id.slice(0, 3),
    quoteCurrency: id.slice(3),
    priceScale: 5,
    quantityScale: 2,
    pipScale: 4,
    quantityMin: '1',
    quantityMax: '100000000',
    quantityStep: '0.01',
  },
});

const user = (id: string, role: string) => ({
  kind: 'user',
  body: { id, name: id, role, firm: 'house', account: 'main', passwordHash: 'x', disabled: false },
});

const base = [
  instrument('EURUSD'),
  instrument('GBPUSD'),
  { kind: 'tier', body: { id: 'house', name: 'House', markupPoints: { '*': 0 }, depth: 5 } },
  {
    kind: 'firm',
    body: {
      id: 'house',
      name: 'House',
      creditCurrency: 'USD',
      tier: 'house',
      instruments: ['*'],
      accounts: [{ id: 'main', name: 'Main' }],
      limits: { orderNotionalMax: '1', collarBasisPoints: 1, ordersPerSecondMax: 1, openOrdersMax: 1 },
    },
  },
  user('ann', 'trader'),
  user('bob', 'viewer'),
];

export const feedDocument = (more: object = {}) => ({
  kind: 'feed',
  body: {
    id: 'bloomberg',
    name: 'Bloomberg',
    enabled: true,
    staleAfterMs: 10_000,
    securities: { EURUSD: 'EURUSD BGN Curncy', GBPUSD: 'GBPUSD BGN Curncy' },
    rights: [
      { roles: ['trader'], services: ['*'], fields: ['*'] },
      { users: ['bob'], services: ['mktdata'], fields: ['BID'] },
    ],
    ...more,
  },
});

function snapshotOf(feed: ReturnType<typeof feedDocument>): ConfigurationSnapshot {
  const rows = [...base, feed].map(({ kind, body }, index) => ({
    version: index + 1,
    kind,
    id: body.id,
    body,
  }));
  const built = buildSnapshot(rows);
  if ('refusal' in built) throw new Error(built.refusal.text);
  return built.snapshot;
}

export class MemoryUsage implements UsageStore {
  readonly days = new Map<string, { rows: UsageOfDay['rows'][number][]; securities: Set<string> }>();
  isAway = false;

  async load(day: string): Promise<UsageOfDay> {
    await Promise.resolve();
    if (this.isAway) throw new Error('SQL is away');
    const { rows, securities } = this.dayOf(day);
    return { rows: [...rows], securities: [...securities] };
  }

  async add(day: string, { rows, securities }: UsageOfDay): Promise<void> {
    await Promise.resolve();
    if (this.isAway) throw new Error('SQL is away');
    const kept = this.dayOf(day);
    kept.rows.push(...rows);
    for (const one of securities) kept.securities.add(one);
  }

  hits(): number {
    return [...this.days.values()].flatMap(({ rows }) => rows).reduce((sum, { hits }) => sum + hits, 0);
  }

  private dayOf(day: string) {
    const kept = this.days.get(day) ?? { rows: [], securities: new Set<string>() };
    this.days.set(day, kept);
    return kept;
  }
}

export const pace = {
  vpnMs: 5,
  retryMsMin: 1,
  retryMsMax: 4,
  sweepMs: 5,
  statusMs: 20,
  lingerMs: 0,
  restoreMs: 60_000,
  blockedMsMax: 50,
};

export class RunningService {
  readonly bus = new MemoryBus({ freeze: true });
  readonly quotes: VenueQuote[] = [];
  readonly events: NewSystemEvent[] = [];
  readonly errors: unknown[] = [];
  readonly service: Bloomberg;
  readonly usage: MemoryUsage;
  latest: BloombergStatus | undefined;
  private readonly listeners = new Set<(snapshot: ConfigurationSnapshot) => void>();
  private snapshot: ConfigurationSnapshot;
  private readonly clients: TestClient[] = [];

  constructor(
    binding: Binding,
    environment: Readonly<Record<string, string>> = {},
    more: Partial<BloombergOptions> & { readonly feed?: object } = {},
  ) {
    const { feed = {}, ...options } = more;
    this.snapshot = snapshotOf(feedDocument(feed));
    this.usage = new MemoryUsage();
    const settings = loadSettings({ BLOOMBERG_PORT: '0', INSTANCE: 'test', ...environment }, []);
    if (Array.isArray(settings)) throw new Error(settings.map(({ text }) => text).join('; '));
    const current = () => this.snapshot;
    this.service = new Bloomberg({
      binding,
      bus: this.bus,
      clock: systemClock,
      epochs: new Epochs(1),
      configuration: {
        get current() {
          return current();
        },
        onChange: (listener) => {
          this.listeners.add(listener);
          return () => void this.listeners.delete(listener);
        },
      },
      events: { record: (event) => void this.events.push(event) },
      log: silentLog,
      metrics: new Metrics({ includeProcess: false }),
      settings,
      tokens: { verify: (token) => Promise.resolve(claimsOf(token)) },
      usage: this.usage,
      random: () => 0,
      pace,
      ...options,
    });
    this.bus.subscribe(quoteTopic('bloomberg', '*'), (quote) => void this.quotes.push(quote));
    this.bus.subscribe(bloombergTopic(), (status) => void (this.latest = status));
  }

  async start(): Promise<this> {
    await this.service.start();
    return this;
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.socket.terminate();
    await this.service.stop();
    await this.bus.close();
  }

  /** The feed document changes. */
  configure(feed: object): void {
    this.snapshot = snapshotOf(feedDocument(feed));
    for (const listener of this.listeners) listener(this.snapshot);
  }

  last(instrumentId: string): VenueQuote | undefined {
    return this.quotes.findLast((quote) => quote.instrument === instrumentId);
  }

  state(wanted: BloombergStatus['state']): Promise<void> {
    return until(() => this.service.standing().state === wanted);
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  get http(): string {
    const { address } = this.service.server;
    if (address === null) throw new Error('the market data server does not listen');
    return address;
  }

  async client(name = 'ann'): Promise<TestClient> {
    const client = new TestClient(`${this.http.replace('http', 'ws')}/stream`);
    this.clients.push(client);
    await once(client.socket, 'open');
    client.send({ op: 'auth', token: name });
    await client.message(({ op }) => op === 'ready');
    return client;
  }

  post(body: unknown, headers: Record<string, string> = {}, query = ''): Promise<Response> {
    return fetch(`${this.http}/request${query}`, {
      method: 'POST',
      headers: { authorization: 'Bearer ann', 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }
}

const claimsOf = (token: string) =>
  token === 'ann' || token === 'bob'
    ? {
        id: token,
        user: token,
        role: 'trader' as const,
        firm: 'house',
        signedInAtMs: systemClock.nowMs(),
        expiresAtMs: systemClock.nowMs() + 3_600_000,
        endsAtMs: systemClock.nowMs() + 3_600_000,
      }
    : undefined;

export class TestClient {
  readonly socket: WebSocket;
  readonly messages: MarketDataMessage[] = [];

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString('utf8')) as MarketDataMessage);
    });
    this.socket.on('error', () => undefined);
  }

  send(request: MarketDataRequest | object): void {
    this.socket.send(JSON.stringify(request));
  }

  subscribe(correlationId: string | number, security: string, more: object = {}): void {
    const fields = ['BID', 'ASK'];
    this.send({ op: 'subscribe', subscriptions: [{ correlationId, security, fields, ...more }] });
  }

  async message(is: (message: MarketDataMessage) => boolean): Promise<MarketDataMessage> {
    await until(() => this.messages.some(is));
    return this.messages.find(is)!;
  }

  status(correlationId: string | number, state: string): Promise<MarketDataMessage> {
    return this.message(
      (one) => one.op === 'status' && one.correlationId === correlationId && one.state === state,
    );
  }

  updates(correlationId: string | number) {
    return this.messages
      .flatMap((one) => (one.op === 'data' ? one.updates : []))
      .filter((one) => one.correlationId === correlationId);
  }
}
