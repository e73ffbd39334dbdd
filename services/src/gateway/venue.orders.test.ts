/** Which routes go to a venue and which are refused: late ones, an earlier process's, those of no session. */
import type { RouteNotSent, RouteRequested } from '@tidegate/core/order';
import type { SendOptions, SessionHandle } from '@tidegate/fix/session/application';
import { MemoryBus } from '@tidegate/platform/bus.memory';
import { Commands } from '@tidegate/platform/commands';
import { until } from '@tidegate/platform/testing/until';
import type { SequencedEvent } from '@tidegate/wire/commands';
import { commandTopic } from '@tidegate/wire/topics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { standard } from './dialects/standard.ts';
import { instrumentIndex } from './instruments.ts';
import { VenueOrders } from './venue.orders.ts';

const partition = 'acme';
const nowMs = 1_795_435_200_000;

/** The order session of a venue as far as routes can see it. */
class OrderSession {
  isLoggedOn = true;
  storesNothing = false;
  stored = 0;
  readonly sent: { readonly msgType: string; readonly options: SendOptions | undefined }[] = [];

  cursor(): number {
    return this.stored;
  }

  send(msgType: string, _write: unknown, options?: SendOptions): number {
    if (this.storesNothing) return 0;
    this.stored = options?.source?.sequence ?? this.stored;
    return this.sent.push({ msgType, options });
  }
}

let bus: MemoryBus;
let session: OrderSession;
let orders: VenueOrders;
let refusals: RouteNotSent[];

beforeEach(() => {
  bus = new MemoryBus({ freeze: true });
  refusals = [];
  bus.respond(commandTopic(partition), ({ command }) => {
    refusals.push(command as RouteNotSent);
    return { result: 'done', sequence: 1 } as const;
  });
  session = new OrderSession();
  orders = start();
});

afterEach(() => bus.close());

/** A gateway process: what its session has stored stays. */
function start(head = 0): VenueOrders {
  const made = new VenueOrders({
    commands: new Commands({ bus }),
    clock: { nowMs: () => nowMs, monoMs: () => 0 },
    instruments: instrumentIndex(
      () =>
        new Map([
          [
            'EURUSD',
            {
              id: 'EURUSD',
              symbol: 'EUR/USD',
              type: 'spot',
              baseCurrency: 'EUR',
              quoteCurrency: 'USD',
              priceScale: 5,
              quantityScale: 2,
              pipScale: 4,
              quantityMin: 100,
              quantityMax: 10_000_000_000,
              quantityStep: 1,
            },
          ],
        ]),
    ),
    isBehind: () => false,
    onUnmatched: () => undefined,
    onError: () => undefined,
  });
  made.register({ venue: 'alpha', handle: session as unknown as SessionHandle, dialect: standard });
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
