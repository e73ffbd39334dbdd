/** What came before there was a desk reaches it in order, with the time at which it came, and once. */
import { expect, it } from 'vitest';
import type { StreamListener } from './connection.ts';
import { EarlyListener } from './early.ts';
import type { StreamBatch } from './protocol.ts';

it('tells what was kept, then everything as it comes', () => {
  const heard: unknown[] = [];
  const listener: StreamListener = {
    phase: (phase) => heard.push(['phase', phase]),
    data: ({ id }, atMs) => heard.push(['data', id, atMs]),
    latency: (ms) => heard.push(['latency', ms]),
    serverTime: (ms, atMs) => heard.push(['serverTime', ms, atMs]),
    refused: (id, code) => heard.push(['refused', id, code]),
    tokenInDoubt: () => heard.push(['tokenInDoubt']),
  };
  const early = new EarlyListener();
  const snapshot: StreamBatch = { op: 'snapshot', id: 'prices', channel: 'prices', data: [] };
  early.phase('live');
  early.data(snapshot, 7);
  early.refused('cases', 'NOT_PERMITTED', '');
  expect(heard).toEqual([]);
  early.handTo(listener);
  early.serverTime(1_000, 9);
  early.data({ ...snapshot, op: 'update' }, 10);
  expect(heard).toEqual([
    ['phase', 'live'],
    ['data', 'prices', 7],
    ['refused', 'cases', 'NOT_PERMITTED'],
    ['serverTime', 1_000, 9],
    ['data', 'prices', 10],
  ]);
});
