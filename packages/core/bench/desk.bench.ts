/**
 * Cost of the desk per order in processor time, on one core: submit and fill (decide + evolve each), with
 * 0 and with 10,000 orders resting. Run: `node packages/core/bench/desk.bench.ts`. Baseline (2-core
 * container under load, Node 26): 18–23 µs per cycle, 0.07–2.4 µs per look at resting orders. Then what all
 * checks of an order cost without limits and with 50 that apply, fill by fill.
 */
import { Book } from '../src/market/book.ts';
import { decide, evaluateResting } from '../src/order/desk.ts';
import { evolve } from '../src/order/evolve.ts';
import type { Instrument } from '../src/market/instrument.ts';
import { MONEY_SCALE, ROUTING_TERMS, type Market } from '../src/market/market.ts';
import type { Command, OrderEvent } from '../src/order/order.ts';
import { createPartition, type PartitionState } from '../src/order/partition.ts';
import { snapshotState } from '../src/order/snapshot.ts';
import { limit } from '../src/risk/limit.fixture.ts';
import type { Limit, LimitScope, Measure } from '../src/risk/limit.ts';
import { Rates } from '../src/risk/rates.ts';
import { checkOrder } from '../src/risk/risk.ts';

const instrument: Instrument = {
  id: 'EURUSD',
  symbol: 'EUR/USD',
  type: 'spot',
  baseCurrency: 'EUR',
  quoteCurrency: 'USD',
  priceScale: 5,
  quantityScale: 2,
  pipScale: 4,
  quantityMin: 100,
  quantityMax: 10_000_000_000,
  quantityStep: 100,
};
const venues = ['alpha', 'beta', 'gamma', 'delta', 'epsilon'];
const book = new Book(instrument, () => ({ enabled: true, staleAfterMs: 1e9 }));
let market: Market = {
  configurationVersion: 1,
  routing: ROUTING_TERMS,
  instrument: () => instrument,
  book: () => book,
  venue: (id) => ({ id, enabled: true, ordersUp: true, staleAfterMs: 1e9, routeTimeoutMs: 1_000 }),
  pair: () => undefined,
  firm: {
    creditCurrency: 'USD',
    busts: 'afterApproval',
    accounts: new Set(['main']),
    mayTrade: () => true,
    markupPoints: () => 1,
    limits: {
      orderNotionalMax: 10n ** BigInt(MONEY_SCALE + 12),
      collarBasisPoints: 100,
      ordersPerSecondMax: 1e9,
      openOrdersMax: 1e9,
    },
  },
};
let sequence = 0;
const now = { utcMs: 1_795_435_200_000, monoMs: 0 };

function quote(): void {
  sequence += 1;
  for (const venue of venues) {
    const levels = (direction: 1 | -1): number[] =>
      [1, 2, 3, 4, 5].flatMap((step) => [108_000 + direction * step, 1e8]);
    book.replace({
      venue,
      instrument: 'EURUSD',
      epoch: 1,
      sequence,
      bids: levels(-1),
      asks: levels(1),
      receivedAtMs: now.utcMs,
      receivedMonoMs: now.monoMs,
    });
  }
}

function fold(state: PartitionState, events: readonly OrderEvent[]): void {
  for (const event of events) evolve(state, event, state.sequence + 1, now.utcMs);
}

function cycle(state: PartitionState, number: number, price: number): void {
  const submit: Command = {
    kind: 'submit',
    commandId: `c${number}`,
    origin: { channel: 'fix', client: 'CLIENT' },
    account: 'main',
    trader: 'tess',
    clOrdId: `o${number}`,
    instrument: 'EURUSD',
    side: number % 2 === 0 ? 'buy' : 'sell',
    type: 'limit',
    price,
    quantity: 100_000,
    timeInForce: 'day',
  };
  const { events } = decide(state, market, submit, now);
  fold(state, events);
  const route = events[1];
  if (route?.type !== 'routeRequested') return;
  fold(
    state,
    decide(
      state,
      market,
      {
        kind: 'venueReport',
        commandId: `${route.venue}:E${number}`,
        venue: route.venue,
        routeId: route.routeId,
        report: 'filled',
        venueExecId: `E${number}`,
        venueOrderId: 'V',
        lastPrice: route.price as number,
        lastQuantity: route.quantity,
      },
      now,
    ).events,
  );
}

