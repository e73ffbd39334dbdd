/** ClOrdIDs are forgotten by trading day, never by their number: one that was taken is not taken again. */
import { describe, expect, it } from 'vitest';
import { MONDAY_MS, Scenario } from './desk.fixture.ts';
import { RETENTION } from './partition.ts';
import { restoreState } from './snapshot.ts';

const dayMs = 24 * 3_600_000;
const rests = { price: 107_000, timeInForce: 'gtc' } as const;

function floor(clOrdIdsPerDayMax = 1_000): Scenario {
  const scenario = new Scenario({ retention: { ...RETENTION, clOrdIdsPerDayMax } });
  scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
  return scenario;
}

describe('commands', () => {
  const twice = { clOrdId: 'A', commandId: 'command-a', ...rests } as const;

  it('that made or changed an order get the same answer again, whatever came in between', () => {
    const scenario = new Scenario({ retention: { ...RETENTION, commandsMax: 50 } });
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    const { orderId } = scenario.submit(twice).reply;
    for (let number = 1; number <= 500; number += 1) scenario.submit({ quantity: 0 });
    expect(scenario.submit(twice)).toMatchObject({ events: [], reply: { orderId } });
    scenario.utcMs = MONDAY_MS + dayMs;
    scenario.submit({ quantity: 0 });
    expect(scenario.submit(twice)).toMatchObject({ events: [], reply: { orderId } });
    scenario.state = restoreState(scenario.snapshot())!;
    expect(scenario.submit(twice)).toMatchObject({ events: [], reply: { orderId } });
    // Another command with the ClOrdID is another order.
    const other = { ...twice, commandId: 'command-b' };
    expect(scenario.submit(other).reply.refusal?.code).toBe('DUPLICATE_CLORDID');
  });

  it('are remembered over 20,000 others', () => {
    const scenario = floor();
    const { orderId } = scenario.submit(twice).reply;
    for (let number = 1; number <= 20_001; number += 1) {
      const refused = { type: 'venueReportUnmatched', commandId: `c${number}` } as const;
      scenario.append([{ ...refused, venue: 'alpha', routeId: '', text: '' }]);
    }
    expect(scenario.submit(twice)).toMatchObject({ events: [], reply: { orderId } });
  });
});

describe('ClOrdIDs', () => {
  it('are known on their trading day and the next, whatever came in between', () => {
    const scenario = floor();
    scenario.submit({ clOrdId: 'A', ...rests });
    scenario.cancel('A');
    for (let number = 1; number <= 900; number += 1) scenario.submit({ quantity: 0 });
    const again = () => scenario.submit({ clOrdId: 'A', ...rests }).reply.refusal?.code;
    expect(again()).toBe('DUPLICATE_CLORDID');
    scenario.utcMs = MONDAY_MS + dayMs;
    scenario.submit({ quantity: 0 });
    expect(again()).toBe('DUPLICATE_CLORDID');
    scenario.utcMs = MONDAY_MS + 2 * dayMs;
    scenario.submit({ quantity: 0 });
    expect(again()).toBeUndefined();
  });

  it('are not forgotten by time that steps back over the end of a day', () => {
    const scenario = floor();
    scenario.utcMs = MONDAY_MS + dayMs;
    scenario.submit({ clOrdId: 'A', ...rests });
    scenario.cancel('A');
    for (const utcMs of [MONDAY_MS, MONDAY_MS + dayMs, MONDAY_MS, MONDAY_MS + dayMs]) {
      scenario.utcMs = utcMs;
      expect(scenario.submit({ clOrdId: 'A', ...rests }).reply.refusal?.code).toBe('DUPLICATE_CLORDID');
      scenario.submit({ quantity: 0 });
    }
  });

  it('that a day has no room for are refused, and only cancels are taken until the next', () => {
    const scenario = floor(3);
    for (const clOrdId of ['A', 'B', 'C']) scenario.submit({ clOrdId, ...rests });
    for (let number = 1; number <= 5; number += 1)
      expect(scenario.submit(rests).reply.refusal?.code).toBe('TOO_MANY_CLORDIDS');
    expect(scenario.replace('B', { quantity: 50 }).reply.refusal?.code).toBe('TOO_MANY_CLORDIDS');
    expect(scenario.submit({ clOrdId: 'A', ...rests }).reply.refusal?.code).toBe('DUPLICATE_CLORDID');
    expect(scenario.state.clOrdIds.young.size).toBe(3);
    expect(scenario.cancel('A').reply.refusal).toBeUndefined();
    scenario.utcMs = MONDAY_MS + dayMs;
    expect(scenario.submit(rests).reply.refusal).toBeUndefined();
  });

  it('of orders that were forgotten are known all the same: no order is open under them', () => {
    const scenario = new Scenario({ retention: { ...RETENTION, closedOrdersMax: 2, refusedMax: 2 } });
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    scenario.submit({ clOrdId: 'A', ...rests });
    scenario.cancel('A');
    scenario.submit({ clOrdId: 'B', quantity: 0 });
    expect(scenario.cancel('B').reply.refusal?.code).toBe('UNKNOWN_ORDER');
    for (let number = 1; number <= 3; number += 1) {
      scenario.submit({ clOrdId: `N${number}`, ...rests });
      scenario.cancel(`N${number}`);
      scenario.submit({ clOrdId: `R${number}`, quantity: 0 });
    }
    expect([...scenario.state.orders.keys()]).toEqual(['acme.3', 'acme.4']);
    expect([...scenario.state.named.values()]).toEqual(['acme.3', 'acme.4']);
    for (const clOrdId of ['A', 'B']) {
      expect(scenario.cancel(clOrdId).reply.refusal?.code).toBe('ORDER_CLOSED');
      expect(scenario.submit({ clOrdId, ...rests }).reply.refusal?.code).toBe('DUPLICATE_CLORDID');
    }
  });

  it('resolve while they are of the newest 64 of an order, and are not free for others after', () => {
    const scenario = floor();
    scenario.submit({ clOrdId: 'R0', ...rests });
    for (let number = 1; number <= 64; number += 1)
      scenario.replace(`R${number - 1}`, { clOrdId: `R${number}`, quantity: 100 + number, price: 107_000 });
    expect(scenario.submit({ clOrdId: 'R0', ...rests }).reply.refusal?.code).toBe('DUPLICATE_CLORDID');
    expect(scenario.cancel('R0').reply.refusal?.code).toBe('ORDER_CLOSED');
    expect(scenario.cancel('R1').reply.refusal).toBeUndefined();
  });
});
