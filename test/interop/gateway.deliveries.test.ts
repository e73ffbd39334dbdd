/**
 * A client's reports when its session could not take them: its store failed in the middle, or its session
 * was being opened anew for a change of the configuration. Each arrives once, in order, without a restart.
 */
import { turn } from '@tidegate/platform/testing/until';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../platform.ts';
import { areTold, LoneGateway } from './gateway.alone.ts';

let desk: LoneGateway;
beforeEach(async () => {
  desk = new LoneGateway();
  await desk.start(['acme', 'other']);
});
afterEach(() => desk.stop());

const faults = () => desk.events.filter(({ kind }) => kind === 'sessionFault').length;

it('sends again what a session store lost, when it is open again', async () => {
  const store = desk.storeOf('acme');
  store.fails = true;
  await desk.refuse(1, 'acme');
  await eventually(() => faults() > 0 || undefined, 'the fault');
  store.fails = false;
  await desk.refuse(2, 'acme');
  const client = await desk.logOn('acme');
  await desk.refuse(3, 'acme');
  await areTold(client, 3);
  expect(client.told).toEqual(['order-1', 'order-2', 'order-3']);
});

it('keeps nobody waiting for a session whose store fails at each logon', async () => {
  const store = desk.storeOf('acme');
  store.fails = true;
  const failing = await desk.call('acme');
  await eventually(() => faults() > 1 || undefined, 'the second fault');
  const other = await desk.logOn('other');
  await desk.refuse(1, 'acme');
  await desk.refuse(2, 'other');
  await areTold(other, 1);
  expect(other.told).toEqual(['order-2']);
  store.fails = false;
  await areTold(failing, 1);
  expect(failing.told).toEqual(['order-1']);
});

it('reports what happened while a session was opened anew for other settings', async () => {
  let close = (): void => undefined;
  desk.storeOf('acme').closing = new Promise((resolve) => {
    close = resolve;
  });
  desk.change('acme', { messagesPerSecondMax: 50 });
  await desk.refuse(1, 'acme');
  await desk.refuse(2, 'acme');
  // The follower takes live events within a turn.
  await turn();
  await turn();
  close();
  const client = await desk.logOn('acme');
  await desk.refuse(3, 'acme');
  await areTold(client, 3);
  expect(client.told).toEqual(['order-1', 'order-2', 'order-3']);
});
