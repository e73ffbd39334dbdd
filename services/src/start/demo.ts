/**
 * What the demo profile starts with when the configuration is empty: instruments, three simulated venues,
 * tiers, firms, FIX clients, the 28 listeners and the web users: an administrator, and a trader and a
 * viewer of one firm. Never stored in production.
 */
import type { DocumentKind, DocumentOf } from '@tidegate/wire/configuration';

export const demoFixPassword = 'demo-only';

type Seed = { [K in DocumentKind]: { readonly kind: K; readonly body: DocumentOf<K> } }[DocumentKind];

const currencyPair = (
  base: string,
  quote: string,
  priceScale: number,
  pipScale: number,
  settlement?: DocumentOf<'instrument'>['settlement'],
): Seed => ({
  kind: 'instrument',
  body: {
    id: base + quote,
    symbol: `${base}/${quote}`,
    type: 'spot',
    baseCurrency: base,
    quoteCurrency: quote,
    priceScale,
    quantityScale: 2,
    pipScale,
    quantityMin: '1',
    quantityMax: '100000000',
    quantityStep: '0.01',
    ...(settlement === undefined ? {} : { settlement }),
  },
});

const asset = (
  base: string,
  priceScale: number,
  quantityScale: number,
  pipScale: number,
  max: string,
): Seed => ({
  kind: 'instrument',
  body: {
    id: `${base}USD`,
    symbol: `${base}/USD`,
    type: 'spot',
    baseCurrency: base,
    quoteCurrency: 'USD',
    priceScale,
    quantityScale,
    pipScale,
    quantityMin: (1 / 10 ** quantityScale).toFixed(quantityScale),
    quantityMax: max,
    quantityStep: (1 / 10 ** quantityScale).toFixed(quantityScale),
  },
});

const instruments: readonly Seed[] = [
  currencyPair('EUR', 'USD', 5, 4),
  currencyPair('GBP', 'USD', 5, 4),
  currencyPair('USD', 'JPY', 3, 2),
  currencyPair('USD', 'CHF', 5, 4),
  currencyPair('AUD', 'USD', 5, 4),
  currencyPair('USD', 'CAD', 5, 4, { days: 1 }),
  currencyPair('NZD', 'USD', 5, 4),
  currencyPair('EUR', 'GBP', 5, 4),
  asset('XAU', 2, 2, 1, '20000'),
  asset('XAG', 3, 2, 2, '500000'),
  asset('BTC', 2, 4, 0, '1000'),
  asset('ETH', 2, 3, 0, '20000'),
];

/** Port 0 stands for the simulator that the demo profile starts; `main.ts` puts its ports in. */
const venue = (id: string, name: string): Seed => ({
  kind: 'venue',
  body: {
    id,
    name,
    dialect: 'standard',
    enabled: true,
    senderCompId: 'TIDEGATE',
    targetCompId: id.toUpperCase(),
    quotes: { hosts: [{ host: '127.0.0.1', port: 0 }], senderCompId: 'TIDEGATE-MD' },
    orders: { hosts: [{ host: '127.0.0.1', port: 0 }], senderCompId: 'TIDEGATE-OE' },
    staleAfterMs: 3_000,
    routeTimeoutMs: 5_000,
  },
});

/** The emulated Bloomberg: indicative prices of the same pairs. */
const bloomberg: Seed = {
  kind: 'feed',
  body: {
    id: 'bloomberg',
    name: 'Bloomberg (emulated)',
    enabled: true,
    staleAfterMs: 10_000,
    securities: Object.fromEntries(
      [
        'EURUSD',
        'GBPUSD',
        'USDJPY',
        'USDCHF',
        'AUDUSD',
        'USDCAD',
        'NZDUSD',
        'EURGBP',
        'XAUUSD',
        'XAGUSD',
      ].map((id) => [id, `${id} BGN Curncy`]),
    ),
    rights: [{ roles: ['admin', 'trader', 'viewer'], services: ['*'], fields: ['*'] }],
  },
};

