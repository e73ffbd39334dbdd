/** Columns and card of a system event. */
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { setColumn, textColumn, timeColumn, type Column } from '../grid/columns.ts';
import { Moment } from '../time/Moment.tsx';
import { eventWord } from './unread.ts';

const tones = { info: 'none', warning: 'warn', critical: 'bad' } as const;
const words = { info: 'Info', warning: 'Warning', critical: 'Critical' } as const;
const ranks = { info: 0, warning: 1, critical: 2 } as const;

function SeverityChip({ severity }: { readonly severity: SystemEvent['severity'] }) {
  return (
    <span className="chip" data-tone={tones[severity]}>
      {words[severity]}
    </span>
  );
}

export const eventColumns: readonly Column<SystemEvent>[] = [
  timeColumn('at', 'Time', (event) => event.at),
  setColumn('severity', 'Severity', 96, (event) => words[event.severity], {
    cell: (event) => <SeverityChip severity={event.severity} />,
    sortBy: (event) => ranks[event.severity],
  }),
  setColumn('kind', 'Event', 190, eventWord),
  setColumn('subject', 'Subject', 190, (event) => event.subject),
  textColumn('text', 'What happened', 560, (event) => event.text),
  setColumn('firm', 'Firm', 110, (event) => event.firm ?? ''),
];

export function EventCard({ event }: { readonly event: SystemEvent }) {
  return (
    <>
      <div className="card-head">
        <span className="clip">{eventWord(event)}</span>
        <SeverityChip severity={event.severity} />
      </div>
      <div>{event.text}</div>
      <div className="card-note">
        <Moment at={event.at} /> · {event.subject}
        {event.firm === undefined ? '' : ` · ${event.firm}`}
      </div>
    </>
  );
}
