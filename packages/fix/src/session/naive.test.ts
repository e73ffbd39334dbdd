/** Random dialogues: the session says and does what its naive twin does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionBench, peerFrame } from '../../acceptance/bench.ts';
import { NaiveSession, type NaiveMessage } from './naive.ts';

const RUNS = 3_000;

/** What the peer or the application does next; numbers are counted from where the session is then. */
type Move =
  | { readonly kind: 'connect' | 'close' | 'send' }
  | { readonly kind: 'logon'; readonly ahead: number; readonly flag: boolean }
  | { readonly kind: 'message'; readonly ahead: number; readonly more: Omit<NaiveMessage, 'seqNum'> };

/** Most messages are in sequence, some are ahead, few are behind. */
const ahead = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 2, arbitrary: fc.integer({ min: -3, max: -1 }) },
);
const rarely = <T>(value: fc.Arbitrary<T>, weight = 1): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, { weight, arbitrary: value });

const more: fc.Arbitrary<Omit<NaiveMessage, 'seqNum'>> = fc
  .record({
    msgType: fc.constantFrom('D', 'D', 'D', '0', '1', '2', '3', '4', '4', 'A', '5'),
    possDup: fc.oneof(
      { weight: 2, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    original: fc.oneof(
      { weight: 8, arbitrary: fc.constant('before' as const) },
      { weight: 1, arbitrary: fc.constant('after' as const) },
      { weight: 1, arbitrary: fc.constant(undefined) },
    ),
    fault: rarely(fc.constantFrom('beginString', 'compId', 'time', 'invalid' as const)),
    flag: fc.boolean(),
    newSeqNo: fc.integer({ min: -2, max: 6 }),
    beginSeqNo: fc.integer({ min: 0, max: 8 }),
    endSeqNo: fc.constantFrom(0, 0, 1, 3, 6, 50),
  })
  .map(({ original, fault, ...rest }) => ({
    ...rest,
    ...(rest.possDup && original !== undefined ? { original } : undefined),
    ...(fault === undefined ? undefined : { fault }),
  })) as fc.Arbitrary<Omit<NaiveMessage, 'seqNum'>>;

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ kind: fc.constant('message' as const), ahead, more }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('send' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('logon' as const), ahead, flag: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const) }) },
);

/** The message with numbers in place of distances. */
function resolve(from: NaiveSession, distance: number, given: Omit<NaiveMessage, 'seqNum'>): NaiveMessage {
  const seqNum = Math.max(1, from.expected + distance);
  const { newSeqNo = 0, ...rest } = given;
  return { ...rest, seqNum, newSeqNo: Math.max(1, Math.max(seqNum, from.expected) + newSeqNo) };
}

function frameOf(message: NaiveMessage, utcMs: number): Buffer {
  const { msgType, seqNum, possDup, original, fault } = message;
  const stamp = (ms: number): string => `${ms < 0 ? '' : '+'}${ms}`;
  const fields: [number, string][] = [
    [35, msgType],
    [34, String(seqNum)],
  ];
  if (possDup === true) fields.push([43, 'Y']);
  if (original !== undefined)
    fields.push([122, new Date(utcMs + (original === 'before' ? -1_000 : 10_000)).toISOString()]);
  if (fault === 'beginString') fields.push([8, 'FIX.4.1']);
  if (fault === 'compId') fields.push([49, 'STRANGER']);
  if (fault === 'time') fields.push([52, new Date(utcMs - 600_000).toISOString()]);
  const bodies: Readonly<Record<string, readonly (readonly [number, string])[]>> = {
    A: [[98, '0'], [108, '30'], ...(message.flag === true ? [[141, 'Y'] as const] : [])],
    '1': [[112, 'test']],
    '2': [
      [7, String(message.beginSeqNo)],
      [16, String(message.endSeqNo)],
    ],
    '3': [[45, '1']],
    '4': [...(message.flag === true ? [[123, 'Y'] as const] : []), [36, String(message.newSeqNo)]],
    D: [
      [11, 'C'],
      [55, 'EUR/USD'],
      [54, '1'],
      [60, '20260310-12:00:00'],
      [38, '1'],
      [40, '1'],
    ],
  };
  for (const [tag, value] of bodies[msgType] ?? []) fields.push([tag, value]);
  if (fault === 'invalid') fields.push([4_999, stamp(1)]);
  const written = fields.map(([tag, value]): [number, string] => [
    tag,
    value.endsWith('Z') ? value.replaceAll('-', '').replace('T', '-').replace('Z', '') : value,
  ]);
  return peerFrame(written, utcMs, { sender: 'PEER', target: 'US' });
}

