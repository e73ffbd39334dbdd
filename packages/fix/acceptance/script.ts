/**
 * Acceptance scripts: one scenario of the FIX session protocol each, as a dialogue with a session under test.
 * A line is one of these; empty lines and lines with # are for the reader.
 *
 *  versions 4.2-5.0SP1                   the scenario is for these; 4.4 is one version, 4.2+ all from it on;
 *                                        several are separated by spaces. Without this line it is for all
 *  session role=initiator heartBtInt=10  settings, first of all; inbound= and outbound= are the next numbers
 *                                        in its store
 *  connect                               the connection is open
 *  > 35=D 34=2 11=C1                     the peer sends; missing header fields are filled in, and in a Logon
 *                                        of FIXT.1.1 DefaultApplVerID; 52=+5m is five minutes from now (-5m
 *                                        ago), 52=- leaves the field out, _ is a space, ^ is SOH
 *  bytes some text                       the peer sends these bytes, | is SOH
 *  < 35=2 34=2 7=2 16=0                  the session has sent this next, with no other fields than these and
 *                                        8 9 49 52 56 10 (and 1137 in a Logon); 58=* is any value, 58=~low
 *                                        one with "low" in it
 *  quiet                                 the session has sent nothing (else)
 *  deliver 35=D 11=C1                    the application got this next (fields not given don't matter)
 *  undelivered                           the application got nothing (else)
 *  rejected 45=2                         the application was told of this Reject
 *  app done|pending|failing              how the application takes messages from now on
 *  app resolves 1, app rejects 1         the first (second …) pending message is done, has failed
 *  send 35=8 37=O1                       the application sends; deadline=10s, source=p/7, perishable and
 *                                        possresend are its options, dropped says that it must not be taken
 *  logout some text                      the application logs out
 *  challenge                             somebody else wants to log on as this session
 *  set in=3 out=4                        an operator sets the next numbers
 *  reads held, reads answered            reads of the store wait for the second line
 *  advance 30s                           time passes; also 5m, 2h
 *  close                                 the peer closes the connection
 *  disconnected some reason              the session has closed it, with these words in its reason
 *  logged on, logged out some reason     what the application heard next
 *  told recovered                        operators were told of an event of this kind
 *  numbers in=3 out=4 stored=2 queued=1  expected next in and out, the inbound number in the store, and the
 *                                        messages that wait for their turn
 *  garbled 1                             messages counted as garbled
 *  reopen                                the process dies and comes back with the same store
 *  refresh                               another process has used the store: its numbers are read again
 *
 * ORDER and REPORT stand for the fields of a small NewOrderSingle and ExecutionReport, OPEN for the EndSeqNo
 * that asks for everything.
 *
 * A Reject is written as FIX 4.4 has it: before 4.2 it is expected without 371, 372 and 373 and with the tag
 * in its text, in 4.2 with 373 up to 11 only.
 *
 * What only some versions do is marked with them: a line by [4.2+] in front of it, fields by braces around
 * them, {4.2+ 371=55 372=D}.
 */
import type { FieldWriter } from '../src/codec/fields.ts';
import {
  VERSIONS,
  applVerIdOf,
  beginStringOf,
  type BeginString,
  type Version,
} from '../src/dictionary/versions.ts';
import { profileOf } from '../src/session/profile.ts';
import type { Schedule } from '../src/session/schedule.ts';
import { SessionBench, peerFrame, timestamp, type BenchSettings, type Manner } from './bench.ts';

type Fields = readonly (readonly [number, string])[];

const AUTOMATIC = new Set([8, 9, 10, 49, 52, 56]);
const FAILURE = 'application failed';

/** The versions a script is for. */
export function versionsOf(text: string): readonly Version[] {
  const ranges = /^versions (.+)$/m.exec(text)?.[1];
  return ranges === undefined ? VERSIONS : VERSIONS.filter((version) => isWithin(ranges, version));
}

/** `4.2+`, `4.0-4.1`, `4.4`, several separated by spaces. */
function isWithin(ranges: string, version: Version): boolean {
  const at = VERSIONS.indexOf(version);
  return ranges.split(' ').some((range) => {
    const [from = '', to = from] = range.endsWith('+') ? [range.slice(0, -1), '5.0SP2'] : range.split('-');
    const [first, last] = [from, to].map((name) => VERSIONS.indexOf(`FIX.${name}` as Version));
    if (first === -1 || last === -1) throw new Error(`not a range of versions: ${range}`);
    return at >= (first as number) && at <= (last as number);
  });
}

