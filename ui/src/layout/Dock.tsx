/**
 * Panels in splits and tabs, to be dragged and resized, or moved by keyboard and menu. A panel is rendered
 * once into an element of its own that moves from place to place: what is typed in it stays.
 */
import { useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import type { WorkspacePanel } from '@tidegate/wire/workspaces';
import { DockGroup } from './DockGroup.tsx';
import { DockSplitter } from './DockSplitter.tsx';
import { groupsOf, type Node } from './layout.tree.ts';
import type { Arrangement } from './workspace.shape.ts';
import './dock.css';

export interface DockProps {
  readonly arrangement: Arrangement;
  readonly onChange: (next: Arrangement) => void;
  readonly content: (panel: WorkspacePanel) => ReactNode;
  /** In the head of the panel that shows. */
  readonly tools: (panel: WorkspacePanel) => ReactNode;
  /** Beside the title of its tab. */
  readonly badge: (panel: WorkspacePanel) => ReactNode;
  readonly onTearOut: (panel: string) => void;
}

export function Dock(props: DockProps) {
  const { arrangement, content } = props;
  const [hosts] = useState(() => new Map<string, HTMLElement>());
  const hostOf = (panel: string): HTMLElement => {
    const known = hosts.get(panel);
    if (known !== undefined) return known;
    const host = document.createElement('div');
    host.className = 'dock-host';
    hosts.set(panel, host);
    return host;
  };
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const active = groupsOf(arrangement.tree).map((group) => group.active);
  // What nobody has looked at yet costs nothing; what was opened once keeps what was typed.
  if (active.some((panel) => !opened.has(panel))) setOpened(new Set([...opened, ...active]));
  return (
    <div className="dock" data-testid="dock">
      <DockNode node={arrangement.tree} {...props} hostOf={hostOf} />
      {[...arrangement.panels.values()]
        .filter(({ id }) => opened.has(id))
        .map((panel) => createPortal(content(panel), hostOf(panel.id), panel.id))}
    </div>
  );
}

interface NodeProps extends DockProps {
  readonly node: Node;
  readonly hostOf: (panel: string) => HTMLElement;
}

function DockNode({ node, ...props }: NodeProps) {
  if (node.kind === 'group') return <DockGroup group={node} {...props} />;
  return (
    <div className="dock-split" data-direction={node.direction} data-split={node.id}>
      {node.children.flatMap((child, index) => {
        const cell = (
          <div key={child.id} className="dock-cell" style={{ flexGrow: child.share }}>
            <DockNode node={child} {...props} />
          </div>
        );
        if (index === 0) return [cell];
        const border = <DockSplitter key={`${child.id} border`} split={node} index={index - 1} {...props} />;
        return [border, cell];
      })}
    </div>
  );
}
