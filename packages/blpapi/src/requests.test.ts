import { beforeAll, describe, expect, it } from 'vitest';
import { buildNative, emulatedOptions, scenarioHost, startSession } from '../acceptance/emulated.ts';
import type { BlpRecord, BlpRequest, BlpResponsePart } from './contract.ts';
import {
  fieldInfoRequest,
  fieldSearchRequest,
  historicalDataRequest,
  instrumentListRequest,
  intradayBarRequest,
  intradayTickRequest,
  referenceDataRequest,
} from './request.ts';

beforeAll(buildNative);

const refdata = '//blp/refdata';
const securities = ['IBM US Equity', 'NOSUCH US Equity'];
const scenario = [
  'security "IBM US Equity" price 188.42 rate 1 eid 14005',
  'unknown refuse',
  'date 2026-01-05',
];

const start = (...lines: readonly string[]) =>
  startSession(emulatedOptions(scenarioHost(...scenario, ...lines)));

function body(parts: readonly BlpResponsePart[]): BlpRecord {
  expect(parts.at(-1)?.isFinal).toBe(true);
  expect(parts.slice(0, -1).every((part) => !part.isFinal)).toBe(true);
  return parts.at(-1)?.elements ?? {};
}

describe('a request', () => {
  it('[RQ5] for reference data tells values, refused fields and bad securities', async () => {
    const { session } = await start();
    await session.openService(refdata);
    const query = { securities, fields: ['PX_LAST', 'NOSUCH'], overrides: { A: 1 }, isWithEids: true };
    const parts = await session.request(referenceDataRequest(query)).all();
    const rows = parts.flatMap((part) => part.elements.securityData as readonly BlpRecord[]);
    expect(rows.map((row) => row.security)).toEqual(securities);
    expect(rows[0]).toMatchObject({
      fieldExceptions: [{ fieldId: 'NOSUCH', errorInfo: { category: 'BAD_FLD' } }],
    });
    expect(rows[0]).toMatchObject({ fieldData: { PX_LAST: expect.any(Number) as number } });
    expect(rows[1]).toMatchObject({ securityError: { category: 'BAD_SEC' } });
    await session.stop();
  });

  it('[RQ6] for history streams its parts', async () => {
    const { session } = await start('page 5');
    await session.openService(refdata);
    const query = { securities, fields: ['PX_LAST'], from: '2025-11-03', to: '2025-12-31' };
    const finals: boolean[] = [];
    const days: string[] = [];
    for await (const part of session.request(historicalDataRequest(query))) {
      finals.push(part.isFinal);
      const { fieldData } = part.elements.securityData as BlpRecord;
      for (const row of (fieldData ?? []) as readonly BlpRecord[]) days.push(JSON.stringify(row.date));
    }
    expect(days.length).toBeGreaterThan(30);
    expect(new Set(days).size).toBe(days.length);
    expect(finals).toEqual([false, true]);
    expect(session.counters().openRequests).toBe(0);
    await session.stop();
  });

  it('[RQ7] for intraday bars and ticks, instruments and fields is answered', async () => {
    const { session } = await start();
    const range = { security: 'IBM US Equity', from: '2026-01-02T15:00:00', to: '2026-01-02T15:30:00' };
    const asked: readonly (readonly [BlpRequest, string])[] = [
      [intradayBarRequest({ ...range, event: 'TRADE', interval: 5 }), 'barData'],
      [intradayTickRequest({ ...range, events: ['TRADE'] }), 'tickData'],
      [instrumentListRequest('IBM', 5), 'results'],
      [fieldInfoRequest(['PX_LAST']), 'fieldData'],
      [fieldSearchRequest('last'), 'fieldData'],
    ];
    for (const [request, member] of asked) {
      await session.openService(request.service);
      expect(Object.keys(body(await session.request(request).all())), request.operation).toContain(member);
    }
    await session.stop();
  });

  it('[RQ8] is refused by the schema of the service, with the path of the wrong member', async () => {
    const { session } = await start();
    await session.openService(refdata);
    const refused = async (request: Partial<BlpRequest>) =>
      session
        .request({ service: refdata, operation: 'ReferenceDataRequest', elements: {}, ...request })
        .all()
        .then(
          () => 'answered',
          (error: unknown) => error,
        );
    expect(await refused({ elements: { nosuch: 1 } })).toMatchObject({ origin: 'blpapi', source: 'nosuch' });
    expect(await refused({ elements: { returnEids: 'perhaps' } })).toMatchObject({ source: 'returnEids' });
    expect(await refused({ elements: { overrides: [{ wrong: 1 }] } })).toMatchObject({
      source: 'overrides[0].wrong',
    });
    expect(await refused({ elements: { fields: ['A\0B'] } })).toMatchObject({ category: 'BAD_REQUEST' });
    // The library would read `fields`, and whoever checked the fields would not have seen these.
    expect(await refused({ elements: { securities, 'fields\0': ['PX_BID'] } })).toMatchObject({
      category: 'BAD_REQUEST',
    });
    expect(await refused({ operation: 'NoSuchRequest' })).toMatchObject({ origin: 'blpapi' });
    expect(await refused({ service: '//blp/apiflds' })).toMatchObject({ class: 'notFound' });
    expect(session.counters().openRequests).toBe(0);
    await session.stop();
  });

  it('[RQ9] that fails, is cancelled or takes too long ends with the cause', async () => {
    const { session } = await start('latency request 10s', 'request fail HistoricalDataRequest');
    await session.openService(refdata);
    const request = referenceDataRequest({ securities, fields: ['PX_LAST'] });
    await expect(session.request(request, { timeoutMs: 30 }).all()).rejects.toMatchObject({
      category: 'TIMEOUT',
    });
    const abort = new AbortController();
    const cancelled = session.request(request, { signal: abort.signal }).all();
    abort.abort();
    await expect(cancelled).rejects.toMatchObject({ category: 'CANCELLED' });
    await expect(session.request(request, { signal: abort.signal }).all()).rejects.toMatchObject({
      category: 'CANCELLED',
    });
    const open = session
      .request(request)
      .all()
      .catch((error: unknown) => error);
    await session.stop();
    expect(await open).toMatchObject({ name: 'BlpError', category: 'SESSION_ENDED' });
  });

  it('[RQ10] beyond the limit of open requests is refused here', async () => {
    const { session } = await startSession(
      emulatedOptions(scenarioHost(...scenario, 'latency request 10s'), { maxPendingRequests: 2 }),
    );
    await session.openService(refdata);
    const request = referenceDataRequest({ securities, fields: ['PX_LAST'] });
    const open = [session.request(request), session.request(request)];
    await expect(session.request(request).all()).rejects.toMatchObject({ category: 'LIMIT' });
    for (const each of open) each.cancel();
    expect(session.counters().openRequests).toBe(0);
    await session.stop();
  });
});

