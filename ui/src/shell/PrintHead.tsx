/** On paper only, over what the page shows: which page, whose, and of when. */
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { printing } from '../theme/printing.ts';
import { timeText } from '../time/time.text.ts';
import { UTC } from '../time/zone.word.ts';
import { pageTitles } from './workspace.ts';

export function PrintHead() {
  const { me, workspace } = useDesk();
  const title = pageTitles[useCell(workspace.page)];
  if (!useCell(printing)) return null;
  const at = timeText(new Date().toISOString(), UTC);
  return (
    <div className="print-head" data-testid="print-head">
      <b>Tidegate · {title}</b> {`${me.firm}, ${me.user}, ${at} UTC`}
    </div>
  );
}
