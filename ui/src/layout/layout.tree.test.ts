/** Steps on the tree of panels: whatever is done, each panel has one place, and the list says it again. */
import fc from 'fast-check';
import { layoutNode } from '@tidegate/wire/workspaces';
import { describe, expect, it } from 'vitest';
import {
  activate,
  close,
  fromList,
  groupOf,
  groupsOf,
  move,
  moveTowards,
  open,
  resize,
  shareMin,
  toList,
  type Node,
  type Side,
} from './layout.tree.ts';

const start = { kind: 'group', id: 'n1', share: 100, panels: ['a'], active: 'a' } satisfies Node;
const sides = ['tab', 'left', 'right', 'top', 'bottom'] as const;
const panelsOf = (tree: Node): readonly string[] => groupsOf(tree).flatMap(({ panels }) => panels);

function isSound(tree: Node): void {
  if (tree.kind === 'group') {
    expect(tree.panels).toContain(tree.active);
    return;
  }
  expect(tree.children.length).toBeGreaterThan(1);
  expect(tree.children.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(100, 6);
  for (const child of tree.children) {
    if (child.kind === 'split') expect(child.direction).not.toBe(tree.direction);
    isSound(child);
  }
}

describe('the tree of panels', () => {
  it('opens beside, as a tab, and closes without leaving a hole', () => {
    let tree: Node = open(start, 'b', 'n1', 'right');
    expect(tree).toMatchObject({ kind: 'split', direction: 'row', children: [{ id: 'n1' }, {}] });
    tree = open(tree, 'c', 'n1', 'tab');
    expect(groupOf(tree, 'c')).toMatchObject({ id: 'n1', panels: ['a', 'c'], active: 'c' });
    expect(close(close(tree, 'b')!, 'c')).toEqual(start);
    expect(close(start, 'a')).toBeNull();
  });

  it('moves a panel to the neighbour, and a tab out of its group', () => {
    const two = open(open(start, 'b', 'n1', 'right'), 'c', 'n1', 'tab');
    const out = moveTowards(two, 'c', 'bottom');
    expect(groupOf(out, 'c')!.panels).toEqual(['c']);
    expect(moveTowards(out, 'b', 'right')).toBe(out);
    expect(panelsOf(moveTowards(out, 'b', 'left')).toSorted()).toEqual(['a', 'b', 'c']);
    expect(move(two, 'b', 'nowhere', 'tab')).toBe(two);
  });

  it('moves a border, and never so far that a panel is gone', () => {
    const tree = open(start, 'b', 'n1', 'right');
    const shares = (by: number): readonly number[] => {
      const next = resize(tree, tree.id, 0, by);
      return next.kind === 'split' ? next.children.map(({ share }) => share) : [];
    };
    expect(shares(10)).toEqual([60, 40]);
    expect(shares(90)).toEqual([100 - shareMin, shareMin]);
    expect(shares(-90)).toEqual([shareMin, 100 - shareMin]);
  });

  it('gives no split the name of one whose first group is gone', () => {
    let tree: Node = open(open(start, 'b', 'n1', 'right'), 'c', 'n2', 'top');
    tree = open(moveTowards(tree, 'a', 'right'), 'd', groupOf(tree, 'b')!.id, 'left');
    const ids = toList(tree).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('keeps every panel once, whatever is done, and is the same out of its list', () => {
    const panel = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const step = fc.record({
      what: fc.constantFrom('open', 'close', 'move', 'activate', 'resize', 'towards'),
      panel,
      at: fc.nat(5),
      side: fc.constantFrom(...sides),
      by: fc.integer({ min: -60, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let tree: Node = start;
        const there = new Set(['a']);
        for (const { what, panel: name, at, side, by } of steps) {
          const groups = groupsOf(tree);
          const target = groups[at % groups.length]!.id;
          if (what === 'open') {
            tree = open(tree, name, target, side);
            there.add(name);
          } else if (what === 'close' && there.size > 1 && there.delete(name)) tree = close(tree, name)!;
          else if (what === 'move') tree = move(tree, name, target, side);
          else if (what === 'activate') tree = activate(tree, name);
          else if (what === 'towards' && side !== 'tab')
            tree = moveTowards(tree, name, side satisfies Exclude<Side, 'tab'>);
          else if (what === 'resize') tree = resize(tree, tree.id, at, by);
          isSound(tree);
          expect(panelsOf(tree).toSorted()).toEqual([...there].toSorted());
        }
        const list = toList(tree);
        expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
        for (const node of list) expect(layoutNode.safeParse(node).success).toBe(true);
        expect(toList(fromList(list, there)!)).toEqual(list);
      }),
    );
  });

  it('takes of a list what holds together', () => {
    const group = (id: string, parent: string | null, panels: string[]) =>
      ({ kind: 'group', id, parent, share: 50, panels, active: panels[0]! }) as const;
    const split = { kind: 'split', id: 's', parent: null, share: 100, direction: 'row' } as const;
    const known = new Set(['a', 'b']);
    expect(fromList([split, group('g', 's', ['a', 'x']), group('h', 's', ['a', 'b'])], known)).toMatchObject({
      children: [
        { id: 'g', panels: ['a'] },
        { id: 'h', panels: ['b'] },
      ],
    });
    expect(fromList([split, group('g', 's', ['x'])], known)).toBeNull();
    expect(fromList([{ ...split, parent: 's' }], known)).toBeNull();
    expect(
      fromList([split, { ...split, id: 't', parent: 's' }, { ...split, id: 's', parent: 't' }], known),
    ).toBeNull();
  });
});
