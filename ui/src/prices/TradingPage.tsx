/** The dealing page: tiles, depth and ticket of the selected instrument, and the blotters. */
import { Select, Switch } from 'antd';
import { useState, type ReactNode } from 'react';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { Dock } from '../layout/Dock.tsx';
import { WorkspaceBar } from '../layout/WorkspaceBar.tsx';
import { useNarrow } from '../narrow.ts';
import { OpenCount } from '../orders/OpenCount.tsx';
import { tolerances } from '../shell/workspace.ts';
import { PanelChoice, PanelContent, PanelTools } from './PanelContent.tsx';
import { shownPanel, tearOut } from './panels.ts';
import { TicketDrawer } from './TicketDrawer.tsx';
import './tile.css';
import './trading.css';

export function TradingPage() {
  const { instruments } = useDesk();
  const narrow = useNarrow();
  if (instruments.length === 0)
    return (
      <main className="page">
        <div className="empty">No instrument is permitted to you</div>
      </main>
    );
  return narrow ? <NarrowTrading /> : <WideTrading />;
}

function WideTrading() {
  const { workspaces } = useDesk();
  useCell(workspaces.all);
  useCell(workspaces.chosen);
  const arrangement = workspaces.current();
  return (
    <main className="page trading">
      <TileBar>
        <WorkspaceBar />
      </TileBar>
      <Dock
        key={arrangement.id}
        arrangement={arrangement}
        onChange={(next) => workspaces.change(next)}
        content={(panel) => <PanelContent panel={panel} arrangement={arrangement} />}
        tools={(panel) => <PanelTools panel={panel} arrangement={arrangement} />}
        badge={(panel) => (panel.kind === 'orders' ? <OpenCount /> : null)}
        onTearOut={(panel) => void tearOut(workspaces, arrangement.id, panel)}
      />
      {[...arrangement.panels.values()].every(({ kind }) => kind !== 'ticket') && <TicketDrawer />}
    </main>
  );
}

function NarrowTrading() {
  const { workspaces } = useDesk();
  useCell(workspaces.all);
  const arrangement = workspaces.current();
  const [chosen, setChosen] = useState('');
  const panel = shownPanel(arrangement, chosen);
  return (
    <main className="page trading-narrow">
      <TileBar>
        <PanelChoice chosen={panel.id} onChoose={setChosen} />
        <PanelTools panel={panel} arrangement={arrangement} />
      </TileBar>
      <PanelContent panel={panel} arrangement={arrangement} />
      <TicketDrawer />
    </main>
  );
}

function TileBar({ children }: { readonly children: ReactNode }) {
  const { workspace, dealing, mayTrade } = useDesk();
  const oneClick = useCell(dealing.arming.isArmed);
  const tolerance = useCell(workspace.tolerancePips);
  return (
    <div className="tile-bar">
      {children}
      <span className="spacer" />
      <AccountSelect />
      <IndicativeSwitch />
      <label className="one-click" title="How far from the price shown a click may deal">
        <span className={oneClick ? 'faint' : 'soft'}>within</span>
        <Select
          size="small"
          value={tolerance}
          onChange={(pips) => workspace.setTolerance(pips)}
          options={tolerances.map((pips) => ({ value: pips, label: `${pips} pip` }))}
          disabled={!oneClick}
          popupMatchSelectWidth={false}
          data-testid="tolerance"
          aria-label="Tolerance of one-click dealing"
        />
      </label>
      <label
        className="one-click"
        title="Off: a click fills the ticket. Armed for this tab until it is left alone for 15 minutes"
      >
        <span className={oneClick ? 'armed' : 'soft'}>
          {oneClick ? 'One click armed' : 'One-click dealing'}
        </span>
        <Switch
          size="small"
          checked={oneClick}
          disabled={!mayTrade}
          onChange={(on) => dealing.arming.set(on, performance.now())}
          data-testid="one-click"
          aria-label="One-click dealing"
        />
      </label>
    </div>
  );
}

/** For which account is dealt; shown where there is a choice. */
function AccountSelect() {
  const { me, dealing } = useDesk();
  const account = useCell(dealing.account);
  if (me.accounts.length < 2) return null;
  return (
    <Select
      size="small"
      value={account}
      onChange={(id) => dealing.account.set(id)}
      options={me.accounts.map(({ id, name }) => ({ value: id, label: name === '' ? id : name }))}
      popupMatchSelectWidth={false}
      data-testid="account"
      aria-label="Account dealt for"
    />
  );
}

/** Shown to those who may read the feed. */
function IndicativeSwitch() {
  const { workspace, indicative } = useDesk();
  const isPermitted = useCell(indicative.isPermitted);
  const isShown = useCell(workspace.showsIndicative);
  if (!isPermitted) return null;
  return (
    <label className="one-click" title="Bloomberg’s indicative price under the prices of each tile">
      <span className={isShown ? '' : 'soft'}>BBG</span>
      <Switch
        size="small"
        checked={isShown}
        onChange={(on) => workspace.setShowsIndicative(on)}
        data-testid="show-indicative"
        aria-label="Show Bloomberg’s indicative prices"
      />
    </label>
  );
}
