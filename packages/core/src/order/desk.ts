/**
 * The heart of the order journey: what happens is decided here, purely. `oms` gives a command, the
 * partition's state and the market as of now; the events that come back are appended to the journal, folded
 * in by `evolve`, and only then told. Nothing here changes the state.
 */
import { answerLost } from './desk.lost.ts';
import {
  cancelEvents,
  DECISION_EVENTS_MAX,
  decideCancel,
  decideMassCancel,
  decideRefuse,
  decideReplace,
  decideSubmit,
  decideTradingState,
  type Decision,
} from './desk.orders.ts';
import { decideResolve } from './desk.cases.ts';
import { deciding, decideReleaseLimit, reviewLimits, withTrips } from './desk.limits.ts';
import { cancelStopped, decideReleaseStop, decideSetStop } from './desk.stops.ts';
import { decideAcceptLoss, decideJournalBehind } from './desk.restored.ts';
import {
  decideInDoubt,
  decideNotSent,
  decideReport,
  decideVenueInDoubt,
  doubtRoute,
} from './desk.reports.ts';
import {
  coolDownMs,
  routeResting,
  settleOrder,
  standingOf,
  type Desk,
  type Standing,
} from './desk.routes.ts';
import { EXPIRY_REASON } from './evolve.ts';
import type { InstrumentId } from '../market/instrument.ts';
import type { Market } from '../market/market.ts';
import type { Command, OrderEvent, VenueReport } from './order.ts';
import {
  bookedAs,
  findOrder,
  recallCommand,
  type CommandResult,
  type OrderState,
  type PartitionState,
  type RouteState,
} from './partition.ts';
import type { Moment } from '../number/time.ts';
import { isReducing } from '../risk/stops.ts';

export type { Decision };

/** For a venue that left the configuration with routes open. */
const ROUTE_TIMEOUT_MS = 10_000;
/** A route that stays unanswered is asked about again after twice the time, up to 64 times the timeout. */
const DOUBT_DOUBLINGS_MAX = 6;
/** After its cool-down an order is tried by ticks for so long; later only a new quote makes a difference. */
const COOL_DOWN_TRIES_MS = 1_000;

/** Decides one command. The same commandId again gives the same answer and no event. */
export function decide(state: PartitionState, market: Market, command: Command, now: Moment): Decision {
  const before = recallCommand(state, command.commandId);
  if (before === undefined) return decideAnew(state, market, command, now);
  if (command.kind === 'venueReport' && mattersAgain(state, command, before)) {
    const decision = decideAnew(state, market, command, now);
    if (decision.events.length > 0) return decision;
  }
  const { sequence, refusal } = before;
  const orderId = before.orderId ?? orderTaken(state, command);
  const owner = orderId === undefined ? {} : { orderId };
  return { events: [], reply: { sequence, ...owner, ...(refusal === undefined ? {} : { refusal }) } };
}

/**
 * The order that a command made long ago, while it is in memory; the tables have others by their ClOrdIDs.
 */
function orderTaken(state: PartitionState, command: Command): string | undefined {
  if (command.kind !== 'submit') return undefined;
  const found = findOrder(state, command.origin.client, command.clOrdId);
  return 'order' in found ? found.order.orderId : undefined;
}

function decideAnew(state: PartitionState, market: Market, command: Command, now: Moment): Decision {
  return deciding(state, market, now, (desk) => decideOn(desk, command));
}

function decideOn(desk: Desk, command: Command): Decision {
  const { state } = desk;
  switch (command.kind) {
    case 'submit':
      return decideSubmit(desk, command);
    case 'refuse':
      return decideRefuse(command);
    case 'cancel':
      return decideCancel(desk, command);
    case 'replace':
      return decideReplace(desk, command);
    case 'massCancel':
      return decideMassCancel(desk, command);
    case 'setTradingState':
      return decideTradingState(desk, command);
    case 'venueReport':
      return withTrips(desk, answerLost(state, command, decideReport(desk, command)));
    case 'routeNotSent':
      return answerLost(state, command, decideNotSent(desk, command));
    case 'routeInDoubt':
      return decideInDoubt(desk, command);
    case 'resolveCase': {
      const { commandId, caseId } = command;
      const routeId = state.cases.get(caseId)?.routeId ?? '';
      return withTrips(desk, answerLost(state, { commandId, routeId }, decideResolve(desk, command)));
    }
    case 'setStop':
      return decideSetStop(desk, command);
    case 'releaseStop':
      return decideReleaseStop(desk, command);
    case 'releaseLimit':
      return decideReleaseLimit(desk, command);
    case 'journalBehind':
      return decideJournalBehind(desk, command);
    case 'acceptLoss':
      return decideAcceptLoss(desk, command);
    case 'venueInDoubt':
      return decideVenueInDoubt(desk, command);
  }
}

/**
 * Routes for resting orders that the book of `instrument` reaches now: call it when that book has changed.
 */
