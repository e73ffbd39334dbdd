/**
 * Every rule of docs/data-quality.md with its bounds to the millisecond, and all of them against a slow twin.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VenueQuote } from '../market/quote.ts';
import type { ExcuseReason, QualityState, Span } from './state.ts';
import { changesMax } from './timeline.ts';
import { blindAfterMs, graceMs, QualityWatch, sessionSilenceMs } from './watch.ts';

const startMs = 1_800_000_000_000;
const thresholds = { staleAfterMs: 2_000, spikeBasisPoints: 100, wideBasisPoints: 50, levelsMin: 1 };
const sources = ['alpha', 'bravo', 'delta'];

type Change = Partial<Pick<VenueQuote, 'bids' | 'asks' | 'epoch' | 'sequence'>>;

/** A watch over three sources, and a market that quotes each four times a second until something is wrong. */
class World {
  readonly watch: QualityWatch;
  readonly spans: Span[] = [];
  readonly excuses = new Map<string, ExcuseReason>();
  readonly sequences = new Map<string, number>();
  nowMs = startMs;

  constructor(instruments = ['EURUSD', 'GBPUSD'], own = thresholds) {
    this.watch = new QualityWatch(startMs, (source, instrument, atMs) =>
      this.excuses.get(`${source} ${instrument} ${atMs}`),
    );
    const each = new Map(instruments.map((instrument) => [instrument, own]));
    this.watch.configure(
      sources.map((source) => ({ source, hasSession: true, instruments: each })),
      startMs,
    );
    for (const source of sources) this.session(source, true, startMs);
  }

  quote(source: string, instrument: string, atMs: number, change: Change = {}): void {
    const key = `${source} ${instrument}`;
    const sequence = change.sequence ?? (this.sequences.get(key) ?? 0) + 1;
    this.sequences.set(key, sequence);
    this.watch.quote({
      venue: source,
      instrument,
      epoch: 1,
      bids: [100_000, 10],
      asks: [100_010, 10],
      receivedAtMs: atMs,
      receivedMonoMs: atMs - startMs,
      ...change,
      sequence,
    });
  }

  session(source: string, isUp: boolean, sinceMs: number, heardMs = sinceMs): void {
    this.watch.session(source, { isUp, sinceMs, heardMs });
  }

  tick(atMs: number): void {
    this.watch.tick(atMs);
    this.spans.push(...this.watch.drain());
  }

  /** Quotes of all but those of whom `isSilent` holds, and ticks, up to an instant. */
  run(toMs: number, isSilent: (source: string, instrument: string, atMs: number) => boolean = () => false) {
    for (; this.nowMs < toMs; this.nowMs += 250) {
      for (const source of sources)
        for (const instrument of ['EURUSD', 'GBPUSD'])
          if (!isSilent(source, instrument, this.nowMs)) this.quote(source, instrument, this.nowMs);
      if ((this.nowMs - startMs) % 1_000 === 0) {
        for (const source of sources)
          if (!isSilent(source, 'session', this.nowMs)) this.session(source, true, startMs, this.nowMs);
        this.tick(this.nowMs);
      }
    }
  }

  /** What it went through, as [state, from, to] in milliseconds since the start; the open one without end. */
  of(source: string, instrument: string): (readonly [QualityState, number, number?])[] {
    const last = new Map<number, Span>();
    for (const span of this.spans)
      if (span.source === source && span.instrument === instrument) last.set(span.fromMs, span);
    return [...last.values()]
      .toSorted((left, right) => left.fromMs - right.fromMs)
      .map(({ state, fromMs, toMs }) =>
        toMs === undefined ? [state, fromMs - startMs] : [state, fromMs - startMs, toMs - startMs],
      );
  }
}

const at = (ms: number): number => startMs + ms;

