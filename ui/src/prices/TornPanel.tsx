/**
 * One panel of a workspace alone in its window, for another screen: a desk of its own with its own stream.
 */
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { titleOf } from '../layout/workspace.shape.ts';
import { ConnectionState } from '../shell/ConnectionState.tsx';
import { PanelContent, PanelTools } from './PanelContent.tsx';
import type { TornOut } from './panels.ts';
import { TicketDrawer } from './TicketDrawer.tsx';
import './tile.css';
import './trading.css';

export function TornPanel({ torn }: { readonly torn: TornOut }) {
  const { workspaces } = useDesk();
  const arrangement = useCell(workspaces.all).find(({ id }) => id === torn.workspace);
  const panel = arrangement?.panels.get(torn.panel);
  return (
    <main className="page torn" data-testid="torn-panel">
      <div className="tile-bar">
        <h1 className="panel-title">{panel === undefined ? 'Panel' : titleOf(panel)}</h1>
        <span className="spacer" />
        {panel !== undefined && arrangement !== undefined && (
          <PanelTools panel={panel} arrangement={arrangement} />
        )}
        <ConnectionState />
      </div>
      {arrangement === undefined || panel === undefined ? (
        <div className="empty">This panel is no longer in its workspace</div>
      ) : (
        <section className="panel dock-host">
          <PanelContent panel={panel} arrangement={arrangement} />
        </section>
      )}
      {panel?.kind !== 'ticket' && <TicketDrawer />}
    </main>
  );
}
