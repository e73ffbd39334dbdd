/**
 * The three-way reconciliation: what the providers executed, what the journal holds, and what the clients
 * were told, compared to the last fill. Each comparison gives the disagreements as text; none of them trusts
 * the platform's own state.
 */
import { formatDecimal } from '@tidegate/core/number/decimal';
import { executionId, parseRouteId } from '@tidegate/core/number/ids';
import type { OrderEvent, RouteFilled, RouteRequested } from '@tidegate/core/order/order';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { SequencedEvent } from '@tidegate/wire/commands';
import type { ExecutionView, PositionView } from '@tidegate/wire/orders';
import type { ReceivedMessage } from '../../sim/src/client.received.ts';
import type { Execution } from '../../sim/src/executions.ts';
import { instruments } from '../../sim/src/instruments.ts';
import { reconcile, type BookedFill, type Differences } from '../../sim/src/reconcile.ts';
import type { Firm, OrderFlow } from './order.flow.ts';
import type { WireMessage } from './provider.taps.ts';

/** All events of every firm's partition, ascending. */
export type Journal = ReadonlyMap<string, readonly SequencedEvent[]>;

interface Scales {
  readonly symbol: string;
  readonly priceScale: number;
  readonly quantityScale: number;
}

const scalesById: ReadonlyMap<string, Scales> = new Map(
  instruments.map(({ document }) => [document.id, document]),
);

interface JournalFill {
  readonly partition: string;
  readonly sequenced: SequencedEvent;
  readonly fill: RouteFilled;
}

export function fillsOf(journal: Journal): JournalFill[] {
  return [...journal].flatMap(([partition, events]) =>
    events.flatMap((sequenced) =>
      sequenced.event.type === 'routeFilled' ? [{ partition, sequenced, fill: sequenced.event }] : [],
    ),
  );
}

function scalesOf({ sequenced }: JournalFill): Scales {
  return scalesById.get(sequenced.order!.instrument)!;
}

/**
 * Every trade of the providers is in the journal, and no other: by venue, ExecID, route, quantity and venue's
 * price.
 */
export function providersDisagree(journal: Journal, executions: readonly Execution[]): string[] {
  const executed = executions.map((execution): BookedFill => ({
    ...execution,
    execId: `${execution.venue} ${execution.execId}`,
    clOrdId: parseRouteId(execution.clOrdId)?.routeId ?? execution.clOrdId,
  }));
  const journaled = fillsOf(journal).map((one): BookedFill => {
    const { symbol, priceScale, quantityScale } = scalesOf(one);
    return {
      execId: `${one.fill.venue} ${one.fill.venueExecId}`,
      clOrdId: one.fill.routeId,
      symbol,
      side: one.sequenced.order!.side,
      quantity: formatDecimal(one.fill.quantity, quantityScale),
      price: formatDecimal(one.fill.venuePrice, priceScale),
    };
  });
  return named('provider against journal', reconcile(executed, journaled));
}

/** Every trade in the journal was told to its client once, at the client's price. */
export function clientsDisagree(journal: Journal, firms: readonly Firm[]): string[] {
  return firms.flatMap(({ client, partition, session }) => {
    const journaled = fillsOf(journal)
      .filter(({ sequenced }) => sequenced.order!.origin.client === session)
      .map((one): BookedFill => {
        const { symbol, priceScale, quantityScale } = scalesOf(one);
        const { order, sequence } = one.sequenced;
        return {
          execId: executionId(partition, sequence),
          clOrdId: order!.clOrdId,
          symbol,
          side: order!.side,
          quantity: formatDecimal(one.fill.quantity, quantityScale),
          price: formatDecimal(one.fill.clientPrice, priceScale),
        };
      });
    const differences = reconcile(journaled, client.fills.values());
    const repeated = [...differences.repeated, ...client.repeatedExecIds];
    return named(`journal against ${session}`, { ...differences, repeated });
  });
}

/**
 * Refused by a gateway in place of the order's owner, with the name of the command: the journal has no event.
 */
const isOfEdge = ({ fields }: ReceivedMessage): boolean => fields.get(Tag.ExecID)?.includes(':') === true;
const edgeRefusals = /^(ORDER_RATE|OVERLOADED|JOURNAL_UNAVAILABLE|JOURNAL_BEHIND):/;

