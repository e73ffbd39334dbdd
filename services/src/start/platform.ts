/**
 * Builds the platform's ports from the settings: real servers where a URL is given, embedded defaults where
 * not.
 */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { Archive } from '@tidegate/platform/archive/archive';
import { PostgresAudit } from '@tidegate/platform/audit/audit.postgres';
import { SecondPlace } from '@tidegate/platform/audit/second.place';
import { AuditRecorder } from '@tidegate/platform/audit/recorder';
import { SqlUsage } from '@tidegate/platform/observe/bloomberg.usage';
import type { Bus } from '@tidegate/platform/bus/bus';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { NatsBus } from '@tidegate/platform/bus/bus.nats';
import type { Cache } from '@tidegate/platform/cache/cache';
import { MemoryCache } from '@tidegate/platform/cache/cache.memory';
import { RedisCache } from '@tidegate/platform/cache/cache.redis';
import { systemClock, type Clock } from '@tidegate/platform/observe/clock';
import { Commands } from '@tidegate/platform/bus/commands';
import type { Settings } from '@tidegate/platform/configuration/config';
import { Configuration } from '@tidegate/platform/configuration/configuration';
import { ConfigurationSchedule } from '@tidegate/platform/configuration/schedule';
import { ApiKeys } from '@tidegate/platform/identity/api.keys';
import { SqlBudgets } from '@tidegate/platform/identity/attempt.budgets';
import { Workspaces } from '@tidegate/platform/identity/workspaces';
import { Credentials } from '@tidegate/platform/identity/credentials';
import { openEpochs } from '@tidegate/platform/sql/epochs';
import { connectDatabase, migrate, type Database } from '@tidegate/platform/sql/database';
import { startEmbeddedPostgres } from '@tidegate/platform/sql/embedded.postgres';
import { Retention } from '@tidegate/platform/jobs/retention';
import { Health } from '@tidegate/platform/observe/health';
import { JournalCursors } from '@tidegate/platform/journal/cursors';
import { Periods } from '@tidegate/platform/journal/periods';
import { PostgresJournal } from '@tidegate/platform/journal/journal.postgres';
import type { Log } from '@tidegate/platform/observe/log';
import { Metrics } from '@tidegate/platform/observe/metrics';
import { registerBusMetrics } from './bus.metrics.ts';
import { Projection } from '@tidegate/platform/journal/projection';
import { QualityReading } from '@tidegate/platform/quality/quality.reading';
import { QualityStore } from '@tidegate/platform/quality/quality.store';
import { SystemEvents } from '@tidegate/platform/observe/system.events';
import { orderTrace } from '@tidegate/platform/observe/trace';
import { RevocationList, SqlRevocations } from '@tidegate/platform/identity/revocations';
import { Tokens } from '@tidegate/platform/identity/tokens';
import type { Platform } from '../ports.ts';
import { archiveFolderOf, checkpointFolderOf } from './archive.folder.ts';
import { openLeases } from './leases.ts';
import { refuseDemoClients } from './seed.ts';
import { openSessionStores, type SessionStores } from './session.stores.ts';

export interface BuiltPlatform {
  readonly platform: Platform;
  readonly sessionStores: SessionStores;
  /** Closes everything in reverse, the embedded database last. */
  close(): Promise<void>;
  /** For a process that must end this moment: no server of ours outlives it. */
  abandon(): void;
}

export interface Start {
  readonly version: string;
  /** To people at a terminal. */
  readonly say: (text: string) => void;
  /** The process is asked to stop: what was started so far ends, and nothing more is. */
  readonly signal: AbortSignal;
}

type Closing = () => Promise<unknown> | void;

