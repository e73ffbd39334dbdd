/**
 * A session on the bench: real codec and memory store, time that moves only when told, an application that
 * records. The acceptance scripts and the session's tests stand in for its peer.
 */
import { Decoder } from '../src/codec/decoder.ts';
import { Encoder } from '../src/codec/encoder.ts';
import type { FieldWriter, Message } from '../src/codec/fields.ts';
import { Validator, type Violation } from '../src/codec/validator.ts';
import { loadDictionary } from '../src/dictionary/load.ts';
import { beginStringOf, type BeginString, type Version } from '../src/dictionary/versions.ts';
import type { SendOptions } from '../src/session/application.ts';
import type { SessionEvent } from '../src/session/events.ts';
import { sessionConfig, type Outcome, type SessionConfig, type SessionOwner } from '../src/session/owner.ts';
import { profileOf } from '../src/session/profile.ts';
import type { Ticket } from '../src/session/progress.ts';
import { Session } from '../src/session/session.ts';
import type { SessionSettings } from '../src/session/settings.ts';
import type { Effect } from '../src/session/outbox.ts';
import { MemoryStore } from '../src/session/store.memory.ts';
import type { OutboundRecord } from '../src/session/store.ts';

/** 2026-03-10T12:00:00Z */
const START_MS = 1_773_144_000_000;
const HOUR_MS = 3_600_000;

/** Settings, the role, and the version in place of its BeginString. */
export interface BenchSettings extends SessionSettings {
  readonly role: SessionConfig['role'];
  readonly version: Version;
}

const BENCH_SETTINGS: BenchSettings = {
  role: 'acceptor',
  version: 'FIX.4.4',
  beginString: 'FIX.4.4',
  senderCompId: 'US',
  targetCompId: 'PEER',
};

/** The end of a process, wherever it was. */
export class Crash extends Error {}

/** How the application takes the next messages. */
export type Manner = 'done' | 'pending' | 'failing';

export class SessionBench implements SessionOwner {
  readonly store: MemoryStore;
  readonly session: Session;
  utcMs = START_MS;
  monoMs = 1;
  manner: Manner = 'done';
  /** Frames to the peer, oldest first. */
  readonly sent: string[] = [];
  /** Messages the application got. */
  readonly delivered: string[] = [];
  /** Those that it was told of although they were rejected. */
  readonly refused: string[] = [];
  readonly rejections: string[] = [];
  readonly tickets: Ticket[] = [];
  /** Everything the application heard of logons, and disconnects with their reason. */
  readonly events: string[] = [];
  /** What operators were told. */
  readonly told: SessionEvent[] = [];
  /** What the application adds to our Logon. */
  username: string | undefined = 'user';
  disconnectReason: string | undefined;
  /** Reads of the store are answered only by `answerReads`. */
  holdReads = false;
  onLoggedOn: (() => void) | undefined;
  onDelivered: ((message: Message) => void) | undefined;
  readonly #reads: (() => void)[] = [];
  /** Steps of carrying out that are still to come; then the process dies with `Crash`. */
  effectsLeft = Infinity;
  readonly version: Version;
  #spoken: Version;
  #decoder: Decoder;
  readonly #encoder = new Encoder();

  /** What the store would say of the inbound number. */
  storedInbound: number;

