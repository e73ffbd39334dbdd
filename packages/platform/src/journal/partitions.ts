/**
 * Every partition there is: one for each firm of the configuration, from the moment it is configured, and
 * each that the journal knows. A firm is retired, never removed: what its partition has is booked, reported
 * and shown whether or not its document is still there. Used by whoever owns or follows partitions.
 */
import { partitionsOf, type Configuration } from '../configuration/configuration.ts';
import type { Journal } from './journal.ts';

export interface PartitionsOptions {
  readonly configuration: Pick<Configuration, 'current' | 'onChange'>;
  readonly journal: Pick<Journal, 'heads'>;
  /** Called once for each. `head`: of its journal when we looked; 0 for a new one. */
  readonly add: (partition: string, head: number) => void;
}

/** Adds those that are there before it resolves, and later ones as they come; returns how to stop. */
export async function followPartitions({
  configuration,
  journal,
  add,
}: PartitionsOptions): Promise<() => void> {
  const heads = await journal.heads();
  const known = new Set<string>();
  const look = (): void => {
    for (const partition of [...heads.keys(), ...partitionsOf(configuration.current)]) {
      if (known.has(partition)) continue;
      known.add(partition);
      add(partition, heads.get(partition) ?? 0);
    }
  };
  look();
  return configuration.onChange(look);
}
