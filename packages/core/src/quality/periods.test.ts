/** Problem periods and availability: what is one incident, what is excused, and the published formula. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { availabilityOf, type Interval, type RecordedSpan } from './availability.ts';
import { holeSpans } from './hole.ts';
import { PeriodBook, returnsMs } from './periods.ts';
import { qualityStates, type QualityState, type Span } from './state.ts';

const span = (
  source: string,
  instrument: string,
  state: QualityState,
  fromMs: number,
  toMs?: number,
  peak = 0,
): Span => ({
  source,
  instrument,
  state,
  fromMs,
  toMs,
  why: state === 'UNKNOWN' ? 'monitor' : '',
  peak,
  isConflated: false,
});

describe('problem periods', () => {
  it('begin and end exactly with the trouble, with the worst of it', () => {
    const book = new PeriodBook();
    const [opened] = book.take([span('alpha', 'EURUSD', 'WIDE', 10_000, undefined, 60)]);
    expect(opened).toMatchObject({ id: 'alpha:EURUSD:WIDE:10000', toMs: undefined, severity: 'warning' });
    const [ended] = book.take([span('alpha', 'EURUSD', 'WIDE', 10_000, 14_000, 90)]);
    expect(ended).toMatchObject({ fromMs: 10_000, toMs: 14_000, troubledMs: 4_000, episodes: 1, peak: 90 });
  });

  it('are one when the trouble returns at once, and say how long it really was', () => {
    const book = new PeriodBook();
    book.take([span('alpha', 'EURUSD', 'GAP', 1_000, 1_500)]);
    const [same] = book.take([span('alpha', 'EURUSD', 'GAP', 1_500 + returnsMs, 4_000)]);
    expect(same).toMatchObject({ fromMs: 1_000, toMs: 4_000, troubledMs: 1_000, episodes: 2 });
    const [other] = book.take([span('alpha', 'EURUSD', 'GAP', 4_001 + returnsMs, 7_000)]);
    expect(other).toMatchObject({ fromMs: 4_001 + returnsMs, episodes: 1 });
  });

  it('make an outage of a source one incident with its instruments, whichever is noticed first', () => {
    const book = new PeriodBook();
    expect(book.take([span('alpha', 'EURUSD', 'DOWN', 1_000)])).toHaveLength(1);
    const told = book.take([
      span('alpha', '*', 'DOWN', 1_002),
      span('alpha', 'GBPUSD', 'DOWN', 1_001),
      span('bravo', 'EURUSD', 'DOWN', 1_001),
    ]);
    const causes = new Map(told.map(({ id, cause }) => [id, cause]));
    expect(causes.get('alpha:*:DOWN:1002')).toBeUndefined();
    expect(causes.get('alpha:EURUSD:DOWN:1000')).toBe('alpha:*:DOWN:1002');
    expect(causes.get('alpha:GBPUSD:DOWN:1001')).toBe('alpha:*:DOWN:1002');
    expect(causes.get('bravo:EURUSD:DOWN:1001')).toBeUndefined();
  });

  it('are none while a monitor that begins has heard nothing yet', () => {
    const fresh = { ...span('alpha', '*', 'UNKNOWN', 1_000), why: '' };
    expect(new PeriodBook().take([fresh])).toEqual([]);
  });

  it('make a blind monitor one incident of nobody', () => {
    const told = new PeriodBook().take([
      span('alpha', '*', 'UNKNOWN', 1_000, 5_000),
      span('alpha', 'EURUSD', 'UNKNOWN', 1_000, 5_000),
      span('bravo', '*', 'UNKNOWN', 1_000, 5_000),
    ]);
    expect(told).toMatchObject([
      { id: '*:*:UNKNOWN:1000', toMs: 5_000, troubledMs: 4_000, episodes: 1, severity: 'critical' },
    ]);
  });
});

describe('availability', () => {
  const recorded = (
    state: QualityState,
    fromMs: number,
    toMs: number | undefined,
    why = '',
  ): RecordedSpan => ({
    state,
    fromMs,
    toMs,
    why,
  });

  it('counts what is good of what was expected, with and without excuses; a hole counts against us', () => {
    const found = availabilityOf(
      [
        recorded('GOOD', 0, 500),
        recorded('STALE', 500, 600),
        recorded('EXCUSED', 600, 700, 'announced'),
        recorded('EXCUSED', 700, 800, 'schedule'),
        recorded('GOOD', 850, undefined),
      ],
      [{ fromMs: 550, toMs: 900 }],
      { fromMs: 0, toMs: 1_000 },
    );
    expect(found).toMatchObject({ expectedMs: 900, goodMs: 650, excusedMs: 200, raw: 650 / 900 });
    expect(found.msByState).toMatchObject({ UNKNOWN: 50, EXCUSED: 200, STALE: 100 });
    expect(found.excused).toBe(650 / 700);
  });

  it('is nothing where nothing was expected', () => {
    const found = availabilityOf([recorded('EXCUSED', 0, 10, 'schedule')], [], { fromMs: 0, toMs: 10 });
    expect(found).toMatchObject({ expectedMs: 0, raw: null, excused: null });
  });

  it('equals a twin that counts each millisecond', () => {
    const piece = fc.record({
      state: fc.constantFrom(...qualityStates),
      ms: fc.integer({ min: 1, max: 40 }),
      hole: fc.integer({ min: 0, max: 3 }),
      why: fc.constantFrom('schedule', 'announced'),
    });
    const interval = fc
      .tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 60 }))
      .map(([fromMs, ms]): Interval => ({ fromMs, toMs: fromMs + ms }));
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.array(interval, { maxLength: 3 }),
        (pieces, excuses) => {
          const spans: RecordedSpan[] = [];
          let atMs = 7;
          for (const { state, ms, hole, why } of pieces) {
            atMs += hole;
            spans.push(recorded(state, atMs, atMs + ms, state === 'EXCUSED' ? why : ''));
            atMs += ms;
          }
          const [fromMs, toMs] = [20, 280];
          let [expected, good, excused] = [0, 0, 0];
          for (let ms = fromMs; ms < toMs; ms += 1) {
            const held = spans.find((each) => each.fromMs <= ms && ms < each.toMs!);
            const state = held?.state ?? 'UNKNOWN';
            if (state === 'EXCUSED' && held!.why === 'schedule') continue;
            expected += 1;
            if (state === 'GOOD') good += 1;
            else if (state === 'EXCUSED' || excuses.some((each) => each.fromMs <= ms && ms < each.toMs))
              excused += 1;
          }
          expect(availabilityOf(spans, excuses, { fromMs, toMs })).toMatchObject({
            expectedMs: expected,
            goodMs: good,
            excusedMs: excused,
            raw: expected === 0 ? null : good / expected,
            excused: expected === excused ? null : good / (expected - excused),
          });
        },
      ),
      { numRuns: 200, seed: 3 },
    );
  });
});

it('makes of a time that nobody watched what was expected of it, to the second', () => {
  const isOpen = (atMs: number): boolean => atMs >= 125_000 && atMs < 400_000;
  const spans = holeSpans('alpha', 'EURUSD', { fromMs: 1_500, toMs: 500_250 }, (_source, _instrument, atMs) =>
    isOpen(atMs) ? undefined : 'schedule',
  );
  expect(spans.map(({ state, fromMs, toMs }) => [state, fromMs, toMs])).toEqual([
    ['EXCUSED', 1_500, 125_000],
    ['UNKNOWN', 125_000, 400_000],
    ['EXCUSED', 400_000, 500_250],
  ]);
});
