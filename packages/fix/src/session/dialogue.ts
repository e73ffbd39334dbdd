/**
 * What a session keeps of the dialogue with its peer, and the moves it has: write, refuse, use a number, ask
 * for a resend, serve one, log out, leave. `session.ts` decides by the table which move it is; the moves
 * decide nothing but their own details.
 */
import type { Encoder, HeaderField } from '../codec/encoder.ts';
import type { FieldWriter, Message } from '../codec/fields.ts';
import * as admin from './admin.ts';
import type { NextNumbers, SessionCounters } from './application.ts';
import { Calendar } from './calendar.ts';
import * as checks from './checks.ts';
import { EarlyMessages } from './early.ts';
import type { SessionEvent } from './events.ts';
import { Liveness } from './liveness.ts';
import { Outbox } from './outbox.ts';
import { newCounters, type SessionConfig, type SessionOwner } from './owner.ts';
import { profileOf, type Profile } from './profile.ts';
import { InboundProgress } from './progress.ts';
import { Recovery } from './recovery.ts';
import { ResendAnswer } from './resend.ts';
import { stateMayBecome, type Input, type State, type Step } from './states.ts';
import type { StoredSession } from './store.ts';

type ResetBy = Extract<SessionEvent, { readonly kind: 'reset' }>['by'];

export class Dialogue {
  readonly config: SessionConfig;
  readonly profile: Profile;
  readonly owner: SessionOwner;
  readonly counters: SessionCounters = newCounters();
  readonly outbox: Outbox;
  readonly progress: InboundProgress;
  readonly early: EarlyMessages;
  readonly resend: ResendAnswer;
  readonly recovery: Recovery;
  readonly liveness: Liveness;
  readonly calendar: Calendar;
  createdAtMs: number;
  state: State = 'disconnected';
  /** The step being taken and what made it, to hold state changes against the table. */
  step: Step = 'ignore';
  input: Input = 'disconnected';
  utcMs = 0;
  wasLoggedOn = false;
  /** Our Logon restarts the numbers. */
  sentReset = false;
  loggingOut = false;
  /** Why the connection ends, for people. */
  reason = '';
  #storedInbound: number;

  constructor(config: SessionConfig, stored: StoredSession, encoder: Encoder, owner: SessionOwner) {
    const { openEndSeqNo } = (this.profile = profileOf(config.beginString));
    this.config = config;
    this.owner = owner;
    this.createdAtMs = stored.createdAtMs;
    this.progress = new InboundProgress(stored.nextInbound, stored.answered);
    const lastProcessed = config.enableLastMsgSeqNumProcessed ? () => this.progress.expected - 1 : undefined;
    this.outbox = new Outbox(config, encoder, stored, this.counters, lastProcessed);
    this.#storedInbound = stored.nextInbound;
    this.early = new EarlyMessages(config.queuedMessagesMax, config.queuedBytesMax);
    this.resend = new ResendAnswer(this.outbox, config.persistMessages, openEndSeqNo);
    this.recovery = new Recovery(config.resendRequestChunkSize, openEndSeqNo);
    this.liveness = new Liveness(config.logonTimeoutMs, config.logoutTimeoutMs);
    this.calendar = new Calendar(config.schedule);
  }

  /** The store was read again. */
  refresh(stored: StoredSession): void {
    this.outbox.refresh(stored);
    this.progress.reopen(stored.nextInbound, stored.answered);
    this.#storedInbound = stored.nextInbound;
    this.createdAtMs = stored.createdAtMs;
    this.calendar.wake();
  }

  enter(state: State): void {
    if (state === this.state) return;
    if (!stateMayBecome(this.step, state)) {
      throw new Error(`step ${this.step} may not lead from ${this.state} to ${state}`);
    }
    this.state = state;
    this.liveness.entered();
  }

  write(msgType: string, write: (fields: FieldWriter) => void, extra?: readonly HeaderField[]): void {
    this.outbox.write(msgType, this.utcMs, true, write, undefined, extra);
    this.liveness.sent();
  }

