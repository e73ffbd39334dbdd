/**
 * What is older than a session is not for it: its store is new, or was lost with its host. Else a lost
 * folder would be a flood of reports that everybody has had, and of requests that providers have answered.
 */
import type { SessionHandle } from '@tidegate/fix/session/application';
import type { SequencedEvent } from '@tidegate/wire/commands';

type Cursored = Pick<SessionHandle, 'cursor' | 'createdAtMs'>;

export class Beginnings {
  /** By partition: head of its journal when this process began. */
  private readonly heads = new Map<string, number>();

  note(partition: string, head: number): void {
    this.heads.set(partition, head);
  }

  /** Of events since the start everything is for everybody, whatever the clocks say. */
  isBefore(
    handle: Cursored,
    partition: string,
    { sequence, atMs }: Pick<SequencedEvent, 'sequence' | 'atMs'>,
  ): boolean {
    return (
      sequence <= (this.heads.get(partition) ?? 0) &&
      atMs < handle.createdAtMs &&
      handle.cursor(partition) === 0
    );
  }
}
