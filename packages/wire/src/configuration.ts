/**
 * The configuration documents. Each is one JSON body with a kind and an id; every change is a new version
 * that keeps who made it and when (`platform/configuration`). Quantities and money are decimal text; ids
 * are topic tokens.
 */
import { UNATTRIBUTED } from '@tidegate/core/order/case';
import { z } from 'zod';
import { decimalText, idText, positiveDecimalText } from './decimals.ts';
import { limitDocument } from './limit.document.ts';
import { grantable } from './permissions.ts';

const id = idText;

export const roles = ['admin', 'operations', 'risk', 'compliance', 'trader', 'viewer', 'service'] as const;

/**
 * When a FIX session is open. A new period starts with new sequence numbers; outside of it logons are
 * refused.
 * Days: 0 Sunday to 6 Saturday, both or neither; without them it opens every day.
 */
export const sessionSchedule = z
  .object({
    startTime: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/),
    endTime: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/),
    startDay: z.int().min(0).max(6).optional(),
    endDay: z.int().min(0).max(6).optional(),
    /** IANA name; absent: UTC. */
    timeZone: z.string().refine(isTimeZone, 'not a time zone').optional(),
  })
  .refine(({ startDay, endDay }) => (startDay === undefined) === (endDay === undefined), {
    error: 'startDay and endDay go together',
    path: ['endDay'],
  });

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** When data counts as bad (docs/data-quality.md); what is absent is taken from the next more general one. */
export const qualityThresholds = z.strictObject({
  staleAfterMs: z.int().min(50).optional(),
  /** 0: not checked. */
  spikeBasisPoints: z.number().min(0).max(10_000).optional(),
  wideBasisPoints: z.number().min(0).max(10_000).optional(),
  /** Levels on each side. */
  levelsMin: z.int().min(1).max(50).optional(),
});

/** Of a source: its thresholds, those of its instruments, and when it has announced that it is away. */
export const sourceQuality = z.strictObject({
  thresholds: qualityThresholds.optional(),
  instruments: z.record(id, qualityThresholds).optional(),
  announced: z
    .array(
      z
        .strictObject({
          from: z.iso.datetime(),
          to: z.iso.datetime(),
          /** Absent: all of them. */
          instruments: z.array(id).min(1).optional(),
          reason: z.string().min(1).max(200),
        })
        .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { error: 'to is after from' }),
    )
    .max(1_000)
    .optional(),
});
export type SourceQuality = z.infer<typeof sourceQuality>;

export const instrumentDocument = z.object({
  id,
  symbol: z.string().min(1).max(32),
  type: z.literal('spot'),
  baseCurrency: z.string().regex(/^[A-Z]{3,5}$/),
  quoteCurrency: z.string().regex(/^[A-Z]{3,5}$/),
  priceScale: z.int().min(0).max(9),
  quantityScale: z.int().min(0).max(8),
  pipScale: z.int().min(0).max(9),
  quantityMin: positiveDecimalText,
  quantityMax: positiveDecimalText,
  quantityStep: positiveDecimalText,
  /** When it settles: business days after the trade date, and its holidays; absent: two weekdays. */
  settlement: z
    .strictObject({
      days: z.int().min(0).max(5),
      holidays: z.array(z.iso.date()).max(500).optional(),
    })
    .optional(),
  /** When it trades; absent: always. */
  tradingHours: sessionSchedule.optional(),
  quality: qualityThresholds.optional(),
});

/** FIX over TLS towards a provider; files are PEM. Absent files: the system's authorities, no certificate. */
export const venueTls = z
  .object({
    /** The only authorities that are trusted. */
    caFile: z.string().min(1).optional(),
    /** Our certificate and its key, where the provider wants one. */
    certFile: z.string().min(1).optional(),
    keyFile: z.string().min(1).optional(),
    /** The name its certificate must have; absent: the host's. */
    serverName: z.string().min(1).optional(),
  })
  .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), {
    error: 'certFile and keyFile go together',
    path: ['keyFile'],
  });

/**
 * How a provider's messages are held against the dictionary, by the names that QuickFIX users know. What is
 * absent is lenient (`docs/fix/providers.md`): what we do not know or need is taken. Ours are always held to
 * the standard.
 */
export const venueValidation = z.strictObject({
  /** Refuse fields from tag 5000 on that the dictionary does not have. */
  validateUserDefinedFields: z.boolean().optional(),
  /** Take fields below tag 5000 that the dictionary does not have, or not for the message. */
  allowUnknownMsgFields: z.boolean().optional(),
  /** Refuse fields without a value. */
  validateFieldsHaveValues: z.boolean().optional(),
  /** Refuse fields of the header behind those of the body. */
  validateFieldsOutOfOrder: z.boolean().optional(),
  /** Refuse entries whose fields are not in the dictionary's order. */
  validateUnorderedGroupFields: z.boolean().optional(),
  /** Refuse values that are not in the dictionary's enumeration. */
  validateEnumValues: z.boolean().optional(),
  /** Refuse values that are not written as the field's type asks for. */
  validateFieldFormats: z.boolean().optional(),
  /** Refuse messages without their required fields. */
  checkRequired: z.boolean().optional(),
  /** Off: what does not conform is told as an event and taken all the same. */
  rejectInvalidMessage: z.boolean().optional(),
});

