/**
 * One FIX session of any version without sockets, clocks, timers or randomness: decoded messages, ticks and
 * sends of the application go in; calls to the owner (deliver, logged on and off) and effects (store,
 * transmit, disconnect) come out.
 * Journey: `transport/live` feeds it and carries its effects out; the application hangs on the other side of
 * the owner.
 *
 * `utcMs` is the wall clock in milliseconds since the epoch (SendingTime, deadlines, schedule); `monoMs` is a
 * monotonic clock (heartbeats, time-outs) that enters by `tick` only. Every decision comes from the table in
 * `states.ts`, what differs between versions from `profile.ts`; the rules are numbered in SPEC.md.
 */
import type { Encoder } from '../codec/encoder.ts';
import type { FieldWriter, Message } from '../codec/fields.ts';
import type { Validator, Violation } from '../codec/validator.ts';
import * as admin from './admin.ts';
import type { NextNumbers, SendOptions, SessionCounters } from './application.ts';
import * as checks from './checks.ts';
import { Dialogue } from './dialogue.ts';
import { HANDLED } from './early.ts';
import * as logon from './logon.ts';
import type { Effect, Outbox } from './outbox.ts';
import type { SessionConfig, SessionOwner } from './owner.ts';
import type { Ticket } from './progress.ts';
import { TABLE, type Event, type Input, type Position, type State, type Step } from './states.ts';
import type { OutboundRecord, StoredSession } from './store.ts';

const wordsOf = ({ text, refTagId }: Violation): string =>
  refTagId === undefined ? text : `${text} (${refTagId})`;

const SESSION_TIME_OVER = 'the session time is over';

export class Session {
  /** That of the peer's version; the shell changes it when the owner was told by `speaks`. */
  validator: Validator;
  readonly #dialogue: Dialogue;
  readonly #owner: SessionOwner;
  #fault: checks.Fault | undefined;
  #violation: Violation | undefined;

  constructor(
    config: SessionConfig,
    stored: StoredSession,
    codec: { readonly encoder: Encoder; readonly validator: Validator },
    owner: SessionOwner,
  ) {
    this.#dialogue = new Dialogue(config, stored, codec.encoder, owner);
    this.validator = codec.validator;
    this.#owner = owner;
  }

  get config(): SessionConfig {
    return this.#dialogue.config;
  }

  get counters(): SessionCounters {
    return this.#dialogue.counters;
  }

  /** When its sequence numbers last started at 1, milliseconds since the epoch. */
  get createdAtMs(): number {
    return this.#dialogue.createdAtMs;
  }

  get outbox(): Outbox {
    return this.#dialogue.outbox;
  }

  get state(): State {
    return this.#dialogue.state;
  }

  get isLoggedOn(): boolean {
    return this.#dialogue.state === 'established' || this.#dialogue.state === 'recovering';
  }

  get nextInbound(): number {
    return this.#dialogue.progress.expected;
  }

  get nextOutbound(): number {
    return this.outbox.nextOutbound;
  }

  /** Delivered messages the application is not done with. */
  get pendingDeliveries(): number {
    return this.#dialogue.progress.pendingCount;
  }

  /** Messages beyond a gap that wait for their turn. */
  get queuedMessages(): number {
    return this.#dialogue.early.size;
  }

  /** A connection is open: the initiator logs on, the acceptor waits for a Logon. */
  connected(utcMs: number): void {
    const dialogue = this.#dialogue;
    dialogue.utcMs = utcMs;
    dialogue.wasLoggedOn = false;
    dialogue.sentReset = false;
    dialogue.loggingOut = false;
    this.#lookAtCalendar();
    if (this.config.role === 'acceptor') return this.#event('accepted');
    if (dialogue.calendar.isOpen(utcMs)) return this.#event('connected');
    this.outbox.push({ kind: 'disconnect', reason: SESSION_TIME_OVER });
  }

