/** The tile's tables are complete, and no path guesses an outcome. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OrderView } from '@tidegate/wire/orders';
import type { Market } from './market.state.ts';
import {
  canDeal,
  newTile,
  orderStates,
  orderTable,
  outcomeOf,
  shownState,
  stepTile,
  type Tile,
  type TileAction,
} from './tile.state.ts';

const open: Market = { state: 'ready', buy: true, sell: true, asOfMs: 0 };
const stale: Market = { state: 'stale', buy: false, sell: false, asOfMs: 0 };
const ready: readonly TileAction[] = [{ event: 'market', market: open }];
const run = (actions: readonly TileAction[], from: Tile = newTile): Tile => actions.reduce(stepTile, from);
const send = (clOrdId: string): TileAction => ({ event: 'send', side: 'buy', clOrdId, text: 'Buying' });
const sending = run([...ready, send('c1')]);

describe('tables', () => {
  it('know every event in every state and lead to known states', () => {
    expect(Object.keys(orderTable).sort()).toEqual([...orderStates].sort());
    for (const row of Object.values(orderTable)) {
      expect(Object.keys(row).sort()).toEqual(Object.keys(orderTable.idle).sort());
      for (const next of Object.values(row)) expect(orderStates).toContain(next);
    }
  });

  it('reach every state', () => {
    const reached = new Set(['idle']);
    for (let round = 0; round < orderStates.length; round += 1) {
      for (const state of orderStates)
        if (reached.has(state)) for (const next of Object.values(orderTable[state])) reached.add(next);
    }
    expect([...reached].sort()).toEqual([...orderStates].sort());
  });
});

describe('market', () => {
  it('is disconnected at first and shown while there is no order', () => {
    expect(shownState(newTile)).toBe('disconnected');
    expect(shownState(run(ready))).toBe('ready');
    expect(shownState(run([...ready, { event: 'market', market: stale }]))).toBe('stale');
    expect(run(ready, run(ready))).toEqual(run(ready));
  });

  it('deals on an open side only', () => {
    const tile = run([{ event: 'market', market: { ...open, buy: false } }]);
    expect([canDeal(tile, 'buy'), canDeal(tile, 'sell')]).toEqual([false, true]);
    expect(stepTile(tile, send('c1'))).toBe(tile);
  });
});

describe('order', () => {
  it('goes from sending to its outcome, with the code of a refusal', () => {
    expect(shownState(sending)).toBe('sending');
    expect(run([{ event: 'orderFilled', clOrdId: 'c1', text: 'Bought' }], sending)).toMatchObject({
      order: 'filled',
      text: 'Bought',
    });
    expect(run([{ event: 'orderRejected', clOrdId: 'c1', code: 'NO_LIQUIDITY' }], sending)).toMatchObject({
      order: 'rejected',
      code: 'NO_LIQUIDITY',
    });
    expect(run([{ event: 'orderPartiallyFilled', clOrdId: 'c1' }], sending).order).toBe('partiallyFilled');
  });

  it('says that it takes too long after 2 s, and that there is no answer after 30 s', () => {
    const slow = run([{ event: 'twoSeconds', clOrdId: 'c1' }], sending);
    expect(shownState(slow)).toBe('tooLong');
    const silent = run([{ event: 'thirtySeconds', clOrdId: 'c1' }], slow);
    expect(shownState(silent)).toBe('timeout');
    expect(canDeal(silent, 'buy')).toBe(false);
    expect(shownState(run([{ event: 'orderFilled', clOrdId: 'c1' }], silent))).toBe('filled');
    expect(canDeal(run([{ event: 'dismiss' }], silent), 'buy')).toBe(true);
  });

  it('keeps the outcome of a stale market in sight', () => {
    expect(
      shownState(
        run(
          [
            { event: 'market', market: stale },
            { event: 'orderFilled', clOrdId: 'c1' },
          ],
          sending,
        ),
      ),
    ).toBe('filled');
  });

  it('is taken up again after a reload, and told when it is known', () => {
    const again = run([{ event: 'resume', clOrdId: 'c9', text: 'Bought?' }]);
    expect(shownState(again)).toBe('timeout');
    expect(run([{ event: 'orderFilled', clOrdId: 'c9' }], again).order).toBe('filled');
    expect(run([{ event: 'resume', clOrdId: 'c9', text: '' }], sending)).toBe(sending);
  });

  it('does not take what belongs to another order', () => {
    expect(
      run(
        [
          { event: 'orderFilled', clOrdId: 'other' },
          { event: 'thirtySeconds', clOrdId: 'other' },
        ],
        sending,
      ),
    ).toBe(sending);
  });

  it('never has two orders open and never dismisses an open one', () => {
    expect(run([send('c2')], sending).clOrdId).toBe('c1');
    expect(run([{ event: 'dismiss' }], sending)).toBe(sending);
    const unknown = run([{ event: 'orderUnknown', clOrdId: 'c1' }], sending);
    expect(run([{ event: 'thirtySeconds', clOrdId: 'c1' }], unknown).order).toBe('unknown');
    expect(canDeal(unknown, 'buy')).toBe(false);
  });

  it('keeps a final outcome whatever comes after it', () => {
    const outcome = fc.constantFrom('orderFilled', 'orderRejected', 'orderPartiallyFilled');
    const later = fc.constantFrom(
      'orderFilled',
      'orderRejected',
      'orderUnknown',
      'twoSeconds',
      'thirtySeconds',
      'orderPartiallyFilled',
    );
    fc.assert(
      fc.property(outcome, fc.array(later), (first, rest) => {
        const done = stepTile(sending, { event: first, clOrdId: 'c1' } as TileAction);
        const after = run(
          rest.map((event) => ({ event, clOrdId: 'c1' }) as TileAction),
          done,
        );
        expect(after.order).toBe(done.order);
      }),
    );
  });
});

describe('outcomeOf', () => {
  const order = (
    status: OrderView['status'],
    filledQuantity = '0',
    extra: Partial<OrderView> = {},
  ): OrderView => ({ status, filledQuantity, code: null, unknown: false, ...extra }) as OrderView;

  it.each([
    [order('new'), null],
    [order('partiallyFilled', '5'), null],
    [order('pendingCancel'), null],
    [order('new', '0', { unknown: true }), { event: 'orderUnknown', code: '' }],
    [order('filled', '10'), { event: 'orderFilled', code: '' }],
    [order('canceled', '0.00'), { event: 'orderRejected', code: 'NOT_FILLED' }],
    [order('expired', '0', { code: 'NO_LIQUIDITY' }), { event: 'orderRejected', code: 'NO_LIQUIDITY' }],
    [order('canceled', '4'), { event: 'orderPartiallyFilled', code: '' }],
    [order('rejected', '0', { code: 'ORDER_RATE' }), { event: 'orderRejected', code: 'ORDER_RATE' }],
  ])('%#', (view, outcome) => {
    expect(outcomeOf(view)).toEqual(outcome);
  });
});
