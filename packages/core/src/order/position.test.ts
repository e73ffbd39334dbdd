import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { Side } from './order.ts';
import { applyFill, averagePrice, FLAT, unrealized, type Position } from './position.ts';

function after(...fills: readonly (readonly [Side, number, number])[]): Position {
  return fills.reduce((position, fill) => applyFill(position, ...fill), FLAT);
}

describe('applyFill', () => {
  it('averages what opens and realizes what closes', () => {
    expect(after(['buy', 10, 100], ['buy', 30, 104])).toEqual({ quantity: 40, cost: 4120n, realized: 0n });
    expect(after(['buy', 10, 100], ['buy', 30, 104], ['sell', 20, 110])).toEqual({
      quantity: 20,
      cost: 2060n,
      realized: 140n,
    });
    expect(after(['sell', 10, 100], ['buy', 4, 90])).toEqual({ quantity: -6, cost: -600n, realized: 40n });
  });

  it('turns through zero: the rest opens at the fill price', () => {
    const turned = after(['buy', 10, 100], ['sell', 25, 103]);
    expect(turned).toEqual({ quantity: -15, cost: -1545n, realized: 30n });
    expect(after(['sell', 10, 100], ['buy', 10, 103])).toEqual({ quantity: 0, cost: 0n, realized: -30n });
  });

  it('says what it costs and what it is worth', () => {
    const position = after(['buy', 3, 100], ['buy', 1, 101]);
    expect(averagePrice(position, 'halfEven', 2)).toBe(10_025n);
    expect(averagePrice(FLAT, 'down')).toBeUndefined();
    expect(unrealized(position, 110)).toBe(39n);
    expect(unrealized(after(['sell', 2, 100]), 110)).toBe(-20n);
  });

  it('conserves every lot and every cent', () => {
    const fills = fc.array(
      fc.tuple(
        fc.constantFrom<Side>('buy', 'sell'),
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 1, max: 200_000 }),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(fills, (list) => {
        const position = after(...list);
        let quantity = 0;
        let paid = 0n;
        for (const [side, lots, price] of list) {
          const signed = side === 'buy' ? lots : -lots;
          quantity += signed;
          paid += BigInt(signed) * BigInt(price);
        }
        expect(position.quantity).toBe(quantity);
        expect(position.cost - position.realized).toBe(paid);
        if (quantity === 0) expect(position.cost).toBe(0n);
        else expect(position.cost > 0n).toBe(quantity > 0);
      }),
    );
  });
});
