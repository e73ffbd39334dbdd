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

interface Deployed {
  /** Where UI, REST and stream are. */
  readonly http: string;
  /** FIX ports by listener id. */
  readonly ports: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export interface Deployment extends Deployed {
  readonly simulator: SimulatorProcess;
  /** By name of its first service. */
  readonly processes: Readonly<Record<string, Platform>>;
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
    const simulator = await startSimulator(
      '--seed',
      '11',
      '--data',
      `${dataDir}/simulator`,
      ...simulatorArguments,
    );
    undo.push(() => simulator.stop());
    const { processes } = await startSplit(undo, dataDir, simulator.control);
    return { simulator, processes };
  });
}

/** Four processes whose providers are the caller's (`control` names them), and the NATS between them. */
export function startFourTowards(
  control: string,
): Promise<Omit<Deployment, 'simulator'> & Pick<Split, 'nats'>> {
  return deploy((undo, dataDir) => startSplit(undo, dataDir, control));
}

interface Split {
  readonly processes: Readonly<Record<string, Platform>>;
  readonly nats: {
    /** kill -9; nobody is there until `comeBack`. */
    readonly die: () => Promise<void>;
    /** At the same address. */
    readonly comeBack: () => Promise<void>;
  };
}

async function startSplit(undo: Undo[], dataDir: string, control: string): Promise<Split> {
  const [postgres, nats, redis] = await Promise.all([startPostgres(), startNats(), startRedis()]);
  const servers = [postgres, nats, redis];
  undo.push(() => Promise.all(servers.map((server) => server.stop())));
  const shared = { DATABASE_URL: postgres.url, NATS_URL: nats.url, REDIS_URL: redis.url };
  const processes: Record<string, Platform> = {};
  for (const [name, services] of splits) {
    const platform = await startPlatform(`${dataDir}/${name}`, {
      ...shared,
      SERVICES: services,
      ...(name === 'gateway' ? { SIMULATOR: control } : {}),
    });
    undo.push(() => platform.stop());
    processes[name] = platform;
  }
  const comeBack = async (): Promise<void> => {
    servers.push(await startNats({ port: nats.port }));
  };
  return { processes, nats: { die: () => nats.kill(), comeBack } };
}

async function deploy<T extends Pick<Deployment, 'processes'>>(
  start: (undo: Undo[], dataDir: string) => Promise<T>,
): Promise<T & Deployed> {
  const folder = temporaryFolder('deployment');
  const undo: Undo[] = [() => folder.remove()];
  try {
    const started = await start(undo, folder.path);
    const { processes } = started;
    return {
      ...started,
      http: processes['api']!.ready.http,
      ports: processes['gateway']!.ready.fix.ports,
      stop: () => undoAll(undo),
    };
  } catch (error) {
    await undoAll(undo);
    throw error;
  }
}
