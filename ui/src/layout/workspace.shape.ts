/**
 * A workspace as the desk holds it: its panels and their tree. Pure: what is done to it gives the next one.
 */
import {
  workspaceLimits,
  type WorkspaceBody,
  type WorkspacePanel,
  type WorkspaceView,
} from '@tidegate/wire/workspaces';
import { close, fromList, groupOf, groupsOf, open, toList, type Node, type Side } from './layout.tree.ts';

export interface Arrangement {
  readonly id: string;
  /** 0: the server has none yet. */
  readonly version: number;
  readonly name: string;
  readonly position: number;
  readonly panels: ReadonlyMap<string, WorkspacePanel>;
  readonly tree: Node;
}

export type PanelKind = WorkspacePanel['kind'];
export const panelTitles: Readonly<Record<PanelKind, string>> = {
  prices: 'Prices',
  ticket: 'Ticket',
  depth: 'Depth',
  orders: 'Orders',
  executions: 'Executions',
  positions: 'Positions',
  chart: 'Chart',
};

export const titleOf = (panel: WorkspacePanel): string =>
  panel.kind === 'prices' ? panel.title : panelTitles[panel.kind];

/** What a desk looks like before its user has said otherwise. */
export function standardArrangement(id: string, name: string, position: number): Arrangement {
  const panels: readonly WorkspacePanel[] = [
    { id: 'prices', kind: 'prices', title: 'Spot', view: 'tiles', instruments: null },
    ...(['orders', 'executions', 'positions', 'ticket', 'depth'] as const).map((kind) => ({
      id: kind,
      kind,
    })),
  ];
  const group = (name_: string, share: number, names: readonly string[]): Node => ({
    kind: 'group',
    id: name_,
    share,
    panels: names,
    active: names[0]!,
  });
  const left: Node = {
    kind: 'split',
    id: 'left',
    share: 75,
    direction: 'column',
    children: [group('board', 75, ['prices']), group('blotters', 25, ['orders', 'executions', 'positions'])],
  };
  const right: Node = {
    kind: 'split',
    id: 'right',
    share: 25,
    direction: 'column',
    children: [group('order', 46, ['ticket']), group('book', 54, ['depth'])],
  };
  return {
    id,
    version: 0,
    name,
    position,
    panels: new Map(panels.map((panel) => [panel.id, panel])),
    tree: { kind: 'split', id: 'all', share: 100, direction: 'row', children: [left, right] },
  };
}

/** Undefined: nothing of it can be shown. */
export function arrangementOf({ id, version, body }: WorkspaceView): Arrangement | undefined {
  const panels = new Map(body.panels.map((panel) => [panel.id, panel]));
  const tree = fromList(body.layout, new Set(panels.keys()));
  if (tree === null) return undefined;
  const placed = new Set(groupsOf(tree).flatMap((group) => group.panels));
  for (const panel of [...panels.keys()]) if (!placed.has(panel)) panels.delete(panel);
  return { id, version, name: body.name, position: body.position, panels, tree };
}

export const bodyOf = ({ name, position, panels, tree }: Arrangement): WorkspaceBody => ({
  name,
  position,
  panels: [...panels.values()],
  layout: toList(tree),
});

export const mayAdd = ({ panels }: Arrangement): boolean => panels.size < workspaceLimits.panels;

/** As a tab of its own kind's group, where there is one; otherwise of the first group, or on the right. */
export function added(arrangement: Arrangement, kind: PanelKind): Arrangement {
  if (!mayAdd(arrangement)) return arrangement;
  const { panels, tree } = arrangement;
  let id: string = kind;
  for (let number = 2; panels.has(id); number += 1) id = `${kind}-${number}`;
  const panel: WorkspacePanel =
    kind === 'prices'
      ? { id, kind, title: `Watch list ${panels.size}`, view: 'list', instruments: null }
      : kind === 'chart'
        ? { id, kind, instrument: null }
        : { id, kind };
  const relative = [...panels.values()].find((each) => each.kind === kind || isBlotter(each.kind, kind));
  const beside = relative === undefined ? undefined : groupOf(tree, relative.id);
  const target = beside ?? groupsOf(tree)[0]!;
  const side: Side = beside === undefined ? 'right' : 'tab';
  return { ...arrangement, panels: new Map(panels).set(id, panel), tree: open(tree, id, target.id, side) };
}

const blotters: ReadonlySet<PanelKind> = new Set(['orders', 'executions', 'positions']);
const isBlotter = (one: PanelKind, other: PanelKind): boolean => blotters.has(one) && blotters.has(other);

/** The last panel stays. */
export function removed(arrangement: Arrangement, panel: string): Arrangement {
  const tree = close(arrangement.tree, panel);
  if (tree === null || tree === arrangement.tree) return arrangement;
  const panels = new Map(arrangement.panels);
  panels.delete(panel);
  return { ...arrangement, panels, tree };
}

export function changed(arrangement: Arrangement, panel: WorkspacePanel): Arrangement {
  return { ...arrangement, panels: new Map(arrangement.panels).set(panel.id, panel) };
}

/** An id that is not in use, of a name that the user has typed. */
export function idFor(name: string, used: ReadonlySet<string>): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 20);
  const stem = plain === '' ? 'workspace' : plain;
  let id = stem;
  for (let number = 2; used.has(id); number += 1) id = `${stem}-${number}`;
  return id;
}
