/** The market data server: stream and requests, rights, limits, and clients that misbehave. */
import { once } from 'node:events';
import { BlpError } from '@tidegate/blpapi/errors';
import { until } from '@tidegate/platform/testing/until';
import { dataUpdate, marketDataMessage } from '@tidegate/wire/bloomberg.protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { asyncApiDocument, openApiDocument } from './market.documents.ts';
import { failure, FixtureBinding } from './session.fixture.ts';
import { RunningService } from './service.fixture.ts';

const ibm = 'IBM US Equity';

describe('the market data server', () => {
  let binding: FixtureBinding;
  let one: RunningService;
  const start = async (environment: Readonly<Record<string, string>> = {}, feed: object = {}) => {
    one = await new RunningService(binding, environment, { feed }).start();
    await one.state('up');
    return one;
  };

  beforeEach(() => {
    binding = new FixtureBinding();
  });
  afterEach(() => one.stop());

  describe('stream', () => {
    it('sends a snapshot first, then what changed; equal wants share one subscription', async () => {
      await start();
      const [first, second] = [await one.client(), await one.client()];
      first.subscribe('a', ibm, { conflateMs: 1 });
      await until(() => first.updates('a').length === 1);
      binding.session.tick(ibm, { BID: 1.5 });
      await until(() => first.updates('a').length === 2);
      second.subscribe(7, ibm, { conflateMs: 50, fields: ['ASK', 'BID'] });
      await until(() => second.updates(7).length === 1);
      binding.session.tick(ibm, { ASK: null, BID: 1.6 });
      await until(() => first.updates('a').length === 3 && second.updates(7).length === 2);
      expect(first.updates('a').map(({ kind }) => kind)).toEqual(['snapshot', 'update', 'update']);
      expect(first.updates('a')[1]!.fields).toEqual({ BID: 1.5 });
      expect(second.updates(7)[0]).toMatchObject({
        kind: 'snapshot',
        sequence: 2,
        fields: { BID: 1.5, ASK: 1.08503 },
      });
      expect(second.updates(7)[1]!.fields).toEqual({ BID: 1.6, ASK: null });
      const open = [...binding.session.open.values()].filter(({ topic }) => topic.endsWith(ibm));
      expect(open).toHaveLength(1);
      for (const message of [...first.messages, ...second.messages]) marketDataMessage.parse(message);
      first.send({ op: 'unsubscribe' });
      second.send({ op: 'unsubscribe', correlationIds: [7, 8] });
      await second.message((message) => message.op === 'error' && message.code === 'UNKNOWN_CORRELATION_ID');
      await until(() => binding.session.open.size === 2);
    });

    it('conflates: many ticks are one update with the newest value of each field', async () => {
      await start();
      const client = await one.client();
      client.subscribe('a', ibm, { conflateMs: 20 });
      await until(() => client.updates('a').length === 1);
      const { session } = binding;
      const id = session.idOf(ibm);
      session.emit(...Array.from({ length: 1_000 }, (_, index) => session.data(id, { BID: index })));
      session.emit(session.data(id, { ASK: 7 }));
      await until(() => client.updates('a').at(-1)?.sequence === 1_002);
      expect(client.updates('a').length).toBeLessThan(5);
      expect(Object.assign({}, ...client.updates('a').map(({ fields }) => fields))).toMatchObject({
        BID: 999,
        ASK: 7,
      });
    });

    it('gives every message where the client wants it, from a bounded queue', async () => {
      await start();
      const client = await one.client();
      client.subscribe('bars', ibm, { service: 'mktbar', options: { other: ['bar_size=5'] } });
      await until(() => binding.session.open.size === 3);
      await until(() => client.updates('bars').length > 0);
      const { session } = binding;
      const id = session.idOf(ibm);
      expect(session.open.get(id)).toMatchObject({
        topic: `//blp/mktbar/ticker/${ibm}`,
        options: ['bar_size=5'],
      });
      const bars = Array.from({ length: 1_500 }, (_, VOLUME) =>
        session.data(id, { VOLUME }, { messageType: 'MarketBarUpdate' }),
      );
      session.emit(...bars);
      await until(() => client.updates('bars').at(-1)?.fields.VOLUME === 1_499);
      const updates = client.updates('bars').slice(1);
      expect(updates).toHaveLength(1_000);
      expect(updates[0]).toMatchObject({ dropped: 500, messageType: 'MarketBarUpdate' });
      expect(one.service.stream.dropped).toBe(500);
    });

    it('tells each subscription’s state, delay and refusals', async () => {
      await start();
      const client = await one.client();
      client.subscribe('bad', 'BAD Equity');
      expect(await client.status('bad', 'failed')).toMatchObject({ code: 'BAD_SEC' });
      client.subscribe('a', ibm);
      await client.status('a', 'live');
      binding.session.tick(ibm, { IS_DELAYED_STREAM: true });
      await client.status('a', 'delayed');
      await until(() => client.updates('a').at(-1)?.isDelayed === true);
      binding.session.connection('connectionDown');
      await client.status('a', 'stale');
      await client.message((message) => message.op === 'status' && message.correlationId === null);
      binding.session.end({ cause: 'terminated' });
      await until(() => binding.sessions.length === 2 && binding.session.open.size === 3);
      await until(() => client.updates('a').at(-1)?.isStale === false);
    });

    it('takes no stranger, no wrong message and no right that is not there', async () => {
      await start();
      const stranger = new WebSocket(`${one.http.replace('http', 'ws')}/stream`);
      await once(stranger, 'open');
      stranger.send('{"op":"subscribe","subscriptions":[]}');
      expect(((await once(stranger, 'close')) as [number])[0]).toBe(1008);
      const headers = { authorization: 'Bearer ann' };
      const known = new WebSocket(`${one.http.replace('http', 'ws')}/stream`, { headers });
      const [ready] = (await once(known, 'message')) as [Buffer];
      expect(JSON.parse(ready.toString())).toMatchObject({ op: 'ready', source: 'emulator', state: 'up' });
      known.terminate();
      const bob = await one.client('bob');
      const refused = (id: string, code: string) =>
        bob.message((one) => one.op === 'error' && one.correlationId === id && one.code === code);
      bob.subscribe('field', ibm);
      bob.subscribe('service', ibm, { service: 'mktvwap', fields: ['BID'] });
      bob.subscribe('listed', ibm, { service: 'mktdepthdata', fields: ['BID'] });
      bob.subscribe('good', ibm, { fields: ['BID'] });
      await bob.status('good', 'live');
      bob.subscribe('good', ibm, { fields: ['BID'] });
      await refused('field', 'FIELD_NOT_PERMITTED');
      await refused('service', 'SERVICE_NOT_PERMITTED');
      await refused('listed', 'SERVICE_NOT_PERMITTED');
      await refused('good', 'DUPLICATE_CORRELATION_ID');
      bob.subscribe('x', 'A?fields=B');
      await bob.message((one) => one.op === 'error' && one.code === 'BAD_MESSAGE');
      one.configure({ rights: [{ roles: ['trader'], services: ['*'], fields: ['*'] }] });
      expect(await bob.status('good', 'failed')).toMatchObject({ code: 'SERVICE_NOT_PERMITTED' });
    });

    it('shows only data whose entitlement ids Bloomberg confirms for the user', async () => {
      binding.behaviour.lacking = [2];
      binding.behaviour.image = (security) => ({ BID: 1, EID: security === ibm ? 1 : [1, 2] });
      await start({}, { identities: { ann: { uuid: 1234 } } });
      const client = await one.client();
      client.subscribe('held', ibm, { fields: ['BID'] });
      client.subscribe('lacking', 'AAPL US Equity', { fields: ['BID'] });
      await until(() => client.updates('held').length === 1);
      expect(client.updates('held')[0]!.fields).not.toHaveProperty('EID');
      expect(await client.status('lacking', 'failed')).toMatchObject({ code: 'EID_NOT_HELD' });
      expect(client.updates('lacking')).toEqual([]);
      expect(binding.session.identities).toBe(1);
      const bob = await one.client('bob');
      bob.subscribe('any', ibm, { fields: ['BID'] });
      await bob.message((message) => message.op === 'error' && message.code === 'NO_BLOOMBERG_USER');
    });

    it('cuts a client that stops reading; others and memory do not notice', async () => {
      await start();
      const [deaf, well] = [await one.client(), await one.client()];
      const page = 'x'.repeat(200_000);
      for (const client of [deaf, well]) client.subscribe('p', ibm, { conflateMs: 0, fields: ['BID'] });
      await until(() => deaf.updates('p').length > 0 && well.updates('p').length > 0);
      deaf.socket.pause();
      const { stream } = one.service;
      let waitingMax = 0;
      for (let sent = 1; stream.cut === 0; sent += 1) {
        binding.session.tick(ibm, { BID: sent, PAGE: page });
        await until(() => well.updates('p').at(-1)!.fields.BID === sent);
        for (const { socket } of stream.clients) waitingMax = Math.max(waitingMax, socket.bufferedAmount);
      }
      expect(waitingMax).toBeLessThan(4 * 1024 * 1024);
      await until(() => stream.clients.size === 1);
      expect(
        one.service.table.find({ service: '//blp/mktdata', security: ibm, fields: ['BID'] })!.consumers.size,
      ).toBe(1);
    });
  });

  describe('requests', () => {
    const reference = { type: 'reference', securities: [ibm], fields: ['PX_LAST'] };

    it('answers with all parts, or streams them as they come', async () => {
      binding.behaviour.answer = () => [{ securityData: [{ security: ibm }] }, { securityData: [] }];
      await start();
      const answer = await one.post({ ...reference, overrides: { EQY_FUND_CRNCY: 'EUR' } });
      expect(answer.headers.get('content-encoding')).toBe('gzip');
      expect(await answer.json()).toEqual({
        service: '//blp/refdata',
        operation: 'ReferenceDataRequest',
        source: 'emulator',
        parts: [
          { messageType: 'ReferenceDataResponse', elements: { securityData: [{ security: ibm }] } },
          { messageType: 'ReferenceDataResponse', elements: { securityData: [] } },
        ],
      });
      expect(binding.session.requests[0]!.elements).toMatchObject({
        securities: [ibm],
        overrides: [{ fieldId: 'EQY_FUND_CRNCY', value: 'EUR' }],
      });
      const streamed = await one.post(reference, {
        accept: 'application/x-ndjson',
        'accept-encoding': 'deflate',
      });
      const lines = (await streamed.text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
      expect(lines).toHaveLength(3);
      expect(lines[2]).toEqual({ isFinal: true, parts: 2 });
    });

    it('takes the form of blpapi-http, and only operations of the list', async () => {
      await start();
      const elements = {
        security: ibm,
        startDateTime: '2026-11-20T09:00:00Z',
        maxDataPoints: 5,
        nothing: null,
      };
      const old = await one.post(elements, {}, '?ns=blp&service=refdata&type=IntradayTickRequest');
      expect(old.status).toBe(200);
      expect(binding.session.requests[0]).toMatchObject({
        operation: 'IntradayTickRequest',
        elements: {
          security: ibm,
          maxDataPoints: 5,
          startDateTime: { year: 2026, hours: 9, type: 'datetime' },
        },
      });
      const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;
      const other = { service: 'apiauth', operation: 'AuthorizationRequest', elements: {} };
      expect(await codeOf(await one.post(other))).toBe('OPERATION_NOT_ALLOWED');
      expect(await codeOf(await one.post({ type: 'reference', securities: [] }))).toBe('INVALID_REQUEST');
      expect(await codeOf(await one.post('{'))).toBe('INVALID_REQUEST');
      expect(await codeOf(await one.post(reference, { authorization: '' }))).toBe('UNAUTHENTICATED');
      expect(await codeOf(await one.post(reference, { authorization: 'Bearer eve' }))).toBe('TOKEN_INVALID');
      expect(await codeOf(await one.post(reference, { authorization: 'Bearer bob' }))).toBe(
        'SERVICE_NOT_PERMITTED',
      );
      expect(await codeOf(await fetch(`${one.http}/nothing`))).toBe('NOT_FOUND');
    });

    it('gives errors their code, the budget and the rate theirs', async () => {
      await start({ BLOOMBERG_USER_HITS_PER_DAY: '3', BLOOMBERG_REQUEST_RATE: '3' });
      const outcome = async (error: BlpError | undefined) => {
        binding.behaviour.answer = () => error ?? [{}];
        const response = await one.post(reference);
        return `${response.status} ${((await response.json()) as { code?: string }).code}`;
      };
      const library = new BlpError({
        origin: 'blpapi',
        class: 'notFound',
        code: 1,
        source: 'x',
        category: 'NOT_FOUND',
        description: 'no such element',
      });
      expect(await outcome(library)).toBe('400 INVALID_ELEMENT');
      expect(await outcome(failure('LIMIT_REACHED'))).toBe('422 LIMIT_REACHED');
      expect(await outcome(undefined)).toBe('200 undefined');
      expect(await outcome(undefined)).toBe('429 BUDGET_EXCEEDED');
      const outcomes = await Promise.all(Array.from({ length: 12 }, () => outcome(undefined)));
      expect(outcomes).toContain('429 TOO_MANY_REQUESTS');
    });

    it('cancels at Bloomberg when the client goes, and fails fast without a session', async () => {
      binding.behaviour.answer = () => 'never';
      await start();
      const gone = new AbortController();
      const lost = fetch(`${one.http}/request`, {
        method: 'POST',
        headers: { authorization: 'Bearer ann', 'content-type': 'application/json' },
        body: JSON.stringify(reference),
        signal: gone.signal,
      }).catch(() => 'aborted');
      const { session } = binding;
      await until(() => session.requests.length === 1);
      gone.abort();
      expect(await lost).toBe('aborted');
      await until(() => session.cancelled === 1);
      binding.behaviour.startFailure = failure('IO_ERROR');
      session.end({ cause: 'terminated' });
      const answer = await one.post(reference);
      expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'FEED_DOWN' }]);
    });

    it('tells strangers the state and no more', async () => {
      await start();
      const ask = (path: string) => fetch(`${one.http}${path}`);
      expect(await (await ask('/health')).json()).toEqual({ status: 'up' });
      for (const path of ['/metrics', '/openapi.json', '/asyncapi.json'])
        expect((await ask(path)).status, path).toBe(404);
    });

    it('is documented', () => {
      expect(Object.keys(openApiDocument('1').paths as object)).toEqual(['/request', '/health']);
      expect(JSON.stringify(asyncApiDocument('1'))).toContain('correlationIds');
      expect(dataUpdate.shape).toHaveProperty('isStale');
    });
  });
});

describe('a port that is taken', () => {
  it('leaves the feed running and is tried again', async () => {
    const first = await new RunningService(new FixtureBinding()).start();
    const { port } = new URL(first.http);
    const second = await new RunningService(new FixtureBinding(), { BLOOMBERG_PORT: port }).start();
    await second.state('up');
    expect(second.service.status().server).toMatchObject({ address: null, cause: { code: 'EADDRINUSE' } });
    await first.stop();
    await second.service.server.start();
    expect(second.http).toContain(port);
    await second.stop();
  });
});