/** Reports that events of the journal stand for. */
export const reportsOfEvents = (received: readonly ReceivedMessage[]): ReceivedMessage[] =>
  received.filter((report) => report.fields.get(Tag.ExecType) !== 'I' && !isOfEdge(report));

/** Clients (and drop copies) were told of every event that concerns them, once and in the journal's order. */
export function reportsDisagree(
  name: string,
  expected: readonly string[],
  received: readonly ReceivedMessage[],
): string[] {
  const told = reportsOfEvents(received).map(({ fields }) => fields.get(Tag.ExecID) ?? '');
  if (told.length === expected.length && told.every((execId, index) => execId === expected[index])) return [];
  const first = told.findIndex((execId, index) => execId !== expected[index]);
  return [
    `reports to ${name}: ${told.length} told of ${expected.length}; the first that differs ` +
      `is number ${first}: ${told[first]} instead of ${expected[first]}`,
  ];
}

const reported = new Set([
  'orderAccepted',
  'orderRefused',
  'routeFilled',
  'tradeBusted',
  'tradeCorrected',
  'cancelRequested',
  'routeReplaceRequested',
  'orderReplaced',
  'orderClosed',
]);

/** ExecIDs of the reports that a session is due; of all sessions without one. */
export function reportsDue(journal: Journal, partition: string, session?: string): string[] {
  const events = journal.get(partition) ?? [];
  return events
    .filter(({ event, order }) => {
      const origin = event.type === 'orderRefused' ? event.origin : order?.origin;
      return reported.has(event.type) && (session === undefined || origin?.client === session);
    })
    .map(({ sequence }) => executionId(partition, sequence));
}

/** How often each ClOrdID was answered, per kind of answer: by the journal, or at the edge. */
class Answers {
  readonly orders = new Map<string, number>();
  readonly cancels = new Map<string, number>();
  readonly replaces = new Map<string, number>();
  readonly refusals = new Map<string, number>();

  constructor(journal: Journal, firms: Iterable<Firm>) {
    for (const [partition, events] of journal) {
      for (const { event } of events) {
        const counts = this.#countsOf(event.type);
        if (counts !== undefined && 'clOrdId' in event) count(counts, partition, event.clOrdId);
      }
    }
    for (const { client, partition } of firms) {
      for (const report of client.reports())
        if (isOfEdge(report)) count(this.orders, partition, report.fields.get(Tag.ClOrdID));
      for (const { fields } of client.ofType('9'))
        if (edgeRefusals.test(fields.get(Tag.Text) ?? ''))
          count(this.refusals, partition, fields.get(Tag.ClOrdID));
    }
  }

  #countsOf(type: OrderEvent['type']): Map<string, number> | undefined {
    switch (type) {
      case 'orderAccepted':
      case 'orderRefused':
        return this.orders;
      case 'cancelRequested':
        return this.cancels;
      case 'orderReplaced':
        return this.replaces;
      case 'changeRefused':
        return this.refusals;
      default:
        return undefined;
    }
  }
}