  countGarbled(): void {
    this.counters.garbledIn += 1;
    this.owner.event({ kind: 'garbled' });
  }

  refuseTooLow(message: Message): void {
    this.refuse(`MsgSeqNum too low, expecting ${this.progress.expected} but received ${message.seqNum}`);
  }

  /** Logout with the text, and the end of the connection without waiting for an answer. */
  refuse(text: string): void {
    this.write('5', (fields) => admin.writeLogout(fields, text));
    this.refused(text);
  }

  refused(reason: string): void {
    if (!this.wasLoggedOn) this.owner.event({ kind: 'logonRefused', reason });
    this.leave(reason);
  }

  reset(utcMs: number, by: ResetBy): void {
    this.resend.stop();
    this.early.clear();
    this.outbox.reset(utcMs);
    this.progress.reopen(1, []);
    this.#storedInbound = 1;
    this.createdAtMs = utcMs;
    this.owner.event({ kind: 'reset', by });
  }

  setNumbers(numbers: NextNumbers): void {
    const [expected, next] = [this.progress.expected, this.outbox.nextOutbound];
    const { nextInbound = expected, nextOutbound = next } = numbers;
    for (const number of [nextInbound, nextOutbound]) {
      if (!Number.isSafeInteger(number) || number < 1) throw new RangeError(`${number} is no MsgSeqNum`);
    }
    if (nextOutbound < next)
      throw new RangeError(`outbound ${nextOutbound} is used already, ${next} is next`);
    if (nextOutbound > next) this.outbox.skipTo(nextOutbound);
    // What the application has in hand still counts when its number stays.
    if (nextInbound !== expected) this.progress.restart(nextInbound);
    this.noteInbound();
    this.owner.event({ kind: 'numbersSet', nextInbound, nextOutbound });
  }

  /** The number of a message that is dealt with is used when it is the expected one. */
  use(message: Message): void {
    if (message.seqNum === this.progress.expected && !this.progress.halted) this.advance(message.seqNum + 1);
  }

  advance(next: number): void {
    this.progress.advance(next);
    if (this.state === 'recovering') this.recovered();
  }

  /** Something that was missing came. */
  recovered(): void {
    const { expected } = this.progress;
    this.recovery.progressed();
    this.liveness.recovering();
    if (this.recovery.isOver(expected)) {
      this.enter('established');
      this.owner.event({ kind: 'recovered', next: expected });
    } else if (this.recovery.wantsMore(expected) && !this.early.has(expected)) {
      this.writeResendRequest();
    }
  }

  /** OrigSendingTime of a PossDup message; false when it was rejected. */
  checkRepeated(message: Message): boolean {
    if (message.msgType === '4') return true;
    const fault = checks.repeatFault(message);
    if (fault === undefined) return true;
    this.reject(message, fault);
    this.use(message);
    if (fault.leave) this.startLogout(undefined, fault.text);
    return false;
  }

  reject(message: Message, why: admin.Refusal): void {
    this.counters.rejectsOut += 1;
    this.write(
      '3',
      (fields) => admin.writeReject(fields, message, why, this.profile),
      checks.reverseRoute(message, this.profile),
    );
    const { sessionRejectReason: reason, refTagId, text } = why;
    this.owner.event({ kind: 'rejectSent', refSeqNum: message.seqNum, reason, refTagId, text });
  }

  /** `seqNum` is beyond the gap. */
  requestResend(seqNum: number): void {
    this.enter('recovering');
    this.askForResend(seqNum, false);
  }

  /** `unasked`: the peer knows what is missing and sends it by itself. */
  askForResend(upTo: number, unasked: boolean): void {
    this.counters.gapsDetected += 1;
    this.owner.event({ kind: 'gapDetected', expected: this.progress.expected, received: upTo });
    // The peer's own gap is filled first, as the protocol asks for when both sides recover.
    this.recovery.begin(upTo, this.resend.isRunning && !unasked);
    this.liveness.recovering();
    if (!unasked && !this.recovery.isDeferred) this.writeResendRequest();
  }

