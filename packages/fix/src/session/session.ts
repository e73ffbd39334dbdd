/**
 * One FIX 4.4 session without sockets, clocks, timers or randomness: decoded messages, ticks and sends of the
 * application go in; calls to the owner (deliver, logged on and off) and effects (store, transmit,
 * disconnect) come out.
 * Journey: `transport/live` feeds it and carries its effects out; the application hangs on the other side of
 * the owner.
 *
 * `utcMs` is the wall clock in milliseconds since the epoch (SendingTime, deadlines); `monoMs` is a monotonic
 * clock (heartbeats, time-outs) that enters by `tick` only. Every decision comes from the table in
 * `states.ts`; the rules are numbered in SPEC.md.
 */
import type { Encoder, HeaderField } from '../codec/encoder.ts';
import type { FieldWriter, Message } from '../codec/fields.ts';
import type { Validator } from '../codec/validator.ts';
import * as admin from './admin.ts';
import type { SendOptions, SessionCounters } from './application.ts';
import * as checks from './checks.ts';
import { Liveness } from './liveness.ts';
import { Outbox, type Effect } from './outbox.ts';
import { newCounters, type SessionConfig, type SessionOwner } from './owner.ts';
import { InboundProgress, type Ticket } from './progress.ts';
import { Recovery } from './recovery.ts';
import { ResendAnswer } from './resend.ts';
import {
  TABLE,
  stateMayBecome,
  type Event,
  type Input,
  type Position,
  type State,
  type Step,
} from './states.ts';
import type { OutboundRecord, StoredSession } from './store.ts';

export class Session {
  readonly config: SessionConfig;
  readonly counters: SessionCounters = newCounters();
  createdAtMs: number;
  readonly outbox: Outbox;
  readonly #progress: InboundProgress;
  readonly #resend: ResendAnswer;
  readonly #recovery = new Recovery();
  readonly #liveness: Liveness;
  readonly #validator: Validator;
  readonly #owner: SessionOwner;
  #state: State = 'disconnected';
  /** The step being taken and what made it, to hold state changes against the table. */
  #step: Step = 'ignore';
  #input: Input = 'disconnected';
  #fault: checks.Fault | undefined;
  #utcMs = 0;
  #wasLoggedOn = false;
  #sentReset = false;
  #loggingOut = false;
  #storedInbound: number;
  #reason = '';

  constructor(
    config: SessionConfig,
    stored: StoredSession,
    codec: { readonly encoder: Encoder; readonly validator: Validator },
    owner: SessionOwner,
  ) {
    this.config = config;
    this.createdAtMs = stored.createdAtMs;
    this.outbox = new Outbox(config, codec.encoder, stored, this.counters);
    this.#progress = new InboundProgress(stored.nextInbound);
    this.#storedInbound = stored.nextInbound;
    this.#resend = new ResendAnswer(this.outbox, config.persistMessages);
    this.#liveness = new Liveness(config.logonTimeoutMs, config.logoutTimeoutMs);
    this.#validator = codec.validator;
    this.#owner = owner;
  }

  get state(): State {
    return this.#state;
  }

  get isLoggedOn(): boolean {
    return this.#state === 'established' || this.#state === 'recovering';
  }

  get nextInbound(): number {
    return this.#progress.expected;
  }

  get nextOutbound(): number {
    return this.outbox.nextOutbound;
  }

  /** Delivered messages the application is not done with. */
  get pendingDeliveries(): number {
    return this.#progress.pendingCount;
  }

  /** A connection is open: the initiator logs on, the acceptor waits for a Logon. */
  connected(utcMs: number): void {
    this.#utcMs = utcMs;
    this.#wasLoggedOn = false;
    this.#sentReset = false;
    this.#loggingOut = false;
    this.#event(this.config.role === 'acceptor' ? 'accepted' : 'connected');
  }

