/**
 * Orders that closed so long ago that memory has forgotten them: asked about, and reported on, all the same.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scenario } from '@tidegate/core/order/desk.fixture';
import type { OrderEvent, VenueReport } from '@tidegate/core/order/order';
import { RETENTION, type Retention } from '@tidegate/core/order/partition';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { MemoryJournal } from '@tidegate/platform/journal/journal.memory';
import type { RecordedEvent } from '@tidegate/wire/commands';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PartitionOwner } from './partition.owner.ts';
import { Spool } from './spool.ts';

const partition = 'acme';
let folder: string;
let scenario: Scenario;
let journal: MemoryJournal;
let bus: MemoryBus;
let owner: PartitionOwner;
let errors: unknown[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-past-'));
  scenario = new Scenario();
  scenario.quote('alpha', [108_000, 1_000_000], [108_010, 1_000_000]);
  journal = new MemoryJournal();
  bus = new MemoryBus();
  errors = [];
});

afterEach(async () => {
  await owner.stop();
  await bus.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(retention: Partial<Retention> = {}): Promise<void> {
  owner = new PartitionOwner({
    partition,
    owner: 'test',
    bus,
    journal,
    spool: new Spool(folder, partition),
    market: () => scenario.market,
    clock: { nowMs: () => scenario.utcMs, monoMs: () => scenario.monoMs },
    retention: { ...RETENTION, ...retention },
    onJournal: () => undefined,
    onError: (error) => errors.push(error),
  });
  await owner.start();
}

/** Orders that rest and are canceled. */
async function close(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    scenario.advance(2);
    const order = scenario.submitCommand({ price: 107_000 });
    const canceled = { kind: 'cancel', origin: order.origin, origClOrdId: order.clOrdId } as const;
    const submitted = owner.handle(order);
    const cancel = owner.handle({
      ...canceled,
      commandId: `x${order.commandId}`,
      clOrdId: `X${order.clOrdId}`,
    });
    if (at % 100 === 99) await Promise.all([submitted, cancel]);
  }
}

const report = (routeId: string, what: VenueReport['report'], change: Partial<VenueReport>): VenueReport => ({
  kind: 'venueReport',
  commandId: `alpha:${change.venueExecId}:${what}`,
  venue: 'alpha',
  routeId,
  report: what,
  venueExecId: '',
  venueOrderId: `V-${routeId}`,
  ...change,
});

const fill = (routeId: string, venueExecId: string, lastQuantity: number): VenueReport =>
  report(routeId, 'filled', { venueExecId, lastQuantity, lastPrice: 108_010 });

async function journaled(): Promise<readonly RecordedEvent[]> {
  const records: RecordedEvent[] = [];
  for (let from = 1; ; from += 10_000) {
    const some = await journal.read(partition, from, 10_000);
    records.push(...some.map(({ body }) => body as RecordedEvent));
    if (some.length < 10_000) return records;
  }
}

const typesAfter = async (start: number): Promise<readonly OrderEvent['type'][]> =>
  (await journaled()).slice(start).map(({ event }) => event.type);

/** An immediate order of 100 of which 60 were filled; the venue let the rest go. */
async function partlyFilled(): Promise<string> {
  const { orderId } = (await owner.handle(
    scenario.submitCommand({ clOrdId: 'OLD', timeInForce: 'ioc' }),
  )) as {
    orderId: string;
  };
  await owner.handle(fill(`${orderId}.1`, 'E1', 60));
  await owner.handle(report(`${orderId}.1`, 'canceled', { venueExecId: 'E2' }));
  const { body } = (await journal.read(partition, (await journal.heads()).get(partition)!, 1))[0]!;
  expect((body as RecordedEvent).order?.status).toBe('canceled');
  return orderId;
}

const asked = (query: object) => owner.query({ partition, ...query });

