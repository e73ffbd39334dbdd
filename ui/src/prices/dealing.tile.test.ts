/** A tile with its surroundings: one click, one order, and every way it can end. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OrderView, SubmitOrderRequest } from '@tidegate/wire/orders';
import type { PriceView } from '@tidegate/wire/prices';
import { ApiProblem, NoAnswer } from '../api/problems.ts';
import { Cell } from '../cell.ts';
import type { StreamPhase } from '../stream/protocol.ts';
import { LiveRows } from '../stream/rows.ts';
import { DealingTile, tileClocks } from './dealing.tile.ts';
import type { Unresolved } from '../orders/unresolved.ts';
import { usualSizes } from './own.sizes.ts';
import { Prices } from './prices.state.ts';
import { shownState } from './tile.state.ts';

const instrument = {
  id: 'EURUSD',
  symbol: 'EUR/USD',
  baseCurrency: 'EUR',
  quoteCurrency: 'USD',
  priceScale: 5,
  quantityScale: 2,
  pipScale: 4,
  quantityMin: '1000',
  quantityMax: '50000000',
  quantityStep: '1000',
};
type Answer = () => Promise<{ orderId: string; clOrdId: string; sequence: number }>;

const reported = (clOrdId: string, change: Partial<OrderView>): OrderView =>
  ({
    orderId: 'O1',
    clOrdId,
    status: 'new',
    side: 'buy',
    quantity: '1000000',
    filledQuantity: '0',
    averagePrice: null,
    price: '1.08412',
    code: null,
    text: '',
    unknown: false,
    sequence: 1,
    ...change,
  }) as OrderView;

const clickedAt = '2026-11-23T12:00:00.000Z';

const priced = (state: 'live' | 'stale', sequence: number): PriceView => ({
  instrument: 'EURUSD',
  symbol: 'EUR/USD',
  sequence,
  state,
  bids: state === 'live' ? [['1.08400', '5000000', 'a', 0]] : [],
  asks: state === 'live' ? [['1.08412', '5000000', 'a', 0]] : [],
  lastBid: null,
  lastAsk: null,
  receivedAtMs: sequence,
  ageMs: 0,
  bidStaleAfterMs: 3_000,
  askStaleAfterMs: 3_000,
});

function made(answer: Answer, kept: readonly Unresolved[] = []) {
  const around = { isSilent: false };
  const sent: string[] = [];
  const requests: SubmitOrderRequest[] = [];
  const moments: (string | undefined)[] = [];
  const asked: string[] = [];
  const orders = new LiveRows<OrderView>(
    {
      key: (order) => order.orderId,
      compare: () => 0,
      limit: 10,
      supersedes: (next, held) => next.sequence > held.sequence,
    },
    (run) => run(),
  );
  const prices = new Prices();
  const phase = new Cell<StreamPhase>('live');
  const report = (change: Partial<OrderView>): OrderView => reported(requests[0]?.clOrdId ?? '', change);
  const api = {
    submit: (request: SubmitOrderRequest, sentAt?: string) => {
      requests.push(request);
      moments.push(sentAt);
      return answer();
    },
    order: (id: string) => {
      asked.push(id);
      return Promise.resolve(report({ status: 'filled', filledQuantity: '1000000', sequence: 9 }));
    },
  };
  const tile = new DealingTile(instrument, {
    api,
    orders,
    prices,
    phase,
    serverClock: { at: () => clickedAt },
    isSilent: () => around.isSilent,
    tradingState: () => 'active',
    position: () => '0',
    ownSizes: usualSizes,
    account: () => undefined,
    unresolved: {
      list: new Cell(kept),
      sent: ({ clOrdId }) => sent.push(clOrdId),
      resolved: (clOrdId) => sent.splice(sent.indexOf(clOrdId), 1),
    },
  });
  const quote = (state: 'live' | 'stale', sequence: number): void =>
    prices.apply('update', [priced(state, sequence)], performance.now());
  quote('live', 1);
  return {
    tile,
    requests,
    moments,
    asked,
    around,
    sent,
    phase,
    quote,
    say: (change: Partial<OrderView>) => orders.apply({ op: 'update', rows: [report(change)] }, 0),
    shown: () => shownState(tile.state.read()),
  };
}

const accepted: Answer = () => Promise.resolve({ orderId: 'O1', clOrdId: 'x', sequence: 1 });
const never: Answer = () => new Promise(() => undefined);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('DealingTile', () => {
  it('sends a limit IOC at the shown price and shows the fill', async () => {
    const desk = made(accepted);
    desk.tile.size.set('2.5m');
    desk.tile.deal('buy', '1.08412');
    expect(desk.moments).toEqual([clickedAt]);
    expect(desk.requests).toMatchObject([
      {
        instrument: 'EURUSD',
        side: 'buy',
        type: 'limit',
        timeInForce: 'ioc',
        quantity: '2500000',
        price: '1.08412',
        shownPrice: '1.08412',
      },
    ]);
    expect(desk.requests[0]?.clOrdId).toMatch(/^ui-[0-9a-f]{24}$/);
    await vi.advanceTimersByTimeAsync(10);
    expect(desk.shown()).toBe('sending');
    desk.say({ status: 'filled', filledQuantity: '1000000', averagePrice: '1.08411', sequence: 2 });
    expect(desk.tile.state.read()).toMatchObject({ order: 'filled', text: 'Bought 1M @ 1.08411' });
    await vi.advanceTimersByTimeAsync(tileClocks.filledShownMs);
    expect(desk.shown()).toBe('ready');
  });

  it('sends nothing twice while an order is open, nor on a size or a market that is no good', () => {
    const desk = made(never);
    desk.tile.size.set('99b');
    desk.tile.deal('buy', '1.08412');
    desk.tile.size.set('1m');
    desk.quote('stale', 2);
    desk.tile.deal('buy', '1.08412');
    expect(desk.requests).toHaveLength(0);
    desk.quote('live', 3);
    desk.tile.deal('buy', '1.08412');
    desk.tile.deal('buy', '1.08412');
    expect(desk.requests).toHaveLength(1);
  });

  it('shows the code of a refusal', async () => {
    const desk = made(() => Promise.reject(new ApiProblem(422, 'PRICE_OUTSIDE_COLLAR', 'Too far')));
    desk.tile.deal('sell', '1.08400');
    await vi.advanceTimersByTimeAsync(0);
    expect(desk.tile.state.read()).toMatchObject({
      order: 'rejected',
      code: 'PRICE_OUTSIDE_COLLAR',
      text: 'Too far',
    });
  });

  it('asks for the order after 2 s, because the stream may have missed it', async () => {
    const desk = made(accepted);
    desk.tile.deal('buy', '1.08412');
    await vi.advanceTimersByTimeAsync(tileClocks.tooLongMs);
    expect(desk.asked).toEqual(['O1']);
    expect(desk.shown()).toBe('filled');
  });

  it('repeats an unanswered request once with the same ClOrdID and never calls it rejected', async () => {
    const desk = made(() => Promise.reject(new NoAnswer('no network')));
    desk.tile.deal('buy', '1.08412');
    await vi.advanceTimersByTimeAsync(tileClocks.tooLongMs);
    expect(desk.requests.map((request) => request.clOrdId)).toEqual([
      desk.requests[0]?.clOrdId,
      desk.requests[0]?.clOrdId,
    ]);
    expect(desk.shown()).toBe('tooLong');
    await vi.advanceTimersByTimeAsync(tileClocks.timeoutMs);
    expect(desk.shown()).toBe('timeout');
    desk.say({ status: 'canceled', filledQuantity: '400000', averagePrice: '1.08412', sequence: 3 });
    expect(desk.tile.state.read()).toMatchObject({
      order: 'partiallyFilled',
      text: 'Bought 400k of 1M @ 1.08412, rest cancelled',
    });
  });

  it('is offline without a stream and stale until a live price comes on the new one', () => {
    const desk = made(never);
    desk.phase.set('waiting');
    expect(desk.shown()).toBe('disconnected');
    desk.phase.set('live');
    expect(desk.shown()).toBe('stale');
    desk.quote('live', 7);
    expect(desk.shown()).toBe('ready');
  });

  it('closes at once when the line is silent or the quote is too old by the clock here', async () => {
    const desk = made(never);
    desk.around.isSilent = true;
    desk.tile.deal('buy', '1.08412');
    expect(desk.shown()).toBe('stale');
    desk.around.isSilent = false;
    desk.tile.look(performance.now());
    expect(desk.shown()).toBe('ready');
    await vi.advanceTimersByTimeAsync(3_001);
    desk.tile.deal('buy', '1.08412');
    expect(desk.shown()).toBe('stale');
    expect(desk.requests).toEqual([]);
  });

  it('knows of an order before it leaves, and forgets one that is refused where it was sent', async () => {
    const desk = made(() => Promise.reject(new ApiProblem(422, 'ORDER_RATE', 'Too many')));
    desk.tile.deal('buy', '1.08412');
    expect(desk.sent).toEqual([desk.requests[0]?.clOrdId]);
    await vi.advanceTimersByTimeAsync(0);
    expect(desk.sent).toEqual([]);
  });

  it('shows an order of before a reload until its outcome is known', () => {
    const before = { clOrdId: 'c7', instrument: 'EURUSD', text: 'Buying 1M @ 1.08412', sentAtMs: 0 };
    const desk = made(never, [{ ...before, isClick: true, mayRest: false }]);
    expect(desk.shown()).toBe('timeout');
    desk.tile.deal('buy', '1.08412');
    expect(desk.requests).toEqual([]);
    desk.tile.neverTaken('c7');
    expect(desk.tile.state.read()).toMatchObject({ order: 'rejected', code: 'NEVER_TAKEN' });
  });

  it('sends nothing over the own maximum', () => {
    const desk = made(never);
    desk.tile.size.set('11m');
    desk.tile.deal('buy', '1.08412');
    expect(desk.requests).toEqual([]);
  });

  it('forgets the clocks of an earlier order', async () => {
    const desk = made(accepted);
    desk.tile.deal('buy', '1.08412');
    await vi.advanceTimersByTimeAsync(1500);
    desk.say({ status: 'filled', filledQuantity: '1000000', sequence: 2 });
    desk.tile.deal('buy', '1.08412');
    await vi.advanceTimersByTimeAsync(1000);
    expect(desk.shown()).toBe('sending');
  });
});
