/**
 * The protocol of the Bloomberg service's own server for market data consumers: WebSocket `/stream` and
 * `POST /request`. The schemas check what clients send and make the AsyncAPI and OpenAPI documents. Names of
 * securities, fields, message types and error categories are Bloomberg's text and open.
 */
import { z } from 'zod';

export const streamServices = ['//blp/mktdata', '//blp/mktvwap', '//blp/mktbar', '//blp/pagedata'] as const;
export type StreamService = (typeof streamServices)[number];

/** What may be asked of `POST /request`; everything else is refused with OPERATION_NOT_ALLOWED. */
export const requestOperations: Readonly<Record<string, readonly string[]>> = {
  '//blp/refdata': [
    'ReferenceDataRequest',
    'HistoricalDataRequest',
    'IntradayBarRequest',
    'IntradayTickRequest',
    'PortfolioDataRequest',
    'BeqsRequest',
  ],
  '//blp/apiflds': ['FieldInfoRequest', 'FieldSearchRequest', 'CategorizedFieldSearchRequest'],
  '//blp/instruments': ['instrumentListRequest', 'curveListRequest', 'govtListRequest'],
  '//blp/tasvc': ['studyRequest'],
};

const service = z
  .string()
  .max(64)
  .regex(/^(\/\/blp\/)?[a-z][a-z0-9-]*$/, 'a service such as mktdata or //blp/mktdata');
/** Without `?`, `&` and controls: the text becomes a part of Bloomberg's subscription string. */
const security = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^?&\u0000-\u001f\u007f]+$/, 'a security without ? and &');
const field = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'a field mnemonic');
const correlationId = z.union([z.string().min(1).max(64), z.int()]);

export const streamOptions = z
  .object({
    /** Seconds between two updates, conflated at Bloomberg. */
    interval: z.number().min(0.1).max(86_400).optional(),
    /** Bloomberg's conflated quotes, with all trades. */
    conflate: z.boolean().optional(),
    /** Bloomberg's delayed stream. */
    delayed: z.boolean().optional(),
    /** Other options as Bloomberg spells them, such as `bar_size=5`. */
    other: z
      .array(z.string().regex(/^[A-Za-z_]{1,32}(=[A-Za-z0-9_.:-]{1,64})?$/))
      .max(10)
      .optional(),
  })
  .strict();

export const streamSubscription = z
  .object({
    /** The client's own; each message about the subscription carries it. */
    correlationId,
    security,
    /** Default `//blp/mktdata`. */
    service: service.optional(),
    /** Not needed for `pagedata`. */
    fields: z.array(field).max(100).default([]),
    options: streamOptions.optional(),
    /**
     * Least milliseconds between two updates to this client, the newest value of each field wins. 0: every
     * message, from a bounded queue. Default: 100 for mktdata and mktvwap, 0 for mktbar and pagedata.
     */
    conflateMs: z.int().min(0).max(60_000).optional(),
  })
  .strict();
export type StreamSubscription = z.infer<typeof streamSubscription>;

export const marketDataRequest = z.discriminatedUnion('op', [
  z.object({ op: z.literal('auth'), token: z.string().max(4_096) }),
  z.object({ op: z.literal('subscribe'), subscriptions: z.array(streamSubscription).min(1).max(500) }),
  /** Without `correlationIds`: all. */
  z.object({ op: z.literal('unsubscribe'), correlationIds: z.array(correlationId).max(5_000).optional() }),
  z.object({ op: z.literal('ping'), at: z.number() }),
]);
export type MarketDataRequest = z.infer<typeof marketDataRequest>;

/** A value as JSON: doubles as numbers, 64-bit integers over 2^53 and dates as text, bytes as base64. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };
const jsonValue: z.ZodType<JsonValue> = z.json();

export const subscriptionStates = [
  'subscribed',
  'live',
  'stale',
  'delayed',
  'waiting',
  'failed',
  'unsubscribed',
] as const;

export const dataUpdate = z.object({
  correlationId,
  /** `snapshot`: all that is known. `update`: what changed since. `event`: one message of Bloomberg. */
  kind: z.enum(['snapshot', 'update', 'event']),
  messageType: z.string(),
  /** Of the shared subscription: grows by one with each message of Bloomberg. */
  sequence: z.int(),
  isStale: z.boolean(),
  isDelayed: z.boolean(),
  /** Messages before this one that the client's queue had no room for (conflateMs 0 only). */
  dropped: z.int().optional(),
  /** null: cleared. An update names only what changed. */
  fields: z.record(z.string(), jsonValue),
});
export type DataUpdate = z.infer<typeof dataUpdate>;

