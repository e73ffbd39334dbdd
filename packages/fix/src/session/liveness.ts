/**
 * Heartbeats and time-outs of one session. Times enter only by `due`, which the shell calls some times a
 * second; what happens in between is noted as a flag, so messages cost nothing here.
 */
import type { Event, State } from './states.ts';

/**
 * A TestRequest after it, the end after twice as long: "HeartBtInt plus some reasonable transmission time"
 * (FIX 4.4 Vol. 2, Heartbeat).
 */
const SILENCE_FACTOR = 1.2;
const RESEND_TIMEOUT_MS_MIN = 10_000;
/** The patience with a connection whose peer seems to be calling again. */
const CHALLENGE_MS_MAX = 5_000;

export class Liveness {
  readonly #logonTimeoutMs: number;
  readonly #logoutTimeoutMs: number;
  #heartBtMs = 0;
  #entered = false;
  #sent = false;
  #heard = false;
  #recovering = false;
  #sinceMs = 0;
  #lastSentMs = 0;
  #lastHeardMs = 0;
  /** When our TestRequest went out; 0: none is waiting for an answer. */
  #testedMs = 0;
  /** How long that answer may take. */
  #patienceMs = 0;
  #lastProgressMs = 0;
  #challenged = false;

  constructor(logonTimeoutMs: number, logoutTimeoutMs: number) {
    this.#logonTimeoutMs = logonTimeoutMs;
    this.#logoutTimeoutMs = logoutTimeoutMs;
  }

  /** HeartBtInt(108) as agreed, seconds; 0 is without heartbeats. */
  agree(heartBtInt: number): void {
    this.#heartBtMs = heartBtInt * 1000;
  }

  entered(): void {
    this.#entered = true;
  }

  sent(): void {
    this.#sent = true;
  }

  heard(): void {
    this.#heard = true;
  }

  /** A TestRequest went out before its time; the answer has to come sooner, too. */
  challenged(): void {
    this.#challenged = true;
  }

  /** We asked for a resend, or it brought something, or would have. */
  recovering(): void {
    this.#recovering = true;
  }

  /** What is due now. `monoMs` never goes back. */
  due(state: State, monoMs: number): readonly Event[] | undefined {
    this.#note(monoMs);
    switch (state) {
      case 'disconnected':
        return undefined;
      case 'logonAwaited':
      case 'logonSent':
        return monoMs - this.#sinceMs >= this.#logonTimeoutMs ? ['logonOverdue'] : undefined;
      case 'logoutSent':
        return monoMs - this.#sinceMs >= this.#logoutTimeoutMs ? ['logoutOverdue'] : undefined;
      case 'established':
      case 'recovering':
        return this.#liveDue(state, monoMs);
    }
  }

  #note(monoMs: number): void {
    if (this.#entered) {
      this.#entered = false;
      this.#sinceMs = monoMs;
      this.#heard = true;
      this.#sent = true;
    }
    if (this.#sent) {
      this.#sent = false;
      this.#lastSentMs = monoMs;
    }
    if (this.#heard) {
      this.#heard = false;
      this.#lastHeardMs = monoMs;
      this.#testedMs = 0;
      this.#patienceMs = this.#heartBtMs * SILENCE_FACTOR;
    }
    if (this.#challenged) {
      this.#challenged = false;
      this.#testedMs = monoMs;
      this.#patienceMs = Math.min(this.#patienceMs, CHALLENGE_MS_MAX);
    }
    if (this.#recovering) {
      this.#recovering = false;
      this.#lastProgressMs = monoMs;
    }
  }

  #liveDue(state: 'established' | 'recovering', monoMs: number): readonly Event[] | undefined {
    let events: Event[] | undefined;
    if (
      state === 'recovering' &&
      monoMs - this.#lastProgressMs >= Math.max(RESEND_TIMEOUT_MS_MIN, this.#heartBtMs)
    ) {
      events = ['resendOverdue'];
    }
    if (this.#heartBtMs === 0) return events;
    const silenceMs = this.#heartBtMs * SILENCE_FACTOR;
    if (this.#testedMs !== 0) {
      // No heartbeats meanwhile: whether the connection is alive is in doubt, and the peer's turn to show.
      if (monoMs - this.#testedMs >= this.#patienceMs) (events ??= []).push('silenceAfterTest');
    } else if (monoMs - this.#lastHeardMs >= silenceMs) {
      this.#testedMs = monoMs;
      (events ??= []).push('silence');
    } else if (monoMs - this.#lastSentMs >= this.#heartBtMs) {
      (events ??= []).push('heartbeatDue');
    }
    return events;
  }
}
