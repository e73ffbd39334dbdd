/** A small configuration for tests of the API: one instrument, one venue, two tiers, one firm. */
import {
  buildSnapshot,
  type ConfigurationSnapshot,
} from '@tidegate/platform/configuration/configuration.documents';

const instrument = {
  id: 'EURUSD',
  symbol: 'EUR/USD',
  type: 'spot',
  baseCurrency: 'EUR',
  quoteCurrency: 'USD',
  priceScale: 5,
  quantityScale: 2,
  pipScale: 4,
  quantityMin: '1',
  quantityMax: '100000000',
  quantityStep: '0.01',
};
const sessions = { hosts: [{ host: '127.0.0.1', port: 1 }], senderCompId: 'US' };
const venue = {
  id: 'alpha',
  name: 'Alpha',
  enabled: true,
  senderCompId: 'US',
  targetCompId: 'ALPHA',
  quotes: sessions,
  orders: sessions,
  staleAfterMs: 3_000,
  routeTimeoutMs: 5_000,
};
const tier = (id: string) => ({ id, name: id, markupPoints: { '*': 1 }, depth: 10 });
const firm = {
  id: 'demo1',
  name: 'Demo 1',
  creditCurrency: 'USD',
  accounts: [{ id: 'main', name: 'Main' }],
  instruments: ['*'],
  limits: {
    orderNotionalMax: '1000000',
    collarBasisPoints: 100,
    ordersPerSecondMax: 10,
    openOrdersMax: 10,
  },
};

/** Firm demo1 is in this tier, `standard` or `house`. */
export function configured(tierOfFirm: string): ConfigurationSnapshot {
  const documents = [
    { kind: 'instrument', body: instrument },
    { kind: 'venue', body: venue },
    { kind: 'tier', body: tier('standard') },
    { kind: 'tier', body: tier('house') },
    { kind: 'firm', body: { ...firm, tier: tierOfFirm } },
  ];
  const built = buildSnapshot(
    documents.map(({ kind, body }, index) => ({ version: index + 1, kind, id: body.id, body })),
  );
  if ('refusal' in built) throw new Error(built.refusal.text);
  return built.snapshot;
}
