/** What became of a ClOrdID: from its owner, from the tables, or not known yet. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { OrderImage } from '@tidegate/core/order/image';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { Projection } from '@tidegate/platform/journal/projection';
import { connectDatabase, type Database } from '@tidegate/platform/sql/database';
import { silentLog, startTestServer, type TestServer } from '@tidegate/platform/testing/database';
import type { OrderAnswer, OrderQuery, RecordedEvent } from '@tidegate/wire/commands';
import type { OrderView } from '@tidegate/wire/orders';
import { queryTopic } from '@tidegate/wire/topics';
import { refusedOrderView } from '@tidegate/wire/views';
import { OrderLookup } from './order.lookup.ts';

let server: TestServer;
let database: Database;
let projection: Projection;
let bus: MemoryBus;
let lookup: OrderLookup;
let asked: OrderQuery[];

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server?.stop();
});
beforeEach(async () => {
  database = connectDatabase({ url: await server.createDatabase(), log: silentLog });
  projection = new Projection(database);
  bus = new MemoryBus({ freeze: true });
  asked = [];
  const configuration = {
    current: { firms: new Map([['acme', {}]]), instruments: new Map() },
  } as unknown as Configuration;
  lookup = new OrderLookup({ bus, configuration, projection });
});
afterEach(async () => {
  await bus.close();
  await database.close();
});

const answers = (answer: OrderAnswer) =>
  bus.respond(queryTopic('acme'), (query) => {
    asked.push(query);
    return answer;
  });

const refused = (clOrdId: string, code: string, sequence: number, client = 'trader'): OrderView =>
  refusedOrderView(
    'acme',
    {
      sequence,
      atMs: 1_800_000_000_000,
      event: {
        type: 'orderRefused',
        origin: { channel: 'rest', client },
        account: 'main',
        clOrdId,
        instrument: 'EURUSD',
        side: 'buy',
        quantity: 100,
        quantityScale: 2,
        code,
        text: 'because',
      } as unknown as RecordedEvent['event'],
    },
    (id) => ({ symbol: id, quoteCurrency: '' }),
  )!;

let cursor = 0;
beforeEach(() => {
  cursor = 0;
});
async function project(sequence: number, ...orders: OrderView[]): Promise<void> {
  await projection.applyBatch('acme', cursor, { sequence, orders, executions: [], positions: [] });
  cursor = sequence;
}
const find = (clOrdId: string) => lookup.findByClOrdId('acme', 'trader', clOrdId);

it('is what the owner says of it', async () => {
  const order = {
    orderId: 'acme.1',
    origin: { channel: 'rest', client: 'trader' },
    clOrdId: 'a',
    instrument: 'EURUSD',
    orderType: 'market',
    status: 'filled',
    quantity: 100,
    filled: 100,
    leaves: 0,
    notional: '10852000',
    createdAtMs: 1_800_000_000_000,
    updatedAtMs: 1_800_000_000_000,
    priceScale: 5,
    quantityScale: 2,
  } as unknown as OrderImage;
  answers({ found: true, order, sequence: 7 });
  expect(await find('a')).toMatchObject({ orderId: 'acme.1', status: 'filled', sequence: 7 });
  expect(asked).toEqual([{ partition: 'acme', client: 'trader', clOrdId: 'a' }]);
});

it('is the refusal that the tables have, of this sender only', async () => {
  answers({ found: false, code: 'UNKNOWN_ORDER', sequence: 2 });
  await project(2, refused('a', 'TOO_LATE', 1), refused('b', 'TOO_LATE', 2, 'other'));
  expect(await find('a')).toMatchObject({ status: 'rejected', code: 'TOO_LATE' });
  expect(await find('b')).toBe('unknown');
});

it('is of the first that had the name, not of those that were refused for it', async () => {
  answers({ found: false, code: 'PARTITION_STARTING' });
  const filled = { ...refused('a', '', 2), orderId: 'acme.1', status: 'filled', code: null } as const;
  await project(3, refused('a', 'TOO_LATE', 1), filled, refused('a', 'DUPLICATE_CLORDID', 3));
  expect(await find('a')).toMatchObject({ orderId: 'acme.1' });
  await project(5, refused('b', 'TOO_LATE', 4), refused('b', 'DUPLICATE_CLORDID', 5));
  expect(await find('b')).toMatchObject({ code: 'TOO_LATE' });
});

it('by its OrderID is in the tables, once they are where an owner is that has forgotten it', async () => {
  answers({ found: false, code: 'UNKNOWN_ORDER', sequence: 5 });
  const order = { ...refused('a', '', 5), orderId: 'acme.1', status: 'filled', code: null } as const;
  await project(4);
  const found = lookup.find('acme.1', 'acme');
  await project(5, order);
  expect(await found).toMatchObject({ orderId: 'acme.1', status: 'filled' });
  expect(await lookup.find('acme.2', 'acme')).toBeUndefined();
  expect(await lookup.find('acme.1', 'other')).toBeUndefined();
});

it('waits until the tables are where the owner is before it calls a name unknown', async () => {
  answers({ found: false, code: 'UNKNOWN_ORDER', sequence: 5 });
  await project(4);
  const found = find('a');
  await project(5, refused('a', 'TOO_LATE', 5));
  expect(await found).toMatchObject({ code: 'TOO_LATE' });
  expect(await find('never')).toBe('unknown');
});

it('is not confirmed while the owner is silent, or the tables stay behind it', async () => {
  answers({ found: false, code: 'PARTITION_STARTING' });
  expect(await find('a')).toBe('unconfirmed');
  await bus.close();
  bus = new MemoryBus({ freeze: true });
  lookup = new OrderLookup({
    bus,
    configuration: {
      current: { firms: new Map([['acme', {}]]), instruments: new Map() },
    } as unknown as Configuration,
    projection,
  });
  answers({ found: false, code: 'UNKNOWN_ORDER', sequence: 9 });
  expect(await find('a')).toBe('unconfirmed');
});
