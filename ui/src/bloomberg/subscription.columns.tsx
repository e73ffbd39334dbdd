/** Columns of the subscriptions at Bloomberg. */
import type { FeedSubscriptionView } from '@tidegate/wire/bloomberg';
import { useDesk } from '../desk.ts';
import { numberColumn, setColumn, textColumn, type Column } from '../grid/columns.ts';
import { ageText, groupedDecimal } from '../prices/price.format.ts';
import {
  elapsedMs,
  shownSubscription,
  subscriptionReason,
  subscriptionTone,
  subscriptionWord,
} from './bloomberg.words.ts';

export function SubscriptionChip({ row }: { readonly row: FeedSubscriptionView }) {
  const shown = shownSubscription(row);
  return (
    <span className="chip" data-tone={subscriptionTone[shown]}>
      <span className="dot" data-tone={subscriptionTone[shown]} />
      {subscriptionWord[shown]}
      {row.isDelayed && shown !== 'delayed' && ', delayed'}
    </span>
  );
}

/** Opens the instrument's reference data. */
export function InstrumentLink({ instrument }: { readonly instrument: string | null }) {
  const { workspace, instrument: known } = useDesk();
  const found = instrument === null ? undefined : known(instrument);
  if (found === undefined) return <span className="faint">{instrument ?? '–'}</span>;
  return (
    <button
      type="button"
      className="link"
      title={`Reference data of ${found.symbol}`}
      data-testid={`bloomberg-instrument-${found.id}`}
      onClick={() => workspace.reference.set(found.id)}
    >
      {found.symbol}
    </button>
  );
}

/** Age of the last tick when the status was written: `250ms`. */
export function lastUpdate(row: Pick<FeedSubscriptionView, 'lastTickAt'>, at: string): string {
  const age = elapsedMs(row.lastTickAt, at);
  return age === null ? 'never' : ageText(age);
}

const stateOf = (row: FeedSubscriptionView): string =>
  subscriptionWord[shownSubscription(row)] + (row.isDelayed && row.state !== 'live' ? ', delayed' : '');

/** @param at time of the status, for ages. */
export function subscriptionColumns(
  at: string,
  symbolOf: (instrument: string) => string,
): readonly Column<FeedSubscriptionView>[] {
  const count = (key: 'ticks' | 'users', title: string, width: number): Column<FeedSubscriptionView> =>
    numberColumn(
      key,
      title,
      width,
      (row) => row[key],
      (value) => groupedDecimal(String(value)),
    );
  const age = (row: FeedSubscriptionView): number => elapsedMs(row.lastTickAt, at) ?? Infinity;
  return [
    setColumn('state', 'State', 120, stateOf, { cell: (row) => <SubscriptionChip row={row} /> }),
    textColumn('security', 'Security', 190, (row) => row.security),
    setColumn(
      'instrument',
      'Instrument',
      92,
      (row) => (row.instrument === null ? '' : symbolOf(row.instrument)),
      {
        cell: (row) => <InstrumentLink instrument={row.instrument} />,
      },
    ),
    textColumn('fields', 'Fields', 310, (row) => row.fields.join(', ')),
    numberColumn(
      'rate',
      'Ticks/s',
      72,
      (row) => row.ticksPerSecond,
      (value) => value.toFixed(1),
    ),
    count('ticks', 'Ticks', 90),
    numberColumn('age', 'Last update', 88, age, String, { text: (row) => lastUpdate(row, at) }),
    count('users', 'Subscribers', 92),
    setColumn('service', 'Service', 116, (row) => row.service),
    textColumn('reason', 'Reason', 230, subscriptionReason),
  ];
}
