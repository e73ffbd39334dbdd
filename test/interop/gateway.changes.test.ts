/** Configuration that changes while clients log on or are logged on: who is withdrawn goes, and stays out. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../platform.ts';
import { areTold, LoneGateway, type Client } from './gateway.alone.ts';

let desk: LoneGateway;
beforeEach(async () => {
  desk = new LoneGateway();
  await desk.start(['acme', 'other']);
});
afterEach(() => desk.stop());

const isOut = ({ initiator }: Client) =>
  eventually(() => initiator.session.counters.logouts > 0 || undefined, 'logout');

it('refuses a client that was withdrawn while its password was checked', async () => {
  const { credentials } = desk;
  const verify = credentials.verify.bind(credentials);
  let checks = 0;
  credentials.verify = async (...secrets) => {
    const verdict = await verify(...secrets);
    checks += 1;
    if (checks === 1) desk.change('acme', { rights: ['marketData'] });
    return verdict;
  };
  const { initiator } = await desk.call('acme');
  await eventually(
    () => desk.events.some(({ text }) => text.includes('LISTENER_NOT_PERMITTED')) || undefined,
    'the second refusal',
  );
  expect(initiator.session.counters.logons).toBe(0);
});

it('keeps nobody waiting for a client that was withdrawn while its store was opened', async () => {
  const other = await desk.logOn('other');
  let open = (): void => undefined;
  const store = desk.storeOf('late');
  store.opening = new Promise((resolve) => {
    open = resolve;
  });
  const terms = { id: 'late', username: 'late', senderCompId: 'LATE' };
  desk.fixClients.set('late', { ...desk.fixClients.get('acme')!, ...terms });
  const late = await desk.call('late');
  await eventually(() => store.openings > 0 || undefined, 'the store is being opened');
  desk.change('late', undefined);
  open();
  await late.initiator.stop();
  await desk.refuse(1, 'late');
  await desk.refuse(2, 'other');
  await areTold(other, 1);
});

it('withdraws all that have to go, also when the store of one does not close', async () => {
  const [acme, other] = [await desk.logOn('acme'), await desk.logOn('other')];
  const store = desk.storeOf('acme');
  store.closing = Promise.reject(new Error('disk full'));
  store.closing.catch(() => undefined);
  desk.fixClients.delete('acme');
  desk.change('other', undefined);
  await isOut(acme);
  await isOut(other);
  store.closing = Promise.resolve();
});

it('gives a session up whose port has another purpose now', async () => {
  const client = await desk.logOn('acme');
  desk.listeners.set('port-02', { ...desk.listeners.get('port-02')!, purpose: 'dropCopy' });
  desk.change('acme', { rights: ['trading', 'dropCopy'] });
  await isOut(client);
  await desk.refuse(1, 'other');
  await areTold(client, 1);
});
