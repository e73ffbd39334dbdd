/** When an initiator connects, and where to: schedules, refusals, host lists. */
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../acceptance/peer.ts';
import { afterwards, closeAll, portWith, SILENT } from '../../acceptance/ports.ts';
import { MemoryStore } from '../session/store.memory.ts';
import type { InitiatorOptions, SessionSettings } from './contract.ts';
import { Initiator } from './initiator.ts';

afterEach(closeAll);

const CLIENT: SessionSettings = {
  beginString: 'FIX.4.4',
  senderCompId: 'CLIENT',
  targetCompId: 'TIDEGATE',
};

function initiatorTo(
  ports: readonly number[],
  options: Partial<InitiatorOptions> = {},
): { initiator: Initiator; failed: string[] } {
  const failed: string[] = [];
  const initiator = new Initiator({
    hosts: ports.map((port) => ({ host: '127.0.0.1', port })),
    settings: CLIENT,
    store: new MemoryStore(),
    application: SILENT,
    reconnectMinMs: 5,
    reconnectMaxMs: 20,
    random: () => 0.5,
    onConnectFailed: ({ port, reason }) => failed.push(`${ports.indexOf(port)} ${reason}`),
    ...options,
  });
  afterwards(() => initiator.stop());
  return { initiator, failed };
}

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

describe('initiator', () => {
  it('stays away while its session is closed, and connects when it opens', async () => {
    const { acceptor, requests } = await portWith(SILENT);
    const open = Date.now();
    const hour = 3_600_000;
    const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 19);
    const schedule = { startTime: clock(open - hour), endTime: clock(open + 2 * hour) };
    let looks = 0;
    const { initiator, failed } = initiatorTo([acceptor.port], {
      settings: { ...CLIENT, schedule },
      // Just before the opening; the timer that it is waited for with is real, and short.
      nowMs: () => (looks++ === 0 ? open - hour - 20 - (open % 1000) : open),
    });
    await initiator.start();
    expect(looks).toBe(1);
    await until(() => initiator.session.isLoggedOn);
    expect(looks).toBe(2);
    expect(requests).toHaveLength(1);
    expect(failed).toEqual([]);
  });

  it('refuses a schedule that makes no sense', () => {
    const settings = { ...CLIENT, schedule: { startTime: '25:00:00', endTime: '08:00:00' } };
    expect(() => initiatorTo([1], { settings })).toThrow(/^schedule: startTime/);
  });

  it('goes round its list of hosts until one lets it in', async () => {
    const [dead, full] = [await deadPort(), await portWith(SILENT, { allowedRemoteAddresses: [] })];
    const good = await portWith(SILENT);
    const { initiator, failed } = initiatorTo([dead, full.acceptor.port, good.acceptor.port]);
    await initiator.start();
    await until(() => initiator.session.isLoggedOn);
    expect(failed[0]).toMatch(/^0 connect ECONNREFUSED/);
    expect(failed.slice(1).every((reason) => reason.startsWith('1 '))).toBe(true);
    expect(failed).toHaveLength(2);
  });

  it('is in no hurry after a Logon was refused', async () => {
    const { acceptor } = await portWith(SILENT, { authenticate: () => ({ accept: false, text: 'no' }) });
    const pauses: number[] = [];
    const { initiator, failed } = initiatorTo([acceptor.port, await deadPort()], {
      reconnectMinMs: 1,
      reconnectMaxMs: 3_600_000,
      random: () => {
        pauses.push(failed.length);
        return 0;
      },
    });
    await initiator.start();
    await until(() => failed.length > 0);
    expect(failed).toEqual(['0 no']);
    // Half an hour at least: nothing more happens in this test.
    for (let i = 0; i < 100; i++)
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    expect(pauses).toEqual([1]);
    expect(failed).toHaveLength(1);
  });

  it('gives up a connection that does not open in time', async () => {
    // Accepts TCP and never speaks TLS.
    const mute = createServer((socket) => void socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => {
      mute.listen(0, '127.0.0.1', resolve);
    });
    afterwards(
      () =>
        new Promise((resolve) => {
          mute.close(resolve);
        }),
    );
    const { port } = mute.address() as { port: number };
    const { initiator, failed } = initiatorTo([port], { connectTimeoutMs: 30, tls: {} });
    await initiator.start();
    await until(() => failed.length > 0);
    expect(failed[0]).toBe('0 no connection in time');
  });

  it('reads the stored numbers again before each connection when told so', async () => {
    const store = new MemoryStore();
    const { acceptor } = await portWith(SILENT);
    const { initiator } = initiatorTo([acceptor.port], {
      store,
      settings: { ...CLIENT, refreshOnLogon: true },
    });
    await initiator.start();
    await until(() => initiator.session.isLoggedOn);
    expect((await store.open()).nextOutbound).toBe(2);
    acceptor.sessions[0]?.logout('come back');
    await until(() => initiator.session.counters.logouts === 1);
    store.setNextOutbound(9);
    await until(() => initiator.session.isLoggedOn);
    expect((await store.open()).nextOutbound).toBeGreaterThanOrEqual(10);
  });
});
