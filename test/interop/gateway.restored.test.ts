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
  await desk.restart('folder');
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

it('does not start on a journal that ends before what was delivered, and says why', async () => {
  await tell(3);
  await expect(desk.restart('journal')).rejects.toThrow(
    /^JOURNAL_BEHIND: acme@port-02 has delivered 3 of acme/,
  );
  expect(desk.events).toContainEqual(
    expect.objectContaining({ kind: 'journalBehind', severity: 'critical', subject: 'acme' }),
  );
});