export const marketDataMessage = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('ready'),
    serverTimeMs: z.number(),
    /** `emulator`: these are no market prices. */
    source: z.enum(['bloomberg', 'emulator']),
    state: z.string(),
  }),
  z.object({ op: z.literal('data'), updates: z.array(dataUpdate) }),
  z.object({
    op: z.literal('status'),
    /** Null: about the feed as a whole. */
    correlationId: correlationId.nullable(),
    state: z.string(),
    code: z.string().optional(),
    text: z.string().optional(),
    /** Fields that Bloomberg refused while the rest goes on. */
    exceptions: z.array(z.object({ field: z.string(), category: z.string() })).optional(),
  }),
  z.object({
    op: z.literal('error'),
    correlationId: correlationId.nullable(),
    code: z.string(),
    text: z.string(),
  }),
  z.object({ op: z.literal('pong'), at: z.number(), serverTimeMs: z.number() }),
]);
export type MarketDataMessage = z.infer<typeof marketDataMessage>;
export type CorrelationId = z.infer<typeof correlationId>;

// ---------------------------------------------------------------- requests

const overrides = z.record(field, z.union([z.string().max(256), z.number(), z.boolean()])).optional();
const day = z.iso.date();
/** An instant in UTC. */
const instant = z.iso.datetime();
const securities = z.array(security).min(1).max(1_000);
const fields = z.array(field).min(1).max(400);
const maxResults = z.int().min(1).max(1_000).optional();

/** The everyday requests, in plain form. */
export const plainRequest = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reference'), securities, fields, overrides }).strict(),
  z
    .object({
      type: z.literal('historical'),
      securities,
      fields,
      startDate: day,
      endDate: day,
      periodicity: z.enum(['DAILY', 'WEEKLY', 'MONTHLY', 'QUARTERLY', 'SEMI_ANNUALLY', 'YEARLY']).optional(),
      overrides,
    })
    .strict(),
  z
    .object({
      type: z.literal('intradayBars'),
      security,
      eventType: z.enum(['TRADE', 'BID', 'ASK', 'BEST_BID', 'BEST_ASK']),
      /** Minutes. */
      interval: z.int().min(1).max(1_440),
      start: instant,
      end: instant,
    })
    .strict(),
  z
    .object({
      type: z.literal('intradayTicks'),
      security,
      eventTypes: z
        .array(z.string().regex(/^[A-Z_]{1,32}$/))
        .min(1)
        .max(20),
      start: instant,
      end: instant,
    })
    .strict(),
  z.object({ type: z.literal('instruments'), query: z.string().min(1).max(256), maxResults }).strict(),
  z.object({ type: z.literal('fieldInfo'), ids: z.array(field).min(1).max(400) }).strict(),
  z.object({ type: z.literal('fieldSearch'), query: z.string().min(1).max(256) }).strict(),
]);
export type PlainRequest = z.infer<typeof plainRequest>;

/** Any operation of the list above, elements as Bloomberg's schema spells them. */
export const rawRequest = z
  .object({
    service,
    operation: z.string().regex(/^[A-Za-z]{1,64}$/),
    elements: z.record(z.string().max(64), z.json()),
  })
  .strict();
export type RawRequest = z.infer<typeof rawRequest>;

export const marketDataQuery = z.union([plainRequest, rawRequest]);

export const requestPart = z.object({ messageType: z.string(), elements: z.record(z.string(), jsonValue) });

/** Answer as one JSON document. */
export const requestAnswer = z.object({
  service: z.string(),
  operation: z.string(),
  source: z.enum(['bloomberg', 'emulator']),
  parts: z.array(requestPart),
});

/** Lines of the answer as `application/x-ndjson`: parts as they come, then the end or an error. */
export const requestLine = z.union([
  requestPart,
  z.object({ isFinal: z.literal(true), parts: z.int() }),
  z.object({ error: z.object({ code: z.string(), text: z.string() }) }),
]);