  /** The connection is gone. */
  disconnected(reason: string, utcMs: number): void {
    this.#dialogue.utcMs = utcMs;
    if (this.#dialogue.state !== 'disconnected') this.#dialogue.reason = reason;
    this.#event('disconnected');
  }

  /** `message` may be a view: what has to wait for its turn is copied. */
  received(message: Message, utcMs: number): void {
    if (this.#dialogue.state === 'disconnected') return;
    this.#dialogue.utcMs = utcMs;
    this.#dialogue.liveness.heard();
    this.counters.messagesIn += 1;
    if (utcMs >= this.#dialogue.calendar.nextMs) this.#lookAtCalendar();
    this.#judge(message);
    if (this.#dialogue.early.size !== 0) this.#workOff();
  }

  /** The checks in the order in which other engines make them, so that the first fault is the same one. */
  #judge(message: Message): void {
    const { config, progress, state, utcMs } = this.#dialogue;
    const kind = checks.kindOf(message);
    if (!message.is(8, config.beginString) && kind !== 'logout')
      return this.#perform('wrongBeginString', message);
    const seqNum = message.seqNum;
    if (!(seqNum >= 1) && !checks.hasNumber(kind, message)) return this.#perform('wrongNumber', message);
    if (kind !== 'reject' && kind !== 'logout') {
      const violation = this.validator.validate(message);
      if (violation !== undefined) {
        if (kind !== 'application' || this.validator.rejectsInvalid) {
          this.#violation = violation;
          return this.#perform('invalid', message);
        }
        this.#owner.event({ kind: 'invalidTaken', refSeqNum: seqNum, text: wordsOf(violation) });
      }
    }
    const fault = checks.identityFault(config, message, utcMs);
    if (fault !== undefined) {
      this.#fault = fault;
      return this.#perform(fault.event, message);
    }
    const expected = progress.expected;
    let position: Position = 'inSequence';
    if (seqNum > expected) position = 'tooHigh';
    else if (seqNum < expected) position = message.possDup ? 'repeated' : 'tooLow';
    else if (kind === 'application' && state === 'established') {
      // Same as the table's cell; the way most messages go, without building the key.
      this.#dialogue.step = 'deliver';
      return this.#deliver(message);
    }
    this.#perform(`${kind}.${position}`, message);
  }

  /** What came early and whose turn it is now. */
  #workOff(): void {
    const dialogue = this.#dialogue;
    const { early, progress } = dialogue;
    early.dropBelow(progress.expected);
    while (!progress.halted) {
      const message = early.take(progress.expected);
      if (message === undefined) break;
      if (message === HANDLED) {
        dialogue.step = 'noteHeartbeat';
        dialogue.advance(progress.expected + 1);
      } else {
        this.#perform(`${checks.kindOf(message)}.inSequence`, message);
      }
      early.dropBelow(progress.expected);
    }
    // Something between what came early is missing, too.
    if (dialogue.state === 'established' && early.size !== 0) {
      dialogue.step = 'keepAndRequest';
      dialogue.requestResend(early.lowest());
    }
  }

  garbled(): void {
    this.#event('garbled');
  }

  /** Cheap when nothing is due; call it some times a second. */
  tick(utcMs: number, monoMs: number): void {
    if (utcMs >= this.#dialogue.calendar.nextMs) {
      this.#dialogue.utcMs = utcMs;
      this.#lookAtCalendar();
    }
    const due = this.#dialogue.liveness.due(this.#dialogue.state, monoMs);
    if (due === undefined) return;
    this.#dialogue.utcMs = utcMs;
    for (const event of due) this.#event(event);
  }

  /** Between the periods of the schedule the session is closed; with a new one the numbers start again. */
  #lookAtCalendar(): void {
    const dialogue = this.#dialogue;
    const { calendar, createdAtMs, utcMs, state } = dialogue;
    const isOpen = calendar.isOpen(utcMs);
    const isOld = calendar.isOld(createdAtMs, utcMs);
    if (state === 'disconnected') {
      if (isOpen && isOld) dialogue.reset(utcMs, 'schedule');
    } else if ((!isOpen || isOld) && state !== 'logonAwaited') {
      // An acceptor that awaits a Logon refuses it with the reason when it comes.
      dialogue.reason = SESSION_TIME_OVER;
      this.#event('periodEnded');
    }
  }

  /** Returns the MsgSeqNum, or 0 when the message was dropped (not persisted and not logged on). */
  send(
    msgType: string,
    write: (fields: FieldWriter) => void,
    options: SendOptions | undefined,
    utcMs: number,
  ): number {
    const step = TABLE[this.#dialogue.state].send;
    const transmit = step === 'transmit' && !this.#dialogue.resend.isRunning;
    if (step !== 'transmit' && !this.config.persistMessages) return 0;
    // What would have to wait in the store is old when its turn comes.
    if (!transmit && options?.perishable === true) return 0;
    const seqNum = this.outbox.write(msgType, utcMs, transmit, write, options);
    if (options?.answers !== undefined) this.#dialogue.progress.answered(options.answers);
    if (transmit) this.#dialogue.liveness.sent();
    else if (step === 'transmit') this.#dialogue.resend.held(seqNum);
    return seqNum;
  }

  /** `text`: Text(58) of our Logout. */
  logout(text: string | undefined, utcMs: number): void {
    this.#dialogue.utcMs = utcMs;
    this.#dialogue.reason = text ?? '';
    this.#event('logout');
  }

  /**
   * Somebody else wants to log on as this session: a TestRequest shows soon whether the connection is alive.
   */
  challenge(utcMs: number): void {
    this.#dialogue.utcMs = utcMs;
    this.#event('challenged');
  }

  /** The application is done with a delivered message. */
  delivered(ticket: Ticket): void {
    this.#dialogue.progress.finish(ticket);
  }

  /**
   * The application could not process a delivered message: log out, so that the peer sends it again later.
   */
  deliveryFailed(ticket: Ticket, text: string, utcMs: number): void {
    if (!this.#dialogue.progress.isCurrent(ticket)) return;
    this.#dialogue.utcMs = utcMs;
    this.#dialogue.reason = text;
    this.#event('deliveryFailed');
  }

  /** The answer to a `read` effect. */
  stored(from: number, to: number, records: readonly OutboundRecord[], utcMs: number): void {
    this.#dialogue.utcMs = utcMs;
    this.#dialogue.liveness.sent();
    if (!this.#dialogue.resend.page(from, to, records, utcMs)) return;
    this.#dialogue.resendServed();
    if (this.#dialogue.state === 'recovering' && this.#dialogue.recovery.isDeferred)
      this.#dialogue.writeResendRequest();
  }

  /**
   * What the store says now (`refreshOnLogon`: another process may have used it); only without a connection
   * and with every effect carried out.
   */
  refresh(stored: StoredSession): void {
    if (this.state !== 'disconnected') throw new Error('the store can be read again only while disconnected');
    this.#dialogue.refresh(stored);
  }

  /** Sequence numbers start at 1, again or for the first time; only without a connection. */
  resetNumbers(utcMs: number, by: 'operator' | 'firstStart'): void {
    if (this.#dialogue.state !== 'disconnected')
      throw new Error('sequence numbers can be reset only while disconnected');
    this.#dialogue.reset(utcMs, by);
  }

  /**
   * The next numbers as the operator has agreed them with the peer; only without a connection. Throws a
   * RangeError for what is no MsgSeqNum and for an outbound number that is used already.
   */
  setNumbers(numbers: NextNumbers): void {
    if (this.#dialogue.state !== 'disconnected')
      throw new Error('sequence numbers can be set only while disconnected');
    this.#dialogue.setNumbers(numbers);
  }

  /** We do not read what the peer says: its silence is ours. */
  deaf(): void {
    this.#dialogue.liveness.heard();
    this.#dialogue.liveness.recovering();
  }

  /** What the shell has to carry out, in order. */
  takeEffects(): readonly Effect[] {
    if (this.config.persistMessages) this.#dialogue.noteInbound();
    return this.outbox.take();
  }

  // --- steps, in the order of the table

  readonly #steps: Readonly<Record<Step, (message: Message) => void>> = {
    ignore: () => undefined,
    bug: () => {
      throw new Error(`${this.#dialogue.input} can't happen while ${this.#dialogue.state}`);
    },
    countGarbled: () => this.#dialogue.countGarbled(),
    awaitLogon: () => this.#dialogue.enter('logonAwaited'),
    sendLogon: () => logon.sendLogon(this.#dialogue),
    cut: () => logon.cut(this.#dialogue),
    acceptLogon: (message) => logon.acceptLogon(this.#dialogue, message),
    confirmLogon: (message) => logon.confirmLogon(this.#dialogue, message),
    // Its number is not taken over: a stranger may have written it. If it counts after all, it is a gap next
    // time.
    noteRefusal: (message) => this.#dialogue.refused(message.text(58) ?? 'logon refused'),
    refuseInvalid: (message) => logon.refuseInvalid(this.#dialogue, message, this.#violation as Violation),
    refuseTooLow: (message) => this.#dialogue.refuseTooLow(message),
    refuse: () => this.#dialogue.refuse(checks.NO_NUMBER),
    refuseVersion: (message) => {
      this.#dialogue.use(message);
      this.#dialogue.startLogout(checks.INCORRECT_BEGIN_STRING, checks.INCORRECT_BEGIN_STRING);
    },
    restartNumbers: (message) => logon.restartNumbers(this.#dialogue, message),
    deliver: (message) => this.#deliver(message),
    noteHeartbeat: (message) => void this.#dialogue.accept(message),
    answerTest: (message) => this.#dialogue.answerTest(message),
    answerResend: (message) => {
      if (this.#dialogue.accept(message)) this.#dialogue.serve(message);
    },
    fillGap: (message) => this.#dialogue.fillGap(message),
    applyReset: (message) => this.#dialogue.fillGap(message),
    noteReject: (message) => this.#dialogue.noteReject(message),
    rejectInvalid: (message) => {
      this.#dialogue.reject(message, this.#violation as Violation);
      const isDue = message.seqNum === this.#dialogue.progress.expected;
      if (isDue && checks.kindOf(message) === 'application') return this.#deliver(message, this.#violation);
      // As with other engines, the number of a SequenceReset or Logon that is refused stays free.
      if (message.msgType !== '4' && message.msgType !== 'A') this.#dialogue.use(message);
    },
    confirmLogout: (message) => {
      this.#dialogue.use(message);
      this.#dialogue.loggingOut = true;
      this.#dialogue.write('5', admin.noFields);
      this.#dialogue.leave(message.text(58) ?? 'logged out by the peer');
    },
    finishLogout: (message) => {
      this.#dialogue.use(message);
      this.#dialogue.leave(this.#dialogue.reason);
    },
    keepAndRequest: (message) => {
      this.#dialogue.early.keep(message);
      this.#dialogue.requestResend(message.seqNum);
    },
    keep: (message) => {
      this.#dialogue.early.keep(message);
      if (this.config.sendRedundantResendRequests) this.#dialogue.writeResendRequest();
    },
    answerThenRequest: (message) => {
      this.#dialogue.serve(message);
      if (this.#dialogue.state !== 'established') return;
      this.#dialogue.early.note(message.seqNum);
      this.#dialogue.requestResend(message.seqNum);
    },
    answerBeyondGap: (message) => {
      this.#dialogue.early.note(message.seqNum);
      this.#dialogue.serve(message);
    },
    skipRepeated: (message) => void this.#dialogue.checkRepeated(message),
    rejectAndLeave: (message) => {
      const fault = this.#fault as checks.Fault;
      this.#dialogue.reject(message, fault);
      this.#dialogue.use(message);
      this.#dialogue.startLogout(undefined, fault.text);
    },
    transmit: () => undefined,
    storeOnly: () => undefined,
    startLogout: () => {
      const text = this.#dialogue.reason;
      this.#dialogue.startLogout(text, text === '' ? 'logged out by us' : text);
    },
    abandon: () => {
      this.#dialogue.progress.halted = true;
      this.#dialogue.startLogout(this.#dialogue.reason, this.#dialogue.reason);
    },
    stopDelivering: () => {
      this.#dialogue.progress.halted = true;
    },
    takeBack: () => {
      const { progress } = this.#dialogue;
      progress.restart(progress.durable);
    },
    heartbeat: () => this.#dialogue.write('0', admin.noFields),
    test: () => {
      this.#dialogue.write('1', admin.writeTest);
      this.#owner.event({ kind: 'silence' });
    },
    challenge: () => {
      this.#dialogue.write('1', admin.writeTest);
      this.#dialogue.liveness.challenged();
    },
    repeatRequest: () => {
      const text = 'ResendRequest was not answered';
      if (this.#dialogue.recovery.mayAskAgain()) this.#dialogue.writeResendRequest();
      else this.#dialogue.startLogout(text, text);
    },
    disconnect: () => this.#dialogue.leave(this.#dialogue.reason),
  };

  #event(event: Event): void {
    this.#perform(event, undefined);
  }

  #perform(input: Input, message: Message | undefined): void {
    const step = TABLE[this.#dialogue.state][input];
    this.#dialogue.step = step;
    this.#dialogue.input = input;
    this.#steps[step](message as Message);
  }

  /** `violation`: it was refused for that, and is only told to the application. */
  #deliver(message: Message, violation?: Violation): void {
    const progress = this.#dialogue.progress;
    if (progress.halted) return;
    if (violation === undefined && message.possDup && !this.#dialogue.checkRepeated(message)) return;
    const generation = progress.generation;
    const isAnswered = message.possDup && progress.isAnswered(message.seqNum);
    const outcome = isAnswered ? 'done' : this.#owner.deliver(message, violation);
    // The numbers were reset by what the application did: this message belongs to the past.
    if (progress.generation !== generation) return;
    if (outcome === 'done') {
      progress.advance(progress.expected + 1);
    } else if (outcome === 'pending') {
      this.#owner.awaiting(progress.begin());
    } else {
      this.#dialogue.reason = outcome.failed;
      this.#event('deliveryFailed');
      return;
    }
    if (this.#dialogue.state === 'recovering') this.#dialogue.recovered();
  }
}
