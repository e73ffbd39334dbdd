/**
 * `npm run bench -- start`: from the start of one process to its ready line, with a long journal and 2,000
 * open orders behind it, beside the same with an empty journal. `--events 10000000` is the long one.
 */
import { Figures, median } from '../figures.ts';
import { BenchProvider, logOn } from '../journeys.ts';
import { startPlatform, temporaryFolder, type Platform } from '../../platform.ts';
import { controlOf } from '../targets.ts';
import { withQueries } from '@tidegate/platform/testing/queries';
import { withStoppedPlatform } from './database.ts';
import { makeHistory } from './history.process.ts';
import type { HistoryMade } from './history.ts';

const eventsDefault = { whole: 1_000_000, quick: 100_000 } as const;
const openOrders = 2_000;
const firms = [1, 2, 3] as const;
const startsMeasured = { whole: 3, quick: 1 } as const;
const readyMaxSeconds = 5;

export async function benchStart(isQuick: boolean, wanted?: number): Promise<Figures> {
  const figures = new Figures('start');
  const kind = isQuick ? 'quick' : 'whole';
  const provider = await BenchProvider.start();
  const control = await controlOf(provider);
  const folder = temporaryFolder('bench-start');
  const starts = new Starts(folder.path, control.url);
  try {
    await starts.first();
    const empty = await starts.times(startsMeasured[kind]);
    const events = wanted ?? eventsDefault[kind];
    const made = await withStoppedPlatform(folder.path, (url) => fill(url, events));
    figures.say(
      `  ${made.events} events of ${made.orders} orders made in ${made.seconds.toFixed(0)} s, ` +
        `${openOrders} of them open`,
    );
    const behind = await starts.times(1);
    const full = await starts.times(startsMeasured[kind]);
    add(figures, made, { empty, behind, full });
  } finally {
    folder.remove();
    control.close();
    await provider.stop();
  }
  return figures;
}

interface Times {
  readonly empty: readonly number[];
  /** Once, with sessions whose cursors are from before all of it. */
  readonly behind: readonly number[];
  readonly full: readonly number[];
}

function add(figures: Figures, made: HistoryMade, { empty, behind, full }: Times): void {
  const conditions =
    `${made.events} journal events, ${openOrders} open orders of ${firms.length} firms, ` +
    `stopped in order before, embedded PostgreSQL, one process; median of ${full.length}`;
  const peer = { name: 'an empty journal', value: median(empty) };
  const floor = { atMost: readyMaxSeconds };
  figures.add({ name: 'start to ready', unit: 's', value: median(full), peer, floor, conditions });
  figures.add({
    name: 'start to ready, cursors from before',
    unit: 's',
    value: median(behind),
    peer,
    conditions: `${conditions}; FIX sessions that have been told nothing of it yet`,
  });
}

/** Tables and monitor are as far as the journal, as after any orderly stop. */
async function fill(url: string, events: number): Promise<HistoryMade> {
  const partitions = firms.map((number) => `demo${number}`);
  const made = await makeHistory({ url, partitions, events, open: openOrders });
  await withQueries(url, async (query) => {
    for (const projection of ['orders', 'monitor'])
      await query(
        `INSERT INTO projection_cursor (projection, partition, sequence)
         SELECT $1, partition, head FROM partition_owner
         ON CONFLICT (projection, partition) DO UPDATE SET sequence = excluded.sequence`,
        [projection],
      );
    await query('ANALYZE');
    await query('CHECKPOINT');
  });
  return made;
}

class Starts {
  readonly #dataDir: string;
  readonly #control: string;

  constructor(dataDir: string, control: string) {
    this.#dataDir = dataDir;
    this.#control = control;
  }

  /** Makes the database, the configuration, and a session store for each firm. */
  async first(): Promise<void> {
    const platform = await this.#start();
    const port = platform.ready.fix.ports['port-01']!;
    for (const number of firms) {
      const endpoint = { port, senderCompId: `DEMO${number}`, targetCompId: 'TIDEGATE' };
      await (await logOn(endpoint, true, () => undefined)).stop();
    }
    await platform.stop();
  }

  /** Seconds of each start, with an orderly stop after it. */
  async times(count: number): Promise<readonly number[]> {
    const times: number[] = [];
    for (let one = 0; one < count; one += 1) {
      const startedMs = performance.now();
      const platform = await this.#start();
      times.push((performance.now() - startedMs) / 1_000);
      await platform.stop();
    }
    return times;
  }

  #start(): Promise<Platform> {
    return startPlatform(this.#dataDir, { SIMULATOR: this.#control });
  }
}