describe('watching data', () => {
  const steady = [['GOOD', 0]];

  it('finds nothing where nothing is', () => {
    const world = new World();
    world.run(at(10_000));
    for (const source of sources)
      for (const instrument of ['EURUSD', 'GBPUSD', '*'])
        expect(world.of(source, instrument)).toEqual(steady);
  });

  it('finds an instrument STALE from the moment at which it was silent for too long', () => {
    const world = new World();
    world.run(
      at(12_000),
      (source, instrument, ms) =>
        source === 'alpha' && instrument === 'EURUSD' && ms > at(3_000) && ms < at(9_000),
    );
    expect(world.of('alpha', 'EURUSD')).toEqual([
      ['GOOD', 0, 5_000],
      ['STALE', 5_000, 9_000],
      ['GOOD', 9_000],
    ]);
    expect(world.of('alpha', 'GBPUSD')).toEqual(steady);
    expect(world.of('alpha', '*')).toEqual(steady);
  });

  it('finds a source STALE when each of its instruments is, until the first is heard', () => {
    const world = new World();
    world.run(
      at(12_000),
      (source, instrument, ms) =>
        source === 'alpha' && instrument !== 'session' && ms > at(3_000) && ms < at(9_000),
    );
    expect(world.of('alpha', '*')).toEqual([
      ['GOOD', 0, 5_000],
      ['STALE', 5_000, 9_000],
      ['GOOD', 9_000],
    ]);
  });

  const image = (state: QualityState, change: Change) => {
    it(`finds ${state} from the image that is so to the next`, () => {
      const world = new World();
      world.run(at(3_001));
      world.quote('bravo', 'EURUSD', at(3_007), change);
      world.run(at(6_000));
      expect(world.of('bravo', 'EURUSD')).toEqual([
        ['GOOD', 0, 3_007],
        [state, 3_007, 3_250],
        ['GOOD', 3_250],
      ]);
    });
  };
  image('CROSSED', { bids: [100_020, 1], asks: [100_000, 1] });
  image('WIDE', { bids: [99_500, 1], asks: [100_500, 1] });
  image('SPIKE', { bids: [102_000, 1], asks: [102_010, 1] });
  image('PARTIAL', { asks: [] });

  it('finds PARTIAL what can not be read, and what has fewer levels than are wanted', () => {
    const world = new World(['EURUSD'], { ...thresholds, levelsMin: 2 });
    const two = { bids: [100_000, 1, 99_999, 1], asks: [100_010, 1, 100_011, 1] };
    world.quote('alpha', 'EURUSD', at(10), two);
    world.quote('alpha', 'EURUSD', at(20));
    world.quote('alpha', 'EURUSD', at(30), two);
    world.quote('alpha', 'EURUSD', at(40), { ...two, bids: [99_999, 1, 100_000, 1] });
    world.tick(at(1_000));
    expect(world.of('alpha', 'EURUSD')).toEqual([
      ['DOWN', 0, 10],
      ['GOOD', 10, 20],
      ['PARTIAL', 20, 30],
      ['GOOD', 30, 40],
      ['PARTIAL', 40],
    ]);
  });

  it('finds a GAP between the two images of which the second shows that some are missing', () => {
    const world = new World();
    world.run(at(3_001));
    world.quote('delta', 'EURUSD', at(3_040), { sequence: 40 });
    world.run(at(5_000));
    expect(world.of('delta', 'EURUSD')).toEqual([
      ['GOOD', 0, 3_000],
      ['GAP', 3_000, 3_040],
      ['GOOD', 3_040],
    ]);
  });

  it('finds a session DOWN, and its instruments until each is quoted again', () => {
    const world = new World();
    world.run(at(3_000));
    world.quote('alpha', 'EURUSD', at(3_100), { epoch: 2, sequence: 1, bids: [], asks: [] });
    world.quote('alpha', 'GBPUSD', at(3_100), { epoch: 2, sequence: 1, bids: [], asks: [] });
    world.session('alpha', false, at(3_101), at(3_120));
    world.tick(at(4_000));
    world.session('alpha', true, at(7_000), at(7_010));
    world.quote('alpha', 'EURUSD', at(7_200), { epoch: 3, sequence: 1 });
    world.quote('alpha', 'GBPUSD', at(7_300), { epoch: 3, sequence: 1 });
    world.tick(at(8_000));
    expect(world.of('alpha', '*')).toEqual([
      ['GOOD', 0, 3_101],
      ['DOWN', 3_101, 7_000],
      ['GOOD', 7_000],
    ]);
    expect(world.of('alpha', 'EURUSD').slice(1)).toEqual([
      ['DOWN', 3_100, 7_200],
      ['GOOD', 7_200],
    ]);
    expect(world.of('alpha', 'GBPUSD').slice(1)).toEqual([
      ['DOWN', 3_100, 7_300],
      ['GOOD', 7_300],
    ]);
  });

  it('finds PARTIAL what the source does not quote after its session came up', () => {
    const world = new World();
    world.session('alpha', false, at(500), at(500));
    world.session('alpha', true, at(1_000), at(1_000));
    world.quote('alpha', 'EURUSD', at(1_100));
    world.tick(at(4_000));
    expect(world.of('alpha', 'GBPUSD').slice(-2)).toEqual([
      ['DOWN', 0, 3_000],
      ['PARTIAL', 3_000],
    ]);
  });

  it('finds DOWN a source whose gateway is not heard of', () => {
    const world = new World();
    world.run(at(12_000), (source, _instrument, ms) => source === 'bravo' && ms > at(2_000));
    expect(world.of('bravo', '*')).toEqual([
      ['GOOD', 0, 4_000],
      ['STALE', 4_000, 2_000 + sessionSilenceMs],
      ['DOWN', 2_000 + sessionSilenceMs],
    ]);
  });

  it.each(['schedule', 'announced'] as const)('excuses to the second what is %s', (why) => {
    const world = new World();
    for (let second = 4_000; second < 7_000; second += 1_000)
      for (const instrument of ['EURUSD', '*']) world.excuses.set(`alpha ${instrument} ${at(second)}`, why);
    world.run(at(9_000));
    for (const instrument of ['EURUSD', '*'])
      expect(world.of('alpha', instrument)).toEqual([
        ['GOOD', 0, 4_000],
        ['EXCUSED', 4_000, 7_000],
        ['GOOD', 7_000],
      ]);
  });

  it('says UNKNOWN of the time in which it did not look, and until something is known again', () => {
    const world = new World();
    world.run(at(3_000));
    const backMs = 2_000 + blindAfterMs + 4_000;
    world.tick(at(backMs));
    world.session('alpha', true, startMs, at(backMs + 10));
    world.quote('alpha', 'EURUSD', at(backMs + 100));
    world.tick(at(backMs + 1_000));
    expect(world.of('alpha', 'EURUSD')).toEqual([
      ['GOOD', 0, 2_000],
      ['UNKNOWN', 2_000, backMs + 100],
      ['GOOD', backMs + 100],
    ]);
    expect(world.of('alpha', '*').slice(1)).toEqual([
      ['UNKNOWN', 2_000, backMs],
      ['GOOD', backMs],
    ]);
  });

  it('ends what is no longer watched', () => {
    const world = new World();
    world.run(at(2_000));
    world.watch.configure([], at(2_000));
    world.tick(at(2_100));
    expect(world.of('alpha', 'EURUSD')).toEqual([['GOOD', 0, 2_000]]);
    expect([...world.watch.open()]).toEqual([]);
  });

  it('keeps what changes all the time in few spans, which say so, in its worse state', () => {
    const world = new World(['EURUSD']);
    for (let ms = 10; ms < 60_000; ms += 50) {
      const isWide = (ms / 50) % 2 < 1;
      world.quote('alpha', 'EURUSD', at(ms), isWide ? { bids: [99_000, 1], asks: [101_000, 1] } : {});
      if (ms % 1_000 === 10) world.tick(at(ms));
    }
    const spans = world.spans.filter(({ source, instrument }) => source === 'alpha' && instrument !== '*');
    const spansMax = 2 * (changesMax + 60_000 / 5_000) + 3;
    expect(new Set(spans.map(({ fromMs }) => fromMs)).size).toBeLessThan(spansMax);
    expect(spans.some(({ isConflated, state }) => isConflated && state === 'WIDE')).toBe(true);
  });
});

