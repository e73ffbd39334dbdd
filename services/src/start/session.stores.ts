/**
 * Where FIX sessions keep their numbers and messages, as the settings say: files of this process, or the
 * database, where another process can take them over.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ListenerDocument } from '@tidegate/wire/configuration';
import type { SessionStore } from '@tidegate/fix/session/store';
import { FileStore } from '@tidegate/fix/session/store.file';
import type { Settings } from '@tidegate/platform/configuration/config';
import type { Log } from '@tidegate/platform/observe/log';
import type { Metrics } from '@tidegate/platform/observe/metrics';
import { LeasedStore, type Holding } from '@tidegate/platform/fixstore/leased.store';
import { PostgresSessions } from '@tidegate/platform/fixstore/sessions.postgres';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';

export interface SessionStores {
  /** `held`: that it is ours, where another gateway can take it over. */
  store(id: string, purpose: ListenerDocument['purpose'], held?: Holding): SessionStore;
  /** By partition: the last number that any session was told. Absent: no other gateway has these stores. */
  readonly delivered?: () => Promise<ReadonlyMap<string, number>>;
  /** After the sessions. */
  close(): Promise<void>;
}

/**
 * With the database away for a moment a session goes on: prices need nothing of it, and of the rest only what
 * belongs to an event of the journal waits, shorter than two heartbeats.
 */
const patienceMs = 20_000;
/** Prices may be some thousand messages a second; without them it is heartbeats, refusals and cancels. */
const numbersAhead: Readonly<Record<ListenerDocument['purpose'], number>> = {
  marketData: 200_000,
  both: 200_000,
  passThrough: 200_000,
  certification: 200_000,
  trading: 10_000,
  dropCopy: 10_000,
};

export function openSessionStores(
  settings: Pick<Settings, 'databaseUrl' | 'fixStore' | 'fixFsync' | 'dataDir' | 'instance'>,
  url: string,
  log: Log,
  events: Pick<SystemEvents, 'record'>,
  metrics: Metrics,
): SessionStores {
  if (settings.fixStore === 'postgres') {
    const sessions = new PostgresSessions({ url, log, owner: settings.instance, patienceMs });
    const kinds = ['statements', 'messages', 'fenced', 'failed'] as const;
    metrics.counter(
      'fix_session_store_total',
      'Of the FIX session stores in the database: statements, messages stored, writers fenced, failures',
      ['what'],
      () => kinds.map((what) => [{ what }, sessions.counts[what]] as const),
    );
    return {
      store: (id, purpose, held) =>
        held === undefined
          ? sessions.store(id, numbersAhead[purpose])
          : new LeasedStore(sessions.store(id, numbersAhead[purpose], held.epoch), held),
      ...(settings.databaseUrl === undefined ? {} : { delivered: () => sessions.delivered() }),
      close: () => sessions.close(),
    };
  }
  const directory = join(settings.dataDir, 'gateway');
  mkdirSync(directory, { recursive: true });
  return {
    store: (id) =>
      new FileStore({
        directory,
        name: id,
        fsync: settings.fixFsync,
        onRepair: ({ kind, path, at, bytesCut }) =>
          events.record({
            kind: 'sessionStoreRepaired',
            // A torn tail was acknowledged to nobody; behind damage there was more.
            severity: kind === 'tail' ? 'warning' : 'critical',
            subject: id,
            text: `${kind}: ${bytesCut} bytes cut off at ${at} of ${path}`,
          }),
      }),
    close: () => Promise.resolve(),
  };
}
