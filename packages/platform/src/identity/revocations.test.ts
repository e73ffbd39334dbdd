/** What is known of withdrawn tokens: at the start, from the bus, from SQL, and while SQL is away. */
import { turn, until } from '../testing/until.ts';
import { revokedTopic } from '@tidegate/wire/topics';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MemoryBus } from '../bus/bus.memory.ts';
import { RevocationList, RevocationUnknown, type Revocation, type RevocationStore } from './revocations.ts';

/** SQL as far as revocations can see it. */
class Store implements RevocationStore {
  state: 'up' | 'down' | 'frozen' = 'up';
  readonly rows = new Map<string, number>();

  private async answer<T>(value: () => T): Promise<T> {
    if (this.state === 'down') throw new Error('SQL is away');
    if (this.state === 'frozen') await new Promise(() => undefined);
    return value();
  }

  isRevoked(id: string): Promise<boolean> {
    return this.answer(() => this.rows.has(id));
  }

  revoke(id: string, expiresAtMs: number): Promise<void> {
    return this.answer(() => void this.rows.set(id, expiresAtMs));
  }

  read(): Promise<readonly Revocation[]> {
    return this.answer(() => [...this.rows].map(([id, expiresAtMs]) => ({ id, expiresAtMs })));
  }
}

let bus: MemoryBus;
let store: Store;
let nowMs: number;
const lists: RevocationList[] = [];

beforeEach(() => {
  bus = new MemoryBus({ freeze: true });
  store = new Store();
  nowMs = 1_000;
});
afterEach(async () => {
  for (const list of lists.splice(0)) list.stop();
  await bus.close();
});

async function start(): Promise<RevocationList> {
  const clock = { nowMs: () => nowMs, monoMs: () => nowMs };
  const log = pino({ level: 'silent' });
  const list = new RevocationList({ store, bus, clock, log, readEveryMs: 3_600_000, answerMs: 5 });
  lists.push(list);
  await list.start();
  return list;
}

it('knows at the start what SQL has, and does not start without it', async () => {
  store.rows.set('old', 2_000);
  expect((await start()).isKnown('old')).toBe(true);
  store.state = 'down';
  await expect(start()).rejects.toThrow('away');
});

it('tells every process of one that is withdrawn, once', async () => {
  const [one, two] = [await start(), await start()];
  const told: string[] = [];
  const stop = two.whenRevoked((id) => told.push(id));
  await one.revoke('a', 2_000);
  await until(() => told.length > 0);
  two.readAgain();
  await turn();
  expect([told, two.isKnown('a'), store.rows.get('a')]).toEqual([['a'], true, 2_000]);
  stop();
  await one.revoke('b', 2_000);
  await until(() => two.isKnown('b'));
  expect(told).toEqual(['a']);
});

it('finds in SQL what it was not told, and says how old its knowledge is', async () => {
  const list = await start();
  store.rows.set('elsewhere', 5_000);
  nowMs = 3_000;
  expect([list.isKnown('elsewhere'), list.ageMs]).toEqual([false, 2_000]);
  expect(await list.isRevoked('elsewhere')).toBe(true);
  list.readAgain();
  await until(() => list.isKnown('elsewhere'));
  expect(list.ageMs).toBe(0);
});

it.each(['down', 'frozen'] as const)(
  'while SQL is %s it says what it knows, and that it is not sure',
  async (state) => {
    const [one, two] = [await start(), await start()];
    store.state = state;
    await expect(one.isRevoked('x')).rejects.toThrow();
    if (state === 'frozen') await expect(one.isRevoked('x')).rejects.toThrow(RevocationUnknown);
    await expect(one.revoke('x', 9_000)).rejects.toThrow();
    await until(() => two.isKnown('x'));
    expect([one.isKnown('x'), await one.isRevoked('x')]).toEqual([true, true]);
    // On record as soon as SQL is back.
    store.state = 'up';
    one.readAgain();
    await until(() => store.rows.has('x'));
  },
);

it('forgets what has expired anyway', async () => {
  const list = await start();
  await list.revoke('a', 2_000);
  bus.publish(revokedTopic(), { id: 'b', expiresAtMs: 9_000 });
  await until(() => list.size === 2);
  store.rows.clear();
  nowMs = 2_001;
  list.readAgain();
  await until(() => list.size === 1);
  expect(list.isKnown('b')).toBe(true);
});
