import { beforeAll, describe, expect, it } from 'vitest';
import {
  buildNative,
  emulatedOptions,
  Recorder,
  scenarioHost,
  startSession,
} from '../acceptance/emulated.ts';
import type { BlpBatch, BlpSessionOptions } from './contract.ts';
import { openLibrary } from './library.ts';
import { imageMark } from './market.data.ts';
import { referenceDataRequest } from './request.ts';
import { BlpSession } from './session.ts';

const eurusd = 'security "EURUSD BGN Curncy" price 1.08502 decimals 5 spread 0.00004 rate 200 size 1000000';
const calm = 'pace real';
const mktdata = '//blp/mktdata';
const refdata = '//blp/refdata';
const decoders = ['shim', 'ffi'] as const;

beforeAll(buildNative);

describe.each(decoders)('a session, read by the %s,', (decoder) => {
  const options = (lines: readonly string[], more: Partial<BlpSessionOptions> = {}) =>
    emulatedOptions(scenarioHost(...lines), { decoder, ...more });

  it('[LC1] starts, says so, stops and ends once', async () => {
    const { session, recorder } = await startSession(options([eurusd]));
    expect(session.state).toBe('started');
    expect(session.decoder).toBe(decoder);
    await recorder.until('session', (event) => event.state === 'started');
    expect(session.connectionsUp).toBe(1);
    await session.stop();
    await session.stop();
    expect(session.state).toBe('ended');
    expect(await recorder.ended).toEqual({ cause: 'stopped' });
    const states = recorder.of('session').map((event) => event.state);
    expect(states[0]).toBe('connectionUp');
    expect(states.at(-1)).toBe('terminated');
  });

  it('[LC2] that could not start says why, ends, and is not used again', async () => {
    const recorder = new Recorder();
    const session = new BlpSession(options(['startup fail 9 "Connection failed"']), recorder);
    await expect(session.start()).rejects.toMatchObject({
      origin: 'bloomberg',
      category: 'IO_ERROR',
      code: 9,
      description: 'Connection failed',
    });
    expect(await recorder.ended).toMatchObject({ cause: 'startupFailure', error: { code: 9 } });
    expect(session.state).toBe('ended');
    await expect(session.start()).rejects.toMatchObject({ category: 'WRONG_STATE' });
    await expect(session.openService(mktdata)).rejects.toMatchObject({ category: 'WRONG_STATE' });
    await session.stop();
  });

  it('[LC3] refuses calls before it has started', async () => {
    const recorder = new Recorder();
    const session = new BlpSession(options([eurusd]), recorder);
    const wrong = { category: 'WRONG_STATE' };
    await expect(session.openService(mktdata)).rejects.toMatchObject(wrong);
    await expect(session.subscribe([{ topic: 'X', fields: ['BID'] }])).rejects.toMatchObject(wrong);
    await expect(session.generateToken()).rejects.toMatchObject(wrong);
    const request = referenceDataRequest({ securities: ['X'], fields: ['PX_LAST'] });
    await expect(session.request(request).all()).rejects.toMatchObject(wrong);
    await session.stop();
    expect(await recorder.ended).toEqual({ cause: 'stopped' });
  });

  it('[SV1] opens a service, or tells why not', async () => {
    const { session, recorder } = await startSession(options(['service unavailable //blp/apiflds', eurusd]));
    await session.openService(mktdata);
    await session.openService(mktdata);
    await expect(session.openService('//blp/apiflds')).rejects.toMatchObject({ origin: 'bloomberg' });
    expect(recorder.of('service').map((event) => [event.state, event.service])).toContainEqual([
      'opened',
      mktdata,
    ]);
    await session.stop();
  });

  it('[SU3] gives the image first, then updates, of exactly the fields asked for', async () => {
    const { session, recorder } = await startSession(options([eurusd, calm]));
    await session.openService(mktdata);
    const fields = ['BID', 'ASK'];
    const [subscription] = await session.subscribe([{ topic: 'EURUSD BGN Curncy', fields }]);
    expect(subscription?.topic).toContain('EURUSD BGN Curncy?fields=BID,ASK');
    await recorder.until('data', (event) => imageMark(event) === 'update');
    const data = recorder.of('data');
    expect(imageMark(data[0] as (typeof data)[0])).toBe('image');
    const names = new Set(data.flatMap((event) => Object.keys(event.fields)));
    for (const name of names)
      expect([...fields, 'MKTDATA_EVENT_TYPE', 'MKTDATA_EVENT_SUBTYPE', 'IS_DELAYED_STREAM']).toContain(name);
    expect(typeof data[0]?.fields.BID).toBe('number');
    expect(session.counters().openSubscriptions).toBe(1);
    const started = recorder.of('subscription')[0];
    expect(started).toMatchObject({ state: 'started', correlationId: subscription?.correlationId });
    await session.unsubscribe([subscription?.correlationId ?? 0]);
    await recorder.until('subscription', (event) => event.state === 'terminated');
    expect(session.counters().openSubscriptions).toBe(0);
    await expect(session.unsubscribe([subscription?.correlationId ?? 0])).rejects.toMatchObject({
      category: 'WRONG_STATE',
    });
    await session.stop();
  });

  it('[SU4] tells of a bad security, keeps the good one, and gives the next a new id', async () => {
    const { session, recorder } = await startSession(options([eurusd, 'unknown refuse', calm]));
    await session.openService(mktdata);
    const [good, bad] = await session.subscribe([
      { topic: 'EURUSD BGN Curncy', fields: ['BID'] },
      { topic: 'NOSUCH Curncy', fields: ['BID'] },
    ]);
    const failed = await recorder.until('subscription', (event) => event.state === 'failed');
    expect(failed).toMatchObject({ correlationId: bad?.correlationId, reason: { category: 'BAD_SEC' } });
    await recorder.until('data', (event) => event.correlationId === good?.correlationId);
    const [again] = await session.subscribe([{ topic: 'EURUSD BGN Curncy', fields: ['ASK'] }]);
    expect(again?.correlationId).toBeGreaterThan(bad?.correlationId ?? Infinity);
    expect(session.counters().openSubscriptions).toBe(2);
    await session.stop();
  });

  it('[SU5] changes fields under the same id', async () => {
    const { session, recorder } = await startSession(options([eurusd, calm]));
    await session.openService(mktdata);
    const [subscription] = await session.subscribe([{ topic: 'EURUSD BGN Curncy', fields: ['BID'] }]);
    const correlationId = subscription?.correlationId ?? 0;
    await recorder.until('data', () => true);
    await session.resubscribe([{ correlationId, topic: 'EURUSD BGN Curncy', fields: ['ASK'] }]);
    await recorder.until('data', (event) => 'ASK' in event.fields);
    expect(session.counters().openSubscriptions).toBe(1);
    await session.stop();
  });

  it('[RC1] tells of a lost and a regained connection', async () => {
    const { session, recorder } = await startSession(
      options([eurusd, calm, 'at 30ms connection down for 60ms', 'latency reconnect 5ms'], {
        autoRestartOnDisconnection: true,
      }),
    );
    await session.openService(mktdata);
    await session.subscribe([{ topic: 'EURUSD BGN Curncy', fields: ['BID'] }]);
    const down = await recorder.until('session', (event) => event.state === 'connectionDown');
    const at = recorder.events.indexOf(down);
    let ups = 0;
    await recorder.until('session', (event) => event.state === 'connectionUp' && ++ups === 2);
    expect(recorder.events.slice(at).some((event) => event.kind === 'session')).toBe(true);
    expect(session.connectionsUp).toBe(1);
    expect(session.state).toBe('started');
    await session.stop();
  });

  it('[RC2] ends when it is terminated, and fails what was under way', async () => {
    const { session, recorder } = await startSession(
      options([eurusd, 'latency request 5s', 'at 100ms terminate']),
    );
    await session.openService(refdata);
    const request = referenceDataRequest({ securities: ['EURUSD BGN Curncy'], fields: ['PX_LAST'] });
    const answer = session.request(request).all();
    await expect(answer).rejects.toMatchObject({ name: 'BlpError' });
    expect((await recorder.ended).cause).toBe('terminated');
    expect(session.state).toBe('ended');
    await expect(session.openService(refdata)).rejects.toMatchObject({ category: 'WRONG_STATE' });
    expect(session.counters()).toMatchObject({ openRequests: 0, openSubscriptions: 0 });
  });

  it('[BP3] leaves the queue to the library while the listener is busy, which warns', async () => {
    const recorder = new Recorder();
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const onBatch = async (batch: BlpBatch): Promise<void> => {
      recorder.onBatch(batch);
      if (recorder.of('data').length > 0) await gate;
    };
    const session = new BlpSession(
      options([eurusd, calm, 'at tick 20 burst 5000'], {
        maxEventQueueSize: 100,
        buffersInFlightMax: 1,
        bufferBytes: 65_536,
      }),
      { onBatch, onEnd: (end) => recorder.onEnd(end) },
    );
    await session.start();
    await session.openService(mktdata);
    await session.subscribe([{ topic: 'EURUSD BGN Curncy', fields: ['BID'] }]);
    await recorder.until('data', () => true);
    while (session.counters().stalls === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    open();
    await recorder.until('admin', (event) => event.what === 'slowConsumerWarning');
    await recorder.until('admin', (event) => event.what === 'dataLoss');
    await session.stop();
  });
});

describe('a session', () => {
  it('[LC4] whose worker dies ends, and its native session is destroyed', async () => {
    const { session, recorder } = await startSession(emulatedOptions(scenarioHost(eurusd)));
    const pending = session.openService('//blp/slow').catch((error: unknown) => error);
    session.failWorker();
    const end = await recorder.ended;
    expect(end).toMatchObject({ cause: 'workerDied', error: { category: 'WORKER_DIED' } });
    expect(await pending).toMatchObject({ name: 'BlpError' });
    await session.stop();
    const next = await startSession(emulatedOptions(scenarioHost(eurusd)));
    await next.session.stop();
  });

  it('[LC5] whose listener throws ends with that cause', async () => {
    const ended = Promise.withResolvers<unknown>();
    const session = new BlpSession(emulatedOptions(scenarioHost(eurusd)), {
      onBatch: () => {
        throw new Error('a fault of the listener');
      },
      onEnd: (end) => ended.resolve(end),
    });
    await session.start().catch(() => undefined);
    expect(await ended.promise).toMatchObject({
      cause: 'listenerFailed',
      error: { description: 'Error: a fault of the listener' },
    });
  });

  it('[LC6] refuses options that make no sense, and a library that is none', () => {
    const recorder = new Recorder();
    const good = emulatedOptions('localhost');
    const wrong: Partial<BlpSessionOptions>[] = [
      { servers: [] },
      { servers: [{ host: '', port: 8194 }] },
      { servers: [{ host: 'localhost', port: 0 }] },
      { pollMs: 251 },
      { bufferBytes: 100 },
      { maxEventQueueSize: 0 },
    ];
    for (const more of wrong)
      expect(() => new BlpSession({ ...good, ...more }, recorder)).toThrow(/BAD_REQUEST/);
    expect(() => new BlpSession({ ...good, library: '/nowhere/lib.so' }, recorder)).toThrow(
      /LIBRARY_MISSING/,
    );
  });

  it('[OP1] is refused with the words of the library for an option it does not take', async () => {
    const recorder = new Recorder();
    const options = { ...emulatedOptions('localhost'), slowConsumerHiWaterMark: 2 };
    await expect(new BlpSession(options, recorder).start()).rejects.toMatchObject({
      origin: 'blpapi',
      class: 'invalidArgument',
      code: 0x20002,
    });
    expect((await recorder.ended).cause).toBe('startupFailure');
  });

  it('[OP2] names a secret file that is missing, never its content', async () => {
    const recorder = new Recorder();
    const options = { ...emulatedOptions('localhost'), applicationIdentityKeyFile: '/nowhere/key' };
    await expect(new BlpSession(options, recorder).start()).rejects.toMatchObject({
      category: 'SECRET_FILE',
    });
  });

  it('[LG1] hands the log of the library over as events', async () => {
    const recorder = new Recorder();
    const options = emulatedOptions(scenarioHost('startup fail 9 "Connection failed"'), { decoder: 'shim' });
    await expect(new BlpSession(options, recorder).start()).rejects.toMatchObject({ category: 'IO_ERROR' });
    await recorder.ended;
    const line = recorder.of('log').find(({ text }) => text.includes('Connection failed'));
    expect(line).toMatchObject({ severity: 'error', lost: 0 });
  });

  it('[LB5] describes the library and says that it is an emulator', () => {
    const description = openLibrary(emulatedOptions('x').library);
    expect(description.version).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(description.isEmulator).toBe(true);
    expect(description.decoder).toBe('shim');
  });
});
