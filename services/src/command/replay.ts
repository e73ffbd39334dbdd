/**
 * `tidegate replay`: folds all that was ever journaled, archives included, as an owner does at its start, and
 * says what it came to. Where a firm's snapshot was taken on the way, the two are compared.
 */
import { createHash } from 'node:crypto';
import { evolve, keepFrom } from '@tidegate/core/order/evolve';
import { orderImage } from '@tidegate/core/order/image';
import {
  createPartition,
  RETENTION,
  RETENTION_BEFORE,
  type PartitionState,
} from '@tidegate/core/order/partition';
import { snapshotState } from '@tidegate/core/order/snapshot';
import { history } from '@tidegate/platform/archive/history';
import type { JournalRecord } from '@tidegate/platform/journal/journal';
import type { RecordedEvent } from '@tidegate/wire/commands';
import { Snapshots } from '../oms/snapshots.ts';
import { Progress, splitter, type Command } from './command.ts';
import type { Operator } from './operator.ts';

export interface Replayed {
  readonly partition: string;
  readonly events: number;
  readonly orders: number;
  readonly open: number;
  readonly cases: number;
  /** SHA-256 of the whole state as a snapshot writes it. */
  readonly state: string;
  /** What is open and held is as in the snapshot of that sequence; absent: there is none. */
  readonly snapshot?: { readonly sequence: number; readonly agrees: boolean };
}

export const replayCommand: Command = {
  name: 'replay',
  usage: 'replay [--json]',
  about: 'fold the whole journal, archives included, and say what it comes to',
  details: `For each firm: events, orders, what is open, and a SHA-256 of the state that they come to: the
same events give the same. Changes nothing. Exit code 1 when a firm's snapshot is not what its events come to.

Refuses with ARCHIVE_MISSING, ARCHIVE_DAMAGED, ARCHIVE_FOREIGN or ARCHIVE_HOLE.`,
  split: splitter([], ['json']),
  async run(operator, own) {
    const progress = new Progress();
    const replayed = await replay(operator, (done, total) => progress.tell('replay', done, total));
    if (own.has('json')) process.stdout.write(`${JSON.stringify(replayed)}\n`);
    else for (const one of replayed) process.stdout.write(`${lineOf(one)}\n`);
    const wrong = replayed.filter(({ snapshot }) => snapshot?.agrees === false);
    if (wrong.length > 0)
      throw new SnapshotDiffers(`of ${wrong.map(({ partition }) => partition).join(', ')}`);
  },
};

class SnapshotDiffers extends Error {
  readonly code = 'SNAPSHOT_DIFFERS';
}

function lineOf({ partition, events, orders, open, cases, state, snapshot }: Replayed): string {
  const compared =
    snapshot === undefined
      ? 'no snapshot'
      : `${snapshot.agrees ? 'agrees with' : 'DIFFERS from'} the snapshot of ${snapshot.sequence}`;
  const counts = `${events} events, ${orders} orders, ${open} open, ${cases} open cases`;
  return `${partition}: ${counts}, state ${state}, ${compared}`;
}

type Source = Pick<Operator, 'url' | 'journal' | 'folder' | 'signal'>;

export async function replay(
  { url, journal, folder, signal }: Source,
  tell: (done: number, total: number) => void = () => undefined,
): Promise<readonly Replayed[]> {
  const heads = await journal.heads();
  const total = [...heads.values()].reduce((sum, head) => sum + head, 0);
  const folds = new Map<string, Fold>();
  for (const partition of [...heads.keys()].sort()) {
    folds.set(partition, new Fold(partition, await new Snapshots(journal, partition).read()));
  }
  let done = 0;
  for await (const batch of history({ url, journal, folder: folder() })) {
    signal.throwIfAborted();
    folds.get(batch[0]!.partition)!.take(batch);
    done += batch.length;
    tell(Math.min(done, total), total);
  }
  return [...folds.values()].map((fold) => fold.finish());
}

class Fold {
  private readonly snapshot: PartitionState | undefined;
  private readonly state: PartitionState;
  private atMs = 0;
  private agrees: boolean | undefined;

  constructor(partition: string, snapshot: PartitionState | undefined) {
    this.snapshot = snapshot;
    this.state = createPartition(partition, RETENTION_BEFORE);
  }

  take(records: readonly JournalRecord[]): void {
    for (const { body, sequence, atMs } of records) {
      evolve(this.state, (body as RecordedEvent).event, sequence, atMs);
      this.atMs = atMs;
      if (sequence === this.snapshot?.sequence) this.agrees = bookOf(this.state) === bookOf(this.snapshot);
    }
  }

  finish(): Replayed {
    const { state, snapshot, agrees = false } = this;
    keepFrom(state, RETENTION, this.atMs);
    const { partition, sequence: events, orderCount: orders, open, cases } = state;
    const hash = createHash('sha256').update(snapshotState(state)).digest('hex');
    const replayed = { partition, events, orders, open: open.size, cases: cases.size, state: hash };
    return snapshot === undefined
      ? replayed
      : { ...replayed, snapshot: { sequence: snapshot.sequence, agrees } };
  }
}

/** What counts, however much of the past is remembered beside it. */
function bookOf(state: PartitionState): string {
  const { tradingState, numbering, orderCount, caseCount, open, holdings, cases } = state;
  return JSON.stringify([
    tradingState,
    numbering,
    orderCount,
    caseCount,
    [...open.values()].map(orderImage).sort((one, other) => (one.orderId < other.orderId ? -1 : 1)),
    [...holdings.values()].map(({ account, instrument, position }) => [
      account,
      instrument,
      position.quantity,
      String(position.cost),
      String(position.realized),
    ]),
    [...cases.keys()],
  ]);
}
