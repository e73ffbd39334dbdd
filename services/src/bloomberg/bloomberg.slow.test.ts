/** The service over the real binding and the emulator library. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { loadSettings } from '@tidegate/platform/configuration/config';
import { until } from '@tidegate/platform/testing/until';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LibraryBinding } from './binding.ts';
import { emulatorPath } from './library.path.ts';
import { pace, RunningService } from './service.fixture.ts';

const build = new URL('../../../packages/blpapi/emulator/build.mjs', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'tidegate-bloomberg-'));
let files = 0;

/** A scenario of its own for each test: sessions are counted by the path. */
function scenario(...lines: readonly string[]): string {
  const path = join(folder, `${(files += 1)}.scenario`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** What 3.8 lacks: today's ways of signing on, and restoring streams by itself. */
const olderPath = join(folder, 'older.so');

function compileEmulator(path: string, defines: Readonly<Record<string, number>> = {}): void {
  const target = { folder: dirname(path), name: basename(path), defines };
  const code = `import { buildEmulator } from ${JSON.stringify(build)};
    const { folder, name, defines } = ${JSON.stringify(target)};
    const built = buildEmulator(folder, { name, defines });
    if (!built.ok) throw new Error(built.message);`;
  const words = ['--input-type=module', '--eval', code];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the emulator was not built: ${stderr}`);
}

describe('the Bloomberg service over the emulator', () => {
  let running: RunningService | undefined;

  beforeAll(() => {
    compileEmulator(emulatorPath);
    compileEmulator(olderPath, { BLPAPI_EMULATED_VERSION: 308 });
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const start = async (
    path: string,
    environment: Readonly<Record<string, string>> = {},
    library = emulatorPath,
  ) => {
    const settings = loadSettings(environment, []);
    if (Array.isArray(settings)) throw new Error('settings');
    const servers = [{ host: `scenario:${path}`, port: 8194 }];
    const binding = new LibraryBinding(
      () => Promise.resolve(library),
      { ...settings, bloombergServers: servers },
      'test',
    );
    running = await new RunningService(binding, environment, {
      pace: { ...pace, restoreMs: 500 },
    }).start();
    return running;
  };
  const hasBoth = (one: RunningService) =>
    one.last('EURUSD')?.bids.length === 2 && one.last('GBPUSD')?.bids.length === 2;

  it('publishes quotes, and says that they are emulated', async () => {
    const one = await start(scenario('include builtin'));
    await until(() => hasBoth(one) && one.quotes.length > 5);
    const status = one.service.status();
    expect(status).toMatchObject({ state: 'up', isEmulated: true, subscriptions: { live: 2 } });
    expect(status.library?.identifier).toMatch(/emulator/i);
    const { bids, asks } = one.last('EURUSD')!;
    expect(bids[0]).toBeGreaterThan(100_000);
    expect(asks[0]).toBeGreaterThan(bids[0]!);
    expect(status.totals.misfits).toBe(0);
  });

  const profiles = [
    ['today', 'connection down for 20ms', emulatorPath],
    ['today', 'terminate', emulatorPath],
    ['3.8', 'connection down for 20ms', olderPath],
    ['3.8', 'terminate', olderPath],
  ] as const;

  it.each(profiles)('recovers with a library of %s wherever it meets %s', async (_, deed, library) => {
    for (let index = 1; index <= 10; index += 1) {
      const path = scenario('include builtin', 'latency reconnect 5ms', `at event ${index} ${deed}`);
      const one = await start(path, {}, library);
      const isHit = () =>
        one.service.supervisor.number > 1 || one.events.some(({ kind }) => kind !== 'feedUp');
      await until(() => isHit() || one.service.table.ticks > 20);
      const since = one.quotes.length;
      await until(() => one.quotes.slice(since).some(({ bids }) => bids.length === 2) && hasBoth(one));
      await one.state('up');
      await until(() => hasBoth(one) && one.service.status().subscriptions.live === 2);
      const { session } = one.service.status();
      expect(session).toMatchObject({
        connectionsUp: 1,
        isRestoringStreams: library === emulatorPath,
        services: [{ service: '//blp/mktdata', state: 'open' }],
      });
      if (deed === 'terminate') expect(session.number, `event ${index}`).toBe(2);
      expect(one.service.status().budget.hits).toBe(10);
      expect(one.errors).toEqual([]);
      await one.stop();
      running = undefined;
    }
  });

  it('asks anew, under new ids and a new epoch, for what 3.8 does not restore', async () => {
    const path = scenario('include builtin', 'latency reconnect 5ms', 'at tick 30 connection down for 20ms');
    const one = await start(path, {}, olderPath);
    await until(() => hasBoth(one));
    const ids = () => [...one.service.table.all.values()].map(({ correlationId }) => correlationId);
    const [first, epoch] = [ids(), one.last('EURUSD')!.epoch];
    await until(() => one.kinds().includes('feedStale'));
    await until(() => hasBoth(one) && one.service.status().subscriptions.live === 2);
    expect(one.service.supervisor.number).toBe(1);
    expect(ids().every((id) => id !== undefined && !first.includes(id))).toBe(true);
    expect(one.last('EURUSD')!.epoch).toBeGreaterThan(epoch);
  });

  it('shows what fails at start: refused logon, no such service, wrong library', async () => {
    const refused = await start(scenario('include builtin', 'startup fail 9 session every'));
    await refused.state('down');
    expect(refused.service.standing().cause!.code).toMatch(/[A-Z_]+/);
    await refused.stop();
    const missing = await start(scenario('include builtin', 'service unavailable //blp/mktdata'));
    await until(() => missing.service.status().subscriptions.rows.some(({ cause }) => cause !== null));
    expect(missing.service.standing().state).toBe('up');
    await missing.stop();
    const wrong = new LibraryBinding(() => Promise.resolve(process.execPath), settingsOf({}), 'test');
    running = await new RunningService(wrong).start();
    await running.state('unavailable');
    expect(running.service.standing().cause!.code).toMatch(/^LIBRARY_/);
  });

  it('survives a burst, loses nothing silently and keeps the newest', async () => {
    const one = await start(scenario('include builtin', 'at 100ms burst 100000'));
    await until(() => one.service.table.ticks > 100_000 || one.service.table.dataLosses > 0);
    await until(() => hasBoth(one));
    expect(one.service.standing().state).toBe('up');
  });

  it('serves consumers: stream, reference data and history', async () => {
    const one = await start(scenario('include builtin'));
    const client = await one.client();
    client.subscribe('ibm', 'IBM US Equity', { fields: ['LAST_PRICE', 'BID', 'ASK'] });
    client.subscribe('bad', 'EURUSD BGN Curncy', { fields: ['BID'], options: { delayed: true } });
    await until(() => client.updates('ibm').length > 2);
    expect(client.updates('ibm')[0]).toMatchObject({ kind: 'snapshot', isStale: false });
    const body = {
      type: 'reference',
      securities: ['IBM US Equity'],
      fields: ['PX_LAST', 'NAME', 'NO_SUCH_FIELD'],
    };
    const answer = JSON.stringify(await (await one.post(body)).json());
    expect(answer).toContain('"PX_LAST":');
    expect(answer).toContain('NO_SUCH_FIELD');
    const history = await one.post({
      type: 'historical',
      securities: ['IBM US Equity'],
      fields: ['PX_LAST'],
      startDate: '2025-12-01',
      endDate: '2025-12-10',
    });
    expect(await history.text()).toContain('2025-12-0');
    const wrong = await one.post({
      service: 'refdata',
      operation: 'ReferenceDataRequest',
      elements: { nonsense: 1 },
    });
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { code: 'INVALID_ELEMENT' }]);
  });

  it('stops delivery when the entitlement is lost in the middle', async () => {
    const one = await start(scenario('include builtin', 'at tick 30 revoke'), {
      BLOOMBERG_AUTH: 'application',
      BLOOMBERG_APPLICATION: 'tidegate:test',
    });
    await until(() => one.kinds().includes('feedEntitlement'));
    await until(() => one.service.standing().state === 'up' && hasBoth(one));
  });
});

function settingsOf(environment: Readonly<Record<string, string>>) {
  const settings = loadSettings(environment, []);
  if (Array.isArray(settings)) throw new Error('settings');
  return settings;
}
