/** Names that are one slip of the fingers away from ours: told instead of passed over in silence. */

/** The first of `names` that `text` is one changed, missing, further or swapped character away from. */
export function nearMiss(text: string, names: Iterable<string>): string | undefined {
  for (const name of names) if (name !== text && isOneSlip(text, name)) return name;
  return undefined;
}

function isOneSlip(left: string, right: string): boolean {
  if (Math.abs(left.length - right.length) > 1) return false;
  let at = 0;
  while (at < left.length && at < right.length && left[at] === right[at]) at += 1;
  const isSwapped = left[at] === right[at + 1] && left[at + 1] === right[at];
  return (
    left.slice(at + 1) === right.slice(at + 1) ||
    left.slice(at + 1) === right.slice(at) ||
    left.slice(at) === right.slice(at + 1) ||
    (isSwapped && left.slice(at + 2) === right.slice(at + 2))
  );
}