/** The line as this version has it; empty when it is not for it. */
function lineFor(text: string, version: Version): string {
  const marked = /^\[([^\]]+)\] (.*)$/.exec(text);
  if (marked !== null && !isWithin(marked[1] as string, version)) return '';
  return (marked?.[2] ?? text).replace(/\{([^ }]+) ([^}]*)\}/g, (_whole, ranges: string, fields: string) =>
    isWithin(ranges, version) ? fields : '',
  );
}

/** Runs a script for one version; throws with the line that does not hold. */
export async function runScript(text: string, version: Version = 'FIX.4.4'): Promise<void> {
  const lines = text
    .split('\n')
    .map((line, index) => ({ text: lineFor(line.trim(), version), number: index + 1 }))
    .filter((line) => line.text !== '' && !/^(#|versions )/.test(line.text));
  const play = new Play(version);
  for (const line of lines) {
    try {
      await play.line(line.text);
    } catch (error) {
      throw new Error(`line ${line.number}: ${line.text}\n  ${(error as Error).message}`, { cause: error });
    }
  }
  play.finish();
}

const NUMBERS = /^\d+$/;
const SETTINGS = new Set<keyof BenchSettings>([
  'role',
  'defaultVersion',
  'heartBtInt',
  'heartBtIntMin',
  'heartBtIntMax',
  'resetOnLogon',
  'resetOnLogout',
  'resetOnDisconnect',
  'refreshOnLogon',
  'persistMessages',
  'checkLatency',
  'maxLatencyMs',
  'checkCompId',
  'logonTimeoutMs',
  'logoutTimeoutMs',
  'sendRedundantResendRequests',
  'resendRequestChunkSize',
  'enableNextExpectedMsgSeqNum',
  'enableLastMsgSeqNumProcessed',
  'timestampPrecision',
  'queuedMessagesMax',
  'queuedBytesMax',
]);

class Play {
  readonly version: Version;
  #settings: Partial<BenchSettings>;
  #bench: SessionBench | undefined;
  #heard = 0;
  #delivered = 0;
  #rejected = 0;
  #told = 0;

  constructor(version: Version) {
    this.version = version;
    this.#settings = { version };
  }

  get #live(): SessionBench {
    if (this.#bench === undefined) throw new Error('no session');
    return this.#bench;
  }

  get beginString(): BeginString {
    return beginStringOf(this.version);
  }

  async line(text: string): Promise<void> {
    const [word = '', ...rest] = text.split(/\s+/);
    const argument = rest.join(' ');
    if (word === 'session') return this.#open(rest);
    this.#bench ??= await SessionBench.open(this.#settings);
    const verb = VERBS[word];
    if (verb === undefined) throw new Error(`unknown: ${word}`);
    await verb(this, this.#live, argument);
  }

  /** Nothing is left over that the script does not mention. */
  finish(): void {
    const bench = this.#live;
    if (bench.sent.length > 0) throw new Error(`at the end: unexpected ${readable(bench.sent[0] as string)}`);
    this.undelivered();
  }

  async #open(words: readonly string[]): Promise<void> {
    const settings: Record<string, unknown> = {};
    const numbers = { inbound: 1, outbound: 1 };
    for (const [key, value] of words.map((word) => word.split('=') as [string, string])) {
      if (key === 'inbound' || key === 'outbound') numbers[key] = Number(value);
      else if (key === 'schedule') settings[key] = scheduleOf(value);
      else if (!SETTINGS.has(key as keyof BenchSettings)) throw new Error(`unknown setting ${key}`);
      else if (value === 'true' || value === 'false') settings[key] = value === 'true';
      else settings[key] = NUMBERS.test(value) ? Number(value) : value;
    }
    this.#settings = { ...settings, version: this.version };
    const isNew = numbers.inbound === 1 && numbers.outbound === 1;
    this.#bench = await SessionBench.open(this.#settings, undefined, isNew ? undefined : numbers);
  }

  /** As after kill -9: what was not carried out is lost, the store is not. */
  async reopen(): Promise<void> {
    const before = this.#live;
    this.#bench = await SessionBench.open(this.#settings, before.store);
    this.#bench.utcMs = before.utcMs;
    this.#heard = this.#delivered = this.#rejected = this.#told = 0;
  }

  /** Fields of a script's line, as this version has them. */
  fields(text: string): Fields {
    const fields = parseFields(text, this.version);
    const isLogon = fields.some(([tag, value]) => tag === 35 && value === 'A');
    if (!isLogon || this.beginString !== 'FIXT.1.1' || fields.some(([tag]) => tag === 1137)) return fields;
    return [...fields, [1137, applVerIdOf(this.version)]];
  }

  told(kind: string): void {
    const { told } = this.#live;
    const at = told.findIndex((event, index) => index >= this.#told && event.kind === kind);
    if (at < 0)
      throw new Error(
        `told: ${told
          .slice(this.#told)
          .map((event) => event.kind)
          .join(' ')}`,
      );
    this.#told = at + 1;
  }

  heard(what: string): void {
    const event = this.#live.events[this.#heard];
    if (event === undefined || !event.includes(what))
      throw new Error(`the application heard: ${event ?? 'nothing'}`);
    this.#heard += 1;
  }

  delivered(fields: Fields): void {
    const frame = this.#live.delivered[this.#delivered];
    if (frame === undefined) throw new Error('the application got nothing');
    this.#delivered += 1;
    contains(frame, fields);
  }

  rejected(fields: Fields): void {
    const frame = this.#live.rejections[this.#rejected];
    if (frame === undefined) throw new Error('the application was told of no Reject');
    this.#rejected += 1;
    contains(frame, fields);
  }

  undelivered(): void {
    const frame = this.#live.delivered[this.#delivered];
    if (frame !== undefined) throw new Error(`the application got ${readable(frame)}`);
  }
}

type Verb = (play: Play, bench: SessionBench, argument: string) => void | Promise<void>;

const VERBS: Readonly<Record<string, Verb>> = {
  connect: (_play, bench) => bench.connect(),
  close: (_play, bench) => bench.close(),
  '>': (play, bench, argument) => {
    const { beginString } = play;
    const fields = play
      .fields(argument)
      .map(([tag, value]): [number, string] => [tag, peerValue(value, bench.utcMs, beginString)]);
    bench.receive(peerFrame(fields, bench.utcMs, { sender: 'PEER', target: 'US' }, beginString));
  },
  bytes: (_play, bench, argument) => bench.receive(Buffer.from(argument.replaceAll('|', '\x01'), 'latin1')),
  '<': (play, bench, argument) => {
    const frame = bench.sent.shift();
    if (frame === undefined) throw new Error('nothing was sent');
    matches(frame, rejectFor(play.fields(argument), play.beginString), play.beginString);
  },
  quiet: (_play, bench) => {
    if (bench.sent.length > 0) throw new Error(`sent: ${readable(bench.sent[0] as string)}`);
  },
  deliver: (play, _bench, argument) => play.delivered(play.fields(argument)),
  undelivered: (play) => play.undelivered(),
  rejected: (play, _bench, argument) => play.rejected(play.fields(argument)),
  app: (_play, bench, argument) => {
    const [verb, which] = argument.split(' ') as [string, string | undefined];
    const ticket = bench.tickets[Number(which) - 1];
    if (verb === 'resolves' && ticket !== undefined) bench.session.delivered(ticket);
    else if (verb === 'rejects' && ticket !== undefined)
      bench.session.deliveryFailed(ticket, FAILURE, bench.utcMs);
    else bench.manner = verb as Manner;
    bench.carryOut();
  },
  send: (play, bench, argument) => send(bench, expand(argument, play.version).split(' '), play.version),
  logout: (_play, bench, argument) => {
    bench.session.logout(argument === '' ? undefined : argument, bench.utcMs);
    bench.carryOut();
  },
  challenge: (_play, bench) => {
    bench.session.challenge(bench.utcMs);
    bench.carryOut();
  },
  set: (_play, bench, argument) => {
    const words = new Map(argument.split(' ').map((word) => word.split('=') as [string, string]));
    const [inbound, outbound] = [words.get('in'), words.get('out')];
    bench.session.setNumbers({
      ...(inbound === undefined ? undefined : { nextInbound: Number(inbound) }),
      ...(outbound === undefined ? undefined : { nextOutbound: Number(outbound) }),
    });
    bench.carryOut();
  },
  reads: (_play, bench, argument) => {
    bench.holdReads = argument === 'held';
    if (!bench.holdReads) bench.answerReads();
  },
  advance: (_play, bench, argument) => bench.advance(duration(argument)),
  disconnected: (_play, bench, argument) => {
    if (bench.disconnectReason === undefined) throw new Error('still connected');
    if (!bench.disconnectReason.includes(argument)) throw new Error(`reason: ${bench.disconnectReason}`);
    if (bench.session.state !== 'disconnected') throw new Error(`state: ${bench.session.state}`);
  },
  logged: (play, _bench, argument) =>
    play.heard(
      argument === 'on' ? 'logged on' : `logged ${argument}`.replace(/^logged out (.*)$/, 'logged out: $1'),
    ),
  numbers: (_play, bench, argument) => numbers(bench, argument),
  garbled: (_play, bench, argument) => {
    const { garbledIn } = bench.session.counters;
    if (garbledIn !== Number(argument)) throw new Error(`garbled: ${garbledIn}`);
  },
  told: (play, _bench, argument) => play.told(argument),
  reopen: (play) => play.reopen(),
  refresh: async (_play, bench) => bench.session.refresh(await bench.store.open()),
};

function send(bench: SessionBench, words: readonly string[], version: Version): void {
  const fields = parseFields(words.filter((word) => /^\d+=/.test(word)).join(' '), version);
  const isInHeader = (tag: number): boolean => tag !== 35 && HEADER.has(tag);
  const header = fields.filter(([tag]) => isInHeader(tag)).map(([tag, value]) => ({ tag, value }));
  const option = (name: string): string | undefined =>
    words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const deadline = option('deadline');
  const source = option('source')?.split('/');
  const msgType = fields.find(([tag]) => tag === 35)?.[1] ?? '';
  const write = (writer: FieldWriter): void => {
    for (const [tag, value] of fields) {
      if (LENGTHS.has(tag)) writer.int(tag, Number(value));
      else if (value.includes('\x01')) writer.bytes(tag, Buffer.from(value, 'latin1'));
      else if (tag !== 35 && !isInHeader(tag)) writer.text(tag, value);
    }
  };
  const seqNum = bench.send(msgType, write, {
    ...(words.includes('perishable') ? { perishable: true } : undefined),
    ...(words.includes('possresend') ? { possResend: true } : undefined),
    ...(header.length === 0 ? undefined : { header }),
    ...(deadline === undefined ? undefined : { deadlineMs: bench.utcMs + duration(deadline) }),
    ...(source === undefined
      ? undefined
      : { source: { partition: source[0] as string, sequence: Number(source[1]) } }),
  });
  if ((seqNum === 0) !== words.includes('dropped')) throw new Error(`send returned ${seqNum}`);
}

function numbers(bench: SessionBench, argument: string): void {
  const actual: Readonly<Record<string, number>> = {
    in: bench.session.nextInbound,
    out: bench.session.nextOutbound,
    stored: bench.storedInbound,
    queued: bench.session.queuedMessages,
  };
  for (const [name, value] of argument.split(' ').map((word) => word.split('=') as [string, string])) {
    if (actual[name] !== Number(value)) throw new Error(`${name} is ${actual[name]}`);
  }
}

const ORDER = '35=D 21=1 55=EUR/USD 54=1 38=100 40=1';
const REPORT = '35=8 37=O1 17=1 39=0 55=EUR/USD 54=1 14=0 6=0';

function expand(text: string, version: Version): string {
  const at = VERSIONS.indexOf(version);
  const isBefore = (other: Version): boolean => at < VERSIONS.indexOf(other);
  const report = isBefore('FIX.4.3') ? `${REPORT} 20=0 38=100 32=0 31=0` : REPORT;
  const macros: Readonly<Record<string, string>> = {
    ORDER: isBefore('FIX.4.2') ? ORDER : `${ORDER} 60=20260310-12:00:00`,
    REPORT: isBefore('FIX.4.1') ? report : `${report} 150=0 151=100`,
    OPEN: String(profileOf(beginStringOf(version)).openEndSeqNo),
  };
  return text.replace(/\b(ORDER|REPORT|OPEN)\b/g, (name) => macros[name] as string);
}

function parseFields(text: string, version: Version): Fields {
  return expand(text, version)
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const at = word.indexOf('=');
      return [
        Number(word.slice(0, at)),
        word
          .slice(at + 1)
          .replaceAll('_', ' ')
          .replaceAll('^', '\x01'),
      ] as const;
    });
}

function peerValue(value: string, utcMs: number, beginString: BeginString): string {
  const relative = /^[+-]\d+(ms|s|m|h)$/.exec(value);
  return relative === null ? value : timestamp(utcMs + duration(value.replace('+', '')), beginString);
}

/** `07:00:00-17:00:00/America/New_York`; with days `1@07:00:00-5@17:00:00`. */
function scheduleOf(text: string): Schedule {
  const [times = '', ...zone] = text.split('/');
  const [start = '', end = ''] = times.split('-').map((part) => part.split('@').reverse());
  const [startTime = '', startDay] = start;
  const [endTime = '', endDay] = end;
  return {
    startTime,
    endTime,
    ...(startDay === undefined ? undefined : { startDay: Number(startDay), endDay: Number(endDay) }),
    ...(zone.length === 0 ? undefined : { timeZone: zone.join('/') }),
  };
}

function duration(text: string): number {
  const found = /^(-?\d+)(ms|s|m|h)$/.exec(text);
  if (found === null) throw new Error(`not a duration: ${text}`);
  return Number(found[1]) * { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[found[2] as 'ms' | 's' | 'm' | 'h'];
}

/** Length fields whose data field follows; its value may hold SOH. */
const LENGTHS = new Set([90, 95, 212, 354]);

function frameFields(frame: string): Fields {
  const fields: (readonly [number, string])[] = [];
  let length: number | undefined;
  for (let at = 0; at < frame.length;) {
    const equals = frame.indexOf('=', at);
    const end = length === undefined ? frame.indexOf('\x01', equals) : equals + 1 + length;
    const field = [Number(frame.slice(at, equals)), frame.slice(equals + 1, end)] as const;
    fields.push(field);
    length = LENGTHS.has(field[0]) ? Number(field[1]) : undefined;
    at = end + 1;
  }
  return fields;
}

function readable(frame: string): string {
  return frame.replaceAll('\x01', '|');
}

function fits(value: string | undefined, expected: string): boolean {
  if (value === undefined) return false;
  if (expected === '*') return true;
  return expected.startsWith('~') ? value.includes(expected.slice(1)) : value === expected;
}

/** What the version has of a Reject that is written as in FIX 4.4. */
function rejectFor(fields: Fields, beginString: BeginString): Fields {
  const of = new Map(fields);
  if (of.get(35) !== '3') return fields;
  const profile = profileOf(beginString);
  if (profile.rejectHasReason)
    return fields.filter(([tag, value]) => tag !== 373 || !(Number(value) > profile.sessionRejectReasonMax));
  const refTagId = of.get(371);
  return fields
    .filter(([tag]) => tag < 371 || tag > 373)
    .map(([tag, value]) =>
      tag === 58 && refTagId !== undefined && !/^[*~]/.test(value)
        ? [tag, `${value} (${refTagId})`]
        : [tag, value],
    );
}

/** Every field is as given, and none is there that is not given, apart from the automatic ones. */
function matches(frame: string, expected: Fields, beginString: BeginString): void {
  contains(frame, expected);
  const tags = new Set(expected.map(([tag]) => tag));
  const fields = frameFields(frame);
  const extra = fields.find(([tag]) => !tags.has(tag) && !AUTOMATIC.has(tag));
  if (extra !== undefined) throw new Error(`unexpected ${extra[0]}=${extra[1]} in ${readable(frame)}`);
  wellFormed(fields, beginString);
}

const HEADER = new Set([34, 43, 49, 50, 52, 56, 57, 97, 115, 116, 122, 128, 129, 144, 145, 369, 1128]);

/** What holds for every message of ours: fields ascending, the times as the version writes them. */
function wellFormed(fields: Fields, beginString: BeginString): void {
  const tags = fields.map(([tag]) => tag).slice(3, -1);
  const bodyAt = tags.findIndex((tag) => !HEADER.has(tag));
  const header = bodyAt < 0 ? tags : tags.slice(0, bodyAt);
  const isAdministrative = /^[0-5A]$/.test(fields[2]?.[1] ?? '');
  const ordered = isAdministrative ? [header, tags.slice(header.length)] : [header];
  for (const part of ordered) {
    if (part.some((tag, index) => index > 0 && tag <= (part[index - 1] as number)))
      throw new Error(`fields are not ascending: ${part.join(' ')}`);
  }
  const digits = profileOf(beginString).timestampPrecisionMax === 0 ? 0 : 3;
  for (const [tag, value] of fields) {
    if ((tag === 52 || tag === 122) && (value.split('.')[1] ?? '').length < digits)
      throw new Error(`${tag}=${value} has not ${digits} digits of a second`);
    if ((tag === 52 || tag === 122) && digits === 0 && value.includes('.'))
      throw new Error(`${tag}=${value} has a fraction of a second`);
  }
}

function contains(frame: string, expected: Fields): void {
  const fields = new Map(frameFields(frame));
  for (const [tag, value] of expected) {
    if (!fits(fields.get(tag), value)) throw new Error(`${tag} is ${fields.get(tag)} in ${readable(frame)}`);
  }
}
