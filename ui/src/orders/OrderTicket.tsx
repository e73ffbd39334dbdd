/**
 * The order ticket: market and limit, four times in force, checked as it is typed. In the rail on wide
 * pages, a drawer on narrow.
 */
import { Button, Input, Segmented } from 'antd';
import { useEffect, useState, type KeyboardEvent } from 'react';
import type { InstrumentView } from '@tidegate/wire/rest';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { groupedDecimal, shortSize } from '../prices/price.format.ts';
import { parseSize, stepSize } from '../prices/size.ts';
import { newClOrdId, submitOrder, type Submission } from './submission.ts';
import {
  checkTicket,
  stepPrice,
  timesInForce,
  type TicketCheck,
  type TicketFields,
} from './ticket.validation.ts';
import { TicketOutcome } from './TicketOutcome.tsx';
import './ticket.css';

export interface OrderTicketProps {
  readonly instrument: InstrumentView;
  /** Size as typed; the rail shows it in the depth too. */
  readonly size: string;
  readonly onSize: (typed: string) => void;
}

const orderTypes: { value: TicketFields['type']; label: string }[] = [
  { value: 'limit', label: 'Limit' },
  { value: 'market', label: 'Market' },
];

export interface Sent {
  readonly clOrdId: string;
  readonly submission: Submission | null;
}

export function OrderTicket({ instrument, size, onSize }: OrderTicketProps) {
  const desk = useDesk();
  const draft = useCell(desk.workspace.draft);
  const [fields, setFields] = useState<Omit<TicketFields, 'quantity'>>({
    side: 'buy',
    type: 'limit',
    timeInForce: 'ioc',
    price: '',
  });
  const [sent, setSent] = useState<Sent | null>(null);
  useEffect(() => {
    setFields((held) => ({ ...held, side: draft.side, type: draft.type, price: draft.price }));
    if (draft.quantity !== '') onSize(groupedDecimal(draft.quantity));
    setSent(null);
    // The draft is a message: taken once, when it is opened.
  }, [draft, onSize]);
  const set = (change: Partial<TicketFields>): void => setFields((held) => settled({ ...held, ...change }));
  const check = checkTicket({ ...fields, quantity: size }, instrument);
  const quantityReason = reasonFor('quantity', size, check);
  const priceReason = reasonFor('price', fields.price, check);
  const besides = quantityReason !== '' || priceReason !== '';
  const waiting = sent !== null && sent.submission === null;
  const submit = async (): Promise<void> => {
    if (!check.ok || waiting || !desk.mayTrade) return;
    const clOrdId = newClOrdId();
    setSent({ clOrdId, submission: null });
    const submission = await submitOrder(desk, { clOrdId, ...check.order });
    setSent((held) => (held?.clOrdId === clOrdId ? { clOrdId, submission } : held));
  };
  return (
    <form
      className="ticket"
      data-testid="ticket"
      aria-label="Order ticket"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <SideChoice instrument={instrument} fields={fields} onChange={set} />
      <Segmented
        block
        size="small"
        value={fields.type}
        data-testid="ticket-type"
        aria-label="Order type"
        onChange={(type) => set({ type })}
        options={orderTypes}
      />
      <QuantityField instrument={instrument} size={size} onSize={onSize} reason={quantityReason} />
      <PriceField instrument={instrument} fields={fields} reason={priceReason} onChange={set} />
      <TimeInForce fields={fields} onChange={set} />
      <Button
        className={`ticket-submit ${fields.side}`}
        block
        htmlType="submit"
        data-testid="ticket-submit"
        loading={waiting}
        disabled={!check.ok || !desk.mayTrade}
      >
        {submitText(fields, size, instrument)}
      </Button>
      <TicketOutcome
        sent={sent}
        refusal={check.ok || besides ? null : check.reason}
        mayTrade={desk.mayTrade}
      />
    </form>
  );
}

/** A type that does not know the chosen time in force takes its first. */
function settled<T extends Omit<TicketFields, 'quantity'>>(fields: T): T {
  return timesInForce[fields.type].includes(fields.timeInForce) ? fields : { ...fields, timeInForce: 'ioc' };
}

function submitText(
  fields: Omit<TicketFields, 'quantity'>,
  size: string,
  instrument: InstrumentView,
): string {
  const parsed = parseSize(size, instrument);
  const verb = fields.side === 'buy' ? 'Buy' : 'Sell';
  const amount = parsed.ok ? ` ${shortSize(parsed.text)}` : '';
  const price = fields.type === 'market' ? 'at market' : fields.price === '' ? '' : `@ ${fields.price}`;
  return `${verb}${amount} ${instrument.symbol} ${price}`.trim();
}

