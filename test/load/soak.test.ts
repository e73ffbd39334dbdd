import { describe, expect, it } from 'vitest';
import { readSoak } from './soak.options.ts';
import { soakPage, type DayReport } from './soak.report.ts';

describe('the soak', () => {
  it('shares 500 kills out over days whose seeds count up', () => {
    const options = readSoak([], 7);
    expect(options.kind).toBe('soak');
    if (options.kind !== 'soak') return;
    expect(options.days.length).toBe(20);
    expect(options.days.reduce((all, { kills }) => all + kills, 0)).toBe(500);
    expect(options.days.map(({ seed }) => seed)).toEqual(Array.from({ length: 20 }, (_, day) => 7 + day));
    expect(options.into).toBe('docs/reports/soak.md');
  });

  it('has a last day with the kills that are left', () => {
    const options = readSoak(['--kills', '60', '--seed', '1', '--into', 'x.md'], 7);
    if (options.kind !== 'soak') throw new Error(options.kind);
    expect(options.days.map(({ kills }) => kills)).toEqual([25, 25, 10]);
    expect(options.days.every(({ kills, orders }) => orders === kills * 800)).toBe(true);
    expect(options.into).toBe('x.md');
  });

  it.each([['--kills', '0'], ['--kills', 'many'], ['--kills', '100001'], ['--seed', '-1'], ['--fast']])(
    'refuses %s %s',
    (...args) => {
      expect(readSoak(args, 7)).toMatchObject({ kind: 'refused' });
    },
  );

  it('reports each day, the sum and what disagreed', () => {
    const day: DayReport = {
      ...{ seed: 7, kills: 25, orders: 20_000, ordersPerSecond: 120 },
      ...{ databaseKills: 3, killsAtStart: 4, events: 90_000, fills: 15_000, changes: 2_900 },
      ...{ reports: 60_000, lateRoutes: 12, restartsMs: [3_000, 1_000, 2_000], disagreements: [] },
    };
    const wrong = { ...day, seed: 8, disagreements: ['provider against journal: missing alpha X1'] };
    const common = {
      startedAt: '2026-11-28T00:00:00.000Z',
      tookMs: 720_000,
      machine: '2 cores',
      commit: 'c',
    };
    const clean = soakPage({ ...common, days: [day] });
    expect(clean).toContain('25 kills of the platform (3 with its database, 4 of them again');
    expect(clean).toContain('**0 disagreements.** Start to ready p50 2.0 s, longest 3.0 s.');
    expect(clean).toContain('| 7 | 25 | 3 | 20000 | 15000 | 90000 | 12 | 2.0 s / 3.0 s | 0 |');
    expect(clean).not.toContain('What disagreed');
    const found = soakPage({ ...common, days: [day, wrong] });
    expect(found).toContain('**1 disagreements.**');
    expect(found).toContain('- seed 8: provider against journal: missing alpha X1');
  });
});
