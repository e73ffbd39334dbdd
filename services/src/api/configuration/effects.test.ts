/** What a change is said to do beside what it says. */
import {
  buildSnapshot,
  type ConfigurationSnapshot,
} from '@tidegate/platform/configuration/configuration.documents';
import { describe, expect, it } from 'vitest';
import { effectsOf, firmsAsked, type Live } from './effects.ts';

const hosts = { hosts: [{ host: '127.0.0.1', port: 1 }], senderCompId: 'US' };
const venue = {
  ...{ id: 'alpha', name: 'Alpha', enabled: true, senderCompId: 'US', targetCompId: 'ALPHA' },
  ...{ quotes: hosts, orders: hosts, staleAfterMs: 3_000, routeTimeoutMs: 5_000 },
};
const tier = (id: string) => ({ id, name: id, markupPoints: { '*': 1 }, depth: 10 });
const limits = { orderNotionalMax: '1000', collarBasisPoints: 1, ordersPerSecondMax: 10, openOrdersMax: 10 };
const firm = (id: string) => ({
  ...{ id, name: id, creditCurrency: 'USD', tier: 'standard', instruments: ['*'], limits },
  accounts: [{ id: 'main', name: 'Main' }],
});
const client = (id: string) => ({
  ...{ id, firm: id, account: 'main', senderCompId: id, targetCompId: 'US', username: id },
  ...{ allowedAddresses: ['127.0.0.0/8'], listeners: ['*'], rights: ['trading'] },
});
const seeds = [
  { kind: 'venue', body: venue },
  { kind: 'tier', body: tier('standard') },
  { kind: 'tier', body: tier('house') },
  { kind: 'firm', body: firm('demo1') },
  { kind: 'firm', body: firm('demo2') },
  { kind: 'listener', body: { id: 'port-02', offset: 2, purpose: 'both', enabled: true } },
  { kind: 'fixClient', body: client('demo1') },
  { kind: 'fixClient', body: client('demo2') },
  { kind: 'user', body: { id: 'admin', name: 'Ann', role: 'admin', firm: 'demo1', account: 'main' } },
];
type Seeds = readonly {
  readonly kind: string;
  readonly body: { readonly id: string } | null;
  readonly id?: string;
}[];

function snapshotOf(documents: Seeds): ConfigurationSnapshot {
  const rows = documents.map(({ kind, body, id }, index) => ({
    version: index + 1,
    kind,
    id: id ?? body!.id,
    body,
  }));
  const built = buildSnapshot(rows);
  if ('refusal' in built) throw new Error(built.refusal.text);
  return built.snapshot;
}

const before = snapshotOf(seeds);
/** The demo's configuration with other fields in one document; null: without it. */
const changed = (kind: string, id: string, fields: object | null): ConfigurationSnapshot =>
  snapshotOf(
    seeds.map((seed) =>
      seed.kind === kind && seed.body.id === id
        ? { kind, id, body: fields === null ? null : { ...seed.body, ...fields } }
        : seed,
    ),
  );

const session = (client: string, listener: string) =>
  ({
    id: `${client}@${listener}`,
    side: 'client',
    state: 'up',
    counterparty: client,
    listener,
    purpose: 'both',
  }) as const;
const live: Live = {
  sessions: [
    session('demo1', 'port-02'),
    session('demo2', 'port-02'),
    { ...session('alpha', ''), id: 'alpha-orders', side: 'venue' },
  ],
  usage: new Map([['demo1', { orders: [['demo1@port-02', 7]], routes: [] }]]),
};

const told = (after: ConfigurationSnapshot): readonly string[] =>
  effectsOf({ before, after }, live).map(({ kind, subject }) => `${kind} ${subject}`);

describe('the effects of a change', () => {
  it('are none where nothing changes', () => {
    expect(told(before)).toEqual([]);
  });

  it('are the end of sessions that may not stay, and of orders that go with them', () => {
    expect(told(changed('fixClient', 'demo1', { disabled: true }))).toEqual(['sessionEnds demo1@port-02']);
    expect(told(changed('fixClient', 'demo1', { name: 'other', targetCompId: 'X' }))).toEqual([
      'sessionEnds demo1@port-02',
    ]);
    expect(told(changed('fixClient', 'demo1', { passwordHash: 'other' }))).toEqual([]);
    expect(told(changed('listener', 'port-02', { enabled: false }))).toEqual([
      'sessionEnds demo1@port-02',
      'sessionEnds demo2@port-02',
      'portCloses port-02',
    ]);
    const canceling = changed('fixClient', 'demo1', { cancelOnDisconnect: true });
    const gone = changed('fixClient', 'demo1', null);
    expect(effectsOf({ before: canceling, after: gone }, live)).toContainEqual({
      kind: 'ordersCanceled',
      subject: 'demo1@port-02',
      text: 'cancel on disconnect: its 7 open orders',
    });
  });

  it('are limits that are exceeded already, where the owner says what is open', () => {
    const tight = { limits: { ...limits, openOrdersMax: 3 } };
    expect(told(changed('firm', 'demo1', tight))).toEqual(['limitExceeded demo1']);
    expect(told(changed('firm', 'demo2', tight))).toEqual(['notKnown demo2']);
    expect(firmsAsked({ before, after: changed('firm', 'demo2', tight) })).toEqual(['demo2']);
  });

  it('are prices that change', () => {
    expect(told(changed('tier', 'standard', { markupPoints: { '*': 9 } }))).toEqual([
      'pricesChange standard',
    ]);
    expect(told(changed('firm', 'demo1', { tier: 'house' }))).toContain('pricesChange demo1');
    expect(told(changed('venue', 'alpha', { enabled: false }))).toEqual(['pricesChange alpha']);
    expect(told(changed('venue', 'alpha', { senderCompId: 'X' }))).toEqual(['sessionEnds alpha-orders']);
  });

  it('are sign-ins that end', () => {
    expect(told(changed('user', 'admin', { tokensValidFromMs: 5 }))).toEqual(['signInsEnd admin']);
  });
});
