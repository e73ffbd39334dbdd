/**
 * Injection tokens for what the platform gives every service, and the module that carries them. `main.ts`
 * makes the values; services name a token in their constructors and never a driver.
 */
import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Archive } from '@tidegate/platform/archive/archive';
import type { Audit } from '@tidegate/platform/audit/audit';
import type { SecondPlace } from '@tidegate/platform/audit/second.place';
import type { AuditRecorder } from '@tidegate/platform/audit/recorder';
import type { UsageStore } from '@tidegate/platform/observe/bloomberg.usage';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Cache } from '@tidegate/platform/cache/cache';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Commands } from '@tidegate/platform/bus/commands';
import type { Settings } from '@tidegate/platform/configuration/config';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { ConfigurationSchedule } from '@tidegate/platform/configuration/schedule';
import type { ApiKeys } from '@tidegate/platform/identity/api.keys';
import type { AttemptBudgets } from '@tidegate/platform/identity/attempt.budgets';
import type { Credentials } from '@tidegate/platform/identity/credentials';
import type { Health } from '@tidegate/platform/observe/health';
import type { Journal } from '@tidegate/platform/journal/journal';
import type { Retention } from '@tidegate/platform/jobs/retention';
import type { JournalCursors } from '@tidegate/platform/journal/cursors';
import type { Leases } from '@tidegate/platform/lease/leases';
import type { Periods } from '@tidegate/platform/journal/periods';
import type { Log } from '@tidegate/platform/observe/log';
import type { Metrics } from '@tidegate/platform/observe/metrics';
import type { Projection } from '@tidegate/platform/journal/projection';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import type { OrderTrace } from '@tidegate/platform/observe/trace';
import type { Epochs } from '@tidegate/platform/sql/epochs';
import type { QualityReading } from '@tidegate/platform/quality/quality.reading';
import type { QualityStore } from '@tidegate/platform/quality/quality.store';
import type { RevocationList } from '@tidegate/platform/identity/revocations';
import type { Tokens } from '@tidegate/platform/identity/tokens';
import type { Workspaces } from '@tidegate/platform/identity/workspaces';
import { Lifecycle } from './lifecycle.ts';

export interface Platform {
  readonly apiKeys: ApiKeys;
  /** Undefined: there is no folder for it. */
  readonly archive: Archive | undefined;
  readonly audit: Audit;
  readonly auditRecorder: AuditRecorder;
  readonly bloombergUsage: UsageStore;
  readonly bus: Bus;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly commands: Commands;
  readonly configuration: Configuration;
  readonly credentials: Credentials;
  readonly epochs: Epochs;
  readonly events: SystemEvents;
  readonly health: Health;
  readonly journal: Journal;
  readonly leases: Leases;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly monitorCursors: JournalCursors;
  readonly periods: Periods;
  readonly projection: Projection;
  readonly quality: QualityReading;
  readonly qualityStore: QualityStore;
  readonly retention: Retention;
  readonly revocations: RevocationList;
  readonly schedule: ConfigurationSchedule;
  /** Of the audit's checkpoints; undefined: there is no folder for it. */
  readonly secondPlace: SecondPlace | undefined;
  readonly settings: Settings;
  readonly signInBudgets: AttemptBudgets;
  readonly tokens: Tokens;
  /** With ORDER_TRACE only. */
  readonly trace: OrderTrace | undefined;
  readonly version: string;
  readonly workspaces: Workspaces;
}

/** The whole of it, for the factories of services. */
export const PLATFORM = Symbol('platform');
/** Its parts, for controllers. */
export const API_KEYS = Symbol('api keys');
export const AUDIT = Symbol('audit');
export const BUS = Symbol('bus');
export const CACHE = Symbol('cache');
export const CLOCK = Symbol('clock');
export const COMMANDS = Symbol('commands');
export const CONFIGURATION = Symbol('configuration');
export const CREDENTIALS = Symbol('credentials');
export const HEALTH = Symbol('health');
export const LEASES = Symbol('leases');
export const METRICS = Symbol('metrics');
export const PROJECTION = Symbol('projection');
export const QUALITY = Symbol('quality');
export const SETTINGS = Symbol('settings');
export const SYSTEM_EVENTS = Symbol('system events');
export const TOKENS = Symbol('tokens');
export const VERSION = Symbol('version');
export const WORKSPACES = Symbol('workspaces');

@Global()
@Module({})
export class PlatformModule {
  static of(platform: Platform, signal: AbortSignal): DynamicModule {
    const values: readonly (readonly [symbol | typeof Lifecycle, unknown])[] = [
      [PLATFORM, platform],
      [API_KEYS, platform.apiKeys],
      [AUDIT, platform.audit],
      [BUS, platform.bus],
      [CACHE, platform.cache],
      [CLOCK, platform.clock],
      [COMMANDS, platform.commands],
      [CONFIGURATION, platform.configuration],
      [CREDENTIALS, platform.credentials],
      [HEALTH, platform.health],
      [LEASES, platform.leases],
      [METRICS, platform.metrics],
      [PROJECTION, platform.projection],
      [QUALITY, platform.quality],
      [SETTINGS, platform.settings],
      [SYSTEM_EVENTS, platform.events],
      [TOKENS, platform.tokens],
      [VERSION, platform.version],
      [WORKSPACES, platform.workspaces],
      [Lifecycle, new Lifecycle(platform.log, signal)],
    ];
    return {
      module: PlatformModule,
      providers: values.map(([provide, useValue]) => ({ provide, useValue })),
      exports: values.map(([provide]) => provide),
    };
  }
}
