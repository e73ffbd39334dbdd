/**
 * The session under a peer that says anything at any time: right messages with wrong numbers, wrong ones with
 * right numbers, noise, silence, lost lines. Whatever comes, the session must not throw, must deliver every
 * number at most once and in ascending order, and must write only valid frames with ascending numbers.
 */
import { decodeFrame } from '../src/codec/decoder.ts';
import { latin1Bytes } from '../src/codec/naive.ts';
import { Validator } from '../src/codec/validator.ts';
import { loadDictionary } from '../src/dictionary/load.ts';
import { beginStringOf, VERSIONS } from '../src/dictionary/versions.ts';
import { peerFrame, SessionBench, type BenchSettings } from './bench.ts';
import { Draw, mutate } from './grammar.ts';

const STEPS_A_ROUND = 60;
const QUEUED_MESSAGES_MAX = 20;
/** One input makes no more frames than this: resends of what was sent in a round, and answers. */
const FRAMES_PER_STEP_MAX = 4 * STEPS_A_ROUND + QUEUED_MESSAGES_MAX;
const PEER = { sender: 'PEER', target: 'US' };

type Fields = (readonly [number, string])[];

/** One dialogue of `STEPS_A_ROUND` steps. Throws on what must not be. */
export async function fuzzSession(seed: number): Promise<void> {
  const draw = new Draw(seed);
  const bench = await SessionBench.open(drawSettings(draw));
  bench.username = undefined;
  const round = new Round(draw, bench);
  for (let step = 0; step < STEPS_A_ROUND; step++) {
    round.step();
    round.check();
  }
}

function drawSettings(draw: Draw): Partial<BenchSettings> {
  return {
    version: draw.of(VERSIONS),
    role: draw.chance(0.7) ? 'acceptor' : 'initiator',
    heartBtInt: draw.of([1, 30]),
    resetOnLogon: draw.chance(0.2),
    resetOnLogout: draw.chance(0.2),
    resetOnDisconnect: draw.chance(0.2),
    persistMessages: draw.chance(0.8),
    checkLatency: draw.chance(0.8),
    checkCompId: draw.chance(0.8),
    sendRedundantResendRequests: draw.chance(0.3),
    resendRequestChunkSize: draw.of([0, 0, 2]),
    enableNextExpectedMsgSeqNum: draw.chance(0.2),
    enableLastMsgSeqNumProcessed: draw.chance(0.2),
    queuedMessagesMax: QUEUED_MESSAGES_MAX,
  };
}

class Round {
  readonly #draw: Draw;
  readonly #bench: SessionBench;
  readonly #validator: Validator;
  #isConnected = false;
  #delivered = 0;
  #sent = 0;
  #told = 0;
  /** Highest numbers since the last reset. */
  #lastIn = 0;
  #lastOut = 0;

  constructor(draw: Draw, bench: SessionBench) {
    this.#draw = draw;
    this.#bench = bench;
    this.#validator = new Validator(loadDictionary(bench.version));
  }

  step(): void {
    const draw = this.#draw;
    const bench = this.#bench;
    if (!this.#isConnected) {
      bench.connect();
      this.#isConnected = true;
      this.#say(this.#logon());
      return;
    }
    const chance = draw.unit();
    if (chance < 0.6) this.#say(this.#message());
    else if (chance < 0.66)
      bench.receive(latin1Bytes(mutate('8=FIX.4.4\x019=5\x0135=0\x0110=163\x01', draw)));
    else if (chance < 0.78) bench.send('B', (fields) => void fields.text(148, 'NEWS').int(33, 0));
    else if (chance < 0.88) bench.advance(draw.of([100, 1_000, 13_000, 40_000]));
    else if (chance < 0.9) bench.session.challenge(bench.utcMs);
    else if (chance < 0.92) bench.session.logout('enough', bench.utcMs);
    else if (chance < 0.95) bench.manner = draw.of(['done', 'done', 'failing']);
    else if (chance < 0.98) {
      bench.holdReads = !bench.holdReads;
      bench.answerReads();
    } else bench.close();
    bench.carryOut();
    if (bench.disconnectReason !== undefined || bench.session.state === 'disconnected') {
      if (bench.session.state !== 'disconnected') bench.close();
      this.#isConnected = false;
    }
  }

