/** What is in a panel of a workspace. Blotters and charts are loaded when one is shown. */
import { useCallback, lazy, Suspense, type ComponentType } from 'react';
import type { InstrumentView } from '@tidegate/wire/rest';
import type { WorkspacePanel } from '@tidegate/wire/workspaces';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { Later } from '../Later.tsx';
import { changed, titleOf, type Arrangement } from '../layout/workspace.shape.ts';
import { OrderTicket } from '../orders/OrderTicket.tsx';
import { DepthPanel } from './DepthPanel.tsx';
import { InstrumentSelect } from './InstrumentSelect.tsx';
import { onNarrowPages } from './panels.ts';
import { groupedDecimal } from './price.format.ts';
import { PricesPanel, WatchTools } from './PricesPanel.tsx';
import { defaultSize } from './size.ts';

const blotters: Readonly<Record<'orders' | 'executions' | 'positions', ComponentType>> = {
  orders: lazy(async () => ({ default: (await import('../orders/OrderBlotter.tsx')).OrderBlotter })),
  executions: lazy(async () => ({
    default: (await import('../orders/ExecutionBlotter.tsx')).ExecutionBlotter,
  })),
  positions: lazy(async () => ({
    default: (await import('../positions/PositionsTable.tsx')).PositionsTable,
  })),
};
const ChartPanel = lazy(async () => ({ default: (await import('../chart/ChartPanel.tsx')).ChartPanel }));

export interface PanelContentProps {
  readonly panel: WorkspacePanel;
  readonly arrangement: Arrangement;
}

export function PanelContent({ panel, arrangement }: PanelContentProps) {
  const { workspace, workspaces, instrument, instruments } = useDesk();
  const selected = instrument(useCell(workspace.selected)) ?? instruments[0];
  const onChange = (next: WorkspacePanel): void => workspaces.change(changed(arrangement, next));
  if (panel.kind === 'prices') return <PricesPanel panel={panel} />;
  if (selected === undefined) return null;
  return (
    <Later>
      <Suspense fallback={null}>
        <Beside panel={panel} selected={selected} onChange={onChange} />
      </Suspense>
    </Later>
  );
}

interface BesideProps {
  readonly panel: Exclude<WorkspacePanel, { kind: 'prices' }>;
  readonly selected: InstrumentView;
  readonly onChange: (next: WorkspacePanel) => void;
}

function Beside({ panel, selected, onChange }: BesideProps) {
  switch (panel.kind) {
    case 'ticket':
      return <SelectedTicket key={selected.id} selected={selected} />;
    case 'depth':
      return <SelectedDepth key={selected.id} selected={selected} />;
    case 'chart':
      return <ChartPanel panel={panel} selected={selected} onChange={onChange} />;
    default: {
      const Blotter = blotters[panel.kind];
      return <Blotter />;
    }
  }
}

/** In the head of a panel. */
export function PanelTools({ panel, arrangement }: PanelContentProps) {
  const { workspace, workspaces, instrument, instruments } = useDesk();
  const selected = instrument(useCell(workspace.selected)) ?? instruments[0];
  if (panel.kind === 'prices') {
    const onChange = (next: WorkspacePanel): void => workspaces.change(changed(arrangement, next));
    return <WatchTools panel={panel} onChange={onChange} />;
  }
  if (panel.kind === 'ticket' && selected !== undefined)
    return (
      <Later>
        <InstrumentSelect selected={selected} />
      </Later>
    );
  return panel.kind === 'depth' ? <span className="faint dock-word">{selected?.symbol}</span> : null;
}

export function SelectedTicket({ selected }: { readonly selected: InstrumentView }) {
  const [size, setSize] = useTicketSize(selected);
  return <OrderTicket instrument={selected} size={size} onSize={setSize} />;
}

export function SelectedDepth({ selected }: { readonly selected: InstrumentView }) {
  const [size] = useTicketSize(selected);
  return <DepthPanel instrument={selected} size={size} />;
}

/** That of the tile until another is typed. */
function useTicketSize(selected: InstrumentView): readonly [string, (size: string) => void] {
  const { tile, workspace } = useDesk();
  const typed = useCell(workspace.ticketSize);
  const size =
    typed.instrument === selected.id
      ? typed.size
      : (tile(selected.id)?.size.read() ?? groupedDecimal(defaultSize(selected)));
  // One function for as long as the ticket shows it: the ticket takes a draft again when it changes.
  const set = useCallback(
    (next: string) => workspace.ticketSize.set({ instrument: selected.id, size: next }),
    [workspace, selected.id],
  );
  return [size, set];
}

/** On narrow pages, where one panel shows at a time. */
export function PanelChoice({
  chosen,
  onChoose,
}: {
  readonly chosen: string;
  readonly onChoose: (panel: string) => void;
}) {
  const { workspaces } = useDesk();
  const choices = onNarrowPages(workspaces.current());
  if (choices.length < 2) return <span className="panel-title">{choices.map(titleOf).join('')}</span>;
  return (
    <label className="watch-choice">
      <select
        aria-label="Panel"
        data-testid="panel-choice"
        value={chosen}
        onChange={(event) => onChoose(event.target.value)}
      >
        {choices.map((panel) => (
          <option key={panel.id} value={panel.id}>
            {titleOf(panel)}
          </option>
        ))}
      </select>
    </label>
  );
}
