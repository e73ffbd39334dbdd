/**
 * One side of a tile: big figure, pips, tenths, the quote's source, size and age. Empty parts are painted
 * by TilePainter.
 */
import type { InstrumentView } from '@tidegate/wire/rest';

export interface PriceButtonProps {
  readonly instrument: InstrumentView;
  readonly side: 'buy' | 'sell';
  readonly disabled: boolean;
  /** The market is closed on this side. */
  readonly isClosed: boolean;
  readonly onPress: (side: 'buy' | 'sell') => void;
}

export function PriceButton({ instrument, side, disabled, isClosed, onPress }: PriceButtonProps) {
  const at = side === 'buy' ? 'ask' : 'bid';
  const verb = side === 'buy' ? 'Buy' : 'Sell';
  return (
    <button
      type="button"
      className={`price ${side}`}
      data-part={`${at}-button`}
      data-testid={`tile-${instrument.id}-${side}`}
      aria-label={`${verb} ${instrument.baseCurrency} against ${instrument.quoteCurrency}`}
      aria-disabled={disabled}
      data-closed={isClosed}
      disabled={disabled}
      tabIndex={-1}
      onClick={() => onPress(side)}
    >
      <span className="price-line">
        <span className="price-verb">{verb.toUpperCase()}</span>
        <span
          className="price-venue"
          data-part={`${at}-venue`}
          data-testid={`tile-${instrument.id}-${at}-venue`}
        />
        <span className="price-arrow" />
      </span>
      <span className="price-digits" data-part={`${at}-digits`} data-testid={`tile-${instrument.id}-${at}`}>
        <span data-part={`${at}-big`} />
        <span data-part={`${at}-pips`} />
        <span data-part={`${at}-tenths`} />
      </span>
      <span className="price-line">
        <span data-part={`${at}-size`} />
        <span className="price-age" data-part={`${at}-age`} data-testid={`tile-${instrument.id}-${at}-age`} />
      </span>
    </button>
  );
}
