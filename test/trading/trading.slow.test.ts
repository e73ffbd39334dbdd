/** The order journey and the price journey, the same tests for every deployment. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionView, OrderView, PositionView } from '@tidegate/wire/orders';
import type { PriceView } from '@tidegate/wire/prices';
import { FixClient } from '@tidegate/sim/client';
import { eventually, signIn, type RestClient } from '../platform.ts';
import { deployments, type Deployment } from './deployments.ts';
import { StreamReader } from './stream.ts';

interface Page<T> {
  readonly items: readonly T[];
}

describe.each(deployments)('trading in %s', (_name, start) => {
  let deployment: Deployment;
  let rest: RestClient;
  let client: FixClient;
  let stream: StreamReader;

  beforeAll(async () => {
    deployment = await start();
    rest = await signIn(deployment.http);
    stream = await StreamReader.open(deployment.http, rest.token);
    client = await new FixClient({
      port: deployment.ports['port-02']!,
      senderCompId: 'DEMO1',
      targetCompId: 'TIDEGATE',
      username: 'DEMO1',
      password: 'demo-only',
    }).logOn();
    await eventually(async () => {
      const { body } = await rest.get('/api/v1/prices');
      return (body as PriceView[]).filter(({ state }) => state === 'live').length >= 12 ? true : undefined;
    }, 'live prices of all instruments');
  }, 120_000);

  afterAll(async () => {
    stream?.close();
    await client?.stop();
    await deployment?.stop();
  }, 60_000);

  const position = async (firm: string, instrument: string): Promise<PositionView | undefined> => {
    const { body } = await rest.get('/api/v1/positions');
    return (body as PositionView[]).find((row) => row.firm === firm && row.instrument === instrument);
  };

  const setStale = async (symbol: string, on: boolean): Promise<void> => {
    for (const { venue } of deployment.simulator.providers) {
      await deployment.simulator.post('/switch', { venue, switch: 'stale', on, symbol });
    }
  };

  it('streams prices: a snapshot, then updates with ten levels and their sources', async () => {
    stream.send({ op: 'subscribe', id: 'p', channel: 'prices', instruments: ['EURUSD'], depth: 10 });
    const first = await stream.until(
      (message) =>
        message.op === 'snapshot' && message.id === 'p' ? (message.data as PriceView[])[0] : undefined,
      'a snapshot of prices',
    );
    const next = await stream.until(
      (message) =>
        message.op === 'update' && message.id === 'p' ? (message.data as PriceView[])[0] : undefined,
      'an update of prices',
    );
    expect(next.sequence).toBeGreaterThan(first.sequence);
    expect(next.bids).toHaveLength(10);
    expect(new Set(next.asks.map(([, , venue]) => venue)).size).toBeGreaterThan(1);
    expect(Number(next.bids[0]![0])).toBeLessThan(Number(next.asks[0]![0]) + 0.001);
    stream.send({ op: 'unsubscribe', id: 'p' });
  });

  it('takes an order by REST to a fill, a position and the stream', async () => {
    for (const channel of ['orders', 'executions', 'positions'] as const) {
      stream.send({ op: 'subscribe', id: channel, channel });
    }
    const submitted = await rest.post('/api/v1/orders', {
      clOrdId: 'rest-1',
      instrument: 'EURUSD',
      side: 'buy',
      type: 'market',
      quantity: '250000',
      timeInForce: 'ioc',
    });
    expect(submitted.status).toBe(201);
    const { orderId } = submitted.body as { orderId: string };
    const filled = await stream.until(
      (message) =>
        'channel' in message && message.channel === 'orders'
          ? message.data.find((order) => order.orderId === orderId && order.status === 'filled')
          : undefined,
      'the filled order',
    );
    expect(Number(filled.filledQuantity)).toBe(250_000);
    const row = await eventually(async () => {
      const found = await position('house', 'EURUSD');
      return found !== undefined && Number(found.quantity) === 250_000 ? found : undefined;
    }, 'the position');
    expect(Number(row.averagePrice)).toBeCloseTo(Number(filled.averagePrice), 4);
    const { body } = await rest.get('/api/v1/executions');
    const executions = (body as Page<ExecutionView>).items.filter((one) => one.orderId === orderId);
    expect(executions.reduce((sum, one) => sum + Number(one.quantity), 0)).toBe(250_000);
  });

  it('sweeps several providers when the size needs them', async () => {
    client.order({
      clOrdId: 'sweep-1',
      symbol: 'EUR/USD',
      side: 'sell',
      quantity: '20000000',
      timeInForce: 'ioc',
    });
    await client.ended('sweep-1');
    const venues = await eventually(async () => {
      const { body } = await rest.get('/api/v1/executions?limit=50');
      const fills = (body as Page<ExecutionView>).items.filter(({ clOrdId }) => clOrdId === 'sweep-1');
      const found = new Set(fills.map(({ venue }) => venue));
      return found.size > 1 ? found : undefined;
    }, 'fills at several providers in the tables');
    expect(venues.size).toBeGreaterThan(1);
  });

  it('rests a limit order, replaces it and cancels it, by FIX and by REST', async () => {
    client.order({
      clOrdId: 'r1',
      symbol: 'GBP/USD',
      side: 'buy',
      quantity: '100000',
      price: '1.26000',
      timeInForce: 'gtc',
    });
    await client.report('r1', '0');
    client.replace({
      clOrdId: 'r2',
      origClOrdId: 'r1',
      symbol: 'GBP/USD',
      side: 'buy',
      quantity: '200000',
      price: '1.26100',
    });
    await client.report('r2', '5');
    const order = await eventually(async () => {
      const { body } = await rest.get('/api/v1/orders?open=true');
      return (body as Page<OrderView>).items.find(({ clOrdId }) => clOrdId === 'r2');
    }, 'the replaced order in the tables');
    expect(order).toMatchObject({ quantity: '200000.00', price: '1.26100', status: 'new', firm: 'demo1' });
    const canceled = await rest.post(`/api/v1/orders/${order.orderId}/cancel`, { clOrdId: 'rest-cancel-1' });
    expect(canceled.status).toBe(200);
    await client.report('r2', '4');
  });

  it('refuses what risk refuses, with the code, by FIX and by REST', async () => {
    client.order({
      clOrdId: 'collar',
      symbol: 'EUR/USD',
      side: 'buy',
      quantity: '1000',
      price: '9.00000',
      timeInForce: 'ioc',
    });
    const report = await client.report('collar', '8');
    expect(report.fields.get(58)).toContain('PRICE_OUTSIDE_COLLAR');
    const answer = await rest.post('/api/v1/orders', {
      clOrdId: 'big',
      instrument: 'EURUSD',
      side: 'buy',
      type: 'market',
      quantity: '999999999',
      timeInForce: 'ioc',
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'QUANTITY_TOO_LARGE' } });
    await eventually(async () => {
      const { body } = await rest.get('/api/v1/events');
      return (body as Page<{ kind: string; text: string }>).items.find(
        ({ kind, text }) => kind === 'riskRefusal' && text.includes('QUANTITY_TOO_LARGE'),
      );
    }, 'the refusal as a system event');
  });

  it('marks prices stale when every provider is silent, and refuses to trade on them', async () => {
    await setStale('NZD/USD', true);
    await eventually(async () => {
      const { body } = await rest.get('/api/v1/prices');
      return (body as PriceView[]).find(
        ({ instrument, state }) => instrument === 'NZDUSD' && state === 'stale',
      );
    }, 'a stale price');
    client.order({ clOrdId: 'stale', symbol: 'NZD/USD', side: 'buy', quantity: '1000', timeInForce: 'ioc' });
    const ended = await client.ended('stale');
    expect(ended.fields.get(58)).toMatch(/NO_LIQUIDITY|NO_REFERENCE_PRICE/);
    await setStale('NZD/USD', false);
  });

  it('keeps an unanswered order unknown until the provider says', async () => {
    const silent = { venue: 'alpha', switch: 'silentOrders', symbol: 'USD/CAD' };
    await deployment.simulator.post('/switch', { ...silent, on: true, fate: 'execute' });
    // One venue quotes, and its price stands still: an order that takes it at once can't come too late.
    await setStale('USD/CAD', true);
    await eventually(async () => {
      const quote = { bids: [['1.36490', '1000000']], asks: [['1.36510', '1000000']] };
      await deployment.simulator.post('/tick', { venue: 'alpha', symbol: 'USD/CAD', ...quote });
      const { body } = await rest.get('/api/v1/prices');
      const price = (body as PriceView[]).find(({ instrument }) => instrument === 'USDCAD');
      const [best, ...others] = price?.asks ?? [];
      return best?.[2] === 'alpha' && Number(best[0]) === 1.3651 && others.length === 0 ? true : undefined;
    }, 'USD/CAD from alpha alone');
    client.order({
      clOrdId: 'silent',
      symbol: 'USD/CAD',
      side: 'buy',
      quantity: '100000',
      timeInForce: 'ioc',
    });
    await eventually(async () => {
      const { body } = await rest.get('/api/v1/orders?open=true');
      return (body as Page<OrderView>).items.find(({ clOrdId, unknown }) => clOrdId === 'silent' && unknown);
    }, 'the order shown as unknown');
    await deployment.simulator.post('/switch', { ...silent, on: false });
    const done = await client.ended('silent');
    expect(done.fields.get(150)).toBe('F');
    expect(Number(done.fields.get(14))).toBe(100_000);
    await setStale('USD/CAD', false);
  });

  it('halts a firm: open orders are cancelled, new ones refused; then releases it', async () => {
    client.order({
      clOrdId: 'h1',
      symbol: 'GBP/USD',
      side: 'buy',
      quantity: '100000',
      price: '1.26000',
      timeInForce: 'gtc',
    });
    await client.report('h1', '0');
    const halt = await rest.post('/api/v1/trading-state', { firm: 'demo1', state: 'halted', reason: 'test' });
    expect(halt.status).toBe(200);
    await client.report('h1', '4');
    client.order({ clOrdId: 'h2', symbol: 'GBP/USD', side: 'buy', quantity: '100000', timeInForce: 'ioc' });
    expect((await client.report('h2', '8')).fields.get(58)).toContain('TRADING_HALTED');
    expect(
      (await rest.post('/api/v1/trading-state', { firm: 'demo1', state: 'active', reason: 'test over' }))
        .status,
    ).toBe(200);
    client.order({ clOrdId: 'h3', symbol: 'GBP/USD', side: 'buy', quantity: '100000', timeInForce: 'ioc' });
    await client.report('h3', 'F');
  });

  it('serves health, readiness and metrics in every process', async () => {
    for (const { ready } of Object.values(deployment.processes)) {
      expect((await fetch(new URL('/health/live', ready.http))).status).toBe(200);
      expect((await fetch(new URL('/health/ready', ready.http))).status).toBe(200);
      expect(await (await fetch(new URL('/metrics', ready.ops))).text()).toContain('process_cpu');
    }
  });

  it('stops within five seconds and leaves no process behind', async () => {
    const pids = Object.values(deployment.processes).map(({ child }) => child.pid!);
    const codes = await Promise.all(Object.values(deployment.processes).map((one) => one.stop()));
    expect(codes.every((code) => code === 0)).toBe(true);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
  });
});
