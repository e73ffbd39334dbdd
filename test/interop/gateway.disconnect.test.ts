/** Cancel on disconnect: however the session ended, and nothing of what its client does when it is back. */
import { turn } from '@tidegate/platform/testing/until';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../platform.ts';
import { LoneGateway } from './gateway.alone.ts';

let desk: LoneGateway;
let answer: () => void;
beforeEach(async () => {
  desk = new LoneGateway();
  desk.answering = new Promise((resolve) => {
    answer = resolve;
  });
  await desk.start(['other'], ['leaver']);
});
afterEach(async () => {
  answer();
  await desk.stop();
});

it('cancels what a process that was killed has left open', async () => {
  await eventually(() => desk.commands.length > 0 || undefined, 'the cancel');
  expect(desk.commands).toMatchObject([{ kind: 'massCancel', client: 'leaver@port-02' }]);
});

it('lets the client in again when its orders are canceled, and others meanwhile', async () => {
  const leaver = await desk.call('leaver');
  await desk.logOn('other');
  for (let count = 0; count < 100; count += 1) await turn();
  expect(leaver.initiator.session.isLoggedOn).toBe(false);
  answer();
  await eventually(() => leaver.initiator.session.isLoggedOn || undefined, 'logon');
  await leaver.initiator.stop();
  await eventually(() => desk.commands.length > 1 || undefined, 'the next cancel');
});
