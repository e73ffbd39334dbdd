/**
 * Which fields of a market data message a subscription keeps. Bloomberg's messages carry more fields than
 * were asked for; equal lists share one filter, so that a filter can be compared by identity.
 */
export type FieldFilter = ReadonlySet<string>;

/** Kept whatever was asked for: they say what kind of update it is. */
export const alwaysKept: readonly string[] = [
  'MKTDATA_EVENT_TYPE',
  'MKTDATA_EVENT_SUBTYPE',
  'IS_DELAYED_STREAM',
];

const shared = new Map<string, WeakRef<FieldFilter>>();
const sharedMax = 10_000;

export function fieldFilter(fields: readonly string[]): FieldFilter {
  const key = [...new Set(fields)].sort().join(',');
  const known = shared.get(key)?.deref();
  if (known !== undefined) return known;
  const filter: FieldFilter = new Set([...alwaysKept, ...fields]);
  if (shared.size >= sharedMax) shared.clear();
  shared.set(key, new WeakRef(filter));
  return filter;
}
