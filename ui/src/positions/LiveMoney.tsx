/** Unrealised P&L and mid of one position, painted a few times a second without React. */
import { useEffect, useRef } from 'react';
import type { PositionView } from '@tidegate/wire/orders';
import { useDesk } from '../desk.ts';
import { paintEveryBeat, writeData, writeText } from '../prices/frame.ts';
import { groupedMoney, midOf, midText, unrealizedPnl } from './pnl.ts';

export interface LiveMoneyProps {
  readonly position: PositionView;
  readonly what: 'unrealized' | 'mid';
}

export function LiveMoney({ position, what }: LiveMoneyProps) {
  const { prices, instrument } = useDesk();
  const element = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const paint = (): void => {
      if (element.current === null) return;
      const mid = midOf(prices.get(position.instrument)?.price);
      if (what === 'mid') {
        writeText(element.current, midText(mid, instrument(position.instrument)?.priceScale ?? 5));
        return;
      }
      const value = unrealizedPnl(position, mid);
      writeText(element.current, value === null ? '–' : groupedMoney(value));
      writeData(
        element.current,
        'sign',
        value === null || !/[1-9]/.test(value) ? 'zero' : value.startsWith('-') ? 'minus' : 'plus',
      );
    };
    paint();
    return paintEveryBeat(paint);
  }, [prices, instrument, position, what]);
  return (
    <span
      ref={element}
      className={what === 'mid' ? 'live-mid' : 'live-money'}
      data-testid={`position-${what}-${position.instrument}`}
    />
  );
}
