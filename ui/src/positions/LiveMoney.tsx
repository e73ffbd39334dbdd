/** What depends on the mid of one position, painted a few times a second without React. */
import { useEffect, useRef } from 'react';
import type { PositionView } from '@tidegate/wire/orders';
import { useDesk } from '../desk.ts';
import { paintEveryBeat, writeData, writeText } from '../prices/frame.ts';
import { groupedMoney, midOf, midText, signOf } from './pnl.ts';

export interface LiveMoneyProps {
  readonly position: PositionView;
  /** Names it for tests. */
  readonly what: string;
  /** Money as decimal text at that mid; empty: not known. Another function paints anew. */
  readonly read: (position: PositionView, mid: bigint | undefined) => string;
}

export function LiveMoney({ position, what, read }: LiveMoneyProps) {
  const { prices } = useDesk();
  const element = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const paint = (): void => {
      if (element.current === null) return;
      const value = read(position, midOf(prices.get(position.instrument)?.price));
      writeText(element.current, value === '' ? '–' : groupedMoney(value));
      writeData(element.current, 'sign', signOf(value));
    };
    paint();
    return paintEveryBeat(paint);
  }, [prices, position, read]);
  return (
    <span ref={element} className="live-money" data-testid={`position-${what}-${position.instrument}`} />
  );
}

export function LiveMid({ position }: Pick<LiveMoneyProps, 'position'>) {
  const { prices, instrument } = useDesk();
  const element = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const paint = (): void => {
      if (element.current === null) return;
      const mid = midOf(prices.get(position.instrument)?.price);
      writeText(element.current, midText(mid, instrument(position.instrument)?.priceScale ?? 5));
    };
    paint();
    return paintEveryBeat(paint);
  }, [prices, instrument, position]);
  return <span ref={element} className="live-mid" data-testid={`position-mid-${position.instrument}`} />;
}
