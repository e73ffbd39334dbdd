/** The service over a session that speaks the binding's contract: quotes, recovery, budget, states. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localError } from '@tidegate/blpapi/errors';
import { systemClock } from '@tidegate/platform/observe/clock';
import { turn, until } from '@tidegate/platform/testing/until';
import { referenceTopic } from '@tidegate/wire/topics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, FixtureBinding, summary } from './session.fixture.ts';
import { pace, RunningService } from './service.fixture.ts';

const euro = 'EURUSD BGN Curncy';
const sterling = 'GBPUSD BGN Curncy';

describe('the Bloomberg service', () => {
  let binding: FixtureBinding;
  let running: RunningService | undefined;

  beforeEach(() => {
    binding = new FixtureBinding();
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });

  const start = async (
    environment: Readonly<Record<string, string>> = {},
    more: { readonly feed?: object } = {},
  ) => {
    running = await new RunningService(binding, environment, more).start();
    return running;
  };
  const live = async (environment: Readonly<Record<string, string>> = {}) => {
    const one = await start(environment);
    await until(() => one.last('EURUSD')?.bids.length === 2 && one.last('GBPUSD')?.bids.length === 2);
    return one;
  };

  it('publishes what the feed document maps, in points and lots, and merges updates', async () => {
    const one = await live();
    expect(one.last('EURUSD')).toMatchObject({
      venue: 'bloomberg',
      bids: [108_501, 100_000_000],
      asks: [108_503, 200_000_000],
      sequence: 1,
    });
    binding.session.tick(euro, { BID: 1.08502 });
    binding.session.tick(euro, { ASK: null });
    await until(() => one.last('EURUSD')?.asks.length === 0);
    expect(one.last('EURUSD')).toMatchObject({ bids: [108_502, 100_000_000], sequence: 3 });
    expect(one.service.status()).toMatchObject({
      state: 'up',
      cause: null,
      isEmulated: true,
      subscriptions: { total: 2, live: 2, stale: 0 },
      session: { number: 1, server: 'fixture:8194', connectionsUp: 1 },
    });
    expect(one.kinds()).toEqual(['feedUp']);
  });

  it('rounds against us what is finer than the scale, or leaves it out, and counts it', async () => {
    const one = await live();
    binding.session.tick(euro, { BID: 1.085019, ASK: 1.085021, BID_SIZE: 0.019 });
    await until(() => one.last('EURUSD')?.bids[1] === 1);
    expect(one.last('EURUSD')).toMatchObject({ bids: [108_501, 1], asks: [108_503, 200_000_000] });
    expect(one.service.quotes.misfits).toBe(3);
    await one.stop();
    binding = new FixtureBinding();
    const strict = await live({ BLOOMBERG_ROUNDING: 'refuse' });
    binding.session.tick(euro, { BID: 1.085019 });
    await until(() => strict.last('EURUSD')?.bids.length === 0);
    expect(strict.last('EURUSD')!.asks).toEqual([108_503, 200_000_000]);
  });

  it('conflates a batch to one quote of each instrument', async () => {
    const one = await live();
    const { session } = binding;
    const [first, second] = [session.idOf(euro), session.idOf(sterling)];
    const before = one.quotes.length;
    const burst = Array.from({ length: 4_096 }, (_, index) =>
      session.data(index % 2 === 0 ? first : second, { BID: 1 + index / 100_000 }),
    );
    session.emit(...burst);
    await until(() => one.quotes.length >= before + 2);
    expect(one.quotes).toHaveLength(before + 2);
    expect(one.last('GBPUSD')!.bids[0]).toBe(104_095);
    expect(one.service.table.ticks).toBe(2 + burst.length);
  });

  it('withdraws everything when the connection is lost and waits for the library to restore it', async () => {
    const one = await live();
    const { session } = binding;
    const { epoch } = one.last('EURUSD')!;
    session.connection('connectionDown');
    await until(() => one.last('EURUSD')!.bids.length === 0);
    expect(one.last('EURUSD')!.epoch).toBeGreaterThan(epoch);
    expect(one.service.standing()).toMatchObject({ state: 'stale', cause: { code: 'CONNECTION_DOWN' } });
    session.tick(euro, { BID: 1.2 }); // an update makes nothing fresh
    session.connection('connectionUp');
    await one.state('up');
    const count = one.quotes.length;
    session.told(euro, 'streamsActivated');
    session.tick(euro, { BID: 1.09 });
    await until(() => one.quotes.length > count);
    expect(one.last('EURUSD')!.bids[0]).toBe(109_000);
    expect(one.last('GBPUSD')!.bids).toEqual([]);
    session.tick(sterling, { ...summary, BID: 1.3 });
    await until(() => one.last('GBPUSD')!.bids[0] === 130_000);
    expect([binding.sessions.length, session.open.size]).toEqual([1, 2]);
    expect(one.kinds()).toEqual(['feedUp', 'feedStale', 'feedUp']);
  });

  it('subscribes anew with a library that does not restore streams', async () => {
    binding.version = '3.8.18.1';
    const one = await live();
    const before = binding.session.idOf(euro);
    binding.session.connection('connectionDown');
    binding.session.connection('connectionUp');
    await until(() => one.last('EURUSD')!.bids.length === 0);
    await until(() => one.last('EURUSD')!.bids.length === 2 && one.last('GBPUSD')!.bids.length === 2);
    expect(binding.session.idOf(euro)).not.toBe(before);
    expect([binding.sessions.length, binding.session.open.size]).toEqual([1, 2]);
  });

  it('makes a new session when one ends, and never uses the old one again', async () => {
    const one = await live();
    for (const [index, cause] of (['terminated', 'workerDied', 'terminated'] as const).entries()) {
      const old = binding.session;
      old.end({ cause });
      await until(() => binding.sessions.length === index + 2 && one.service.table.open === 2);
      await until(() => one.last('EURUSD')!.bids.length === 2 && binding.session.open.size === 2);
      expect(old.state).toBe('ended');
    }
    expect(one.service.status().totals.reconnects).toBe(3);
  });

  it('goes on trying while nothing answers, tells it once, and recovers', async () => {
    binding.behaviour.startFailure = failure('IO_ERROR');
    const one = await start();
    await until(() => binding.sessions.length > 3);
    expect(one.service.standing().cause).toMatchObject({ code: 'IO_ERROR' });
    delete binding.behaviour.startFailure;
    await one.state('up');
    expect(one.kinds()).toEqual(['feedDown', 'feedUp']);
  });

  it('is unavailable without a library, and takes one that appears', async () => {
    binding.loadFailure = localError('library', 'UNSUPPORTED_BY_LIBRARY', 'no compiler');
    const one = await start();
    await one.state('unavailable');
    expect(one.service.standing().cause!.text).toContain('no compiler');
    expect((await fetch(`${one.http}/health`)).status).toBe(503);
    binding.loadFailure = undefined;
    await one.state('up');
    expect((await fetch(`${one.http}/health`)).status).toBe(200);
  });

  it('stops delivery when its authorisation is revoked and asks again', async () => {
    const one = await live();
    binding.behaviour.authoriseFailure = failure('NO_AUTH');
    binding.session.emit({
      kind: 'authorization',
      state: 'revoked',
      correlationId: 99,
      messageType: 'AuthorizationRevoked',
      elements: {},
    });
    expect(one.service.standing().state).toBe('unauthorised');
    await until(() => one.last('EURUSD')!.bids.length === 0);
    await until(() => one.service.standing().cause?.code === 'NO_AUTH');
    delete binding.behaviour.authoriseFailure;
    await until(() => one.last('EURUSD')!.bids.length === 2);
    // What authorised the old object, a session identity above all, is as good as gone.
    expect(binding.sessions.length).toBeGreaterThan(2);
    expect(one.kinds()).toContain('feedEntitlement');
  });

  it('asks again for what ended, under a new id, but not for a bad security', async () => {
    const securities = { EURUSD: euro, GBPUSD: 'BAD Curncy' };
    const one = await start({}, { feed: { securities } });
    await until(() => one.last('EURUSD')?.bids.length === 2);
    const rows = () => one.service.status().subscriptions.rows;
    expect(rows()[1]).toMatchObject({ state: 'failed', cause: { code: 'BAD_SEC' } });
    const first = binding.session.idOf(euro);
    binding.session.told(euro, 'terminated', 'UNCLASSIFIED');
    await until(() => one.last('EURUSD')!.bids.length === 0);
    await until(() => one.last('EURUSD')!.bids.length === 2);
    expect(binding.session.idOf(euro)).not.toBe(first);
    binding.session.told(euro, 'terminated', 'NO_AUTH');
    expect(rows()[0]).toMatchObject({ state: 'failed', cause: { code: 'NO_AUTH' } });
    expect(binding.sessions).toHaveLength(1);
  });

  it('treats lost ticks as stale until the next whole image', async () => {
    const one = await live();
    const { session } = binding;
    session.tick(euro, { MKTDATA_EVENT_TYPE: 'SUMMARY', MKTDATA_EVENT_SUBTYPE: 'DATALOSS' });
    await until(() => one.last('EURUSD')!.bids.length === 0);
    session.tick(euro, { BID: 1.1 });
    expect(one.service.status().subscriptions.rows[0]).toMatchObject({
      state: 'stale',
      cause: { code: 'DATA_LOSS' },
    });
    session.tick(euro, { ...summary, BID: 1.2, ASK: 1.3 });
    await until(() => one.last('EURUSD')!.bids[0] === 120_000);
    session.emit({
      kind: 'admin',
      what: 'dataLoss',
      correlationIds: [],
      messageType: 'DataLoss',
      elements: {},
    });
    await until(() => one.last('GBPUSD')!.bids.length === 0 && one.last('EURUSD')!.bids.length === 0);
    expect(one.kinds().filter((kind) => kind === 'feedDataLoss')).toHaveLength(2);
  });

  it('follows the feed document: mapping, and the switch', async () => {
    const one = await live();
    const count = one.quotes.length;
    one.configure({ name: 'Bloomberg, renamed' });
    await turn();
    expect([one.quotes.length, binding.session.open.size]).toEqual([count, 2]);
    one.configure({ securities: { EURUSD: 'EURUSD CMPN Curncy' } });
    await until(() => binding.session.open.size === 1 && one.last('EURUSD')!.bids.length === 2);
    expect(one.last('GBPUSD')!.bids).toEqual([]);
    expect(() => binding.session.idOf('EURUSD CMPN Curncy')).not.toThrow();
    one.configure({ enabled: false });
    await one.state('stopped');
    await until(() => binding.session.state === 'ended');
    one.configure({});
    await one.state('up');
    await until(() => binding.session.open.size === 2);
  });

  it('counts hits and refuses what passes the budget', async () => {
    const one = await start({ BLOOMBERG_HITS_PER_DAY: '5' });
    await until(() => one.last('EURUSD')?.bids.length === 2);
    await until(() => one.service.status().budget.state === 'exhausted');
    const { budget, subscriptions } = one.service.status();
    expect(budget).toMatchObject({
      hits: 5,
      hitsMax: 5,
      securities: 1,
      users: [{ user: 'platform', hits: 5 }],
    });
    expect(subscriptions.rows.map(({ cause }) => cause?.code)).toEqual(['BUDGET_EXCEEDED', undefined]);
    await one.service.usage.flush();
    expect(one.usage.hits()).toBe(5);
    expect(one.kinds()).toContain('feedBudget');
  });

  it('is down, and delivers nothing, while the tunnel is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-bloomberg-'));
    const file = join(folder, 'handshakes');
    const bloomberg = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(bloomberg, 'listening');
    const handshake = (atMs: number) => writeFileSync(file, `key\t${Math.floor(atMs / 1_000)}\n`);
    handshake(Date.now());
    const { port } = bloomberg.address() as AddressInfo;
    const one = await live({
      BLOOMBERG_VPN_INTERFACE: 'wg0',
      BLOOMBERG_VPN_HANDSHAKES_FILE: file,
      BLOOMBERG_SERVERS: `127.0.0.1:${port}`,
    });
    handshake(Date.now() - 3_600_000);
    await until(() => one.last('EURUSD')!.bids.length === 0);
    expect(one.service.standing()).toMatchObject({ state: 'down', cause: { code: 'VPN_HANDSHAKE_STALE' } });
    binding.session.tick(euro, { ...summary, BID: 2 });
    expect(one.service.table.ticks).toBe(2);
    handshake(Date.now());
    await until(() => one.last('EURUSD')!.bids.length === 2);
    expect(one.service.status()).toMatchObject({ state: 'up', vpn: { state: 'up', cause: null } });
    bloomberg.close();
    rmSync(folder, { recursive: true });
  });

  it('delivers again when the connection comes back after the tunnel', async () => {
    const one = await live();
    const tunnel = (state: 'up' | 'down') =>
      (one.service as unknown as { vpnSays(verdict: object): void }).vpnSays(
        state === 'up'
          ? { state, handshakeAgeMs: 1 }
          : { state, code: 'VPN_UNREACHABLE', text: 'no way', handshakeAgeMs: 1 },
      );
    tunnel('down');
    await until(() => one.last('EURUSD')!.bids.length === 0 && one.last('GBPUSD')!.bids.length === 0);
    const { session } = binding;
    session.told(sterling, 'streamsActivated');
    expect(one.service.status().subscriptions.live).toBe(0);
    session.connection('connectionDown');
    tunnel('up');
    session.connection('connectionUp');
    await one.state('up');
    await until(() => one.last('EURUSD')!.bids.length === 2 && one.last('GBPUSD')!.bids.length === 2);
    binding.session.tick(euro, { BID: 1.09 });
    await until(() => one.last('EURUSD')!.bids[0] === 109_000);
  });

  it('asks for nothing anew while the connection is lost: the library restores it', async () => {
    running = await new RunningService(binding, {}, { pace: { ...pace, restoreMs: 1 } }).start();
    const one = running;
    await until(() => one.last('EURUSD')?.bids.length === 2);
    const { session } = binding;
    const before = session.idOf(euro);
    session.connection('connectionDown');
    const { monoMs } = systemClock;
    const lostAt = monoMs();
    await until(() => monoMs() - lostAt > 10);
    one.service.table.sweep();
    await turn();
    expect(session.idOf(euro)).toBe(before);
    session.connection('connectionUp');
    await until(() => !session.open.has(before) && session.open.size === 2);
    await until(() => one.last('EURUSD')!.bids.length === 2);
  });

  it('publishes the image again when Bloomberg activates its stream, and for new scales', async () => {
    const one = await live();
    binding.session.told(euro, 'streamsDeactivated');
    await until(() => one.last('EURUSD')!.bids.length === 0);
    binding.session.told(euro, 'streamsActivated');
    await until(() => one.last('EURUSD')!.bids.length === 2);
    expect(one.last('EURUSD')!.bids).toEqual([108_501, 100_000_000]);
    one.configure({ enabled: true, securities: { GBPUSD: euro } });
    await until(() => one.last('GBPUSD')!.bids[0] === 108_501);
  });

  it('takes a lost message that was too large for lost ticks', async () => {
    const one = await live();
    const { session } = binding;
    session.emit({
      kind: 'admin',
      what: 'messageTooLarge',
      correlationIds: [session.idOf(euro)],
      messageType: 'MarketDataEvents',
      elements: {},
    });
    await until(() => one.last('EURUSD')!.bids.length === 0);
    expect(one.last('GBPUSD')!.bids).toHaveLength(2);
  });

  it('answers for reference data, from memory the second time', async () => {
    binding.behaviour.answer = () => [
      {
        securityData: [
          {
            security: euro,
            fieldExceptions: [{ fieldId: 'NAME', errorInfo: { category: 'BAD_FLD', message: 'Invalid' } }],
            fieldData: { PX_LAST: 1.0850200000000001, CRNCY: 'USD' },
          },
        ],
      },
    ];
    const one = await live();
    const ask = () =>
      one.bus.request(referenceTopic(), { instrument: 'EURUSD', user: 'ann' }, { timeoutMs: 5_000 });
    const answer = await ask();
    expect(answer).toMatchObject({ result: 'done', view: { security: euro, isEmulated: true } });
    expect(JSON.stringify(answer)).toContain('"field":"CRNCY","label":"Currency","value":"USD"');
    await ask();
    expect(binding.session.requests).toHaveLength(1);
    binding.session.end({ cause: 'terminated' });
    const unknown = await one.bus.request(
      referenceTopic(),
      { instrument: 'XAUUSD', user: 'ann' },
      { timeoutMs: 5_000 },
    );
    expect(unknown).toMatchObject({ result: 'refused', code: 'UNKNOWN_INSTRUMENT' });
  });
});