  /** The connection is gone. */
  disconnected(reason: string, utcMs: number): void {
    this.#utcMs = utcMs;
    if (this.#state !== 'disconnected') this.#reason = reason;
    this.#event('disconnected');
  }

  received(message: Message, utcMs: number): void {
    if (this.#state === 'disconnected') return;
    this.#utcMs = utcMs;
    this.#liveness.heard();
    this.counters.messagesIn += 1;
    const fault = checks.identityFault(this.config, message, utcMs);
    if (fault !== undefined) {
      this.#fault = fault;
      this.#perform(fault.event, message);
      return;
    }
    const kind = checks.kindOf(message);
    const expected = this.#progress.expected;
    const seqNum = message.seqNum;
    let position: Position = 'inSequence';
    if (seqNum > expected) position = 'tooHigh';
    else if (seqNum < expected) position = message.possDup ? 'repeated' : 'tooLow';
    else if (kind === 'application' && this.#state === 'established') {
      // Same as the table's cell; the way most messages go, without building the key.
      this.#step = 'deliver';
      this.#deliver(message);
      return;
    }
    this.#perform(`${kind}.${position}`, message);
  }

  garbled(): void {
    this.#event('garbled');
  }

  /** Cheap when nothing is due; call it some times a second. */
  tick(utcMs: number, monoMs: number): void {
    const due = this.#liveness.due(this.#state, monoMs);
    if (due === undefined) return;
    this.#utcMs = utcMs;
    for (const event of due) this.#event(event);
  }

  /** Returns the MsgSeqNum, or 0 when the message was dropped (not persisted and not logged on). */
  send(
    msgType: string,
    write: (fields: FieldWriter) => void,
    options: SendOptions | undefined,
    utcMs: number,
  ): number {
    const step = TABLE[this.#state].send;
    const transmit = step === 'transmit' && !this.#resend.isRunning;
    if (step !== 'transmit' && !this.config.persistMessages) return 0;
    // What would have to wait in the store is old when its turn comes.
    if (!transmit && options?.perishable === true) return 0;
    const seqNum = this.outbox.write(msgType, utcMs, transmit, write, options);
    if (transmit) this.#liveness.sent();
    else if (step === 'transmit') this.#resend.held(seqNum);
    return seqNum;
  }

  logout(text: string | undefined, utcMs: number): void {
    this.#utcMs = utcMs;
    this.#reason = text ?? 'logged out by us';
    this.#event('logout');
  }

  /**
   * Somebody else wants to log on as this session: a TestRequest shows soon whether the connection is alive.
   */
  challenge(utcMs: number): void {
    this.#utcMs = utcMs;
    this.#event('challenged');
  }

  /** The application is done with a delivered message. */
  delivered(ticket: Ticket): void {
    this.#progress.finish(ticket);
  }

  /**
   * The application could not process a delivered message: log out, so that the peer sends it again later.
   */
  deliveryFailed(ticket: Ticket, text: string, utcMs: number): void {
    if (!this.#progress.isCurrent(ticket)) return;
    this.#utcMs = utcMs;
    this.#reason = text;
    this.#event('deliveryFailed');
  }

  /** The answer to a `read` effect. */
  stored(from: number, to: number, records: readonly OutboundRecord[], utcMs: number): void {
    this.#utcMs = utcMs;
    this.#liveness.sent();
    if (!this.#resend.page(from, to, records, utcMs)) return;
    this.counters.resendsServed += 1;
    if (this.#state === 'recovering' && this.#recovery.isDeferred) this.#writeResendRequest();
  }

  /** Sequence numbers start at 1 again, by the operator; only without a connection. */
  resetNumbers(utcMs: number): void {
    if (this.#state !== 'disconnected')
      throw new Error('sequence numbers can be reset only while disconnected');
    this.#reset(utcMs);
  }

  /** What the shell has to carry out, in order. */
  takeEffects(): readonly Effect[] {
    if (this.config.persistMessages) this.#noteInbound();
    return this.outbox.take();
  }

  #noteInbound(): void {
    const next = this.#progress.durable;
    if (next === this.#storedInbound) return;
    this.#storedInbound = next;
    this.outbox.push({ kind: 'nextInbound', next });
  }

  // --- steps, in the order of the table

  readonly #steps: Readonly<Record<Step, (message: Message) => void>> = {
    ignore: () => undefined,
    bug: () => {
      throw new Error(`${this.#input} can't happen while ${this.#state}`);
    },
    countGarbled: () => {
      this.counters.garbledIn += 1;
    },
    awaitLogon: () => this.#enter('logonAwaited'),
    sendLogon: () => this.#sendLogon(),
    cut: () => this.#leave(admin.CUT_REASONS[this.#input] ?? 'first message is not a Logon'),
    acceptLogon: (message) => this.#acceptLogon(message),
    confirmLogon: (message) => this.#confirmLogon(message),
    // Its number is not taken over: a stranger may have written it. If it counts after all, it is a gap next
    // time.
    noteRefusal: (message) => this.#leave(message.text(58) ?? 'logon refused'),
    refuseTooLow: (message) => this.#refuseTooLow(message),
    refuse: () => this.#refuse(this.#fault?.text ?? this.#input),
    restartNumbers: (message) => this.#restartNumbers(message),
    deliver: (message) => this.#deliver(message),
    noteHeartbeat: (message) => void this.#accept(message),
    answerTest: (message) => this.#answerTest(message),
    answerResend: (message) => {
      if (this.#accept(message)) this.#serve(message);
    },
    fillGap: (message) => this.#fillGap(message),
    applyReset: (message) => this.#applyReset(message),
    noteReject: (message) => this.#noteReject(message),
    confirmLogout: (message) => {
      this.#consume(message);
      this.#confirmLogout(message);
    },
    finishLogout: (message) => this.#finishLogout(message),
    requestResend: (message) => this.#requestResend(message),
    answerThenRequest: (message) => {
      this.#serve(message);
      if (this.#state === 'established') this.#requestResend(message);
    },
    requestThenConfirm: (message) => {
      this.#requestResend(message);
      this.#confirmLogout(message);
    },
    awaitResend: () => undefined,
    answerBeyondGap: (message) => this.#serve(message),
    confirmBeyondGap: (message) => this.#confirmLogout(message),
    skipRepeated: (message) => void this.#checkRepeated(message),
    rejectAndLeave: (message) => this.#rejectAndLeave(message),
    transmit: () => undefined,
    storeOnly: () => undefined,
    startLogout: () => this.#startLogout(this.#reason),
    abandon: () => {
      this.#progress.halted = true;
      this.#startLogout(this.#reason);
    },
    stopDelivering: () => {
      this.#progress.halted = true;
    },
    heartbeat: () => this.#write('0', admin.noFields),
    test: () => this.#write('1', admin.writeTest),
    challenge: () => {
      this.#write('1', admin.writeTest);
      this.#liveness.challenged();
    },
    repeatRequest: () => this.#repeatRequest(),
    disconnect: () => this.#leave(this.#reason),
  };

  #event(event: Event): void {
    this.#perform(event, undefined);
  }

  #perform(input: Input, message: Message | undefined): void {
    const step = TABLE[this.#state][input];
    this.#step = step;
    this.#input = input;
    this.#steps[step](message as Message);
  }

  #enter(state: State): void {
    if (state === this.#state) return;
    if (!stateMayBecome(this.#step, state)) {
      throw new Error(`step ${this.#step} may not lead from ${this.#state} to ${state}`);
    }
    this.#state = state;
    this.#liveness.entered();
  }

  #write(msgType: string, write: (fields: FieldWriter) => void, extra?: readonly HeaderField[]): void {
    this.outbox.write(msgType, this.#utcMs, true, write, undefined, extra);
    this.#liveness.sent();
  }

  // Logon

  #sendLogon(): void {
    this.#enter('logonSent');
    if (this.config.resetOnLogon) {
      this.#reset(this.#utcMs);
      this.#sentReset = true;
    }
    this.#liveness.agree(this.config.heartBtInt);
    this.#write('A', (fields) => {
      admin.writeLogon(fields, this.config.heartBtInt, this.#sentReset);
      this.#owner.logonFields(fields);
    });
  }

  #acceptLogon(message: Message): void {
    const text = checks.logonFault('acceptor', message) ?? this.#validator.validate(message)?.text;
    if (text !== undefined) return this.#refuse(text);
    const reset = message.boolean(141) === true || this.config.resetOnLogon;
    if (reset) this.#reset(this.#utcMs);
    const seqNum = reset ? 1 : message.seqNum;
    if (seqNum < this.#progress.expected) return this.#refuseTooLow(message);
    const heartBtInt = message.int(108) as number;
    this.#liveness.agree(heartBtInt);
    this.#establish(seqNum, () => this.#write('A', (fields) => admin.writeLogon(fields, heartBtInt, reset)));
  }

  #confirmLogon(message: Message): void {
    const text = checks.logonFault('initiator', message) ?? this.#validator.validate(message)?.text;
    if (text !== undefined) return this.#refuse(text);
    if (message.boolean(141) === true && !this.#sentReset) {
      // The acceptor restarts the numbers of its own accord; our Logon counts as number 1.
      this.#reset(this.#utcMs);
      this.outbox.nextOutbound = 2;
      this.outbox.push({ kind: 'nextOutbound', next: 2 });
    }
    if (message.seqNum < this.#progress.expected) return this.#refuseTooLow(message);
    this.#establish(message.seqNum, () => undefined);
  }

  #establish(seqNum: number, answer: () => void): void {
    const missing = seqNum > this.#progress.expected;
    this.#enter(missing ? 'recovering' : 'established');
    this.#wasLoggedOn = true;
    answer();
    if (missing) this.#askForResend(seqNum);
    else this.#progress.advance(seqNum + 1);
    this.#owner.loggedOn();
  }

  /** Logon while logged on. */
  #restartNumbers(message: Message): void {
    if (message.boolean(141) !== true) return this.#refuse('Logon on a session that is logged on');
    const text = checks.logonFault(this.config.role, message) ?? this.#validator.validate(message)?.text;
    if (text !== undefined) return this.#refuse(text);
    this.#reset(this.#utcMs);
    const heartBtInt = message.int(108) as number;
    this.#liveness.agree(heartBtInt);
    this.#enter('established');
    this.#write('A', (fields) => admin.writeLogon(fields, heartBtInt, true));
    this.#progress.advance(2);
  }

  #refuseTooLow(message: Message): void {
    this.#refuse(`MsgSeqNum too low, expecting ${this.#progress.expected} but received ${message.seqNum}`);
  }

  #refuse(text: string): void {
    this.#write('5', (fields) => admin.writeText(fields, text));
    this.#leave(text);
  }

  #reset(utcMs: number): void {
    this.#resend.stop();
    this.outbox.reset(utcMs);
    this.#progress.restart(1);
    this.#storedInbound = 1;
    this.createdAtMs = utcMs;
  }

  // Messages in sequence

  #deliver(message: Message): void {
    const progress = this.#progress;
    if (progress.halted || !this.#isValid(message)) return;
    const generation = progress.generation;
    const outcome = this.#owner.deliver(message);
    // The numbers were reset by what the application did: this message belongs to the past.
    if (progress.generation !== generation) return;
    if (outcome === 'done') {
      progress.advance(message.seqNum + 1);
    } else if (outcome === 'pending') {
      this.#owner.awaiting(progress.begin());
    } else {
      this.#reason = outcome.failed;
      this.#event('deliveryFailed');
      return;
    }
    if (this.#state === 'recovering') this.#recovered();
  }

  /**
   * Takes an administrative message in sequence; false when it was rejected. Its number is used either way.
   */
  #accept(message: Message): boolean {
    if (!this.#isValid(message)) return false;
    this.#consume(message);
    return true;
  }

  /** False when the message was rejected; its number is used then. */
  #isValid(message: Message): boolean {
    if (message.possDup && !this.#checkRepeated(message)) return false;
    const violation = this.#validator.validate(message);
    if (violation === undefined) return true;
    this.#reject(message, violation);
    this.#consume(message);
    return false;
  }

  #consume(message: Message): void {
    if (!this.#progress.halted) this.#advance(message.seqNum + 1);
  }

  #advance(next: number): void {
    this.#progress.advance(next);
    if (this.#state === 'recovering') this.#recovered();
  }

  /** Something that was missing came. */
  #recovered(): void {
    this.#recovery.progressed();
    this.#liveness.recovering();
    if (this.#recovery.isOver(this.#progress.expected)) this.#enter('established');
  }

  #answerTest(message: Message): void {
    if (!this.#accept(message)) return;
    const id = message.text(112);
    this.#write('0', (fields) => {
      if (id !== undefined) fields.text(112, id);
    });
  }

