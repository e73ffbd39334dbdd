/** A ladder of rates, climbed until one does not hold. */

/**
 * The highest rung that holds: upwards from `first` while they do, else downwards until one does. 0 when
 * none does. Each rung costs a minute, so none is tried that need not be.
 */
export async function highestRung(
  rungs: readonly number[],
  first: number,
  holds: (rate: number) => Promise<boolean>,
): Promise<number> {
  const at = rungs.indexOf(first);
  if (at < 0) throw new Error(`${first} is no rung of the ladder`);
  if (!(await holds(first))) {
    for (const rate of rungs.slice(0, at).reverse()) if (await holds(rate)) return rate;
    return 0;
  }
  let highest = first;
  for (const rate of rungs.slice(at + 1)) {
    if (!(await holds(rate))) break;
    highest = rate;
  }
  return highest;
}
