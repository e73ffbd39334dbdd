/**
 * Acceptance scripts: one scenario of the FIX session protocol each, as a dialogue with a session under test.
 * A line is one of these; empty lines and lines with # are for the reader.
 *
 *  session role=initiator heartBtInt=10  settings, first of all; inbound= and outbound= are the next numbers
 *                                        in its store
 *  connect                               the connection is open
 *  > 35=D 34=2 11=C1                     the peer sends; missing header fields are filled in; 52=+5m is five
 *                                        minutes from now (-5m ago), 52=- leaves the field out, _ is a space
 *  bytes some text                       the peer sends these bytes, | is SOH
 *  < 35=2 34=2 7=2 16=0                  the session has sent this next, with no other fields than these and
 *                                        8 9 49 52 56 10; 58=* is any value, 58=~low one with "low" in it
 *  quiet                                 the session has sent nothing (else)
 *  deliver 35=D 11=C1                    the application got this next (fields not given don't matter)
 *  undelivered                           the application got nothing (else)
 *  rejected 45=2                         the application was told of this Reject
 *  app done|pending|failing              how the application takes messages from now on
 *  app resolves 1, app rejects 1         the first (second …) pending message is done, has failed
 *  send 35=8 37=O1                       the application sends; deadline=10s, source=p/7 and perishable are
 *                                        its options, dropped says that it must not be taken
 *  logout some text                      the application logs out
 *  challenge                             somebody else wants to log on as this session
 *  reads held, reads answered            reads of the store wait for the second line
 *  advance 30s                           time passes
 *  close                                 the peer closes the connection
 *  disconnected some reason              the session has closed it, with these words in its reason
 *  logged on, logged out some reason     what the application heard next
 *  numbers in=3 out=4 stored=2           expected next in and out, and the inbound number in the store
 *  garbled 1                             messages counted as garbled
 *  reopen                                the process dies and comes back with the same store
 *
 * ORDER and REPORT stand for the fields of a small NewOrderSingle and ExecutionReport.
 */
import type { FieldWriter } from '../src/codec/fields.ts';
import type { SessionConfig } from '../src/session/owner.ts';
import { BENCH_CONFIG, SessionBench, peerFrame, timestamp, type Manner } from './bench.ts';

type Fields = readonly (readonly [number, string])[];

const AUTOMATIC = new Set([8, 9, 10, 49, 52, 56]);
const FAILURE = 'application failed';

/** Runs a script; throws with the line that does not hold. */
export async function runScript(text: string): Promise<void> {
  const lines = text
    .split('\n')
    .map((line, index) => ({ text: line.trim(), number: index + 1 }))
    .filter((line) => line.text !== '' && !line.text.startsWith('#'));
  const play = new Play();
  for (const line of lines) {
    try {
      await play.line(line.text);
    } catch (error) {
      throw new Error(`line ${line.number}: ${line.text}\n  ${(error as Error).message}`, { cause: error });
    }
  }
  play.finish();
}

class Play {
  #config: Partial<SessionConfig> = {};
  #bench: SessionBench | undefined;
  #heard = 0;
  #delivered = 0;
  #rejected = 0;

  get #live(): SessionBench {
    if (this.#bench === undefined) throw new Error('no session');
    return this.#bench;
  }