/** A frame of ours in the words of the naive session. */
function answerOf(frame: string): string {
  const of = new Map(frame.split('\x01').map((field) => field.split('=') as [string, string]));
  const seqNum = of.get('34') as string;
  const again = of.get('43') === 'Y' ? `${seqNum} again` : undefined;
  switch (of.get('35')) {
    case 'A':
      return of.get('141') === 'Y' ? 'A reset' : 'A';
    case '0':
      return '0 test';
    case '2':
      return `2 ${of.get('7')}-${of.get('16')}`;
    case '3': {
      if (again !== undefined) return `3 ${again}`;
      const reason = of.get('373') as string;
      return `3 ${{ '0': 'invalid', '9': 'compId' }[reason] ?? reason}`;
    }
    case '4':
      return `4 ${seqNum}-${of.get('36')}`;
    case '8':
      return `8 ${again ?? seqNum}`;
    default:
      return of.get('35') as string;
  }
}

class Pair {
  readonly bench: SessionBench;
  readonly naive = new NaiveSession();
  #delivered = 0;

  constructor(bench: SessionBench) {
    this.bench = bench;
  }

  play(next: Move): void {
    const { bench, naive } = this;
    if (next.kind === 'close') {
      bench.close();
      naive.close();
    } else if (next.kind === 'send') {
      bench.send('8', (fields) => fields.text(37, 'O'));
      naive.send();
    } else if (next.kind === 'message') {
      this.#receive(resolve(naive, next.ahead, next.more));
    } else if (next.kind === 'logon' && naive.state === 'away') {
      bench.connect();
      naive.connect();
      const seqNum = next.flag ? 1 : Math.max(1, naive.expected + next.ahead);
      this.#receive({ msgType: 'A', seqNum, flag: next.flag });
    }
    this.#compare(next);
  }

  #receive(message: NaiveMessage): void {
    if (this.naive.state === 'away') return;
    this.bench.receive(frameOf(message, this.bench.utcMs));
    this.naive.receive(message);
  }

  #compare(next: Move): void {
    const { bench, naive } = this;
    const said = bench.sent.splice(0).map(answerOf);
    const delivered = bench.delivered.slice(this.#delivered).map((frame) => /\x0134=(\d+)/.exec(frame)?.[1]);
    this.#delivered = bench.delivered.length;
    const answers = naive.answers.splice(0).map((answer) => (answer === '3 time' ? '3 10' : answer));
    const what = JSON.stringify(next);
    expect(said, what).toEqual(answers.filter((answer) => !/^(deliver|cut)/.test(answer)));
    expect(
      delivered.map((seqNum) => `deliver ${seqNum}`),
      what,
    ).toEqual(answers.filter((answer) => answer.startsWith('deliver')));
    expect(bench.session.state === 'disconnected', what).toBe(naive.state === 'away');
    expect([bench.session.nextInbound, bench.session.nextOutbound], what).toEqual([
      naive.expected,
      naive.nextOutbound,
    ]);
  }
}

describe('session and naive session', () => {
  it(`says the same of every dialogue, ${RUNS} of them`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 5, maxLength: 60 }), async (moves) => {
        const pair = new Pair(await SessionBench.open());
        pair.play({ kind: 'logon', ahead: 0, flag: false });
        for (const next of moves) pair.play(next);
      }),
      { numRuns: RUNS },
    );
  });
});
