/**
 * What is behind an order: its terms, each event to the millisecond, the quotes that decisions rested on, and
 * for operators the FIX messages. Its address can be given to others.
 */
import { LinkOutlined } from '@ant-design/icons';
import { Button, Drawer } from 'antd';
import { Fragment, useEffect, useState, useSyncExternalStore } from 'react';
import type { OrderHistory, OrderHistoryEvent } from '@tidegate/wire/order.history';
import type { OrderView } from '@tidegate/wire/orders';
import { problemText } from '../api/problems.ts';
import { useCell } from '../cell.ts';
import { orderKey, useDesk } from '../desk.ts';
import { CardLine } from '../grid/GridCards.tsx';
import { useNarrow } from '../narrow.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { Moment } from '../time/Moment.tsx';
import { historyTone, historyWord, sinceText, statusAfter } from './history.words.ts';
import { StatusCell } from './order.columns.tsx';
import { OrderMessages } from './OrderMessages.tsx';
import './order.drawer.css';

export function OrderDrawer() {
  const { workspace } = useDesk();
  const orderId = useCell(workspace.order);
  const narrow = useNarrow();
  return (
    <Drawer
      open={orderId !== ''}
      onClose={() => workspace.openOrder('')}
      size={narrow ? '100%' : 'min(1100px, 92vw)'}
      title={`Order ${orderId}`}
      destroyOnHidden
    >
      {orderId !== '' && <OrderDetail key={orderId} orderId={orderId} />}
    </Drawer>
  );
}

interface Reading {
  readonly history: OrderHistory | null;
  readonly problem: string;
}

/** Read at once, and again whenever the stream has a newer state of the order. */
function useHistory(orderId: string): Reading {
  const { api, orders } = useDesk();
  const [reading, setReading] = useState<Reading>({ history: null, problem: '' });
  const key = reading.history === null ? '' : orderKey(reading.history.order);
  const newest = useSyncExternalStore(orders.watch, () => orders.get(key)?.sequence ?? 0);
  useEffect(() => {
    let hasLeft = false;
    api.history(orderId).then(
      (history) => {
        if (!hasLeft) setReading({ history, problem: '' });
      },
      (error: unknown) => {
        if (!hasLeft) setReading((held) => ({ ...held, problem: problemText(error) }));
      },
    );
    return () => {
      hasLeft = true;
    };
  }, [api, orderId, newest]);
  return reading;
}

function OrderDetail({ orderId }: { readonly orderId: string }) {
  const { me } = useDesk();
  const { history, problem } = useHistory(orderId);
  if (history === null)
    return (
      <div className="empty" data-testid="order-detail-empty">
        {problem === '' ? 'Reading the order …' : problem}
      </div>
    );
  const { order, events } = history;
  return (
    <div className="order-detail" data-testid="order-detail" data-order={orderId}>
      <Terms order={order} />
      {problem !== '' && <p className="warn-text">Not read again: {problem}</p>}
      <Timeline events={events} />
      {!history.isWhole && (
        <p className="warn-text" data-testid="order-partial">
          {history.archive === null
            ? 'Some events of this order are too far back to be read here.'
            : `Events of this order are in the archive ${history.archive}.`}
        </p>
      )}
      {me.permissions.includes('inspect') && <OrderMessages orderId={orderId} />}
    </div>
  );
}

