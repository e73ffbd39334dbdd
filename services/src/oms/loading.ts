/** The state of a partition as its journal has it: the newest snapshot, then what came after it. */
import { evolve, keepFrom } from '@tidegate/core/order/evolve';
import {
  createPartition,
  RETENTION_BEFORE,
  type PartitionState,
  type Retention,
} from '@tidegate/core/order/partition';
import type { Journal } from '@tidegate/platform/journal/journal';
import type { RecordedEvent } from '@tidegate/wire/commands';
import type { Snapshots } from './snapshots.ts';

/** Small, for what other firms of this process have to do meanwhile. */
const readMax = 500;

export interface Loading {
  readonly journal: Pick<Journal, 'read'>;
  readonly partition: string;
  readonly snapshots: Pick<Snapshots, 'read'>;
  readonly retention: Retention;
  /** Of the journal, when it was claimed. */
  readonly head: number;
}

/** `lastAtMs`: of its last event. */
export async function loadState({
  journal,
  partition,
  snapshots,
  retention,
  head,
}: Loading): Promise<{ readonly state: PartitionState; readonly lastAtMs: number | undefined }> {
  const state = (await snapshots.read()) ?? createPartition(partition, atLeastBefore(retention));
  while (state.sequence < head) {
    const records = await journal.read(partition, state.sequence + 1, readMax);
    if (records.length === 0)
      throw new Error(`journal of ${partition} ends at ${state.sequence}, its head says ${head}`);
    for (const { body, sequence, atMs } of records)
      evolve(state, (body as RecordedEvent).event, sequence, atMs);
  }
  const last = head === 0 ? undefined : (await journal.read(partition, head, 1))[0];
  keepFrom(state, retention, last?.atMs ?? 0);
  return { state, lastAtMs: last?.atMs };
}

/** Who wrote a journal from its beginning may have had more in memory, until it was told to keep less. */
const atLeastBefore = (retention: Retention): Retention => ({
  ...retention,
  closedOrdersMax: Math.max(retention.closedOrdersMax, RETENTION_BEFORE.closedOrdersMax),
  closedOrderAgeMsMax: Math.max(retention.closedOrderAgeMsMax, RETENTION_BEFORE.closedOrderAgeMsMax),
});
