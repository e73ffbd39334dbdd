/** The stream of a running platform: who gets in and stays, what each channel brings, who is cut and when. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectRaw, type Socket } from 'node:net';
import { decodeJwt, importPKCS8, SignJWT } from 'jose';
import { connectDatabase } from '@tidegate/platform/sql/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import type { ExecutionView, OrderView, PositionView } from '@tidegate/wire/orders';
import type { PriceView } from '@tidegate/wire/prices';
import type { SessionStatus } from '@tidegate/wire/sessions';
import type { StreamMessage } from '@tidegate/wire/stream';
import { password, startConfigured, user, type ConfiguredPlatform } from '../configured.ts';
import { eventually, signIn, temporaryFolder, type RestClient } from '../platform.ts';
import { StreamPeer } from './stream.client.ts';

const order = (clOrdId: string, terms: object = {}) => ({
  clOrdId,
  instrument: 'EURUSD',
  side: 'buy',
  type: 'market',
  quantity: '100000',
  timeInForce: 'ioc',
  ...terms,
});
const resting = { type: 'limit', timeInForce: 'gtc', price: '1.05' };

describe('stream', () => {
  const keys = temporaryFolder('stream-keys');
  const keyFile = `${keys.path}/token.key`;
  let desk: ConfiguredPlatform;
  let admin: RestClient;
  let trader: RestClient;
  let stranger: RestClient;
  let silent: StreamPeer;
  let revokedElsewhere: StreamPeer;

  beforeAll(async () => {
    desk = await startConfigured(
      'stream',
      (hash) =>
        ['trader1', 'trader2', 'mover', 'leaver', 'crowd'].map((id) =>
          user(hash, { id, role: 'trader', firm: id === 'trader2' ? 'demo2' : 'demo1' }),
        ),
      { TOKEN_KEY_FILE: keyFile },
    );
    [admin, trader, stranger] = await Promise.all([
      signIn(desk.http),
      ...['trader1', 'trader2'].map((id) => signIn(desk.http, id, password)),
    ]);
    await eventually(async () => {
      const { body } = await trader.get('/api/v1/prices');
      return (body as PriceView[]).filter(({ state }) => state === 'live').length >= 12 || undefined;
    }, 'live prices');
    // These take seconds to be noticed; the tests at the end look at how they fared.
    silent = await StreamPeer.connect(desk.http);
    const elsewhere = await signIn(desk.http, 'trader1', password);
    revokedElsewhere = await open(elsewhere);
    const database = connectDatabase({ url: desk.databaseUrl, log: desk.log });
    await database.kysely
      .insertInto('revoked_token')
      .values({
        jti: String(decodeJwt(elsewhere.token)['sid']),
        expires_at: new Date(Date.now() + 3_600_000),
      })
      .execute();
    await database.close();
  }, 120_000);

  afterAll(async () => {
    for (const peer of peers) peer.socket.terminate();
    await desk?.stop();
    keys.remove();
  });

  const peers: StreamPeer[] = [];
  const open = async ({ token }: RestClient): Promise<StreamPeer> => {
    const peer = await StreamPeer.open(desk.http, token);
    peers.push(peer);
    return peer;
  };
  const connect = async (): Promise<StreamPeer> => {
    const peer = await StreamPeer.connect(desk.http);
    peers.push(peer);
    return peer;
  };
  const closed = (peer: StreamPeer, code: number, reason: string) =>
    expect(peer.ended).resolves.toEqual({ code, reason });

  describe('admission', () => {
    it('wants auth first, and a good token', async () => {
      const early = await connect();
      early.subscribe('prices');
      await closed(early, 1008, 'AUTH_FIRST');
      const noise = await connect();
      noise.socket.send('hello');
      await closed(noise, 1008, 'AUTH_FIRST');
      const guess = await connect();
      guess.send({ op: 'auth', token: `${trader.token}x` });
      await closed(guess, 1008, 'TOKEN_INVALID');
      expect(guess.messages).toEqual([]);
    });

    it('takes requests sent together with auth, in order', async () => {
      const peer = await connect();
      peer.send({ op: 'auth', token: trader.token });
      peer.subscribe('prices');
      peer.send({ op: 'ping', at: 7 });
      await peer.first((message) => message.op === 'pong' && message.at === 7, 'pong');
      expect(peer.messages.slice(0, 3).map(({ op }) => op)).toEqual(['ready', 'snapshot', 'pong']);
    });

    it('answers nonsense with an error and goes on', async () => {
      const peer = await open(trader);
      for (const text of [
        '',
        '{',
        '[]',
        'null',
        '{"op":"dance"}',
        '{"op":"subscribe","id":"","channel":"prices"}',
      ])
        peer.socket.send(text);
      peer.socket.send(Buffer.from('{"op":"ping","at":1}'), { binary: true });
      await peer.until(() => (peer.errors(null).length === 7 ? true : undefined), 'seven errors');
      expect(new Set(peer.errors(null))).toEqual(new Set(['BAD_MESSAGE']));
      peer.subscribe('prices', 'odd', { instruments: ['NOTHING'] });
      expect(await peer.refusal('odd')).toBe('UNKNOWN_INSTRUMENT');
      peer.subscribe('sessions');
      await peer.snapshot('sessions');
      peer.subscribe('events', 'sessions');
      expect(await peer.refusal('sessions')).toBe('DUPLICATE_SUBSCRIPTION');
    });

    it('cuts giants and chatterers', async () => {
      const giant = await open(trader);
      giant.socket.send('x'.repeat(70_000));
      expect(await giant.ended).toMatchObject({ code: 1009 });
      const chatterer = await open(trader);
      for (let count = 0; count < 400; count += 1) chatterer.send({ op: 'ping', at: count });
      await closed(chatterer, 1008, 'TOO_MANY_MESSAGES');
    });

    it('limits subscriptions of a stream and streams of a user', async () => {
      const peer = await open(trader);
      for (let count = 1; count <= 51; count += 1) peer.subscribe('prices', `p${count}`);
      expect(await peer.refusal('p51')).toBe('TOO_MANY_SUBSCRIPTIONS');
      peer.send({ op: 'unsubscribe', id: 'p1' });
      peer.subscribe('prices', 'again');
      await peer.snapshot('again');
      const crowd = await signIn(desk.http, 'crowd', password);
      const all: StreamPeer[] = [];
      // A few at a time: connections that have not signed on yet are limited as well.
      while (all.length < 100)
        all.push(...(await Promise.all(Array.from({ length: 20 }, () => open(crowd)))));
      const last = await connect();
      last.send({ op: 'auth', token: crowd.token });
      await closed(last, 1008, 'TOO_MANY_STREAMS');
      for (const { socket } of [...all, peer]) socket.terminate();
    });

    it('is there for others when one address holds all it may and says nothing', async () => {
      const { hostname, port } = new URL(desk.http);
      const silentOnes: Socket[] = [];
      const head =
        'GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';
      const answers = await Promise.all(
        Array.from({ length: 300 }, async () => {
          const socket = connectRaw({ port: Number(port), host: hostname, localAddress: '127.3.3.3' });
          silentOnes.push(socket);
          socket.on('error', () => undefined);
          socket.write(head);
          const [data] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [unknown];
          return String(data).slice(9, 12);
        }),
      );
      expect(answers.filter((status) => status === '101')).toHaveLength(100);
      (await open(trader)).socket.terminate();
      for (const socket of silentOnes) socket.destroy();
    });

    it('upgrades nothing but the stream', async () => {
      const elsewhere = new StreamPeer(desk.http, '/api/v1/orders');
      expect(await elsewhere.ended).toMatchObject({ code: 1006 });
      expect((await fetch(new URL('/api/v1/stream', desk.http))).status).toBe(404);
    });

    it('outlives strangers that reset their connections while they are turned away', async () => {
      const { hostname, port } = new URL(desk.http);
      for (let i = 0; i < 200; i += 1) {
        const socket = connectRaw(Number(port), hostname);
        await once(socket, 'connect');
        socket.write(
          'GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
        );
        socket.resetAndDestroy();
      }
      // A turn of the server each: what the last ones have done is seen by then.
      for (let i = 0; i < 50; i += 1)
        expect((await fetch(new URL('/health/live', desk.http))).status).toBe(200);
    });
  });

  describe('channels', () => {
    it('bring prices: a snapshot of what was asked for, then conflated updates in order', async () => {
      const peer = await open(trader);
      peer.subscribe('prices', 'two', { instruments: ['EURUSD', 'USDJPY'], depth: 3 });
      peer.subscribe('prices', 'all');
      const { data } = (await peer.snapshot('two')) as { data: readonly PriceView[] };
      expect(data.map(({ instrument }) => instrument).sort()).toEqual(['EURUSD', 'USDJPY']);
      expect(data[0]!.bids.length).toBeGreaterThan(1);
      expect(((await peer.snapshot('all')) as { data: readonly unknown[] }).data).toHaveLength(12);
      await peer.until(() => (peer.rows('two', 'update').length >= 20 ? true : undefined), 'updates');
      const sequences = peer.rows<PriceView>('two').filter(({ instrument }) => instrument === 'EURUSD');
      for (const [index, { sequence }] of sequences.entries())
        if (index > 0) expect(sequence).toBeGreaterThan(sequences[index - 1]!.sequence);
      for (const message of peer.messages) {
        if (message.op !== 'update' || message.channel !== 'prices') continue;
        const instruments = message.data.map(({ instrument }) => instrument);
        expect(new Set(instruments).size).toBe(instruments.length);
        if (message.id === 'all') for (const { bids } of message.data) expect(bids.length).toBeLessThan(2);
      }
      peer.send({ op: 'unsubscribe', id: 'two' });
      peer.send({ op: 'ping', at: 1 });
      await peer.first(({ op }) => op === 'pong', 'pong');
      const before = peer.rows('two').length;
      const more = peer.rows('all').length + 20;
      await peer.until(() => (peer.rows('all').length >= more ? true : undefined), 'more of the others');
      expect(peer.rows('two')).toHaveLength(before);
    });

    it('bring orders, executions, positions, sessions and events: a snapshot, then updates', async () => {
      const peer = await open(trader);
      const channels = ['orders', 'executions', 'positions', 'sessions', 'events'] as const;
      for (const channel of channels) peer.subscribe(channel);
      for (const channel of channels) await peer.snapshot(channel);
      await trader.post('/api/v1/orders', order('live-1'));
      await trader.post('/api/v1/orders', order('live-2', { quantity: '0.5' }));
      const updates = <T>(id: string, match: (row: T) => boolean, what: string) =>
        peer.until(() => peer.rows<T>(id, 'update').find(match), what);
      const mine = ({ clOrdId }: { clOrdId: string }) => clOrdId === 'live-1';
      await updates<OrderView>('orders', (row) => mine(row) && row.status === 'filled', 'the filled order');
      const fill = await updates<ExecutionView>('executions', mine, 'its execution');
      expect(fill).toMatchObject({ firm: 'demo1', symbol: 'EUR/USD' });
      await updates<PositionView>('positions', (row) => row.sequence >= fill.sequence, 'the position');
      await updates<OrderView>(
        'orders',
        (row) => row.clOrdId === 'live-2' && row.status === 'rejected',
        'refusal',
      );
      await updates<SystemEvent>('events', ({ kind }) => kind === 'riskRefusal', 'the refusal as event');
      await updates<SessionStatus>('sessions', ({ counterparty }) => counterparty === 'demo1', 'a session');
      for (const channel of ['orders', 'executions', 'positions', 'events'])
        for (const { firm } of peer.rows<{ firm?: string }>(channel)) expect(firm).toBe('demo1');
    });

    it('give a reused id to its last subscription only', async () => {
      const peer = await open(trader);
      for (let round = 0; round < 5; round += 1) {
        peer.subscribe('orders', 'x');
        peer.send({ op: 'unsubscribe', id: 'x' });
        peer.subscribe('executions', 'x');
        peer.send({ op: 'unsubscribe', id: 'x' });
      }
      peer.subscribe('positions', 'x');
      peer.send({ op: 'ping', at: 1 });
      const isOfPositions = (message: StreamMessage) =>
        'channel' in message && message.channel === 'positions' && message.op === 'snapshot';
      await peer.first(isOfPositions, 'a snapshot of positions');
      await peer.first(({ op }) => op === 'pong', 'pong');
      // What was subscribed before may have been answered before; once the last one stands, nothing of it
      // comes.
      const stands = peer.messages.findIndex(({ op }) => op === 'pong');
      const later = peer.messages.slice(stands).flatMap((one) => ('channel' in one ? [one.channel] : []));
      expect(later.filter((channel) => channel !== 'positions')).toEqual([]);
      expect(peer.messages.filter(isOfPositions)).toHaveLength(1);
    });

    it('have no gap between snapshot and updates while orders flow', async () => {
      const flow = Array.from({ length: 60 }, (_, index) => async () => {
        const clOrdId = `flow-${index}`;
        const { body } = await trader.post('/api/v1/orders', order(clOrdId, index % 2 === 0 ? {} : resting));
        if (index % 4 === 1)
          await trader.post(`/api/v1/orders/${(body as { orderId: string }).orderId}/cancel`, {
            clOrdId: `c-${index}`,
          });
      });
      const readers: StreamPeer[] = [];
      for (let at = 0; at < flow.length; at += 6) {
        const busy = flow.slice(at, at + 6).map((one) => one());
        const reader = await open(trader);
        reader.subscribe('orders');
        reader.subscribe('executions');
        readers.push(reader);
        await Promise.all(busy);
      }
      const isAsExpected = ({ clOrdId, status }: OrderView): boolean => {
        const index = Number(clOrdId.slice('flow-'.length));
        if (index % 2 === 0) return status === 'filled' || status === 'canceled';
        return status === (index % 4 === 1 ? 'canceled' : 'new');
      };
      const final = await eventually(async () => {
        const { items } = (await trader.get('/api/v1/orders?limit=500')).body as { items: OrderView[] };
        const flowed = items.filter(({ clOrdId }) => clOrdId.startsWith('flow-'));
        const isDone = flowed.length === flow.length && flowed.every(isAsExpected);
        return isDone ? new Map(flowed.map((row) => [row.orderId, row])) : undefined;
      }, 'all orders settled');
      for (const reader of readers) {
        const seen = new Map<string, OrderView>();
        await reader.until(() => {
          for (const row of reader.rows<OrderView>('orders')) {
            const held = seen.get(row.orderId);
            if (held === undefined || held.sequence <= row.sequence) seen.set(row.orderId, row);
          }
          const isWhole = [...final.values()].every(
            (row) => (seen.get(row.orderId)?.sequence ?? 0) >= row.sequence,
          );
          return isWhole ? true : undefined;
        }, 'every order as it ended');
        for (const [orderId, row] of final) expect(seen.get(orderId)!.status).toBe(row.status);
        const filled = [...final.values()].filter(({ filledQuantity }) => Number(filledQuantity) > 0);
        for (const { orderId, filledQuantity } of filled) {
          const fills = new Map(
            reader.rows<ExecutionView>('executions').map((fill) => [fill.execId, fill] as const),
          );
          const total = [...fills.values()].filter((fill) => fill.orderId === orderId);
          expect(total.reduce((sum, { quantity }) => sum + Number(quantity), 0)).toBe(Number(filledQuantity));
        }
        reader.socket.terminate();
      }
    });

    it('keep firms apart', async () => {
      const [theirs, all] = await Promise.all([open(stranger), open(admin)]);
      const channels = ['orders', 'executions', 'positions', 'sessions', 'events'] as const;
      for (const peer of [theirs, all]) for (const channel of channels) peer.subscribe(channel);
      for (const channel of channels) await Promise.all([theirs.snapshot(channel), all.snapshot(channel)]);
      await trader.post('/api/v1/orders', order('apart-1'));
      await trader.post('/api/v1/orders', order('apart-2', { quantity: '0.5' }));
      await all.until(
        () =>
          all.rows<OrderView>('orders').find((row) => row.clOrdId === 'apart-1' && row.status === 'filled'),
        "the administrator's view of it",
      );
      await all.until(
        () => all.rows<SystemEvent>('events').find(({ firm }) => firm === 'demo1'),
        'the event',
      );
      await stranger.post('/api/v1/orders', order('apart-3'));
      await theirs.until(
        () => theirs.rows<PositionView>('positions', 'update').find(({ firm }) => firm === 'demo2'),
        "the stranger's own position",
      );
      for (const channel of ['orders', 'executions', 'positions', 'events'])
        for (const { firm } of theirs.rows<{ firm?: string }>(channel)) expect(firm).toBe('demo2');
      for (const { side, counterparty } of theirs.rows<SessionStatus>('sessions'))
        expect([side, counterparty]).toEqual(['client', 'demo2']);
      expect(JSON.stringify(theirs.messages)).not.toMatch(/alpha|bravo|charlie/i);
    });
  });

  describe('one that does not read', () => {
    it('gets conflated prices, the newest first, and is not cut', async () => {
      const [slow, quick] = [await open(trader), await open(trader)];
      for (const peer of [slow, quick]) {
        for (let count = 0; count < 40; count += 1) peer.subscribe('prices', `p${count}`, { depth: 10 });
        await peer.snapshot('p39');
      }
      slow.socket.pause();
      const heard = slow.messages.length;
      const from = quick.messages.length;
      await quick.until(
        () => (quick.messages.length > from + 4_000 ? true : undefined),
        'thousands of updates',
      );
      const newest = Math.max(...quick.rows<PriceView>('p0').map(({ sequence }) => sequence));
      slow.socket.resume();
      await slow.until(
        () => slow.rows<PriceView>('p0').find(({ sequence }) => sequence >= newest),
        'the newest price',
      );
      expect(slow.messages.length - heard).toBeLessThan((quick.messages.length - from) * 0.9);
      expect(slow.socket.readyState).toBe(slow.socket.OPEN);
      for (const { socket } of [slow, quick]) socket.terminate();
    });

    it('is cut when orders pile up, without harm to another', async () => {
      const [slow, quick] = [await open(trader), await open(trader)];
      quick.subscribe('orders');
      await quick.snapshot('orders');
      for (let count = 0; count < 50; count += 1) slow.subscribe('orders', `o${count}`);
      await slow.snapshot('o49');
      slow.socket.pause();
      const cut = async (): Promise<boolean> =>
        /tidegate_stream_clients_cut_total ([1-9])/.test(
          await (await fetch(new URL('/metrics', desk.ops))).text(),
        );
      let sent = 0;
      for (; sent < 2_000 && !(await cut()); sent += 40)
        await Promise.all(
          Array.from({ length: 40 }, (_, index) =>
            trader.post('/api/v1/orders', order(`pile-${sent + index}`)),
          ),
        );
      await quick.until(() => {
        const ids = new Set(quick.rows<OrderView>('orders').map(({ clOrdId }) => clOrdId));
        return [...ids].filter((id) => id.startsWith('pile-')).length === sent ? true : undefined;
      }, 'every order at the other client');
      slow.socket.resume();
      await closed(slow, 1013, 'SLOW_CONSUMER');
      expect(quick.socket.readyState).toBe(quick.socket.OPEN);
    });
  });

  describe('identity', () => {
    const tokenFor = async (client: RestClient, claims: object): Promise<string> =>
      new SignJWT({ ...decodeJwt(client.token), jti: `by-hand-${Math.random()}`, ...claims })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt' })
        .sign(await importPKCS8(readFileSync(keyFile, 'utf8'), 'EdDSA'));

    it('ends with the token, unless the same user brings the next one', async () => {
      const now = Math.floor(Date.now() / 1_000);
      const brief = await tokenFor(trader, { iat: now, exp: now + 2 });
      const [ending, renewed] = await Promise.all([
        StreamPeer.open(desk.http, brief),
        StreamPeer.open(desk.http, brief),
      ]);
      peers.push(ending, renewed);
      renewed.send({ op: 'auth', token: trader.token });
      await closed(ending, 1008, 'TOKEN_EXPIRED');
      renewed.subscribe('prices');
      await renewed.snapshot('prices');
      renewed.send({ op: 'auth', token: stranger.token });
      await closed(renewed, 1008, 'OTHER_USER');
    });

    it('ends with the sign-out, at once, and only for that token', async () => {
      const leaving = await signIn(desk.http, 'trader1', password);
      const [gone, stays] = [await open(leaving), await open(trader)];
      await leaving.post('/api/v1/logout');
      await closed(gone, 1008, 'TOKEN_INVALID');
      stays.send({ op: 'ping', at: 2 });
      await stays.first(({ op }) => op === 'pong', 'pong');
    });

    it('ends when the user is disabled, has a new password, or changes firm or role', async () => {
      const { users } = desk.configuration.current;
      const changes = [
        ['leaver', { disabled: true }],
        ['leaver', { disabled: false, tokensValidFromMs: Date.now() + 60_000 }],
        ['mover', { firm: 'demo2', account: 'demo2-main' }],
        ['mover', { firm: 'demo2', account: 'demo2-main', role: 'viewer' }],
      ] as const;
      for (const [id, change] of changes) {
        const peer = await open(await signIn(desk.http, id, password));
        peer.subscribe('prices');
        await peer.snapshot('prices');
        await desk.put({ kind: 'user', id, body: { ...users.get(id)!, ...change } });
        await closed(peer, 1008, 'IDENTITY_CHANGED');
        if (id === 'leaver') await desk.put({ kind: 'user', id, body: users.get(id)! });
      }
    });

    it('is looked after while nobody speaks: no auth in time, revoked by another process', async () => {
      await closed(silent, 1008, 'AUTH_TIMEOUT');
      await closed(revokedElsewhere, 1008, 'TOKEN_INVALID');
    });
  });

  it('ends for everybody when the platform stops', async () => {
    const peer = await open(trader);
    const ended = closed(peer, 1001, 'STOPPING');
    await desk.platform.stop();
    await ended;
  });
});
