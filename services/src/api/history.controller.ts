/**
 * What is behind an order: its events out of the journal, and the FIX messages of it that its sessions still
 * have. Who may not see providers is told neither their names nor their words; messages are for operators.
 */
import { Controller, Get, Inject, Param } from '@nestjs/common';
import type { Bus } from '@tidegate/platform/bus/bus';
import { JournalArchived } from '@tidegate/platform/journal/journal';
import { toSequenced } from '@tidegate/platform/journal/follower';
import { eventsOfOrder } from '@tidegate/platform/journal/order.past';
import type { SequencedEvent } from '@tidegate/wire/commands';
import { orderHistoryEventOf, type OrderHistory, type OrderMessage } from '@tidegate/wire/order.history';
import type { OrderView } from '@tidegate/wire/orders';
import { sessionMessagesTopic } from '@tidegate/wire/topics';
import { PLATFORM, type Platform } from '../ports.ts';
import { eyesOf } from './entitlement.ts';
import { Caller, firmOf, Needs, type Identity } from './identity.ts';
import { OrderLookup } from './order.lookup.ts';
import { ApiProblem } from './problem.ts';
import { SessionTable } from './session.table.ts';

/** Events of the firm that are looked through for one order; beyond that only both ends are. */
const readMax = 200_000;
const messagesMs = 2_000;
const sessionsMax = 30;
const messagesMax = 500;

interface Read {
  readonly events: readonly SequencedEvent[];
  readonly isWhole: boolean;
  readonly archive: string | null;
}

@Controller('api/v1')
export class HistoryController {
  private readonly platform: Platform;
  private readonly lookup: OrderLookup;
  private readonly table: SessionTable;
  /** One at a time: each may have to read long. */
  private reading: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(PLATFORM) platform: Platform,
    @Inject(OrderLookup) lookup: OrderLookup,
    @Inject(SessionTable) table: SessionTable,
  ) {
    this.platform = platform;
    this.lookup = lookup;
    this.table = table;
  }

  @Get('orders/:orderId/history')
  async history(@Caller() caller: Identity, @Param('orderId') orderId: string): Promise<OrderHistory> {
    const order = await this.find(caller, orderId);
    const { events, ...rest } = await this.read(order);
    const { seesProviders } = eyesOf(caller);
    const { settlement } = this.platform.configuration.current.instruments.get(order.instrument) ?? {};
    return {
      order,
      events: events.map((event) => orderHistoryEventOf(order.firm, event, seesProviders, settlement)),
      ...rest,
    };
  }

  /** They hold what providers and clients have said, word for word. */
  @Get('orders/:orderId/messages')
  @Needs('inspect')
  async messages(
    @Caller() caller: Identity,
    @Param('orderId') orderId: string,
  ): Promise<readonly OrderMessage[]> {
    const order = await this.find(caller, orderId);
    const { events } = await this.read(order);
    const venues = new Set(events.flatMap(({ event }) => ('venue' in event ? [event.venue] : [])));
    const sessions = this.table
      .of(eyesOf(caller))
      .filter(({ id, side, counterparty }) =>
        side === 'venue' ? venues.has(counterparty) : id === order.client || counterparty === order.client,
      )
      .slice(0, sessionsMax);
    const answers = await Promise.all(sessions.map(({ id }) => messagesOf(this.platform.bus, id)));
    const isMeant = messageTest(order, events);
    return answers
      .flat()
      .filter(({ text }) => isMeant(text))
      .toSorted((left, right) => (left.at < right.at ? -1 : 1))
      .slice(-messagesMax);
  }

  private async find(caller: Identity, orderId: string): Promise<OrderView> {
    const order = await this.lookup.find(orderId, firmOf(caller));
    if (order === undefined) throw new ApiProblem(404, 'UNKNOWN_ORDER', `no order ${orderId.slice(0, 64)}`);
    return order;
  }

  private read(order: OrderView): Promise<Read> {
    const read = this.reading.then(() => this.readNow(order));
    this.reading = read.catch(() => undefined);
    return read;
  }

  private async readNow({ firm, orderId, status, sequence }: OrderView): Promise<Read> {
    const { journal } = this.platform;
    try {
      const found = await eventsOfOrder(journal, orderId, sequence, readMax);
      if (found.events.length > 0) return { ...found, archive: null };
      // One that was refused before it became an order is that one event.
      const [record] = await journal.read(firm, sequence, 1);
      const isIt = status === 'rejected' && record?.sequence === sequence && record.type === 'orderRefused';
      return { events: isIt ? [toSequenced(record)] : [], isWhole: isIt, archive: null };
    } catch (error) {
      if (!(error instanceof JournalArchived)) throw error;
      return { events: [], isWhole: false, archive: error.archived.period };
    }
  }
}

async function messagesOf(bus: Bus, session: string): Promise<readonly OrderMessage[]> {
  try {
    const { messages } = await bus.request(
      sessionMessagesTopic(session),
      { session },
      { timeoutMs: messagesMs },
    );
    return messages.map(({ id: _id, ...message }) => ({ session, ...message }));
  } catch {
    // Its gateway does not answer: what others have is told all the same.
    return [];
  }
}

/** A message is of the order when a field of it is one of the order's ids. */
function messageTest(order: OrderView, events: readonly SequencedEvent[]): (text: string) => boolean {
  const ids = new Set([order.orderId, order.clOrdId]);
  for (const { event } of events) {
    if ('routeId' in event) ids.add(event.routeId);
    if ('clOrdId' in event && event.clOrdId !== undefined) ids.add(event.clOrdId);
    if ('cancelId' in event) ids.add(event.cancelId);
    if ('replaceId' in event) ids.add(event.replaceId);
  }
  return (text) => text.split('|').some((field) => ids.has(field.slice(field.indexOf('=') + 1)));
}
