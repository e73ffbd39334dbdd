/**
 * One subscription at Bloomberg as a pure table. `subscription.table.ts` carries it out. Rules:
 *
 * 1. What ended by itself is asked for again with a new correlation id and back-off, unless the reason is for
 *    good (bad security, no authorisation).
 * 2. After a loss (connection, stream, ticks) the image is stale until Bloomberg activates the stream again
 *    or
 *    sends a new summary; an ordinary tick does not make an image fresh that may lack others.
 * 3. Before the first image any data is good news; services without summaries (bars, pages) live on it.
 */

export const subscriptionStates = [
  /** Wanted; there is no session to ask in. */
  'idle',
  /** Asked for. */
  'pending',
  'live',
  'stale',
  /** Ended; asked for again when its back-off is over. */
  'waiting',
  /** Refused for good; a new session tries once more. */
  'failed',
] as const;
export type SubscriptionState = (typeof subscriptionStates)[number];

export const subscriptionHappenings = [
  'asked',
  'summary',
  'tick',
  'streamDown',
  'streamUp',
  'dataLoss',
  'connectionLost',
  /** Ended by Bloomberg, for a reason that may pass. */
  'ended',
  'endedForGood',
  'retryDue',
  /** The session object is gone, and every correlation id with it. */
  'sessionGone',
] as const;
export type SubscriptionHappening = (typeof subscriptionHappenings)[number];

type Row = Partial<Record<SubscriptionHappening, SubscriptionState>>;

const gone: Row = { ended: 'waiting', endedForGood: 'failed', sessionGone: 'idle' };
const losses: Row = { streamDown: 'stale', dataLoss: 'stale', connectionLost: 'stale' };

/** A happening that a row does not name leaves the state as it is. */
export const subscriptionTable: Readonly<Record<SubscriptionState, Row>> = {
  idle: { asked: 'pending', endedForGood: 'failed' },
  pending: { ...gone, summary: 'live', tick: 'live', connectionLost: 'stale' },
  live: { ...gone, ...losses, asked: 'pending' },
  stale: { ...gone, summary: 'live', streamUp: 'live', asked: 'pending' },
  waiting: { asked: 'pending', retryDue: 'idle', sessionGone: 'idle', endedForGood: 'failed' },
  failed: { asked: 'pending', sessionGone: 'idle', retryDue: 'idle' },
};

export const subscriptionStep = (
  state: SubscriptionState,
  happening: SubscriptionHappening,
): SubscriptionState => subscriptionTable[state][happening] ?? state;

/**
 * Reasons that asking again does not change. Bloomberg's categories are open text: what is not listed is
 * taken to pass, and back-off bounds what that costs.
 */
const permanent = new Set([
  'BAD_SEC',
  'BAD_FLD',
  'BAD_TOPIC',
  'INVALID_SECURITY',
  'NOT_MONITORABLE',
  'NO_AUTH',
  'NOT_ENTITLED',
  'NOT_AUTHORIZED',
  'UNKNOWN_TOPIC',
]);
export const isPermanent = (category: string): boolean => permanent.has(category);
