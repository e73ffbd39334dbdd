/** A store under a lease: nothing counts as stored while it is not known whose the session is. */
import { expect, it } from 'vitest';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { LeasedStore } from './leased.store.ts';

class Held {
  readonly epoch = 1;
  isOurs = true;
  asked = 0;
  readonly sure = Promise.withResolvers<void>();

  mayAct(): boolean {
    return this.isOurs;
  }

  whenSure(): Promise<void> {
    this.asked += 1;
    return this.sure.promise;
  }
}

const record = { seqNum: 1, msgType: '8', frame: new Uint8Array([1]) };

async function opened() {
  const held = new Held();
  const store = new LeasedStore(new MemoryStore(), held);
  await store.open();
  await store.reset(1);
  return { held, store };
}

it('stores at once while the lease is its own, and asks nobody', async () => {
  const { held, store } = await opened();
  await store.append([record]);
  expect(store.confirm()).toBeUndefined();
  expect(held.asked).toBe(0);
});

it('waits in doubt, and goes on when it is sure', async () => {
  const { held, store } = await opened();
  held.isOurs = false;
  let isDone = false;
  const appended = Promise.resolve(store.append([record])).then(() => (isDone = true));
  await Promise.resolve();
  expect(isDone).toBe(false);
  held.isOurs = true;
  held.sure.resolve();
  await appended;
  expect(await store.read(1, 1)).toHaveLength(1);
});

it('fails as fenced when another has it, also what need not be stored', async () => {
  const { held, store } = await opened();
  held.isOurs = false;
  const appended = store.append([record]);
  const confirmed = store.confirm();
  held.sure.reject(new Error('lost'));
  await expect(appended).rejects.toMatchObject({ code: 'fenced' });
  await expect(confirmed).rejects.toMatchObject({ code: 'fenced' });
  await expect(store.open()).rejects.toMatchObject({ code: 'fenced' });
});