// Events of one instrument at three sources, in order of time.
const imageKinds = ['good', 'wide', 'crossed', 'spike', 'half', 'bad'] as const;
const event = fc.record({
  afterMs: fc.integer({ min: 1, max: 2_600 }),
  source: fc.constantFrom(...sources),
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...imageKinds) },
    { weight: 1, arbitrary: fc.constantFrom('lost' as const, 'down' as const, 'up' as const) },
  ),
});
const pricesOf = {
  good: { bids: [100_000, 1], asks: [100_010, 1] },
  wide: { bids: [99_600, 1], asks: [100_410, 1] },
  crossed: { bids: [100_010, 1], asks: [100_000, 1] },
  spike: { bids: [103_000, 1], asks: [103_010, 1] },
  half: { bids: [100_000, 1], asks: [] },
  bad: { bids: [100_000, 0], asks: [100_010, 1] },
} as const;

interface Seen {
  readonly atMs: number;
  readonly mid: number | undefined;
  readonly state: QualityState;
  readonly isAfterLoss: boolean;
}

/**
 * State of each millisecond by the definitions alone: everything that came is looked at for every instant.
 */
function twin(
  events: readonly { atMs: number; source: string; kind: string }[],
  isExcused: (source: string, atMs: number) => boolean,
  source: string,
  toMs: number,
): QualityState[] {
  const images = new Map<string, Seen[]>(sources.map((each) => [each, []]));
  const channel: { atMs: number; isUp: boolean }[] = [{ atMs: startMs, isUp: true }];
  const downs = new Map<string, number>();
  for (const { atMs, source: of, kind } of events) {
    const isUp = !downs.has(of);
    if (kind === 'down') {
      if (!isUp) continue;
      downs.set(of, atMs);
      images.get(of)!.push({ atMs, mid: undefined, state: 'DOWN', isAfterLoss: false });
      if (of === source) channel.push({ atMs, isUp: false });
      continue;
    }
    if (kind === 'up') {
      if (isUp) continue;
      downs.delete(of);
      if (of === source) channel.push({ atMs, isUp: true });
      continue;
    }
    const prices = pricesOf[kind === 'lost' ? 'good' : (kind as keyof typeof pricesOf)];
    const [bid, ask] = [prices.bids[0], prices.asks[0]];
    const mid = bid === undefined || ask === undefined ? undefined : (bid + ask) / 2;
    const others = sources
      .filter((other) => other !== of)
      .flatMap((other) => {
        const last = images.get(other)!.at(-1);
        return last?.mid !== undefined && atMs - last.atMs <= thresholds.staleAfterMs ? [last.mid] : [];
      })
      .toSorted((left, right) => left - right);
    const middles = [others[(others.length - 1) >> 1], others[others.length >> 1]];
    const isFar = others.length > 0 && middles.every((other) => Math.abs(mid! - other!) / other! > 0.01);
    images.get(of)!.push({
      atMs,
      mid,
      isAfterLoss: kind === 'lost',
      state:
        kind === 'half' || kind === 'bad'
          ? 'PARTIAL'
          : kind === 'crossed'
            ? 'CROSSED'
            : isFar
              ? 'SPIKE'
              : kind === 'wide'
                ? 'WIDE'
                : 'GOOD',
    });
    if (!isUp) {
      downs.delete(of);
      if (of === source) channel.push({ atMs, isUp: true });
    }
  }
  return statesOf(images.get(source)!, channel, (ms) => isExcused(source, ms), toMs);
}

