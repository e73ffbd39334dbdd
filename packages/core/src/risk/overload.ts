/**
 * When an owner takes no new risk because it is behind: the age of the oldest event that is not durable, or
 * of the oldest command that waits, is over the limit. It begins again when the age has fallen to half of
 * that, so that it does not open and shut with each append. What only reduces risk is never asked.
 */
export interface Overload {
  readonly isOverloaded: boolean;
  readonly ageMs: number;
}

export const NOT_OVERLOADED: Overload = { isOverloaded: false, ageMs: 0 };

/** `ageMs`: of the oldest that waits now. */
export function overloadAt(before: Overload, ageMs: number, limitMs: number): Overload {
  return { isOverloaded: ageMs > (before.isOverloaded ? limitMs / 2 : limitMs), ageMs };
}
