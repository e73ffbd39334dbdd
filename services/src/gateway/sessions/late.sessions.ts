/**
 * Client sessions that are far behind their partition: their client was away from the configuration for long,
 * or their store comes from an old copy. They are told what they lack by a follower of their own, so that
 * neither a start nor the firm's orders wait for it, and join the others where those are by then. What both
 * followers handle is sent once: the session's cursor sees to that.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { numberOf } from '@tidegate/core/order/numbering';
import type { Bus } from '@tidegate/platform/bus/bus';
import { Follower } from '@tidegate/platform/journal/follower';
import type { ArchivedRange, Journal } from '@tidegate/platform/journal/journal';
import type { SequencedEvent } from '@tidegate/wire/commands';

const toldAtOnce = 100;
/** What a restart, or the firm's orders, may wait for: half a second of reading. */
export const nearMax = 10_000;

export interface LateSessionsOptions {
  readonly bus: Bus;
  readonly journal: Journal;
  /** Tells this session alone. */
  readonly report: (session: string, partition: string, events: readonly SequencedEvent[]) => void;
  /** It has had everything up to this number. */
  readonly note: (session: string, partition: string, number: number) => void;
  /** Up to where the others have been told. */
  readonly reached: (partition: string) => number;
  readonly onJoined: (session: string) => void;
  /** It is told nothing of these events any more. */
  readonly onArchived: (partition: string, archived: ArchivedRange) => void;
  readonly onError: (error: unknown) => void;
}

export class LateSessions {
  private readonly options: LateSessionsOptions;
  private readonly followers = new Map<string, Follower>();
  private hasStopped = false;

  constructor(options: LateSessionsOptions) {
    this.options = options;
  }

  /** From the event after `after` on; anew, if it is being told already. */
  async tell(session: string, partition: string, after: number): Promise<void> {
    const before = this.followers.get(session);
    this.followers.delete(session);
    await before?.stop();
    if (this.hasStopped || this.followers.has(session)) return;
    const { bus, journal, onError } = this.options;
    const onArchived = (archived: ArchivedRange): void => this.options.onArchived(partition, archived);
    const isCurrent = (): boolean => this.followers.get(session) === follower;
    const handle = async (events: readonly SequencedEvent[]): Promise<void> => {
      for (let from = 0; from < events.length; from += toldAtOnce) {
        // What the others have to do comes in between.
        if (from > 0) await turn();
        if (!isCurrent()) return;
        this.handle(session, partition, events.slice(from, from + toldAtOnce));
      }
    };
    const follower = new Follower({ bus, journal, partition, after, handle, onArchived, onError });
    this.followers.set(session, follower);
    follower.start();
  }

  async stop(): Promise<void> {
    this.hasStopped = true;
    await Promise.all([...this.followers.values()].map((follower) => follower.stop()));
  }

  private handle(session: string, partition: string, events: readonly SequencedEvent[]): void {
    const { report, note, reached, onJoined } = this.options;
    report(session, partition, events);
    const last = events.at(-1)!;
    note(session, partition, numberOf(last));
    if (last.sequence < reached(partition)) return;
    const follower = this.followers.get(session);
    this.followers.delete(session);
    onJoined(session);
    void follower?.stop();
  }
}