  private constructor(
    version: Version,
    store: MemoryStore,
    storedInbound: number,
    session: (bench: SessionBench, encoder: Encoder) => Session,
  ) {
    this.version = this.#spoken = version;
    this.#decoder = new Decoder({ dictionary: loadDictionary(version) });
    this.store = store;
    this.storedInbound = storedInbound;
    this.session = session(this, this.#encoder);
    if (this.session.createdAtMs === 0) {
      this.session.resetNumbers(START_MS, 'firstStart');
      this.carryOut();
    }
  }

  /** `numbers`: what the store says when it is opened. */
  static async open(
    settings: Partial<BenchSettings> = {},
    store = new MemoryStore(),
    numbers?: { readonly inbound: number; readonly outbound: number },
  ): Promise<SessionBench> {
    const version = settings.version ?? BENCH_SETTINGS.version;
    const role = settings.role ?? BENCH_SETTINGS.role;
    const config = sessionConfig(
      {
        ...BENCH_SETTINGS,
        beginString: beginStringOf(version),
        ...(role === 'initiator' ? { defaultVersion: version } : undefined),
        ...settings,
      },
      role,
    );
    if (numbers !== undefined) {
      store.reset(START_MS);
      store.setNextInbound(numbers.inbound);
      store.setNextOutbound(numbers.outbound);
    }
    const stored = await store.open();
    return new SessionBench(version, store, stored.nextInbound, (bench, encoder) => {
      const validator = new Validator(loadDictionary(version), settings.validation);
      return new Session(config, stored, { encoder, validator }, bench);
    });
  }

  // --- what the transport does
  // ---------------------------------------------------------------------------------------

  connect(): void {
    this.disconnectReason = undefined;
    this.#decoder = new Decoder({ dictionary: loadDictionary(this.#spoken) });
    this.session.connected(this.utcMs);
    this.carryOut();
  }

  close(): void {
    this.session.disconnected('connection closed by the peer', this.utcMs);
    this.carryOut();
  }

  /** Bytes from the peer. */
  receive(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
    for (;;) {
      const result = this.#decoder.next();
      if (result.kind === 'more') break;
      if (result.kind === 'message') this.session.received(result.message, this.utcMs);
      else if (result.kind === 'garbled') this.session.garbled();
      else {
        this.close();
        break;
      }
    }
    this.carryOut();
  }

  /** Time passes in steps of a tick. */
  advance(ms: number): void {
    this.session.tick(this.utcMs, this.monoMs);
    this.carryOut();
    const stepMs = ms < HOUR_MS ? 100 : 1_000;
    for (let left = ms; left > 0; left -= stepMs) {
      const step = Math.min(left, stepMs);
      this.utcMs += step;
      this.monoMs += step;
      this.session.tick(this.utcMs, this.monoMs);
      this.carryOut();
    }
  }

  carryOut(): void {
    for (;;) {
      const effects = this.session.takeEffects();
      if (effects.length === 0) return;
      for (const effect of effects) {
        this.#live();
        switch (effect.kind) {
          case 'batch':
            this.#storeBatch(effect);
            this.#live();
            if (effect.transmit) this.#transmit(effect.bytes);
            this.#encoder.recycle(effect.bytes);
            break;
          case 'reset':
            this.storedInbound = 1;
            this.store.reset(effect.createdAtMs);
            break;
          case 'nextInbound':
            this.storedInbound = effect.next;
            this.store.setNextInbound(effect.next);
            break;
          case 'nextOutbound':
            this.store.setNextOutbound(effect.next);
            break;
          case 'cursors':
            this.store.noteCursors(effect.cursors);
            break;
          case 'read':
            this.#read(effect.from, effect.to);
            break;
          case 'disconnect':
            this.disconnectReason = effect.reason;
        }
      }
    }
  }

  #storeBatch({ records, numbers }: Extract<Effect, { readonly kind: 'batch' }>): void {
    if (records.length > 0) this.store.append(records, numbers);
    else if (numbers?.nextOutbound !== undefined) this.store.setNextOutbound(numbers.nextOutbound);
    if (numbers?.nextInbound !== undefined) this.storedInbound = numbers.nextInbound;
  }

