/**
 * A client's reports when its session could not take them: its store failed in the middle, or its session
 * was being opened anew for a change of the configuration. Each arrives once, in order, without a restart.
 */
import { turn } from '@tidegate/platform/testing/until';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../platform.ts';
import { areTold, LoneGateway } from './gateway.alone.ts';

describe.each([
  ['beside the others', 0],
  ['with the others', undefined],
])('told %s, a session', (_how, lateAfter) => {
  let desk: LoneGateway;
  beforeEach(async () => {
    desk = new LoneGateway();
    desk.lateAfter = lateAfter;
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

  it('reports what a client lacks that was away when the gateway was started', async () => {
    const other = await desk.logOn('other');
    await desk.refuse(1, 'acme');
    await desk.refuse(2, 'other');
    await areTold(other, 1);
    const document = desk.fixClients.get('acme')!;
    desk.change('acme', undefined);
    for (const sequence of [3, 4, 5]) await desk.refuse(sequence, 'acme');
    await desk.refuse(6, 'other');
    desk.fixClients.set('acme', document);
    await desk.restart('nothing');
    await desk.refuse(7, 'acme');
    const client = await desk.logOn('acme');
    await areTold(client, 5);
    expect(client.told).toEqual([1, 3, 4, 5, 7].map((sequence) => `order-${sequence}`));
  });
});
