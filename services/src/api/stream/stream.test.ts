/** Prices on the stream when something else fails or changes; the running platform's tests show the rest. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { TierPrice } from '@tidegate/core/market/quote';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import type { ConfigurationSnapshot } from '@tidegate/platform/configuration/configuration';
import { Metrics } from '@tidegate/platform/observe/metrics';
import { until } from '@tidegate/platform/testing/until';
import type { PriceView } from '@tidegate/wire/prices';
import type { StreamMessage } from '@tidegate/wire/stream';
import { priceTopic } from '@tidegate/wire/topics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { configured } from '../configured.fixture.ts';
import { Stream } from './stream.ts';

const user = { id: 'trader1', role: 'trader', firm: 'demo1' };

describe('prices on the stream', () => {
  const [tier, otherTier] = ['standard', 'house'] as const;
  let nowMs: number;
  let current: ConfigurationSnapshot;
  let listeners: (() => void)[];
  let bus: MemoryBus;
  let http: Server;
  let stream: Stream;
  let socket: WebSocket;
  let heard: PriceView[];

  beforeEach(async () => {
    nowMs = 1_800_000_000_000;
    current = configured(tier);
    listeners = [];
    heard = [];
    bus = new MemoryBus({ freeze: true });
    http = createServer();
    const undo = () => undefined;
    stream = new Stream({
      bus,
      clock: { nowMs: () => nowMs, monoMs: () => nowMs },
      configuration: {
        get current() {
          return current;
        },
        onChange: (listener: () => void) => (listeners.push(listener), undo),
      } as never,
      identities: {
        identify: async () => ({
          user,
          signInId: '1',
          signedInAtMs: 0,
          expiresAtMs: Infinity,
          endsAtMs: Infinity,
        }),
        isCurrent: () => true,
        whenRevoked: () => undo,
      } as never,
      feed: { listen: () => undo } as never,
      feeds: { listen: () => undo } as never,
      snapshots: {} as never,
      trustedProxies: [],
      metrics: new Metrics({ includeProcess: false }),
      flushMs: 10,
      onError: (error) => {
        throw error;
      },
    });
    stream.start(http);
    await once(http.listen(0, '127.0.0.1'), 'listening');
    socket = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/api/v1/stream`);
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as StreamMessage;
      if ('channel' in message && message.channel === 'prices') heard.push(...message.data);
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ op: 'auth', token: 'any' }));
    socket.send(JSON.stringify({ op: 'subscribe', id: 'p', channel: 'prices' }));
  });

  afterEach(async () => {
    await stream.stop();
    http.close();
    await bus.close();
  });

  const price = (ofTier: string, sequence: number, bid: number): void => {
    const image: TierPrice = {
      tier: ofTier,
      instrument: 'EURUSD',
      sequence,
      bids: [bid, 100],
      asks: [bid + 20, 100],
      bidVenues: ['alpha'],
      askVenues: ['alpha'],
      state: 'live',
      lastBid: bid,
      lastAsk: bid + 20,
      receivedAtMs: nowMs,
      receivedMonoMs: nowMs,
    };
    bus.publish(priceTopic(ofTier, 'EURUSD'), image);
  };

  it('become stale when pricing itself has gone, and live again with it', async () => {
    price(tier, 7, 108_500);
    await until(() => heard.at(-1)?.state === 'live');
    nowMs += 60_000;
    await until(() => heard.at(-1)!.state === 'stale');
    expect(heard.at(-1)).toMatchObject({ sequence: 8, bids: [], asks: [], lastBid: '1.08500' });
    price(tier, 8, 108_510);
    await until(() => heard.at(-1)!.state === 'live');
  });

  it('are those of the new tier at once when the firm moves to another', async () => {
    price(otherTier, 3, 108_400);
    price(tier, 7, 108_500);
    await until(() => heard.at(-1)?.bids[0]?.[0] === '1.08500');
    current = configured(otherTier);
    for (const listener of listeners) listener();
    await until(() => heard.at(-1)!.bids[0]![0] === '1.08400');
  });

  it('does not keep a refused connection whose peer never ends its side', async () => {
    const accepted = once(http, 'connection') as Promise<[Socket]>;
    const peer = connect({
      port: (http.address() as AddressInfo).port,
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    peer.on('error', () => undefined);
    peer.resume();
    peer.write('GET /elsewhere HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const [atServer] = await accepted;
    await once(atServer, 'close');
    peer.destroy();
  });
});
