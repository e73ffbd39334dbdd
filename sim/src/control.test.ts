/** The control server over real HTTP: what it tells, does and refuses. */
import { afterEach, describe, expect, it } from 'vitest';
import { request } from 'node:http';
import { ControlServer } from './control.ts';
import { alpha, bravo } from './personality.ts';
import { FixClient } from './client.ts';
import { Simulation } from './simulation.ts';

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Control {
  readonly simulation: Simulation;
  get(path: string): Promise<{ status: number; body: unknown }>;
  post(path: string, body: unknown): Promise<{ status: number; body: unknown }>;
  raw(
    method: string,
    path: string,
    body: string,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: unknown }>;
  readonly stopped: Promise<void>;
}

async function control(manual = true): Promise<Control> {
  const simulation = new Simulation({ seed: 1, personalities: [alpha, bravo], manual });
  await simulation.start();
  ends.push(() => simulation.stop());
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const server = new ControlServer(simulation, () => stop());
  const base = await server.listen(0);
  ends.push(() => server.close());
  const raw: Control['raw'] = (method, path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const length = { 'content-length': String(Buffer.byteLength(body)) };
      const call = request(`${base}${path}`, { method, headers: { ...length, ...headers } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown }),
        );
      });
      call.on('error', reject);
      call.end(body);
    });
  return {
    simulation,
    raw,
    stopped,
    get: (path) => raw('GET', path, ''),
    post: (path, body) => raw('POST', path, JSON.stringify(body)),
  };
}