function Terms({ order }: { readonly order: OrderView }) {
  const { notices } = useDesk();
  const copyLink = (): void => {
    const link = `${window.location.href.split('#')[0] ?? ''}#/orders/${encodeURIComponent(order.orderId)}`;
    navigator.clipboard.writeText(link).then(
      () => notices.tell('good', 'Link to the order copied'),
      () => notices.tell('bad', `The browser does not let the link be copied: ${link}`),
    );
  };
  const facts: readonly (readonly [string, string | null])[] = [
    ['Quantity', groupedDecimal(order.quantity)],
    ['Price', order.price ?? 'Market'],
    ['Time in force', order.timeInForce.toUpperCase()],
    ['Filled', groupedDecimal(order.filledQuantity)],
    ['Average', order.averagePrice],
    ['Firm', order.firm],
    ['Account', order.account],
    ['Trader', order.trader],
    ['Via', order.channel.toUpperCase()],
    ['Client', order.client],
    ['ClOrdID', order.clOrdId],
    ['Reason', [order.code ?? '', order.text].filter((part) => part !== '').join(' · ')],
  ];
  return (
    <section aria-label="Terms">
      <div className="card-head">
        <span className={order.side === 'buy' ? 'buy-text' : 'sell-text'}>
          {order.side === 'buy' ? 'Buy' : 'Sell'} {order.symbol}
        </span>
        <StatusCell order={order} />
        <Button size="small" icon={<LinkOutlined />} data-testid="order-link" onClick={copyLink}>
          Copy link
        </Button>
      </div>
      <div className="card-grid">
        {facts.map(([label, value]) =>
          value === null || value === '' ? null : (
            <CardLine key={label} label={label}>
              {value}
            </CardLine>
          ),
        )}
        <CardLine label="Received">
          <Moment at={order.createdAt} />
        </CardLine>
        <CardLine label="Changed">
          <Moment at={order.updatedAt} />
        </CardLine>
      </div>
    </section>
  );
}

function Timeline({ events }: { readonly events: readonly OrderHistoryEvent[] }) {
  const { seesProviders } = useDesk();
  return (
    <section aria-label="What happened">
      <h2>What happened</h2>
      <div className="order-scroll" tabIndex={0} role="region" aria-label="Events of the order">
        <table className="order-events" data-testid="order-events">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Since</th>
              <th scope="col">Event</th>
              {seesProviders && <th scope="col">Provider</th>}
              <th scope="col" className="number">
                Quantity
              </th>
              <th scope="col" className="number">
                Price
              </th>
              {seesProviders && (
                <th scope="col" className="number">
                  Provider’s
                </th>
              )}
              <th scope="col">Details</th>
              <th scope="col">Then</th>
            </tr>
          </thead>
          <tbody>
            {events.map((event, at) => (
              <EventLines key={event.sequence} event={event} before={events[at - 1]?.at} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface EventLinesProps {
  readonly event: OrderHistoryEvent;
  readonly before: string | undefined;
}

function EventLines({ event, before }: EventLinesProps) {
  const { seesProviders } = useDesk();
  const details = [event.code, event.text, event.by, event.clOrdId, event.routeId, event.execId];
  if (event.valueDate !== null) details.push(`value ${event.valueDate}`);
  const theirs = seesProviders ? [event.venueExecId] : [];
  return (
    <Fragment>
      <tr data-type={event.type} data-sequence={event.sequence}>
        <td>
          <Moment at={event.at} />
        </td>
        <td className="faint">{sinceText(event.at, before)}</td>
        <td>
          <span className="chip" data-tone={historyTone(event)}>
            {historyWord(event)}
          </span>
        </td>
        {seesProviders && <td>{event.venue}</td>}
        <td className="number">{event.quantity === null ? '' : groupedDecimal(event.quantity)}</td>
        <td className="number">{event.price}</td>
        {seesProviders && <td className="number">{event.venuePrice}</td>}
        <td className="order-details">
          {[...details, ...theirs].filter((part) => part !== null && part !== '').join(' · ')}
        </td>
        <td>{statusAfter(event)}</td>
      </tr>
      {event.quotes.length > 0 && (
        <tr className="order-quotes">
          <td colSpan={9}>
            Rested on{' '}
            {event.quotes.map(({ quoteId, ageMs, price }) => (
              <span key={quoteId} className="order-quote">
                {price}{' '}
                <span className="faint">
                  of {quoteId}, {Math.round(ageMs)} ms old
                </span>
              </span>
            ))}
            {event.configurationVersion !== null && (
              <span className="faint">configuration {event.configurationVersion}</span>
            )}
          </td>
        </tr>
      )}
    </Fragment>
  );
}
