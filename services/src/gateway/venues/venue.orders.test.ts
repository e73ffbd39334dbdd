/** Which routes go to a venue and which are refused: late ones, an earlier process's, those of no session. */
import type { Instrument } from '@tidegate/core/market/instrument';
import type { RouteNotSent, RouteRequested } from '@tidegate/core/order/order';
import { decodeFrame } from '@tidegate/fix/codec/decoder';
import type { FieldWriter, Message } from '@tidegate/fix/codec/fields';
import { latin1Bytes, naiveFrame } from '@tidegate/fix/codec/naive';
import { loadDictionary } from '@tidegate/fix/dictionary/load';
import type { SendOptions, SessionHandle } from '@tidegate/fix/session/application';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { Commands } from '@tidegate/platform/bus/commands';
import { turn, until } from '@tidegate/platform/testing/until';
import type { SequencedEvent, UrgentCancel } from '@tidegate/wire/commands';
import { commandTopic } from '@tidegate/wire/topics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { standard } from '../dialects/standard.ts';
import { eurusd } from '../instrument.fixture.ts';
import { instrumentIndex } from '../instruments.ts';
import { Beginnings } from '../sessions/beginnings.ts';
import { VenueOrders } from './venue.orders.ts';

const partition = 'acme';
const nowMs = 1_795_435_200_000;

let symbols: string[];
/** Takes every field, and keeps the symbols. */
const fields: FieldWriter = new Proxy({} as FieldWriter, {
  get: () => (tag: number, value: string) => {
    if (tag === 55) symbols.push(value);
    return fields;
  },
});

/** The order session of a venue as far as routes can see it. */
class OrderSession {
  isLoggedOn = true;
  createdAtMs = 1;
  storesNothing = false;
  stored = 0;
  readonly sent: { readonly msgType: string; readonly options: SendOptions | undefined }[] = [];

  cursor(): number {
    return this.stored;
  }

  send(msgType: string, write: (fields: FieldWriter) => void, options?: SendOptions): number {
    if (this.storesNothing) return 0;
    write(fields);
    this.stored = options?.source?.sequence ?? this.stored;
    return this.sent.push({ msgType, options });
  }
}

const dictionary = loadDictionary('FIX.4.4');

let instruments: Map<string, Instrument>;
let bus: MemoryBus;
let session: OrderSession;
let orders: VenueOrders;
let refusals: RouteNotSent[];
let massStatus: boolean;

beforeEach(() => {
  bus = new MemoryBus({ freeze: true });
  refusals = [];
  massStatus = false;
  instruments = new Map([[eurusd.id, eurusd]]);
  symbols = [];
  bus.respond(commandTopic(partition), ({ command }) => {
    refusals.push(command as RouteNotSent);
    return { result: 'done', sequence: 1 } as const;
  });
  session = new OrderSession();
  orders = start();
});

afterEach(() => bus.close());

/** A gateway process: what its session has stored stays. */
function start(head = 0, onRefused: (venue: string, text: string) => void = () => undefined): VenueOrders {
  const made = new VenueOrders({
    beginnings: new Beginnings(),
    commands: new Commands({ bus }),
    clock: { nowMs: () => nowMs, monoMs: () => 0 },
    instruments: instrumentIndex(() => instruments),
    isBehind: () => false,
    onRefused,
    onDoubt: () => undefined,
    onError: () => undefined,
  });
  const handle = session as unknown as SessionHandle;
  made.register({ venue: 'alpha', handle, dialect: standard, massStatus });
  made.beginAt(partition, head);
  return made;
}

function route(sequence: number, deadlineMs = nowMs + 2_000): SequencedEvent {
  const event: RouteRequested = {
    type: 'routeRequested',
    orderId: `acme.${sequence}`,
    routeId: `acme.${sequence}.1`,
    venue: 'alpha',
    instrument: 'EURUSD',
    side: 'buy',
    quantity: 100,
    orderType: 'limit',
    price: 108_753,
    timeInForce: 'ioc',
    markup: 0,
    deadlineMs,
    evidence: [],
    configurationVersion: 1,
  };
  return { sequence, atMs: nowMs, event };
}

const refused = async (reason: RouteNotSent['reason'], ...routeIds: readonly string[]): Promise<void> => {
  await until(() => refusals.length >= routeIds.length);
  expect(refusals.map((command) => [command.routeId, command.reason])).toEqual(
    routeIds.map((routeId) => [routeId, reason]),
  );
};

