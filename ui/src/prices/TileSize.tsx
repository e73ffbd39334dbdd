/**
 * Size to deal in: plain or with k / m; arrows step it, Enter tidies it, Escape gives the focus back to the
 * tile.
 */
import { useCell } from '../cell.ts';
import type { KeyboardEvent } from 'react';
import type { DealingTile } from './dealing.tile.ts';
import { groupedDecimal } from './price.format.ts';
import { parseOwnSize } from './own.sizes.ts';
import { parseSize, stepSize } from './size.ts';
import { useDesk } from '../desk.ts';

export function TileSize({ model }: { readonly model: DealingTile }) {
  const { instrument, size } = model;
  const typed = useCell(size);
  const { dealing } = useDesk();
  useCell(dealing.sizesVersion);
  const parsed = parseOwnSize(typed, instrument, dealing.ownSizes(instrument));
  const tidy = (): void => {
    const now = parseSize(size.read(), instrument);
    if (now.ok) size.set(groupedDecimal(now.text));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const steps = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (steps !== 0) {
      event.preventDefault();
      size.set(groupedDecimal(stepSize(size.read(), steps * (event.shiftKey ? 10 : 1), instrument)));
    }
    if (event.key === 'Enter' || event.key === 'Escape') {
      tidy();
      event.currentTarget.closest<HTMLElement>('.tile')?.focus();
    }
    event.stopPropagation();
  };
  return (
    <>
      <label
        className="tile-size"
        data-bad={!parsed.ok}
        title={parsed.ok ? 'Size: 1m, 2.5m, 500k, 1,000,000; arrows step' : parsed.reason}
      >
        <span>{instrument.baseCurrency}</span>
        <input
          value={typed}
          onChange={(event) => size.set(event.target.value)}
          onBlur={tidy}
          onKeyDown={onKeyDown}
          onFocus={(event) => event.target.select()}
          inputMode="text"
          autoComplete="off"
          spellCheck={false}
          maxLength={24}
          aria-label={`Size in ${instrument.baseCurrency}`}
          aria-invalid={!parsed.ok}
          aria-describedby={parsed.ok ? undefined : `tile-${instrument.id}-beside-size`}
          data-testid={`tile-${instrument.id}-size`}
        />
      </label>
      <button
        type="button"
        className="tile-sizes"
        tabIndex={-1}
        aria-label={`Sizes of ${instrument.symbol}`}
        title="Presets, my maximum (P)"
        data-testid={`tile-${instrument.id}-sizes`}
        onClick={() => dealing.sizesOf.set(instrument.id)}
      >
        ▾
      </button>
    </>
  );
}
