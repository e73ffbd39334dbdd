/**
 * The platform as a target of the benchmark: one process, or four on real servers, with the benchmark's
 * provider as its only one.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startNats, startPostgres, startRedis } from '@tidegate/platform/testing/servers';
import { startPlatform, temporaryFolder, type Platform } from '../platform.ts';
import type { BenchProvider, Target } from './journeys.ts';

export async function startTarget(name: string, provider: BenchProvider): Promise<Target> {
  const folder = temporaryFolder(`bench-${name}`);
  const undo: (() => unknown)[] = [() => folder.remove()];
  const stop = async () => {
    for (const one of undo.reverse()) await one();
  };
  try {
    const control = await controlOf(provider);
    undo.push(() => control.close());
    const gateway =
      name === 'one'
        ? await startPlatform(folder.path, { SIMULATOR: control.url })
        : await startFour(folder.path, control.url, undo);
    if (name === 'one') undo.push(() => gateway.stop());
    const endpoint = (listener: string) => ({
      port: gateway.ready.fix.ports[listener]!,
      senderCompId: 'DEMO1',
      targetCompId: 'TIDEGATE',
    });
    return { quotes: endpoint('port-00'), orders: endpoint('port-01'), markupPoints: 1, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startFour(dataDir: string, control: string, undo: (() => unknown)[]): Promise<Platform> {
  const servers = await Promise.all([startPostgres(), startNats(), startRedis()]);
  undo.push(() => Promise.all(servers.map((server) => server.stop())));
  const shared = { DATABASE_URL: servers[0].url, NATS_URL: servers[1].url, REDIS_URL: servers[2].url };
  const start = async (services: string, more: Readonly<Record<string, string>> = {}) => {
    const platform = await startPlatform(`${dataDir}/${services.split(',')[0]!}`, {
      ...shared,
      SERVICES: services,
      ...more,
    });
    undo.push(() => platform.stop());
    return platform;
  };
  for (const services of ['api,monitor', 'oms,projector', 'pricing']) await start(services);
  return start('gateway', { SIMULATOR: control });
}

/** Tells the platform where its venue is, as the simulator's control port would. */
async function controlOf({ ports }: BenchProvider): Promise<{ readonly url: string; close(): void }> {
  const body = JSON.stringify({ providers: [{ venue: 'alpha', ...ports }] });
  const server = createServer((_request, response) => response.end(body)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