function statesOf(
  own: readonly Seen[],
  channel: readonly { atMs: number; isUp: boolean }[],
  isExcused: (atMs: number) => boolean,
  toMs: number,
): QualityState[] {
  const states: QualityState[] = [];
  for (let ms = startMs; ms < toMs; ms += 1) {
    const last = own.findLast(({ atMs }) => atMs <= ms);
    const { isUp, atMs: sinceMs } = channel.findLast(({ atMs }) => atMs <= ms)!;
    const waitedMs = ms - Math.max(sinceMs, startMs);
    const isWaiting = last === undefined || last.state === 'DOWN';
    if (isExcused(Math.floor(ms / 1_000) * 1_000)) states.push('EXCUSED');
    else if (!isUp) states.push('DOWN');
    else if (isWaiting) states.push(waitedMs >= thresholds.staleAfterMs ? 'PARTIAL' : 'DOWN');
    else if (ms - last.atMs >= thresholds.staleAfterMs) states.push('STALE');
    else states.push(last.state);
  }
  for (const [index, seen] of own.entries()) {
    const before = own[index - 1];
    if (!seen.isAfterLoss || before === undefined || before.state === 'DOWN') continue;
    for (let ms = seen.atMs - 1; ms >= before.atMs && states[ms - startMs] === 'GOOD'; ms -= 1)
      states[ms - startMs] = 'GAP';
  }
  return states;
}

