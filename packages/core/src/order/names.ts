/**
 * The names (ClOrdIDs, commandIds) that a partition has seen, to refuse what comes twice: by trading day, the
 * present one and the one before. Names that count up (ORD-17, ORD-18, …) are kept as runs, exactly and for
 * next to nothing; all others as fingerprints. What a name meant is not kept.
 */
import { fingerprintOf, Fingerprints } from './fingerprints.ts';

/** Beginnings of names that may count up at the same time; the one not heard of for longest gives way. */
const COUNTING_MAX = 64;
/** A run of fewer names is kept as fingerprints. */
const RUN_MIN = 32;
/** Digits at the end of a name that are a number: what an integer holds exactly. */
const DIGITS_MAX = 15;

/** `prefix` followed by each whole number in [from, to]. */
export interface Run {
  readonly prefix: string;
  readonly from: number;
  to: number;
}

export class Names {
  /** Runs that may go on, the last extended at the end. */
  readonly counting = new Map<string, Run>();
  /** Runs that have ended, in the order of their ends. Only grows. */
  readonly runs: Run[] = [];
  readonly fingerprints = new Fingerprints();
  /** `runs` by prefix, by their first number; they do not overlap. */
  readonly #byPrefix = new Map<string, Run[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(name: string): boolean {
    const { prefix, number } = split(name);
    if (number >= 0) {
      const counting = this.counting.get(prefix);
      if (counting !== undefined && counting.from <= number && number <= counting.to) return true;
      const run = runAt(this.#byPrefix.get(prefix), number);
      if (run !== undefined && number <= run.to) return true;
    }
    return this.fingerprints.size > 0 && this.fingerprints.has(fingerprintOf(name));
  }

  add(name: string): void {
    if (this.has(name)) return;
    this.#size += 1;
    const { prefix, number } = split(name);
    if (number < 0) return this.fingerprints.add(fingerprintOf(name));
    const run = this.counting.get(prefix);
    this.counting.delete(prefix);
    if (run !== undefined && run.to + 1 === number) {
      run.to = number;
      this.counting.set(prefix, run);
      return;
    }
    if (run !== undefined) this.#end(run);
    else if (this.counting.size >= COUNTING_MAX) {
      const [oldest] = this.counting.values();
      this.counting.delete((oldest as Run).prefix);
      this.#end(oldest as Run);
    }
    this.counting.set(prefix, { prefix, from: number, to: number });
  }

  /** As a snapshot has it. */
  restore(size: number, counting: readonly Run[], runs: readonly Run[]): void {
    this.#size = size;
    for (const run of counting) this.counting.set(run.prefix, { ...run });
    for (const run of runs) this.#keep(run);
  }

  #end(run: Run): void {
    if (run.to - run.from + 1 >= RUN_MIN) return this.#keep(run);
    for (let number = run.from; number <= run.to; number += 1)
      this.fingerprints.add(fingerprintOf(`${run.prefix}${number}`));
  }

  #keep(run: Run): void {
    this.runs.push(run);
    const known = this.#byPrefix.get(run.prefix);
    if (known === undefined) this.#byPrefix.set(run.prefix, [run]);
    else known.splice(placeOf(known, run.from), 0, run);
  }
}

export interface NamesOfDays {
  young: Names;
  old: Names;
}

export const noNames = (): NamesOfDays => ({ young: new Names(), old: new Names() });

export const isNamed = ({ young, old }: NamesOfDays, name: string): boolean =>
  young.has(name) || old.has(name);

/** Another trading day has begun. */
export function turnDay(names: NamesOfDays): void {
  names.old = names.young;
  names.young = new Names();
}

/** A name and its number are one and the same; `number` is -1 of a name that does not end with one. */
function split(name: string): { readonly prefix: string; readonly number: number } {
  let start = name.length;
  while (start > 0 && name.length - start < DIGITS_MAX && isDigit(name.charCodeAt(start - 1))) start -= 1;
  // Zeros before a number belong to the prefix, so that prefix and number make the name again.
  while (start < name.length - 1 && name.charCodeAt(start) === 0x30) start += 1;
  return start === name.length
    ? { prefix: name, number: -1 }
    : { prefix: name.slice(0, start), number: Number(name.slice(start)) };
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** The last run that begins at or before `number`. */
const runAt = (runs: readonly Run[] | undefined, number: number): Run | undefined =>
  runs?.[placeOf(runs, number) - 1];

/** How many of the runs begin at or before `number`. */
function placeOf(runs: readonly Run[], number: number): number {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((runs[middle] as Run).from <= number) low = middle + 1;
    else high = middle;
  }
  return low;
}