const firm = (id: string, name: string, tier: string): Seed => ({
  kind: 'firm',
  body: {
    id,
    name,
    creditCurrency: 'USD',
    tier,
    instruments: ['*'],
    accounts: [
      { id: `${id}-main`, name: 'Main' },
      { id: `${id}-hedge`, name: 'Hedge' },
    ],
    limits: {
      orderNotionalMax: '200000000',
      collarBasisPoints: 200,
      ordersPerSecondMax: 5_000,
      openOrdersMax: 50_000,
    },
  },
});

const fixClient = (number: number, passwordHash: string): Seed => ({
  kind: 'fixClient',
  body: {
    id: `demo${number}`,
    firm: `demo${number}`,
    account: `demo${number}-main`,
    senderCompId: `DEMO${number}`,
    targetCompId: 'TIDEGATE',
    username: `DEMO${number}`,
    passwordHash,
    allowedAddresses: ['127.0.0.0/8', '::1/128'],
    listeners: ['*'],
    rights: ['marketData', 'trading', 'dropCopy'],
    cancelOnDisconnect: false,
  },
});

type Purpose = DocumentOf<'listener'>['purpose'];
const listener = (offset: number, purpose: Purpose, venueId?: string): Seed => ({
  kind: 'listener',
  body: {
    id: `port-${String(offset).padStart(2, '0')}`,
    offset,
    purpose,
    enabled: true,
    ...(venueId === undefined ? {} : { venue: venueId }),
  },
});

const listeners: readonly Seed[] = [
  listener(0, 'marketData'),
  listener(1, 'trading'),
  listener(2, 'both'),
  listener(3, 'dropCopy'),
  listener(4, 'certification'),
  listener(5, 'trading'),
  listener(6, 'marketData'),
  listener(7, 'dropCopy'),
  ...Array.from({ length: 20 }, (_, index) =>
    listener(8 + index, 'passThrough', ['alpha', 'bravo', 'charlie'][index]),
  ),
];

const webUser = (
  id: string,
  name: string,
  role: DocumentOf<'user'>['role'],
  firmId: string,
  passwordHash: string,
): Seed => ({
  kind: 'user',
  body: {
    id,
    name,
    role,
    firm: firmId,
    account: `${firmId}-main`,
    passwordHash,
    disabled: false,
    tokensValidFromMs: 0,
  },
});

/**
 * Hashes are made by the caller, who owns the cost of scrypt. Without the last one there are no web users
 * beside the administrator.
 */
export function demoDocuments(
  fixPasswordHash: string,
  adminPasswordHash: string,
  usersPasswordHash?: string,
): readonly Seed[] {
  return [
    ...instruments,
    venue('alpha', 'Alpha Bank'),
    venue('bravo', 'Bravo Markets'),
    venue('charlie', 'Charlie Capital'),
    bloomberg,
    { kind: 'tier', body: { id: 'standard', name: 'Standard', markupPoints: { '*': 1 }, depth: 10 } },
    { kind: 'tier', body: { id: 'house', name: 'House', markupPoints: { '*': 0 }, depth: 10 } },
    firm('house', 'Tidegate demo desk', 'house'),
    firm('demo1', 'Demo firm 1', 'standard'),
    firm('demo2', 'Demo firm 2', 'standard'),
    firm('demo3', 'Demo firm 3', 'standard'),
    ...[1, 2, 3].map((number) => fixClient(number, fixPasswordHash)),
    ...listeners,
    webUser('admin', 'Administrator', 'admin', 'house', adminPasswordHash),
    ...(usersPasswordHash === undefined
      ? []
      : [
          webUser('trader', 'Trader of demo firm 1', 'trader', 'demo1', usersPasswordHash),
          webUser('viewer', 'Viewer of demo firm 1', 'viewer', 'demo1', usersPasswordHash),
        ]),
  ];
}
