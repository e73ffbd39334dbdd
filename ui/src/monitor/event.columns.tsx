/** Columns and card of a system event. */
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { byText, textColumn, type Column } from '../blotter/columns.ts';
import { timeAndDay } from '../orders/order.words.ts';
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
  textColumn('at', 'Time', 104, (event) => timeAndDay(event.at, new Date()), {
    compare: byText((event) => event.at),
  }),
  textColumn('severity', 'Severity', 96, (event) => words[event.severity], {
    cell: (event) => <SeverityChip severity={event.severity} />,
    compare: (left, right) => ranks[left.severity] - ranks[right.severity],
  }),
  textColumn('kind', 'Event', 190, eventWord),
  textColumn('subject', 'Subject', 190, (event) => event.subject),
  textColumn('text', 'What happened', 560, (event) => event.text, {
    cell: (event) => <span title={event.text}>{event.text}</span>,
  }),
  textColumn('firm', 'Firm', 110, (event) => event.firm ?? ''),
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
        {timeAndDay(event.at, new Date())} · {event.subject}
        {event.firm === undefined ? '' : ` · ${event.firm}`}
      </div>
    </>
  );
}
