/**
 * Two engines, a network that cuts lines wherever it likes and processes that die in the middle of a turn and
 * come back with their store; all from a seed, and so is the version and what the two are set to. Whatever
 * happens, each application ends up with the other's messages: all, once, in order.
 *
 *   node packages/fix/acceptance/network.ts 10000        that many seeds
 *   node packages/fix/acceptance/network.ts 1 4711       the seed 4711
 */
import { deepStrictEqual } from 'node:assert';
import { Crash, SessionBench, type BenchSettings } from './bench.ts';
import type { Message } from '../src/codec/fields.ts';
import { VERSIONS, type Version } from '../src/dictionary/versions.ts';
import { MemoryStore } from '../src/session/store.memory.ts';

const STEPS = 400;
const MESSAGES = 40;
const PARTITION = 'firm';

/** mulberry32 */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/**
 * An engine with an application that journals: its log and the store survive, everything else dies with the
 * process.
 */
class Engine {
  readonly log: number[] = [];
  readonly #role: 'acceptor' | 'initiator';
  readonly #store = new MemoryStore();
  readonly #random: () => number;
  readonly #settings: Partial<BenchSettings>;
  /** Delivered, and not yet in the log; in order. */
  #unlogged: number[] = [];
  #utcMs: number | undefined;
  #held = 0;
  bench!: SessionBench;

  constructor(role: 'acceptor' | 'initiator', random: () => number, settings: Partial<BenchSettings>) {
    this.#role = role;
    this.#random = random;
    this.#settings = settings;
  }

