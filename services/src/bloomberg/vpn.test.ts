/** What was seen of the tunnel, and what it means; the looking itself with a real socket. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newestHandshakeMs, vpnVerdict } from './vpn.ts';
import { handshakesOfCommand, handshakesOfFile, reachAny, VpnProbe } from './vpn.probe.ts';

const now = 1_800_000_000_000;
const limit = 240_000;

describe('the way to Bloomberg', () => {
  it('is open, stale or closed', () => {
    const verdict = (handshakeAtMs: number | undefined | { error: string }, probeError?: string) => {
      const one = vpnVerdict({ handshakeAtMs, probeError }, now, limit);
      return one.state === 'up' ? 'up' : one.code;
    };
    expect(verdict(now - limit)).toBe('up');
    expect(verdict(now - limit - 1)).toBe('VPN_HANDSHAKE_STALE');
    expect(verdict(now - limit - 1, 'refused')).toBe('VPN_HANDSHAKE_STALE');
    expect(verdict(undefined)).toBe('VPN_HANDSHAKE_STALE');
    expect(verdict(now, 'refused')).toBe('VPN_UNREACHABLE');
    expect(verdict({ error: 'not permitted' })).toBe('up');
    expect(verdict({ error: 'not permitted' }, 'refused')).toBe('VPN_UNREACHABLE');
    expect(verdict(now + 5_000)).toBe('up'); // clocks differ
  });

  it('reads the newest handshake of all peers', () => {
    const key = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=';
    expect(newestHandshakeMs(`${key}\t1700000000\n${key}\t1700000100\n${key}\t0\n`)).toBe(1_700_000_100_000);
    expect(newestHandshakeMs(`${key}\t0\n`)).toBeUndefined();
    expect(newestHandshakeMs('interface not found')).toBeUndefined();
  });

  it('is looked at by file, command and socket', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-vpn-'));
    const file = join(folder, 'handshakes');
    writeFileSync(file, `key\t${now / 1_000 - 10}\n`);
    const look = (handshakes: () => Promise<string>, ports: readonly number[]) =>
      new VpnProbe({
        clock: { nowMs: () => now, monoMs: () => 0 },
        handshakes,
        reach: reachAny(ports.map((one) => ({ host: '127.0.0.1', port: one }))),
        handshakeMsMax: limit,
        everyMs: 10_000,
        onVerdict: () => undefined,
      }).look();
    expect(await look(handshakesOfFile(file), [1, port])).toEqual({ state: 'up', handshakeAgeMs: 10_000 });
    expect(await look(handshakesOfCommand('/bin/echo', 'wg0'), [port])).toMatchObject({
      code: 'VPN_HANDSHAKE_STALE',
    });
    server.close();
    await once(server, 'close');
    expect(await look(handshakesOfFile(file), [port])).toMatchObject({
      code: 'VPN_UNREACHABLE',
      handshakeAgeMs: 10_000,
    });
    rmSync(folder, { recursive: true });
  });
});
