/** The projected tables against a real database. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  executionView,
  orderView,
  positionView,
  type ExecutionView,
  type OrderView,
  type PositionView,
} from '@tidegate/wire/orders';
import { connectDatabase, type Database } from '../sql/database.ts';
import { Projection } from './projection.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';

let test: TestServer;
let database: Database;
let projection: Projection;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(async () => {
  await test.stop();
});
beforeEach(async () => {
  database = connectDatabase({ url: await test.createDatabase(), log: silentLog });
  projection = new Projection(database);
});
afterEach(async () => {
  await database.close();
});

const at = (second: number) => new Date(1_760_000_000_123 + 1_000 * second).toISOString();
const order = (firm: string, number: number, more: Partial<OrderView> = {}): OrderView =>
  orderView.parse({
    orderId: `${firm}.${number}`,
    clOrdId: `c${number}`,
    client: 'FIX1',
    channel: 'fix',
    firm,
    account: 'main',
    trader: 'ann',
    instrument: 'EURUSD',
    symbol: 'EUR/USD',
    side: 'buy',
    type: 'limit',
    price: '1.08230',
    quantity: '1000000.00',
    timeInForce: 'day',
    status: 'new',
    filledQuantity: '0.00',
    leavesQuantity: '1000000.00',
    averagePrice: null,
    code: null,
    text: '',
    unknown: false,
    createdAt: at(number),
    updatedAt: at(number),
    sequence: number,
    ...more,
  });
const execution = (firm: string, number: number): ExecutionView =>
  executionView.parse({
    execId: `${firm}-${number}`,
    execType: number % 5 === 4 ? 'cancel' : 'trade',
    execRefId: number % 5 === 4 ? `${firm}-${number - 1}` : null,
    orderId: `${firm}.1`,
    clOrdId: 'c1',
    firm,
    account: 'main',
    trader: 'tom',
    channel: 'ui',
    client: 'rita',
    instrument: 'EURUSD',
    symbol: 'EUR/USD',
    side: 'buy',
    quantity: '0.10',
    price: '99999999999999999999.123456789012',
    valueDate: number % 5 === 4 ? null : '2026-11-30',
    venue: 'lp1',
    venueExecId: `v${number}`,
    at: at(Math.floor(number / 3)),
    sequence: number,
  });
const position = (firm: string, instrument: string, quantity: string, sequence: number): PositionView =>
  positionView.parse({
    firm,
    account: 'main',
    instrument,
    symbol: instrument,
    quantity,
    averagePrice: '1.1',
    realizedPnl: '-12.345',
    quoteCurrency: 'USD',
    changedAt: null,
    sequence,
  });
const none = { orders: [], executions: [], positions: [] };

async function pages<T>(
  read: (before?: string) => Promise<{ items: readonly T[]; next: string | null }>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (let before: string | undefined; ;) {
    const { items, next } = await read(before);
    all.push(...items);
    if (next === null) return all;
    before = next;
  }
}

describe('projection', () => {
  it('gives back exactly what was written, the last image of each row', async () => {
    const filled = order('alpha', 1, {
      status: 'filled',
      averagePrice: '1.082305',
      text: 'it\'s "done" \u0000 \ud83d',
      sequence: 3,
    });
    expect(
      await projection.applyBatch('alpha', 0, {
        sequence: 3,
        orders: [order('alpha', 1), order('alpha', 2), filled],
        executions: [execution('alpha', 1)],
        positions: [position('alpha', 'EURUSD', '-5.00', 3)],
      }),
    ).toEqual({ applied: true, cursor: 3 });
    expect(await projection.order('alpha.1')).toEqual({ ...filled, text: 'it\'s "done" \ufffd \ufffd' });
    expect(await projection.order('alpha.9')).toBeUndefined();
    expect((await projection.executions({ limit: 10 })).items).toEqual([execution('alpha', 1)]);
    expect(await projection.positions()).toEqual([position('alpha', 'EURUSD', '-5.00', 3)]);
    expect(await projection.cursors()).toEqual(new Map([['alpha', 3]]));
  });

  it('counts each event once: a batch from another cursor changes nothing and tells the cursor', async () => {
    const batch = { ...none, sequence: 2, orders: [order('alpha', 1), order('alpha', 2)] };
    expect(await projection.applyBatch('alpha', 0, batch)).toEqual({ applied: true, cursor: 2 });
    expect(await projection.applyBatch('alpha', 0, batch)).toEqual({ applied: false, cursor: 2 });
    expect(await projection.applyBatch('alpha', 5, { ...batch, sequence: 9 })).toEqual({
      applied: false,
      cursor: 2,
    });
    const rivals = await Promise.all(
      [7, 8].map(async (sequence) => projection.applyBatch('alpha', 2, { ...none, sequence })),
    );
    expect(rivals.filter(({ applied }) => applied)).toHaveLength(1);
    expect(rivals[0]!.cursor).toBe(rivals[1]!.cursor);
  });

  it('writes nothing when a part of the batch fails', async () => {
    const broken = { ...order('alpha', 2), quantity: 'not a number' };
    await expect(
      projection.applyBatch('alpha', 0, {
        ...none,
        sequence: 2,
        executions: [execution('alpha', 1)],
        orders: [order('alpha', 1), broken],
      }),
    ).rejects.toThrow();
    expect((await projection.orders({ limit: 10 })).items).toEqual([]);
    expect(await projection.cursors()).toEqual(new Map());
  });
});

describe('projection, read and rebuilt', () => {
  it('never puts an older image over a newer one', async () => {
    await projection.applyBatch('alpha', 0, {
      ...none,
      sequence: 5,
      positions: [position('alpha', 'EURUSD', '5', 5)],
    });
    await projection.applyBatch('alpha', 5, {
      ...none,
      sequence: 6,
      positions: [position('alpha', 'EURUSD', '4', 4)],
    });
    expect((await projection.positions({ firm: 'alpha' }))[0]?.quantity).toBe('5');
  });

  it('pages newest first without gap or repetition, for a firm, an account, open orders or all', async () => {
    const batch = (firm: string) => ({
      sequence: 100,
      positions: [position(firm, 'EURUSD', '1', 1), position(firm, 'GBPUSD', '1', 1)],
      orders: Array.from({ length: 25 }, (_, index) =>
        order(firm, index, {
          createdAt: at(Math.floor(index / 4)),
          account: index % 5 === 0 ? 'second' : 'main',
          status: (['new', 'filled', 'pendingCancel', 'rejected', 'partiallyFilled'] as const)[index % 5]!,
        }),
      ),
      executions: Array.from({ length: 25 }, (_, index) => execution(firm, index)),
    });
    for (const firm of ['alpha', 'beta']) await projection.applyBatch(firm, 0, batch(firm));
    const scopes = [
      {},
      { firm: 'alpha' },
      { firm: 'alpha', account: 'second' },
      { firm: 'beta', open: true },
      { open: true },
    ];
    const counts: number[] = [];
    for (const scope of scopes) {
      const whole = (await projection.orders({ ...scope, limit: 500 })).items;
      expect(
        await pages(async (before) =>
          projection.orders({ ...scope, limit: 4, ...(before === undefined ? {} : { before }) }),
        ),
      ).toEqual(whole);
      expect(whole.map(({ createdAt }) => createdAt)).toEqual(
        whole
          .map(({ createdAt }) => createdAt)
          .sort()
          .reverse(),
      );
      counts.push(new Set(whole.map(({ orderId }) => orderId)).size);
    }
    expect(counts).toEqual([50, 25, 5, 15, 30]);
    for (const scope of [{}, { firm: 'beta' }]) {
      const whole = (await projection.executions({ ...scope, limit: 500 })).items;
      expect(
        await pages(async (before) =>
          projection.executions({ ...scope, limit: 7, ...(before === undefined ? {} : { before }) }),
        ),
      ).toEqual(whole);
    }
    expect(await projection.positions({ firm: 'beta' })).toHaveLength(2);
    await expect(projection.orders({ limit: 1, before: 'eyJ9' })).rejects.toMatchObject({
      code: 'INVALID_CURSOR',
    });
  });
});

describe('names that orders had', () => {
  const name = (clOrdId: string, number: number, wasOrder: boolean) => ({
    ...{ firm: 'alpha', client: order('alpha', number).client, clOrdId, wasOrder },
    ...{ orderId: `alpha.${number}`, sequence: number },
  });
  const found = async (clOrdId: string) => {
    const { client } = order('alpha', 1);
    return (await projection.orderByClOrdId('alpha', client, clOrdId))?.orderId;
  };

  it('find them: before a replace, of a cancel, and never against the order that has the name', async () => {
    await projection.applyBatch('alpha', 0, {
      ...none,
      sequence: 4,
      orders: [1, 2].map((number) => order('alpha', number)),
      names: [
        ...[name('first', 1, true), name('cancel', 1, false), name('taken', 1, false)],
        ...[name('taken', 2, true), name('cancel', 2, false), name(order('alpha', 2).clOrdId, 1, false)],
      ],
    });
    expect([await found('first'), await found('cancel'), await found('taken')]).toEqual([
      'alpha.1',
      'alpha.1',
      'alpha.2',
    ]);
    expect(await found(order('alpha', 2).clOrdId)).toBe('alpha.2');
    expect(await found('never')).toBeUndefined();
    await projection.rebuild();
    expect(await found('first')).toBeUndefined();
  });
});

describe('projection, large and empty', () => {
  it('is empty after a rebuild was asked for, cursors too', async () => {
    await projection.applyBatch('alpha', 0, { ...none, sequence: 1, orders: [order('alpha', 1)] });
    await projection.rebuild();
    expect(await projection.cursors()).toEqual(new Map());
    expect((await projection.orders({ limit: 10 })).items).toEqual([]);
    expect(
      await projection.applyBatch('alpha', 0, { ...none, sequence: 1, orders: [order('alpha', 1)] }),
    ).toEqual({ applied: true, cursor: 1 });
  });

  it('counts open orders of a firm, an account and a client', async () => {
    const all = await projection.openOrderCount({});
    const listed = (await projection.orders({ limit: 500, open: true })).items;
    expect(all).toBe(listed.length);
    for (const { firm, account, client } of listed.slice(0, 3)) {
      const same = listed.filter(
        (one) => one.firm === firm && one.account === account && one.client === client,
      );
      expect(await projection.openOrderCount({ firm, account, client })).toBe(same.length);
    }
  });

  it('writes thousands of rows in a handful of statements and finds open orders by index', async () => {
    const orders = Array.from({ length: 5_000 }, (_, index) =>
      order('alpha', index, { status: index % 100 === 0 ? 'new' : 'filled' }),
    );
    await projection.applyBatch('alpha', 0, { ...none, sequence: 5_000, orders });
    await database.pool.query('ANALYZE order_view');
    const { rows } = await database.pool.query<Record<string, string>>(`EXPLAIN SELECT * FROM order_view
      WHERE firm = 'alpha' AND status IN ('new', 'partiallyFilled', 'pendingCancel')
      ORDER BY created_at DESC, firm DESC, order_id DESC LIMIT 101`);
    expect(rows.map((row) => Object.values(row)[0]).join('\n')).toContain('order_view_open');
    const newest = await database.pool.query<Record<string, string>>(`EXPLAIN SELECT * FROM order_view
      WHERE firm = 'alpha' AND account = 'main'
        AND (created_at, order_id) < ('2026-01-01T00:00:00Z', 'alpha.7')
      ORDER BY created_at DESC, firm DESC, order_id DESC LIMIT 101`);
    const plan = newest.rows.map((row) => Object.values(row)[0]).join('\n');
    expect(plan).toContain('Index Scan Backward');
  });
});
