/**
 * Where panels stand, as a tree of splits and of groups with tabs, and what a user does to it. Pure: a step
 * gives the next tree. The server keeps it as a list (`@tidegate/wire/workspaces`).
 */
import type { LayoutNode } from '@tidegate/wire/workspaces';

export type Direction = 'row' | 'column';
export type Side = 'tab' | 'left' | 'right' | 'top' | 'bottom';

export interface Group {
  readonly kind: 'group';
  readonly id: string;
  /** Percent of its split, 1 to 100. */
  readonly share: number;
  readonly panels: readonly string[];
  readonly active: string;
}

export interface Split {
  readonly kind: 'split';
  readonly id: string;
  readonly share: number;
  readonly direction: Direction;
  readonly children: readonly Node[];
}

export type Node = Group | Split;

export const shareMin = 8;

export function groupsOf(node: Node): readonly Group[] {
  return node.kind === 'group' ? [node] : node.children.flatMap(groupsOf);
}

export const groupOf = (tree: Node, panel: string): Group | undefined =>
  groupsOf(tree).find(({ panels }) => panels.includes(panel));

/**
 * Ids are those of the tree, counted up: a tree that is built again is the same. A split is named after the
 * group that made it, and may outlive it.
 */
function newId(tree: Node): string {
  const ids = new Set(nodesOf(tree).map(({ id }) => id));
  for (let number = 1; ; number += 1)
    if (!ids.has(`n${number}`) && !ids.has(`n${number}s`)) return `n${number}`;
}

function nodesOf(node: Node): readonly Node[] {
  return node.kind === 'group' ? [node] : [node, ...node.children.flatMap(nodesOf)];
}

/** Replaces a node by others, which share its place; none: it goes. Null: nothing is left. */
function replaced(node: Node, id: string, by: (found: Node) => Node | null): Node | null {
  if (node.id === id) return by(node);
  if (node.kind === 'group') return node;
  const children = node.children.flatMap((child) => replaced(child, id, by) ?? []);
  return tidy({ ...node, children });
}

/**
 * A split of one is that one; a split in the direction of its parent is part of it; shares make a hundred.
 */
function tidy(node: Node): Node | null {
  if (node.kind === 'group') return node.panels.length === 0 ? null : node;
  const children = node.children.flatMap((child): readonly Node[] => {
    if (child.kind === 'group' || child.direction !== node.direction) return [child];
    return child.children.map((each) => ({ ...each, share: (each.share * child.share) / 100 }));
  });
  if (children.length === 0) return null;
  if (children.length === 1) return { ...children[0]!, share: node.share };
  const sum = children.reduce((total, { share }) => total + share, 0);
  return { ...node, children: children.map((child) => ({ ...child, share: (child.share * 100) / sum })) };
}

export function activate(tree: Node, panel: string): Node {
  const group = groupOf(tree, panel);
  if (group === undefined || group.active === panel) return tree;
  return replaced(tree, group.id, () => ({ ...group, active: panel })) ?? tree;
}

/** Null: it was the last one. */
export function close(tree: Node, panel: string): Node | null {
  const group = groupOf(tree, panel);
  if (group === undefined) return tree;
  const at = group.panels.indexOf(panel);
  const panels = group.panels.filter((each) => each !== panel);
  const active = group.active === panel ? (panels[Math.max(0, at - 1)] ?? '') : group.active;
  return replaced(tree, group.id, () => (panels.length === 0 ? null : { ...group, panels, active }));
}

/** Beside a group, or as one more tab of it. An unknown group is the first one. */
export function open(tree: Node, panel: string, groupId: string, side: Side): Node {
  const groups = groupsOf(tree);
  const target = groups.find(({ id }) => id === groupId) ?? groups[0]!;
  if (groupOf(tree, panel) !== undefined) return move(tree, panel, target.id, side);
  return replaced(tree, target.id, () => joined(tree, target, panel, side)) ?? tree;
}