describe('an identity', () => {
  it('[AU1] is authorised by token and asked what it may see', async () => {
    const { session, recorder } = await startSession(
      emulatedOptions(scenarioHost(...scenario, 'entitled 14005 14014', 'seat bps'), {
        authenticationOptions: 'AuthenticationType=OS_LOGON',
      }),
    );
    const token = await session.generateToken();
    expect(token.length).toBeGreaterThan(0);
    const identity = await session.authorize({ mode: 'tokenRequest', token });
    expect(identity.seatType).toBe('bps');
    await session.openService('//blp/mktdata');
    expect(await identity.isAuthorized('//blp/mktdata')).toBe(true);
    expect(await identity.missingEntitlements('//blp/mktdata', [14005, 99])).toEqual([99]);
    expect(await identity.missingEntitlements('//blp/mktdata', [])).toEqual([]);
    await identity.release();
    await identity.release();
    await expect(identity.isAuthorized('//blp/mktdata')).rejects.toMatchObject({ category: 'WRONG_STATE' });
    expect(JSON.stringify(recorder.events)).not.toContain(token);
    await session.stop();
  });

  it('[AU2] is authorised by the newer options where the library has them', async () => {
    const { session, recorder } = await start();
    const identity = await session.authorize({ mode: 'application', applicationName: 'tidegate:test' });
    expect(await identity.isAuthorized(refdata).catch((error: unknown) => error)).toBeDefined();
    expect(recorder.of('authorization')[0]).toMatchObject({ state: 'success' });
    await identity.release();
    await session.stop();
  });

  it('[AU3] is refused with the reason', async () => {
    const { session } = await start('token fail');
    await expect(session.generateToken()).rejects.toMatchObject({ origin: 'bloomberg' });
    await session.stop();
    const other = await start('authorization fail');
    const wrong = { mode: 'application', applicationName: 'x:y' } as const;
    await expect(other.session.authorize(wrong)).rejects.toMatchObject({ origin: 'bloomberg' });
    await other.session.stop();
  });

  it('[AU4] authorises the session itself', async () => {
    const options = emulatedOptions(scenarioHost(...scenario), {
      sessionIdentity: { mode: 'user', user: { from: 'manual', userId: 'user', ipAddress: '127.0.0.1' } },
      sessionName: 'tidegate',
    });
    const { session, recorder } = await startSession(options);
    expect(session.state).toBe('started');
    await session.stop();
    expect((await recorder.ended).cause).toBe('stopped');
  });
});