interface FieldsProps {
  readonly fields: Omit<TicketFields, 'quantity'>;
  readonly onChange: (change: Partial<TicketFields>) => void;
}

function SideChoice({ instrument, fields, onChange }: FieldsProps & { readonly instrument: InstrumentView }) {
  return (
    <div className="ticket-sides" role="radiogroup" aria-label="Side">
      {(['sell', 'buy'] as const).map((side) => (
        <button
          key={side}
          type="button"
          role="radio"
          aria-checked={fields.side === side}
          className={`ticket-side ${side}`}
          data-testid={`ticket-side-${side}`}
          onClick={() => onChange({ side })}
        >
          {side === 'buy' ? 'Buy' : 'Sell'} {instrument.baseCurrency}
        </button>
      ))}
    </div>
  );
}

interface QuantityFieldProps {
  readonly instrument: InstrumentView;
  readonly size: string;
  readonly onSize: (typed: string) => void;
  readonly reason: string;
}

function QuantityField({ instrument, size, onSize, reason }: QuantityFieldProps) {
  const tidy = (): void => {
    const parsed = parseSize(size, instrument);
    if (parsed.ok) onSize(groupedDecimal(parsed.text));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (steps === 0) return;
    event.preventDefault();
    onSize(groupedDecimal(stepSize(size, steps * (event.shiftKey ? 10 : 1), instrument)));
  };
  return (
    <label className="ticket-field">
      <span>Quantity</span>
      <Input
        value={size}
        suffix={instrument.baseCurrency}
        onChange={(event) => onSize(event.target.value)}
        onBlur={tidy}
        onKeyDown={onKeyDown}
        maxLength={24}
        autoComplete="off"
        data-testid="ticket-quantity"
        aria-label="Quantity"
        status={reason === '' ? '' : 'error'}
      />
      <FieldReason field="quantity" reason={reason} />
    </label>
  );
}

function PriceField({
  instrument,
  fields,
  reason,
  onChange,
}: FieldsProps & { readonly instrument: InstrumentView; readonly reason: string }) {
  const { prices, notices } = useDesk();
  const market = fields.type === 'market';
  const take = (): void => {
    const held = prices.get(instrument.id)?.price;
    const top = fields.side === 'buy' ? held?.asks[0] : held?.bids[0];
    if (top === undefined || held?.state !== 'live') notices.tell('warn', 'No live price to take');
    else onChange({ price: top[0] });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const points = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (points === 0) return;
    event.preventDefault();
    onChange({ price: stepPrice(fields.price, points * (event.shiftKey ? 10 : 1), instrument) });
  };
  return (
    <label className="ticket-field">
      <span>Price</span>
      <Input
        value={market ? '' : fields.price}
        disabled={market}
        placeholder={market ? 'Market' : 'Limit price'}
        onChange={(event) => onChange({ price: event.target.value })}
        onKeyDown={onKeyDown}
        inputMode="decimal"
        maxLength={24}
        autoComplete="off"
        data-testid="ticket-price"
        aria-label="Limit price"
        status={reason === '' ? '' : 'error'}
        suffix={
          <button
            type="button"
            className="ticket-take"
            disabled={market}
            onClick={take}
            data-testid="ticket-price-top"
          >
            {fields.side === 'buy' ? 'Ask' : 'Bid'}
          </button>
        }
      />
      <FieldReason field="price" reason={reason} />
    </label>
  );
}

/** Why what stands in the field can't be sent; an empty field needs no reason of its own. */
function reasonFor(field: 'quantity' | 'price', typed: string, check: TicketCheck): string {
  return check.ok || check.field !== field || typed.trim() === '' ? '' : check.reason;
}

function FieldReason({ field, reason }: { readonly field: string; readonly reason: string }) {
  if (reason === '') return null;
  return (
    <span className="ticket-reason" role="alert" data-testid={`ticket-${field}-reason`}>
      {reason}
    </span>
  );
}

function TimeInForce({ fields, onChange }: FieldsProps) {
  const allowed = timesInForce[fields.type];
  return (
    <Segmented
      block
      size="small"
      value={fields.timeInForce}
      data-testid="ticket-tif"
      aria-label="Time in force"
      onChange={(timeInForce) => onChange({ timeInForce })}
      options={timesInForce.limit.map((value) => ({
        value,
        label: value.toUpperCase(),
        disabled: !allowed.includes(value),
      }))}
    />
  );
}
