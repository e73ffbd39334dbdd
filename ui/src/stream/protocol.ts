/**
 * The client's side of `/api/v1/stream` as a pure state machine: (state, input, now, random) → (state,
 * outputs). The socket and the timers are in `connection.ts`. It signs on, subscribes, subscribes again
 * after a reconnect, measures latency, notices silence and passes data on only after its subscription's
 * snapshot.
 */
import type { StreamChannel, StreamMessage, StreamRequest } from '@tidegate/wire/stream';

const streamPhases = ['idle', 'connecting', 'authenticating', 'live', 'waiting'] as const;
export type StreamPhase = (typeof streamPhases)[number];
export type Subscribe = Extract<StreamRequest, { op: 'subscribe' }>;
export type StreamBatch = Extract<StreamMessage, { op: 'snapshot' | 'update' }>;

type StreamError = Extract<StreamMessage, { op: 'error' }>;

interface Subscription {
  readonly request: Subscribe;
  /** Its snapshot came on the current socket: updates mean something. */
  readonly synced: boolean;
  /** The server could not read its snapshot: ask again at this time. */
  readonly againAtMs?: number;
}

export interface StreamState {
  readonly phase: StreamPhase;
  readonly token: string;
  /** Attempts since the stream was last live. */
  readonly attempt: number;
  /** Phase entered; waiting ends at `retryAtMs`. */
  readonly sinceMs: number;
  readonly retryAtMs: number;
  readonly lastHeardMs: number;
  readonly lastPingMs: number;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
}

export type StreamInput =
  | { readonly kind: 'open'; readonly token: string }
  | { readonly kind: 'close' }
  /** The next token of the same user: what is open goes on with it. */
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'socketOpened' }
  | { readonly kind: 'socketClosed' }
  | { readonly kind: 'received'; readonly text: string }
  | { readonly kind: 'tick' }
  /** The browser says that the network is back, or the page became visible: don't wait any longer. */
  | { readonly kind: 'hurry' }
  | { readonly kind: 'subscribe'; readonly request: Subscribe }
  | { readonly kind: 'unsubscribe'; readonly id: string };

export type StreamOutput =
  | { readonly kind: 'connect' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'send'; readonly request: StreamRequest }
  | { readonly kind: 'phase'; readonly phase: StreamPhase }
  | { readonly kind: 'data'; readonly batch: StreamBatch }
  | { readonly kind: 'latency'; readonly ms: number }
  | { readonly kind: 'serverTime'; readonly ms: number }
  /** Refused subscription (`id`), or a complaint about the whole stream (null). */
  | { readonly kind: 'refused'; readonly id: string | null; readonly code: string; readonly text: string }
  /** The server let go of us before it said `ready`: the token may be the reason; ask REST. */
  | { readonly kind: 'tokenInDoubt' };

export interface StreamStep {
  readonly state: StreamState;
  readonly outputs: readonly StreamOutput[];
}

export const streamLimits = {
  connectMs: 10_000,
  authenticateMs: 5_000,
  pingEveryMs: 2_000,
  silenceMs: 7_000,
  backoffFirstMs: 500,
  backoffMaxMs: 15_000,
  subscriptionsMax: 32,
  snapshotAgainMs: 2_000,
} as const;

export const idleStream: StreamState = {
  phase: 'idle',
  token: '',
  attempt: 0,
  sinceMs: 0,
  retryAtMs: 0,
  lastHeardMs: 0,
  lastPingMs: 0,
  subscriptions: new Map(),
};

/** Nothing has come for two pings; a shorter time than that after which the socket is cut. */
export const isSilent = ({ lastHeardMs }: Pick<StreamState, 'lastHeardMs'>, nowMs: number): boolean =>
  nowMs - lastHeardMs > 2 * streamLimits.pingEveryMs;

/** @param random in [0, 1), for the jitter of the backoff. */
export function stepStream(
  state: StreamState,
  input: StreamInput,
  nowMs: number,
  random: number,
): StreamStep {
  switch (input.kind) {
    case 'open':
      return state.phase === 'idle'
        ? connecting({ ...state, token: input.token, attempt: 0 }, nowMs)
        : stay(state);
    case 'close':
      return state.phase === 'idle'
        ? stay(state)
        : {
            state: enter(state, 'idle', nowMs),
            outputs: [{ kind: 'disconnect' }, { kind: 'phase', phase: 'idle' }],
          };
    case 'token':
      return renewed(state, input.token);
    case 'socketOpened':
      return state.phase === 'connecting' ? authenticating(state, nowMs) : stay(state);
    case 'socketClosed':
      return lost(state, nowMs, random, []);
    case 'received':
      return received(state, input.text, nowMs);
    case 'tick':
      return tick(state, nowMs, random);
    case 'hurry':
      return state.phase === 'waiting' ? connecting(state, nowMs) : stay(state);
    case 'subscribe':
      return subscribe(state, input.request);
    case 'unsubscribe':
      return unsubscribe(state, input.id);
  }
}