describe('an order that memory has forgotten', () => {
  it('is answered as the journal has it, for who knows from the tables where', async () => {
    await start({ closedOrdersMax: 3 });
    const orderId = await partlyFilled();
    await close(10);
    const ended = { found: true, order: { orderId, status: 'canceled', filled: 60 } };
    const lastSequence = 1 + (await journaled()).findLastIndex(({ order }) => order?.orderId === orderId);
    expect(await asked({ orderId, lastSequence })).toMatchObject(ended);
    for (const query of [{ client: 'CLIENT', clOrdId: 'OLD' }, { orderId }, { orderId, lastSequence: 9 }])
      expect(await asked(query)).toMatchObject({ found: false, code: 'UNKNOWN_ORDER' });
    expect(await asked({ orderId: `${partition}.999` })).toMatchObject({ code: 'UNKNOWN_ORDER' });
    expect(await asked({ client: 'CLIENT', clOrdId: 'never' })).toMatchObject({ code: 'UNKNOWN_ORDER' });
  });

  it('is brought back by a late fill after 2,000 other closed orders, with its names', async () => {
    await start();
    const orderId = await partlyFilled();
    await close(2_001);
    expect(await asked({ client: 'CLIENT', clOrdId: 'OLD' })).toMatchObject({ found: false });
    await owner.handle(fill(`${orderId}.1`, 'E3', 40));
    expect(await asked({ client: 'CLIENT', clOrdId: 'OLD' })).toMatchObject({ order: { filled: 100 } });
    expect(errors).toEqual([]);
  }, 60_000);

  it('takes a late fill and knows those it had, also when forgotten again and replayed', async () => {
    await start({ closedOrdersMax: 3, executionsMax: 4 });
    const orderId = await partlyFilled();
    await close(10);
    const before = (await journaled()).length;
    const late = fill(`${orderId}.1`, 'E3', 40);
    await Promise.all([owner.handle(late), owner.handle(fill(`${orderId}.1`, 'E1', 60))]);
    expect(await typesAfter(before)).toEqual(['orderRevived', 'routeFilled', 'venueReportUnmatched']);
    const { position } = (await journaled()).findLast(({ event }) => event.type === 'routeFilled')!;
    expect(position).toMatchObject({ quantity: 100 });
    await owner.stop();
    await start({ closedOrdersMax: 3, executionsMax: 4 });
    expect(await asked({ orderId })).toMatchObject({ order: { filled: 100 } });
    await close(10);
    const again = (await journaled()).length;
    await owner.handle({ ...late, commandId: 'said again' });
    expect(await typesAfter(again)).toEqual(['orderRevived']);
    expect(await asked({ orderId })).toMatchObject({ order: { filled: 100 } });
    expect(errors).toEqual([]);
  });

  it('takes a bust of a fill that was booked long ago as a case of it', async () => {
    await start({ closedOrdersMax: 3 });
    const orderId = await partlyFilled();
    await close(10);
    const before = (await journaled()).length;
    await owner.handle(report(`${orderId}.1`, 'busted', { venueExecId: 'E9', refExecId: 'E1' }));
    expect(await typesAfter(before)).toEqual(['orderRevived', 'caseOpened']);
    expect((await journaled()).at(-1)!.event).toMatchObject({ kind: 'TRADE_BUSTED', orderId });
  });

  it('that began in the archive is as one that never was, and others are found', async () => {
    await start({ closedOrdersMax: 3 });
    const archived = await partlyFilled();
    await close(10);
    const { length: border } = await journaled();
    const orderId = (
      (await owner.handle(scenario.submitCommand({ timeInForce: 'ioc' }))) as { orderId: string }
    ).orderId;
    await owner.handle(report(`${orderId}.1`, 'canceled', { venueExecId: 'E7' }));
    await close(10);
    const before = (await journaled()).length;
    journal.archive(partition, border);
    await owner.handle(fill(`${archived}.1`, 'E8', 40));
    await owner.handle(fill(`${orderId}.1`, 'E9', 40));
    expect(await asked({ orderId: archived, lastSequence: 7 })).toMatchObject({ code: 'UNKNOWN_ORDER' });
    journal.archive(partition, 0);
    expect(await typesAfter(before)).toEqual([
      'caseOpened',
      ...['orderRevived', 'routeFilled', 'venueReportUnmatched'],
    ]);
    expect(errors).toEqual([]);
  });

  it('that the journal does not have stays a case, and is not looked for twice', async () => {
    await start({ closedOrdersMax: 3 });
    await close(10);
    const before = (await journaled()).length;
    await owner.handle(fill(`${partition}.4.1`, 'E1', 60));
    expect((await typesAfter(before)).at(-1)).toBe('caseOpened');
    await owner.handle(fill(`${partition}.77.1`, 'E2', 60));
    expect((await typesAfter(before)).at(-1)).toBe('caseOpened');
  });
});
