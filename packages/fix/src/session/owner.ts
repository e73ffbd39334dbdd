/**
 * What a session is told when it is made (`SessionConfig`), and whom it tells what it decides
 * (`SessionOwner`).
 */
import type { FieldWriter, Message } from '../codec/fields.ts';
import type { SessionCounters } from './application.ts';
import type { Ticket } from './progress.ts';

export interface SessionConfig {
  readonly role: 'acceptor' | 'initiator';
  readonly beginString: string;
  readonly senderCompId: string;
  readonly targetCompId: string;
  /** Initiator: HeartBtInt(108) of our Logon, seconds; 0 is without heartbeats. */
  readonly heartBtInt: number;
  readonly resetOnLogon: boolean;
  readonly resetOnLogout: boolean;
  readonly resetOnDisconnect: boolean;
  readonly persistMessages: boolean;
  readonly checkLatency: boolean;
  readonly maxLatencyMs: number;
  readonly logonTimeoutMs: number;
  readonly logoutTimeoutMs: number;
}

/** What the session tells the shell during a call; all of it synchronously. */
export interface SessionOwner {
  /** Gives the message to the application; `failed` is the text of its error. */
  deliver(message: Message): 'done' | 'pending' | { readonly failed: string };
  /** After `pending`: `Session.delivered` or `deliveryFailed` must follow with this ticket. */
  awaiting(ticket: Ticket): void;
  loggedOn(): void;
  /** Once per logon, when the session is disconnected. */
  loggedOut(reason: string): void;
  /** The peer refused a message of ours with Reject(3). */
  rejected(message: Message): void;
  /** Further fields of our Logon (initiator). */
  logonFields(fields: FieldWriter): void;
}

export function newCounters(): SessionCounters {
  return {
    messagesIn: 0,
    messagesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    gapsDetected: 0,
    resendsServed: 0,
    rejectsIn: 0,
    rejectsOut: 0,
    garbledIn: 0,
  };
}
