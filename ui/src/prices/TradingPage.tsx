/** The dealing page: tiles, depth and ticket of the selected instrument, and the blotters. */
import { Drawer, Select, Switch } from 'antd';
import { lazy, Suspense, useState } from 'react';
import type { InstrumentView } from '@tidegate/wire/rest';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { Later } from '../Later.tsx';
import { useNarrow } from '../narrow.ts';
import { tolerances } from '../shell/workspace.ts';
import { OrderTicket } from '../orders/OrderTicket.tsx';
import { DepthPanel } from './DepthPanel.tsx';
import { InstrumentSelect } from './InstrumentSelect.tsx';
import { groupedDecimal } from './price.format.ts';
import { defaultSize } from './size.ts';
import { Tile } from './Tile.tsx';
import './tile.css';
import './trading.css';

/** Under the tiles; prices are there before it. */
const BlotterTabs = lazy(async () => ({ default: (await import('../orders/BlotterTabs.tsx')).BlotterTabs }));

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
  return (
    <main className="page trading">
      <section className="trading-board">
        <TileBar />
        <TileGrid />
      </section>
      <aside className="trading-rail" aria-label="Depth and ticket">
        <Later>
          <Rail />
        </Later>
      </aside>
      <section className="trading-blotter">
        <Later>
          <Suspense fallback={null}>
            <BlotterTabs tabs={['orders', 'executions', 'positions']} />
          </Suspense>
        </Later>
      </section>
    </main>
  );
}

function NarrowTrading() {
  const { workspace } = useDesk();
  const open = useCell(workspace.ticketOpen);
  return (
    <main className="page trading-narrow">
      <TileBar />
      <TileGrid />
      <Drawer
        open={open}
        onClose={() => workspace.ticketOpen.set(false)}
        placement="bottom"
        size="86%"
        destroyOnHidden
        title={<TicketInstrument />}
        styles={{ body: { padding: 0 } }}
        rootClassName="ticket-drawer"
      >
        <Rail />
      </Drawer>
    </main>
  );
}

function TicketInstrument() {
  const { workspace, instrument } = useDesk();
  const selected = instrument(useCell(workspace.selected));
  return selected === undefined ? null : <InstrumentSelect selected={selected} />;
}

function TileBar() {
  const { workspace, instruments, dealing, mayTrade } = useDesk();
  const oneClick = useCell(dealing.arming.isArmed);
  const tolerance = useCell(workspace.tolerancePips);
  return (
    <div className="tile-bar">
      <span className="panel-title">Spot</span>
      <span className="faint wide-only">{instruments.length} instruments</span>
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

function TileGrid() {
  const desk = useDesk();
  return (
    <div className="tiles" data-testid="tiles">
      {desk.instruments.map((instrument) => {
        const model = desk.tile(instrument.id);
        return model === undefined ? null : <Tile key={instrument.id} model={model} />;
      })}
    </div>
  );
}

function Rail() {
  const { workspace, instrument, instruments } = useDesk();
  const selected = instrument(useCell(workspace.selected)) ?? instruments[0];
  return selected === undefined ? null : <SelectedRail key={selected.id} selected={selected} />;
}

function SelectedRail({ selected }: { readonly selected: InstrumentView }) {
  const { tile } = useDesk();
  const [size, setSize] = useState(
    () => tile(selected.id)?.size.read() ?? groupedDecimal(defaultSize(selected)),
  );
  return (
    <>
      <section className="panel rail-ticket">
        <div className="panel-head">
          <span className="panel-title">Ticket</span>
          <span className="spacer" />
          <InstrumentSelect selected={selected} />
        </div>
        <OrderTicket instrument={selected} size={size} onSize={setSize} />
      </section>
      <section className="panel rail-depth">
        <div className="panel-head">
          <span className="panel-title">Depth</span>
          <span className="faint">{selected.symbol}</span>
        </div>
        <DepthPanel instrument={selected} size={size} />
      </section>
    </>
  );
}
