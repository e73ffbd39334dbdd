/** The words of the kill switch by scope: commands that stop and release, and what is journaled of them. */

/** Fields that are given must all be so; at least one is. `session` is a FIX session or a user. */
export interface StopScope {
  readonly provider?: string;
  readonly account?: string;
  readonly trader?: string;
  readonly session?: string;
  readonly instrument?: string;
}

/** `halted`: nothing new, what is open is canceled. `reducing`: only what reduces a position. */
export type StopKind = 'halted' | 'reducing';

export interface SetStop {
  readonly kind: 'setStop';
  readonly commandId: string;
  readonly by: string;
  readonly reason: string;
  readonly scope: StopScope;
  readonly stop: StopKind;
}

/** The only way to less: a stop never loosens another. */
export interface ReleaseStop {
  readonly kind: 'releaseStop';
  readonly commandId: string;
  readonly by: string;
  readonly reason: string;
  readonly scope: StopScope;
}

export interface StopSet {
  readonly type: 'stopSet';
  readonly commandId: string;
  readonly by: string;
  readonly reason: string;
  readonly scope: StopScope;
  readonly stop: StopKind;
  /** Open in the scope at that moment. */
  readonly orders: number;
}

export interface StopReleased {
  readonly type: 'stopReleased';
  readonly commandId: string;
  readonly by: string;
  readonly reason: string;
  readonly scope: StopScope;
}
