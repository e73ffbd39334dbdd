/**
 * `npm run bench -- one four`: latency of the two journeys through the platform, for one process and for
 * four, from due times at a constant rate. The peer in the same run is the same provider and client without a
 * platform between them.
 */
import { BenchProvider, measureOrders, measureTicks, type Target } from './journeys.ts';
import { keeps, type Floor } from './figures.ts';
import { line, resultsOf, type BenchReport, type Latencies, type Result } from './measure.ts';
import { startTarget } from './targets.ts';

const tickRate = 10_000;
const stressRate = 20_000;
const orderRate = 500;
const peer = 'direct session';
/**
 * On a two-core machine, of p50 and p99: milliseconds, or `times` the bare session's of the same run, which a
 * slower machine slows down as well.
 */
const floors: Readonly<Record<string, readonly [p50: Floor, p99: Floor]>> = {
  'one: tick to client': [
    { atMost: 1.5, times: true },
    { atMost: 2.2, times: true },
  ],
  'one: order to fill': [
    { atMost: 4, times: true },
    { atMost: 5, times: true },
  ],
  'one: order to fill under quotes': [{ atMost: 2.6 }, { atMost: 8 }],
  'four: order to fill': [{ atMost: 5 }, { atMost: 20 }],
};

interface Peers {
  readonly ticks: Latencies;
  readonly orders: Latencies;
}

/** `names`: `one`, `four` processes; `seconds` of each measurement. */
export async function benchPlatform(names: readonly string[], seconds: number): Promise<BenchReport> {
  const bench = new PlatformBench(seconds);
  await bench.run(names);
  return bench;
}

class PlatformBench implements BenchReport {
  readonly results: Result[] = [];
  missed = 0;
  private readonly seconds: number;

  constructor(seconds: number) {
    this.seconds = seconds;
  }

  async run(names: readonly string[]): Promise<void> {
    const peers = await this.direct();
    for (const name of names) await this.through(name, peers);
  }

  private async direct(): Promise<Peers> {
    const provider = await BenchProvider.start();
    try {
      const target = provider.asTarget();
      return {
        ticks: await measureTicks(target, provider, tickRate, this.seconds),
        orders: await measureOrders(target, orderRate, this.seconds),
      };
    } finally {
      await provider.stop();
    }
  }

  private async through(name: string, peers: Peers): Promise<void> {
    const { seconds } = this;
    const provider = await BenchProvider.start();
    const target: Target = await startTarget(name, provider);
    const durable = 'journal on PostgreSQL with fsync, FIX stores survive process loss';
    try {
      this.report(
        `${name}: tick to client`,
        await measureTicks(target, provider, tickRate, seconds),
        peers.ticks,
        `${tickRate} quotes/s, 12 instruments, 5 levels, X to one client`,
      );
      this.report(
        `${name}: order to fill`,
        await measureOrders(target, orderRate, seconds, provider),
        peers.orders,
        `${orderRate} market orders/s; ${durable}`,
      );
      this.report(
        `${name}: order to fill under quotes`,
        await measureOrders(target, orderRate, seconds, provider, stressRate),
        peers.orders,
        `${orderRate} market orders/s while ${stressRate} quotes/s arrive; ${durable}`,
      );
    } finally {
      await target.stop();
      await provider.stop();
    }
  }

  private report(name: string, measured: Latencies, peerMeasured: Latencies, conditions: string): void {
    process.stdout.write(
      `${name.padEnd(34)} ${line(measured)}   (${measured.count} events; ${peer}: ${line(peerMeasured)})\n`,
    );
    const time = `${this.seconds} s after warm-up`;
    this.results.push(...resultsOf(name, measured, peer, peerMeasured, `${conditions}; ${time}`));
    for (const [index, percent] of ([50, 99] as const).entries()) {
      const floor = floors[name]?.[index];
      const [value, peerValue] = [measured.percentile(percent), peerMeasured.percentile(percent)];
      if (floor === undefined || keeps({ value, peer: { name: peer, value: peerValue }, floor })) continue;
      this.missed += 1;
      const unit = floor.times === true ? '× the ' + peer : ' ms';
      process.stdout.write(`  floor missed: p${percent} ≤ ${floor.atMost}${unit}\n`);
    }
  }
}
