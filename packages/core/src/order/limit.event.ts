/** What limits tell beside refusals, and the command that releases what one has disabled. */

/** A limit that had disabled its subject lets it trade again: a named person's word. */
export interface ReleaseLimit {
  readonly kind: 'releaseLimit';
  readonly commandId: string;
  readonly by: string;
  readonly reason: string;
  readonly limit: string;
  readonly subject: string;
}

/** The use of a limit has come to one of its levels, or has left them (0). Amounts as text, for people. */
export interface LimitReached {
  readonly type: 'limitReached';
  readonly limit: string;
  readonly subject: string;
  /** Percent of the maximum. */
  readonly level: number;
  readonly use: string;
  readonly maximum: string;
  readonly text: string;
}

/** A limit has disabled its subject. */
export interface LimitTripped {
  readonly type: 'limitTripped';
  readonly limit: string;
  readonly subject: string;
  readonly text: string;
}

export interface LimitReleased {
  readonly type: 'limitReleased';
  readonly commandId: string;
  readonly by: string;
  readonly reason: string;
  readonly limit: string;
  readonly subject: string;
}
