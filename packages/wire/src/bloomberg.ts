/**
 * What the Bloomberg service tells: the feed's status on `bloomberg.status`, reference data on request,
 * indicative prices on the API's stream, and who may read what. The protocol of its own server for market
 * data consumers is in `bloomberg.protocol.ts`.
 */
import { z } from 'zod';
import type { FeedDocument, Role } from './configuration.ts';

/** Id of the feed document, venue of its quotes. */
export const bloombergFeed = 'bloomberg';

/**
 * `unavailable`: no usable library. `down`: no session, or the way to Bloomberg is broken. `connecting`:
 * starting. `up`. `stale`: the session lives, its connections are lost. `unauthorised`: Bloomberg has revoked
 * or refused our rights. `stopped`: switched off by configuration, or stopping.
 */
export const feedStates = [
  'unavailable',
  'down',
  'connecting',
  'up',
  'stale',
  'unauthorised',
  'stopped',
] as const;
export type FeedState = (typeof feedStates)[number];

/**
 * Why something is as it is: a code for programs (open: Bloomberg's categories among them) and a sentence.
 */
export const feedCause = z.object({ code: z.string(), text: z.string() });
export type FeedCause = z.infer<typeof feedCause>;

/**
 * `pending`: asked for, no data yet. `live`. `stale`: what is shown is old. `waiting`: ended, will be asked
 * for again. `failed`: refused for good (bad security, no authorisation, budget).
 */
export const feedSubscriptionStates = ['pending', 'live', 'stale', 'waiting', 'failed'] as const;
export type FeedSubscriptionState = (typeof feedSubscriptionStates)[number];

export const feedSubscriptionView = z.object({
  /** Of this platform, stable over sessions; not Bloomberg's correlation id. */
  id: z.int(),
  security: z.string(),
  /** `//blp/mktdata`, … */
  service: z.string(),
  /** Our instrument, where configuration names one. */
  instrument: z.string().nullable(),
  fields: z.array(z.string()),
  state: z.enum(feedSubscriptionStates),
  isDelayed: z.boolean(),
  ticks: z.int(),
  ticksPerSecond: z.number(),
  lastTickAt: z.iso.datetime().nullable(),
  /** Consumers that share it, the platform among them. */
  users: z.int(),
  cause: feedCause.nullable(),
  /** Fields that Bloomberg refused while the rest goes on. */
  exceptions: z.array(z.object({ field: z.string(), category: z.string() })),
});
export type FeedSubscriptionView = z.infer<typeof feedSubscriptionView>;

/** Null as a limit: none. */
export const feedBudgetView = z.object({
  /** UTC day that is counted. */
  day: z.iso.date(),
  /** Securities × fields, of subscriptions and requests. */
  hits: z.int(),
  hitsMax: z.int().nullable(),
  /** Different securities asked for on this day. */
  securities: z.int(),
  securitiesMax: z.int().nullable(),
  /** Open at Bloomberg now. */
  subscriptions: z.int(),
  subscriptionsMax: z.int().nullable(),
  userHitsMax: z.int().nullable(),
  /** Those with the most hits, `platform` for our own needs. */
  users: z.array(
    z.object({
      user: z.string(),
      hits: z.int(),
      /** Of which at each service, most hits first; at most 20. */
      services: z.array(z.object({ service: z.string(), hits: z.int() })),
    }),
  ),
  /** `warned`: a limit is used by 80 % or more; `exhausted`: something is refused with BUDGET_EXCEEDED. */
  state: z.enum(['good', 'warned', 'exhausted']),
});
export type FeedBudgetView = z.infer<typeof feedBudgetView>;

