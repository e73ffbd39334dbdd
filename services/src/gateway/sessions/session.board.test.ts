/** What is told of sessions: counters and latency of each, sums by place that never go back, raw messages. */
import type { SessionHandle } from '@tidegate/fix/session/application';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { Metrics } from '@tidegate/platform/observe/metrics';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import { until } from '@tidegate/platform/testing/until';
import type { FixClientDocument, VenueDocument } from '@tidegate/wire/configuration';
import { sessionMessage, sessionStatus, type SessionStatus } from '@tidegate/wire/sessions';
import { sessionMessagesTopic, sessionTopic } from '@tidegate/wire/topics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerGatewayMetrics } from '../gateway.metrics.ts';
import { SessionBoard } from './session.board.ts';

const clock = { nowMs: () => 1_795_435_200_000, monoMs: () => 0 };
const reading = { count: 10, p50: 12.4, p99: 99.6, p999: 100, max: 100 };

/** As much of a session as the board looks at. */
function handle(id: string, gapsDetected: number): SessionHandle {
  const counters = { messagesIn: 5, messagesOut: 6, bytesIn: 50, bytesOut: 60, gapsDetected };
  const others = {
    resendsRequested: 1,
    resendsServed: 2,
    rejectsIn: 3,
    rejectsOut: 4,
    garbledIn: 0,
    throttledIn: 7,
    perishablesDropped: 8,
    applicationErrors: 0,
    logons: 1,
    logouts: 0,
    queuedBytesMax: 9,
  };
  const made: Partial<SessionHandle> = {
    senderCompId: 'US',
    targetCompId: 'THEM',
    nextInbound: 12,
    nextOutbound: 34,
    lastReceivedAtMs: 0,
    lastSentAtMs: clock.nowMs(),
    id,
    counters: { ...counters, ...others },
    latency: { received: reading, sent: { ...reading, p99: 300 } },
    queuedBytes: 11,
    queuedForMs: 7,
    recent: () =>
      Array.from({ length: 250 }, (_, index) => ({
        id: `${index}.0`,
        direction: index % 2 === 0 ? 'in' : 'out',
        utcMs: clock.nowMs() + index,
        raw: Buffer.from(`8=FIX.4.4\u000134=${index}\u0001`, 'latin1'),
        isCut: false,
      })),
  };
  return made as SessionHandle;
}

const client = (name: string) =>
  ({
    id: `${name}@port-02`,
    side: 'client',
    counterparty: name,
    purpose: 'both',
    listener: 'port-02',
    firm: name,
  }) as const;

const venues = new Map<string, VenueDocument>();
const configuration = {
  current: { fixClients: new Map<string, FixClientDocument>(), venues },
  onChange: () => () => undefined,
};

let bus: MemoryBus;
let board: SessionBoard;
beforeEach(() => {
  bus = new MemoryBus({ freeze: true });
  const events = { record: () => undefined } as unknown as SystemEvents;
  board = new SessionBoard(bus, clock, events, configuration);
});
afterEach(async () => {
  board.stop();
  await bus.close();
});

