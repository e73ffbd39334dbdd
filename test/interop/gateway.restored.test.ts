/** A gateway whose folder was lost, or whose journal is older than what its sessions have delivered. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { areTold, LoneGateway } from './gateway.alone.ts';

let desk: LoneGateway;
beforeEach(async () => {
  desk = new LoneGateway();
  await desk.start(['acme']);
});
afterEach(() => desk.stop());

async function tell(count: number): Promise<void> {
  const client = await desk.logOn('acme');
  for (let sequence = 1; sequence <= count; sequence += 1) await desk.refuse(sequence, 'acme');
  await areTold(client, count);
}

it('tells a session nothing that is older than itself, and all that is not', async () => {
  await tell(20);
  await desk.restart('stores');
  const client = await desk.logOn('acme');
  await desk.refuse(21, 'acme');
  await areTold(client, 1);
  expect(client.told).toEqual(['order-21']);
});

it('has every report once when nothing was lost: its client is new and asks for all', async () => {
  await tell(3);
  await desk.restart('nothing');
  const client = await desk.logOn('acme');
  await desk.refuse(4, 'acme');
  await areTold(client, 4);
  expect(client.told).toEqual(['order-1', 'order-2', 'order-3', 'order-4']);
});

it('needs nothing but the sessions and the journal to go on, and reads no more than it has to', async () => {
  await tell(5);
  const store = desk.storeOf('acme');
  await desk.restart('nothing');
  expect(Object.fromEntries((await store.open()).cursors)).toEqual({ acme: 5 });
});

it('numbers a firm anew whose journal ends before what was delivered, and says why', async () => {
  await tell(3);
  await desk.restart('journal', async () => {
    for (const sequence of [1, 2]) await desk.refuse(sequence, 'acme');
  });
  expect(desk.events).toContainEqual(
    expect.objectContaining({
      ...{ kind: 'journalBehind', severity: 'critical', subject: 'acme' },
      text: expect.stringMatching(/^JOURNAL_BEHIND: acme@port-02 has delivered 3 of acme, .* ends at 2/),
    }),
  );
  const client = await desk.logOn('acme');
  await desk.refuse(4, 'acme');
  await areTold(client, 4);
  // What it had, and then what came after the restore, under a number that it never had.
  expect(client.told).toEqual(['order-1', 'order-2', 'order-3', 'order-4']);
  expect(client.execIds.slice(2)).toEqual(['acme-3', 'acme-1000004']);
  await desk.restart('nothing');
  const again = await desk.logOn('acme');
  await desk.refuse(5, 'acme');
  await areTold(again, 5);
  expect(again.execIds.slice(3)).toEqual(['acme-1000004', 'acme-1000005']);
  expect(desk.events.filter(({ kind }) => kind === 'journalBehind').length).toBe(1);
});

it('refuses the orders of such a firm until its owner has answered', async () => {
  await tell(3);
  const answered = Promise.withResolvers<void>();
  desk.answering = answered.promise;
  await desk.restart('journal');
  const client = await desk.logOn('acme');
  client.initiator.session.send('D', (fields) => {
    fields.text(11, 'early').text(55, 'EUR/USD').char(54, '1').utcMillis(60, Date.now());
    fields.text(38, '100').char(40, '1').char(59, '3');
  });
  await areTold(client, 4);
  expect(client.told.at(-1)).toBe('early');
  expect(desk.commands.some(({ kind }) => kind === 'submit' || kind === 'refuse')).toBe(false);
  answered.resolve();
});
