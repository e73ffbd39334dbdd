/** What the engine tells of sessions becomes counts by place, and system events that bury nothing. */
import { Metrics } from '@tidegate/platform/observe/metrics';
import type { NewSystemEvent } from '@tidegate/platform/observe/system.events';
import { expect, it } from 'vitest';
import { EngineEvents } from './engine.events.ts';

const identity = {
  id: 'demo1@port-02',
  side: 'client',
  counterparty: 'demo1',
  purpose: 'both',
  listener: 'port-02',
  firm: 'demo1',
} as const;

it('tells operators and the firm of trouble, twice and then as a number', async () => {
  const told: NewSystemEvent[] = [];
  const metrics = new Metrics({ includeProcess: false });
  const clock = { nowMs: () => 1, monoMs: () => 0 };
  const events = new EngineEvents({ events: { record: (event) => void told.push(event) }, clock, metrics });
  for (let received = 6; received < 106; received += 1)
    events.record(identity, { kind: 'gapDetected', expected: 5, received });
  events.record(identity, { kind: 'rejectSent', refSeqNum: 7, reason: 1, refTagId: 55, text: 'no\u0001tag' });
  events.record(identity, { kind: 'recovered', next: 9 });
  events.record(identity, { kind: 'reset', by: 'us' });
  events.record({ ...identity, id: 'demo2@port-02' }, { kind: 'reset', by: 'peer' });
  events.record(identity, { kind: 'reset', by: 'firstStart' });
  events.record({ ...identity, purpose: 'marketData' }, { kind: 'reset', by: 'firstStart' });
  events.record(identity, { kind: 'numbersSet', nextInbound: 8, nextOutbound: 9 });
  events.record(identity, { kind: 'storeFailed', text: 'no space left' });
  events.stop();
  expect(told.map(({ kind, text }) => [kind, text])).toEqual([
    ['sessionGap', 'received 6 where 5 was due; the rest is asked for'],
    ['sessionGap', 'received 7 where 5 was due; the rest is asked for'],
    ['sessionRejected', 'we rejected message 7: no?tag'],
    ['sessionReset', 'numbers start at 1, by peer'],
    ['sessionReset', 'first start: numbers start at 1'],
    ['sessionReset', 'next in 8, next out 9, by operator'],
    ['sessionFault', 'session store: no space left'],
    ['sessionGap', expect.stringMatching(/^98 more of this kind .* received 105 where 5/)],
  ]);
  expect(new Set(told.map(({ subject, firm }) => `${subject} ${firm}`))).toEqual(
    new Set(['demo1@port-02 demo1', 'demo2@port-02 demo1']),
  );
  const text = await metrics.text();
  const place = 'listener="port-02",venue="",purpose="both"';
  expect(text).toContain(`gateway_session_events_total{kind="gapDetected",${place}} 100`);
  expect(text).toContain('kind="recovered"');
});