export function evaluateResting(
  state: PartitionState,
  market: Market,
  instrument: InstrumentId,
  now: Moment,
): OrderEvent[] {
  if (!state.resting.has(instrument)) return [];
  return deciding(state, market, now, (desk) => routeResting(desk, instrument));
}

/**
 * What the passing of time brings: DAY orders expire, unanswered routes become unknown (and are asked about
 * again), refused resting orders are tried again. Call it every 50 to 250 ms; what many orders need at once
 * (the end of the day, a lost venue) comes in portions.
 */
export function decideTick(state: PartitionState, market: Market, now: Moment): readonly OrderEvent[] {
  return deciding(state, market, now, tickOn);
}

function tickOn(desk: Desk): readonly OrderEvent[] {
  const halted = cancelHalted(desk);
  if (halted.length > 0) return halted;
  const stopped = cancelStopped(desk);
  if (stopped.length > 0) return stopped;
  const events: OrderEvent[] = [];
  const expired = expireOrders(desk, events);
  doubtUnanswered(desk, expired, events);
  // Orders already touched must not be routed a second time in the same decision.
  if (events.length === 0) retryCooled(desk, events);
  if (events.length < DECISION_EVENTS_MAX) events.push(...reviewLimits(desk));
  return events;
}

/**
 * Reports that say how a route stands may be said again with the same id, and matter again when the route
 * became unknown in between; on a route that stands so already they change nothing. A fill of another order
 * is another fill: a venue may use an ExecID again on another day (FIX 4.4, ExecID(17)).
 */
function mattersAgain(
  state: PartitionState,
  { report, routeId, venueExecId }: VenueReport,
  before: CommandResult,
): boolean {
  if (report === 'filled') {
    // The same fill with other amounts is to be seen.
    if (bookedAs(state, routeId, venueExecId) !== undefined) return true;
    const orderId = state.routes.get(routeId)?.orderId;
    return orderId !== undefined && orderId !== before.orderId;
  }
  return (
    report === 'acknowledged' ||
    report === 'canceled' ||
    report === 'rejected' ||
    report === 'expired' ||
    report === 'unknownOrder'
  );
}

/** What is open although trading is halted: the halt was cut short, or a venue refused to cancel. */
function cancelHalted(desk: Desk): readonly OrderEvent[] {
  const { state } = desk;
  if (state.tradingState !== 'halted' || state.open.size === 0) return [];
  const commandId = `halted:${state.sequence + 1}`;
  return decideMassCancel(desk, { kind: 'massCancel', commandId, by: 'desk', reason: 'trading is halted' })
    .events;
}

function expireOrders({ state, now }: Desk, events: OrderEvent[]): Set<string> {
  const expired = new Set<string>();
  for (const order of state.dayOrders.values()) {
    if (now.utcMs < order.expiresAtMs) continue;
    if (events.length >= DECISION_EVENTS_MAX) break;
    expired.add(order.orderId);
    const commandId = `expiry:${order.orderId}`;
    events.push(...cancelEvents(state.routes, order, commandId, '', EXPIRY_REASON, 'expired'));
  }
  return expired;
}

function doubtUnanswered(desk: Desk, expired: ReadonlySet<string>, events: OrderEvent[]): void {
  const { state, market, now } = desk;
  const standings = new Map<string, Standing>();
  for (const [routeId, sinceMs] of state.unanswered) {
    if (events.length >= DECISION_EVENTS_MAX) break;
    const route = state.routes.get(routeId) as RouteState;
    const timeoutMs = market.venue(route.venue)?.routeTimeoutMs ?? ROUTE_TIMEOUT_MS;
    if (now.utcMs - sinceMs < timeoutMs * 2 ** Math.min(route.doubts, DOUBT_DOUBLINGS_MAX)) continue;
    const order = state.orders.get(route.orderId) as OrderState;
    const standing = standings.get(order.orderId) ?? standingOf(order);
    standings.set(order.orderId, standing);
    const commandId = `timeout:${routeId}:${state.sequence + events.length + 1}`;
    events.push(doubtRoute(route, standing, commandId, 'NO_ANSWER'));
  }
  for (const [orderId, standing] of standings) {
    const order = state.orders.get(orderId) as OrderState;
    if (order.outcome !== 'open' || order.forcedVenue !== undefined || expired.has(orderId)) continue;
    const next = settleOrder(desk, standing);
    events.push(...next);
    // While reducing, each route changes what may still be reduced: one order at a time.
    if (next.length > 0 && isReducing(state)) break;
  }
}

function retryCooled(desk: Desk, events: OrderEvent[]): void {
  const { state, market, now } = desk;
  const instruments = new Set<InstrumentId>();
  for (const orderId of state.cooling.keys()) {
    const order = state.orders.get(orderId) as OrderState;
    const due = order.rejections.some((rejection) => {
      const overMs = now.utcMs - rejection.atMs - coolDownMs(market, rejection);
      return overMs >= 0 && overMs <= COOL_DOWN_TRIES_MS;
    });
    if (due) instruments.add(order.instrument);
  }
  for (const instrument of instruments) events.push(...routeResting(desk, instrument));
}
