/** Snapshots: of the release before, in parts, and beside events that go on. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MONDAY_MS, Scenario } from './desk.fixture.ts';
import { keepFrom } from './evolve.ts';
import { findAnyRequest, findOrder, RETENTION, type PartitionState } from './partition.ts';
import { Restoring, restoreState, snapshotState } from './snapshot.ts';
import { PART_SIZE, Saving } from './snapshot.saving.ts';

/** Yesterday's and today's orders: open, closed, filled, replaced, at a venue with a replace on its way. */
const former = readFileSync(new URL('snapshot.former.json', import.meta.url), 'utf8');
const client = (state: PartitionState, clOrdId: string) => findOrder(state, 'CLIENT', clOrdId);

function afterFormer(): Scenario {
  const scenario = new Scenario();
  scenario.state = restoreState(former)!;
  scenario.utcMs = MONDAY_MS + 24 * 3_600_000;
  scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
  return scenario;
}

describe('a snapshot of the release before', () => {
  it('is read: orders by all their names, what is booked, and what came before', () => {
    const { state } = afterFormer();
    expect([...state.open.keys()]).toEqual(['acme.2', 'acme.3', 'acme.5', 'acme.6']);
    for (const clOrdId of ['KEPT', 'A', 'A2', 'PART', 'FORCED', 'FORCED2'])
      expect(client(state, clOrdId).found).toBe('open');
    for (const clOrdId of ['YESTERDAY', 'FILLED']) expect(client(state, clOrdId).found).toBe('closed');
    expect(client(state, 'REFUSED').found).toBe('refused');
    expect(findAnyRequest(state, 'CLIENT', 'X')).toMatchObject({ order: { orderId: 'acme.3' } });
    expect([...state.executions.values()].map((booked) => [...booked.values()])).toMatchObject([
      [{ quantity: 100 }],
      [{ quantity: 40 }],
    ]);
  });

  it('refuses what it has seen, and answers commands of before as before', () => {
    const scenario = afterFormer();
    const rests = { price: 107_000, timeInForce: 'gtc' } as const;
    for (const clOrdId of ['YESTERDAY', 'KEPT', 'A', 'A2', 'FILLED', 'FORCED2', 'REFUSED'])
      expect(scenario.submit({ clOrdId, ...rests, commandId: clOrdId }).reply.refusal?.code).toBe(
        'DUPLICATE_CLORDID',
      );
    for (const [clOrdId, orderId] of [
      ['YESTERDAY', 'acme.1'],
      ['A', 'acme.3'],
      ['FILLED', 'acme.4'],
    ] as const) {
      const commandId = `command-${clOrdId === 'FILLED' ? 'f' : clOrdId.toLowerCase()}`;
      expect(scenario.submit({ clOrdId, commandId })).toMatchObject({ events: [], reply: { orderId } });
    }
  });

  it('goes on as this release has it, and keeps less from then on', () => {
    const scenario = afterFormer();
    expect(scenario.state.retention).toEqual({
      ...RETENTION,
      closedOrdersMax: 10_000,
      closedOrderAgeMsMax: 26 * 3_600_000,
    });
    keepFrom(scenario.state, { ...RETENTION, closedOrdersMax: 1 }, scenario.utcMs);
    expect([...scenario.state.orders.keys()]).toEqual(['acme.2', 'acme.3', 'acme.4', 'acme.5', 'acme.6']);
    const text = scenario.snapshot();
    expect(snapshotState(restoreState(text)!)).toBe(text);
    expect(restoreState(text.replace('"version":3', '"version":4'))).toBeUndefined();
  });
});

/** A floor with `open` resting orders and some closed ones. */
function floor(open: number): Scenario {
  const scenario = new Scenario();
  scenario.limits({ openOrdersMax: 1_000_000, ordersPerSecondMax: 1_000_000 });
  scenario.quote('alpha', [108_000, 1_000_000], [108_010, 1_000_000]);
  for (let number = 0; number < open; number += 1) {
    scenario.submit({ clOrdId: `O${number}`, price: 107_000 });
    scenario.submit({ clOrdId: `F${number}`, quantity: 1 });
    scenario.fill(`acme.${2 * number + 2}.1`, 1, 108_010);
    scenario.submit({ clOrdId: `R${number}`, quantity: 0 });
  }
  return scenario;
}

describe('a snapshot in parts', () => {
  it('does a counted number of items at a time', () => {
    const { state } = floor(600);
    const saving = new Saving(state);
    let orders = 0;
    let parts = 0;
    for (let text = saving.next(); text !== undefined; text = saving.next(), parts += 1) {
      const [kind, items] = JSON.parse(text) as [string, unknown[]];
      expect(items.length).toBeGreaterThan(0);
      // Of fingerprints whole buckets, two numbers each.
      const most = kind === 'orders' ? PART_SIZE.orders : 2 * PART_SIZE.items + 64;
      expect(items.length).toBeLessThanOrEqual(most);
      if (kind === 'orders') orders += items.length;
    }
    expect(orders).toBe(1_200);
    expect(JSON.parse(saving.head())).toMatchObject({ version: 3, parts });
  });

  it('is of the moment at which it was begun, whatever happens between its parts', () => {
    const scenario = floor(60);
    const { state } = scenario;
    const before = snapshotState(state);
    const saving = new Saving(state);
    state.witness = saving;
    const parts: string[] = [];
    for (let number = 0, text = saving.next(); text !== undefined; text = saving.next(), number += 1) {
      parts.push(text);
      scenario.cancel(`O${59 - (number % 60)}`);
      scenario.submit({ clOrdId: `NEW${number}`, quantity: 1 });
      scenario.fill(`acme.${state.orderCount}.1`, 1, 108_010);
      scenario.submit({ clOrdId: `LATER${number}`, quantity: 0 });
      scenario.tick(1_000);
      if (number === 2) scenario.advance(24 * 3_600_000);
    }
    state.witness = undefined;
    expect(saving.isVoid).toBe(false);
    const restoring = Restoring.of(saving.head())!;
    for (const text of parts) restoring.addText(text);
    expect(snapshotState(restoring.finish())).toBe(before);
    expect(snapshotState(state)).not.toBe(before);
  });

  it('writes early at most the order that an event is about', () => {
    const scenario = floor(200);
    const saving = new Saving(scenario.state);
    scenario.state.witness = saving;
    scenario.cancel('O199');
    expect(saving.early).toBe(2);
  });

  it('with a part missing is no state', () => {
    const { state } = floor(60);
    const saving = new Saving(state);
    const parts: string[] = [];
    for (let text = saving.next(); text !== undefined; text = saving.next()) parts.push(text);
    const restoring = Restoring.of(saving.head())!;
    for (const text of parts.slice(1)) restoring.addText(text);
    expect(() => restoring.finish()).toThrow(/parts/);
  });

  it('is void when all orders change at once', () => {
    const { state } = floor(1);
    const saving = new Saving(state);
    saving.before({ type: 'numberingBegun', commandId: 'n', base: 1, text: '' });
    expect(saving.isVoid).toBe(true);
  });
});
