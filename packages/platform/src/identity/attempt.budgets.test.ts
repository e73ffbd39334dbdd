/** Both places for budgets against the pure functions, and what replicas on one database share. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase, type Database } from '../sql/database.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';
import { MemoryBudgets, SqlBudgets, type AttemptBudgets } from './attempt.budgets.ts';
import { givenBack, taken, type BudgetState } from './budget.ts';

let test: TestServer;
let database: Database;
const time = { ms: 1_000_000 };
beforeAll(async () => {
  test = await startTestServer();
  database = connectDatabase({ url: test.server.url, log: silentLog });
});
afterAll(async () => {
  await database.close();
  await test.stop();
});

const places: Readonly<Record<string, () => AttemptBudgets>> = {
  memory: () => new MemoryBudgets({ monoMs: () => time.ms }),
  SQL: () => new SqlBudgets({ database, nowMs: () => time.ms }),
};
const terms = { burst: 5, perMinute: 6 };
let keys = 0;

describe.each(Object.keys(places))('budgets in %s', (place) => {
  it('count as the pure functions do, whatever comes', async () => {
    const step = fc.record({ waitMs: fc.integer({ min: 0, max: 20_000 }), isGood: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const budgets = places[place]!();
        const key = `key ${(keys += 1)}`;
        let state: BudgetState | undefined;
        for (const { waitMs, isGood } of steps) {
          time.ms += waitMs;
          const after = taken(state, terms, time.ms);
          expect(await budgets.take(key, terms)).toBe(after !== undefined);
          if (after === undefined) continue;
          state = isGood ? givenBack(after, terms, time.ms) : after;
          if (isGood) await budgets.giveBack(key, terms);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('let no more through when all come at once', async () => {
    const budgets = places[place]!();
    const took = await Promise.all(Array.from({ length: 30 }, () => budgets.take('crowd', terms)));
    expect(took.filter(Boolean)).toHaveLength(terms.burst);
    await budgets.giveBack('nobody', terms);
    expect(await budgets.take('another', terms)).toBe(true);
  });
});

describe('budgets in SQL', () => {
  it('are shared by replicas, by the clock of the database, and hold no name', async () => {
    const [one, two] = [new SqlBudgets({ database }), new SqlBudgets({ database })];
    const took: boolean[] = [];
    for (let at = 0; at < 8; at += 1)
      took.push(await (at % 2 === 0 ? one : two).take('name a secret typed as a name', terms));
    expect(took).toEqual([true, true, true, true, true, false, false, false]);
    const { rows } = await database.pool.query<{ key: string }>('SELECT key FROM attempt_budget');
    expect(rows.every(({ key }) => /^[0-9a-f]{64}$/.test(key))).toBe(true);
  });
});
