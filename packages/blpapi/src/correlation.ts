/**
 * Correlation ids of one session: integers counted upwards, so an id is never reused, and who owns each open
 * one. Bloomberg ends an id at unsubscribe, cancel, the final response or a terminating status.
 */
import { localError } from './errors.ts';

export class CorrelationIds<Owner> {
  readonly #owners = new Map<number, Owner>();
  readonly #openMax: number;
  #last = 0;

  constructor(openMax: number) {
    this.#openMax = openMax;
  }

  get size(): number {
    return this.#owners.size;
  }

  /** A fresh id. Throws LIMIT when too many are open. */
  open(owner: Owner): number {
    if (this.#owners.size >= this.#openMax)
      throw localError('correlation id', 'LIMIT', `${this.#openMax} correlation ids are open`);
    const id = ++this.#last;
    this.#owners.set(id, owner);
    return id;
  }

  owner(id: number | undefined): Owner | undefined {
    return id === undefined ? undefined : this.#owners.get(id);
  }

  close(id: number): Owner | undefined {
    const owner = this.#owners.get(id);
    this.#owners.delete(id);
    return owner;
  }

  /** Everything still open, ended at once. */
  closeAll(): Map<number, Owner> {
    const open = new Map(this.#owners);
    this.#owners.clear();
    return open;
  }

  entries(): IterableIterator<[number, Owner]> {
    return this.#owners.entries();
  }
}