  #live(): void {
    this.effectsLeft -= 1;
    if (this.effectsLeft < 0) throw new Crash('the process is gone');
  }

  #read(from: number, to: number): void {
    const records: readonly OutboundRecord[] = this.store.read(from, to);
    const answer = (): void => this.session.stored(from, to, records, this.utcMs);
    if (this.holdReads) this.#reads.push(answer);
    else answer();
  }

  answerReads(): void {
    while (this.#reads.length > 0) {
      (this.#reads.shift() as () => void)();
      this.carryOut();
    }
  }

  #transmit(bytes: Uint8Array): void {
    for (const frame of Buffer.from(bytes)
      .toString('latin1')
      .split(/(?<=\x0110=\d{3}\x01)/))
      this.sent.push(frame);
  }

  // --- what the application does
  // -------------------------------------------------------------------------------------

  send(msgType: string, write: (fields: FieldWriter) => void, options?: SendOptions): number {
    const seqNum = this.session.send(msgType, write, options, this.utcMs);
    this.carryOut();
    return seqNum;
  }

  deliver(message: Message, violation: Violation | undefined): Outcome {
    if (violation !== undefined) {
      this.refused.push(Buffer.from(message.raw).toString('latin1'));
      return 'done';
    }
    if (this.manner === 'failing') return { failed: 'application failed' };
    this.delivered.push(Buffer.from(message.raw).toString('latin1'));
    this.onDelivered?.(message);
    return this.manner;
  }

  awaiting(ticket: Ticket): void {
    this.tickets.push(ticket);
  }

  loggedOn(): void {
    this.events.push('logged on');
    this.onLoggedOn?.();
  }

  loggedOut(reason: string): void {
    this.events.push(`logged out: ${reason}`);
  }

  rejected(message: Message): void {
    this.rejections.push(Buffer.from(message.raw).toString('latin1'));
  }

  speaks(version: Version): void {
    this.#spoken = version;
    const dictionary = loadDictionary(version);
    this.#decoder.dictionary = dictionary;
    this.session.validator = new Validator(dictionary);
  }

  event(event: SessionEvent): void {
    this.told.push(event);
  }

  logonFields(fields: FieldWriter): void {
    if (this.username !== undefined) fields.text(553, this.username);
  }
}

const FURTHER_HEADER_TAGS = new Set([43, 90, 91, 97, 115, 116, 122, 128, 129, 144, 145, 212, 213, 369, 1128]);

/**
 * Fields as `tag=value`, with the header's missing ones, BodyLength and CheckSum filled in. `tag=-` leaves
 * one out.
 */
export function peerFrame(
  fields: readonly (readonly [number, string])[],
  utcMs: number,
  from: { readonly sender: string; readonly target: string },
  beginString: BeginString = 'FIX.4.4',
): Buffer {
  const given = new Map(fields);
  const header: [number, string][] = [
    [8, beginString],
    [9, ''],
    [35, '0'],
    [49, from.sender],
    [56, from.target],
    [34, '1'],
    [52, timestamp(utcMs, beginString)],
  ];
  const first = header.map(([tag, value]): [number, string] => [tag, given.get(tag) ?? value]);
  const headerTags = new Set(header.map(([tag]) => tag));
  for (const [tag, value] of fields) if (FURTHER_HEADER_TAGS.has(tag)) first.push([tag, value]);
  const rest = fields.filter(([tag]) => !headerTags.has(tag) && !FURTHER_HEADER_TAGS.has(tag) && tag !== 10);
  const all = [...first, ...rest].filter(([, value]) => value !== '-');
  const body = all
    .filter(([tag]) => tag !== 8 && tag !== 9)
    .map(([tag, value]) => `${tag}=${value}\x01`)
    .join('');
  const length = given.get(9) ?? String(Buffer.byteLength(body, 'latin1'));
  const text = `8=${given.get(8) ?? beginString}\x019=${length}\x01${body}`;
  const bytes = Buffer.from(text, 'latin1');
  const sum = given.get(10) ?? String(bytes.reduce((total, byte) => total + byte, 0) % 256).padStart(3, '0');
  return Buffer.from(`${text}10=${sum}\x01`, 'latin1');
}

/** As the version writes it: before FIX 4.2 without milliseconds. */
export function timestamp(utcMs: number, beginString: BeginString = 'FIX.4.4'): string {
  const text = new Date(utcMs).toISOString().replaceAll('-', '').replace('T', '-').replace('Z', '');
  return profileOf(beginString).timestampPrecisionMax === 0 ? text.slice(0, -4) : text;
}
