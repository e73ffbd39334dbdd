/**
 * Commands that were carried out before the journal could take them: decided again when it is back, with the
 * ids under which venues were told. What the journal has then is what was done, and nothing goes out twice.
 */
import type { Market } from '../market/market.ts';
import { cancelAttempt } from '../number/ids.ts';
import type { Moment } from '../number/time.ts';
import { decide, type Decision } from './desk.ts';
import type { Command, OrderEvent, ReducingCommand, RouteCancelRequested } from './order.ts';
import type { PartitionState } from './partition.ts';

/** A command and the cancels that venues were sent for it. */
export interface SpooledCommand {
  readonly command: ReducingCommand;
  readonly sent: readonly RouteCancelRequested[];
}

/** Cancels and the kill switch. A replace may reduce too, but says more than that; a release adds risk. */
export function reducesRisk(command: Command): command is ReducingCommand {
  return (
    command.kind === 'cancel' ||
    command.kind === 'massCancel' ||
    command.kind === 'setStop' ||
    (command.kind === 'setTradingState' && command.state === 'halted')
  );
}

/** As `decide`; `rest` is to be given again, with the same `sent`. */
export function decideSpooled(
  state: PartitionState,
  market: Market,
  { command, sent }: SpooledCommand,
  now: Moment,
): Decision {
  const byRoute = new Map(sent.map((event) => [event.routeId, { ...event, isEarly: true } as const]));
  const decision = decide(state, market, command, now);
  const events = decision.events.map((event): OrderEvent => {
    const early = event.type === 'routeCancelRequested' ? byRoute.get(event.routeId) : undefined;
    if (early !== undefined) byRoute.delete(early.routeId);
    return early ?? event;
  });
  if (decision.rest === undefined) events.push(...[...byRoute.values()].filter(isMissing(state)));
  return { ...decision, events };
}

/** Sent, and not in the journal: what the decision rested on was lost with an append that did not happen. */
const isMissing =
  ({ routes }: PartitionState) =>
  ({ routeId, cancelId }: RouteCancelRequested): boolean => {
    const { cancels, attemptsFrom } = routes.get(routeId) ?? { cancels: Infinity, attemptsFrom: 0 };
    return cancels + attemptsFrom < (cancelAttempt(cancelId) ?? 0);
  };
