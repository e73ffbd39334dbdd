/**
 * Cancels and replaces that lose: the order they wait on ends by a fill, or by another end, before its venue
 * has answered them. Each is refused after that end, so that every request has exactly one answer.
 */
import type { Decision } from './desk.orders.ts';
import type { ChangeRefused, OrderEvent, VenueReport } from './order.ts';
import { currentClOrdId, type OrderState, type PartitionState } from './partition.ts';

/** The decision with the refusals of what was on its way for the order that it ends, if it ends one. */
export function answerLost(
  state: PartitionState,
  { commandId, routeId }: Pick<VenueReport, 'commandId' | 'routeId'>,
  decision: Decision,
): Decision {
  const order = state.orders.get(state.routes.get(routeId)?.orderId ?? '');
  if (order === undefined || order.outcome !== 'open') return decision;
  const waiting = requestsOf(state, order);
  if (waiting.length === 0 || !ends(order, decision.events)) return decision;
  const lost = waiting.filter(({ clOrdId }) => !decision.events.some((event) => answers(event, clOrdId)));
  const current = decision.events.findLast((event) => event.type === 'orderReplaced')?.clOrdId;
  const events = lost.map(({ change, clOrdId }): ChangeRefused => ({
    type: 'changeRefused',
    commandId,
    origin: order.origin,
    change,
    clOrdId,
    origClOrdId: current ?? currentClOrdId(order),
    orderId: order.orderId,
    code: 'ORDER_CLOSED',
    text: `order ${order.orderId} ended before the ${change}`,
  }));
  return { ...decision, events: [...decision.events, ...events] };
}

interface Request {
  readonly change: ChangeRefused['change'];
  readonly clOrdId: string;
}

/** What clients have asked of the order and the venue has not answered. */
function requestsOf(state: PartitionState, order: OrderState): Request[] {
  const requests: Request[] = [];
  for (const routeId of order.routeIds) {
    const clOrdId = state.routes.get(routeId)?.pendingReplace?.clOrdId;
    if (clOrdId !== undefined) requests.push({ change: 'replace', clOrdId });
  }
  const cancel = order.pendingCancel?.clOrdId ?? '';
  if (cancel !== '') requests.push({ change: 'cancel', clOrdId: cancel });
  return requests;
}

/** An order ends by its own event, or with the fill (or replace) that leaves nothing of it. */
function ends(order: OrderState, events: readonly OrderEvent[]): boolean {
  let { filled, quantity } = order;
  for (const event of events) {
    if (event.type === 'orderClosed') return true;
    if (event.type === 'orderReplaced') ({ quantity } = event);
    if (event.type === 'routeFilled') filled += event.quantity;
    if (event.type === 'tradeBusted') filled -= event.quantity;
    if (event.type === 'tradeCorrected') filled += event.quantity - event.quantityBefore;
  }
  return filled >= quantity;
}

const answers = (event: OrderEvent, clOrdId: string): boolean =>
  (event.type === 'orderClosed' || event.type === 'orderReplaced' || event.type === 'changeRefused') &&
  event.clOrdId === clOrdId;
