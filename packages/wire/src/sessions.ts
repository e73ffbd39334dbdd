/**
 * State of one FIX session, as the gateway tells it and the sessions page shows it, and its last messages.
 */
import { z } from 'zod';
import { sessionSchedule } from './configuration.ts';

/** Of everything since the gateway opened the session; microseconds. */
const latency = z.object({ p50: z.int(), p99: z.int() });

export const sessionStatus = z.object({
  id: z.string(),
  /** `client` (acceptor) or `venue` (initiator). */
  side: z.enum(['client', 'venue']),
  /** Client or venue id. */
  counterparty: z.string(),
  purpose: z.string(),
  listener: z.string().optional(),
  port: z.int().optional(),
  state: z.enum(['up', 'down', 'connecting']),
  reason: z.string(),
  since: z.iso.datetime(),
  /** False: disabled by operators, until they enable it; over restarts, too. */
  isEnabled: z.boolean(),
  /** Ours and theirs. */
  senderCompId: z.string().optional(),
  targetCompId: z.string().optional(),
  /** Of any message, heartbeats too; absent: none since its gateway opened it. */
  lastReceivedAt: z.iso.datetime().optional(),
  lastSentAt: z.iso.datetime().optional(),
  /** MsgSeqNum expected next, and of the next message sent. */
  nextInbound: z.int().optional(),
  nextOutbound: z.int().optional(),
  /** Its numbers go on over connections: they can be set and reset. */
  areNumbersKept: z.boolean(),
  /** Of a provider's prices: images a second, instruments asked for, and those without one in time. */
  quotes: z.object({ perSecond: z.number(), instruments: z.int(), stale: z.int() }).optional(),
  schedule: sessionSchedule.optional(),
  remoteAddress: z.string().optional(),
  counters: z.object({
    messagesIn: z.int(),
    messagesOut: z.int(),
    bytesIn: z.int(),
    bytesOut: z.int(),
    gapsDetected: z.int(),
    /** ResendRequests of ours. */
    resendsRequested: z.int(),
    resendsServed: z.int(),
    rejectsIn: z.int(),
    rejectsOut: z.int(),
    garbledIn: z.int(),
    /** Refused because the peer sent too many a second. */
    throttledIn: z.int(),
    /** Prices not sent: the peer was away, too slow, or a resend ran. */
    perishablesDropped: z.int(),
    /** Callbacks of ours that threw. */
    applicationErrors: z.int(),
  }),
  /** Bytes that wait for the peer to read. */
  queuedBytes: z.int(),
  /** From the arrival of a message to its result, and from a message's encoding to its writing. */
  latencyUs: z.object({ received: latency, sent: latency }),
});
export type SessionStatus = z.infer<typeof sessionStatus>;

/** One that is disabled, and that no gateway has opened. */
export const unopened = (
  place: Pick<SessionStatus, 'id' | 'side' | 'counterparty' | 'purpose' | 'listener'>,
  since: string,
): SessionStatus => ({
  ...place,
  state: 'down',
  reason: 'disabled by operations',
  isEnabled: false,
  areNumbersKept: false,
  since,
  counters: noCounters(),
  queuedBytes: 0,
  latencyUs: { received: { p50: 0, p99: 0 }, sent: { p50: 0, p99: 0 } },
});

export const noCounters = (): SessionStatus['counters'] =>
  Object.fromEntries(
    Object.keys(sessionStatus.shape.counters.shape).map((name) => [name, 0]),
  ) as SessionStatus['counters'];

const sequenceNumber = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

/** The next numbers as operator and counterparty have agreed them; one that is absent stays. */
export const sessionNumbersRequest = z
  .strictObject({
    /** Expected next. Back: the counterparty is asked for all from there on once more. */
    nextInbound: sequenceNumber.optional(),
    /** Of the next message sent; forward only. */
    nextOutbound: sequenceNumber.optional(),
    reason: z.string().min(1).max(200),
  })
  .refine(({ nextInbound, nextOutbound }) => nextInbound !== undefined || nextOutbound !== undefined, {
    error: 'nextInbound, nextOutbound or both',
  });
export type SessionNumbersRequest = z.infer<typeof sessionNumbersRequest>;