/** What the provider's own dictionary adds to FIX 4.4, in the form of QuickFIX's XML. */
export const venueDictionary = z
  .strictObject({
    /** Path of a file that each gateway has. */
    file: z.string().min(1).optional(),
    /** The XML itself. */
    xml: z.string().min(1).max(1_000_000).optional(),
    /** It is a whole dictionary, to be read in place of ours. */
    isWhole: z.boolean().optional(),
  })
  .refine(({ file, xml }) => (file === undefined) !== (xml === undefined), {
    error: 'either file or xml',
    path: ['file'],
  });

/** A liquidity provider: where its sessions are, how it names things, when its quotes are stale. */
export const venueDocument = z.object({
  id,
  name: z.string(),
  dialect: z.string().default('standard'),
  enabled: z.boolean(),
  senderCompId: z.string(),
  targetCompId: z.string(),
  quotes: z.object({
    hosts: z.array(z.object({ host: z.string(), port: z.int() })).min(1),
    senderCompId: z.string(),
  }),
  orders: z.object({
    hosts: z.array(z.object({ host: z.string(), port: z.int() })).min(1),
    senderCompId: z.string(),
  }),
  username: z.string().optional(),
  /** Name of the secret that holds the password, never the password. */
  passwordSecret: z.string().optional(),
  /** Absent: plain, through a tunnel. */
  tls: venueTls.optional(),
  /** Absent: always open. */
  schedule: sessionSchedule.optional(),
  /** Sessions that operators have disabled: logged out, and not called until they are enabled. */
  disabledSessions: z
    .array(z.enum(['quotes', 'orders']))
    .max(2)
    .optional(),
  staleAfterMs: z.int().min(50),
  routeTimeoutMs: z.int().min(50),
  /** Only these; absent means all. */
  instruments: z.array(id).optional(),
  dictionary: venueDictionary.optional(),
  validation: venueValidation.optional(),
  /** It answers OrderMassStatusRequest(AF): asked once about all orders, not with H about each. */
  massStatus: z.boolean().optional(),
  quality: sourceQuality.optional(),
});

/**
 * A source of indicative prices, such as Bloomberg: shown, compared and used as a reference, never traded on.
 * Its id is the venue of its quotes.
 */
export const feedDocument = z.object({
  id,
  name: z.string(),
  enabled: z.boolean(),
  /** Without a tick for so long, an instrument's quote is stale. */
  staleAfterMs: z.int().min(50),
  /** What the feed calls our instruments: `EURUSD` → `EURUSD BGN Curncy`. */
  securities: z.record(id, z.string().min(1).max(256)),
  /** Who may read which of the feed's services (`mktdata`) and fields; `*` is all. Absent: administrators. */
  rights: z
    .array(
      z.object({
        users: z.array(id).max(1_000).optional(),
        roles: z.array(z.enum(roles)).optional(),
        services: z.array(z.string().min(1).max(64)).min(1).max(50),
        fields: z.array(z.string().min(1).max(64)).min(1).max(1_000),
      }),
    )
    .max(200)
    .optional(),
  /**
   * Bloomberg's own users behind ours, by user id. With it, a user is given only data whose entitlement ids
   * (EID) Bloomberg confirms; one who is not named here is refused. Absent: not checked.
   */
  identities: z
    .record(id, z.object({ uuid: z.int().min(1), ipAddress: z.string().min(1).max(45).optional() }))
    .optional(),
  quality: sourceQuality.optional(),
});

/** Markup of a client tier: points per side, by instrument; `*` is the default. */
export const tierDocument = z.object({
  id,
  name: z.string(),
  markupPoints: z.record(z.string(), z.int().min(0)),
  depth: z.int().min(1).max(10),
});

export const limitsDocument = z.object({
  /** Largest order in the firm's credit currency. */
  orderNotionalMax: positiveDecimalText,
  /** Share of the reference price a limit may be away from it on the aggressive side, in basis points. */
  collarBasisPoints: z.int().min(1),
  /** New orders and replaces per second, with a burst of as many. Cancels are never counted. */
  ordersPerSecondMax: z.int().min(1),
  openOrdersMax: z.int().min(1),
});

