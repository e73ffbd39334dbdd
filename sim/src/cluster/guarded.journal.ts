/**
 * The journal as ownership sees it: claimed under a lease's epoch, appended to under the claim's own, and
 * refusing both when they are old. With `isOpen` it refuses nothing, so that a test sees the checks find it.
 */
interface Partition {
  leaseEpoch: number;
  epoch: number;
  readonly records: { readonly epoch: number; readonly id: string }[];
}

export class GuardedJournal {
  readonly partitions = new Map<string, Partition>();
  readonly #isOpen: boolean;

  constructor(isOpen: boolean) {
    this.#isOpen = isOpen;
  }

  /** Undefined: a later lease has claimed it. */
  claim(name: string, leaseEpoch: number): { readonly epoch: number; readonly head: number } | undefined {
    const partition = this.partitions.get(name) ?? { leaseEpoch: 0, epoch: 0, records: [] };
    if (leaseEpoch < partition.leaseEpoch && !this.#isOpen) return undefined;
    partition.leaseEpoch = leaseEpoch;
    partition.epoch += 1;
    this.partitions.set(name, partition);
    return { epoch: partition.epoch, head: partition.records.length };
  }

  append(name: string, epoch: number, sequence: number, id: string): boolean {
    const { records, ...held } = this.partitions.get(name)!;
    const isNext = held.epoch === epoch && records.length === sequence - 1;
    if (!isNext && !this.#isOpen) return false;
    records.push({ epoch, id });
    return true;
  }

  confirm(name: string, epoch: number): boolean {
    return this.#isOpen || this.partitions.get(name)!.epoch === epoch;
  }
}
