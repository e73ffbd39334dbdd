/**
 * Statistics of a minute equal a twin that looks at every millisecond; hours equal the sum of their minutes.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  InstrumentStatistics,
  minuteMs,
  spreadMean,
  spreadQuantile,
  sumOf,
  type StatisticsRow,
  type Tick,
} from './statistics.ts';

const startMs = 30_000_000 * minuteMs;
const endMs = startMs + 3 * minuteMs;
const staleAfterMs = 7_000;

const tick = fc.record({
  afterMs: fc.integer({ min: 0, max: 12_000 }),
  source: fc.constantFrom('alpha', 'bravo', 'delta'),
  bid: fc.integer({ min: 99_990, max: 100_000 }),
  spread: fc.integer({ min: -2, max: 8 }),
  isGood: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
});

/** What a source quotes at a millisecond: its last image of before or then. */
function quotedAt(ticks: readonly Tick[], source: string, ms: number): readonly [number, number] | undefined {
  const last = ticks.findLast((each) => each.source === source && each.atMs <= ms);
  if (last === undefined || !last.isGood || ms >= last.atMs + staleAfterMs) return undefined;
  return [last.bid, last.ask];
}

/** Each millisecond by itself, and everything else added up from that. */
function twin(ticks: readonly Tick[], source: string, fromMs: number): StatisticsRow {
  const names = ['alpha', 'bravo', 'delta'];
  const spreads = new Map<number, number>();
  const mids: number[] = [];
  let [bidTopMs, askTopMs, variance, silenceMsMax] = [0, 0, 0, 0];
  const topAt = (ms: number): readonly [number, number] | undefined => {
    const quoted = names.flatMap((name) =>
      [quotedAt(ticks, name, ms) ?? []].filter((each) => each.length > 0),
    );
    if (quoted.length === 0) return undefined;
    return [Math.max(...quoted.map((each) => each[0]!)), Math.min(...quoted.map((each) => each[1]!))];
  };
  const ofAt = (ms: number) => (source === '*' ? topAt(ms) : quotedAt(ticks, source, ms));
  for (let ms = fromMs; ms < fromMs + minuteMs; ms += 1) {
    const own = ofAt(ms);
    if (own === undefined) continue;
    const top = topAt(ms)!;
    if (own[0] === top[0]) bidTopMs += 1;
    if (own[1] === top[1]) askTopMs += 1;
    spreads.set(own[1] - own[0], (spreads.get(own[1] - own[0]) ?? 0) + 1);
    mids.push(own[0] + own[1]);
  }
  // Samples are what held just before each whole second.
  for (let ms = fromMs + 1_000; ms <= fromMs + minuteMs; ms += 1_000) {
    const [now, before] = [ofAt(ms - 1), ms - 1_001 < startMs ? undefined : ofAt(ms - 1_001)];
    if (now !== undefined && before !== undefined && now[0] + now[1] !== before[0] + before[1])
      variance += Math.log((now[0] + now[1]) / (before[0] + before[1])) ** 2;
  }
  const own = ticks.filter((each) => source === '*' || each.source === source);
  const within = own.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + minuteMs);
  let lastMs = fromMs;
  for (const atMs of [...within.map((each) => each.atMs), fromMs + minuteMs]) {
    silenceMsMax = Math.max(silenceMsMax, atMs - lastMs);
    lastMs = atMs;
  }
  return {
    instrument: 'EURUSD',
    source,
    fromMs,
    lengthMs: minuteMs,
    ticks: within.length,
    quotedMs: mids.length,
    spreads: [...spreads].sort(([left], [right]) => left - right).flat(),
    bidTopMs,
    askTopMs,
    silenceMsMax,
    openTwice: mids[0],
    highTwice: mids.length === 0 ? undefined : mids.reduce((high, mid) => Math.max(high, mid)),
    lowTwice: mids.length === 0 ? undefined : mids.reduce((low, mid) => Math.min(low, mid)),
    closeTwice: mids.at(-1),
    variance,
  };
}

it('says of each minute what a look at every millisecond says', () => {
  fc.assert(
    fc.property(fc.array(tick, { minLength: 1, maxLength: 40 }), (steps) => {
      // Each source is heard at the beginning, so that all of them are there.
      const ticks: Tick[] = ['alpha', 'bravo', 'delta'].map((source) => ({
        source,
        atMs: startMs,
        bid: 99_995,
        ask: 100_000,
        isGood: true,
        staleAfterMs,
      }));
      let atMs = startMs;
      for (const { afterMs, source, bid, spread, isGood } of steps) {
        atMs += afterMs;
        if (atMs >= endMs) break;
        ticks.push({ source, atMs, bid, ask: bid + spread, isGood, staleAfterMs });
      }
      const statistics = new InstrumentStatistics('EURUSD', startMs);
      const rows: StatisticsRow[] = [];
      let tickedMs = startMs;
      for (const each of ticks) {
        for (; tickedMs + 1_000 <= each.atMs; tickedMs += 1_000) statistics.advance(tickedMs);
        statistics.take(each);
        rows.push(...statistics.drain());
      }
      statistics.advance(endMs);
      rows.push(...statistics.drain());
      expect(rows).toHaveLength(4 * 3);
      for (const row of rows) {
        const expected = twin(ticks, row.source, row.fromMs);
        expect({ ...row, variance: 0 }).toEqual({ ...expected, variance: 0 });
        expect(row.variance).toBeCloseTo(expected.variance, 15);
      }
    }),
    { numRuns: 6, seed: 15 },
  );
});

it('adds up minutes to an hour, and takes quantiles by time', () => {
  const row = (fromMs: number, spreads: readonly number[], open: number | undefined): StatisticsRow => ({
    instrument: 'EURUSD',
    source: '*',
    fromMs,
    lengthMs: minuteMs,
    ticks: 10,
    quotedMs: open === undefined ? 0 : 60_000,
    spreads,
    bidTopMs: 1,
    askTopMs: 2,
    silenceMsMax: fromMs === startMs ? 900 : 100,
    openTwice: open,
    highTwice: open === undefined ? undefined : open + 5,
    lowTwice: open === undefined ? undefined : open - 5,
    closeTwice: open === undefined ? undefined : open + 1,
    variance: 1e-9,
  });
  const hour = sumOf(
    [
      row(startMs, [], undefined),
      row(startMs + minuteMs, [2, 50_000, 4, 10_000], 200_000),
      row(startMs + 2 * minuteMs, [2, 10_000, 9, 50_000], 200_010),
    ],
    startMs,
    60 * minuteMs,
  );
  expect(hour).toMatchObject({
    lengthMs: 3_600_000,
    ticks: 30,
    quotedMs: 120_000,
    spreads: [2, 60_000, 4, 10_000, 9, 50_000],
    silenceMsMax: 900,
    openTwice: 200_000,
    highTwice: 200_015,
    lowTwice: 199_995,
    closeTwice: 200_011,
  });
  expect(spreadQuantile(hour.spreads, 0.5)).toBe(2);
  expect(spreadQuantile(hour.spreads, 0.51)).toBe(4);
  expect(spreadQuantile(hour.spreads, 0.95)).toBe(9);
  expect(spreadMean(hour.spreads)).toBeCloseTo((2 * 6 + 4 + 9 * 5) / 12, 12);
  expect(spreadQuantile([], 0.5)).toBeUndefined();
  expect(spreadMean([])).toBeUndefined();
});