/** A risk owner: one partition. */
export const firmDocument = z.object({
  id: idText
    .max(32, 'a firm is a partition: at most 32 characters')
    .refine((text) => text !== UNATTRIBUTED, `${UNATTRIBUTED} is the platform's own partition`),
  name: z.string(),
  creditCurrency: z.string(),
  tier: id,
  limits: limitsDocument,
  accounts: z.array(z.object({ id, name: z.string() })).min(1),
  /** `*` or instrument ids. */
  instruments: z.array(z.string()).min(1),
  /**
   * A venue's bust or correction of a fill of ours: booked and told at once, or after an operator's yes (the
   * default).
   */
  busts: z.enum(['atOnce', 'afterApproval']).optional(),
});

const fingerprint = /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/;

/** A FIX client: who may log on where, with which rights. The password is a scrypt hash. */
export const fixClientDocument = z.object({
  id,
  firm: id,
  account: id,
  senderCompId: z.string(),
  targetCompId: z.string(),
  username: z.string(),
  /** Empty: no password is given yet, and it cannot log on. */
  passwordHash: z.string().default(''),
  allowedAddresses: z.array(z.string()).min(1),
  /**
   * SHA-256 fingerprints (`AB:CD:…`) of the TLS certificates of which the client must show one; two while it
   * is renewed. Absent: any that the listeners' authorities have signed.
   */
  certificates: z.array(z.string().regex(fingerprint, 'a SHA-256 fingerprint: AB:CD:…')).min(1).optional(),
  /** Listener ids it may log on to; `*` for all. */
  listeners: z.array(z.string()).min(1),
  rights: z.array(z.enum(['marketData', 'trading', 'dropCopy'])).min(1),
  cancelOnDisconnect: z.boolean().default(false),
  /** Its sessions are ended, and its logons refused. */
  disabled: z.boolean().optional(),
  /** Listeners where its session is disabled by operators: ended, and its logons refused there. */
  disabledSessions: z.array(id).max(28).optional(),
  /** FIX messages a second of one session; what is beyond is refused. Cancels (F, q) never count. */
  messagesPerSecondMax: z.int().min(1).max(1_000_000).optional(),
  /** Absent: always open. */
  schedule: sessionSchedule.optional(),
  /**
   * A logon while the session is logged on. It is turned away: without more (`refused`), or while the one
   * that is there is asked whether it is alive (`challenged`, the default). Or it cuts the other
   * (`newestWins`).
   */
  secondLogon: z.enum(['refused', 'challenged', 'newestWins']).optional(),
});

export const listenerPurposes = [
  'marketData',
  'trading',
  'both',
  'dropCopy',
  'certification',
  'passThrough',
] as const;
/** One row of the session table: a port of 7002–7029 as an offset from FIX_PORT_BASE. */
export const listenerDocument = z.object({
  id,
  offset: z.int().min(0).max(27),
  purpose: z.enum(listenerPurposes),
  enabled: z.boolean(),
  /** For passThrough: the provider it is bound to; absent means unbound. */
  venue: id.optional(),
});

/** A web or API user. */
export const userDocument = z.object({
  id,
  name: z.string(),
  role: z.enum(roles),
  /** Rights beyond those of the role. */
  grants: z.array(z.enum(grantable)).optional(),
  firm: id,
  account: id,
  /** Empty: no password is given yet, and nobody signs in with it. */
  passwordHash: z.string().default(''),
  disabled: z.boolean().default(false),
  /** Lets whoever has its token give the user a password, once. */
  invitation: z
    .strictObject({
      /** SHA-256 of the token, base64url. */
      tokenHash: z.string().length(43),
      expiresAtMs: z.int(),
    })
    .optional(),
  /**
   * Tokens issued before this are refused (UTC ms). Moved by whoever stores the document when the user is
   * disabled or enabled, or gets another role, firm, password or right: tokens from before never come back.
   */
  tokensValidFromMs: z.int().default(0),
});

export const documents = {
  instrument: instrumentDocument,
  venue: venueDocument,
  feed: feedDocument,
  tier: tierDocument,
  firm: firmDocument,
  fixClient: fixClientDocument,
  listener: listenerDocument,
  user: userDocument,
  limit: limitDocument,
} as const;
export type DocumentKind = keyof typeof documents;
export type DocumentOf<K extends DocumentKind> = z.infer<(typeof documents)[K]>;

export type InstrumentDocument = DocumentOf<'instrument'>;
export type VenueDocument = DocumentOf<'venue'>;
export type FeedDocument = DocumentOf<'feed'>;
export type TierDocument = DocumentOf<'tier'>;
export type FirmDocument = DocumentOf<'firm'>;
export type FixClientDocument = DocumentOf<'fixClient'>;
export type ListenerDocument = DocumentOf<'listener'>;
export type UserDocument = DocumentOf<'user'>;
export type LimitDocument = DocumentOf<'limit'>;
export type Role = (typeof roles)[number];

export interface ConfigurationChanged {
  /** Grows by one with every change of any document. */
  readonly version: number;
  readonly kind: DocumentKind;
  readonly id: string;
}
export { decimalText };
