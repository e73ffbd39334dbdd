/** `tidegate rebuild`: empties the tables that UI and API read, and builds them from the whole journal. */
import { history } from '@tidegate/platform/archive/history';
import { toSequenced } from '@tidegate/platform/journal/follower';
import { Projection } from '@tidegate/platform/journal/projection';
import { changesOf } from '../projector/projector.ts';
import { Progress, splitter, type Command } from './command.ts';
import type { Operator } from './operator.ts';

export const rebuildCommand: Command = {
  name: 'rebuild',
  usage: 'rebuild',
  about: 'build the tables of orders, executions, positions and cases anew',
  details: `Empties the tables and builds them from the journal, archives included, up to its end. The
platform may run meanwhile: its desk shows what is there so far, and trading reads none of it. Broken off it
must be called again.

Refuses with ARCHIVE_MISSING, ARCHIVE_DAMAGED, ARCHIVE_FOREIGN or ARCHIVE_HOLE; then nothing was emptied if
the archives cannot be found.`,
  split: splitter([], []),
  async run(operator) {
    const progress = new Progress();
    const { events, partitions } = await rebuild(operator, (done, total) =>
      progress.tell('rebuild', done, total),
    );
    process.stdout.write(`tables of ${partitions} firms built from ${events} events\n`);
  },
};

type Source = Pick<Operator, 'url' | 'journal' | 'folder' | 'signal' | 'database' | 'configuration'>;

export async function rebuild(
  source: Source,
  tell: (done: number, total: number) => void = () => undefined,
): Promise<{ readonly events: number; readonly partitions: number }> {
  const { url, journal, folder, signal, database } = source;
  const projection = new Projection(database);
  const instruments = (await source.configuration()).current.instruments;
  const naming = (id: string) => instruments.get(id) ?? { symbol: id, quoteCurrency: '' };
  const heads = await journal.heads();
  const total = [...heads.values()].reduce((sum, head) => sum + head, 0);
  const batches = history({ url, journal, folder: folder() });
  // Before anything is emptied: is the beginning to be had?
  let next = await batches.next();
  await projection.rebuild();
  let events = 0;
  for (; next.done !== true; next = await batches.next()) {
    signal.throwIfAborted();
    const batch = next.value.map(toSequenced);
    const partition = next.value[0]!.partition;
    // A projector that runs may have been here first; what it has written is the same.
    const from = batch[0]!.sequence - 1;
    for (let rest = batch; rest.length > 0;) {
      const { cursor } = await projection.applyBatch(
        partition,
        rest[0]!.sequence - 1,
        changesOf(partition, rest, naming),
      );
      if (cursor < from) throw new Error(`the tables of ${partition} were emptied meanwhile`);
      rest = rest.filter(({ sequence }) => sequence > cursor);
    }
    events += batch.length;
    tell(Math.min(events, total), total);
  }
  return { events, partitions: heads.size };
}
