/**
 * The ticket's quantity, in the base currency or by an amount of the quote currency; one grammar for both.
 */
import { Button, Input } from 'antd';
import { useEffect, useState, type KeyboardEvent } from 'react';
import type { InstrumentView } from '@tidegate/wire/rest';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { groupedDecimal, shortSize } from '../prices/price.format.ts';
import { baseOfQuote } from '../prices/quote.amount.ts';
import { parseSize, stepSize } from '../prices/size.ts';

export interface QuantityFieldProps {
  readonly instrument: InstrumentView;
  /** In the base currency, as typed or worked out. */
  readonly size: string;
  readonly onSize: (typed: string) => void;
  readonly reason: string;
  /** The price at which an amount of the quote currency is turned into a quantity. */
  readonly price: string | null;
}

export function QuantityField({ instrument, size, onSize, reason, price }: QuantityFieldProps) {
  /** Null: the quantity is typed in the base currency. */
  const [amount, setAmount] = useState<string | null>(null);
  const base = amount === null ? null : baseOfQuote(amount, price, instrument);
  useEffect(() => {
    if (amount !== null) onSize(base === null ? '' : groupedDecimal(base));
  }, [amount, base, onSize]);
  const tidy = (): void => {
    const parsed = parseSize(size, instrument);
    if (parsed.ok && amount === null) onSize(groupedDecimal(parsed.text));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (steps === 0 || amount !== null) return;
    event.preventDefault();
    onSize(groupedDecimal(stepSize(size, steps * (event.shiftKey ? 10 : 1), instrument)));
  };
  const { baseCurrency, quoteCurrency } = instrument;
  const turn = (
    <button
      type="button"
      className="ticket-take"
      title="Deal in the other currency"
      data-testid="ticket-currency"
      onClick={() => setAmount(amount === null ? '' : null)}
    >
      {amount === null ? baseCurrency : quoteCurrency}
    </button>
  );
  const typed = (text: string): void => (amount === null ? onSize(text) : setAmount(text));
  return (
    <>
      <label className="ticket-field">
        <span>Quantity</span>
        <Input
          value={amount ?? size}
          suffix={turn}
          onChange={(event) => typed(event.target.value)}
          onBlur={tidy}
          onKeyDown={onKeyDown}
          maxLength={24}
          autoComplete="off"
          data-testid="ticket-quantity"
          aria-label={amount === null ? 'Quantity' : `Amount in ${quoteCurrency}`}
          status={reason === '' ? '' : 'error'}
        />
        <FieldReason field="quantity" reason={reason} />
      </label>
      {base !== null && (
        <span className="ticket-base soft" data-testid="ticket-base">
          = {groupedDecimal(base)} {baseCurrency} at {price}
        </span>
      )}
      <Presets instrument={instrument} onTake={(text) => typed(groupedDecimal(text))} />
    </>
  );
}

function Presets({
  instrument,
  onTake,
}: {
  readonly instrument: InstrumentView;
  readonly onTake: (text: string) => void;
}) {
  const { dealing } = useDesk();
  useCell(dealing.sizesVersion);
  return (
    <div className="ticket-presets">
      {dealing.ownSizes(instrument).presets.map((size, at) => (
        <Button key={size} size="small" onClick={() => onTake(size)} data-testid={`ticket-preset-${at}`}>
          {shortSize(size)}
        </Button>
      ))}
      <Button
        size="small"
        type="text"
        onClick={() => dealing.sizesOf.set(instrument.id)}
        data-testid="ticket-sizes"
        aria-label="Presets and my maximum"
      >
        …
      </Button>
    </div>
  );
}

export function FieldReason({ field, reason }: { readonly field: string; readonly reason: string }) {
  if (reason === '') return null;
  return (
    <span className="ticket-reason" role="status" data-testid={`ticket-${field}-reason`}>
      {reason}
    </span>
  );
}
