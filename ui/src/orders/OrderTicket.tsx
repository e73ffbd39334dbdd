/**
 * The order ticket: market and limit, four times in force, checked as it is typed. In the rail on wide
 * pages, a drawer on narrow.
 */
import { Button, Input, Segmented } from 'antd';
import { useEffect, useState, useSyncExternalStore, type KeyboardEvent } from 'react';
import type { SubmitOrderRequest } from '@tidegate/wire/orders';
import type { InstrumentView } from '@tidegate/wire/rest';
import { useCell } from '../cell.ts';
import type { Question } from '../dealing.ts';
import { useDesk } from '../desk.ts';
import { groupedDecimal, shortSize } from '../prices/price.format.ts';
import type { MarketState } from '../prices/market.state.ts';
import { parseSize } from '../prices/size.ts';
import { intentText, reasonsToAsk, ticketClosed, type Intent } from './deal.reasons.ts';
import { FieldReason, QuantityField } from './QuantityField.tsx';
import type { Submission } from './submission.ts';
import { bestOf, sendTicket, ticketRequest } from './ticket.sending.ts';
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

export function OrderTicket(props: OrderTicketProps) {
  const { instrument, size, onSize } = props;
  const { desk, fields, set, check, closed, waiting, sent, submit } = useTicket(props);
  return (
    <form
      className="ticket"
      data-testid="ticket"
      aria-label="Order ticket"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
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
      <QuantityField
        instrument={instrument}
        size={size}
        onSize={onSize}
        reason={reasonFor('quantity', check)}
        price={fields.type === 'limit' ? fields.price : bestOf(desk, instrument.id, fields.side)}
      />
      <PriceField instrument={instrument} fields={fields} reason={reasonFor('price', check)} onChange={set} />
      <TimeInForce fields={fields} onChange={set} />
      <Button
        className={`ticket-submit ${fields.side}`}
        block
        htmlType="submit"
        data-testid="ticket-submit"
        loading={waiting}
        disabled={!check.ok || closed !== ''}
        aria-describedby="ticket-why"
      >
        {submitText(fields, size, instrument)}
      </Button>
      <span className="ticket-reason" id="ticket-why" role="status" data-testid="ticket-why">
        {closed === '' && !check.ok && check.field === 'timeInForce' ? check.reason : closed}
      </span>
      <TicketOutcome sent={sent} />
    </form>
  );
}

/** What the ticket holds, whether it can be sent, and what became of what was. */
function useTicket({ instrument, size, onSize }: OrderTicketProps) {
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
  useCell(desk.dealing.sizesVersion);
  const own = desk.dealing.ownSizes(instrument);
  const isAtOnce = fields.timeInForce === 'ioc' || fields.timeInForce === 'fok';
  const closed = ticketClosed(desk.mayTrade, useMarketState(instrument), isAtOnce);
  const check = checkTicket({ ...fields, quantity: size }, instrument, own);
  const waiting = sent !== null && sent.submission === null;
  const send = async (request: SubmitOrderRequest): Promise<void> => {
    const { clOrdId } = request;
    setSent({ clOrdId, submission: null });
    const submission = await sendTicket(desk, instrument, request);
    setSent((held) => (held?.clOrdId === clOrdId ? { clOrdId, submission } : held));
  };
  const submit = (): void => {
    if (!check.ok || waiting || closed !== '') return;
    const request = ticketRequest(desk, check.order);
    const { side, price = null, shownPrice: best = null } = request;
    const intent = { instrument, side, size: check.size, limit: price, best };
    const reasons = reasonsToAsk(intent, own);
    const go = (): void => void send(request);
    if (reasons.length === 0) go();
    else desk.dealing.question.set(questionOf(intent, reasons, go));
  };
  return { desk, fields, set, check, closed, waiting, sent, submit };
}

/** May this instrument be dealt on at all? As its tile sees it. */
function useMarketState({ id }: InstrumentView): MarketState {
  const { tile } = useDesk();
  const state = tile(id)?.state;
  return useSyncExternalStore(state?.watch ?? noWatch, () => state?.read().market.state ?? 'stale');
}

const noWatch = () => () => undefined;

const questionOf = (intent: Intent, reasons: readonly string[], onYes: () => void): Question => ({
  title: `${intentText(intent)}?`,
  reasons,
  yes: intent.side === 'buy' ? 'Buy' : 'Sell',
  side: intent.side,
  onYes,
});

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
    <div
      className="ticket-sides"
      role="radiogroup"
      aria-label="Side"
      onKeyDown={(event) => {
        if (!event.key.startsWith('Arrow')) return;
        event.preventDefault();
        onChange({ side: fields.side === 'buy' ? 'sell' : 'buy' });
        event.currentTarget.querySelector<HTMLElement>('[aria-checked="false"]')?.focus();
      }}
    >
      {(['sell', 'buy'] as const).map((side) => (
        <button
          key={side}
          type="button"
          role="radio"
          aria-checked={fields.side === side}
          tabIndex={fields.side === side ? 0 : -1}
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

/** Why what stands in the field can't be sent, also when nothing does. */
function reasonFor(field: 'quantity' | 'price', check: TicketCheck): string {
  return check.ok || check.field !== field ? '' : check.reason;
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