describe('control of the simulator', () => {
  it('tells ports and state', async () => {
    const { get, simulation } = await control();
    const answer = await get('/ports');
    expect(answer).toEqual({ status: 200, body: { providers: simulation.providers } });
    expect(simulation.providers[1]).toMatchObject({
      venue: 'bravo',
      senderCompId: 'BRAVO',
      quotesTargetCompId: 'TIDEGATE-MD',
      ordersTargetCompId: 'TIDEGATE-OE',
    });
    expect(new Set(simulation.providers.flatMap((each) => [each.quotesPort, each.ordersPort])).size).toBe(4);
    expect((await get('/state')).body).toMatchObject({
      manual: true,
      quotesPerSecond: 0,
      executions: 0,
      providers: [{ venue: 'alpha', listening: true, switches: [] }, { venue: 'bravo' }],
    });
  });

  it('pushes quotes that trade, and lists the executions', async () => {
    const { get, post, simulation } = await control();
    const tick = {
      venue: 'alpha',
      symbol: 'XAU/USD',
      bids: [['2345.10', '100']],
      asks: [['2345.30', '100']],
    };
    expect(await post('/tick', tick)).toEqual({ status: 200, body: { ok: true } });
    const client = new FixClient({
      port: simulation.providers[0]?.ordersPort ?? 0,
      senderCompId: 'TIDEGATE-OE',
      targetCompId: 'ALPHA',
    });
    ends.push(() => client.stop());
    await client.logOn();
    client.order({ clOrdId: 'A', symbol: 'XAU/USD', side: 'sell', quantity: '12.5', timeInForce: 'ioc' });
    await client.ended('A');
    const { body } = await get('/executions?venue=alpha&limit=5');
    expect(body).toMatchObject({
      next: 1,
      executions: [
        {
          venue: 'alpha',
          clOrdId: 'A',
          symbol: 'XAU/USD',
          side: 'sell',
          quantity: '12.5',
          price: '2345.10',
          client: 'TIDEGATE-OE',
        },
      ],
    });
    await client.expectFills((body as { executions: [] }).executions);
    expect((await get('/executions?venue=bravo')).body).toEqual({ executions: [], next: 1 });
    expect((await get('/executions?from=1')).body).toEqual({ executions: [], next: 1 });
  });

  it('switches, and shows what is switched', async () => {
    const { get, post } = await control();
    await post('/switch', { venue: 'alpha', switch: 'slow', on: true, symbol: 'EUR/USD', value: 40 });
    await post('/switch', { venue: 'bravo', switch: 'disconnected', on: true });
    expect((await get('/state')).body).toMatchObject({
      providers: [
        { switches: [{ switch: 'slow', symbol: 'EUR/USD', value: 40 }], listening: true },
        { switches: [{ switch: 'disconnected', symbol: '*' }], listening: false },
      ],
    });
    await post('/switch', { venue: 'bravo', switch: 'disconnected', on: false });
    await post('/switch', { venue: 'alpha', switch: 'slow', on: false });
    expect((await get('/state')).body).toMatchObject({
      providers: [{ switches: [] }, { switches: [], listening: true }],
    });
  });

  it('sets the rate of a market that runs by itself', async () => {
    const { get, post } = await control(false);
    expect((await post('/rate', { quotesPerSecond: 5 })).status).toBe(200);
    expect((await get('/state')).body).toMatchObject({ quotesPerSecond: 5 });
  });

  it('takes a pushed quote from a market that runs by itself only where that one is silent', async () => {
    const { post } = await control(false);
    const tick = { venue: 'alpha', symbol: 'EUR/USD', bids: [], asks: [] };
    const stale = { venue: 'alpha', switch: 'stale', symbol: 'EUR/USD' };
    expect(await post('/tick', tick)).toMatchObject({ status: 409, body: { error: { code: 'NOT_MANUAL' } } });
    await post('/switch', { ...stale, on: true });
    expect((await post('/tick', tick)).status).toBe(200);
    expect((await post('/tick', { ...tick, symbol: 'GBP/USD' })).status).toBe(409);
    expect((await post('/tick', { ...tick, venue: 'bravo' })).status).toBe(409);
    await post('/switch', { ...stale, on: false });
    expect((await post('/tick', tick)).status).toBe(409);
  });

  it('stops once it has answered', async () => {
    const { post, stopped } = await control();
    expect((await post('/stop', {})).status).toBe(200);
    await stopped;
  });

  it.each<[string, string, unknown, number, string]>([
    ['POST', '/switch', { venue: 'alpha', switch: 'fast', on: true }, 400, 'INVALID'],
    ['POST', '/switch', { venue: 'alpha', switch: 'stale' }, 400, 'INVALID'],
    ['POST', '/switch', { venue: 'alpha', switch: 'stale', on: true, symbol: 'EUR/XXX' }, 400, 'INVALID'],
    ['POST', '/switch', { venue: 'alpha', switch: 'stale', on: true, extra: 1 }, 400, 'INVALID'],
    ['POST', '/switch', { venue: 'alpha', switch: 'stale', on: true, value: 1 }, 400, 'INVALID'],
    ['POST', '/switch', { venue: 'alpha', switch: 'slow', on: true, value: -1 }, 400, 'INVALID'],
    ['POST', '/switch', { venue: 'alpha', switch: 'stale', on: true, fate: 'hold' }, 400, 'INVALID'],
    [
      'POST',
      '/switch',
      { venue: 'alpha', switch: 'disconnected', on: true, symbol: 'EUR/USD' },
      400,
      'INVALID',
    ],
    ['POST', '/switch', { venue: 'delta', switch: 'stale', on: true }, 404, 'UNKNOWN_VENUE'],
    ['POST', '/rate', { quotesPerSecond: 1e9 }, 400, 'INVALID'],
    ['POST', '/rate', { quotesPerSecond: 10 }, 409, 'INVALID'],
    [
      'POST',
      '/tick',
      { venue: 'alpha', symbol: 'EUR/USD', bids: [['1.085001', '1']], asks: [] },
      400,
      'INVALID',
    ],
    [
      'POST',
      '/tick',
      {
        venue: 'alpha',
        symbol: 'EUR/USD',
        bids: [
          ['1', '1'],
          ['1', '1'],
        ],
        asks: [],
      },
      400,
      'INVALID',
    ],
    ['POST', '/tick', { venue: 'alpha', symbol: 'EUR/USD', bids: [['-1', '1']], asks: [] }, 400, 'INVALID'],
    ['POST', '/endOfDay', { venue: 'delta' }, 404, 'UNKNOWN_VENUE'],
    ['POST', '/stop', { now: true }, 400, 'INVALID'],
    ['POST', '/nothing', {}, 404, 'NOT_FOUND'],
    ['POST', '/ports', {}, 405, 'METHOD_NOT_ALLOWED'],
    ['DELETE', '/switch', {}, 405, 'METHOD_NOT_ALLOWED'],
    ['GET', '/executions?limit=0', undefined, 400, 'INVALID'],
    ['GET', '/executions?venue=delta', undefined, 404, 'UNKNOWN_VENUE'],
    ['GET', '/state?x=1', undefined, 400, 'INVALID'],
  ])('refuses %s %s %j with %i %s', async (method, path, body, status, code) => {
    const { raw } = await control();
    const answer = await raw(method, path, body === undefined ? '' : JSON.stringify(body));
    expect(answer).toMatchObject({ status, body: { error: { code } } });
  });

  it('refuses what is not JSON, too large, or meant for another host', async () => {
    const { raw } = await control();
    expect(await raw('POST', '/rate', '{')).toMatchObject({
      status: 400,
      body: { error: { code: 'NOT_JSON' } },
    });
    expect(await raw('POST', '/rate', 'x'.repeat(65 * 1024))).toMatchObject({ status: 413 });
    expect(await raw('GET', '/state', '', { host: 'example.test' })).toMatchObject({ status: 403 });
  });
});