/** Rejects when the start fails or is given up, after it has closed what it had opened. */
export async function buildPlatform(settings: Settings, log: Log, start: Start): Promise<BuiltPlatform> {
  const closing: Closing[] = [];
  const close = async () => {
    for (const one of closing.reverse()) {
      try {
        await one();
      } catch (error) {
        log.error({ err: error }, 'not closed cleanly');
      }
    }
  };
  try {
    return { ...(await build(settings, log, start, closing)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(
  settings: Settings,
  log: Log,
  { version, say, signal }: Start,
  closing: Closing[],
): Promise<Omit<BuiltPlatform, 'close'>> {
  mkdirSync(settings.dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const clock = systemClock;
  const metrics = new Metrics();
  const trace = settings.orderTrace === 'on' ? orderTrace(metrics) : undefined;
  const health = new Health();
  const { url, abandon } = await databaseOf(settings, log, { say, signal }, closing);
  const applied = await unlessStopped(signal, migrate(url));
  if (applied.length > 0) say(`database: ${applied.length} migrations applied`);
  const database = connectDatabase({ url, log, connectionsMax: settings.databaseConnections });
  closing.push(() => database.close());
  const epochs = await unlessStopped(signal, openEpochs(database));
  const bus = await unlessStopped(signal, connectBus(settings, log));
  closing.push(() => bus.close());
  const cache = await unlessStopped(signal, connectCache(settings, log));
  closing.push(() => cache.close());
  const events = new SystemEvents({ database, bus, clock, log });
  closing.push(() => events.stop());
  const sessionStores = openSessionStores(settings, url, log, events, metrics);
  closing.push(() => sessionStores.close());
  const configuration = await unlessStopped(signal, Configuration.open({ database, bus, log }));
  closing.push(() => configuration.stop());
  const credentials = new Credentials({ clock });
  if (settings.profile === 'production') await refuseDemoClients({ configuration, credentials });
  const journal = await unlessStopped(signal, PostgresJournal.connect({ url, log, trace }));
  closing.push(() => journal.close());
  const leases = openLeases(settings, { url, bus, clock, epochs, events, health, log, metrics });
  closing.push(() => leases.stop());
  const commands = new Commands({ bus, trace });
  closing.push(() => commands.stop());
  const revocations = new RevocationList({ store: new SqlRevocations(database, clock), bus, clock, log });
  const tokens = await openTokens(settings, clock, revocations);
  registerMetrics(metrics, configuration, bus);
  registerChecks(health, database, bus, cache);
  const platform: Platform = {
    ...keeping(settings, { url, log, database }),
    ...openAudit(database, closing, { clock, log, metrics }),
    bloombergUsage: new SqlUsage(database),
    bus,
    cache,
    clock,
    commands,
    configuration,
    credentials,
    epochs,
    events,
    health,
    journal,
    leases,
    log,
    metrics,
    monitorCursors: new JournalCursors(database, 'monitor'),
    projection: new Projection(database),
    revocations,
    schedule: new ConfigurationSchedule({ database, configuration, log }),
    settings,
    signInBudgets: new SqlBudgets({ database }),
    workspaces: new Workspaces(database),
    tokens,
    trace,
    version,
  };
  signal.throwIfAborted();
  return { platform, sessionStores, abandon };
}

const openTokens = (settings: Settings, clock: Clock, revocations: RevocationList): Promise<Tokens> =>
  Tokens.open({
    clock,
    revocations,
    lifetimeMs: settings.tokenTtlMinutes * 60_000,
    signInAgeMaxMs: settings.signInAgeMaxMinutes * 60_000,
    keyFile: settings.tokenKeyFile,
  });

function openAudit(
  database: Database,
  closing: Closing[],
  { clock, log, metrics }: Pick<Platform, 'clock' | 'log' | 'metrics'>,
): Pick<Platform, 'audit' | 'auditRecorder'> {
  const audit = new PostgresAudit(database);
  const auditRecorder = new AuditRecorder({ audit, clock, log });
  closing.push(() => auditRecorder.stop());
  metrics.gauge(
    'audit_entries_waiting',
    'Decisions that wait for the audit',
    [],
    () => auditRecorder.waiting,
  );
  const dropped = () => auditRecorder.dropped;
  metrics.counter('audit_entries_lost_total', 'Decisions lost while the audit was away', [], dropped);
  return { audit, auditRecorder };
}

/** What is kept in SQL beside the journal, and what keeps both from growing for ever. */
function keeping(
  settings: Settings,
  { url, log, database }: { readonly url: string; readonly log: Log; readonly database: Database },
): Pick<
  Platform,
  'apiKeys' | 'archive' | 'periods' | 'quality' | 'qualityStore' | 'retention' | 'secondPlace'
> {
  const checkpoints = checkpointFolderOf(settings);
  const folder = archiveFolderOf(settings);
  return {
    apiKeys: new ApiKeys({ database, log }),
    archive: folder === undefined ? undefined : new Archive({ url, folder, log }),
    periods: new Periods({ url, log }),
    quality: new QualityReading(database),
    qualityStore: new QualityStore(database),
    retention: new Retention({ database }),
    secondPlace: checkpoints === undefined ? undefined : new SecondPlace(checkpoints),
  };
}

function registerMetrics(metrics: Metrics, configuration: Configuration, bus: Bus): void {
  registerBusMetrics(metrics, bus);
  const inForce = () => configuration.current.version;
  metrics.gauge('configuration_version', 'Version of the configuration in force here', [], inForce);
}

/** Without the bus nothing reaches anybody; without the others less is done, but cancels and halts are. */
function registerChecks(health: Health, database: Database, bus: Bus, cache: Cache): void {
  const answers = async (): Promise<string | undefined> =>
    database.ping().then(
      () => undefined,
      () => 'SQL does not answer: no new orders and no changes',
    );
  health.register('database', answers, 'fallback');
  health.register('bus', () => (bus.isConnected ? undefined : 'the bus is not connected'));
  const cached = (): string | undefined => (cache.isConnected ? undefined : 'the cache is not connected');
  health.register('cache', cached, 'fallback');
}

/** A step that leaves nothing behind is not waited for when the start is given up. */
export async function unlessStopped<T>(signal: AbortSignal, step: Promise<T>): Promise<T> {
  const stopped = new AbortController();
  try {
    const over = once(signal, 'abort', { signal: stopped.signal }).then(() => signal.throwIfAborted());
    over.catch(() => undefined);
    signal.throwIfAborted();
    return (await Promise.race([step, over])) as T;
  } finally {
    step.catch(() => undefined);
    stopped.abort();
  }
}

async function databaseOf(
  settings: Settings,
  log: Log,
  { say, signal }: Pick<Start, 'say' | 'signal'>,
  closing: Closing[],
): Promise<{ readonly url: string; readonly abandon: () => void }> {
  if (settings.databaseUrl !== undefined) return { url: settings.databaseUrl, abandon: () => undefined };
  say('database: starting the embedded PostgreSQL');
  const embedded = await startEmbeddedPostgres({ dataDir: settings.dataDir, log, signal });
  closing.push(() => embedded.stop());
  return { url: embedded.url, abandon: () => embedded.abandon() };
}

async function connectBus(settings: Settings, log: Log): Promise<Bus> {
  const onHandlerError = (error: unknown, subject: string) =>
    log.error({ err: error, subject }, 'a message handler failed');
  if (settings.natsUrl === undefined) return new MemoryBus({ onHandlerError });
  return NatsBus.connect({
    url: settings.natsUrl,
    name: settings.instance,
    namespace: settings.namespace,
    onHandlerError,
    onStatus: (text) => log.warn({ nats: text }, 'bus'),
  });
}

async function connectCache(settings: Settings, log: Log): Promise<Cache> {
  if (settings.redisUrl === undefined) return new MemoryCache({ clock: systemClock });
  return RedisCache.connect({
    url: settings.redisUrl,
    name: settings.instance,
    namespace: settings.namespace,
    onStatus: (text) => log.warn({ redis: text }, 'cache'),
  });
}
