/** Metrics as Prometheus sees them, and the bound on their series. */
import { describe, expect, it } from 'vitest';
import { Metrics } from './metrics.ts';

async function lines(metrics: Metrics): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('metrics', () => {
  it('count, set and observe under the prefix of the platform', async () => {
    const metrics = new Metrics({ includeProcess: false, labels: { instance: 'desk-1' } });
    const orders = metrics.counter('orders_total', 'Orders', ['venue']);
    orders.inc({ venue: 'lp1' });
    orders.inc({ venue: 'lp1' }, 2);
    metrics.gauge('clients', 'Clients').set(4);
    metrics.histogram('append_seconds', 'Append', [], [0.001, 0.01]).observe(0.005);
    expect(await lines(metrics)).toEqual([
      'tidegate_orders_total{venue="lp1",instance="desk-1"} 3',
      'tidegate_clients{instance="desk-1"} 4',
      'tidegate_append_seconds_bucket{le="0.001",instance="desk-1"} 0',
      'tidegate_append_seconds_bucket{le="0.01",instance="desk-1"} 1',
      'tidegate_append_seconds_bucket{le="+Inf",instance="desk-1"} 1',
      'tidegate_append_seconds_sum{instance="desk-1"} 0.005',
      'tidegate_append_seconds_count{instance="desk-1"} 1',
    ]);
    expect(metrics.contentType).toContain('text/plain');
  });

  it('read values of others when scraped, without keeping old ones', async () => {
    const metrics = new Metrics({ includeProcess: false });
    let delivered = 7;
    let queues: [Record<string, string>, number][] = [
      [{ topic: 'a' }, 1],
      [{ topic: 'b' }, 2],
    ];
    metrics.counter('bus_delivered_total', 'Delivered', [], () => delivered);
    metrics.gauge('bus_queue', 'Waiting', ['topic'], () => queues);
    expect(await lines(metrics)).toEqual([
      'tidegate_bus_delivered_total 7',
      'tidegate_bus_queue{topic="a"} 1',
      'tidegate_bus_queue{topic="b"} 2',
    ]);
    delivered = 9;
    queues = [[{ topic: 'b' }, 3]];
    expect(await lines(metrics)).toEqual([
      'tidegate_bus_delivered_total 9',
      'tidegate_bus_queue{topic="b"} 3',
    ]);
  });

  it('fold what exceeds the number of series', async () => {
    const metrics = new Metrics({ includeProcess: false, seriesMax: 2 });
    const counter = metrics.counter('logons_total', 'Logons', ['session']);
    for (const session of ['a', 'b', 'c', 'd', 'a']) counter.inc({ session });
    expect(await lines(metrics)).toEqual([
      'tidegate_metric_series_folded_total{metric="tidegate_logons_total"} 2',
      'tidegate_logons_total{session="a"} 2',
      'tidegate_logons_total{session="b"} 1',
      'tidegate_logons_total{session="other"} 2',
    ]);
  });

  it('tell about process and event loop', async () => {
    const text = await new Metrics().text();
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_heap_size_used_bytes',
    ])
      expect(text).toMatch(new RegExp(`^${name} [0-9.e+-]+$`, 'm'));
  });

  it('refuse a name twice', () => {
    const metrics = new Metrics({ includeProcess: false });
    metrics.counter('orders_total', 'Orders');
    expect(() => metrics.counter('orders_total', 'Orders')).toThrow(/already/);
  });
});