describe('a route', () => {
  it('goes out once, with its deadline and its source', () => {
    orders.act(partition, [route(3), route(4)]);
    orders.act(partition, [route(4), route(5)]);
    expect(session.sent).toEqual(
      [3, 4, 5].map((sequence) => ({
        msgType: 'D',
        options: { deadlineMs: nowMs + 2_000, source: { partition, sequence } },
      })),
    );
    expect(refusals).toEqual([]);
  });

  it('is refused when its deadline has passed', async () => {
    orders.act(partition, [route(1, nowMs), route(2, nowMs - 1)]);
    await refused('LATE', 'acme.2.1');
    expect(session.sent).toHaveLength(1);
  });

  it('is late by the time since the partition wrote it, where the clock was set back', async () => {
    const hourMs = 3_600_000;
    const ahead = (sequence: number, atMs: number, deadlineMs: number) => ({
      ...route(sequence, deadlineMs),
      atMs,
    });
    orders.act(partition, [ahead(1, nowMs + hourMs + 900, nowMs + hourMs + 1_000)]);
    expect(session.sent).toHaveLength(1);
    orders.act(partition, [ahead(2, nowMs + hourMs, nowMs + hourMs + 800)]);
    await refused('LATE', 'acme.2.1');
  });

  it('of an earlier process is refused unless that one has sent it, however young it is', async () => {
    orders.act(partition, [route(1)]);
    const successor = start(2);
    successor.act(partition, [route(1), route(2), route(3)]);
    await refused('LATE', 'acme.2.1');
    expect(session.sent.map(({ options }) => options?.source?.sequence)).toEqual([1, 3]);
  });

  it('is refused while the venue is not logged on, and not sent later', async () => {
    session.isLoggedOn = false;
    orders.act(partition, [route(1)]);
    await refused('VENUE_DOWN', 'acme.1.1');
    session.isLoggedOn = true;
    orders.act(partition, [route(1)]);
    expect(session.sent).toEqual([]);
  });

  it('comes again when the session could not store it', () => {
    session.storesNothing = true;
    expect(() => orders.act(partition, [route(1)])).toThrow('stores nothing');
    session.storesNothing = false;
    orders.act(partition, [route(1)]);
    expect(session.sent).toHaveLength(1);
  });
});

const order = { instrument: 'EURUSD', side: 'buy', quantity: 100, quantityScale: 2, priceScale: 5 };
const cancel = {
  venue: 'alpha',
  venueClOrdId: 'acme.1.1',
  cancelId: 'acme.1.1.c1',
  order,
} as unknown as UrgentCancel;
const requested = {
  sequence: 7,
  atMs: nowMs,
  event: { ...cancel, type: 'routeCancelRequested' },
  order,
} as unknown as SequencedEvent;

describe('a cancel', () => {
  it('that went out before it was journaled does not go out again', () => {
    orders.cancelUrgently(cancel);
    orders.act(partition, [requested]);
    expect(session.sent.map(({ msgType }) => msgType)).toEqual(['F']);
  });

  it('that went out for its event does not go out again, but when the session has lost it', () => {
    orders.act(partition, [requested]);
    orders.cancelUrgently(cancel);
    expect(session.sent.map(({ msgType }) => msgType)).toEqual(['F']);
    session.stored = 0;
    orders.act(partition, [requested]);
    expect(session.sent.map(({ msgType }) => msgType)).toEqual(['F', 'F']);
  });

  it('that another process may have sent is sent as a possible repeat', () => {
    const early = { ...requested, event: { ...requested.event, isEarly: true } } as SequencedEvent;
    for (const [event, head] of [
      [early, 0],
      [requested, requested.sequence],
    ] as const) {
      session.stored = 0;
      start(head).act(partition, [event]);
    }
    session.stored = 0;
    start(0).act(partition, [requested]);
    expect(session.sent.map(({ options }) => options?.possResend)).toEqual([true, true, undefined]);
  });

  it('that could not go out before it was journaled goes out then', () => {
    session.storesNothing = true;
    orders.cancelUrgently(cancel);
    session.storesNothing = false;
    orders.act(partition, [requested]);
    expect(session.sent.map(({ msgType }) => msgType)).toEqual(['F']);
  });

  it('goes out for an instrument that has left the configuration', () => {
    orders.act(partition, [route(1)]);
    instruments = new Map();
    orders.act(partition, [requested]);
    expect(session.sent.map(({ msgType }) => msgType)).toEqual(['D', 'F']);
    expect(symbols).toEqual(['EUR/USD', 'EUR/USD']);
  });
});

describe('a replace', () => {
  const replace = (sequence: number, deadlineMs?: number): SequencedEvent =>
    ({
      sequence,
      atMs: nowMs,
      event: {
        type: 'routeReplaceRequested',
        orderId: 'acme.1',
        routeId: 'acme.1.1',
        venue: 'alpha',
        venueClOrdId: 'acme.1.1',
        replaceId: `acme.1.1.r${sequence}`,
        quantity: 100,
        price: 108_753,
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
      },
      order: { ...order, timeInForce: 'gtc', orderType: 'limit' },
    }) as unknown as SequencedEvent;
  const answered = async (isLate: boolean, ...replaceIds: readonly string[]): Promise<void> => {
    await until(() => refusals.length >= replaceIds.length);
    expect(refusals).toMatchObject(
      replaceIds.map((requestId) => ({
        kind: 'venueReport',
        report: 'cancelRejected',
        routeId: 'acme.1.1',
        requestId,
        isLate,
      })),
    );
  };

  it('goes out within its deadline and carries it, so that a resend does not go beyond', async () => {
    orders.act(partition, [replace(1, nowMs), replace(2, nowMs - 1), replace(3, nowMs + 5)]);
    await answered(true, 'acme.1.1.r2');
    expect(session.sent.map(({ msgType, options }) => [msgType, options?.deadlineMs])).toEqual([
      ['G', nowMs],
      ['G', nowMs + 5],
    ]);
  });

  it('is refused, and not sent later, while the venue is away', async () => {
    session.isLoggedOn = false;
    orders.act(partition, [replace(1, nowMs + 5)]);
    await answered(false, 'acme.1.1.r1');
    session.isLoggedOn = true;
    orders.act(partition, [replace(1, nowMs + 5)]);
    expect(session.sent).toEqual([]);
  });

  it('of an earlier process is refused', async () => {
    start(1).act(partition, [replace(1, nowMs + 5)]);
    await answered(true, 'acme.1.1.r1');
  });

  it('that only reduces is never late', () => {
    session.isLoggedOn = false;
    start(1).act(partition, [replace(1)]);
    expect(session.sent.map(({ msgType, options }) => [msgType, options?.deadlineMs])).toEqual([
      ['G', undefined],
    ]);
  });
});