function count(counts: Map<string, number>, partition: string, clOrdId = ''): void {
  const key = `${partition} ${clOrdId}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/**
 * Every order that was sent was accepted or refused once. Every change was granted or refused once, with one
 * exception: a cancel that went on to a venue (pending) may still be refused there.
 */
export function answersDisagree(journal: Journal, flow: OrderFlow): string[] {
  const { orders, cancels, replaces, refusals } = new Answers(
    journal,
    new Set(flow.orders.map(({ firm }) => firm)),
  );
  const wrong: string[] = [];
  const sent = new Set(flow.orders.map(({ firm, clOrdId }) => `${firm.partition} ${clOrdId}`));
  for (const key of sent) {
    if (orders.get(key) !== 1)
      wrong.push(`order ${key} was accepted or refused ${orders.get(key) ?? 0} times`);
  }
  for (const key of orders.keys()) if (!sent.has(key)) wrong.push(`order ${key} was never sent`);
  for (const { firm, change, clOrdId } of flow.changes) {
    const key = `${firm.partition} ${clOrdId}`;
    const granted = (change === 'cancel' ? cancels : replaces).get(key) ?? 0;
    const refused = refusals.get(key) ?? 0;
    const isRight = granted + refused === 1 || (change === 'cancel' && granted === 1 && refused === 1);
    if (!isRight) wrong.push(`${change} ${key} was granted ${granted} and refused ${refused} times`);
  }
  return wrong;
}

/** Positions are the sums of the fills, and executions by REST are the journal's. */
export function viewsDisagree(
  journal: Journal,
  positions: readonly PositionView[],
  executions: readonly ExecutionView[],
): string[] {
  const sums = new Map<string, bigint>();
  for (const one of fillsOf(journal)) {
    const order = one.sequenced.order!;
    const key = `${one.partition} ${order.account} ${order.instrument}`;
    sums.set(
      key,
      (sums.get(key) ?? 0n) + BigInt(order.side === 'buy' ? one.fill.quantity : -one.fill.quantity),
    );
  }
  const wrong: string[] = [];
  const shown = new Map(
    positions.map((position) => [
      `${position.firm} ${position.account} ${position.instrument}`,
      position.quantity,
    ]),
  );
  for (const [key, lots] of sums) {
    const text = formatDecimal(Number(lots), scalesById.get(key.split(' ')[2]!)!.quantityScale);
    if (shown.get(key) !== text) wrong.push(`position ${key} is ${shown.get(key)}, its fills make ${text}`);
  }
  const journaled = fillsOf(journal).map(({ partition, sequenced }) =>
    executionId(partition, sequenced.sequence),
  );
  const listed = executions.map(({ execId }) => execId);
  const lists = new Set(listed);
  for (const execId of journaled) if (!lists.delete(execId)) wrong.push(`execution ${execId} is not shown`);
  for (const execId of lists) wrong.push(`execution ${execId} is shown and not in the journal`);
  if (listed.length !== new Set(listed).size) wrong.push('an execution is shown twice');
  return wrong;
}

/** What was said to the providers: no order late, none twice, none that the journal does not have. */
export function wireDisagrees(journal: Journal, wire: ReadonlyMap<string, readonly WireMessage[]>): string[] {
  const routes = new Map<string, RouteRequested>();
  const notSent = new Set<string>();
  for (const events of journal.values()) {
    for (const { event } of events) {
      if (event.type === 'routeRequested') routes.set(event.routeId, event);
      if (event.type === 'routeClosed' && event.outcome === 'notSent') notSent.add(event.routeId);
    }
  }
  const wrong: string[] = [];
  for (const [venue, messages] of wire) {
    const first = new Map<string, string>();
    for (const message of messages) {
      if (message.get(Tag.MsgType) !== 'D') continue;
      const routeId = message.get(Tag.ClOrdID) ?? '';
      const route = routes.get(routeId);
      if (route?.venue !== venue) wrong.push(`${venue} was sent ${routeId}, which the journal does not have`);
      else if (utcMs(message.get(Tag.SendingTime)) > route.deadlineMs) {
        const lateMs = utcMs(message.get(Tag.SendingTime)) - route.deadlineMs;
        wrong.push(`${routeId} was sent ${lateMs} ms after its deadline`);
      }
      if (notSent.has(routeId)) wrong.push(`${routeId} was sent and is closed as not sent`);
      const number = message.get(Tag.MsgSeqNum) ?? '';
      if ((first.get(routeId) ?? number) !== number)
        wrong.push(`${routeId} was sent to ${venue} as two messages`);
      first.set(routeId, number);
    }
  }
  return wrong;
}

/** Routes that were refused because their time was over, or the process that had decided them. */
export function lateRoutes(journal: Journal): string[] {
  return [...journal.values()]
    .flat()
    .flatMap(({ event }) =>
      event.type === 'routeClosed' && event.outcome === 'notSent' ? [event.routeId] : [],
    );
}

/** `20261122-15:04:05.123` as milliseconds since the epoch. */
function utcMs(sendingTime = ''): number {
  const [, year, month, day, time] = /^(\d{4})(\d\d)(\d\d)-(.*)$/.exec(sendingTime) ?? [];
  return Date.parse(`${year}-${month}-${day}T${time}Z`);
}

function named(what: string, differences: Differences): string[] {
  return (['missing', 'unexpected', 'repeated', 'different'] as const).flatMap((kind) =>
    differences[kind].map((item) => `${what}: ${kind} ${item}`),
  );
}
