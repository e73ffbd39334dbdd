/** The stream's state machine: signing on, coming back, silence, and what data is let through. */
import { describe, expect, it } from 'vitest';
import {
  backoffMs,
  idleStream,
  isSilent,
  stepStream,
  streamLimits,
  type StreamInput,
  type StreamOutput,
  type StreamState,
  type Subscribe,
} from './protocol.ts';

const orders: Subscribe = { op: 'subscribe', id: 'o', channel: 'orders' };
const prices: Subscribe = { op: 'subscribe', id: 'p', channel: 'prices', depth: 10 };
const text = (message: unknown): StreamInput => ({ kind: 'received', text: JSON.stringify(message) });
const ready = text({ op: 'ready', serverTimeMs: 0 });

/** Runs inputs at their times and gives the state and everything that came out of the last one. */
function run(
  steps: readonly (readonly [number, StreamInput])[],
  from: StreamState = idleStream,
  random = 0.5,
) {
  let state = from;
  let outputs: readonly StreamOutput[] = [];
  for (const [nowMs, input] of steps) ({ state, outputs } = stepStream(state, input, nowMs, random));
  return { state, outputs };
}

const toLive: readonly (readonly [number, StreamInput])[] = [
  [0, { kind: 'subscribe', request: orders }],
  [0, { kind: 'subscribe', request: prices }],
  [0, { kind: 'open', token: 't' }],
  [10, { kind: 'socketOpened' }],
  [20, ready],
];
const live = run(toLive).state;
const sent = (outputs: readonly StreamOutput[]) =>
  outputs.flatMap((out) => (out.kind === 'send' ? [out.request] : []));
const dataOf = (outputs: readonly StreamOutput[]) =>
  outputs.flatMap((out) => (out.kind === 'data' ? [out.batch] : []));

describe('signing on', () => {
  it('sends the token once the socket is open, then subscribes without waiting', () => {
    expect(run(toLive.slice(0, 3)).outputs).toEqual([
      { kind: 'phase', phase: 'connecting' },
      { kind: 'connect' },
    ]);
    expect(sent(run(toLive.slice(0, 4)).outputs)).toEqual([{ op: 'auth', token: 't' }, orders, prices]);
  });

  it('is live and pings once it is ready', () => {
    const { state, outputs } = run(toLive);
    expect(state.phase).toBe('live');
    expect(sent(outputs)).toEqual([{ op: 'ping', at: 20 }]);
  });

  it('doubts the token when the server lets go before it is ready, and not otherwise', () => {
    const refused = run([...toLive.slice(0, 4), [30, { kind: 'socketClosed' }]]);
    expect(refused.state.phase).toBe('waiting');
    expect(refused.outputs).toContainEqual({ kind: 'tokenInDoubt' });
    expect(run([[30, { kind: 'socketClosed' }]], live).outputs).toEqual([
      { kind: 'phase', phase: 'waiting' },
    ]);
  });

  it('gives up on a server that opens the socket and says nothing', () => {
    const { state, outputs } = run([
      ...toLive.slice(0, 4),
      [10 + streamLimits.authenticateMs, { kind: 'tick' }],
    ]);
    expect(state.phase).toBe('waiting');
    expect(outputs[0]).toEqual({ kind: 'disconnect' });
  });
});

describe('reconnecting', () => {
  it('waits out its backoff, connects, and subscribes again', () => {
    const lost = run([[1000, { kind: 'socketClosed' }]], live);
    expect(lost.state.retryAtMs).toBe(1000 + backoffMs(0, 0.5));
    expect(run([[lost.state.retryAtMs - 1, { kind: 'tick' }]], lost.state).outputs).toEqual([]);
    const opened = run(
      [
        [lost.state.retryAtMs, { kind: 'tick' }],
        [2000, { kind: 'socketOpened' }],
      ],
      lost.state,
    );
    expect(sent(opened.outputs)).toEqual([{ op: 'auth', token: 't' }, orders, prices]);
    const again = run([[2010, ready]], opened.state);
    expect(again.state.phase).toBe('live');
    expect(sent(again.outputs)).toEqual([{ op: 'ping', at: 2010 }]);
  });

  it('backs off further with each failure, up to a bound, and starts over once it was live', () => {
    let state = live;
    for (let attempt = 0; attempt < 20; attempt += 1) {
      state = run([[5000, { kind: 'socketClosed' }]], state).state;
      expect(state.retryAtMs - 5000).toBe(backoffMs(attempt, 0.5));
      state = run([[state.retryAtMs, { kind: 'tick' }]], state).state;
    }
    expect(backoffMs(19, 0.999)).toBeLessThanOrEqual(streamLimits.backoffMaxMs);
    const up = run(
      [
        [9000, { kind: 'socketOpened' }],
        [9001, ready],
      ],
      state,
    ).state;
    expect(up.attempt).toBe(0);
  });

  it('spreads the waits: half is fixed, half random', () => {
    expect(backoffMs(2, 0)).toBe(1000);
    expect(backoffMs(2, 0.5)).toBe(1500);
    expect(backoffMs(2, 0.999)).toBe(1999);
  });

  it('does not wait when the network comes back', () => {
    const lost = run([[1000, { kind: 'socketClosed' }]], live).state;
    expect(run([[1001, { kind: 'hurry' }]], lost).outputs).toContainEqual({ kind: 'connect' });
    expect(run([[1001, { kind: 'hurry' }]], live).outputs).toEqual([]);
  });

  it('is silent after two pings without anything, before the socket is cut', () => {
    expect(isSilent(live, 20 + 2 * streamLimits.pingEveryMs)).toBe(false);
    expect(isSilent(live, 21 + 2 * streamLimits.pingEveryMs)).toBe(true);
    expect(streamLimits.silenceMs).toBeGreaterThan(2 * streamLimits.pingEveryMs);
    const heard = run([[5_000, text({ op: 'pong', at: 20, serverTimeMs: 1 })]], live).state;
    expect(isSilent(heard, 8_000)).toBe(false);
  });

  it('cuts a silent socket', () => {
    expect(run([[20 + streamLimits.silenceMs - 1, { kind: 'tick' }]], live).state.phase).toBe('live');
    const cut = run([[20 + streamLimits.silenceMs, { kind: 'tick' }]], live);
    expect(cut.outputs).toEqual([{ kind: 'disconnect' }, { kind: 'phase', phase: 'waiting' }]);
  });

  it('stays closed after the user closed it', () => {
    const closed = run([[100, { kind: 'close' }]], live);
    expect(closed.outputs).toEqual([{ kind: 'disconnect' }, { kind: 'phase', phase: 'idle' }]);
    for (const input of [
      { kind: 'socketClosed' },
      { kind: 'tick' },
      { kind: 'hurry' },
      ready,
    ] as StreamInput[]) {
      expect(run([[200_000, input]], closed.state).outputs).toEqual([]);
    }
  });
});

