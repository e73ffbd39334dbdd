/** Messages that do not conform: what is taken all the same, what the application is told of, and gaps. */
import { describe, expect, it } from 'vitest';
import { peerFrame, SessionBench, type BenchSettings } from '../../acceptance/bench.ts';
import { LENIENT } from '../codec/validator.ts';

const PEER = { sender: 'PEER', target: 'US' };

interface Talk {
  readonly bench: SessionBench;
  /** `35=8 34=2 58=`: one frame from the peer. */
  say(text: string): void;
  /** What we sent last, without header and trailer. */
  last(): string;
}

async function talk(settings: Partial<BenchSettings> = {}): Promise<Talk> {
  const bench = await SessionBench.open(settings);
  const say = (text: string): void => {
    const fields = text.split(' ').map((word): [number, string] => {
      const at = word.indexOf('=');
      return [Number(word.slice(0, at)), word.slice(at + 1)];
    });
    bench.receive(peerFrame(fields, bench.utcMs, PEER));
    bench.carryOut();
  };
  bench.connect();
  say('35=A 34=1 98=0 108=30');
  return { bench, say, last: () => bench.sent.at(-1)?.replaceAll('\x01', ' ') ?? '' };
}

const report = '37=1 17=1 150=F 39=2 55=EUR/USD 54=1 151=0 14=1 6=1';

describe('a message that does not conform', () => {
  it('is refused, and told to the application in its turn', async () => {
    const { bench, say, last } = await talk({ validation: LENIENT });
    say(`35=8 34=2 11=A ${report} 453=2 448=x`);
    expect(last()).toContain(' 373=16 ');
    expect([bench.refused.length, bench.delivered.length, bench.session.nextInbound]).toEqual([1, 0, 3]);
    // Beyond a gap it comes again, and is told when it is its turn.
    say(`35=8 34=4 11=B ${report} 453=2 448=x`);
    expect(bench.refused.length).toBe(1);
    say(`35=8 34=3 43=Y 122=20260310-11:59:00 11=C ${report} 453=2 448=x`);
    say(`35=8 34=4 43=Y 122=20260310-11:59:00 11=B ${report} 453=2 448=x`);
    expect([bench.refused.length, bench.session.nextInbound]).toEqual([3, 5]);
    // What was received already is not told twice.
    say(`35=8 34=3 43=Y 122=20260310-11:59:00 11=C ${report} 453=2 448=x`);
    expect([bench.refused.length, bench.session.isLoggedOn]).toEqual([3, true]);
  });

  it('is delivered with rejectInvalidMessage off, unless it is the session’s own', async () => {
    const { bench, say, last } = await talk({ validation: { rejectInvalidMessage: false } });
    say(`35=8 34=2 11=A ${report} 20001=abc 58=`);
    expect([bench.delivered.length, bench.told.at(-1)]).toEqual([
      1,
      { kind: 'invalidTaken', refSeqNum: 2, text: 'Tag specified without a value (58)' },
    ]);
    say('35=1 34=3');
    expect(last()).toContain(' 371=112 ');
    expect(bench.session.nextInbound).toBe(4);
  });

  it('of the session itself is held to fields and forms under all switches', async () => {
    const { bench, say, last } = await talk({ validation: LENIENT });
    say('35=1 34=2');
    expect(last()).toContain(' 371=112 372=1 373=1 ');
    say('35=2 34=3 7=x 16=0');
    expect(last()).toContain(' 371=7 372=2 373=6 ');
    say('35=4 34=4 123=Y 36=');
    expect(last()).toContain(' 371=36 372=4 373=1 ');
    expect([bench.session.isLoggedOn, bench.session.nextInbound]).toEqual([true, 4]);
  });
});

describe('numbers that the peer passes over', () => {
  const passedOver = (bench: SessionBench) => bench.told.filter(({ kind }) => kind === 'passedOver');

  it('by a gap fill, asked for or not, and by a reset, are told', async () => {
    const { bench, say } = await talk();
    say('35=4 34=2 123=Y 36=5');
    say('35=B 34=9 148=x 33=0');
    say('35=4 34=5 43=Y 122=20260310-11:59:00 123=Y 36=9');
    say('35=4 34=1 36=20');
    expect(passedOver(bench).map((event) => Object.values(event).slice(1))).toEqual([
      [2, 4],
      [5, 8],
      [10, 19],
    ]);
  });

  it('are none when it goes nowhere or back', async () => {
    const { bench, say } = await talk();
    say('35=4 34=2 123=Y 36=2');
    say('35=4 34=2 36=1');
    expect(passedOver(bench)).toEqual([]);
  });
});
