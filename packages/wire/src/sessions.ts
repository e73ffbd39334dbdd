/**
 * State of one FIX session, as the gateway tells it and the sessions page shows it, and its last messages.
 */
import { z } from 'zod';

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

/** Asks the gateway of a session for its last raw messages. */
export interface SessionMessagesQuestion {
  readonly session: string;
}

/** Of one answer. */
export const sessionMessagesMax = 100;

/** One raw message: `8=FIX.4.4|9=…|`, passwords and raw data masked, SOH as `|`, other bytes escaped. */
export const sessionMessage = z.object({
  at: z.iso.datetime(),
  direction: z.enum(['in', 'out']),
  text: z.string(),
  /** It was too long to be kept whole. */
  isCut: z.boolean(),
});
export type SessionMessage = z.infer<typeof sessionMessage>;

/** Oldest first. */
export interface SessionMessagesAnswer {
  readonly messages: readonly SessionMessage[];
}