/** `isEnabled` false: logged out, and not let in or called until it is enabled; kept over restarts. */
export const sessionEnablingRequest = z.strictObject({
  isEnabled: z.boolean(),
  reason: z.string().min(1).max(200),
});
export type SessionEnablingRequest = z.infer<typeof sessionEnablingRequest>;

export const sessionDisconnectRequest = z.strictObject({ reason: z.string().min(1).max(200) });
export type SessionDisconnectRequest = z.infer<typeof sessionDisconnectRequest>;

/** `inbound`: of what we expect, `outbound`: of what we send. */
export const resetSides = ['both', 'inbound', 'outbound'] as const;
export const sessionResetRequest = z.strictObject({
  side: z.enum(resetSides),
  reason: z.string().min(1).max(200),
});
/** The next numbers before it. */
export const sessionResetView = z.object({
  was: z.object({ nextInbound: z.int(), nextOutbound: z.int() }),
});
export type SessionResetView = z.infer<typeof sessionResetView>;
export type SessionResetRequest = z.infer<typeof sessionResetRequest>;

/** Asks the gateway of a session to act on it. */
export interface SessionActionQuestion {
  readonly session: string;
  readonly action:
    | { readonly kind: 'disconnect' }
    | { readonly kind: 'reset'; readonly side: (typeof resetSides)[number] };
}

export const sessionActionCodes = [
  /** Disconnect: nobody is logged on. */
  'SESSION_NOT_UP',
  /** Reset: somebody is connected, and would lose step with us; or the store does not answer. */
  'SESSION_IN_USE',
  /** Reset: its numbers begin at 1 with each logon. */
  'NUMBERS_NOT_KEPT',
] as const;

export type SessionActionAnswer =
  /** `was`: the next numbers before a reset. */
  | { readonly result: 'done'; readonly was?: SessionResetView['was'] }
  | {
      readonly result: 'refused';
      readonly code: (typeof sessionActionCodes)[number];
      readonly text: string;
    };

/** Asks the gateway of a session to set its next numbers. */
export interface SessionNumbersQuestion {
  readonly session: string;
  readonly numbers: { readonly nextInbound?: number; readonly nextOutbound?: number };
}

export type SessionNumbersAnswer =
  | { readonly result: 'done' }
  /** In use: somebody is connected, or the store does not answer. */
  | {
      readonly result: 'refused';
      readonly code: 'NUMBERS_REFUSED' | 'SESSION_IN_USE';
      readonly text: string;
    };

/** Asks the gateway of a session for it: its client is logging on at another. */
export interface SessionLogonQuestion {
  readonly session: string;
}

/** `inUse`: its client is connected there, and the session's rule does not say that the newest wins. */
export interface SessionLogonAnswer {
  readonly result: 'released' | 'inUse';
}

/** Asks the gateway of a session for its last raw messages, or for the last before one. */
export interface SessionMessagesQuestion {
  readonly session: string;
  /** `id` of a message. */
  readonly before?: string;
}

/** Of one answer. */
export const sessionMessagesMax = 100;

/** One raw message: `8=FIX.4.4|9=…|`, passwords and raw data masked, SOH as `|`, other bytes escaped. */
export const sessionMessage = z.object({
  /** By its place among all that the session's gateway has seen of it: `12.0`; newer is larger. */
  id: z.string(),
  at: z.iso.datetime(),
  direction: z.enum(['in', 'out']),
  text: z.string(),
  /** It was too long to be kept whole. */
  isCut: z.boolean(),
});
export type SessionMessage = z.infer<typeof sessionMessage>;

/**
 * Oldest first, and what their fields and values are called in the dictionary that the session is read with:
 * field names by tag, words by tag and value (those of 35 are names of messages). Only of what is in them.
 */
export const sessionMessagesView = z.object({
  messages: z.array(sessionMessage),
  names: z.record(z.string(), z.string()),
  words: z.record(z.string(), z.record(z.string(), z.string())),
  /** There are older ones: ask for those before the first. */
  hasOlder: z.boolean(),
});
export type SessionMessagesView = z.infer<typeof sessionMessagesView>;
