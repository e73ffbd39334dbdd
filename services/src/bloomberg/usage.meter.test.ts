/** Counting against the budget: limits, warnings, midnight, restarts, and SQL that is away. */
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryUsage } from './service.fixture.ts';
import { platformUser, UsageMeter } from './usage.meter.ts';

const limits = { hits: 100, userHits: 50, securities: 10, subscriptions: 5 };

describe('the usage meter', () => {
  let nowMs: number;
  let store: MemoryUsage;
  let open: number;
  let told: string[];
  let errors: number;
  const clock = { nowMs: () => nowMs, monoMs: () => 0 };
  const meterOf = () =>
    new UsageMeter({
      store,
      clock,
      limits,
      openSubscriptions: () => open,
      onWarning: (limit, what) => void told.push(`${limit} ${what}`),
      onError: () => void (errors += 1),
    });
  const ask = (user: string, securities: readonly string[], fields: number, subscriptions = 0) => ({
    user,
    service: '//blp/refdata',
    securities,
    fields,
    subscriptions,
  });

  beforeEach(() => {
    nowMs = Date.UTC(2026, 10, 22, 23, 59, 50);
    store = new MemoryUsage();
    open = 0;
    told = [];
    errors = 0;
  });

  it('refuses what would pass a limit, uncounted, and warns at 80 %, each once', () => {
    const meter = meterOf();
    expect(meter.take(ask('ann', ['A', 'B'], 20))).toBeUndefined();
    expect(meter.take(ask('ann', ['A'], 11))).toMatchObject({ code: 'BUDGET_EXCEEDED' });
    expect(meter.take(ask('ann', ['A'], 10))).toBeUndefined();
    expect(meter.take(ask(platformUser, ['A'], 30))).toBeUndefined();
    expect(meter.take(ask('bob', ['A'], 21))).toMatchObject({ code: 'BUDGET_EXCEEDED' });
    expect(meter.take(ask('bob', ['A'], 21))).toMatchObject({ code: 'BUDGET_EXCEEDED' });
    expect(meter.view()).toMatchObject({ hits: 80, securities: 2, state: 'exhausted' });
    expect(told).toEqual(['userHits warned', 'userHits exhausted', 'hits warned', 'hits exhausted']);
  });

  it('limits securities of the day and subscriptions at once', () => {
    const meter = meterOf();
    const many = Array.from({ length: 11 }, (_, index) => `S${index}`);
    expect(meter.take(ask('ann', many, 1))?.text).toContain('different securities');
    expect(meter.take(ask('ann', many.slice(1), 1))).toBeUndefined();
    expect(meter.take(ask('ann', many.slice(1, 2), 1))).toBeUndefined(); // known already
    open = 5;
    expect(meter.take(ask('ann', ['S1'], 1, 1))?.text).toContain('subscriptions at once');
    expect(meter.take(ask('ann', ['S1'], 1))).toBeUndefined();
  });

  it('tells users apart, and their services, most hits first, over a restart too', async () => {
    const first = meterOf();
    first.take(ask('ann', ['A'], 3));
    first.take({ ...ask('ann', ['A'], 5), service: '//blp/mktdata' });
    first.take(ask('bob', ['B'], 9));
    const users = [
      { user: 'bob', hits: 9, services: [{ service: '//blp/refdata', hits: 9 }] },
      {
        user: 'ann',
        hits: 8,
        services: [
          { service: '//blp/mktdata', hits: 5 },
          { service: '//blp/refdata', hits: 3 },
        ],
      },
    ];
    expect(first.view().users).toEqual(users);
    await first.stop();
    const second = meterOf();
    await second.start();
    expect(second.view().users).toEqual(users);
    await second.stop();
  });

  it('goes on from SQL after a restart, and begins anew at midnight UTC', async () => {
    const first = meterOf();
    first.take(ask('ann', ['A'], 40));
    await first.stop();
    const second = meterOf();
    await second.start();
    expect(second.view()).toMatchObject({ hits: 40, securities: 1, users: [{ user: 'ann', hits: 40 }] });
    expect(second.take(ask('ann', ['A'], 11))).toMatchObject({ code: 'BUDGET_EXCEEDED' });
    second.take(ask('ann', ['A'], 5));
    nowMs += 20_000;
    expect(second.take(ask('ann', ['A'], 11))).toBeUndefined();
    expect(second.view()).toMatchObject({ day: '2026-11-23', hits: 11, state: 'good' });
    await second.stop();
    const sum = (day: string) => store.days.get(day)!.rows.reduce((total, { hits }) => total + hits, 0);
    expect([sum('2026-11-22'), sum('2026-11-23')]).toEqual([45, 11]);
  });

  it('counts on while SQL is away and loses nothing when it is back', async () => {
    store.isAway = true;
    const meter = meterOf();
    await meter.start();
    meter.take(ask('ann', ['A'], 3));
    await meter.flush();
    expect(errors).toBeGreaterThan(0);
    store.isAway = false;
    await store.add('2026-11-22', { rows: [{ user: 'bob', service: 's', hits: 4 }], securities: ['A'] });
    meter.take(ask('ann', ['B'], 2));
    await meter.flush();
    expect(store.hits()).toBe(9);
    expect(meter.view()).toMatchObject({ hits: 9, securities: 2 });
    await meter.stop();
    expect(store.hits()).toBe(9);
  });

  it('keeps each day’s rest for its own date when SQL is away over midnight', async () => {
    const meter = meterOf();
    await meter.start();
    meter.take(ask('ann', ['A'], 3));
    store.isAway = true;
    const saving = meter.flush();
    nowMs += 20_000;
    meter.take(ask('ann', ['B'], 2));
    await saving;
    await meter.flush();
    store.isAway = false;
    await meter.stop();
    const sum = (day: string) => store.days.get(day)?.rows.reduce((total, { hits }) => total + hits, 0) ?? 0;
    expect([sum('2026-11-22'), sum('2026-11-23')]).toEqual([3, 2]);
  });
});
