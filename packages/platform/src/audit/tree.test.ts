/** The Merkle tree against the test vectors of RFC 6962's log and a naive recomputation. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consistencyRanges,
  emptyRoot,
  GrowingTree,
  inclusionRanges,
  isConsistent,
  leafHash,
  proofOf,
  rootOfInclusion,
  treeRoot,
  type Hash,
} from './tree.ts';

const vectors = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** As the definition reads. */
function naiveRoot(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return createHash('sha256').digest();
  if (leaves.length === 1) return leaves[0]!;
  const half = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  const parts = [Buffer.of(1), naiveRoot(leaves.slice(0, half)), naiveRoot(leaves.slice(half))];
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

const leavesOf = (size: number): Hash[] =>
  Array.from({ length: size }, (_, at) => leafHash(Buffer.from(`entry ${at}`)));
const size = fc.integer({ min: 1, max: 130 });

describe('the tree', () => {
  it('has the roots of the published vectors', () => {
    const tree = new GrowingTree();
    expect(tree.root()).toEqual(emptyRoot);
    for (const [at, vector] of vectors.entries()) {
      tree.add(leafHash(Buffer.from(vector, 'hex')));
      expect([tree.size, tree.root().toString('hex')]).toEqual([at + 1, roots[at]]);
    }
  });

  it('has the root of the definition at every size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), (length) => {
        const leaves = leavesOf(length);
        expect(treeRoot(leaves)).toEqual(naiveRoot(leaves));
      }),
      { numRuns: 60 },
    );
  });

  it('proves each entry, and no other in its place', () => {
    fc.assert(
      fc.property(size, fc.nat(), (length, any) => {
        const leaves = leavesOf(length);
        const index = any % length;
        const proof = proofOf(inclusionRanges(index, length), leaves);
        const claim = { index, size: length, leaf: leaves[index]!, proof };
        expect(rootOfInclusion(claim)).toEqual(treeRoot(leaves));
        expect(rootOfInclusion({ ...claim, leaf: leafHash(Buffer.from('another')) })).not.toEqual(
          treeRoot(leaves),
        );
        expect(rootOfInclusion({ ...claim, proof: [...proof, emptyRoot] })).not.toEqual(treeRoot(leaves));
      }),
      { numRuns: 100 },
    );
    expect(() => inclusionRanges(3, 3)).toThrow(RangeError);
  });

  it('proves that it continues a smaller one, and not another', () => {
    fc.assert(
      fc.property(size, fc.nat(), (length, any) => {
        const leaves = leavesOf(length);
        const first = 1 + (any % length);
        const proof = proofOf(consistencyRanges(first, length), leaves);
        const firstRoot = treeRoot(leaves.slice(0, first));
        const claim = { first, firstRoot, size: length, root: treeRoot(leaves), proof };
        expect(isConsistent(claim)).toBe(true);
        const other = leaves.with(first - 1, leafHash(Buffer.from('another')));
        expect(isConsistent({ ...claim, firstRoot: treeRoot(other.slice(0, first)) })).toBe(false);
        expect(isConsistent({ ...claim, root: treeRoot(other) })).toBe(false);
        expect(isConsistent({ ...claim, proof: [...proof, emptyRoot] })).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});
