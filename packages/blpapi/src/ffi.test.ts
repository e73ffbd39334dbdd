import { beforeAll, describe, expect, it } from 'vitest';
import { buildNative, emulatedOptions, scenarioHost } from '../acceptance/emulated.ts';
import { NativeRun, type NativeOptions } from '../acceptance/native.ts';
import type { BlpSessionOptions } from './contract.ts';
import type { SubscriptionEntry } from './protocol.ts';
import { historicalDataRequest, intradayTickRequest, referenceDataRequest } from './request.ts';

beforeAll(buildNative);

const scenario = [
  'pace manual',
  'seed 7',
  'date 2026-01-05',
  'ticks 400',
  'fragments 3',
  'security "EURUSD BGN Curncy" price 1.08502 decimals 5 spread 0.00004 rate 2000 size 1000000',
  'security "IBM US Equity" price 188.42 spread 0.02 rate 2000 eid 14005 source US',
  'field NOTE string "a text that is longer than what is kept in the dictionary"',
  'field NUMBER int64 9007199254740993',
  'field FLAG bool true',
  'unknown refuse',
];

function subscription(correlationId: number, topic: string): SubscriptionEntry {
  return { correlationId, topic, fields: ['BID', 'ASK', 'NOTE', 'NUMBER', 'FLAG'], options: [] };
}

/** One and the same day, as this decoder tells it. */
function tell(native: NativeOptions, more: Partial<BlpSessionOptions> = {}): NativeRun {
  const run = new NativeRun(emulatedOptions(scenarioHost(...scenario), more), native);
  const { calls } = run.session;
  calls.start(null);
  run.until('SessionStarted');
  calls.openService({ service: '//blp/mktdata', correlationId: 2 });
  run.until('ServiceOpened');
  calls.openService({ service: '//blp/refdata', correlationId: 3 });
  run.until('ServiceOpened', 2);
  calls.subscribe({ entries: [subscription(10, 'EURUSD BGN Curncy'), subscription(11, 'NO Curncy')] });
  run.until('SubscriptionFailure');
  calls.subscribe({ entries: [subscription(12, 'IBM US Equity')] });
  const securities = ['IBM US Equity', 'NO Curncy'];
  const requests = [
    referenceDataRequest({ securities, fields: ['PX_LAST', 'NAME', 'NOSUCH'], isWithEids: true }),
    historicalDataRequest({ securities, fields: ['PX_LAST'], from: '2025-12-01', to: '2025-12-31' }),
    intradayTickRequest({
      security: 'IBM US Equity',
      events: ['TRADE'],
      from: '2026-01-02T10:00:00',
      to: '2026-01-02T10:10:00',
    }),
  ];
  requests.forEach(({ service, operation, elements }, index) => {
    const correlationId = 20 + index;
    calls.request({ correlationId, service, operation, elements });
    run.untilAnswered(correlationId);
  });
  run.until('MarketDataEvents', 400);
  calls.stop(null);
  run.until('SessionTerminated');
  run.close();
  return run;
}

const types = (run: NativeRun): string[] => run.messages.map((message) => message.messageType).sort();

describe('shim and FFI', () => {
  it('[DE7] write the same bytes for every event', () => {
    const shim = tell({ decoder: 'shim', eventsMax: 1, bufferBytes: 65_536 });
    const ffi = tell({ decoder: 'ffi', eventsMax: 1, bufferBytes: 65_536 });
    expect(shim.messages.length).toBeGreaterThan(400);
    expect(ffi.buffers.length).toBe(shim.buffers.length);
    ffi.buffers.forEach((bytes, index) => {
      if (Buffer.compare(bytes, shim.buffers[index] as Uint8Array) === 0) return;
      expect(ffi.messages, `buffer ${index}`).toEqual(shim.messages);
      throw new Error(`buffer ${index} differs, though it says the same`);
    });
    expect(new Set(shim.messages.map((message) => message.messageType)).size).toBeGreaterThan(8);
    expect(shim.unreadable).toBe(0);
  });

  it('[DE8] tell the same whatever the size of buffers and batches', () => {
    const whole = tell({ decoder: 'shim' });
    const pieces = tell({ decoder: 'shim', bufferBytes: 300, eventsMax: 3 });
    expect(pieces.buffers.length).toBeGreaterThan(whole.buffers.length);
    expect(types(pieces)).toEqual(types(whole));
    expect(tell({ decoder: 'ffi', bufferBytes: 300, eventsMax: 3 }).messages).toEqual(pieces.messages);
  });

  it('[DE9] drop and tell a message over the limit, and go on', () => {
    for (const decoder of ['shim', 'ffi'] as const) {
      const run = new NativeRun(emulatedOptions(scenarioHost(...scenario)), {
        decoder,
        bufferBytes: 2048,
        messageBytesMax: 2048,
      });
      const { calls } = run.session;
      calls.start(null);
      run.until('SessionStarted');
      calls.openService({ service: '//blp/refdata', correlationId: 3 });
      run.until('ServiceOpened');
      const { service, operation, elements } = historicalDataRequest({
        securities: ['IBM US Equity'],
        fields: ['PX_LAST', 'PX_OPEN'],
        from: '2025-01-01',
        to: '2025-12-31',
      });
      calls.request({ correlationId: 20, service, operation, elements });
      while (run.tooLarge.length === 0) run.poll();
      expect(run.tooLarge[0]).toMatchObject({ messageType: 'HistoricalDataResponse', correlationIds: [20] });
      calls.openService({ service: '//blp/mktdata', correlationId: 4 });
      run.until('ServiceOpened', 2);
      run.close();
    }
  });

  it('[DE10] stamp market data with its age when asked to', () => {
    for (const decoder of ['shim', 'ffi'] as const) {
      const data = tell({ decoder }, { recordReceiveTimes: true }).messages.filter((each) => 'kind' in each);
      expect(data.length).toBeGreaterThan(0);
      for (const event of data) expect(event.receiveDelayNs).toBeGreaterThanOrEqual(0);
    }
  });
});
