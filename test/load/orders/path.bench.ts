/**
 * `npm run bench -- path`: where an order's time goes. The set-up of `one` with the trace of hops switched
 * on, beside the client's own figure, and the same without the trace, for what tracing costs.
 */
import { orderHops } from '@tidegate/platform/observe/trace';
import { Figures } from '../figures.ts';
import { BenchProvider, measureOrders } from '../journeys.ts';
import { line, type Latencies } from '../measure.ts';
import { startTarget } from '../targets.ts';
import { hopFigures, hopTable, readHops, type HopFigure, type HopHistogram } from './hops.ts';

const rate = 500;
const path = orderHops.map(({ hop }) => hop);
/** Orders before the first reading: what a compiler still works on is nobody's hop. */
const warmUpSeconds = 3;

interface Walk {
  readonly latencies: Latencies;
  readonly hops: readonly HopFigure[];
}

export async function benchPath(seconds: number): Promise<Figures> {
  const figures = new Figures('path');
  const untraced = await walk('off', seconds);
  const traced = await walk('on', seconds);
  const conditions =
    `${rate} market orders/s, one process; journal on PostgreSQL with fsync; ` + `${seconds} s after warm-up`;
  for (const text of hopTable(traced.hops)) figures.say(text);
  figures.say(`the client's own, due to fill: ${line(traced.latencies)}`);
  if (traced.hops.length === 0) {
    figures.missed += 1;
    figures.say('  floor missed: the metrics endpoint has no hops');
  }
  for (const { hop, p50, p99 } of traced.hops)
    for (const [name, value] of [
      ['p50', p50],
      ['p99', p99],
    ] as const)
      figures.keep({
        name: `${hop} ${name}`,
        unit: 'ms',
        value,
        peer: {
          name: 'order to fill, by the client',
          value: traced.latencies.percentile(name === 'p50' ? 50 : 99),
        },
        conditions,
      });
  for (const percent of [50, 99] as const)
    figures.add({
      name: `order to fill, traced p${percent}`,
      unit: 'ms',
      value: traced.latencies.percentile(percent),
      peer: { name: 'not traced', value: untraced.latencies.percentile(percent) },
      conditions,
    });
  return figures;
}

async function walk(trace: 'on' | 'off', seconds: number): Promise<Walk> {
  const provider = await BenchProvider.start();
  try {
    const target = await startTarget('one', provider, { ORDER_TRACE: trace });
    try {
      await measureOrders(target, rate, warmUpSeconds, provider);
      const before = await hopsAt(target.ready.ops);
      const latencies = await measureOrders(target, rate, seconds, provider);
      return { latencies, hops: hopFigures(before, await hopsAt(target.ready.ops), path) };
    } finally {
      await target.stop();
    }
  } finally {
    await provider.stop();
  }
}

async function hopsAt(operations: string): Promise<readonly HopHistogram[]> {
  const response = await fetch(new URL('/metrics', operations));
  return readHops(await response.text());
}
