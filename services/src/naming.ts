/** A few names out of many, for texts that people read. */

const shownMax = 5;

/** `a, b and 7 more`. */
export function named(names: readonly string[]): string {
  const shown = names.slice(0, shownMax).join(', ');
  return names.length <= shownMax ? shown : `${shown} and ${names.length - shownMax} more`;
}