export const bloombergStatus = z.object({
  feed: z.string(),
  name: z.string(),
  /** Process that runs it. */
  instance: z.string(),
  state: z.enum(feedStates),
  /** Why it is not `up`; null when it is. */
  cause: feedCause.nullable(),
  since: z.iso.datetime(),
  at: z.iso.datetime(),
  /** The library is the emulator: these are no market prices. */
  isEmulated: z.boolean(),
  library: z
    .object({
      path: z.string(),
      version: z.string(),
      identifier: z.string(),
      decoder: z.enum(['shim', 'ffi']),
    })
    .nullable(),
  session: z.object({
    /** Session objects made since the start; a failed one is never used again. */
    number: z.int(),
    server: z.string().nullable(),
    connectionsUp: z.int(),
    /** The library repairs streams itself after a connection loss (3.11.6 and newer). */
    isRestoringStreams: z.boolean(),
    services: z.array(
      z.object({
        service: z.string(),
        state: z.enum(['opening', 'open', 'down', 'failed']),
        text: z.string(),
      }),
    ),
  }),
  subscriptions: z.object({
    total: z.int(),
    live: z.int(),
    stale: z.int(),
    delayed: z.int(),
    failed: z.int(),
    /** The platform's own first; at most 500. */
    rows: z.array(feedSubscriptionView),
  }),
  rates: z.object({ ticksPerSecond: z.number(), quotesPerSecond: z.number() }),
  /** Since the start of the process. */
  totals: z.object({
    ticks: z.int(),
    quotes: z.int(),
    dataLosses: z.int(),
    slowConsumerWarnings: z.int(),
    messagesTooLarge: z.int(),
    /** Times the library's queue was left alone and grew because we were behind. */
    stalls: z.int(),
    /** Prices or sizes finer than the instrument's scale, rounded against us or refused. */
    misfits: z.int(),
    requests: z.int(),
    reconnects: z.int(),
  }),
  isSlowConsumer: z.boolean(),
  budget: feedBudgetView,
  /** The server for market data consumers. */
  server: z.object({
    /** `http://127.0.0.1:8090`, or null while it does not listen. */
    address: z.string().nullable(),
    clients: z.int(),
    cause: feedCause.nullable(),
  }),
  vpn: z.object({
    state: z.enum(['off', 'unknown', 'up', 'down']),
    handshakeAgeMs: z.number().nullable(),
    cause: feedCause.nullable(),
  }),
});
export type BloombergStatus = z.infer<typeof bloombergStatus>;

/** GET /api/v1/bloomberg: null when no process of the platform has told of the feed for 10 s. */
export const bloombergView = z.object({ status: bloombergStatus.nullable() });
export type BloombergView = z.infer<typeof bloombergView>;

/** GET /api/v1/bloomberg/reference/{instrument}. */
export const referenceView = z.object({
  instrument: z.string(),
  security: z.string(),
  isEmulated: z.boolean(),
  at: z.iso.datetime(),
  fields: z.array(
    z.object({
      field: z.string(),
      label: z.string(),
      /** Numbers as decimal text, dates as ISO text; null: Bloomberg has none. */
      value: z.string().nullable(),
    }),
  ),
  /** Fields that were refused, in Bloomberg's words. */
  exceptions: z.array(z.object({ field: z.string(), category: z.string(), text: z.string() })),
});
export type ReferenceView = z.infer<typeof referenceView>;

export interface ReferenceQuestion {
  readonly instrument: string;
  readonly user: string;
}
export type ReferenceAnswer =
  | { readonly result: 'done'; readonly view: ReferenceView }
  | { readonly result: 'refused'; readonly code: string; readonly text: string };

/** A feed's price of one instrument, for information: decimal text, null where there is none. */
export const indicativeView = z.object({
  feed: z.string(),
  feedName: z.string(),
  instrument: z.string(),
  symbol: z.string(),
  /** `stale`: no fresh price; `bid` and `ask` are null then and the last ones are kept beside them. */
  state: z.enum(['live', 'stale']),
  isDelayed: z.boolean(),
  isEmulated: z.boolean(),
  bid: z.string().nullable(),
  ask: z.string().nullable(),
  lastBid: z.string().nullable(),
  lastAsk: z.string().nullable(),
  sequence: z.int(),
  /** UTC milliseconds of receipt; 0 before the first. */
  receivedAtMs: z.number(),
  ageMs: z.number(),
});
export type IndicativeView = z.infer<typeof indicativeView>;

// ---------------------------------------------------------------- who may read what

export interface FeedReader {
  readonly id: string;
  readonly role: Role;
}

/** `//blp/mktdata` and `mktdata` are the same service. */
export const serviceName = (service: string): string => service.replace(/^\/\/blp\//, '');

/**
 * May this user read from this service, and, where one is named, this field? Nobody but administrators may
 * before the feed document has `rights`; where it names Bloomberg's users behind ours, only those who are
 * named. The feed document is where the licence's terms are followed.
 */
export function mayReadFeed(
  feed: Pick<FeedDocument, 'rights' | 'identities'> | undefined,
  user: FeedReader,
  service: string,
  field?: string,
): boolean {
  if (feed === undefined) return false;
  if (feed.identities !== undefined && feed.identities[user.id] === undefined) return false;
  if (feed.rights === undefined) return user.role === 'admin';
  return feed.rights.some(
    (right) =>
      (right.users?.includes(user.id) === true || right.roles?.includes(user.role) === true) &&
      names(right.services, serviceName(service)) &&
      (field === undefined || names(right.fields, field)),
  );
}

const names = (list: readonly string[], one: string): boolean => list.includes('*') || list.includes(one);