describe('latency', () => {
  it('pings on time and measures the round trip', () => {
    const due = 20 + streamLimits.pingEveryMs;
    expect(sent(run([[due - 1, { kind: 'tick' }]], live).outputs)).toEqual([]);
    expect(sent(run([[due, { kind: 'tick' }]], live).outputs)).toEqual([{ op: 'ping', at: due }]);
    expect(run([[due + 37, text({ op: 'pong', at: due, serverTimeMs: 1 })]], live).outputs).toEqual([
      { kind: 'latency', ms: 37 },
      { kind: 'serverTime', ms: 1 },
    ]);
  });
});

describe('data', () => {
  const snapshot = (id: string, channel: string) => text({ op: 'snapshot', id, channel, data: [] });
  const update = (id: string, channel: string) => text({ op: 'update', id, channel, data: [] });

  it('passes updates only after the snapshot of their subscription', () => {
    expect(dataOf(run([[30, update('o', 'orders')]], live).outputs)).toEqual([]);
    const synced = run([[30, snapshot('o', 'orders')]], live);
    expect(dataOf(synced.outputs)).toHaveLength(1);
    expect(dataOf(run([[31, update('o', 'orders')]], synced.state).outputs)).toHaveLength(1);
    expect(dataOf(run([[31, update('p', 'prices')]], synced.state).outputs)).toEqual([]);
  });

  it('wants a new snapshot after a reconnect', () => {
    const synced = run([[30, snapshot('o', 'orders')]], live).state;
    const back = run(
      [
        [40, { kind: 'socketClosed' }],
        [9000, { kind: 'tick' }],
        [9010, { kind: 'socketOpened' }],
        [9020, ready],
      ],
      synced,
    ).state;
    expect(dataOf(run([[9030, update('o', 'orders')]], back).outputs)).toEqual([]);
  });

  it('ignores subscriptions that are not its own, have another channel, or were given up', () => {
    expect(dataOf(run([[30, snapshot('x', 'orders')]], live).outputs)).toEqual([]);
    expect(dataOf(run([[30, snapshot('o', 'prices')]], live).outputs)).toEqual([]);
    const left = run([[25, { kind: 'unsubscribe', id: 'o' }]], live);
    expect(sent(left.outputs)).toEqual([{ op: 'unsubscribe', id: 'o' }]);
    expect(dataOf(run([[30, snapshot('o', 'orders')]], left.state).outputs)).toEqual([]);
  });

  it('tells of refusals and of messages it cannot read, and goes on', () => {
    expect(run([[30, text({ op: 'error', id: 'o', code: 'FORBIDDEN', text: 'no' })]], live).outputs).toEqual([
      { kind: 'refused', id: 'o', code: 'FORBIDDEN', text: 'no' },
    ]);
    for (const bad of [
      '',
      '{',
      'null',
      '[]',
      '{"op":"update","id":"o","channel":"orders"}',
      '{"op":"pong"}',
      '{"op":"new"}',
    ]) {
      const { state, outputs } = run([[30, { kind: 'received', text: bad }]], live);
      expect(outputs).toMatchObject([{ kind: 'refused', id: null, code: 'UNREADABLE' }]);
      expect(state.phase).toBe('live');
    }
  });

  it('asks again for a snapshot that could not be read', () => {
    const refusal = text({ op: 'error', id: 'o', code: 'SNAPSHOT_UNAVAILABLE', text: 'later' });
    const refused = run([[30, refusal]], live);
    expect(refused.outputs).toMatchObject([{ kind: 'refused', id: 'o' }]);
    const due = 30 + streamLimits.snapshotAgainMs;
    const asked = run([[due, { kind: 'tick' }]], refused.state);
    expect(sent(asked.outputs)).toContainEqual(orders);
    expect(sent(run([[due + 1, { kind: 'tick' }]], asked.state).outputs)).toEqual([]);
  });

  it('sends a subscription at once when live, and bounds their number', () => {
    const more: Subscribe = { op: 'subscribe', id: 'more', channel: 'events' };
    expect(sent(run([[30, { kind: 'subscribe', request: more }]], live).outputs)).toEqual([more]);
    let state = live;
    for (let n = 0; n < streamLimits.subscriptionsMax; n += 1) {
      state = run([[30, { kind: 'subscribe', request: { ...more, id: `s${n}` } }]], state).state;
    }
    expect(state.subscriptions.size).toBe(streamLimits.subscriptionsMax);
    expect(run([[30, { kind: 'subscribe', request: more }]], state).outputs).toMatchObject([
      { code: 'TOO_MANY_SUBSCRIPTIONS' },
    ]);
  });
});