describe('a Reject', () => {
  it('ends the route whose order it names, and none of before the numbers began anew', async () => {
    orders.act(partition, [route(1), route(2)]);
    orders.rejected(reject(2), 'alpha');
    await until(() => refusals.length === 1);
    session.createdAtMs = 2;
    orders.rejected(reject(1), 'alpha');
    await turn();
    expect(refusals.map(({ routeId }) => routeId)).toEqual(['acme.2.1']);
  });

  it('of a cancel refuses the cancel, and leaves the route', async () => {
    orders.act(partition, [route(1), requested]);
    orders.rejected(reject(2), 'alpha');
    await until(() => refusals.length === 1);
    expect(refusals).toMatchObject([{ routeId: 'acme.1.1', report: 'cancelRejected' }]);
  });
});

describe('a venue of which something may never have come', () => {
  const unknown = (sequence: number, reason: string): SequencedEvent => ({
    sequence,
    atMs: nowMs,
    event: {
      type: 'routeUnknown',
      orderId: `acme.${sequence}`,
      routeId: `acme.${sequence}.1`,
      commandId: 'k',
      venue: 'alpha',
      venueClOrdId: `acme.${sequence}.1`,
      reason,
    },
    order: order as unknown as NonNullable<SequencedEvent['order']>,
  });

  it('is asked about when it is logged on, partition by partition, once', async () => {
    session.isLoggedOn = false;
    orders.doubt('alpha', 'NUMBERS_RESTARTED');
    await turn();
    expect(refusals).toEqual([]);
    session.isLoggedOn = true;
    orders.askInDoubt('alpha');
    orders.askInDoubt('alpha');
    await until(() => refusals.length === 1);
    orders.doubt('alpha', 'REPORTS_SKIPPED');
    await until(() => refusals.length === 2);
    expect(refusals).toMatchObject([
      { kind: 'venueInDoubt', venue: 'alpha', reason: 'NUMBERS_RESTARTED' },
      { kind: 'venueInDoubt', venue: 'alpha', reason: 'REPORTS_SKIPPED' },
    ]);
  });

  it('is asked about each order by H', () => {
    orders.act(partition, [unknown(1, 'REPORTS_SKIPPED'), unknown(2, 'REPORTS_SKIPPED')]);
    expect(session.sent.map(({ msgType }) => msgType)).toEqual(['H', 'H']);
  });

  it('is asked about all by AF where it answers that, and by H about one', () => {
    massStatus = true;
    orders = start();
    orders.act(partition, [unknown(1, 'REPORTS_SKIPPED'), requestedAt(2), unknown(3, 'REPORTS_SKIPPED')]);
    orders.act(partition, [unknown(4, 'NO_ANSWER')]);
    expect(session.sent.map(({ msgType }) => msgType)).toEqual(['AF', 'F', 'H']);
  });

  it('has its refused reports told, by order and execution', () => {
    const told: string[] = [];
    orders = start(0, (_venue, text) => void told.push(text));
    const header = [
      [49, 'ALPHA'],
      [56, 'TIDEGATE-OE'],
      [34, '7'],
      [52, '20261123-12:00:00.000'],
    ] as const;
    const fill = [...header, [11, 'acme.1.1'], [17, 'E1'], [150, 'F']] as const;
    for (const msgType of ['8', '9'])
      orders.invalid(
        decodeFrame(latin1Bytes(naiveFrame(msgType, fill)), dictionary),
        { sessionRejectReason: 16, refTagId: 453, text: 'Incorrect NumInGroup' },
        'alpha',
      );
    expect(told).toEqual([expect.stringContaining('ClOrdID acme.1.1, ExecID E1, ExecType F')]);
  });
});

const requestedAt = (sequence: number): SequencedEvent => ({ ...requested, sequence });

function reject(refSeqNum: number): Message {
  const header = [
    [49, 'ALPHA'],
    [56, 'TIDEGATE-OE'],
    [34, '7'],
    [52, '20261123-12:00:00.000'],
  ] as const;
  const frame = naiveFrame('3', [...header, [45, String(refSeqNum)], [58, 'no']]);
  return decodeFrame(latin1Bytes(frame), dictionary);
}
