/** Words and tones of trading states, and who set one and why. */
import type { SystemEvent } from '@tidegate/wire/monitoring';
import type { TradingStateView } from '@tidegate/wire/rest';
import type { Tone } from '../orders/order.words.ts';

type State = TradingStateView['state'];

export const stateWord: Readonly<Record<State, string>> = {
  active: 'Active',
  reducing: 'Reduce only',
  halted: 'Halted',
  unknown: 'State unknown',
};
export const stateTone: Readonly<Record<State, Tone>> = {
  active: 'good',
  reducing: 'warn',
  halted: 'bad',
  unknown: 'warn',
};

const ranks: Readonly<Record<State, number>> = { active: 0, reducing: 1, unknown: 2, halted: 3 };

/** The gravest of the states; undefined of none. */
export function gravestState(states: readonly TradingStateView[]): TradingStateView | undefined {
  return states.reduce<TradingStateView | undefined>(
    (worst, state) => (worst === undefined || ranks[state.state] > ranks[worst.state] ? state : worst),
    undefined,
  );
}

/**
 * The newest change of the firm's trading state among the events known here (newest first): says who and
 * why.
 */
export function lastChange(events: readonly SystemEvent[], firm: string): SystemEvent | undefined {
  return events.find((event) => event.kind === 'tradingState' && event.subject === firm);
}
