/**
 * Ten thousand orders, at least twenty kills of the platform at random moments: afterwards what the providers
 * executed, what the journal holds and what the clients were told agree to the last fill. RECONCILIATION_SEED
 * repeats a run; `npm run soak` trades many such days.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Reconciliation } from './reconciliation.ts';

const seed = Number(process.env['RECONCILIATION_SEED'] ?? Date.now() % 1_000_000);
const kills = 22;
const orders = 10_000;
const ordersPerSecond = 1_500;

describe(`kill -9 of the platform (seed ${seed})`, () => {
  let reconciliation: Reconciliation;

  beforeAll(async () => {
    reconciliation = await Reconciliation.trade({ seed, kills, orders, ordersPerSecond });
  }, 300_000);

  afterAll(() => reconciliation?.close());

  it('leaves providers and journal with the same fills', async () => {
    expect(await reconciliation.providersDisagree()).toEqual([]);
    expect(reconciliation.fills).toBeGreaterThan(orders / 20);
  });

  it('tells every client every fill once, and every report in order', () => {
    expect(reconciliation.clientsDisagree()).toEqual([]);
  });

  it('answers every order and every change exactly once', () => {
    expect(reconciliation.flow.orders.length).toBe(orders);
    expect(reconciliation.answersDisagree()).toEqual([]);
  });

  it('shows positions and executions that are the sum of the fills', async () => {
    expect(await reconciliation.viewsDisagree()).toEqual([]);
  });

  it('sends no order late, twice or unjournaled: what was too late is refused', () => {
    expect(reconciliation.wireDisagrees()).toEqual([]);
    expect(reconciliation.lateRoutes).toBeGreaterThan(0);
  });
});
