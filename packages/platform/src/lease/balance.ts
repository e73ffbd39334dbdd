/**
 * Who should own what, purely: shares as even as they can be with as few moves as that takes. Every member
 * computes it from the same table and comes to the same end; where tables differ for a moment the store
 * decides.
 */

/**
 * The holder each resource should have. `held`: who has it now, living or not. Rules B1 to B4.
 */
export function assign(
  resources: readonly string[],
  members: readonly string[],
  held: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const assigned = new Map<string, string>();
  if (members.length === 0) return assigned;
  const names = [...new Set(resources)].toSorted();
  const kept = new Map<string, string[]>(members.toSorted().map((member) => [member, []]));
  const moving: string[] = [];
  for (const name of names) (kept.get(held.get(name) ?? '') ?? moving).push(name);
  // Who has most keeps one more where it does not divide evenly.
  const byCount = [...kept].toSorted(([, a], [, b]) => b.length - a.length);
  const least = Math.floor(names.length / byCount.length);
  const withOneMore = names.length % byCount.length;
  const shares = new Map(byCount.map(([member], index) => [member, least + (index < withOneMore ? 1 : 0)]));
  for (const [member, mine] of kept) {
    moving.push(...mine.splice(shares.get(member)!));
    for (const name of mine) assigned.set(name, member);
  }
  moving.sort();
  for (const [member, mine] of kept)
    for (const name of moving.splice(0, shares.get(member)! - mine.length)) assigned.set(name, member);
  return assigned;
}
