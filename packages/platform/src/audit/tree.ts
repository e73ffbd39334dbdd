/**
 * The Merkle tree over the audit's entries, as RFC 9162 (section 2.1) and RFC 6962 have it: hashes of leaves
 * and nodes, the root, and proofs that an entry is in a tree and that one tree continues another.
 */
import { createHash } from 'node:crypto';

/** 32 bytes of SHA-256. */
export type Hash = Buffer;

const leafPrefix = Buffer.of(0);
const nodePrefix = Buffer.of(1);

const sha256 = (...parts: readonly Uint8Array[]): Hash => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export const leafHash = (entry: Uint8Array): Hash => sha256(leafPrefix, entry);
export const nodeHash = (left: Hash, right: Hash): Hash => sha256(nodePrefix, left, right);
export const emptyRoot: Hash = sha256();

/** A tree that only grows, by the roots of its complete parts: logarithmic, whatever its size. */
export class GrowingTree {
  readonly #parts: { readonly size: number; readonly hash: Hash }[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(leaf: Hash): void {
    let part = { size: 1, hash: leaf };
    for (let last = this.#parts.at(-1); last?.size === part.size; last = this.#parts.at(-1)) {
      this.#parts.pop();
      part = { size: 2 * part.size, hash: nodeHash(last.hash, part.hash) };
    }
    this.#parts.push(part);
    this.#size += 1;
  }

  root(): Hash {
    const hashes = this.#parts.map(({ hash }) => hash);
    return hashes.length === 0 ? emptyRoot : hashes.reduceRight((right, left) => nodeHash(left, right));
  }
}

export function treeRoot(leaves: Iterable<Hash>): Hash {
  const tree = new GrowingTree();
  for (const leaf of leaves) tree.add(leaf);
  return tree.root();
}

/** Leaves from `from` up to and without `to`, counted from 0. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Largest power of two below `size`, which is at least 2. */
function split(size: number): number {
  let half = 1;
  while (2 * half < size) half *= 2;
  return half;
}

/** The parts whose roots prove, leaf first, that leaf `index` is in the tree of `size`. */
export function inclusionRanges(index: number, size: number): readonly Range[] {
  assertWithin(0, index, size - 1);
  const path: Range[] = [];
  for (let from = 0, to = size; to - from > 1;) {
    const middle = from + split(to - from);
    if (index < middle) {
      path.push({ from: middle, to });
      to = middle;
    } else {
      path.push({ from, to: middle });
      from = middle;
    }
  }
  return path.reverse();
}

/** The parts whose roots prove that the tree of `size` begins with the tree of `first`. */
export function consistencyRanges(first: number, size: number): readonly Range[] {
  assertWithin(1, first, size);
  const path: Range[] = [];
  let isWhole = true;
  let from = 0;
  let to = size;
  while (first !== to) {
    const middle = from + split(to - from);
    if (first <= middle) {
      path.push({ from: middle, to });
      to = middle;
    } else {
      path.push({ from, to: middle });
      from = middle;
      isWhole = false;
    }
  }
  if (!isWhole) path.push({ from, to });
  return path.reverse();
}

function assertWithin(min: number, value: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < min || value > max)
    throw new RangeError(`${value} is not within ${min} and ${max}`);
}

export const proofOf = (ranges: readonly Range[], leaves: readonly Hash[]): readonly Hash[] =>
  ranges.map(({ from, to }) => treeRoot(leaves.slice(from, to)));

interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leaf: Hash;
  readonly proof: readonly Hash[];
}

/** The root that the proof comes to (RFC 9162, 2.1.3.2); undefined when it has not the right length. */
export function rootOfInclusion({ index, size, leaf, proof }: Inclusion): Hash | undefined {
  if (index < 0 || index >= size) return undefined;
  let node = index;
  let last = size - 1;
  let root = leaf;
  for (const hash of proof) {
    if (last === 0) return undefined;
    if (node % 2 === 1 || node === last) {
      root = nodeHash(hash, root);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      root = nodeHash(root, hash);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : undefined;
}

interface Consistency {
  readonly first: number;
  readonly firstRoot: Hash;
  readonly size: number;
  readonly root: Hash;
  readonly proof: readonly Hash[];
}

/** Does the tree of `size` begin with the tree of `first`? RFC 9162, 2.1.4.2. */
export function isConsistent({ first, firstRoot, size, root, proof }: Consistency): boolean {
  if (first < 1 || first > size) return false;
  if (first === size) return proof.length === 0 && firstRoot.equals(root);
  const isPowerOfTwo = Number.isInteger(Math.log2(first));
  const [start, ...path] = isPowerOfTwo ? [firstRoot, ...proof] : proof;
  if (start === undefined) return false;
  let node = first - 1;
  let last = size - 1;
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  let old = start;
  let now = start;
  for (const hash of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      old = nodeHash(hash, old);
      now = nodeHash(hash, now);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      now = nodeHash(now, hash);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && old.equals(firstRoot) && now.equals(root);
}
