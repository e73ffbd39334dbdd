/** The feed's status as the platform, the screens and /health see it. */
import { bloombergFeed } from '@tidegate/wire/bloomberg';
import type {
  BloombergStatus,
  FeedBudgetView,
  FeedCause,
  FeedState,
  FeedSubscriptionView,
} from '@tidegate/wire/bloomberg';
import type { FeedDocument } from '@tidegate/wire/configuration';
import type { InstrumentQuotes } from './instrument.quotes.ts';
import type { SessionState } from './session.state.ts';
import type { SubscriptionTable } from './subscription.table.ts';
import type { FeedSubscription } from './subscription.ts';
import type { Supervisor } from './supervisor.ts';
import type { VpnVerdict } from './vpn.ts';

export interface FeedStanding {
  readonly state: FeedState;
  readonly cause: FeedCause | null;
}

const states: Readonly<Record<SessionState, FeedState>> = {
  stopped: 'stopped',
  unavailable: 'unavailable',
  down: 'down',
  connecting: 'connecting',
  authorising: 'connecting',
  up: 'up',
  lost: 'stale',
  revoked: 'unauthorised',
  unauthorised: 'unauthorised',
};

export interface StandingInput {
  readonly isEnabled: boolean;
  readonly session: SessionState;
  readonly cause: FeedCause | null;
  readonly vpn: VpnVerdict | undefined;
}

/** A broken way to Bloomberg is the better explanation of whatever the session says. */
export function feedStateOf({ isEnabled, session, cause, vpn }: StandingInput): FeedStanding {
  if (!isEnabled)
    return {
      state: 'stopped',
      cause: { code: 'FEED_DISABLED', text: 'the feed document does not enable it' },
    };
  if (session === 'unavailable') return { state: 'unavailable', cause };
  if (vpn?.state === 'down') return { state: 'down', cause: { code: vpn.code, text: vpn.text } };
  return { state: states[session], cause };
}

export interface StatusInput {
  readonly standing: FeedStanding;
  readonly feed: FeedDocument | undefined;
  readonly instance: string;
  readonly nowMs: number;
  readonly isEmulated: boolean;
  readonly supervisor: Supervisor;
  readonly table: SubscriptionTable;
  readonly quotes: InstrumentQuotes;
  readonly rates: BloombergStatus['rates'];
  readonly budget: FeedBudgetView;
  readonly requests: number;
  readonly server: BloombergStatus['server'];
  readonly vpn: VpnVerdict | 'off' | undefined;
}

const rowsMax = 500;

export function statusOf(input: StatusInput): BloombergStatus {
  const { standing, feed, supervisor, table, quotes } = input;
  const { description } = supervisor;
  return {
    feed: bloombergFeed,
    name: feed?.name ?? 'Bloomberg',
    instance: input.instance,
    ...standing,
    since: iso(supervisor.sinceMs),
    at: iso(input.nowMs),
    isEmulated: input.isEmulated,
    library:
      description === undefined
        ? null
        : {
            path: description.path,
            version: description.version,
            identifier: description.versionIdentifier,
            decoder: description.decoder,
          },
    session: {
      number: supervisor.number,
      server: supervisor.server,
      connectionsUp: supervisor.connectionsUp,
      isRestoringStreams: supervisor.isRestoringStreams,
      services: [...supervisor.services].map(([service, { state, text }]) => ({ service, state, text })),
    },
    subscriptions: subscriptionsOf(table, quotes),
    rates: input.rates,
    totals: {
      ticks: table.ticks,
      quotes: quotes.published,
      dataLosses: table.dataLosses,
      slowConsumerWarnings: supervisor.slowConsumerWarnings,
      messagesTooLarge: supervisor.messagesTooLarge,
      stalls: supervisor.stalls,
      misfits: quotes.misfits,
      requests: input.requests,
      reconnects: Math.max(0, supervisor.number - 1),
    },
    isSlowConsumer: supervisor.isSlowConsumer,
    budget: input.budget,
    server: input.server,
    vpn: vpnOf(input.vpn),
  };
}

function subscriptionsOf(
  table: SubscriptionTable,
  quotes: InstrumentQuotes,
): BloombergStatus['subscriptions'] {
  const rows: FeedSubscriptionView[] = [];
  const others: FeedSubscriptionView[] = [];
  const count = { live: 0, stale: 0, delayed: 0, failed: 0 };
  for (const [instrument, security, cause] of quotes.refused()) {
    count.failed += 1;
    rows.push(refusedRow(instrument, security, cause));
  }
  for (const subscription of table.all.values()) {
    const { state, isDelayed } = subscription;
    if (state === 'live') count.live += 1;
    else if (state === 'failed') count.failed += 1;
    else count.stale += 1;
    if (isDelayed) count.delayed += 1;
    const instrument = quotes.instrumentOf(subscription.want.security);
    if (rows.length + others.length >= rowsMax) continue;
    (instrument === undefined ? others : rows).push(rowOf(subscription, instrument));
  }
  return { total: table.all.size, ...count, rows: [...rows, ...others] };
}

function rowOf(subscription: FeedSubscription, instrument: string | undefined): FeedSubscriptionView {
  const { id, want, state, image, receivedAtMs } = subscription;
  return {
    id,
    security: want.security,
    service: want.service,
    instrument: instrument ?? null,
    fields: [...want.fields],
    state: state === 'idle' ? (image.sequence > 0 ? 'stale' : 'pending') : state,
    isDelayed: subscription.isDelayed,
    ticks: subscription.ticks,
    ticksPerSecond: Math.round(subscription.ticksPerSecond * 10) / 10,
    lastTickAt: receivedAtMs === 0 ? null : iso(receivedAtMs),
    users: subscription.consumers.size,
    cause: subscription.cause,
    exceptions: [...subscription.exceptions],
  };
}

const refusedRow = (instrument: string, security: string, cause: FeedCause): FeedSubscriptionView => ({
  id: 0,
  security,
  service: '//blp/mktdata',
  instrument,
  fields: [],
  state: 'failed',
  isDelayed: false,
  ticks: 0,
  ticksPerSecond: 0,
  lastTickAt: null,
  users: 1,
  cause,
  exceptions: [],
});

function vpnOf(vpn: VpnVerdict | 'off' | undefined): BloombergStatus['vpn'] {
  if (vpn === 'off') return { state: 'off', handshakeAgeMs: null, cause: null };
  if (vpn === undefined) return { state: 'unknown', handshakeAgeMs: null, cause: null };
  const cause = vpn.state === 'down' ? { code: vpn.code, text: vpn.text } : null;
  return { state: vpn.state, handshakeAgeMs: vpn.handshakeAgeMs ?? null, cause };
}

const iso = (ms: number): string => new Date(ms).toISOString();
