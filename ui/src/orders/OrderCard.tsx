/** An order and an execution as cards for narrow pages. */
import type { ExecutionView, OrderView } from '@tidegate/wire/orders';
import { CardLine } from '../grid/GridCards.tsx';
import { groupedDecimal } from '../prices/price.format.ts';
import { OrderActions } from './OrderActions.tsx';
import { ExecutionTypeCell, OrderLink, SideCell, StatusCell } from './order.columns.tsx';
import { Moment } from '../time/Moment.tsx';

export interface OrderCardProps {
  readonly order: OrderView;
  readonly onReplace: (order: OrderView) => void;
}

export function OrderCard({ order, onReplace }: OrderCardProps) {
  const reason = [order.code ?? '', order.text].filter((part) => part !== '').join(' · ');
  return (
    <>
      <div className="card-head">
        <SideCell side={order.side} />
        <span>
          {groupedDecimal(order.quantity)} {order.symbol}
        </span>
        <StatusCell order={order} />
      </div>
      <div className="card-grid">
        <CardLine label="Price">{order.price ?? 'Market'}</CardLine>
        <CardLine label="Filled">{groupedDecimal(order.filledQuantity)}</CardLine>
        <CardLine label={order.type === 'limit' ? 'Limit' : 'Market'}>
          {order.timeInForce.toUpperCase()}
        </CardLine>
        <CardLine label="Average">{order.averagePrice ?? '–'}</CardLine>
        <CardLine label="Time">
          <Moment at={order.createdAt} />
        </CardLine>
        <CardLine label="Order">
          <OrderLink orderId={order.orderId} />
        </CardLine>
      </div>
      {reason !== '' && <div className="card-note">{reason}</div>}
      <div className="card-actions">
        <OrderActions order={order} onReplace={onReplace} />
      </div>
    </>
  );
}

export function ExecutionCard({ execution }: { readonly execution: ExecutionView }) {
  return (
    <>
      <div className="card-head">
        <SideCell side={execution.side} />
        <span>
          {groupedDecimal(execution.quantity)} {execution.symbol}
        </span>
        <span>{execution.price}</span>
        {execution.execType !== 'trade' && <ExecutionTypeCell execution={execution} />}
      </div>
      <div className="card-grid">
        {execution.venue !== '' && <CardLine label="Venue">{execution.venue}</CardLine>}
        <CardLine label="Time">
          <Moment at={execution.at} />
        </CardLine>
        {execution.valueDate !== null && <CardLine label="Value date">{execution.valueDate}</CardLine>}
        <CardLine label="Trader">{execution.trader}</CardLine>
        <CardLine label="Order">
          <OrderLink orderId={execution.orderId} />
        </CardLine>
        <CardLine label="ExecID">{execution.execId}</CardLine>
        {execution.execRefId !== null && <CardLine label="Of ExecID">{execution.execRefId}</CardLine>}
      </div>
    </>
  );
}