  async line(text: string): Promise<void> {
    const [word = '', ...rest] = text.split(/\s+/);
    const argument = rest.join(' ');
    if (word === 'session') return this.#open(rest);
    this.#bench ??= await SessionBench.open();
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
    for (const [key, value] of words.map((word) => word.split('=') as [string, string])) {
      const known = BENCH_CONFIG[key as keyof SessionConfig];
      if (known === undefined && key !== 'inbound' && key !== 'outbound')
        throw new Error(`unknown setting ${key}`);
      settings[key] =
        typeof known === 'boolean' ? value === 'true' : typeof known === 'string' ? value : Number(value);
    }
    const { inbound, outbound, ...config } = settings as { inbound?: number; outbound?: number };
    this.#config = config;
    this.#bench = await SessionBench.open(
      this.#config,
      undefined,
      inbound === undefined && outbound === undefined
        ? undefined
        : { inbound: inbound ?? 1, outbound: outbound ?? 1 },
    );
  }

  /** As after kill -9: what was not carried out is lost, the store is not. */
  async reopen(): Promise<void> {
    const before = this.#live;
    this.#bench = await SessionBench.open(this.#config, before.store);
    this.#bench.utcMs = before.utcMs;
    this.#heard = this.#delivered = this.#rejected = 0;
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
  '>': (_play, bench, argument) => {
    const fields = parseFields(argument).map(([tag, value]): [number, string] => [
      tag,
      peerValue(value, bench.utcMs),
    ]);
    bench.receive(peerFrame(fields, bench.utcMs, { sender: 'PEER', target: 'US' }));
  },
  bytes: (_play, bench, argument) => bench.receive(Buffer.from(argument.replaceAll('|', '\x01'), 'latin1')),
  '<': (_play, bench, argument) => {
    const frame = bench.sent.shift();
    if (frame === undefined) throw new Error('nothing was sent');
    matches(frame, parseFields(argument));
  },
  quiet: (_play, bench) => {
    if (bench.sent.length > 0) throw new Error(`sent: ${readable(bench.sent[0] as string)}`);
  },
  deliver: (play, _bench, argument) => play.delivered(parseFields(argument)),
  undelivered: (play) => play.undelivered(),
  rejected: (play, _bench, argument) => play.rejected(parseFields(argument)),
  app: (_play, bench, argument) => {
    const [verb, which] = argument.split(' ') as [string, string | undefined];
    const ticket = bench.tickets[Number(which) - 1];
    if (verb === 'resolves' && ticket !== undefined) bench.session.delivered(ticket);
    else if (verb === 'rejects' && ticket !== undefined)
      bench.session.deliveryFailed(ticket, FAILURE, bench.utcMs);
    else bench.manner = verb as Manner;
    bench.carryOut();
  },
  send: (_play, bench, argument) => send(bench, expand(argument).split(' ')),
  logout: (_play, bench, argument) => {
    bench.session.logout(argument === '' ? undefined : argument, bench.utcMs);
    bench.carryOut();
  },
  challenge: (_play, bench) => {
    bench.session.challenge(bench.utcMs);
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
  reopen: (play) => play.reopen(),
};

function send(bench: SessionBench, words: readonly string[]): void {
  const fields = parseFields(words.filter((word) => /^\d+=/.test(word)).join(' '));
  const option = (name: string): string | undefined =>
    words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const deadline = option('deadline');
  const source = option('source')?.split('/');
  const msgType = fields.find(([tag]) => tag === 35)?.[1] ?? '';
  const write = (writer: FieldWriter): void => {
    for (const [tag, value] of fields) if (tag !== 35) writer.text(tag, value);
  };
  const seqNum = bench.send(msgType, write, {
    ...(words.includes('perishable') ? { perishable: true } : undefined),
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
  };
  for (const [name, value] of argument.split(' ').map((word) => word.split('=') as [string, string])) {
    if (actual[name] !== Number(value)) throw new Error(`${name} is ${actual[name]}`);
  }
}

const MACROS: Readonly<Record<string, string>> = {
  ORDER: '35=D 55=EUR/USD 54=1 60=20260310-12:00:00.000 38=100 40=1',
  REPORT: '35=8 37=O1 17=E1 150=0 39=0 55=EUR/USD 54=1 151=100 14=0 6=0',
};

function parseFields(text: string): Fields {
  return expand(text)
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const at = word.indexOf('=');
      return [Number(word.slice(0, at)), word.slice(at + 1).replaceAll('_', ' ')] as const;
    });
}

function expand(text: string): string {
  return text.replace(/\b(ORDER|REPORT)\b/, (name) => MACROS[name] as string);
}

function peerValue(value: string, utcMs: number): string {
  const relative = /^[+-]\d+(ms|s|m)$/.exec(value);
  return relative === null ? value : timestamp(utcMs + duration(value.replace('+', '')));
}

function duration(text: string): number {
  const found = /^(-?\d+)(ms|s|m)$/.exec(text);
  if (found === null) throw new Error(`not a duration: ${text}`);
  return Number(found[1]) * { ms: 1, s: 1_000, m: 60_000 }[found[2] as 'ms' | 's' | 'm'];
}

function frameFields(frame: string): Fields {
  return frame
    .split('\x01')
    .filter((field) => field !== '')
    .map((field) => {
      const at = field.indexOf('=');
      return [Number(field.slice(0, at)), field.slice(at + 1)] as const;
    });
}

function readable(frame: string): string {
  return frame.replaceAll('\x01', '|');
}

function fits(value: string | undefined, expected: string): boolean {
  if (value === undefined) return false;
  if (expected === '*') return true;
  return expected.startsWith('~') ? value.includes(expected.slice(1)) : value === expected;
}

/** Every field is as given, and none is there that is not given, apart from the automatic ones. */
function matches(frame: string, expected: Fields): void {
  contains(frame, expected);
  const tags = new Set(expected.map(([tag]) => tag));
  const extra = frameFields(frame).find(([tag]) => !tags.has(tag) && !AUTOMATIC.has(tag));
  if (extra !== undefined) throw new Error(`unexpected ${extra[0]}=${extra[1]} in ${readable(frame)}`);
}

function contains(frame: string, expected: Fields): void {
  const fields = new Map(frameFields(frame));
  for (const [tag, value] of expected) {
    if (!fits(fields.get(tag), value)) throw new Error(`${tag} is ${fields.get(tag)} in ${readable(frame)}`);
  }
}
