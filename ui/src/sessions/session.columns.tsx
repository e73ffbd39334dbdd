/**
 * Columns of the two tables of sessions: providers' and clients'. What nobody knows now is not shown as if.
 */
import { Button } from 'antd';
import type { ReactNode } from 'react';
import type { SessionStatus } from '@tidegate/wire/sessions';
import {
  actionColumn,
  decimalColumn,
  numberColumn,
  setColumn,
  textColumn,
  timeColumn,
  type Column,
} from '../grid/columns.ts';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { Age } from '../time/Age.tsx';
import { byteSize, microseconds } from './bytes.ts';
import { compIds, roleWord, scheduleText, stateTone, stateWord } from './session.words.ts';

type Counter = keyof SessionStatus['counters'];

function useIsConnected(): boolean {
  return useCell(useDesk().dealing.lostAtMs) === null;
}

export function StateChip({ session }: { readonly session: SessionStatus }) {
  const isConnected = useIsConnected();
  const tone = isConnected ? stateTone(session) : 'none';
  return (
    <span className="chip" data-tone={tone} data-testid={`session-${session.id}-state`}>
      {isConnected && <span className="dot" data-tone={tone} />}
      {isConnected ? stateWord(session) : 'Unknown'}
    </span>
  );
}

/** A figure of now. */
function Live({ children }: { readonly children: ReactNode }) {
  return useIsConnected() ? children : <span className="faint">Unknown</span>;
}

/** Its text, while somebody tells it. */
function live<T>(column: Column<T>): Column<T> {
  return { ...column, cell: (row) => <Live>{column.cell?.(row) ?? column.text(row, '')}</Live> };
}

const counted = (key: Counter, title: string, width = 82): Column<SessionStatus> =>
  numberColumn(
    key,
    title,
    width,
    (session) => session.counters[key],
    key === 'bytesIn' || key === 'bytesOut' ? byteSize : (value) => groupedDecimal(String(value)),
  );

const whole = (
  key: string,
  title: string,
  width: number,
  value: (row: SessionStatus) => number | undefined,
) =>
  live(
    decimalColumn<SessionStatus>(
      key,
      title,
      width,
      (row) => (value(row) === undefined ? null : String(value(row))),
      (row) => (value(row) === undefined ? '' : groupedDecimal(String(value(row)))),
    ),
  );

const aged = (key: 'lastReceivedAt' | 'lastSentAt', title: string): Column<SessionStatus> =>
  timeColumn(key, title, (row) => row[key] ?? '', { width: 96, cell: (row) => <Age at={row[key]} /> });

const first = (side: SessionStatus['side']): readonly Column<SessionStatus>[] => [
  setColumn<SessionStatus>('state', 'State', 112, stateWord, {
    cell: (session) => <StateChip session={session} />,
  }),
  textColumn('id', 'Session', 150, (session) => session.id),
  setColumn('counterparty', side === 'venue' ? 'Provider' : 'Client', 100, (row) => row.counterparty),
  setColumn('purpose', 'Purpose', 100, (session) => session.purpose),
  textColumn('compIds', 'CompIDs', 170, compIds),
  timeColumn('since', 'Since', (session) => session.since),
  textColumn('reason', 'Reason', 170, (session) => session.reason),
  aged('lastReceivedAt', 'Last in'),
  aged('lastSentAt', 'Last out'),
];

const quotes: readonly Column<SessionStatus>[] = [
  whole('quoteRate', 'Quotes/s', 76, (session) => session.quotes?.perSecond),
  whole('stale', 'Stale', 60, (session) => session.quotes?.stale),
  whole('instruments', 'Instruments', 90, (session) => session.quotes?.instruments),
];

const client: readonly Column<SessionStatus>[] = [
  textColumn('port', 'Port', 58, (session) => String(session.port ?? ''), {
    kind: 'number',
    numeric: true,
    value: (session) => String(session.port ?? ''),
    sortBy: (session) => session.port ?? 0,
  }),
  textColumn('remoteAddress', 'Remote', 140, (session) => session.remoteAddress ?? ''),
];

const last: readonly Column<SessionStatus>[] = [
  whole('nextInbound', 'Next in', 80, (session) => session.nextInbound),
  whole('nextOutbound', 'Next out', 80, (session) => session.nextOutbound),
  live(numberColumn('queuedBytes', 'Queue', 70, (session) => session.queuedBytes, byteSize)),
  textColumn('schedule', 'Schedule', 150, (session) => scheduleText(session.schedule)),
  counted('messagesIn', 'In'),
  counted('messagesOut', 'Out'),
  counted('gapsDetected', 'Gaps', 58),
  counted('resendsRequested', 'Asked again', 84),
  counted('resendsServed', 'Resends', 70),
  counted('rejectsIn', 'Rejects in', 80),
  counted('rejectsOut', 'Rejects out', 86),
  counted('garbledIn', 'Garbled', 66),
  counted('throttledIn', 'Throttled', 74),
  counted('perishablesDropped', 'Dropped', 70),
  numberColumn('p50', 'p50', 66, (session) => session.latencyUs.received.p50, microseconds),
  numberColumn('p99', 'p99', 66, (session) => session.latencyUs.received.p99, microseconds),
  counted('bytesIn', 'Bytes in'),
  counted('bytesOut', 'Bytes out'),
  setColumn('role', 'Role', 100, roleWord, { isExtra: true }),
];

export const columnsOf = {
  venue: [...first('venue'), ...quotes, ...last],
  client: [...first('client'), ...client, ...last],
} as const satisfies Readonly<Record<SessionStatus['side'], readonly Column<SessionStatus>[]>>;

/** At the right edge, for those who may read messages. */
export const openColumn = (open: (id: string) => void): Column<SessionStatus> =>
  actionColumn('messages', '', 92, ({ id }) => (
    <Button
      size="small"
      onClick={() => open(id)}
      data-testid={`session-${id}-open`}
      aria-label={`Messages of ${id}`}
    >
      Messages
    </Button>
  ));
