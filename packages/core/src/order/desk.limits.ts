/**
 * Decisions on limits that no order asks for: a subject is disabled when its executions repeat, and enabled
 * by a named person; levels are told that rates and time bring.
 */
import type { LimitReached, LimitTripped, ReleaseLimit } from './limit.event.ts';
import type { Market } from '../market/market.ts';
import type { Moment } from '../number/time.ts';
import { repeatContent } from '../risk/content.ts';
import { limitKey } from '../risk/ledger.ts';
import { readingOf, reviewLevels } from '../risk/limits.ts';
import { pathOf } from '../risk/meters.ts';
import { ProviderRoom } from '../risk/provider.room.ts';
import type { Decision } from './desk.orders.ts';
import type { Desk } from './desk.routes.ts';
import type { OrderEvent } from './order.ts';
import type { OrderState, PartitionState } from './partition.ts';

/** Room with providers that is taken while something is decided is given back after it. */
export function deciding<Result>(
  state: PartitionState,
  market: Market,
  now: Moment,
  decide: (desk: Desk) => Result,
): Result {
  const reading = readingOf(state, market, now);
  const room = reading?.meters.hasProviders === true ? new ProviderRoom(reading) : undefined;
  try {
    return decide({ state, market, now, room });
  } finally {
    room?.giveBack();
  }
}

/** A decision that fills, and what it trips. */
export function withTrips({ state, market, now }: Desk, decision: Decision): Decision {
  const reading = readingOf(state, market, now);
  if (reading === undefined) return decision;
  const trips: LimitTripped[] = [];
  for (const event of decision.events) {
    if (event.type !== 'routeFilled') continue;
    const order = state.orders.get(event.orderId) as OrderState;
    if (order.filled > 0) continue;
    for (const { limit, equals, key, subject, most } of reading.meters.on(pathOf(order)).applied) {
      if (limit.measure !== 'repeatedExecution' || limit.action !== 'refuse') continue;
      if (equals === undefined || state.ledger.tripped.has(key)) continue;
      const count = equals.count(repeatContent(order), now.utcMs) + 1;
      if (count < most) continue;
      const { side, instrument } = order;
      const text = `${count} equal executions, ${side} ${instrument}, within ${limit.windowMs} ms`;
      trips.push({ type: 'limitTripped', limit: limit.id, subject, text });
    }
  }
  return trips.length === 0 ? decision : { ...decision, events: [...decision.events, ...trips] };
}

export function decideReleaseLimit({ state }: Desk, command: ReleaseLimit): Decision {
  const { commandId, by, reason, limit, subject } = command;
  if (!state.ledger.tripped.has(limitKey(limit, subject))) return { events: [], reply: {} };
  const event: OrderEvent = { type: 'limitReleased', commandId, by, reason, limit, subject };
  return { events: [event], reply: {} };
}

/** Within seconds of the moment at which it came to be: RTS 6, Art. 16(5). */
export function reviewLimits({ state, market, now }: Desk): readonly OrderEvent[] {
  const reading = readingOf(state, market, now);
  if (reading === undefined) return [];
  const { portion, isLast } = reading.meters.toReview(now.monoMs);
  const events: LimitReached[] = reviewLevels(reading, portion);
  if (!isLast) return events;
  for (const key of state.ledger.levels.keys()) {
    if (reading.meters.exposures.has(key)) continue;
    const [limit = '', subject = ''] = key.split('\u0000');
    const text = `limit ${limit} of ${subject} is not used any more`;
    events.push({ type: 'limitReached', limit, subject, level: 0, use: '0', maximum: '', text });
  }
  return events;
}
