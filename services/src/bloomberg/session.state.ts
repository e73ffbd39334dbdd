/**
 * The supervised session with Bloomberg as a pure table: what may happen in each state, where it leads and
 * what is to be done. `supervisor.ts` carries it out. Rules of recovery that it holds:
 *
 * 1. A session object that has ended or failed is never used again: `discard`, back-off, a new one.
 * 2. A lost connection is waited for; the library reconnects. What was subscribed is stale until Bloomberg
 *    says otherwise. If it takes too long the object is discarded.
 * 3. Data flows only while we are authorised: revoked means `withhold` first, then asking again with a new
 *    object, since the identity may be the session's own and that is authorised at its start only.
 * 4. A missing library is asked for again too: an operator may mount it while we run.
 */

export const sessionStates = [
  'stopped',
  'unavailable',
  'down',
  'connecting',
  'authorising',
  'up',
  'lost',
  'revoked',
  'unauthorised',
] as const;
export type SessionState = (typeof sessionStates)[number];

export const sessionHappenings = [
  'start',
  'noLibrary',
  'connected',
  'authorised',
  'authoriseFailed',
  /** The last connection of the session is gone. */
  'connectionDown',
  'connectionUp',
  /** Terminated, startup failure, or its worker died. */
  'ended',
  'revoked',
  'retryDue',
  'lostTooLong',
  'stop',
] as const;
export type SessionHappening = (typeof sessionHappenings)[number];

export type SessionAction =
  /** Load the library where that is not done, make a session object and start it. */
  | 'open'
  | 'authorise'
  /** Everything anew, under new correlation ids. */
  | 'subscribeAll'
  | 'markStale'
  /** The connection is back: wait for the library to restore streams, or subscribe anew where it does not. */
  | 'restore'
  /** Nothing more is delivered and what was delivered is withdrawn. */
  | 'withhold'
  | 'discard'
  | 'retryLater'
  | 'awaitConnection';

export interface SessionStep {
  readonly to: SessionState;
  readonly actions: readonly SessionAction[];
}

const to = (state: SessionState, ...actions: readonly SessionAction[]): SessionStep => ({
  to: state,
  actions,
});
const ignored = 'ignored' as const;

export const sessionTable: Readonly<
  Record<SessionState, Readonly<Record<SessionHappening, SessionStep | typeof ignored>>>
> = {
  stopped: row({ start: to('connecting', 'open') }),
  unavailable: row({ retryDue: to('connecting', 'open'), stop: to('stopped') }),
  down: row({ retryDue: to('connecting', 'open'), stop: to('stopped') }),
  connecting: row({
    noLibrary: to('unavailable', 'retryLater'),
    connected: to('authorising', 'authorise'),
    ended: to('down', 'discard', 'retryLater'),
    stop: to('stopped', 'discard'),
  }),
  authorising: row({
    authorised: to('up', 'subscribeAll'),
    authoriseFailed: to('unauthorised', 'withhold', 'discard', 'retryLater'),
    revoked: to('unauthorised', 'withhold', 'discard', 'retryLater'),
    ended: to('down', 'markStale', 'discard', 'retryLater'),
    stop: to('stopped', 'markStale', 'discard'),
  }),
  up: row({
    connectionDown: to('lost', 'markStale', 'awaitConnection'),
    revoked: to('revoked', 'withhold', 'retryLater'),
    ended: to('down', 'markStale', 'discard', 'retryLater'),
    stop: to('stopped', 'markStale', 'discard'),
  }),
  lost: row({
    connectionUp: to('up', 'restore'),
    revoked: to('revoked', 'withhold', 'retryLater'),
    ended: to('down', 'discard', 'retryLater'),
    lostTooLong: to('down', 'discard', 'retryLater'),
    stop: to('stopped', 'discard'),
  }),
  revoked: row({
    retryDue: to('connecting', 'discard', 'open'),
    ended: to('down', 'discard', 'retryLater'),
    stop: to('stopped', 'discard'),
  }),
  unauthorised: row({ retryDue: to('connecting', 'open'), stop: to('stopped') }),
};

/** What a row does not name changes nothing in that state: late news of an object that is gone, mostly. */
function row(
  steps: Partial<Record<SessionHappening, SessionStep>>,
): Record<SessionHappening, SessionStep | typeof ignored> {
  const all = Object.fromEntries(sessionHappenings.map((happening) => [happening, ignored]));
  return { ...all, ...steps } as Record<SessionHappening, SessionStep | typeof ignored>;
}

export function sessionStep(state: SessionState, happening: SessionHappening): SessionStep | undefined {
  const step = sessionTable[state][happening];
  return step === ignored ? undefined : step;
}
