/** What the operations port says, and that profiles are taken only when a setting allows them. */
import { Health } from '@tidegate/platform/observe/health';
import { Metrics } from '@tidegate/platform/observe/metrics';
import { afterEach, describe, expect, it } from 'vitest';
import { startOperations, type OperationsServer } from './operations.server.ts';

let server: OperationsServer | undefined;
afterEach(() => server?.stop());

async function start(opsProfiling: boolean): Promise<Health> {
  const health = new Health();
  const settings = { opsHost: '127.0.0.1', opsPort: 0, opsProfiling };
  server = await startOperations({ health, metrics: new Metrics(), settings, version: '1.0.0' });
  return health;
}

const ask = (path: string, method = 'GET') => fetch(new URL(path, server!.address), { method });

describe('the operations port', () => {
  it('says why the process is not ready, and not alive', async () => {
    const health = await start(false);
    expect(await (await ask('/health/ready')).json()).toEqual({ status: 'ready', reasons: {}, warnings: {} });
    health.register('oms', () => 'firm demo1 has no owner');
    health.register('database', () => 'SQL does not answer', 'fallback');
    const answer = await ask('/health/ready');
    expect([answer.status, await answer.json()]).toEqual([
      503,
      {
        status: 'not ready',
        reasons: { oms: 'firm demo1 has no owner' },
        warnings: { database: 'SQL does not answer' },
      },
    ]);
    health.declareLost('fenced');
    expect(await (await ask('/health/live')).json()).toEqual({ status: 'lost', reason: 'fenced' });
  });

  it('takes no profiles by default', async () => {
    await start(false);
    for (const path of ['/profile/cpu', '/profile/heap'])
      expect((await ask(path, 'POST')).status, path).toBe(404);
  });

  it('takes one CPU profile at a time when it may, and not by a link', async () => {
    await start(true);
    expect((await ask('/profile/cpu?seconds=0.01')).status).toBe(404);
    expect((await ask('/profile/cpu?seconds=61', 'POST')).status).toBe(400);
    const [first, second] = await Promise.all([
      ask('/profile/cpu?seconds=0.2', 'POST'),
      ask('/profile/cpu?seconds=0.2', 'POST'),
    ]);
    expect([first.status, second.status].toSorted()).toEqual([200, 409]);
    const taken = first.status === 200 ? first : second;
    expect(await taken.json()).toHaveProperty('nodes');
    expect((await ask('/profile/cpu?seconds=0.01', 'POST')).status).toBe(200);
  });
});
