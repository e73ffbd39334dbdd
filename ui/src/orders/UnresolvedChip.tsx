/** How many orders wait for their outcome, wherever the user is, and which. */
import { Popover } from 'antd';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { useTimeText } from '../time/zone.ts';

export function UnresolvedChip() {
  const { dealing, instrument } = useDesk();
  const list = useCell(dealing.unresolved.list);
  const timeText = useTimeText();
  if (list.length === 0) return null;
  const rows = (
    <ul className="unresolved" data-testid="unresolved-list">
      {list.map(({ clOrdId, instrument: id, text, sentAtMs }) => (
        <li key={clOrdId}>
          <b>{instrument(id)?.symbol ?? id}</b> {text}, sent {timeText(new Date(sentAtMs).toISOString())}
          <br />
          <span className="soft">{clOrdId}: asked for until it is known</span>
        </li>
      ))}
    </ul>
  );
  return (
    <Popover content={rows} trigger="click" placement="bottomRight">
      <button type="button" className="chip unresolved-chip" data-tone="warn" data-testid="unresolved">
        {list.length} unresolved
      </button>
    </Popover>
  );
}