  async start(): Promise<void> {
    const [senderCompId, targetCompId] = this.#role === 'acceptor' ? ['ACC', 'INI'] : ['INI', 'ACC'];
    this.bench = await SessionBench.open(
      { ...this.#settings, role: this.#role, senderCompId, targetCompId, heartBtInt: 5 },
      this.#store,
    );
    if (this.#utcMs !== undefined) this.bench.utcMs = this.#utcMs;
    this.bench.username = undefined;
    this.#unlogged = [];
    this.#held = 0;
    this.bench.onDelivered = (message) => this.#take(message);
  }

  remember(): void {
    this.#utcMs = this.bench.utcMs;
  }

  get #hasTransactTime(): boolean {
    return VERSIONS.indexOf(this.bench.version) >= VERSIONS.indexOf('FIX.4.2');
  }

  get isConnected(): boolean {
    return this.bench.session.state !== 'disconnected';
  }

  #take(message: Message): void {
    const id = message.int(11) as number;
    const known = this.log.length + this.#unlogged.length;
    const isNew = id > known;
    if (isNew && id !== known + 1) throw new Error(`message ${id} after ${known}: something is lost`);
    if (!isNew && !message.possDup) throw new Error(`message ${id} again, without PossDupFlag`);
    this.bench.manner = this.#random() < 0.5 ? 'pending' : 'done';
    // A known one that is still on its way into the log is waited for like a new one.
    if (isNew && this.bench.manner === 'done' && this.#unlogged.length > 0) this.bench.manner = 'pending';
    if (!isNew) this.bench.manner = 'done';
    else if (this.bench.manner === 'done') this.log.push(id);
    else this.#unlogged.push(id);
  }

  /** The oldest message is in the log now. */
  finishOne(): void {
    const id = this.#unlogged.shift();
    if (id === undefined) return;
    this.log.push(id);
    const ticket = this.bench.tickets[this.#held++];
    if (ticket !== undefined) this.bench.session.delivered(ticket);
    this.bench.carryOut();
  }

  /** Sends what follows the delivery cursor. */
  sendOne(): void {
    const next = (this.bench.session.outbox.cursors.get(PARTITION) ?? 0) + 1;
    if (next > MESSAGES) return;
    this.bench.send(
      'F',
      (fields) => {
        fields.int(11, next).int(41, next).text(54, '1').text(55, 'EUR/USD').int(38, 100);
        if (this.#hasTransactTime) fields.text(60, '20260310-12:00:00');
        if (this.bench.version === 'FIX.4.0') fields.text(125, 'F');
        if (this.bench.version !== 'FIX.4.0') fields.text(58, 'x'.repeat(next * 7));
      },
      { source: { partition: PARTITION, sequence: next } },
    );
  }
}

class World {
  readonly #random: () => number;
  readonly engines: readonly [Engine, Engine];
  /** Bytes on their way from each engine. */
  #lines: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)];
  readonly crashes = { count: 0 };

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    const version = VERSIONS[this.#below(VERSIONS.length)] as Version;
    const common: Partial<BenchSettings> = { version, enableNextExpectedMsgSeqNum: this.#random() < 0.3 };
    this.engines = [
      new Engine('acceptor', this.#random, { ...common, ...this.#settings() }),
      new Engine('initiator', this.#random, { ...common, ...this.#settings() }),
    ];
  }

  async start(): Promise<void> {
    for (const engine of this.engines) await engine.start();
  }

  /** What one side is set to without the other's knowing. */
  #settings(): Partial<BenchSettings> {
    return {
      resendRequestChunkSize: this.#random() < 0.3 ? 1 + this.#below(8) : 0,
      sendRedundantResendRequests: this.#random() < 0.2,
      enableLastMsgSeqNumProcessed: this.#random() < 0.2,
      queuedMessagesMax: this.#random() < 0.3 ? this.#below(6) : 10_000,
    };
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  async step(): Promise<void> {
    const side = this.#below(2) as 0 | 1;
    const engine = this.engines[side];
    if (this.#random() < 0.02) engine.bench.effectsLeft = this.#below(3);
    let act = (): void => this.#act(side, engine);
    while (await this.#dies(act)) act = () => this.#cut(this.#below(2) as 0 | 1);
    this.#settle();
  }

  #act(side: 0 | 1, engine: Engine): void {
    const dice = this.#random();
    if (dice < 0.25) engine.sendOne();
    else if (dice < 0.65) this.#carry(side, 1 + this.#below(400));
    else if (dice < 0.85) engine.finishOne();
    else if (dice < 0.88) this.#cut(side);
    else if (dice < 0.95) this.#pass(this.#below(2_000));
    else this.#connect();
  }

  /** True when a process died over it; it is back then, and the line has yet to break. */
  async #dies(act: () => void): Promise<boolean> {
    try {
      act();
      return false;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    this.#settle();
    for (const engine of this.engines) {
      if (engine.bench.effectsLeft >= 0) continue;
      this.crashes.count += 1;
      engine.remember();
      await engine.start();
    }
    return true;
  }

  /** Moves what one engine has sent onto its line. */
  #settle(): void {
    for (const side of [0, 1] as const) {
      const { bench } = this.engines[side];
      const frames = bench.sent.splice(0).map((frame) => Buffer.from(frame, 'latin1'));
      this.#lines[side] = Buffer.concat([this.#lines[side], ...frames]);
    }
  }

  #carry(from: 0 | 1, bytes: number): void {
    const line = this.#lines[from];
    const other = this.engines[from === 0 ? 1 : 0];
    this.#lines[from] = line.subarray(bytes);
    if (!other.isConnected) return;
    other.bench.receive(line.subarray(0, bytes));
    if (!other.isConnected && line.length <= bytes) this.#hangUp();
  }

  /** The line breaks; one side may still read a part of what was under way. */
  #cut(reader: 0 | 1): void {
    this.#settle();
    const writer = reader === 0 ? 1 : 0;
    const length = this.#lines[writer].length;
    const dice = this.#random();
    if (dice < 0.4) this.#carry(writer, length);
    else if (dice < 0.7) this.#carry(writer, this.#below(length + 1));
    this.#hangUp();
  }

  #hangUp(): void {
    for (const engine of this.engines) {
      engine.bench.close();
      engine.bench.sent.length = 0;
    }
    this.#lines = [Buffer.alloc(0), Buffer.alloc(0)];
  }

  #connect(): void {
    if (this.engines.some((engine) => engine.isConnected)) {
      if (this.engines.every((engine) => engine.isConnected)) return;
      this.#hangUp();
    }
    for (const engine of this.engines) engine.bench.connect();
  }

  #pass(ms: number): void {
    for (const engine of this.engines) engine.bench.advance(ms);
  }

  /** No more faults: everything still to be done gets done. */
  finish(): void {
    for (const engine of this.engines) engine.bench.effectsLeft = Infinity;
    for (let round = 0; round < 2_000; round++) {
      this.#settle();
      if (this.engines.every((engine) => engine.log.length === MESSAGES)) return;
      this.#connect();
      for (const side of [0, 1] as const) {
        this.engines[side].sendOne();
        this.#settle();
        this.#carry(side, 1 << 20);
        this.engines[side].finishOne();
      }
      this.#pass(500);
    }
  }
}

/**
 * Plays one seed to its end; throws when anything is lost, twice or out of order. Returns the processes lost.
 */
export async function playSeed(seed: number): Promise<number> {
  const expected = Array.from({ length: MESSAGES }, (_, i) => i + 1);
  const world = new World(seed);
  await world.start();
  for (let step = 0; step < STEPS; step++) await world.step();
  world.finish();
  for (const engine of world.engines) {
    deepStrictEqual(engine.log, expected, `seed ${seed}`);
    deepStrictEqual(engine.bench.session.counters.garbledIn, 0, `seed ${seed}: garbled`);
    deepStrictEqual(engine.bench.session.counters.rejectsOut, 0, `seed ${seed}: rejects`);
  }
  return world.crashes.count;
}

if (import.meta.main) {
  const [seeds = '10000', from = '1'] = process.argv.slice(2);
  let crashes = 0;
  for (let seed = Number(from); seed < Number(from) + Number(seeds); seed++) {
    try {
      crashes += await playSeed(seed);
    } catch (error) {
      process.stderr.write(`seed ${seed}\n`);
      throw error;
    }
  }
  process.stdout.write(`${seeds} seeds, ${crashes} processes lost, nothing else\n`);
}
