/**
 * Strangers at the door: by address and in all, on sockets, behind proxies, and forgotten when they leave.
 */
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { until } from '@tidegate/platform/testing/until';
import { clientAddress } from '@tidegate/platform/identity/address';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Door, guardConnections } from './door.ts';

let nowMs = 0;
const clock = { nowMs: () => nowMs, monoMs: () => nowMs };
const limits = { clock, perAddressMax: 3, totalMax: 5, perSecondPerAddress: 2 };

describe('a door', () => {
  beforeEach(() => {
    nowMs = 0;
  });

  it('counts strangers by address, an IPv6 network as one, and in all', () => {
    const door = new Door(limits);
    const first = door.enter('10.0.0.1');
    expect([door.enter('10.0.0.1'), door.enter('::ffff:10.0.0.1')].every(Boolean)).toBe(true);
    expect(door.enter('10.0.0.1')).toBeUndefined();
    expect(door.enter('2001:db8::1')).toBeDefined();
    expect(door.enter('10.0.0.2')).toBeDefined();
    expect(door.enter('10.0.0.3')).toBeUndefined();
    first!();
    first!();
    expect(door.enter('10.0.0.3')).toBeDefined();
    expect(door.enter('10.0.0.4')).toBeUndefined();
  });

  it('lets so many a second of one address in, and others beside it', () => {
    const door = new Door(limits);
    for (let count = 0; count < 10; count += 1) door.enter('10.0.0.1')?.();
    expect(door.enter('10.0.0.1')).toBeUndefined();
    expect(door.enter('10.0.0.2')).toBeDefined();
    nowMs += 500;
    expect(door.enter('10.0.0.1')).toBeDefined();
  });
});

describe('the address of a client', () => {
  it.each([
    ['10.0.0.1', undefined, [], '10.0.0.1'],
    ['10.0.0.1', '1.2.3.4', [], '10.0.0.1'],
    ['10.0.0.1', '1.2.3.4', ['10.0.0.1'], '1.2.3.4'],
    ['10.0.0.1', '9.9.9.9, 1.2.3.4', ['10.0.0.1'], '1.2.3.4'],
    ['10.0.0.1', '1.2.3.4, 10.0.0.2', ['10.0.0.0/8'], '1.2.3.4'],
    ['10.0.0.1', 'nonsense', ['10.0.0.0/8'], '10.0.0.1'],
    ['10.0.0.1', undefined, ['10.0.0.0/8'], '10.0.0.1'],
  ])('%s that says %s, with %j trusted, is %s', (remote, forwarded, trusted, address) => {
    expect(clientAddress(remote, forwarded, trusted)).toBe(address);
  });
});

describe('connections to an HTTP server', () => {
  const sockets: Socket[] = [];
  let server: Server;

  async function start(trusted: readonly string[], silentMs = 60_000): Promise<void> {
    server = createServer((_request, response) => response.end('here'));
    const door = new Door({ clock, perAddressMax: 20, totalMax: 1_000, perSecondPerAddress: 1_000 });
    guardConnections(server, door, trusted, silentMs);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const port = () => (server.address() as AddressInfo).port;
  const silent = (localAddress: string): Promise<'open' | 'closed'> =>
    new Promise((resolve) => {
      const socket = connect({ port: port(), host: '127.0.0.1', localAddress });
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.resume();
      socket.once('close', () => resolve('closed'));
      socket.once('connect', () => setImmediate(() => resolve('open')));
    });
  const ask = (localAddress: string): Promise<number> =>
    new Promise((resolve, reject) => {
      request({ port: port(), host: '127.0.0.1', localAddress, agent: false }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode!));
      })
        .on('error', reject)
        .end();
    });
  const open = () => sockets.filter((socket) => !socket.destroyed).length;

  it('of some hundred that say nothing leave room for other addresses', async () => {
    await start([]);
    await Promise.all(Array.from({ length: 300 }, () => silent('127.1.2.3')));
    await until(() => open() <= 20);
    expect(open()).toBe(20);
    for (const address of ['127.0.0.1', '127.1.2.4', '127.9.9.9']) expect(await ask(address)).toBe(200);
    await expect(ask('127.1.2.3')).rejects.toThrow();
    const gone = sockets.filter((socket) => !socket.destroyed).map((socket) => once(socket, 'close'));
    for (const socket of sockets) socket.destroy();
    await Promise.all(gone);
    // The server may hear of their end after we do.
    let status = 0;
    while (status !== 200) status = await ask('127.1.2.3').catch(() => 0);
  });

  it('are cut when they say nothing for long', async () => {
    await start([], 50);
    await silent('127.0.0.5');
    await once(sockets[0]!, 'close');
  });

  it('of a trusted proxy are many clients', async () => {
    await start(['127.0.0.6']);
    await Promise.all(Array.from({ length: 60 }, () => silent('127.0.0.6')));
    expect(await ask('127.0.0.6')).toBe(200);
    expect(open()).toBe(60);
  });
});
