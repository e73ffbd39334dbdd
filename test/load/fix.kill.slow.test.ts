/**
 * kill -9 of either side of a FIX session under load, 50 times (FIX_KILL_ROUNDS: as often as you like):
 * nothing lost, nothing twice, everything sent again is what was sent first. FIX_KILL_SEED repeats a run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '@tidegate/platform/testing/database';
import { Random } from '../../sim/src/random.ts';
import { planKills, runKills } from './fix.kill.ts';

const seed = Number(process.env['FIX_KILL_SEED'] ?? Date.now() % 1_000_000);
const rounds = Number(process.env['FIX_KILL_ROUNDS'] ?? 50);
const timeoutMs = 60_000 + rounds * 2_000;

describe(`kill -9 of a FIX session's sides (FIX_KILL_SEED=${seed}, ${rounds} rounds)`, () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/tidegate-kill-`);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const [manner, share] of [
    ['at-once', 0.6],
    ['later', 0.4],
  ] as const) {
    it(
      `loses nothing and repeats nothing with file stores, an application that is done ${manner}`,
      { timeout: timeoutMs },
      async () => {
        const kills = planKills(Math.round(rounds * share), new Random(seed, manner));
        const { orders, resent, disagreements } = await runKills(kills, { folder, store: 'file', manner });
        expect(disagreements).toEqual([]);
        expect(orders).toBeGreaterThan(kills.length);
        expect(resent).toBeGreaterThan(0);
      },
    );
  }

  describe('on PostgreSQL', () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startTestServer();
    });
    afterAll(async () => server.stop());

    it('loses nothing and repeats nothing', { timeout: timeoutMs }, async () => {
      const kills = planKills(Math.ceil(rounds / 10), new Random(seed, 'postgres'));
      const store = await server.createDatabase();
      const { orders, disagreements } = await runKills(kills, { folder, store, manner: 'later' });
      expect(disagreements).toEqual([]);
      expect(orders).toBeGreaterThan(0);
    });
  });
});
