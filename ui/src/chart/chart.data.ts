/** What a chart shows of an instrument, its orders and its fills. Pure; numbers are for drawing only. */
import type { ExecutionView, OrderView } from '@tidegate/wire/orders';
import type { InstrumentView } from '@tidegate/wire/rest';
import type { CreatePriceLineOptions, SeriesMarker, Time, UTCTimestamp } from 'lightweight-charts';
import { shortSize } from '../prices/price.format.ts';

export interface ChartScale {
  readonly precision: number;
  /** Least move that the price scale tells apart. */
  readonly minMove: number;
  readonly pointsPerUnit: number;
  readonly pointsPerPip: number;
}

export function chartScale({ priceScale, pipScale }: InstrumentView): ChartScale {
  return {
    precision: priceScale,
    minMove: Number(`1e-${priceScale}`),
    pointsPerUnit: 10 ** priceScale,
    pointsPerPip: 10 ** (priceScale - pipScale),
  };
}

const working: ReadonlySet<OrderView['status']> = new Set(['new', 'partiallyFilled', 'pendingCancel']);
/** More lines than that hide the price. */
const linesMax = 50;
const marksMax = 500;

export function orderLines(
  orders: readonly OrderView[],
  { id }: InstrumentView,
): readonly CreatePriceLineOptions[] {
  return orders
    .filter(({ instrument, status, price }) => instrument === id && working.has(status) && price !== null)
    .slice(0, linesMax)
    .map(({ side, price, quantity }) => ({
      price: Number(price),
      title: `${side} ${shortSize(quantity)}`,
      color: side === 'buy' ? '#5aa9ff' : '#ff857a',
      lineWidth: 1,
      lineStyle: 2,
      axisLabelVisible: true,
    }));
}

/** Oldest first, as the chart wants them. Trades that were taken back are none. */
export function fillMarks(
  executions: readonly ExecutionView[],
  { id }: InstrumentView,
  colours: { readonly buy: string; readonly sell: string },
): SeriesMarker<Time>[] {
  const undone = new Set(
    executions.filter(({ execType }) => execType === 'cancel').map(({ execRefId }) => execRefId),
  );
  return executions
    .filter(
      ({ instrument, execType, execId }) => instrument === id && execType === 'trade' && !undone.has(execId),
    )
    .slice(0, marksMax)
    .map(({ at, side, quantity, price }): SeriesMarker<Time> => ({
      time: Math.floor(Date.parse(at) / 1_000) as UTCTimestamp,
      position: side === 'buy' ? 'belowBar' : 'aboveBar',
      shape: side === 'buy' ? 'arrowUp' : 'arrowDown',
      color: colours[side],
      text: `${shortSize(quantity)} @ ${price}`,
    }))
    .sort((left, right) => Number(left.time) - Number(right.time));
}