for (const resting of [0, 10_000]) {
  quote();
  const state = createPartition('acme');
  let number = 0;
  // Even numbers buy, odd ones sell: each side rests away from the market.
  for (; number < resting; number += 1) cycle(state, number, number % 2 === 0 ? 107_500 : 108_500);
  const cycles = 100_000;
  for (let round = 0; round < 3; round += 1) {
    const start = process.cpuUsage();
    for (const end = number + cycles; number < end; number += 1) {
      now.utcMs += 1;
      cycle(state, number, number % 2 === 0 ? 108_010 : 107_990);
    }
    const us = process.cpuUsage(start).user / cycles;
    console.log(`submit → fill with ${resting} resting: ${us.toFixed(2)} µs per cycle (3 events)`);
  }
  const startMs = performance.now();
  for (let turn = 0; turn < 100_000; turn += 1) evaluateResting(state, market, 'EURUSD', now);
  const ns = ((performance.now() - startMs) * 1e6) / 100_000;
  console.log(`evaluateResting with ${resting} resting out of reach: ${ns.toFixed(0)} ns`);
  const saveMs = performance.now();
  const { length } = snapshotState(state);
  console.log(`snapshot of ${(length / 1e6).toFixed(1)} MB: ${(performance.now() - saveMs).toFixed(0)} ms`);
}

/** Ten scopes of a client, and measures for each: 50 that apply to every order. */
function fiftyLimits(): Limit[] {
  const scopes: LimitScope[] = [
    {},
    { account: 'main' },
    { trader: '*' },
    { session: '*' },
    { instrument: '*' },
    { instruments: ['EURUSD', 'USDJPY'] },
    { account: '*', trader: '*' },
    { account: '*', instrument: '*' },
  ];
  const all: Measure[] = [
    'position',
    'workingOrders',
    'orderQuantityMax',
    'orderNotionalMax',
    'grossPosition',
  ];
  const some: Measure[] = ['netPosition', 'settlement', 'dayLoss', 'workingNotional'];
  const rates: Measure[] = ['orderRate', 'duplicateOrder'];
  const of = (measures: Measure[], within: LimitScope[]) =>
    within.flatMap((scope) => measures.map((measure) => ({ scope, measure })));
  return [...of(all, scopes), ...of(some, scopes.slice(0, 2)), ...of(rates, scopes.slice(2, 3))].map(
    ({ scope, measure }, number) => limit(`l${number}`, measure, '1000000000', { scope, windowMs: 1_000 }),
  );
}

const terms = { account: 'main', trader: 'tess', session: 'CLIENT', instrument: 'EURUSD' } as const;
for (const limits of [[], fiftyLimits()]) {
  const rates = new Rates();
  market = { ...market, pair: () => instrument, risk: { limits, rates } };
  const state = createPartition('acme');
  const times: number[] = [];
  for (let number = 0; number < 60_000; number += 1) {
    now.utcMs += 1;
    now.monoMs += 1;
    const side = number % 2 === 0 ? 'buy' : 'sell';
    const order = { side, type: 'limit', price: 108_000, quantity: 100_000, added: 100_000 } as const;
    const proposal = { ...terms, ...order, forcedVenue: undefined, isNew: true, timeInForce: 'day' } as const;
    const startMs = performance.now();
    const refusal = checkOrder(state, market, proposal, now);
    if (number >= 20_000) times.push((performance.now() - startMs) * 1_000);
    if (refusal !== undefined) throw new Error(refusal.text);
    cycle(state, number, number % 2 === 0 ? 108_010 : 107_990);
  }
  times.sort((left, right) => left - right);
  const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(2);
  console.log(`all checks with ${limits.length} limits: p50 ${at(0.5)} µs, p99 ${at(0.99)} µs`);
}