  writeResendRequest(): void {
    const beginSeqNo = this.progress.expected;
    const endSeqNo = this.recovery.ask(beginSeqNo);
    this.write('2', (fields) => fields.int(7, beginSeqNo).int(16, endSeqNo));
    this.owner.event({ kind: 'resendRequested', beginSeqNo, endSeqNo });
    this.liveness.recovering();
  }

  serve(message: Message): void {
    if (!this.serveRange(message.int(7), message.int(16))) this.reject(message, checks.valueFault(7));
  }

  /** False when there are no such messages. */
  serveRange(from: number | undefined, to: number | undefined): boolean {
    const again = 'the same ResendRequest again and again';
    const answer = this.resend.request(from, to, this.utcMs);
    if (answer === 'repeated') this.startLogout(again, again);
    else if (answer === 'answered') this.resendServed();
    this.liveness.sent();
    return answer !== 'impossible';
  }

  resendServed(): void {
    this.counters.resendsServed += 1;
    const { beginSeqNo, endSeqNo } = this.resend;
    this.owner.event({ kind: 'resendServed', beginSeqNo, endSeqNo });
  }

  /** `text` for the peer, `reason` for us. */
  startLogout(text: string | undefined, reason: string): void {
    if (this.state === 'logoutSent') return;
    this.reason = reason;
    this.loggingOut = true;
    this.write('5', (fields) => admin.writeLogout(fields, text));
    this.enter('logoutSent');
  }

  /** The end of the connection, decided by us or told to us. */
  leave(reason: string): void {
    this.reason = reason;
    this.enter('disconnected');
    this.resend.stop();
    this.early.clear();
    this.calendar.wake();
    if (this.progress.halted) this.progress.restart(this.progress.durable);
    const { resetOnDisconnect, resetOnLogout, persistMessages } = this.config;
    if (!persistMessages) {
      // Not worth a write per message; at the end of a connection it is noted for the next one.
      this.noteInbound();
    }
    if (resetOnDisconnect || (resetOnLogout && this.loggingOut)) this.reset(this.utcMs, 'us');
    this.outbox.push({ kind: 'disconnect', reason });
    if (!this.wasLoggedOn) return;
    this.wasLoggedOn = false;
    this.owner.event({ kind: 'loggedOut', reason });
    this.owner.loggedOut(reason);
  }

  noteInbound(): void {
    const next = this.progress.durable;
    if (next === this.#storedInbound) return;
    this.#storedInbound = next;
    this.outbox.noteInbound(next);
  }

  /**
   * NewSeqNo is held against the expected number, which is that of the message. Back: the number stays free.
   */
  fillGap(message: Message): void {
    const newSeqNo = message.int(36) ?? 0;
    if (newSeqNo < this.progress.expected) this.reject(message, checks.valueFault());
    else if (newSeqNo > this.progress.expected && !this.progress.halted) {
      const beginSeqNo = this.progress.expected;
      this.owner.event({ kind: 'passedOver', beginSeqNo, endSeqNo: newSeqNo - 1 });
      this.advance(newSeqNo);
    }
  }

  answerTest(message: Message): void {
    if (!this.accept(message)) return;
    const id = message.text(112);
    this.write('0', (fields) => {
      if (id === '') fields.empty(112);
      else if (id !== undefined) fields.text(112, id);
    });
  }

  noteReject(message: Message): void {
    this.counters.rejectsIn += 1;
    this.use(message);
    this.owner.event({
      kind: 'rejectReceived',
      refSeqNum: message.int(45) ?? 0,
      text: message.text(58) ?? '',
    });
    this.owner.rejected(message);
  }

  /**
   * Takes an administrative message in sequence; false when it was rejected. Its number is used either way.
   */
  accept(message: Message): boolean {
    if (message.possDup && !this.checkRepeated(message)) return false;
    this.use(message);
    return true;
  }
}
