/**
 * The composition root: reads the settings, builds the platform's ports, loads the chosen services into one
 * Nest application, and stops all of it again. `SERVICES` chooses; the rest is the same code in one process
 * or in many.
 */
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Module, StandardSchemaValidationPipe, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  loadSettings,
  problemText,
  readSecret,
  settingsHelp,
  type Settings,
} from '@tidegate/platform/configuration/config';
import { openLog, type Log } from '@tidegate/platform/observe/log';
import { ApiModule } from './api/api.module.ts';
import { HealthController } from './api/health.controller.ts';
import { httpOptions, httpStrangers, sizeRoute } from './api/http.ts';
import { invalidRequest, ProblemFilter } from './api/problem.ts';
import { serveWeb } from './api/web.ts';
import { BloombergModule } from './bloomberg/bloomberg.module.ts';
import { Door, guardConnections } from './door.ts';
import { Gateway } from './gateway/gateway.ts';
import { GatewayModule } from './gateway/gateway.module.ts';
import { MonitorModule } from './monitor/monitor.module.ts';
import { OmsModule } from './oms/oms.module.ts';
import { PlatformModule, type Platform } from './ports.ts';
import { PricingModule } from './pricing/pricing.module.ts';
import { ProjectorModule } from './projector/projector.module.ts';
import { Ending } from './start/ending.ts';
import { buildPlatform, unlessStopped } from './start/platform.ts';
import { missingFrom } from './start/completeness.ts';
import { seedAdministrator } from './start/administrator.ts';
import { startOperations } from './start/operations.server.ts';
import { Presence } from './start/presence.ts';
import { seedDemo, shownPasswordFiles } from './start/seed.ts';
import type { SessionStores } from './start/session.stores.ts';
import { joinSimulator, startSimulator, type Simulator } from './start/simulator.ts';

const webRoot = fileURLToPath(new URL('../../ui/dist/', import.meta.url));

@Module({})
class RootModule {}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const usage = `Tidegate ${version}. Profiles: demo (default), production.
npm start [-- --json] [--setting value …]      --json prints the ready line as JSON
`;

/** What the launcher adds to our own time before it kills us. */
const marginMs = 200;

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    process.stdout.write(`${usage}\n${settingsHelp()}`);
    return;
  }
  if (args.includes('--version')) {
    process.stdout.write(`Tidegate ${version}\n`);
    return;
  }
  const isJson = args.includes('--json');
  const settings = loadSettings(
    undefined,
    args.filter((argument) => argument !== '--json'),
  );
  if (Array.isArray(settings)) {
    for (const problem of settings) process.stderr.write(`${problemText(problem)}\n`);
    process.exitCode = 2;
    return;
  }
  // Standard output is for the ready line and what leads to it; the log goes to standard error.
  const { log, flush } = openLog({
    level: settings.logLevel,
    format: settings.logFormat,
    descriptor: 2,
    fields: { instance: settings.instance, version },
  });
  const { shutdownTimeoutMs: stopMsMax, shutdownDrainMs: drainMs } = settings;
  const ending = new Ending({ log, flush: () => flush(), stopMsMax, drainMs });
  endWith(ending, log);
  process.send?.({ stopMsMax: stopMsMax + drainMs + marginMs });
  const say = (text: string) => {
    if (!isJson) process.stdout.write(`${text}\n`);
  };
  try {
    await ending.start(() => run(settings, log, say, isJson, ending));
  } catch (error) {
    tellFailed(error);
    await ending.undoAll(() => undefined);
    process.exit(1);
  }
}

function endWith(ending: Ending, log: Log): void {
  const by = (why: string, code: number, drains: boolean): void => void ending.stop({ why, code, drains });
  process.on('SIGTERM', () => by('SIGTERM', 0, true));
  process.on('SIGINT', () => by('SIGINT', 0, false));
  process.on('disconnect', () => by('parent gone', 0, false));
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'));
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    by('uncaught exception', 1, false);
  });
}

async function run(
  settings: Settings,
  log: Log,
  say: (text: string) => void,
  isJson: boolean,
  ending: Ending,
): Promise<void> {
  const { signal } = ending;
  const { platform, sessionStores, close, abandon } = await buildPlatform(settings, log, {
    version,
    say,
    signal,
  });
  ending.push(close);
  ending.abandon = abandon;
  const { configuration, health } = platform;
  const presence = presenceOf(platform, ending);
  presence.start();
  ending.push(() => presence.stop());
  ending.drain = () => {
    health.drain();
    presence.draining();
  };
  const started = health.register('process', () => 'starting');
  const missing = (): string | undefined => missingFrom(configuration.current, settings.services);
  health.register('configuration', missing);
  const operations = await startOperations(platform);
  ending.push(() => operations.stop());
  await unlessStopped(signal, seed(platform, say));
  const simulator = await simulatorOf(settings, signal);
  if (simulator !== undefined) {
    ending.push(() => simulator.stop());
    say(`providers: simulated; their switches are at ${simulator.control}`);
  }
  signal.throwIfAborted();
  const app = await createApplication(platform, sessionStores, simulator, signal);
  ending.push(() => app.close());
  const door = new Door({ clock: platform.clock, ...httpStrangers });
  guardConnections(app.getHttpServer() as Server, door, settings.trustedProxies);
  await app.listen(settings.httpPort, settings.httpHost);
  const told = {
    severity: 'info',
    subject: settings.services.join(','),
    text: `version ${version}`,
  } as const;
  platform.events.record({ kind: 'platformStarted', ...told });
  ending.push(() => platform.events.record({ kind: 'platformStopping', ...told }));
  started();
  presence.started();
  tellReady(app, settings, {
    ops: operations.address,
    simulator: simulator?.control ?? null,
    missing: missing(),
    isJson,
  });
}

