/** Across the whole desk while there is no connection: since when, and that nothing shown is of now. */
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { Moment } from '../time/Moment.tsx';

export function ConnectionBand() {
  const { dealing } = useDesk();
  const lostAtMs = useCell(dealing.lostAtMs);
  if (lostAtMs === null) return null;
  return (
    <div className="connection-band" role="alert" data-testid="connection-band">
      <b>
        Not connected since <Moment at={new Date(lostAtMs).toISOString()} />.
      </b>{' '}
      What is shown is as of then. Nothing can be dealt; orders that are out may be filled.
    </div>
  );
}
