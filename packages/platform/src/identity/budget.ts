/**
 * A budget of tries: a bucket that each try fills by one and that time empties. Pure functions of the state
 * and the moment; a clock that steps back empties nothing.
 */
export interface BudgetTerms {
  /** Tries at once. */
  readonly burst: number;
  /** What comes back in a minute. */
  readonly perMinute: number;
}

export interface BudgetState {
  readonly level: number;
  readonly atMs: number;
}

const minuteMs = 60_000;

/** After one more try, or undefined: it is over the budget, and nothing is counted. */
export function taken(
  state: BudgetState | undefined,
  { burst, perMinute }: BudgetTerms,
  nowMs: number,
): BudgetState | undefined {
  const before = state === undefined ? 0 : emptied(state, perMinute, nowMs);
  if (before + 1 > burst) return undefined;
  return { level: before + 1, atMs: Math.max(state?.atMs ?? nowMs, nowMs) };
}

/** After a try was good, or was not judged. */
export function givenBack(state: BudgetState, { perMinute }: BudgetTerms, nowMs: number): BudgetState {
  return {
    level: Math.max(0, emptied(state, perMinute, nowMs) - 1),
    atMs: Math.max(state.atMs, nowMs),
  };
}

const emptied = ({ level, atMs }: BudgetState, perMinute: number, nowMs: number): number =>
  Math.max(0, level - (Math.max(0, nowMs - atMs) * perMinute) / minuteMs);