  #noteReject(message: Message): void {
    this.counters.rejectsIn += 1;
    this.#consume(message);
    this.#owner.rejected(message);
  }

  #fillGap(message: Message): void {
    const newSeqNo = message.int(36);
    if (newSeqNo !== undefined && newSeqNo > message.seqNum) {
      if (!this.#progress.halted) this.#advance(newSeqNo);
      return;
    }
    this.#rejectValue(message, 36, `NewSeqNo must be above MsgSeqNum ${message.seqNum}`);
    this.#consume(message);
  }

  #applyReset(message: Message): void {
    const newSeqNo = message.int(36);
    const expected = this.#progress.expected;
    if (newSeqNo !== undefined && newSeqNo >= expected) {
      if (newSeqNo > expected && !this.#progress.halted) this.#advance(newSeqNo);
      return;
    }
    this.#rejectValue(message, 36, `NewSeqNo must not be below the expected ${expected}`);
  }

  /** OrigSendingTime of a PossDup message; false when it was rejected. */
  #checkRepeated(message: Message): boolean {
    if (message.msgType === '4') return true;
    const fault = checks.repeatFault(message);
    if (fault === undefined) return true;
    this.#reject(message, fault);
    if (message.seqNum === this.#progress.expected) this.#consume(message);
    if (fault.leave) this.#startLogout(fault.text);
    return false;
  }

  #reject(message: Message, why: admin.Refusal): void {
    this.counters.rejectsOut += 1;
    this.#write('3', (fields) => admin.writeReject(fields, message, why), checks.reverseRoute(message));
  }

  #rejectValue(message: Message, refTagId: number, text: string): void {
    this.#reject(message, { sessionRejectReason: checks.REJECT_REASON.valueIncorrect, refTagId, text });
  }

  #rejectAndLeave(message: Message): void {
    const fault = this.#fault as checks.Fault;
    this.#reject(message, fault);
    if (message.seqNum === this.#progress.expected) this.#consume(message);
    this.#startLogout(fault.text);
  }

  // Resends

  #requestResend(message: Message): void {
    this.#enter('recovering');
    this.#askForResend(message.seqNum);
  }

  #askForResend(upTo: number): void {
    this.counters.gapsDetected += 1;
    // The peer's own gap is filled first, as the protocol asks for when both sides recover.
    this.#recovery.begin(upTo, this.#resend.isRunning);
    if (!this.#recovery.isDeferred) this.#writeResendRequest();
  }

  /** Open range: the peer resends all it has, so races between both sides' recoveries end by themselves. */
  #writeResendRequest(): void {
    this.#write('2', (fields) => {
      fields.int(7, this.#progress.expected).int(16, 0);
    });
    this.#recovery.isDeferred = false;
    this.#liveness.recovering();
  }

  #repeatRequest(): void {
    if (this.#recovery.mayAskAgain()) this.#writeResendRequest();
    else this.#startLogout('ResendRequest was not answered');
  }

  #serve(message: Message): void {
    switch (this.#resend.request(message.int(7), message.int(16), this.#utcMs)) {
      case 'impossible':
        return this.#rejectValue(message, 7, `no such messages, the last one is ${this.nextOutbound - 1}`);
      case 'repeated':
        return this.#startLogout('the same ResendRequest again and again');
      case 'answered':
        this.counters.resendsServed += 1;
        break;
      case 'running':
    }
    this.#liveness.sent();
  }

  // Logout

  #startLogout(text: string): void {
    if (this.#state === 'logoutSent' || this.#state === 'logoutConfirmed') return;
    this.#reason = text;
    this.#loggingOut = true;
    this.#write('5', (fields) => admin.writeText(fields, text));
    this.#enter('logoutSent');
  }

  #confirmLogout(message: Message): void {
    this.#reason = message.text(58) ?? 'logged out by the peer';
    this.#loggingOut = true;
    this.#write('5', admin.noFields);
    this.#enter('logoutConfirmed');
  }

  #finishLogout(message: Message): void {
    if (message.seqNum === this.#progress.expected) this.#consume(message);
    this.#leave(this.#reason);
  }

  /** The end of the connection, decided by us or told to us. */
  #leave(reason: string): void {
    this.#reason = reason;
    this.#enter('disconnected');
    this.#resend.stop();
    if (this.#progress.halted) this.#progress.restart(this.#progress.durable);
    const { resetOnDisconnect, resetOnLogout, persistMessages } = this.config;
    if (!persistMessages) {
      // Not worth a write per message; at the end of a connection it is noted for the next one.
      this.#noteInbound();
    }
    if (resetOnDisconnect || (resetOnLogout && this.#loggingOut)) this.#reset(this.#utcMs);
    this.outbox.push({ kind: 'disconnect', reason });
    if (this.#wasLoggedOn) {
      this.#wasLoggedOn = false;
      this.#owner.loggedOut(reason);
    }
  }
}
