/** The tables equal the journal: live, after a lost answer, and when they are built again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderImage, PositionImage } from '@tidegate/core/order/image';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { systemClock } from '@tidegate/platform/observe/clock';
import { connectDatabase, type Database } from '@tidegate/platform/sql/database';
import { MemoryJournal } from '@tidegate/platform/journal/journal.memory';
import { Projection } from '@tidegate/platform/journal/projection';
import { silentLog, startTestServer, type TestServer } from '@tidegate/platform/testing/database';
import { until } from '@tidegate/platform/testing/until';
import type { RecordedEvent } from '@tidegate/wire/commands';
import { headTopic } from '@tidegate/wire/topics';
import { changesOf, Projector } from './projector.ts';

const image = (number: number, filled: number): OrderImage => ({
  orderId: `acme.${number}`,
  origin: { channel: 'fix', client: 'c@1' },
  account: 'main',
  trader: 'c',
  clOrdId: `o${number}`,
  instrument: 'EURUSD',
  side: 'buy',
  orderType: 'limit',
  price: 108_520,
  quantity: 100_00,
  timeInForce: 'gtc',
  status: filled === 100_00 ? 'filled' : 'new',
  filled,
  leaves: 100_00 - filled,
  notional: String(filled * 108_520),
  unknown: false,
  text: '',
  createdAtMs: 1_800_000_000_000,
  updatedAtMs: 1_800_000_000_000 + filled,
  priceScale: 5,
  quantityScale: 2,
});

const position = (quantity: number): PositionImage => ({
  account: 'main',
  instrument: 'EURUSD',
  quantity,
  cost: String(quantity * 108_520),
  realized: '0',
  priceScale: 5,
  quantityScale: 2,
});

const accepted = (number: number): RecordedEvent => ({
  event: { type: 'orderAccepted', orderId: `acme.${number}` } as RecordedEvent['event'],
  order: image(number, 0),
});

const filled = (number: number): RecordedEvent => ({
  event: {
    type: 'routeFilled',
    orderId: `acme.${number}`,
    routeId: `acme.${number}.1`,
    commandId: `x${number}`,
    venue: 'alpha',
    venueExecId: `x${number}`,
    quantity: 100_00,
    venuePrice: 108_519,
    clientPrice: 108_520,
  },
  order: image(number, 100_00),
  position: position(number * 100_00),
});

const takenBack = (number: number, type: 'tradeBusted' | 'tradeCorrected'): RecordedEvent => ({
  event: {
    type,
    orderId: `acme.${number}`,
    routeId: `acme.${number}.1`,
    commandId: `${type}${number}`,
    venue: 'alpha',
    venueExecId: `x${number}`,
    refSequence: 2,
    quantity: 60_00,
    venuePrice: 108_518,
    clientPrice: 108_519,
    ...(type === 'tradeBusted' ? {} : { quantityBefore: 100_00, clientPriceBefore: 108_520 }),
  } as RecordedEvent['event'],
  order: image(number, 60_00),
  position: position(60_00),
});

describe('projector', () => {
  let server: TestServer;
  let database: Database;
  let projection: Projection;
  const bus = new MemoryBus({ freeze: true });
  const journal = new MemoryJournal();
  let epoch = 0;
  let head = 0;

  beforeAll(async () => {
    server = await startTestServer();
    database = connectDatabase({ url: await server.createDatabase(), log: silentLog });
    projection = new Projection(database);
    epoch = (await journal.claim('acme', 'test')).epoch;
  });

  afterAll(async () => {
    await bus.close();
    await database?.close();
    await server?.stop();
  });

  const append = async (...bodies: RecordedEvent[]): Promise<void> => {
    const events = bodies.map((body) => ({ type: body.event.type, atMs: 1_800_000_000_000, body }));
    await journal.append({ partition: 'acme', epoch, firstSequence: head + 1, events });
    head += bodies.length;
    // Owners repeat their head; a follower goes to the journal when two in a row show it behind.
    for (let told = 0; told < 2; told += 1)
      bus.publish(headTopic('acme'), { partition: 'acme', sequence: head, epoch });
  };

  const configuration = {
    onChange: () => () => undefined,
    current: {
      firms: new Map([['acme', {}]]),
      instruments: new Map([['EURUSD', { symbol: 'EUR/USD', quoteCurrency: 'USD' }]]),
    },
  } as unknown as Configuration;

  const cursor = async (): Promise<number> => (await projection.cursors()).get('acme') ?? 0;
  const reaches = async (sequence: number): Promise<void> => {
    let at = -1;
    await until(() => {
      void cursor().then((value) => {
        at = value;
      });
      return at >= sequence;
    });
  };

  it('writes orders, executions and positions as they are after the last event', async () => {
    await append(accepted(1), filled(1), accepted(2));
    const projector = new Projector({
      bus,
      clock: systemClock,
      journal,
      configuration,
      projection,
      log: silentLog,
    });
    await projector.start();
    await reaches(3);
    await append(filled(2));
    await reaches(4);
    await projector.stop();
    const { items } = await projection.orders({ limit: 10 });
    expect(items.map(({ orderId, status, averagePrice }) => [orderId, status, averagePrice]).sort()).toEqual([
      ['acme.1', 'filled', '1.0852'],
      ['acme.2', 'filled', '1.0852'],
    ]);
    expect((await projection.executions({ limit: 10 })).items.map(({ execId }) => execId).sort()).toEqual([
      'acme-2',
      'acme-4',
    ]);
    expect(await projection.positions()).toMatchObject([{ quantity: '200.00', averagePrice: '1.0852' }]);
  });

  it('keeps what orders were called by, and requests for them', () => {
    const at = (sequence: number, event: object) => ({
      ...{ sequence, atMs: 0, order: image(1, 0) },
      event: event as RecordedEvent['event'],
    });
    const { client } = image(1, 0).origin;
    const { names } = changesOf(
      'acme',
      [
        at(1, { type: 'orderReplaced', clOrdId: 'o2', origClOrdId: 'o1' }),
        at(2, { type: 'cancelRequested', clOrdId: 'x1' }),
        at(3, { type: 'cancelRequested', clOrdId: '' }),
        at(4, { type: 'changeRefused', clOrdId: 'x2', origin: { channel: 'fix', client: 'other' } }),
        { ...at(5, { type: 'changeRefused', clOrdId: 'x3' }), order: undefined } as never,
      ],
      () => ({ symbol: 'EUR/USD', quoteCurrency: 'USD' }),
    );
    const of = { firm: 'acme', orderId: 'acme.1' };
    expect(names).toEqual([
      { ...of, client, clOrdId: 'o1', sequence: 1, wasOrder: true },
      { ...of, client, clOrdId: 'x1', sequence: 2, wasOrder: false },
      { ...of, client: 'other', clOrdId: 'x2', sequence: 4, wasOrder: false },
    ]);
  });

  it('goes on where it stopped, and builds everything again after a rebuild', async () => {
    const projector = new Projector({
      bus,
      clock: systemClock,
      journal,
      configuration,
      projection,
      log: silentLog,
    });
    await projector.start();
    await projection.rebuild();
    await append(accepted(3), filled(3));
    await reaches(6);
    await projector.stop();
    expect((await projection.orders({ limit: 10 })).items).toHaveLength(3);
    expect((await projection.executions({ limit: 10 })).items).toHaveLength(3);
    expect(await projection.positions()).toMatchObject([{ quantity: '300.00' }]);
  });

  it('shows what was taken back or corrected with the trade it is about, also built anew', async () => {
    const shown = async () => {
      const { items } = await projection.executions({ limit: 10 });
      const changes = items.filter(({ execType }) => execType !== 'trade');
      return changes.map((one) => [one.execId, one.execType, one.execRefId, one.quantity, one.price]).sort();
    };
    const expected = [
      ['acme-7', 'correct', 'acme-2', '60.00', '1.08519'],
      ['acme-8', 'cancel', 'acme-2', '60.00', '1.08519'],
    ];
    const projector = new Projector({
      bus,
      clock: systemClock,
      journal,
      configuration,
      projection,
      log: silentLog,
    });
    await projector.start();
    await append(takenBack(1, 'tradeCorrected'), takenBack(1, 'tradeBusted'));
    await reaches(8);
    expect(await shown()).toEqual(expected);
    await projection.rebuild();
    await append(accepted(4));
    await reaches(9);
    await projector.stop();
    expect(await shown()).toEqual(expected);
    const trades = (await projection.executions({ limit: 10 })).items.filter(
      (one) => one.execType === 'trade',
    );
    expect(trades.map(({ execRefId }) => execRefId)).toEqual([null, null, null]);
    const who = { trader: 'c', channel: 'fix', client: 'c@1' };
    for (const one of trades) expect(one).toMatchObject({ ...who, valueDate: '2027-01-19' });
    const others = (await projection.executions({ limit: 10 })).items.filter(
      (one) => one.execType !== 'trade',
    );
    for (const one of others) expect(one).toMatchObject({ ...who, valueDate: null });
    expect(others).toHaveLength(2);
  });
});