  check(): void {
    const bench = this.#bench;
    if (bench.sent.length - this.#sent > FRAMES_PER_STEP_MAX) throw new Error('one input, a flood of frames');
    const resets = bench.told.slice(this.#told).filter(({ kind }) => kind === 'reset').length;
    this.#told = bench.told.length;
    // Within the step that resets, numbers of before and after stand side by side.
    if (resets > 0) this.#lastIn = this.#lastOut = 0;
    for (; this.#delivered < bench.delivered.length; this.#delivered++) {
      const seqNum = numberOf(bench.delivered[this.#delivered] as string);
      if (resets === 0 && seqNum <= this.#lastIn)
        throw new Error(`delivered ${seqNum} after ${this.#lastIn}`);
      this.#lastIn = resets === 0 ? seqNum : 0;
    }
    for (; this.#sent < bench.sent.length; this.#sent++)
      this.#checkFrame(bench.sent[this.#sent] as string, resets);
  }

  #checkFrame(text: string, resets: number): void {
    const message = decodeFrame(latin1Bytes(text), loadDictionary(this.#bench.version));
    // What the application writes is its own business.
    const violation = message.definition?.isAdmin === true ? this.#validator.validate(message) : undefined;
    if (violation !== undefined) throw new Error(`${violation.text} (${violation.refTagId}) in ${text}`);
    if (message.possDup || resets > 0) return;
    if (message.seqNum <= this.#lastOut) throw new Error(`sent ${message.seqNum} after ${this.#lastOut}`);
    this.#lastOut = message.seqNum;
  }

  #say(fields: Fields): void {
    const bench = this.#bench;
    const beginString = beginStringOf(bench.version);
    const frame = peerFrame(fields, bench.utcMs, PEER, beginString);
    const isBroken = this.#draw.chance(0.05);
    bench.receive(isBroken ? latin1Bytes(mutate(frame.toString('latin1'), this.#draw)) : frame);
  }

  #logon(): Fields {
    const draw = this.#draw;
    const fields: Fields = [
      [35, 'A'],
      [34, String(this.#number())],
      [98, '0'],
      [108, draw.of(['30', '1', '0', '-1', 'x'])],
    ];
    if (draw.chance(0.2)) fields.push([141, draw.of(['Y', 'N'])]);
    if (draw.chance(0.2))
      fields.push([789, String(Math.max(1, this.#bench.session.nextOutbound + draw.below(5) - 2))]);
    fields.push([1137, draw.of(['7', '8', '9', '9', '9', '1'])]);
    return fields.filter(([tag]) => tag !== 1137 || this.#bench.version.startsWith('FIX.5'));
  }

  #message(): Fields {
    const draw = this.#draw;
    const expected = this.#bench.session.nextInbound;
    const kind = draw.of(['0', '1', '2', '3', '4', '5', 'A', 'B', 'B', 'B', 'B', '??']);
    const fields: Fields = [
      [35, kind],
      [34, draw.chance(0.03) ? '-' : String(this.#number())],
    ];
    if (draw.chance(0.2))
      fields.push([43, 'Y'], [122, draw.of(['20260310-11:59:00', '20270310-12:00:00', 'x'])]);
    if (draw.chance(0.03)) fields.push([52, draw.of(['20250310-12:00:00', '-', 'y'])]);
    if (draw.chance(0.03)) fields.push([49, 'STRANGER']);
    if (kind === 'A') return [...fields, ...this.#logon().filter(([tag]) => tag > 35)];
    if (kind === '1') fields.push([112, 'T']);
    if (kind === '2')
      fields.push([7, String(draw.below(8))], [16, String(draw.of([0, 2, 999_999, draw.below(9)]))]);
    if (kind === '3') fields.push([45, '1']);
    if (kind === '4') {
      if (draw.chance(0.6)) fields.push([123, 'Y']);
      fields.push([36, String(Math.max(0, expected + draw.below(9) - 3))]);
    }
    if (kind === 'B') fields.push([148, 'NEWS'], [33, '0']);
    return fields;
  }

  /** Mostly the expected one. */
  #number(): number {
    const expected = this.#bench.session.nextInbound;
    if (this.#draw.chance(0.7)) return expected;
    return this.#draw.chance(0.1)
      ? 2 ** 31 + this.#draw.below(5)
      : Math.max(0, expected + this.#draw.below(9) - 4);
  }
}

function numberOf(frame: string): number {
  return Number(/\x0134=(\d+)\x01/.exec(frame)?.[1]);
}
