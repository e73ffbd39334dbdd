/** What the configuration may make of a firm's market. */
import { Scenario, typesOf } from '@tidegate/core/order/desk.fixture';
import { holdingOf } from '@tidegate/core/order/partition';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { expect, it } from 'vitest';
import type { Books } from './books.ts';
import { MarketView } from './market.view.ts';
import type { Venues } from './venues.ts';

it('of a removed firm takes its fills and cancels, and trades nothing new', () => {
  const scenario = new Scenario();
  scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
  scenario.submit({ clOrdId: 'A' });
  scenario.submit({ clOrdId: 'B', price: 107_000 });
  const snapshot = {
    version: 8,
    limits: new Map(),
    firms: new Map(),
    tiers: new Map(),
    venues: new Map(),
    instruments: new Map([['EURUSD', scenario.market.instrument('EURUSD')]]),
  };
  const books = { book: (id: string) => scenario.books.get(id) } as Books;
  const configuration = { current: snapshot } as unknown as Configuration;
  scenario.market = new MarketView(configuration, books, {} as Venues).of('acme');

  scenario.fill('acme.1.1', 100, 108_010);
  expect(holdingOf(scenario.state, 'main', 'EURUSD').position.quantity).toBe(100);
  expect(scenario.submit().reply.refusal?.code).toBe('INSTRUMENT_NOT_PERMITTED');
  scenario.quote('alpha', [106_000, 1_000], [106_010, 1_000]);
  expect(scenario.rest()).toEqual([]);
  expect(scenario.tick(600)).toEqual([]);
  expect(typesOf(scenario.cancel('B').events)).toEqual(['cancelRequested', 'orderClosed']);
});

it('rounds a limit finer than money to the safe side', () => {
  const firm = {
    id: 'acme',
    tier: 'gold',
    creditCurrency: 'USD',
    accounts: [],
    instruments: ['*'],
    limits: {
      orderNotionalMax: '1.000000009999',
      collarBasisPoints: 1,
      ordersPerSecondMax: 1,
      openOrdersMax: 1,
    },
  };
  const current = {
    version: 1,
    limits: new Map(),
    firms: new Map([['acme', firm]]),
    tiers: new Map([['gold', { id: 'gold', markupPoints: {} }]]),
    venues: new Map(),
    instruments: new Map(),
  };
  const view = new MarketView({ current } as unknown as Configuration, {} as Books, {} as Venues);
  expect(view.of('acme').firm.limits.orderNotionalMax).toBe(100_000_000n);
});
