/** Words and tones of trading states. */
import type { TradingStateView } from '@tidegate/wire/rest';
import type { Tone } from '../orders/order.words.ts';

type State = TradingStateView['state'];

export const stateWord: Readonly<Record<State, string>> = {
  active: 'Active',
  reducing: 'Reduce only',
  halted: 'Halted',
};
export const stateTone: Readonly<Record<State, Tone>> = { active: 'good', reducing: 'warn', halted: 'bad' };

const ranks: Readonly<Record<State, number>> = { active: 0, reducing: 1, halted: 2 };

/** The gravest of the states; undefined of none. */
export function gravestState(states: readonly TradingStateView[]): TradingStateView | undefined {
  return states.reduce<TradingStateView | undefined>(
    (worst, state) => (worst === undefined || ranks[state.state] > ranks[worst.state] ? state : worst),
    undefined,
  );
}
