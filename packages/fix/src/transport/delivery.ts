/**
 * The application's side of a live session: every call into it. Messages are throttled, timed and awaited
 * here; an error in any other callback is caught, so that it can't take the engine's turn with it.
 */
import type { Message } from '../codec/fields.ts';
import type { Violation } from '../codec/violation.ts';
import type { Application, SessionCounters, SessionHandle } from '../session/application.ts';
import type { SessionEvent } from '../session/events.ts';
import type { Outcome } from '../session/owner.ts';
import type { Ticket } from '../session/progress.ts';
import type { SessionSettings } from '../session/settings.ts';
import { Histogram } from './histogram.ts';
import { refuseThrottled, Throttle } from './throttle.ts';

/** Deliveries the application has not finished: reading stops at the first, goes on at the second. */
const PENDING_DELIVERIES_MAX = 10_000;
const PENDING_DELIVERIES_RESUME = 5_000;

/** The part of a session that is told how the application fared. */
export interface Delivered {
  readonly counters: SessionCounters;
  readonly pendingDeliveries: number;
  delivered(ticket: Ticket): void;
  deliveryFailed(ticket: Ticket, text: string, utcMs: number): void;
}

export interface DeliveryOwner extends SessionHandle {
  readonly isRecovering: boolean;
  pauseReading(): void;
  resumeReading(): void;
  /** Something may be there to carry out. */
  schedule(): void;
}

export class Delivery {
  readonly #application: Application;
  readonly #owner: DeliveryOwner;
  readonly #settings: SessionSettings;
  readonly #throttle: Throttle;
  readonly #isThrottled: boolean;
  readonly received = new Histogram();
  #promise: Promise<void> | undefined;
  #isPaused = false;
  /** When the turn began, monotonic; messages done at once in it. */
  #turnMs = 0;
  #doneInTurn = 0;
  #whenDone: (() => void)[] = [];
  /** The peer is so far over its limit that it is sent away at the end of the turn. */
  excess: string | undefined;

  constructor(application: Application, settings: SessionSettings, owner: DeliveryOwner) {
    this.#application = application;
    this.#settings = settings;
    this.#owner = owner;
    this.#throttle = new Throttle(settings);
    this.#isThrottled = this.#throttle.isOn;
  }

  turnBegan(monoMs: number): void {
    this.#turnMs = monoMs;
  }

  turnEnded(): void {
    if (this.#doneInTurn === 0) return;
    this.received.note((performance.now() - this.#turnMs) * 1000, this.#doneInTurn);
    this.#doneInTurn = 0;
  }

  deliver(message: Message, violation: Violation | undefined, session: Delivered): Outcome {
    if (violation === undefined && this.#isThrottled && !this.#isTaken(message, session)) return 'done';
    try {
      const result =
        violation === undefined
          ? this.#application.onMessage(message, this.#owner)
          : this.#application.onInvalid?.(message, violation, this.#owner);
      if (result === undefined) {
        this.#doneInTurn += 1;
        return 'done';
      }
      this.#promise = result;
      return 'pending';
    } catch (error) {
      return { failed: failureText(message.seqNum, error) };
    }
  }

  awaiting(ticket: Ticket, session: Delivered): void {
    const sinceMs = this.#turnMs;
    (this.#promise as Promise<void>).then(
      () => {
        session.delivered(ticket);
        this.received.note((performance.now() - sinceMs) * 1000);
        this.#settled(session);
      },
      (error: unknown) => {
        session.deliveryFailed(ticket, failureText(ticket.next - 1, error), Date.now());
        this.#settled(session);
      },
    );
    this.#promise = undefined;
    if (session.pendingDeliveries > PENDING_DELIVERIES_MAX && !this.#isPaused) {
      this.#isPaused = true;
      this.#owner.pauseReading();
    }
  }

  /** The application is too far behind for us to read on. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** A new connection reads. */
  attached(): void {
    this.#isPaused = false;
    this.excess = undefined;
  }

  /** Resolves when the application is done with everything it was given, or the time is up. */
  async done(session: Delivered, timeoutMs: number): Promise<void> {
    if (session.pendingDeliveries === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#whenDone.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  loggedOn(session: Delivered): void {
    session.counters.logons += 1;
    this.#call('onLogon', session, () => this.#application.onLogon?.(this.#owner));
  }

  loggedOut(reason: string, session: Delivered): void {
    session.counters.logouts += 1;
    this.#call('onLogout', session, () => this.#application.onLogout?.(this.#owner, reason));
  }

  rejected(message: Message, session: Delivered): void {
    this.#call('onReject', session, () => this.#application.onReject?.(message, this.#owner));
  }

  drained(session: Delivered): void {
    this.event({ kind: 'drained' }, session);
    this.#call('onDrain', session, () => this.#application.onDrain?.(this.#owner));
  }

  event(event: SessionEvent, session: Delivered): void {
    if (this.#application.onEvent === undefined) return;
    this.#call('onEvent', session, () => this.#application.onEvent?.(event, this.#owner));
  }

  /** A callback, or a log that was given to us, threw. */
  failed(callback: string, error: unknown, session: Delivered): void {
    session.counters.applicationErrors += 1;
    if (callback !== 'onEvent')
      this.event({ kind: 'applicationFailed', callback, text: errorText(error) }, session);
  }

  #settled(session: Delivered): void {
    if (this.#isPaused && session.pendingDeliveries < PENDING_DELIVERIES_RESUME) {
      this.#isPaused = false;
      this.#owner.resumeReading();
    }
    if (session.pendingDeliveries === 0) for (const resolve of this.#whenDone.splice(0)) resolve();
    this.#owner.schedule();
  }

  /** What the peer sends again because we asked for it is not held against it. */
  #isTaken(message: Message, session: Delivered): boolean {
    if (this.#owner.isRecovering && message.possDup) return true;
    if (this.#throttle.takes(message.msgType, this.#turnMs)) return true;
    session.counters.throttledIn += 1;
    this.event({ kind: 'throttled', msgType: message.msgType }, session);
    if (this.#throttle.isFarOver) this.excess = `far ${this.#throttle.text}`;
    const { onThrottled } = this.#application;
    const isAnswered =
      onThrottled !== undefined &&
      this.#call('onThrottled', session, () => onThrottled.call(this.#application, message, this.#owner));
    if (!isAnswered) refuseThrottled(this.#owner, this.#settings.beginString, message, this.#throttle.text);
    return false;
  }

  async #watch(callback: string, session: Delivered, result: Promise<unknown>): Promise<void> {
    try {
      await result;
    } catch (error) {
      this.failed(callback, error, session);
    }
  }

  /** False when it threw. An async callback is not awaited; its error is told like any other. */
  #call(callback: string, session: Delivered, act: () => unknown): boolean {
    try {
      const result = act();
      if (result instanceof Promise) void this.#watch(callback, session, result);
      return true;
    } catch (error) {
      this.failed(callback, error, session);
      return false;
    }
  }
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function failureText(seqNum: number, error: unknown): string {
  return `message ${seqNum} could not be processed: ${errorText(error)}`;
}
