/**
 * A partition's snapshots: written beside its orders, one part at a time, so that no turn of an order waits
 * for more than a part of counted items; and read again at the start, as little at a time.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { PartitionState } from '@tidegate/core/order/partition';
import { Restoring, restoreState } from '@tidegate/core/order/snapshot';
import { Saving } from '@tidegate/core/order/snapshot.saving';
import { JournalFenced, JournalUnavailable, type Journal } from '@tidegate/platform/journal/journal';

/** Parts read at once. */
const partsAtOnce = 8;

/** What is saved, and by whom: when one of them is another, what is being saved is not finished. */
export interface Owned {
  readonly state: PartitionState;
  readonly epoch: number;
}

export type SnapshotJournal = Pick<
  Journal,
  'saveSnapshotPart' | 'saveSnapshot' | 'latestSnapshot' | 'snapshotParts'
>;

export class Snapshots {
  private readonly journal: SnapshotJournal;
  private readonly partition: string;
  /** Sequence of the last one that was begun and not given up. */
  private at = 0;
  private saving: Promise<void> | undefined;

  constructor(journal: SnapshotJournal, partition: string) {
    this.journal = journal;
    this.partition = partition;
  }

  /** Events since the last snapshot. */
  unsaved({ sequence }: PartitionState): number {
    return sequence - this.at;
  }

  /** The newest that can be read; undefined: there is none. */
  async read(): Promise<PartitionState | undefined> {
    const { journal, partition } = this;
    const snapshot = await journal.latestSnapshot(partition);
    const state = snapshot === undefined ? undefined : await this.restore(snapshot);
    this.at = state?.sequence ?? 0;
    return state;
  }

  private async restore(snapshot: {
    readonly sequence: number;
    readonly epoch: number;
    readonly body: string;
  }): Promise<PartitionState | undefined> {
    const restoring = Restoring.of(snapshot.body);
    if (restoring === undefined) return restoreState(snapshot.body);
    for (let from = 0; from < restoring.parts; from += partsAtOnce) {
      const some = Math.min(partsAtOnce, restoring.parts - from);
      const parts = await this.journal.snapshotParts(this.partition, snapshot, from, some);
      for (const part of parts) {
        restoring.addText(part);
        await turn();
      }
    }
    return restoring.finish();
  }

  /**
   * Saves `current` as it is now. `durable` resolves when the journal has all of it. One at a time: what is
   * asked for meanwhile is not done.
   */
  save(current: () => Owned, durable: Promise<void>): Promise<void> {
    this.saving ??= this.write(current, durable).finally(() => {
      this.saving = undefined;
    });
    return this.saving;
  }

  /** When the one that is being written is. */
  async settled(): Promise<void> {
    await this.saving?.catch(() => undefined);
  }

  private async write(current: () => Owned, durable: Promise<void>): Promise<void> {
    const { state, epoch } = current();
    const before = this.at;
    const { sequence } = state;
    if (sequence === before) return;
    this.at = sequence;
    const saving = new Saving(state);
    state.witness = saving;
    try {
      await this.writeParts(saving, current, epoch);
      await durable;
      await this.journal.saveSnapshot(this.partition, epoch, { sequence, body: saving.head() });
    } catch (error) {
      if (this.at === sequence) this.at = before;
      if (isOver(error)) return;
      throw error;
    } finally {
      if (state.witness === saving) state.witness = undefined;
    }
  }

  private async writeParts(saving: Saving, current: () => Owned, epoch: number): Promise<void> {
    const { journal, partition } = this;
    const { sequence } = saving;
    for (let part = 0; ; part += 1) {
      const now = current();
      if (saving.isVoid || now.epoch !== epoch) throw new GivenUp();
      const body = saving.next();
      if (body === undefined) return;
      await journal.saveSnapshotPart(partition, epoch, { sequence, part, body });
      await turn();
    }
  }
}

/** The state that it is of has gone on to something else. */
class GivenUp extends Error {}

/** Another owner, or the journal is away: who sees to that is told by its appends. */
const isOver = (error: unknown): boolean =>
  error instanceof GivenUp || error instanceof JournalFenced || error instanceof JournalUnavailable;
