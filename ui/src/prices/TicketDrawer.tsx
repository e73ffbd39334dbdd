/** Ticket and depth over the page, where neither has a panel of its own. */
import { Drawer } from 'antd';
import type { InstrumentView } from '@tidegate/wire/rest';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { InstrumentSelect } from './InstrumentSelect.tsx';
import { SelectedDepth, SelectedTicket } from './PanelContent.tsx';

export function TicketDrawer() {
  const { workspace } = useDesk();
  const isNarrow = useNarrow();
  const open = useCell(workspace.ticketOpen);
  return (
    <Drawer
      open={open}
      onClose={() => workspace.ticketOpen.set(false)}
      placement={isNarrow ? 'bottom' : 'right'}
      size={isNarrow ? '86%' : 360}
      destroyOnHidden
      title={<TicketInstrument />}
      styles={{ body: { padding: 0 } }}
      rootClassName="ticket-drawer"
    >
      <Rail />
    </Drawer>
  );
}

function TicketInstrument() {
  const { workspace, instrument } = useDesk();
  const selected = instrument(useCell(workspace.selected));
  return selected === undefined ? null : <InstrumentSelect selected={selected} />;
}

function Rail() {
  const { workspace, instrument, instruments } = useDesk();
  const selected = instrument(useCell(workspace.selected)) ?? instruments[0];
  return selected === undefined ? null : <SelectedRail key={selected.id} selected={selected} />;
}

function SelectedRail({ selected }: { readonly selected: InstrumentView }) {
  return (
    <>
      <section className="panel rail-ticket">
        <SelectedTicket selected={selected} />
      </section>
      <section className="panel rail-depth">
        <div className="panel-head">
          <span className="panel-title">Depth</span>
          <span className="faint">{selected.symbol}</span>
        </div>
        <SelectedDepth selected={selected} />
      </section>
    </>
  );
}
