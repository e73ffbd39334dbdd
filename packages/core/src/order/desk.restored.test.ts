/** A journal restored from an older copy: nothing new before the loss is accepted, and no number twice. */
import { describe, expect, it } from 'vitest';
import { MONDAY_MS, Scenario } from './desk.fixture.ts';
import { numberOf } from './numbering.ts';
import { findOrder, type OrderState } from './partition.ts';
import { restoreState } from './snapshot.ts';

const rests = { price: 107_000, timeInForce: 'gtc' } as const;
const behind = (delivered: number) =>
  ({ kind: 'journalBehind', commandId: `behind:${delivered}`, delivered, text: 'restored' }) as const;
const accept = { kind: 'acceptLoss', commandId: 'accept', by: 'admin', reason: 'agreed' } as const;

function floor(): Scenario {
  const scenario = new Scenario();
  scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
  return scenario;
}

const named = ({ state }: Scenario, clOrdId: string): OrderState => {
  const found = findOrder(state, 'CLIENT', clOrdId);
  if (!('order' in found)) throw new Error(`no order ${clOrdId}`);
  return found.order;
};

/** Also what is left of a decision. */
function all(scenario: Scenario, command: Parameters<Scenario['do']>[0]): void {
  const { rest } = scenario.do(command);
  if (rest !== undefined) all(scenario, rest);
}

describe('a partition whose journal is behind', () => {
  it('refuses orders and what adds to them, lets cancels through, and routes nothing', () => {
    const scenario = floor();
    scenario.submit({ clOrdId: 'A', ...rests });
    scenario.submit({ clOrdId: 'B', ...rests });
    scenario.do(behind(500));
    expect(scenario.submit({}).reply.refusal?.code).toBe('JOURNAL_BEHIND');
    expect(scenario.replace('A', { quantity: 900 }).reply.refusal?.code).toBe('JOURNAL_BEHIND');
    scenario.quote('alpha', [106_000, 1_000], [106_500, 1_000]);
    expect(scenario.rest()).toEqual([]);
    expect(scenario.cancel('A').reply.refusal).toBeUndefined();
    expect(named(scenario, 'A').outcome).toBe('canceled');
  });

  it('is told so once, however many sessions see it', () => {
    const scenario = floor();
    expect(scenario.do(behind(500)).events.length).toBe(1);
    expect(scenario.do(behind(400)).events).toEqual([]);
    expect(scenario.do(behind(numberOf(scenario.state))).events).toEqual([]);
  });

  it('ends what was open when the loss is accepted, and never routes it again', () => {
    const scenario = floor();
    scenario.submit({ clOrdId: 'A', ...rests });
    scenario.submit({ clOrdId: 'B', price: 108_010, timeInForce: 'gtc' });
    scenario.do(behind(500));
    all(scenario, accept);
    expect(scenario.state.isBehind).toBe(false);
    expect(named(scenario, 'A').outcome).toBe('canceled');
    expect(named(scenario, 'B').pendingCancel).toBeDefined();
    const canceled = scenario.journal.findLast(({ event }) => event.type === 'routeCancelRequested')!.event;
    expect('cancelId' in canceled && Number(canceled.cancelId.split('.c')[1])).toBeGreaterThan(1_000_000);
    // The venue refuses to cancel: nothing more is sent all the same.
    const [route] = scenario.state.routes.values();
    scenario.quote('alpha', [106_000, 1_000], [106_500, 1_000]);
    expect(scenario.rest().filter(({ type }) => type === 'routeRequested')).toEqual([]);
    expect(route!.standing).not.toBe('closed');
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    expect(scenario.submit({ clOrdId: 'C' }).reply.refusal).toBeUndefined();
  });

  it('gives no number twice, whatever was given in what is lost, and again after a second loss', () => {
    const scenario = floor();
    scenario.submit({ clOrdId: 'A', ...rests });
    const saved = scenario.snapshot();
    const given = new Set<string>();
    const trade = (of: Scenario, name: string) => {
      for (let at = 0; at < 60; at += 1) of.submit({ clOrdId: `${name}${at}`, ...rests });
      for (const { event, sequence } of of.journal.splice(0)) {
        if (event.type !== 'orderAccepted') continue;
        const { numbering } = of.state;
        for (const id of [event.orderId, `exec ${numberOf({ sequence, numbering })}`]) {
          expect(given).not.toContain(id);
          given.add(id);
        }
      }
    };
    scenario.journal.splice(0);
    trade(scenario, 'lost');
    for (const [at, known] of [true, false].entries()) {
      const restored = floor();
      restored.state = restoreState(saved)!;
      restored.utcMs = MONDAY_MS + (at + 1) * 60_000;
      if (known) restored.do(behind(61));
      all(restored, accept);
      restored.journal.splice(0);
      trade(restored, 'after');
      expect(restoreState(restored.snapshot())!.numbering).toEqual(restored.state.numbering);
    }
  });
});
