/**
 * From where each partition's events must come again: stores answer later than events are handled, and one
 * that fails, or a session that is opened anew, lacks some that the follower has passed. What is handled
 * twice is sent once: the sessions' own cursors see to that.
 */

/**
 * The slowest store has answered or failed by then (PostgreSQL: the patience of 20 s, connecting 5 s and a
 * statement 6 s).
 */
const storedMs = 35_000;

export class Positions {
  /** Oldest first; the first is at least `storedMs` old, or of the start. */
  private readonly noted: { readonly atMs: number; readonly positions: ReadonlyMap<string, number> }[] = [];
  /** By session: where each of its partitions was when it may last have had everything. */
  private readonly missed = new Map<string, ReadonlyMap<string, number>>();

  /** How far the followers are now, on the monotonic clock. */
  note(atMs: number, positions: ReadonlyMap<string, number>): void {
    this.noted.push({ atMs, positions });
    while (this.noted.length > 1 && this.noted[1]!.atMs <= atMs - storedMs) this.noted.shift();
  }

  /** A partition that is followed from now on, after `at`: what any session lacks begins there. */
  begin(partition: string, at: number): void {
    const joined = (positions: ReadonlyMap<string, number>) => new Map([[partition, at], ...positions]);
    for (const [index, { atMs, positions }] of this.noted.entries())
      this.noted[index] = { atMs, positions: joined(positions) };
    for (const [session, positions] of this.missed) this.missed.set(session, joined(positions));
  }

  /** Up to here every session that is not behind has every report stored. */
  get stored(): ReadonlyMap<string, number> {
    return this.heldBack(this.noted[0]?.positions ?? new Map());
  }

  /** `positions`, where no session needs an earlier one. */
  private heldBack(positions: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    const held = new Map(positions);
    for (const missed of this.missed.values()) {
      for (const [partition, at] of missed) {
        if (at < (held.get(partition) ?? 0)) held.set(partition, at);
      }
    }
    return held;
  }

  /**
   * From now on the session takes nothing; `partition` absent: it is a venue's, of all of them. `at`: where
   * it is, if that is known.
   */
  lose(session: string, partition?: string, at?: number): void {
    const { stored } = this;
    const of = partition === undefined ? stored : new Map([[partition, at ?? stored.get(partition) ?? 0]]);
    this.missed.set(session, new Map(this.missed.get(session) ?? of));
  }

  /** It is another gateway's: nothing waits for it here. */
  forget(session: string): void {
    this.missed.delete(session);
  }

  /** It lacks what came after these. */
  loseFrom(session: string, positions: ReadonlyMap<string, number>): void {
    if (positions.size > 0) this.missed.set(session, new Map(positions));
  }

  /** Must be given nothing: a later report would move its cursor over those that it lacks. */
  isBehind(session: string): boolean {
    return this.missed.has(session);
  }

  /** What it lacks, from where on; another object each time that it is lost. */
  missedBy(session: string): ReadonlyMap<string, number> | undefined {
    return this.missed.get(session);
  }

  /** The session takes reports again: from where they are to be handled once more, at once. */
  regain(session: string): ReadonlyMap<string, number> {
    const missed = this.missed.get(session) ?? new Map<string, number>();
    const { stored } = this;
    this.missed.delete(session);
    // What was noted since then is true again only when it has been handled again.
    if (missed.size > 0) this.noted.splice(0, Infinity, { atMs: this.noted.at(-1)!.atMs, positions: stored });
    return missed;
  }
}