const stay = (state: StreamState, outputs: readonly StreamOutput[] = []): StreamStep => ({ state, outputs });

/** A socket is open, and what is sent on it is carried out. */
const isAsking = ({ phase }: StreamState): boolean => phase === 'live' || phase === 'authenticating';

function renewed(state: StreamState, token: string): StreamStep {
  return stay({ ...state, token }, isAsking(state) ? [{ kind: 'send', request: { op: 'auth', token } }] : []);
}

/** Entering any phase forgets what the last socket synchronised. */
function enter(state: StreamState, phase: StreamPhase, nowMs: number): StreamState {
  const subscriptions = new Map(
    [...state.subscriptions].map(([id, held]) => [id, { request: held.request, synced: false }]),
  );
  return { ...state, phase, sinceMs: nowMs, lastHeardMs: nowMs, subscriptions };
}

function connecting(state: StreamState, nowMs: number): StreamStep {
  return {
    state: enter(state, 'connecting', nowMs),
    outputs: [{ kind: 'phase', phase: 'connecting' }, { kind: 'connect' }],
  };
}

/** The server carries out what it is asked in order: nothing is gained by waiting for its `ready`. */
function authenticating(state: StreamState, nowMs: number): StreamStep {
  const entered = enter(state, 'authenticating', nowMs);
  return {
    state: entered,
    outputs: [
      { kind: 'phase', phase: 'authenticating' },
      { kind: 'send', request: { op: 'auth', token: state.token } },
      ...[...entered.subscriptions.values()].map((held): StreamOutput => ({
        kind: 'send',
        request: held.request,
      })),
    ],
  };
}

/** Half of the wait is fixed, half is random, so that many clients don't come back at once. */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(streamLimits.backoffMaxMs, streamLimits.backoffFirstMs * 2 ** Math.min(attempt, 16));
  return Math.round(full / 2 + (full / 2) * random);
}

function lost(
  state: StreamState,
  nowMs: number,
  random: number,
  before: readonly StreamOutput[],
): StreamStep {
  if (state.phase === 'idle' || state.phase === 'waiting') return stay(state);
  const waiting = enter(state, 'waiting', nowMs);
  const doubt: StreamOutput[] = state.phase === 'authenticating' ? [{ kind: 'tokenInDoubt' }] : [];
  return {
    state: { ...waiting, attempt: state.attempt + 1, retryAtMs: nowMs + backoffMs(state.attempt, random) },
    outputs: [...before, { kind: 'phase', phase: 'waiting' }, ...doubt],
  };
}

function tick(state: StreamState, nowMs: number, random: number): StreamStep {
  const cut: readonly StreamOutput[] = [{ kind: 'disconnect' }];
  switch (state.phase) {
    case 'idle':
      return stay(state);
    case 'connecting':
      return nowMs - state.sinceMs >= streamLimits.connectMs ? lost(state, nowMs, random, cut) : stay(state);
    case 'authenticating':
      return nowMs - state.sinceMs >= streamLimits.authenticateMs
        ? lost(state, nowMs, random, cut)
        : stay(state);
    case 'waiting':
      return nowMs >= state.retryAtMs ? connecting(state, nowMs) : stay(state);
    case 'live':
      if (nowMs - state.lastHeardMs >= streamLimits.silenceMs) return lost(state, nowMs, random, cut);
      return tickLive(state, nowMs);
  }
}

function tickLive(state: StreamState, nowMs: number): StreamStep {
  const due = [...state.subscriptions].filter(
    ([, held]) => held.againAtMs !== undefined && nowMs >= held.againAtMs,
  );
  const pinging = nowMs - state.lastPingMs >= streamLimits.pingEveryMs;
  if (due.length === 0 && !pinging) return stay(state);
  const subscriptions = new Map(state.subscriptions);
  for (const [id, { request }] of due) subscriptions.set(id, { request, synced: false });
  return {
    state: { ...state, subscriptions, lastPingMs: pinging ? nowMs : state.lastPingMs },
    outputs: [
      ...due.map(([, { request }]): StreamOutput => ({ kind: 'send', request })),
      ...(pinging ? [{ kind: 'send', request: { op: 'ping', at: nowMs } } as const] : []),
    ],
  };
}

