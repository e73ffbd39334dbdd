/** Killed with signal 9 while it saves: what is read then is a whole state, and equals the journal's. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { evolve } from '@tidegate/core/order/evolve';
import { createPartition } from '@tidegate/core/order/partition';
import { snapshotState } from '@tidegate/core/order/snapshot';
import { PostgresJournal } from '@tidegate/platform/journal/journal.postgres';
import { silentLog, startTestServer, type TestServer } from '@tidegate/platform/testing/database';
import type { RecordedEvent } from '@tidegate/wire/commands';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Snapshots } from './snapshots.ts';
import type { Told } from './snapshots.fixture.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server?.stop();
});

async function killedAfter(parts: number, told: Told): Promise<void> {
  const child: ChildProcess = fork(new URL('snapshots.fixture.ts', import.meta.url), {
    execArgv: ['--conditions=tidegate-source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  child.send(told);
  await new Promise<void>((resolve, reject) => {
    let count = 0;
    child.on('message', () => {
      count += 1;
      if (count === parts) resolve();
    });
    child.once('exit', () => reject(new Error('it ended before it was killed')));
  });
  child.kill('SIGKILL');
  expect(await exited).toEqual([null, 'SIGKILL']);
}

it('a kill -9 in the midst of a snapshot does no harm', async () => {
  const url = await server.createDatabase();
  const journal = await PostgresJournal.connect({ url, log: silentLog });
  try {
    for (const [round, parts] of [1, 60, 31, 47, 25].entries()) {
      await killedAfter(parts, { url, round });
      const restored = await new Snapshots(journal, 'acme').read();
      const state = createPartition('acme');
      const head = (await journal.heads()).get('acme')!;
      while (state.sequence < (restored?.sequence ?? 0))
        for (const { body, sequence, atMs } of await journal.read('acme', state.sequence + 1, 1_000)) {
          if (sequence > restored!.sequence) break;
          evolve(state, (body as RecordedEvent).event, sequence, atMs);
        }
      if (round > 0) {
        expect(restored!.sequence).toBeGreaterThan(0);
        expect(snapshotState(restored!)).toBe(snapshotState(state));
        expect(head).toBeGreaterThanOrEqual(restored!.sequence);
      }
    }
  } finally {
    await journal.close();
  }
});
