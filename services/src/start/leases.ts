/**
 * The leases of this process: in the database when that may have other users, in memory when it is our own.
 */
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Settings } from '@tidegate/platform/configuration/config';
import { MemoryLeases } from '@tidegate/platform/lease/lease.memory';
import { PostgresLeases } from '@tidegate/platform/lease/lease.postgres';
import type { LeaseChange } from '@tidegate/platform/lease/claimant';
import { Leases } from '@tidegate/platform/lease/leases';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Health } from '@tidegate/platform/observe/health';
import type { Log } from '@tidegate/platform/observe/log';
import type { Labels, Metrics } from '@tidegate/platform/observe/metrics';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import type { Epochs } from '@tidegate/platform/sql/epochs';

export interface LeasesParts {
  readonly url: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly epochs: Epochs;
  readonly events: Pick<SystemEvents, 'record'>;
  readonly health: Health;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function openLeases(settings: Settings, parts: LeasesParts): Leases {
  const { bus, clock, epochs, events, health, log, metrics, url } = parts;
  const { instance, leaseMs: lifeMs } = settings;
  const store =
    settings.databaseUrl === undefined
      ? new MemoryLeases({ now: () => clock.monoMs(), nextEpoch: () => epochs.next() })
      : new PostgresLeases({ url, log, timeoutMs: lifeMs / 2 });
  const leases = new Leases({
    store,
    bus,
    clock,
    instance,
    incarnation: epochs.next(),
    lifeMs,
    onError: (error) => log.warn({ err: error }, 'leases'),
    onChange: (change) => tell(change, events, log),
  });
  register(metrics, leases);
  const late = (): string | undefined =>
    (leases.renewedMsAgo ?? 0) > lifeMs ? 'what is owned here could not be renewed' : undefined;
  health.register('leases', late, 'fallback');
  return leases;
}

function tell(change: LeaseChange, events: Pick<SystemEvents, 'record'>, log: Log): void {
  const { what, kind, resource, epoch, why } = change;
  log.info({ lease: `${kind} ${resource}`, epoch, why }, `lease ${what}`);
  if (what === 'gained' && why === 'expired')
    events.record({
      kind: 'leaseTaken',
      severity: 'warning',
      subject: resource,
      text: `${kind} taken over, its owner was silent`,
    });
  if (what === 'lost')
    events.record({ kind: 'leaseLost', severity: 'warning', subject: resource, text: `${kind} lost here` });
}

function register(metrics: Metrics, leases: Leases): void {
  metrics.gauge('lease_held', 'Leases of this process, by kind', ['kind'], function* (): Iterable<
    readonly [Labels, number]
  > {
    const kinds = leases.held.map(({ kind }) => kind);
    for (const kind of new Set(kinds)) yield [{ kind }, kinds.filter((one) => one === kind).length];
  });
  metrics.counter('lease_changes_total', 'What happened to leases of this process', ['kind', 'what'], () =>
    [...leases.moves].map(([name, times]) => {
      const [kind = '', what = ''] = name.split(' ');
      return [{ kind, what }, times] as const;
    }),
  );
  metrics.gauge(
    'lease_renewed_age_seconds',
    'How long ago the last renewal was sent that was answered',
    [],
    () => (leases.renewedMsAgo ?? 0) / 1_000,
  );
}
