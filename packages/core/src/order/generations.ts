/**
 * Memory with a bound for what must be recognised when it comes again (commandIds, ClOrdIDs, ExecIDs). Two
 * maps: when the young one is full it becomes the old one and the old one is forgotten, so every step is O(1)
 * and between half and all of the bound is remembered. (Deleting a Map's oldest key one by one scans its
 * tombstones: O(n) in V8.)
 */

export interface Generations<Value> {
  young: Map<string, Value>;
  old: Map<string, Value>;
}

export function emptyGenerations<Value>(): Generations<Value> {
  return { young: new Map(), old: new Map() };
}

export function recall<Value>(memory: Generations<Value>, key: string): Value | undefined {
  return memory.young.get(key) ?? memory.old.get(key);
}

/** Remembers; tells whether a generation was just forgotten. `sizeMax` bounds both maps together. */
export function remember<Value>(
  memory: Generations<Value>,
  key: string,
  value: Value,
  sizeMax: number,
): boolean {
  memory.young.set(key, value);
  if (memory.young.size * 2 < sizeMax) return false;
  age(memory);
  return true;
}

/** Makes the young generation the old one. */
export function age<Value>(memory: Generations<Value>): void {
  memory.old = memory.young;
  memory.young = new Map();
}
