/**
 * From where a restarted gateway goes on, and how far each session has been told. The sessions' own stores
 * say: a cursor is the number of the last event that was sent to the session, or found to be nothing for it.
 * So what a host keeps besides its sessions may be lost.
 */
import { numberOf, type Numbering } from '@tidegate/core/order/numbering';
import type { SessionHandle } from '@tidegate/fix/session/application';
import type { Journal } from '@tidegate/platform/journal/journal';
import type { RecordedEvent, SequencedEvent } from '@tidegate/wire/commands';

export type Told = Pick<SessionHandle, 'id' | 'cursor' | 'createdAtMs' | 'noteCursors'>;

export interface CursorsOptions {
  readonly journal: Pick<Journal, 'read' | 'archivedFrom'>;
  /** The sessions that are told of a partition. */
  readonly sessionsOf: (partition: string) => Iterable<Told>;
  /** It lacks something, and must not be taken past it. */
  readonly isBehind: (session: string) => boolean;
  /** It is so far behind, and of such a kind, that the others go on without it. */
  readonly mayBeLate: (session: string, events: number) => boolean;
}

/** Where a partition is to be followed from. */
export interface Beginning {
  /** Sequence of the last event that every session has had, but for those that are late. */
  readonly after: number;
  /** Sessions that can be told later what they lack, and the last event that each has had. */
  readonly late: ReadonlyMap<string, number>;
  /** A session that has delivered what the journal does not have. */
  readonly ahead: Told | undefined;
}

interface Handled {
  readonly sequence: number;
  readonly numbering: Numbering | undefined;
}

/** Events that a restart may read once more, so that not every one is noted in every session. */
const lagMax = 200;
const notesPerFullNote = 20;

export class Cursors {
  private readonly options: CursorsOptions;
  /** By partition: the last event that was handled, while nothing is handled once more. */
  private readonly handled = new Map<string, Handled>();
  /** What was handled before it comes once more. */
  private readonly before = new Map<string, Handled>();
  private notes = 0;
  /** Of several gateways: up to which number any session, wherever it is, has been told of a partition. */
  delivered: ReadonlyMap<string, number> = new Map();

  constructor(options: CursorsOptions) {
    this.options = options;
  }

  /** Sessions whose numbers began at `startedAtMs` or later are new: nothing is older than they are. */
  async beginningOf(partition: string, head: number, startedAtMs: number): Promise<Beginning> {
    const sessions = [...this.options.sessionsOf(partition)];
    const numbering = await this.numberingAt(partition, head);
    const last = numberOf({ sequence: head, numbering });
    const late = new Map<string, number>();
    let after = head;
    for (const session of sessions) {
      const cursor = session.cursor(partition);
      const isNew = cursor === 0 && session.createdAtMs >= startedAtMs;
      if (isNew || cursor >= last) continue;
      const had = await this.sequenceOf(partition, cursor, numbering);
      if (this.options.mayBeLate(session.id, head - had)) late.set(session.id, had);
      else after = Math.min(after, had);
    }
    const ahead = [...sessions, ...this.elsewhere()].find((session) => session.cursor(partition) > last);
    return { after, late, ahead };
  }

  /** The sessions that any gateway may have, as one. */
  private *elsewhere(): Iterable<Told> {
    const delivered = this.delivered;
    const noteCursors = (): void => undefined;
    yield { id: 'sessions', createdAtMs: 0, cursor: (name) => delivered.get(name) ?? 0, noteCursors };
  }

  /** The partition is followed from there. */
  async begin(partition: string, after: number): Promise<void> {
    const numbering = await this.numberingAt(partition, after);
    if (!this.handled.has(partition)) this.handled.set(partition, { sequence: after, numbering });
  }

  /** What is handled now comes once more, from an earlier event on. */
  beginAgain(partition: string): void {
    const handled = this.handled.get(partition);
    if (handled !== undefined) this.before.set(partition, handled);
    this.handled.delete(partition);
  }

  handle(partition: string, events: readonly SequencedEvent[]): void {
    const last = events.at(-1);
    if (last !== undefined)
      this.handled.set(partition, { sequence: last.sequence, numbering: last.numbering });
  }

  /** Sequence of the last event that was handled; Infinity while that is not known. */
  reached(partition: string): number {
    return this.handled.get(partition)?.sequence ?? Infinity;
  }

  /** From which event on a session that is opened now lacks what the others have had; undefined: nothing. */
  lackedBy(session: Told, partition: string): number | undefined {
    const handled = this.handled.get(partition);
    const cursor = session.cursor(partition);
    if (handled === undefined || cursor === 0 || cursor >= numberOf(handled)) return undefined;
    const base = handled.numbering?.base ?? 0;
    return cursor > base ? cursor - base : 0;
  }

  /**
   * The same of one that other gateways may have had before; `sinceMs`: its opening here began then. What is
   * told to nobody before a new one is there is noted at once: it lacks nothing, wherever it goes.
   */
  missedBy(session: Told, partition: string, sinceMs: number): number | undefined {
    const handled = this.handled.get(partition) ?? this.before.get(partition);
    const number = handled === undefined ? 0 : numberOf(handled);
    const cursor = session.cursor(partition);
    if (number === 0 || cursor >= number) return undefined;
    if (cursor === 0 && session.createdAtMs >= sinceMs) {
      session.noteCursors(new Map([[partition, number]]));
      return undefined;
    }
    const base = handled?.numbering?.base ?? 0;
    return cursor > base ? cursor - base : 0;
  }

  /** Tells the sessions' stores now and then, and `all` of it at the end. */
  note(all = false): void {
    this.notes += 1;
    const lag = all || this.notes % notesPerFullNote === 0 ? 0 : lagMax;
    const moved = new Map<Told, Map<string, number>>();
    for (const [partition, event] of this.handled) {
      const handled = numberOf(event);
      for (const session of this.options.sessionsOf(partition)) {
        if (handled <= session.cursor(partition) + lag || this.options.isBehind(session.id)) continue;
        moved.set(session, (moved.get(session) ?? new Map<string, number>()).set(partition, handled));
      }
    }
    for (const [session, cursors] of moved) session.noteCursors(cursors);
  }

  /**
   * Sequence of the event that a session was told last; of a later numbering than its own: that's beginning.
   */
  private async sequenceOf(
    partition: string,
    cursor: number,
    numbering: Numbering | undefined,
  ): Promise<number> {
    if (numbering === undefined) return cursor;
    if (cursor > numbering.base) return cursor - numbering.base;
    const before = numbering.from - 1;
    const earlier = await this.numberingAt(partition, before);
    return Math.min(before, await this.sequenceOf(partition, cursor, earlier));
  }

  private async numberingAt(partition: string, sequence: number): Promise<Numbering | undefined> {
    if (sequence === 0) return undefined;
    const { journal } = this.options;
    // Of what is archived the last event is still there: with it the archive's last numbering.
    const archived = await journal.archivedFrom(partition, sequence);
    const [record] = await journal.read(partition, archived?.last ?? sequence, 1);
    const numbering = (record?.body as RecordedEvent | undefined)?.numbering;
    return numbering === undefined || numbering.from <= sequence ? numbering : undefined;
  }
}
