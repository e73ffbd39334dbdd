/** The edge: what it refuses, what it lets through, and what operators are told of the refused. */
import { Metrics } from '@tidegate/platform/observe/metrics';
import type { NewSystemEvent } from '@tidegate/platform/observe/system.events';
import type { ConfigurationSnapshot } from '@tidegate/platform/configuration/configuration';
import type { CommandReply } from '@tidegate/wire/commands';
import { describe, expect, it } from 'vitest';
import { Admission, type AdmissionOptions } from './admission.ts';
import { intervalMs } from './refused.orders.ts';

const done: CommandReply = { result: 'done', sequence: 1 };
const refused: CommandReply = { result: 'done', sequence: 1, refusal: { code: 'NO_LIQUIDITY', text: '' } };

class Edge {
  monoMs = 0;
  readonly events: NewSystemEvent[] = [];
  readonly metrics = new Metrics({ includeProcess: false });
  readonly admission: Admission;

  constructor(fixClients: readonly { readonly id: string; readonly firm: string }[]) {
    const clients = fixClients.map((client) => [client.id, { ...client, rights: ['trading'] }] as const);
    const current = {
      version: 1,
      firms: new Map([['one', { limits: { ordersPerSecondMax: 10 } }]]),
      fixClients: new Map(clients),
      users: new Map(),
    };
    const options: AdmissionOptions = {
      edge: 'gateway',
      clock: { nowMs: () => this.monoMs, monoMs: () => this.monoMs },
      events: { record: (event) => void this.events.push(event) },
      metrics: this.metrics,
      configuration: { current: current as unknown as ConfigurationSnapshot },
      terms: { refusalsPerSecondMax: 1, waitMsMax: 100 },
    };
    this.admission = new Admission(options);
  }
}

const [a, b] = [
  { id: 'a', firm: 'one' },
  { id: 'b', firm: 'one' },
];

describe('admission', () => {
  it('leaves to the other clients of a firm their part of its rate', async () => {
    const edge = new Edge([a, b]);
    let passed = 0;
    for (let each = 0; each < 20; each += 1) {
      if (edge.admission.refuse(a, undefined) !== undefined) continue;
      passed += 1;
      await edge.admission.through(a, () => Promise.resolve(done));
    }
    expect(passed).toBe(8);
    expect(edge.admission.refuse(b, undefined)).toBeUndefined();
  });

  it('journals refusals by their rate, and sums up what is beyond it by client and interval', async () => {
    const edge = new Edge([a]);
    const { admission } = edge;
    for (let each = 0; each < 4; each += 1) {
      expect(admission.refuse(a, undefined)).toBeUndefined();
      await admission.through(a, () => Promise.resolve(refused));
    }
    for (const clOrdId of ['x-5', 'x-6', 'x\u00007']) {
      const refusal = admission.refuse(a, undefined)!;
      expect(refusal).toMatchObject({ code: 'ORDER_RATE', isCounted: false });
      admission.count(a, refusal.code, clOrdId);
    }
    admission.count(a, 'OVERLOADED', 'x-8');
    admission.count(b, 'OVERLOADED', 'y-1');
    expect(edge.events).toEqual([]);
    edge.monoMs = intervalMs;
    admission.stop();
    expect(edge.events).toEqual([
      {
        kind: 'ordersRefused',
        severity: 'warning',
        subject: 'a',
        firm: 'one',
        text:
          '4 orders and replaces refused at the edge within 10 s, not journaled: ORDER_RATE 3, OVERLOADED 1' +
          '; ClOrdIDs from x-5 to x-8',
        details: { counts: { ORDER_RATE: 3, OVERLOADED: 1 }, first: 'x-5', last: 'x-8' },
      },
      expect.objectContaining({
        subject: 'b',
        details: { counts: { OVERLOADED: 1 }, first: 'y-1', last: 'y-1' },
      }),
    ]);
    expect(await edge.metrics.text()).toContain(
      'tidegate_gateway_orders_refused_total{client="a",code="ORDER_RATE"} 3',
    );
  });

  it('shows what waits for its owner and for how long, also when that never answers', async () => {
    const edge = new Edge([a]);
    const answer = Promise.withResolvers<CommandReply>();
    const sent = edge.admission.through(a, () => answer.promise);
    edge.monoMs = 1_500;
    expect(await edge.metrics.text()).toContain('tidegate_gateway_orders_unanswered_age_seconds 1.5');
    answer.reject(new Error('never'));
    await expect(sent).rejects.toThrow('never');
    expect(await edge.metrics.text()).toContain('tidegate_gateway_orders_unanswered 0');
  });
});
