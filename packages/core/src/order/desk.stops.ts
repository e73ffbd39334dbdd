/** Decisions on stops: set with the cancels that they bring, gone on with by ticks, released by a person. */
import { isOrderWithin, scopeText, STOPS_MAX, stopKey } from '../risk/stops.ts';
import { decideMassCancel, type Decision } from './desk.orders.ts';
import type { Desk } from './desk.routes.ts';
import type { MassCancel, OrderEvent } from './order.ts';
import type { PartitionState } from './partition.ts';
import type { ReleaseStop, SetStop, StopScope, StopSet } from './stop.event.ts';

/** As with a halt of the firm, the first cancels come in the same breath, the others as `rest`. */
export function decideSetStop(desk: Desk, command: SetStop): Decision {
  const { commandId, by, reason, scope, stop } = command;
  const { stops } = desk.state;
  const present = stops.get(stopKey(scope));
  const subject = scopeText(scope);
  if (present?.stop === 'halted' && stop === 'reducing') {
    const text = `${subject} is halted; a person releases it before it may reduce`;
    return { events: [], reply: { refusal: { code: 'TRADING_STOPPED', text } } };
  }
  if (present === undefined && stops.size >= STOPS_MAX) {
    const text = `${STOPS_MAX} stops stand already; halt the firm, or release some`;
    return { events: [], reply: { refusal: { code: 'OVERLOADED', text } } };
  }
  const orders = openCount(desk.state, scope);
  const set: StopSet = { type: 'stopSet', commandId, by, reason, scope, stop, orders };
  if (stop !== 'halted') return { events: [set], reply: {} };
  const why = `${subject} halted: ${reason}`;
  const { events, rest } = decideMassCancel(desk, cancelOf(scope, `${commandId}/cancel`, by, why));
  return { events: [set, ...events], reply: {}, ...(rest === undefined ? {} : { rest }) };
}

export function decideReleaseStop({ state }: Desk, command: ReleaseStop): Decision {
  const { commandId, by, reason, scope } = command;
  if (!state.stops.has(stopKey(scope))) return { events: [], reply: {} };
  return { events: [{ type: 'stopReleased', commandId, by, reason, scope }], reply: {} };
}

/** What is open although its scope is halted: the halt was cut short, or a venue refused to cancel. */
export function cancelStopped(desk: Desk): readonly OrderEvent[] {
  const { state } = desk;
  if (state.open.size === 0) return [];
  for (const { scope, stop } of state.stops.values()) {
    if (stop !== 'halted') continue;
    const command = cancelOf(scope, `stopped:${state.sequence + 1}`, 'desk', `${scopeText(scope)} is halted`);
    const { events } = decideMassCancel(desk, command);
    if (events.length > 0) return events;
  }
  return [];
}

function cancelOf(scope: StopScope, commandId: string, by: string, reason: string): MassCancel {
  const { session, ...others } = scope;
  return {
    ...{ kind: 'massCancel', commandId, by, reason, ...others },
    ...(session === undefined ? {} : { client: session }),
  };
}

function openCount(state: PartitionState, scope: StopScope): number {
  let count = 0;
  for (const order of state.open.values()) if (isOrderWithin(state, scope, order)) count += 1;
  return count;
}
