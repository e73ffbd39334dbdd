/** Differences between documents: none where they say the same, and one line for each that there is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differences, differenceText } from './differences.ts';

describe('differences', () => {
  it('name the value by its path, entries of lists by their id', () => {
    const from = {
      name: 'A',
      limits: { open: 1, rate: 2 },
      accounts: [{ id: 'a', name: 'One' }, { id: 'b' }],
      instruments: ['X', 'Y'],
    };
    const to = {
      limits: { open: 3, rate: 2 },
      accounts: [{ id: 'b' }, { id: 'a', name: 'Two' }, { id: 'c' }],
      instruments: ['X'],
    };
    expect(differences(from, to)).toEqual([
      { path: 'accounts[a].name', from: 'One', to: 'Two' },
      { path: 'accounts[c]', to: { id: 'c' } },
      { path: 'instruments', from: ['X', 'Y'], to: ['X'] },
      { path: 'limits.open', from: 1, to: 3 },
      { path: 'name', from: 'A' },
    ]);
    expect(differenceText({ path: 'limits.open', from: 1, to: 3 })).toBe('limits.open: 1 → 3');
    expect(differenceText({ path: '', to: {} })).toBe('document: nothing → {}');
  });

  it('are none of a document with itself, in whatever order its fields are', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (document) => {
        const turned = Object.fromEntries(Object.entries(document).reverse());
        expect(differences(document, turned)).toEqual([]);
      }),
    );
  });

  it('are some wherever a value is another', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (from, to) => {
        const isSame = JSON.stringify(from) === JSON.stringify(to);
        if (isSame) expect(differences(from, to)).toEqual([]);
        else if (typeof from !== 'object' || typeof to !== 'object')
          expect(differences(from, to)).not.toEqual([]);
      }),
    );
  });
});
