/**
 * Mid and spread of an instrument since this page was opened, with the user's working orders as lines and
 * fills as marks. Loaded when a chart is shown.
 */
import {
  ColorType,
  createChart,
  createSeriesMarkers,
  LineSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts';
import { useEffect, useRef } from 'react';
import type { InstrumentView } from '@tidegate/wire/rest';
import type { WorkspacePanel } from '@tidegate/wire/workspaces';
import { useCell } from '../cell.ts';
import { useDesk, type Desk } from '../desk.ts';
import { paintEveryBeat } from '../prices/frame.ts';
import { chartScale, fillMarks, orderLines } from './chart.data.ts';
import { themeChoice } from '../theme/theme.choice.ts';
import './chart.css';

type Chart = Extract<WorkspacePanel, { kind: 'chart' }>;

export interface ChartPanelProps {
  readonly panel: Chart;
  readonly selected: InstrumentView;
  readonly onChange: (next: Chart) => void;
}

export function ChartPanel({ panel, selected, onChange }: ChartPanelProps) {
  const desk = useDesk();
  const instrument = desk.instrument(panel.instrument ?? '') ?? selected;
  const place = useRef<HTMLDivElement>(null);
  const theme = useCell(themeChoice);
  useEffect(() => {
    if (place.current === null) return undefined;
    return drawChart(place.current, instrument, desk);
  }, [instrument, desk, theme]);
  return (
    <div className="chart-panel">
      <div className="watch-bar">
        <select
          aria-label="Instrument of the chart"
          data-testid={`chart-${panel.id}-instrument`}
          value={panel.instrument ?? ''}
          onChange={(event) =>
            onChange({ ...panel, instrument: event.target.value === '' ? null : event.target.value })
          }
        >
          <option value="">Selected: {selected.symbol}</option>
          {desk.instruments.map(({ id, symbol }) => (
            <option key={id} value={id}>
              {symbol}
            </option>
          ))}
        </select>
        <span className="faint">Mid, spread below; my orders and fills</span>
      </div>
      <div
        ref={place}
        className="chart-place"
        role="img"
        aria-label={`Chart of ${instrument.symbol} since this page was opened`}
        data-testid={`chart-${panel.id}`}
        data-instrument={instrument.id}
      />
    </div>
  );
}

interface Drawn {
  readonly chart: IChartApi;
  readonly mid: ISeriesApi<'Line'>;
  readonly spread: ISeriesApi<'Line'>;
  readonly marks: ISeriesMarkersPluginApi<Time>;
}

function drawChart(place: HTMLElement, instrument: InstrumentView, desk: Desk): () => void {
  const drawn = make(place, instrument);
  const { history, orders, executions } = desk;
  let lines: readonly IPriceLine[] = [];
  let count = 0;
  const mine = (): void => {
    for (const line of lines) drawn.mid.removePriceLine(line);
    lines = orderLines(orders.list(), instrument).map((line) => drawn.mid.createPriceLine(line));
    drawn.marks.setMarkers(fillMarks(executions.list(), instrument, colours(place)));
  };
  const tick = (): void => {
    const now = history.count(instrument.id);
    if (now === count) return;
    const scale = chartScale(instrument);
    const all = count === 0;
    for (const { second, mid, spread } of history.samples(instrument.id, all ? undefined : now - count + 1)) {
      const time = second as UTCTimestamp;
      drawn.mid.update({ time, value: mid / scale.pointsPerUnit });
      drawn.spread.update({ time, value: spread / scale.pointsPerPip });
    }
    count = now;
    place.dataset['samples'] = String(now);
    if (all) mine();
  };
  tick();
  mine();
  const stops = [paintEveryBeat(tick), orders.watch(mine), executions.watch(mine)];
  return () => {
    for (const stop of stops) stop();
    drawn.chart.remove();
  };
}

const colour = (place: HTMLElement, name: string): string =>
  getComputedStyle(place).getPropertyValue(name).trim();

const colours = (place: HTMLElement) => ({ buy: colour(place, '--buy'), sell: colour(place, '--sell') });

function make(place: HTMLElement, instrument: InstrumentView): Drawn {
  const of = (name: string): string => colour(place, name);
  const chart = createChart(place, {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: of('--panel') },
      textColor: of('--soft'),
      fontSize: 11,
      attributionLogo: true,
    },
    grid: { vertLines: { color: of('--line') }, horzLines: { color: of('--line') } },
    timeScale: { timeVisible: true, secondsVisible: true, borderColor: of('--line-strong') },
    rightPriceScale: { borderColor: of('--line-strong') },
  });
  const { precision, minMove } = chartScale(instrument);
  // Both: with the precision alone a price of five decimals moves in hundredths on the scale.
  const priceFormat = { type: 'price' as const, precision, minMove };
  const mid = chart.addSeries(LineSeries, { color: of('--accent'), lineWidth: 1, priceFormat });
  const spread = chart.addSeries(
    LineSeries,
    { color: of('--warn'), lineWidth: 1, priceFormat: { type: 'price', precision: 1, minMove: 0.1 } },
    1,
  );
  chart.panes()[1]?.setHeight(60);
  return { chart, mid, spread, marks: createSeriesMarkers(mid, []) };
}
