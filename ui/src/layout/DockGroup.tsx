/** One group: its tabs, the menu of the panel that shows, and the place where it shows. */
import { MoreOutlined } from '@ant-design/icons';
import { Dropdown } from 'antd';
import { useLayoutEffect, useRef, useState, type DragEvent, type KeyboardEvent, type ReactNode } from 'react';
import type { WorkspacePanel } from '@tidegate/wire/workspaces';
import { activate, move, moveTowards, type Group, type Side } from './layout.tree.ts';
import { removed, titleOf, type Arrangement } from './workspace.shape.ts';

const dragged = 'application/x-tidegate-panel';

export interface DockGroupProps {
  readonly group: Group;
  readonly arrangement: Arrangement;
  readonly onChange: (next: Arrangement) => void;
  readonly badge: (panel: WorkspacePanel) => ReactNode;
  readonly tools: (panel: WorkspacePanel) => ReactNode;
  readonly onTearOut: (panel: string) => void;
  readonly hostOf: (panel: string) => HTMLElement;
}

export function DockGroup(props: DockGroupProps) {
  const { group, arrangement, onChange, hostOf, badge, tools } = props;
  const shown = arrangement.panels.get(group.active);
  const place = useRef<HTMLDivElement>(null);
  const host = hostOf(group.active);
  useLayoutEffect(() => {
    place.current?.replaceChildren(host);
  }, [host]);
  const show = (panel: string): void => onChange({ ...arrangement, tree: activate(arrangement.tree, panel) });
  const turn = (event: KeyboardEvent<HTMLElement>): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const at = group.panels.indexOf(group.active) + by + group.panels.length;
    const next = group.panels[at % group.panels.length];
    if (by === 0 || next === undefined) return;
    show(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-panel="${next}"]`)?.focus();
  };
  return (
    <section className="panel dock-group" data-testid={`group-${group.id}`}>
      <div className="dock-head">
        <div className="tabs" role="tablist" aria-label="Panels" onKeyDown={turn}>
          {group.panels.map((id) => {
            const panel = arrangement.panels.get(id);
            if (panel === undefined) return null;
            return (
              <button
                key={id}
                type="button"
                role="tab"
                id={`tab-of-${id}`}
                aria-selected={id === group.active}
                aria-controls={id === group.active ? `panel-of-${id}` : undefined}
                tabIndex={id === group.active ? 0 : -1}
                draggable
                data-panel={id}
                data-testid={`tab-${id}`}
                onDragStart={(event) => event.dataTransfer.setData(dragged, id)}
                onClick={() => show(id)}
              >
                {titleOf(panel)}
                {badge(panel)}
              </button>
            );
          })}
        </div>
        {shown !== undefined && tools(shown)}
        <PanelMenu {...props} />
      </div>
      <DropZone {...props}>
        <div
          ref={place}
          className="dock-place"
          role="tabpanel"
          id={`panel-of-${group.active}`}
          aria-labelledby={`tab-of-${group.active}`}
        />
      </DropZone>
    </section>
  );
}

const directions = { left: 'left', right: 'right', top: 'up', bottom: 'down' } as const;

function PanelMenu({ group, arrangement, onChange, onTearOut }: DockGroupProps) {
  const panel = group.active;
  const items = [
    ...Object.entries(directions).map(([side, word]) => ({ key: side, label: `Move ${word}` })),
    { type: 'divider' as const },
    { key: 'tearOut', label: 'Show in a window of its own' },
    { key: 'close', label: 'Close', disabled: arrangement.panels.size === 1 },
  ];
  const act = (key: string): void => {
    if (key === 'tearOut') onTearOut(panel);
    else if (key === 'close') onChange(removed(arrangement, panel));
    else {
      const tree = moveTowards(arrangement.tree, panel, key as Exclude<Side, 'tab'>);
      onChange({ ...arrangement, tree });
    }
  };
  return (
    <Dropdown
      autoFocus
      trigger={['click']}
      placement="bottomRight"
      menu={{ items, onClick: ({ key }) => act(key) }}
    >
      <button
        type="button"
        className="dock-menu"
        aria-label={`Panel ${titleOf(arrangement.panels.get(panel)!)}`}
        data-testid={`panel-menu-${panel}`}
      >
        <MoreOutlined />
      </button>
    </Dropdown>
  );
}

/** The middle takes a panel as a tab, an edge takes it beside. */
function DropZone({
  group,
  arrangement,
  onChange,
  children,
}: DockGroupProps & { readonly children: ReactNode }) {
  const [side, setSide] = useState<Side | null>(null);
  const over = (event: DragEvent<HTMLDivElement>): void => {
    if (!event.dataTransfer.types.includes(dragged)) return;
    event.preventDefault();
    setSide(sideAt(event));
  };
  const drop = (event: DragEvent<HTMLDivElement>): void => {
    setSide(null);
    const panel = event.dataTransfer.getData(dragged);
    if (panel === '') return;
    event.preventDefault();
    onChange({ ...arrangement, tree: move(arrangement.tree, panel, group.id, sideAt(event)) });
  };
  return (
    <div
      className="dock-drop"
      data-side={side ?? undefined}
      onDragOver={over}
      onDragLeave={() => setSide(null)}
      onDrop={drop}
    >
      {children}
    </div>
  );
}

const EDGE = 0.25;

function sideAt(event: DragEvent<HTMLDivElement>): Side {
  const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
  const [x, y] = [(event.clientX - left) / width, (event.clientY - top) / height];
  const near: readonly (readonly [Side, number])[] = [
    ['left', x],
    ['right', 1 - x],
    ['top', y],
    ['bottom', 1 - y],
  ];
  const [side, distance] = near.reduce((best, each) => (each[1] < best[1] ? each : best));
  return distance < EDGE ? side : 'tab';
}
