/**
 * The platform as a target of the benchmark: one process, or four on real servers, with the benchmark's
 * provider as its only one.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startNats, startPostgres, startRedis } from '@tidegate/platform/testing/servers';
import { startPlatform, temporaryFolder, type Platform, type Ready } from '../platform.ts';
import type { BenchProvider, Target } from './journeys.ts';

export interface PlatformTarget extends Target {
  /** Of the process that has the FIX listeners. */
  readonly ready: Ready;
  /** With the embedded database, when it is one process. */
  readonly dataDir: string;
  /** What it wrote to its log. */
  log(): string;
}

/** `environment`: settings of the process with the FIX listeners. */
export async function startTarget(
  name: string,
  provider: BenchProvider,
  environment: Readonly<Record<string, string>> = {},
  prepare: (dataDir: string) => Promise<void> = () => Promise.resolve(),
): Promise<PlatformTarget> {
  const folder = temporaryFolder(`bench-${name}`);
  const undo: (() => unknown)[] = [() => folder.remove()];
  const stop = async () => {
    for (const one of undo.reverse()) await one();
  };
  try {
    const control = await controlOf(provider);
    undo.push(() => control.close());
    await prepare(folder.path);
    // The ticks' numbers are in their prices, which are therefore nobody else's.
    const settings = { SIMULATOR: control.url, QUOTE_SPIKE_BASIS_POINTS: '0', ...environment };
    const gateway =
      name === 'one'
        ? await startPlatform(folder.path, settings)
        : await startFour(folder.path, settings, undo);
    if (name === 'one') undo.push(() => gateway.stop());
    const endpoint = (listener: string) => ({
      port: gateway.ready.fix.ports[listener]!,
      senderCompId: 'DEMO1',
      targetCompId: 'TIDEGATE',
    });
    return {
      quotes: endpoint('port-00'),
      orders: endpoint('port-01'),
      markupPoints: 1,
      ready: gateway.ready,
      dataDir: folder.path,
      log: () => gateway.log(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startFour(
  dataDir: string,
  environment: Readonly<Record<string, string>>,
  undo: (() => unknown)[],
): Promise<Platform> {
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
  for (const services of ['api,monitor', 'oms,projector', 'pricing']) await start(services, environment);
  return start('gateway', environment);
}

/** Tells the platform where its venue is, as the simulator's control port would. */
export async function controlOf({
  ports,
}: Pick<BenchProvider, 'ports'>): Promise<{ readonly url: string; close(): void }> {
  const body = JSON.stringify({ providers: [{ venue: 'alpha', ...ports }] });
  const server = createServer((_request, response) => response.end(body)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
