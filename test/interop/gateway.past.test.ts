/**
 * Order status requests for orders that their owner has forgotten: the tables say where the journal has them.
 */
import type { OrderImage } from '@tidegate/core/order/image';
import type { OrderView } from '@tidegate/wire/orders';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { areTold, LoneGateway, type Client } from './gateway.alone.ts';

const image: OrderImage = {
  orderId: 'acme.7',
  number: 7,
  origin: { channel: 'fix', client: 'acme@port-02' },
  account: 'acme-main',
  trader: '',
  clOrdId: 'third',
  instrument: 'EURUSD',
  side: 'buy',
  orderType: 'limit',
  price: 108_000,
  quantity: 100,
  timeInForce: 'day',
  status: 'canceled',
  filled: 40,
  leaves: 0,
  notional: '4320000',
  unknown: false,
  text: '',
  createdAtMs: 1_800_000_000_000,
  updatedAtMs: 1_800_000_001_000,
  priceScale: 5,
  quantityScale: 0,
} as OrderImage;
const listed = { firm: 'acme', orderId: 'acme.7', sequence: 31 } as OrderView;

let desk: LoneGateway;
let client: Client;
beforeEach(async () => {
  desk = new LoneGateway();
  await desk.start(['acme']);
  desk.tables.cursors = () => Promise.resolve(new Map([['acme', 40]]));
  desk.tables.orderByClOrdId = (_firm, _client, clOrdId) =>
    Promise.resolve(clOrdId === 'first' ? listed : undefined);
  desk.tables.order = (orderId) => Promise.resolve(orderId === 'acme.7' ? listed : undefined);
  desk.answer = ({ lastSequence }) =>
    lastSequence === 31
      ? { found: true, order: image, sequence: 40 }
      : { found: false, code: 'UNKNOWN_ORDER', sequence: 40 };
  client = await desk.logOn('acme');
});
afterEach(() => desk.stop());

/** MsgType, OrdStatus and CumQty of the answer. */
async function asked(clOrdId: string, orderId?: string): Promise<readonly (string | undefined)[]> {
  const before = client.told.length;
  client.initiator.session.send('H', (fields) => {
    fields.text(11, clOrdId).text(55, 'EUR/USD').char(54, '1');
    if (orderId !== undefined) fields.text(37, orderId);
  });
  await areTold(client, before + 1);
  return client.answers[before] as readonly (string | undefined)[];
}

it('are answered as the order ended, by a former ClOrdID or the OrderID', async () => {
  expect(await asked('first')).toEqual(['8', '4', '40']);
  expect(await asked('other', 'acme.7')).toEqual(['8', '4', '40']);
  expect(desk.queries.at(-1)).toEqual({ partition: 'acme', orderId: 'acme.7', lastSequence: 31 });
});

it('say that there is no such order only when the tables have all that there is', async () => {
  expect(await asked('never')).toEqual(['8', '8', '0']);
  desk.tables.cursors = () => Promise.reject(new Error('away'));
  expect((await asked('never'))[0]).toBe('j');
});
