/** Orders without a known outcome: kept over a reload, asked for until known, never guessed. */
import { describe, expect, it } from 'vitest';
import type { OrderView } from '@tidegate/wire/orders';
import { ApiProblem, NoAnswer } from '../api/problems.ts';
import { UnresolvedOrders, unresolvedLimits, type Unresolved } from './unresolved.ts';

const one: Unresolved = {
  clOrdId: 'c1',
  instrument: 'EURUSD',
  text: 'Buying 1M @ 1.08412',
  sentAtMs: 1_000,
  isClick: true,
  mayRest: false,
};
const order = (change: Partial<OrderView>): OrderView =>
  ({ clOrdId: 'c1', status: 'filled', unknown: false, ...change }) as OrderView;

function made(answer: () => Promise<OrderView>, kept: string | null = null) {
  let text = kept;
  const at = { nowMs: 1_000 };
  const asked: string[] = [];
  const heard: string[] = [];
  const orders = new UnresolvedOrders({
    api: {
      orderByClOrdId: (clOrdId) => {
        asked.push(clOrdId);
        return answer();
      },
    },
    store: { read: () => text, write: (next) => (text = next) },
    nowMs: () => at.nowMs,
    found: ({ status }) => heard.push(status),
    neverTaken: ({ clOrdId }) => heard.push(`never ${clOrdId}`),
  });
  const pass = async (ms: number): Promise<void> => {
    at.nowMs += ms;
    orders.tick();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  };
  return { orders, asked, heard, pass, kept: () => text };
}

describe('UnresolvedOrders', () => {
  it('keeps what was sent over a reload and asks until it is known', async () => {
    const first = made(() => Promise.reject(new NoAnswer('cut')));
    first.orders.sent(one);
    await first.pass(unresolvedLimits.firstAskMs - 1);
    expect(first.asked).toEqual([]);
    await first.pass(1);
    await first.pass(unresolvedLimits.askEveryMs);
    expect(first.asked).toEqual(['c1', 'c1']);
    const again = made(() => Promise.resolve(order({})), first.kept());
    expect(again.orders.list.read()).toEqual([one]);
    await again.pass(unresolvedLimits.firstAskMs);
    expect(again.heard).toEqual(['filled']);
    expect(again.orders.list.read()).toEqual([]);
    expect(again.kept()).toBe('[]');
  });

  it('believes "unknown" only when the order can no longer come', async () => {
    const desk = made(() => Promise.reject(new ApiProblem(404, 'UNKNOWN_ORDER', 'never')));
    desk.orders.sent(one);
    await desk.pass(unresolvedLimits.mayStillComeMs);
    expect(desk.heard).toEqual([]);
    await desk.pass(unresolvedLimits.askEveryMs);
    expect(desk.heard).toEqual(['never c1']);
    expect(desk.orders.list.read()).toEqual([]);
  });

  it('waits for a provider that owes its word, and for an immediate order to end', () => {
    const { orders } = made(() => Promise.reject(new NoAnswer('')));
    orders.sent(one);
    orders.hear(order({ status: 'new' }));
    orders.hear(order({ status: 'canceled', unknown: true }));
    orders.hear(order({ clOrdId: 'other' }));
    expect(orders.list.read()).toHaveLength(1);
    orders.hear(order({ status: 'rejected' }));
    expect(orders.list.read()).toEqual([]);
  });

  it('knows enough of a resting order once it is taken', () => {
    const { orders } = made(() => Promise.reject(new NoAnswer('')));
    orders.sent({ ...one, mayRest: true });
    orders.hear(order({ status: 'new' }));
    expect(orders.list.read()).toEqual([]);
  });

  it('reads nothing from what it has not written', () => {
    for (const text of ['', '{', '{}', '[1,null,{"clOrdId":"x"}]'])
      expect(made(() => Promise.reject(new NoAnswer('')), text).orders.list.read()).toEqual([]);
  });
});
