/** The comparison of booked trades. */
import { describe, expect, it } from 'vitest';
import type { BookedFill } from './reconcile.ts';
import { isReconciled, reconcile } from './reconcile.ts';

const fill: BookedFill = {
  execId: 'E1',
  clOrdId: 'A',
  symbol: 'EUR/USD',
  side: 'buy',
  quantity: '1000',
  price: '1.0850',
};

describe('reconciliation', () => {
  it('takes equal numbers for equal, however they are written', () => {
    expect(isReconciled(reconcile([fill], [{ ...fill, quantity: '01000.00', price: '1.085' }]))).toBe(true);
    expect(isReconciled(reconcile([{ ...fill, quantity: '0.0' }], [{ ...fill, quantity: '0' }]))).toBe(true);
  });

  it('finds what is missing, too much, twice or different', () => {
    const other = { ...fill, execId: 'E2' };
    expect(reconcile([fill, other], [fill]).missing).toEqual(['E2']);
    expect(reconcile([fill], [fill, other]).unexpected).toEqual(['E2']);
    expect(reconcile([fill], [fill, fill]).repeated).toEqual(['E1']);
    expect(reconcile([fill], [{ ...fill, quantity: '100', side: 'sell' }]).different).toEqual([
      'E1: side buy ≠ sell',
      'E1: quantity 1000 ≠ 100',
    ]);
  });
});
