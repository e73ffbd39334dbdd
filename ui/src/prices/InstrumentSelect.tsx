/** The instrument of the ticket and the depth. */
import { Select } from 'antd';
import type { InstrumentView } from '@tidegate/wire/rest';
import { useDesk } from '../desk.ts';

export function InstrumentSelect({ selected }: { readonly selected: InstrumentView }) {
  const { instruments, workspace } = useDesk();
  return (
    <Select
      size="small"
      showSearch={{ optionFilterProp: 'label' }}
      variant="borderless"
      value={selected.id}
      style={{ width: 120 }}
      aria-label="Instrument"
      data-testid="ticket-instrument"
      onChange={(id) => workspace.select(id)}
      options={instruments.map((instrument) => ({ value: instrument.id, label: instrument.symbol }))}
    />
  );
}