describe('session board', () => {
  it('tells what the engine counts, and nothing that the shape does not have', async () => {
    const told: SessionStatus[] = [];
    bus.subscribe(sessionTopic(), (status) => void told.push(status));
    board.add(client('one'), handle('one@port-02', 3));
    await until(() => told.length > 0);
    expect(sessionStatus.strict().parse(told[0])).toEqual(told[0]);
    expect(told[0]).toMatchObject({
      counters: { gapsDetected: 3, throttledIn: 7 },
      queuedBytes: 11,
      latencyUs: { received: { p50: 12, p99: 100 }, sent: { p50: 12, p99: 300 } },
    });
    board.stillDown('one@port-02', '10.0.0.1:7: refused');
    board.stillDown('one@port-02', '10.0.0.1:7: refused');
    await until(() => told.length > 1);
    expect(told.map(({ reason }) => reason)).toEqual(['not connected yet', '10.0.0.1:7: refused']);
  });

  it('tells that one is disabled, and what a provider quotes', async () => {
    const told: SessionStatus[] = [];
    bus.subscribe(sessionTopic(), (status) => void told.push(status));
    const schedule = { startTime: '00:00:00', endTime: '22:00:00' };
    venues.set('lp1', { id: 'lp1', disabledSessions: ['quotes'], schedule } as VenueDocument);
    const place = { side: 'venue', counterparty: 'lp1' } as const;
    board.add({ ...place, id: 'lp1-quotes', purpose: 'marketData' }, undefined, {
      quotes: () => ({ images: 40, instruments: 12, stale: 3 }),
    });
    board.add({ ...place, id: 'lp1-orders', purpose: 'trading' }, handle('lp1-orders', 0));
    await until(() => told.length === 2);
    venues.clear();
    expect(told).toMatchObject([
      {
        isEnabled: false,
        reason: 'disabled by operations',
        areNumbersKept: false,
        quotes: { perSecond: 0, instruments: 12, stale: 3 },
        schedule,
      },
      {
        isEnabled: true,
        reason: 'not connected yet',
        lastSentAt: '2026-11-23T12:00:00.000Z',
        nextInbound: 12,
      },
    ]);
    expect(told[1]).not.toHaveProperty('lastReceivedAt');
  });

  it('sums by listener and venue, also over sessions that are gone', async () => {
    const metrics = new Metrics({ includeProcess: false });
    registerGatewayMetrics(metrics, board, { conflated: 0 });
    board.add(client('one'), handle('one@port-02', 3));
    board.add(client('two'), handle('two@port-02', 4));
    const quotes = { id: 'lp1-quotes', side: 'venue', counterparty: 'lp1', purpose: 'marketData' } as const;
    board.add(quotes);
    board.up('lp1-quotes', handle('lp1-quotes', 1));
    board.remove('two@port-02');
    const text = await metrics.text();
    const at = 'listener="port-02",venue="",purpose="both"';
    expect(text).toContain(`tidegate_gateway_gaps_total{${at}} 7`);
    expect(text).toContain('tidegate_gateway_gaps_total{listener="",venue="lp1",purpose="marketData"} 1');
    expect(text).toContain(`tidegate_gateway_bytes_total{direction="out",${at}} 120`);
    expect(text).toContain(`tidegate_gateway_send_queue_bytes{${at}} 11`);
    expect(text).toContain(`tidegate_gateway_latency_seconds{way="sent",quantile="0.99",${at}} 0.0003`);
    expect(text).not.toContain('one@');
  });

  it('answers with the last messages of a session until it is gone', async () => {
    board.add(client('one'), handle('one@port-02', 0));
    const ask = (before?: string) =>
      bus.request(
        sessionMessagesTopic('one@port-02'),
        { session: 'one@port-02', ...(before === undefined ? {} : { before }) },
        { timeoutMs: 200 },
      );
    const { messages, hasOlder, names, words } = await ask();
    expect(messages).toHaveLength(100);
    expect({ hasOlder, names, words }).toEqual({
      hasOlder: true,
      names: { 8: 'BeginString', 34: 'MsgSeqNum' },
      words: {},
    });
    const older = await ask(messages[0]!.id);
    expect([older.messages[0]!.id, older.messages.at(-1)!.id, older.hasOlder]).toEqual([
      '50.0',
      '149.0',
      true,
    ]);
    const oldest = await ask(older.messages[0]!.id);
    expect([oldest.messages.length, oldest.hasOlder]).toEqual([50, false]);
    expect(sessionMessage.array().parse(messages)).toEqual(messages);
    expect(messages.at(-1)).toEqual({
      id: '249.0',
      at: '2026-11-23T12:00:00.249Z',
      direction: 'out',
      text: '8=FIX.4.4|34=249|',
      isCut: false,
    });
    board.remove('one@port-02');
    await expect(ask()).rejects.toThrow();
  });
});
