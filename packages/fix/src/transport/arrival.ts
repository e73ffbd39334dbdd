/**
 * A connection until it is bound to a session or refused: it has a deadline, one message and no session.
 */
import type { Message } from '../codec/fields.ts';
import type { Connection, ConnectionOwner } from './connection.ts';
import type { Incoming } from './listener.ts';
import { startTicking, stopTicking, type Ticking } from './ticker.ts';

export interface ArrivalEvents {
  logon(message: Message, arrival: Arrival): void;
  refused(reason: string, arrival: Arrival): void;
  /** Once, when it is bound, refused or closed. */
  ended(arrival: Arrival): void;
}

export class Arrival implements ConnectionOwner, Ticking {
  connection!: Connection;
  readonly incoming: Incoming;
  readonly #events: ArrivalEvents;
  readonly #logonTimeoutMs: number;
  /** A Logon is being looked at: the rest is up to whoever authenticates. */
  #hasLogon = false;
  #sinceMs = 0;
  #ended = false;

  constructor(incoming: Incoming, logonTimeoutMs: number, events: ArrivalEvents) {
    this.incoming = incoming;
    this.#logonTimeoutMs = logonTimeoutMs;
    this.#events = events;
    startTicking(this);
  }

  message(message: Message): void {
    if (message.msgType !== 'A') return this.#events.refused('first message is not a Logon', this);
    this.#hasLogon = true;
    this.connection.hold();
    this.#events.logon(message, this);
  }

  garbled(): void {
    this.#events.refused('first bytes are not a FIX message', this);
  }

  turnEnded(): void {}

  flushed(): void {}

  closed(reason: string): void {
    // A proxy's health check may go as it came.
    if (this.incoming.isLocal && !this.#hasLogon) this.end();
    else this.#events.refused(reason, this);
  }

  tick(_utcMs: number, monoMs: number): void {
    if (this.#sinceMs === 0) this.#sinceMs = monoMs;
    if (monoMs - this.#sinceMs >= this.#logonTimeoutMs) this.#events.refused('no Logon in time', this);
  }

  /** Bound or refused; false when it was already. */
  end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    stopTicking(this);
    this.#events.ended(this);
    return true;
  }
}