function presenceOf(platform: Platform, ending: Ending): Presence {
  const { bus, epochs, health, leases, settings } = platform;
  const about = {
    instance: settings.instance,
    incarnation: epochs.next(),
    pid: process.pid,
    services: settings.services,
    version: platform.version,
    startedAt: new Date(performance.timeOrigin).toISOString(),
  };
  const leave = (why: string): void => void ending.stop({ why: `drained by ${why}`, code: 0, drains: true });
  return new Presence({ bus, health, leases, about: { ...about, services: [...about.services] }, leave });
}

async function seed(platform: Platform, say: (text: string) => void): Promise<void> {
  const { settings } = platform;
  if (settings.profile !== 'demo') return seedAdministrator(platform);
  const made = await seedDemo(platform);
  if (made === undefined) return;
  const files = shownPasswordFiles(settings.dataDir);
  if (made.admin !== undefined) say(`web user admin, password ${made.admin} (kept in ${files.admin})`);
  say(`web users trader and viewer, password ${made.users} (kept in ${files.users})`);
}

async function simulatorOf(settings: Settings, signal: AbortSignal): Promise<Simulator | undefined> {
  if (!settings.services.includes('gateway') || settings.simulator === 'none') return undefined;
  return settings.simulator === 'embedded'
    ? startSimulator(join(settings.dataDir, 'simulator'), signal)
    : joinSimulator(settings.simulator);
}

async function createApplication(
  platform: Platform,
  sessionStores: SessionStores,
  simulator: Simulator | undefined,
  signal: AbortSignal,
): Promise<NestFastifyApplication> {
  const { settings, log, configuration } = platform;
  const adapter = new FastifyAdapter(httpOptions(settings));
  adapter.getInstance().addHook('onRoute', sizeRoute);
  const services: Readonly<Record<string, DynamicModule | (new (...args: never[]) => unknown)>> = {
    oms: OmsModule,
    projector: ProjectorModule,
    pricing: PricingModule,
    monitor: MonitorModule,
    api: ApiModule,
    bloomberg: BloombergModule,
    gateway: GatewayModule.of(simulator?.addresses ?? new Map(), readSecret, sessionStores),
  };
  const root: DynamicModule = {
    module: RootModule,
    controllers: [HealthController],
    imports: [PlatformModule.of(platform, signal), ...settings.services.map((name) => services[name]!)],
  };
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: ['error', 'warn', 'fatal'],
    bodyParser: false, // Fastify's own JSON parser, and no other
  });
  app.useGlobalFilters(new ProblemFilter(log));
  app.useGlobalPipes(new StandardSchemaValidationPipe({ exceptionFactory: invalidRequest }));
  if (settings.services.includes('api')) {
    const server = adapter.getInstance() as never;
    await serveWeb(server, webRoot, settings.httpPublic);
    log.info({ configuration: configuration.current.version }, 'API ready to listen');
  }
  return app;
}

interface Told {
  readonly ops: string;
  /** Control address of the simulated providers; null: there are none. */
  readonly simulator: string | null;
  /** What keeps it from being ready until somebody gives it. */
  readonly missing: string | undefined;
  readonly isJson: boolean;
}

function tellReady(app: NestFastifyApplication, settings: Settings, told: Told): void {
  const { ops, simulator, missing, isJson } = told;
  const ms = Math.round(performance.now());
  const address = app.getHttpServer().address() as { readonly port: number };
  const host = settings.httpHost.includes(':') ? `[${settings.httpHost}]` : settings.httpHost;
  const http = `http://${host}:${address.port}`;
  if (!isJson) {
    const state = missing === undefined ? 'ready' : `started, not ready (${missing}),`;
    process.stdout.write(`tidegate ${state} in ${ms} ms: ${http}\n`);
    return;
  }
  const ports = settings.services.includes('gateway')
    ? Object.fromEntries(app.get(Gateway, { strict: false }).clients.ports)
    : {};
  const { admin: adminPasswordFile = null, users: usersPasswordFile = null } = shownPasswordFiles(
    settings.dataDir,
  );
  const fix = { host: settings.fixHost, ports };
  const event = missing === undefined ? 'ready' : 'started';
  const files = { adminPasswordFile, usersPasswordFile };
  const line = { event, ms, http, ops, simulator, fix, ...files, pid: process.pid };
  process.stdout.write(`${JSON.stringify(missing === undefined ? line : { ...line, missing })}\n`);
}

const tellFailed = (error: unknown): void => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`tidegate could not start: ${text}\n`);
};

main().catch((error: unknown) => {
  tellFailed(error);
  process.exit(1);
});
