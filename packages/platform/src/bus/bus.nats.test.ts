/** What only the NATS bus promises: loss of the server, limits, strangers, namespaces. */
import { connect } from '@nats-io/transport-node';
import { topic } from '@tidegate/wire/topic';
import { afterEach, describe, expect, it } from 'vitest';
import { NatsBus, type NatsBusOptions } from './bus.nats.ts';
import { freePort, startNats, type TestServer, type TestServerOptions } from '../testing/servers.ts';
import { until } from '../testing/until.ts';

const tick = topic<number>('quote', 'lp1', 'EURUSD');
const ask = topic<number, unknown>('order', 'command', 'firm1');
const cleanups: (() => Promise<void>)[] = [];

async function server(options?: TestServerOptions): Promise<TestServer> {
  const started = await startNats(options);
  cleanups.push(() => started.stop());
  return started;
}

async function connected(options: Partial<NatsBusOptions> & { url: string }): Promise<NatsBus> {
  const bus = await NatsBus.connect({ name: 'test', ...options });
  cleanups.push(() => bus.close());
  return bus;
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('NATS bus', () => {
  it('survives the loss of its server: drops and counts meanwhile, listens again afterwards', async () => {
    const first = await server();
    const statuses: string[] = [];
    const bus = await connected({ url: first.url, onStatus: (text) => void statuses.push(text) });
    const received: number[] = [];
    bus.subscribe(tick, (n) => void received.push(n));
    bus.respond(ask, (n) => n);
    bus.publish(tick, 1);
    await until(() => received.length === 1);

    await first.kill();
    await until(() => !bus.isConnected);
    bus.publish(tick, 2);
    expect(bus.counters.unsent).toBe(1);
    await expect(bus.request(ask, 1, { timeoutMs: 3_600_000 })).rejects.toMatchObject({
      code: 'BUS_TIMEOUT',
    });

    await server({ port: first.port });
    await until(() => bus.isConnected);
    bus.publish(tick, 3);
    await until(() => received.length === 2);
    expect(received).toEqual([1, 3]);
    expect(await bus.request(ask, 5, { timeoutMs: 10_000 })).toBe(5);
    expect(statuses).toContain('disconnected');
    expect(statuses).toContain('reconnected');
  });

  it('drops and counts what is too large, and refuses a reply that is', async () => {
    const { url } = await server();
    const bus = await connected({ url });
    const huge = 'x'.repeat(1_100_000);
    const text = topic<string>('text');
    const received: string[] = [];
    bus.subscribe(text, (message) => void received.push(message));
    bus.publish(text, huge);
    bus.publish(text, 'small');
    await until(() => received.length === 1);
    expect(received).toEqual(['small']);
    expect(bus.counters.unsent).toBe(1);
    bus.respond(ask, () => huge);
    await expect(bus.request(ask, 1, { timeoutMs: 10_000 })).rejects.toMatchObject({
      code: 'REPLY_TOO_LARGE',
    });
  });

  it('drops and counts when the server takes no more, without failing the publisher', async () => {
    const { url } = await server();
    const bus = await connected({ url, unconfirmedBytesMax: 1_000_000 });
    const text = topic<string>('text');
    const message = 'x'.repeat(99_998);
    // No turn of the event loop in between: nothing can be confirmed.
    for (let n = 0; n < 20; n += 1) bus.publish(text, message);
    expect(bus.counters).toMatchObject({ published: 10, unsent: 10 });
  });

  it('takes up again after congestion', async () => {
    const { url } = await server();
    const bus = await connected({ url, unconfirmedBytesMax: 1_100_000 });
    const text = topic<string>('text');
    const message = 'x'.repeat(99_998);
    for (let n = 0; n < 20; n += 1) bus.publish(text, message);
    const { published } = bus.counters;
    expect(published).toBe(11);
    await bus.flush();
    await until(() => {
      bus.publish(text, 'small');
      return bus.counters.published > published;
    });
  });

  it('counts what a stranger sends and goes on', async () => {
    const { url } = await server();
    const errors: string[] = [];
    const bus = await connected({ url, onHandlerError: (error) => void errors.push(String(error)) });
    const received: number[] = [];
    bus.subscribe(tick, (n) => void received.push(n));
    await bus.flush();
    const stranger = await connect({ servers: url });
    stranger.publish('tidegate.quote.lp1.EURUSD', 'not JSON');
    stranger.publish('tidegate.quote.lp1.EURUSD', '7');
    await until(() => received.length === 1);
    expect(received).toEqual([7]);
    expect(errors).toHaveLength(1);
    await stranger.close();
  });

  it('keeps namespaces apart', async () => {
    const { url } = await server();
    const east = await connected({ url, namespace: 'east' });
    const west = await connected({ url, namespace: 'west' });
    const received: string[] = [];
    east.subscribe(topic<string>('>'), (message) => void received.push(message));
    await east.flush();
    west.publish(topic<string>('text'), 'from west');
    await west.flush();
    east.publish(topic<string>('text'), 'from east');
    await until(() => received.length > 0);
    expect(received).toEqual(['from east']);
  });

  it('takes user and password from the address', async () => {
    const { port } = await server({ extraArguments: ['--user', 'desk', '--pass', 's3cret/+'] });
    const bus = await connected({ url: `nats://desk:${encodeURIComponent('s3cret/+')}@127.0.0.1:${port}` });
    expect(bus.isConnected).toBe(true);
    await expect(
      NatsBus.connect({ name: 'test', url: `nats://desk:wrong@127.0.0.1:${port}`, connectTimeoutMs: 1 }),
    ).rejects.toThrow(/authorization/i);
  });

  it('says so when no server is there', async () => {
    const url = `nats://127.0.0.1:${await freePort()}`;
    await expect(NatsBus.connect({ name: 'test', url, connectTimeoutMs: 1 })).rejects.toThrow(/refused/i);
  });

  it('waits for a server that starts later', async () => {
    const port = await freePort();
    const waiting = NatsBus.connect({
      name: 'test',
      url: `nats://127.0.0.1:${port}`,
      connectTimeoutMs: 30_000,
    });
    await server({ port });
    const bus = await waiting;
    cleanups.push(() => bus.close());
    expect(bus.isConnected).toBe(true);
  });
});