function received(state: StreamState, text: string, nowMs: number): StreamStep {
  if (!isAsking(state)) return stay(state);
  const heard = { ...state, lastHeardMs: nowMs };
  const message = readMessage(text);
  if (message === null) {
    return stay(heard, [
      { kind: 'refused', id: null, code: 'UNREADABLE', text: 'The stream sent an unreadable message' },
    ]);
  }
  switch (message.op) {
    case 'ready':
      return state.phase === 'authenticating' ? live(heard, nowMs) : stay(heard);
    case 'pong':
      return stay(heard, [
        { kind: 'latency', ms: Math.max(0, nowMs - message.at) },
        { kind: 'serverTime', ms: message.serverTimeMs },
      ]);
    case 'error':
      return refused(heard, message, nowMs);
    case 'snapshot':
    case 'update':
      return data(heard, message);
  }
}

/** A refusal is told. A snapshot that could not be read is asked for again a little later. */
function refused(state: StreamState, error: StreamError, nowMs: number): StreamStep {
  const held = state.subscriptions.get(error.id ?? '');
  const outputs: StreamOutput[] = [{ kind: 'refused', id: error.id, code: error.code, text: error.text }];
  if (held === undefined || error.code !== 'SNAPSHOT_UNAVAILABLE') return stay(state, outputs);
  const again = { request: held.request, synced: false, againAtMs: nowMs + streamLimits.snapshotAgainMs };
  return stay({ ...state, subscriptions: new Map(state.subscriptions).set(held.request.id, again) }, outputs);
}

function live(state: StreamState, nowMs: number): StreamStep {
  const entered = { ...enter(state, 'live', nowMs), attempt: 0, lastPingMs: nowMs };
  return {
    state: entered,
    outputs: [
      { kind: 'phase', phase: 'live' },
      { kind: 'send', request: { op: 'ping', at: nowMs } },
    ],
  };
}

function data(state: StreamState, batch: StreamBatch): StreamStep {
  const held = state.subscriptions.get(batch.id);
  if (state.phase !== 'live' || held === undefined || held.request.channel !== batch.channel)
    return stay(state);
  if (batch.op === 'update') return held.synced ? stay(state, [{ kind: 'data', batch }]) : stay(state);
  const subscriptions = new Map(state.subscriptions).set(batch.id, { request: held.request, synced: true });
  return stay({ ...state, subscriptions }, [{ kind: 'data', batch }]);
}

function subscribe(state: StreamState, request: Subscribe): StreamStep {
  if (!state.subscriptions.has(request.id) && state.subscriptions.size >= streamLimits.subscriptionsMax) {
    return stay(state, [
      { kind: 'refused', id: request.id, code: 'TOO_MANY_SUBSCRIPTIONS', text: 'Too many subscriptions' },
    ]);
  }
  const subscriptions = new Map(state.subscriptions).set(request.id, { request, synced: false });
  return stay({ ...state, subscriptions }, isAsking(state) ? [{ kind: 'send', request }] : []);
}

function unsubscribe(state: StreamState, id: string): StreamStep {
  if (!state.subscriptions.has(id)) return stay(state);
  const subscriptions = new Map(state.subscriptions);
  subscriptions.delete(id);
  return stay(
    { ...state, subscriptions },
    isAsking(state) ? [{ kind: 'send', request: { op: 'unsubscribe', id } }] : [],
  );
}

/** A record, so that the compiler names a channel that is missing. */
const channels: Readonly<Record<StreamChannel, true>> = {
  prices: true,
  indicative: true,
  orders: true,
  executions: true,
  positions: true,
  sessions: true,
  events: true,
  cases: true,
  quality: true,
};

/** The message, checked as far as this machine leans on it; null when it isn't one. */
function readMessage(text: string): StreamMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('op' in value)) return null;
  const message = value as Record<string, unknown>;
  switch (message['op']) {
    case 'ready':
      return value as unknown as StreamMessage;
    case 'pong':
      return typeof message['at'] === 'number' && typeof message['serverTimeMs'] === 'number'
        ? (value as unknown as StreamMessage)
        : null;
    case 'error':
      return typeof message['code'] === 'string' ? (value as unknown as StreamMessage) : null;
    case 'snapshot':
    case 'update':
      return typeof message['id'] === 'string' &&
        Array.isArray(message['data']) &&
        Object.hasOwn(channels, String(message['channel']))
        ? (value as unknown as StreamMessage)
        : null;
    default:
      return null;
  }
}
