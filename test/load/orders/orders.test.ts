/** The pure parts of the order benchmarks: the ladder, what holds, and how hops are read and drawn. */
import { describe, expect, it } from 'vitest';
import { hopFigures, hopTable, readHops } from './hops.ts';
import { highestRung } from './ladder.ts';
import { growthOf } from './memory.bench.ts';
import { isHeld } from './throughput.bench.ts';

describe('the ladder', () => {
  const rungs = [500, 1_000, 2_000, 3_000, 4_000];
  const climb = async (limit: number): Promise<{ highest: number; tried: number[] }> => {
    const tried: number[] = [];
    const highest = await highestRung(rungs, 2_000, (rate) => {
      tried.push(rate);
      return Promise.resolve(rate <= limit);
    });
    return { highest, tried };
  };

  it('is climbed from its floor until a rung does not hold', async () => {
    expect(await climb(3_500)).toEqual({ highest: 3_000, tried: [2_000, 3_000, 4_000] });
    expect(await climb(9_000)).toEqual({ highest: 4_000, tried: [2_000, 3_000, 4_000] });
  });

  it('is gone down when the floor does not hold', async () => {
    expect(await climb(700)).toEqual({ highest: 500, tried: [2_000, 1_000, 500] });
    expect(await climb(0)).toEqual({ highest: 0, tried: [2_000, 1_000, 500] });
  });

  it('has its floor', async () => {
    await expect(highestRung(rungs, 2_500, () => Promise.resolve(true))).rejects.toThrow('no rung');
  });
});

describe('a rung', () => {
  const report = {
    sent: 1_000,
    answered: 1_000,
    refused: {},
    isAbandoned: false,
    p50: 1,
    p99: 49,
    p999: 900,
    lateMsP99: 0.2,
    seconds: 1,
    share: 0.3,
  };

  it('holds when every order is filled and a hundredth at most is late', () => {
    expect(isHeld(report)).toBe(true);
    expect(isHeld({ ...report, p99: 51 })).toBe(false);
    expect(isHeld({ ...report, answered: 999 })).toBe(false);
    expect(isHeld({ ...report, refused: { TOO_LATE: 1 } })).toBe(false);
    expect(isHeld({ ...report, isAbandoned: true })).toBe(false);
  });
});

describe('the growth an order', () => {
  const samples = (...alive: readonly number[]) =>
    alive.map((aliveBytes, index) => ({ orders: (index + 1) * 1_000, aliveBytes }));

  it('is the slope of what is alive', () => {
    expect(growthOf(samples(5_000, 10_000, 15_000, 20_000))).toBe(5);
    expect(growthOf(samples(9_000, 9_000, 9_000))).toBe(0);
  });

  it('is not that of one odd sample', () => {
    expect(growthOf(samples(1_000, 1_000, 90_000, 1_000, 1_000, 1_000))).toBe(0);
  });
});

describe('hops', () => {
  /** Counts up to 1 ms, up to 10 ms, and all. */
  const text = (
    hop: string,
    counts: readonly [number, number, number],
    sum: number,
    session = '',
  ): string => {
    const labels = `hop="${hop}"${session === '' ? '' : `,session="${session}"`}`;
    const bounds = ['0.001', '0.01', '+Inf'];
    return [
      ...counts.map(
        (count, index) => `tidegate_order_hop_seconds_bucket{le="${bounds[index]}",${labels}} ${count}`,
      ),
      `tidegate_order_hop_seconds_sum{${labels}} ${sum}`,
      `tidegate_order_hop_seconds_count{${labels}} ${counts[2]}`,
    ].join('\n');
  };
  const other = 'nodejs_version_info{version="v26"} 1\ntidegate_orders_total 5\n';

  it('are read from the text, sessions added up, other metrics left out', () => {
    const hops = readHops(`${other}${text('a', [1, 2, 3], 6, 'x')}\n${text('a', [1, 1, 1], 2, 'y')}`);
    expect(hops).toEqual([
      {
        hop: 'a',
        sum: 8,
        count: 4,
        buckets: [
          { le: 0.001, count: 2 },
          { le: 0.01, count: 3 },
          { le: Infinity, count: 4 },
        ],
      },
    ]);
    expect(readHops(other)).toEqual([]);
  });

  it('are what came between two readings, in the order of the path', () => {
    const before = readHops(text('late', [50, 50, 50], 1));
    const after = readHops(
      [
        text('late', [50, 150, 150], 1.3),
        text('append.queue', [10, 10, 10], 0.001),
        text('early', [100, 100, 100], 0.1),
        text('never', [0, 0, 0], 0),
      ].join('\n'),
    );
    const figures = hopFigures(before, after, ['early', 'late', 'append.queue']);
    expect(figures.map(({ hop }) => hop)).toEqual(['early', 'late', 'append.queue']);
    const [early, late] = figures;
    expect(early).toMatchObject({ count: 100, p50: 0.5, share: 0.25 });
    // A hundred between 1 and 10 ms, the ends of their bucket.
    expect(late!.count).toBe(100);
    expect(late!.p50).toBeCloseTo(5.5, 6);
    expect(late!.share).toBeCloseTo(0.75, 6);
    expect(late!.mean).toBeCloseTo(3, 6);
  });

  it('beyond the last bound are told by it', () => {
    const figures = hopFigures([], readHops(text('a', [0, 0, 5], 5)), []);
    expect(figures[0]).toMatchObject({ p50: 10, p99: 10 });
  });

  it('are drawn one after the other, those inside others from the beginning', () => {
    const figures = hopFigures(
      [],
      readHops(
        [text('a', [1, 1, 1], 0.001), text('b', [0, 1, 1], 0.003), text('append.a', [1, 1, 1], 0.001)].join(
          '\n',
        ),
      ),
      ['a', 'b', 'append.a'],
    );
    const bars = hopTable(figures)
      .slice(1)
      .map((line) => line.slice(line.indexOf('%') + 3));
    expect(bars).toEqual(['█'.repeat(12), ' '.repeat(12) + '█'.repeat(36), '░'.repeat(12)]);
  });
});