function joined(tree: Node, target: Group, panel: string, side: Side): Node {
  if (side === 'tab') return { ...target, panels: [...target.panels, panel], active: panel };
  const added: Group = { kind: 'group', id: newId(tree), share: 50, panels: [panel], active: panel };
  const old: Group = { ...target, share: 50 };
  const children = side === 'left' || side === 'top' ? [added, old] : [old, added];
  const direction = side === 'left' || side === 'right' ? 'row' : 'column';
  return { kind: 'split', id: `${added.id}s`, share: target.share, direction, children };
}

/** A panel goes beside another group, or to its tabs. Onto its own place nothing happens. */
export function move(tree: Node, panel: string, groupId: string, side: Side): Node {
  const from = groupOf(tree, panel);
  const target = groupsOf(tree).find(({ id }) => id === groupId);
  if (from === undefined || target === undefined) return tree;
  if (from.id === target.id && (side === 'tab' || from.panels.length === 1)) return activate(tree, panel);
  const without = close(tree, panel);
  return without === null ? tree : open(without, panel, groupId, side);
}

/** What one step of the keyboard does: to the neighbour on that side, or out of the group to that side. */
export function moveTowards(tree: Node, panel: string, side: Exclude<Side, 'tab'>): Node {
  const from = groupOf(tree, panel);
  if (from === undefined) return tree;
  if (from.panels.length > 1) return move(tree, panel, from.id, side);
  const groups = groupsOf(tree);
  const at = groups.indexOf(from);
  const next = groups[side === 'left' || side === 'top' ? at - 1 : at + 1];
  return next === undefined ? tree : move(tree, panel, next.id, side);
}

/** The border after child `index` of a split goes by so many percent of the split. */
export function resize(tree: Node, splitId: string, index: number, by: number): Node {
  return (
    replaced(tree, splitId, (node) => {
      if (node.kind === 'group') return node;
      const [before, after] = [node.children[index], node.children[index + 1]];
      if (before === undefined || after === undefined) return node;
      const least = Math.min(shareMin, before.share, after.share);
      const step = Math.max(least - before.share, Math.min(by, after.share - least));
      const children = node.children.map((child) =>
        child === before
          ? { ...child, share: before.share + step }
          : child === after
            ? { ...child, share: after.share - step }
            : child,
      );
      return { ...node, children };
    }) ?? tree
  );
}

/** As the server keeps it: the shares of a split in hundredths of a percent, a hundred percent together. */
export function toList(tree: Node, parent: string | null = null, shown = tree.share): LayoutNode[] {
  const share = Math.min(100, Math.max(1, shown));
  const { id } = tree;
  if (tree.kind === 'group')
    return [{ kind: 'group', id, parent, share, panels: [...tree.panels], active: tree.active }];
  const own: LayoutNode = { kind: 'split', id, parent, share, direction: tree.direction };
  let before = 0;
  let exact = 0;
  const lists = tree.children.map((child) => {
    exact += child.share;
    const upTo = Math.round(exact * 100);
    const rounded = (upTo - before) / 100;
    before = upTo;
    return toList(child, tree.id, rounded);
  });
  return [own, ...lists.flat()];
}

/**
 * What the server kept, as far as it holds together: of several roots the first, no panel twice or unknown.
 * Null: nothing of it can be shown.
 */
export function fromList(list: readonly LayoutNode[], known: ReadonlySet<string>): Node | null {
  const seen = new Set<string>();
  const placed = new Set<string>();
  const build = (node: LayoutNode): Node | null => {
    if (seen.has(node.id)) return null;
    seen.add(node.id);
    const { id, share } = node;
    if (node.kind === 'group') {
      const panels = node.panels.filter((panel) => known.has(panel) && !placed.has(panel));
      for (const panel of panels) placed.add(panel);
      const active = panels.includes(node.active) ? node.active : (panels[0] ?? '');
      return tidy({ kind: 'group', id, share, panels, active });
    }
    const children = list.filter(({ parent }) => parent === id).flatMap((child) => build(child) ?? []);
    return tidy({ kind: 'split', id, share, direction: node.direction, children });
  };
  const root = list.find(({ parent }) => parent === null);
  return root === undefined ? null : build(root);
}