it('says of every millisecond what the definitions say', () => {
  fc.assert(
    fc.property(
      fc.array(event, { minLength: 5, maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 4 }),
      (steps, seconds) => {
        const world = new World(['EURUSD']);
        const isExcused = (source: string, ms: number): boolean =>
          source === 'alpha' && seconds.includes((ms - startMs) / 1_000);
        for (const second of seconds) world.excuses.set(`alpha EURUSD ${at(second * 1_000)}`, 'schedule');
        let ms = startMs;
        let tickedMs = startMs;
        const isUp = new Map(sources.map((source) => [source, startMs]));
        const tickTo = (toMs: number): void => {
          for (; tickedMs + 1_000 <= toMs;) {
            tickedMs += 1_000;
            for (const [source, sinceMs] of isUp) world.session(source, true, sinceMs, tickedMs);
            world.tick(tickedMs);
          }
        };
        const events: { atMs: number; source: string; kind: string }[] = [];
        for (const { afterMs, source, kind } of steps) {
          ms += afterMs;
          tickTo(ms - 1);
          events.push({ atMs: ms, source, kind });
          if (kind === 'down') {
            if (isUp.delete(source)) world.session(source, false, ms);
          } else if (kind === 'up') {
            if (!isUp.has(source)) {
              isUp.set(source, ms);
              world.session(source, true, ms);
            }
          } else {
            const sequence = (world.sequences.get(`${source} EURUSD`) ?? 0) + (kind === 'lost' ? 2 : 1);
            world.quote(source, 'EURUSD', ms, { ...pricesOf[kind === 'lost' ? 'good' : kind], sequence });
            if (!isUp.has(source)) isUp.set(source, ms);
          }
        }
        tickTo(ms + 4_000);
        const seenMs = tickedMs - graceMs;
        for (const source of sources) {
          const expected = twin(events, isExcused, source, seenMs);
          const found: QualityState[] = [];
          for (const [state, from, to = seenMs - startMs] of world.of(source, 'EURUSD'))
            for (let each = from; each < Math.min(to, seenMs - startMs); each += 1) found[each] = state;
          for (const [index, state] of expected.entries())
            if (found[index] !== state) expect([source, index, found[index]]).toEqual([source, index, state]);
        }
      },
    ),
    { numRuns: 60, seed: 20 },
  );
});
