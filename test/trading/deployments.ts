/**
 * The two ways to run the platform that every trading test goes through: all services in one process on
 * embedded defaults, and four processes on a real NATS, PostgreSQL and Redis. The simulated providers are a
 * process of their own in both.
 */
import { startNats, startPostgres, startRedis } from '@tidegate/platform/testing/servers';
import {
  startPlatform,
  startSimulator,
  temporaryFolder,
  type Platform,
  type SimulatorProcess,
} from '../platform.ts';

export interface Deployment {
  /** Where UI, REST and stream are. */
  readonly http: string;
  /** FIX ports by listener id. */
  readonly ports: Readonly<Record<string, number>>;
  readonly simulator: SimulatorProcess;
  /** By name of its first service. */
  readonly processes: Readonly<Record<string, Platform>>;
  stop(): Promise<void>;
}

export const deployments = [
  ['one process', startOne],
  ['four processes on NATS, PostgreSQL and Redis', startFour],
] as const;

type Undo = () => unknown;

async function undoAll(undo: Undo[]): Promise<void> {
  for (const one of undo.reverse()) await one();
}

export async function startOne(...simulatorArguments: readonly string[]): Promise<Deployment> {
  return deploy(async (undo, dataDir) => {
    const simulator = await startSimulator(
      '--seed',
      '11',
      '--data',
      `${dataDir}/simulator`,
      ...simulatorArguments,
    );
    undo.push(() => simulator.stop());
    const platform = await startPlatform(`${dataDir}/platform`, { SIMULATOR: simulator.control });
    undo.push(() => platform.stop());
    return { simulator, processes: { gateway: platform, api: platform } };
  });
}

/** API and OMS first: the one writes the demo configuration, the other takes the orders. */
const splits: readonly (readonly [string, string])[] = [
  ['api', 'api,monitor'],
  ['oms', 'oms,projector'],
  ['pricing', 'pricing'],
  ['gateway', 'gateway'],
];

export async function startFour(...simulatorArguments: readonly string[]): Promise<Deployment> {
  return deploy(async (undo, dataDir) => {
    const servers = await Promise.all([startPostgres(), startNats(), startRedis()]);
    undo.push(() => Promise.all(servers.map((server) => server.stop())));
    const [postgres, nats, redis] = servers;
    const simulator = await startSimulator(
      '--seed',
      '11',
      '--data',
      `${dataDir}/simulator`,
      ...simulatorArguments,
    );
    undo.push(() => simulator.stop());
    const shared = { DATABASE_URL: postgres.url, NATS_URL: nats.url, REDIS_URL: redis.url };
    const processes: Record<string, Platform> = {};
    for (const [name, services] of splits) {
      const platform = await startPlatform(`${dataDir}/${name}`, {
        ...shared,
        SERVICES: services,
        ...(name === 'gateway' ? { SIMULATOR: simulator.control } : {}),
      });
      undo.push(() => platform.stop());
      processes[name] = platform;
    }
    return { simulator, processes };
  });
}

async function deploy(
  start: (undo: Undo[], dataDir: string) => Promise<Pick<Deployment, 'simulator' | 'processes'>>,
): Promise<Deployment> {
  const folder = temporaryFolder('deployment');
  const undo: Undo[] = [() => folder.remove()];
  try {
    const { simulator, processes } = await start(undo, folder.path);
    return {
      simulator,
      processes,
      http: processes['api']!.ready.http,
      ports: processes['gateway']!.ready.fix.ports,
      stop: () => undoAll(undo),
    };
  } catch (error) {
    await undoAll(undo);
    throw error;
  }
}
