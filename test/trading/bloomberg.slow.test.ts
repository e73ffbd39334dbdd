/**
 * Bloomberg (emulated) as a process of its own beside the rest, over NATS, PostgreSQL and Redis, its market
 * data server on TLS with client certificates: killed, started again and stopped, while nobody else is.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { selfSigned } from '../../packages/fix/acceptance/certificate.ts';
import { NatsBus } from '@tidegate/platform/bus/bus.nats';
import { startNats, startPostgres, startRedis } from '@tidegate/platform/testing/servers';
import { instruments } from '@tidegate/sim/instruments';
import type { BloombergStatus, BloombergView, IndicativeView } from '@tidegate/wire/bloomberg';
import type { VenueQuote } from '@tidegate/core/market/quote';
import { quoteTopic } from '@tidegate/wire/topics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { StreamPeer } from '../api/stream.client.ts';
import {
  eventually,
  signIn,
  startPlatform,
  temporaryFolder,
  type Platform,
  type RestClient,
} from '../platform.ts';

const server = selfSigned('localhost');
const client = selfSigned('risk-engine');
const stranger = selfSigned('risk-engine');

describe('Bloomberg in a process of its own', () => {
  const folder = temporaryFolder('bloomberg-process');
  const undo: (() => unknown)[] = [() => folder.remove()];
  const quotes: VenueQuote[] = [];
  let shared: Readonly<Record<string, string>>;
  let rest: Platform;
  let feed: Platform;
  let admin: RestClient;
  let peer: StreamPeer;

  beforeAll(async () => {
    const servers = await Promise.all([startPostgres(), startNats(), startRedis()]);
    undo.push(() => Promise.all(servers.map((one) => one.stop())));
    const [postgres, nats, redis] = servers;
    for (const [name, text] of Object.entries({
      'server.key': server.key,
      'server.crt': server.cert,
      'clients.crt': client.cert,
    }))
      writeFileSync(`${folder.path}/${name}`, text);
    shared = {
      DATABASE_URL: postgres.url,
      NATS_URL: nats.url,
      REDIS_URL: redis.url,
      TOKEN_KEY_FILE: `${folder.path}/token.key`,
    };
    rest = await startPlatform(`${folder.path}/rest`, {
      ...shared,
      SERVICES: 'api,monitor,oms,projector,pricing,gateway',
    });
    undo.push(() => rest.stop());
    feed = await startFeed();
    undo.push(() => feed.stop());
    const bus = await NatsBus.connect({
      name: 'test',
      url: nats.url,
    });
    undo.push(() => bus.close());
    bus.subscribe(quoteTopic('bloomberg', 'EURUSD'), (quote) => void quotes.push(quote));
    admin = await signIn(rest.ready.http);
    peer = await StreamPeer.open(rest.ready.http, admin.token);
    undo.push(() => peer.socket.terminate());
    peer.subscribe('indicative');
  }, 120_000);

  afterAll(async () => {
    for (const one of undo.reverse()) await one();
  }, 60_000);

  const startFeed = (): Promise<Platform> =>
    startPlatform(`${folder.path}/feed`, {
      ...shared,
      SERVICES: 'bloomberg',
      BLOOMBERG_TLS_KEY_FILE: `${folder.path}/server.key`,
      BLOOMBERG_TLS_CERT_FILE: `${folder.path}/server.crt`,
      BLOOMBERG_TLS_CLIENT_CA_FILE: `${folder.path}/clients.crt`,
    });

  const status = async (): Promise<BloombergStatus | null> =>
    ((await admin.get('/api/v1/bloomberg')).body as BloombergView).status;
  const isUp = () =>
    eventually(async () => {
      const told = await status();
      return told?.state === 'up' && told.subscriptions.live === 10 ? told : undefined;
    }, 'the feed is up in the API');
  const row = (instrument: string): IndicativeView | undefined =>
    peer.rows<IndicativeView>('indicative').findLast((one) => one.instrument === instrument);
  const seen = (state: IndicativeView['state']) =>
    peer.until(() => (row('EURUSD')?.state === state ? true : undefined), `EURUSD ${state}`);

  it('ticks near the simulated market on the indicative stream of the API’s process', async () => {
    const told = await isUp();
    expect(told).toMatchObject({ isEmulated: true, session: { number: 1 }, totals: { misfits: 0 } });
    expect(told.budget.users).toMatchObject([
      { user: 'platform', services: [{ service: '//blp/mktdata', hits: told.budget.hits }] },
    ]);
    const mapped = new Map(instruments.map((one) => [one.document.id, one]));
    for (const { instrument } of told.subscriptions.rows) {
      await peer.until(() => (row(instrument!)?.state === 'live' ? true : undefined), `${instrument} live`);
      const { document, startPoints } = mapped.get(instrument!)!;
      const start = startPoints / 10 ** document.priceScale;
      expect(Math.abs(Number(row(instrument!)!.bid) / start - 1), instrument!).toBeLessThan(0.005);
    }
    const first = row('EURUSD')!.sequence;
    await peer.until(() => (row('EURUSD')!.sequence > first ? true : undefined), 'another tick');
  });

  it('talks to the holders of a client certificate, and to nobody else', async () => {
    const { address } = (await isUp()).server;
    expect(address).toMatch(/^https:/);
    const port = new URL(address!).port;
    const ask = (agent: Agent) =>
      new Promise<string>((resolve, reject) => {
        get(`https://localhost:${port}/health`, { agent }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => resolve(text)).on('error', reject);
        }).on('error', reject);
      });
    const tls = { ca: server.cert, host: '127.0.0.1', servername: 'localhost' };
    expect(JSON.parse(await ask(new Agent({ ...tls, ...client })))).toMatchObject({ status: 'up' });
    await expect(ask(new Agent(tls))).rejects.toThrow();
    await expect(ask(new Agent({ ...tls, ...stranger }))).rejects.toThrow();
    const socket = new WebSocket(`wss://localhost:${port}/stream`, { ...tls, ...client });
    await once(socket, 'open');
    socket.send(JSON.stringify({ op: 'auth', token: admin.token }));
    const [data] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(data.toString())).toMatchObject({ op: 'ready', source: 'emulator', state: 'up' });
    socket.close();
    const without = new WebSocket(`wss://localhost:${port}/stream`, tls);
    await expect(once(without, 'open')).rejects.toThrow();
  });

  it('is stale, then gone from the view, when it is killed, and live again when it is back', async () => {
    await seen('live');
    const before = quotes.at(-1)!.epoch;
    await feed.kill();
    // The feed document's staleAfterMs, and the API's patience with a silent feed: ten seconds each.
    await seen('stale');
    expect(row('EURUSD')).toMatchObject({ bid: null, ask: null, lastBid: expect.stringMatching(/^1\./) });
    await eventually(async () => ((await status()) === null ? true : undefined), 'the view forgets it');
    feed = await startFeed();
    await seen('live');
    expect((await isUp()).session.number).toBe(1);
    await eventually(() => quotes.at(-1)!.epoch > before || undefined, 'quotes of the next epoch');
  }, 60_000);

  it('withdraws its prices and says so when it is stopped, and ends well', async () => {
    await seen('live');
    expect(await feed.stop()).toBe(0);
    const last = await eventually(
      () => quotes.findLast(({ bids, asks }) => bids.length + asks.length === 0),
      'the withdrawal',
    );
    expect(quotes.at(-1)).toBe(last);
    expect(last).toMatchObject({ sequence: 1 });
    await seen('stale');
    expect(await eventually(async () => (await status()) ?? undefined, 'its last word')).toMatchObject({
      state: 'stopped',
      server: { address: null },
    });
    expect(rest.child.exitCode).toBeNull();
    feed = await startFeed();
    await isUp();
  }, 60_000);
});
