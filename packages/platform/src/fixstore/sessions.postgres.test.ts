/**
 * The contract of session stores on PostgreSQL, and what only it shows: takeover by another owner, groups of
 * sessions, answers that are lost, retention.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeSessionStore, plain, record } from '@tidegate/fix/session/store.contract';
import type { OutboundRecord, SessionStore } from '@tidegate/fix/session/store';
import { StoreFencedError, StoreUnavailableError } from './sessions.postgres.draft.ts';
import { PostgresSessions, type PostgresSessionsOptions } from './sessions.postgres.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';
import { until } from '../testing/until.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(async () => {
  await test.stop();
});

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function replica(url: string, options: Partial<PostgresSessionsOptions> = {}): PostgresSessions {
  const sessions = new PostgresSessions({ url, log: silentLog, owner: 'replica', ...options });
  closing.push(() => sessions.close());
  return sessions;
}

async function sql(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  closing.push(() => client.end());
  return client;
}

describeSessionStore('PostgreSQL, embedded', () => {
  const processes: PostgresSessions[] = [];
  const another = (url: string): SessionStore => {
    const sessions = new PostgresSessions({ url, log: silentLog, owner: `process ${processes.length}` });
    processes.push(sessions);
    return sessions.store('FIX.4.4:A->B/ä');
  };
  let url = '';
  return {
    create: async () => {
      url = await test.createDatabase();
      return another(url);
    },
    reopen: () => another(url),
    cleanUp: async () => {
      for (const sessions of processes) await sessions.close();
    },
  };
});

describe('sessions.postgres', () => {
  it('fences the owner before: whatever it still says is refused and changes nothing', async () => {
    const url = await test.createDatabase();
    const [one, two] = [replica(url), replica(url)];
    const [mine, yours, other] = [one.store('s'), two.store('s'), one.store('other')];
    await mine.open();
    await other.open();
    await mine.append([record(1)]);
    mine.setNextInbound(5);
    await mine.append([record(2)]);
    expect(await yours.open()).toMatchObject({ nextOutbound: 3, nextInbound: 5 });
    const results = await Promise.allSettled([mine.append([record(3)]), other.append([record(1)])]);
    expect(results[0]).toMatchObject({ status: 'rejected', reason: { code: 'fenced' } });
    expect(results[1].status).toBe('fulfilled');
    await expect(mine.read(1, 9)).rejects.toThrow(StoreFencedError);
    await expect(mine.append([record(3)])).rejects.toThrow(StoreFencedError);
    await expect(mine.setNextOutbound(9)).rejects.toThrow(StoreFencedError);
    await expect(mine.reset(9)).rejects.toThrow(StoreFencedError);
    expect(() => mine.setNextInbound(9)).toThrow(StoreFencedError);
    await yours.append([record(3, { msgType: 'D' })]);
    expect(plain(await yours.read(1, 9))).toEqual(plain([record(1), record(2), record(3, { msgType: 'D' })]));
    expect(one.counts.fenced).toBe(1);
    // Taken back, and then it is the other that is fenced.
    expect(await mine.open()).toMatchObject({ nextOutbound: 4, nextInbound: 5 });
    await mine.append([record(4)]);
    await expect(yours.setNextOutbound(5)).rejects.toThrow(StoreFencedError);
  });

  it('is opened under a later lease only, says whose it is, and what was delivered', async () => {
    const url = await test.createDatabase();
    const [one, two] = [replica(url), replica(url)];
    const [before, after] = [one.store('s', 10, 5), two.store('s', 10, 7)];
    await before.open();
    await before.confirmOwner();
    await after.open();
    await expect(before.confirmOwner()).rejects.toThrow(StoreFencedError);
    await expect(before.open()).rejects.toThrow(StoreFencedError);
    await after.append([record(11, { source: { partition: 'firm', sequence: 3 } })]);
    await after.confirmOwner();
    expect(await two.delivered()).toEqual(new Map([['firm', 3]]));
    // Releases without leases, and the same lease once more.
    await replica(url).store('s').open();
    await after.open();
  });

  it('learns at the next call that a number written behind its back was fenced', async () => {
    const url = await test.createDatabase();
    const [mine, yours] = [replica(url).store('s'), replica(url).store('s')];
    await mine.open();
    await yours.open();
    mine.setNextInbound(7);
    await expect(mine.append([record(1)])).rejects.toThrow(StoreFencedError);
    expect(await yours.open()).toMatchObject({ nextOutbound: 1, nextInbound: 1 });
  });

  it('commits all sessions of a process in a few statements', async () => {
    const sessions = replica(await test.createDatabase());
    const stores = Array.from({ length: 100 }, (_, i) => sessions.store(`s${i}`));
    await Promise.all(stores.map((store) => store.open()));
    await Promise.all(
      stores.flatMap((store) =>
        [1, 2, 3, 4, 5].map(async (n) =>
          store.append([record(2 * n - 1), record(2 * n)], { nextInbound: n }),
        ),
      ),
    );
    expect(sessions.counts).toMatchObject({ messages: 1_000, fenced: 0, failed: 0 });
    expect(sessions.counts.statements).toBeLessThanOrEqual(3);
    const records = Array.from({ length: 10 }, (_, i) => record(i + 1));
    expect(plain(await stores[42].read(1, 10))).toEqual(plain(records));
    expect(await stores[42].open()).toMatchObject({ nextOutbound: 11, nextInbound: 5 });
  });

  it('writes what is given while it comes to rest', async () => {
    const sessions = replica(await test.createDatabase());
    const store = sessions.store('s');
    await store.open();
    // A continuation later than the writer's own look for more, and earlier than its end.
    const after = async (promise: void | Promise<void>, hops: number): Promise<void> => {
      await promise;
      for (let hop = 1; hop < hops; hop += 1) await Promise.resolve();
    };
    for (let hops = 1; hops <= 8; hops += 1) {
      await after(store.append([record(2 * hops - 1)]), hops);
      await store.append([record(2 * hops)]);
    }
    expect(await store.read(1, 99)).toHaveLength(16);
  });

  it('writes inbound numbers without being waited for, in order with the messages', async () => {
    const url = await test.createDatabase();
    const sessions = replica(url);
    const store = sessions.store('s');
    const client = await sql(url);
    await store.open();
    store.setNextInbound(3);
    await until(async () => (await numbersOf(client)).next_inbound === 3);
    await store.append([record(1)]);
    store.setNextInbound(4);
    await store.reset(1_000);
    store.setNextInbound(2);
    await store.close();
    expect(await numbersOf(client)).toMatchObject({
      next_outbound: 1,
      next_inbound: 2,
      created_at_ms: 1_000,
    });
  });

  it('resolves a lost answer by reading: stored when it was committed', async () => {
    const url = await test.createDatabase();
    const proxy = await SilentProxy.before(url);
    const sessions = replica(proxy.url);
    const store = sessions.store('s');
    await store.open();
    await store.append([record(1)]);
    const client = await sql(url);
    proxy.isSilent = true;
    const lost = outcomeOf(store.append([record(2)]));
    await until(async () => (await numbersOf(client)).next_outbound === 3);
    proxy.cut();
    expect(await lost).toBeInstanceOf(StoreUnavailableError);
    await expect(store.append([record(3)])).rejects.toThrow('outcome is not known');
    proxy.isSilent = false;
    // An idle connection of the pool died with the other; the second try finds a new one.
    const opened = await store.open().catch(() => store.open());
    expect(opened).toMatchObject({ nextOutbound: 3 });
    await store.append([record(3)]);
    expect(plain(await store.read(1, 9))).toEqual(plain([record(1), record(2), record(3)]));
  });

  it('and not when it was not: a write whose connection died is gone, or comes too late', async () => {
    const url = await test.createDatabase();
    const client = await sql(url);
    await client.query(`CREATE FUNCTION pass_gate() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END'`);
    await client.query(
      'CREATE TRIGGER gate BEFORE INSERT ON fix_message FOR EACH ROW EXECUTE FUNCTION pass_gate()',
    );
    const [mine, yours] = [replica(url).store('s'), replica(url).store('s')];
    await mine.open();
    await client.query('SELECT pg_advisory_lock(1)');
    const lost = outcomeOf(mine.append([record(1)]));
    const isWaiting = async (): Promise<boolean> =>
      (
        await client.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'
          AND application_name = 'tidegate sessions' AND datname = current_database()`)
      ).rowCount === 1;
    await until(isWaiting);
    // Another owner's claim waits for the write, which then dies.
    const opened = yours.open();
    await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'tidegate sessions' AND datname = current_database()`);
    expect(await lost).toMatchObject({ code: 'failed' });
    expect(await opened).toMatchObject({ nextOutbound: 1 });
    await client.query('SELECT pg_advisory_unlock(1)');
    await yours.append([record(1, { msgType: 'D' })]);
    expect((await yours.read(1, 9)).map(({ msgType }) => msgType)).toEqual(['D']);
  });

  it('counts messages, not numbers, for what stays resendable', async () => {
    const url = await test.createDatabase();
    const client = await sql(url);
    const store = replica(url, { minRecords: 100 }).store('s');
    await store.open();
    for (let first = 1; first <= 5_000_000; first += 1_000_000) {
      await store.append(Array.from({ length: 20 }, (_, i) => record(first + i)));
    }
    await store.reset(1);
    await store.append(Array.from({ length: 70 }, (_, i) => record(1 + i * 1_000_000)));
    await until(async () => (await client.query('SELECT 1 FROM fix_message')).rowCount === 70);
    expect((await store.read(1, 1e9)).length).toBe(70);
  });

  it('deletes bodies beyond minRecords and those from before a reset', async () => {
    const url = await test.createDatabase();
    const client = await sql(url);
    const store = replica(url, { minRecords: 100 }).store('s');
    await store.open();
    for (let first = 1; first <= 12_000; first += 1_000) {
      await store.append(Array.from({ length: 1_000 }, (_, i) => record(first + i)));
    }
    const count = async (): Promise<number> =>
      Number((await client.query('SELECT count(*)::int AS count FROM fix_message')).rows[0].count);
    await until(async () => (await count()) <= 100 + 6_000);
    const kept = await store.read(11_901, 12_000);
    expect(kept.map(({ seqNum }) => seqNum)).toEqual(Array.from({ length: 100 }, (_, i) => 11_901 + i));
    await store.reset(5);
    await store.append([record(1)]);
    await until(async () => (await count()) === 1);
    await store.close();
  });

  it('refuses one session what the database refuses it, and not the others', async () => {
    const url = await test.createDatabase();
    const client = await sql(url);
    await client.query("ALTER TABLE fix_message ADD CHECK (session <> 'bad')");
    const sessions = replica(url);
    const [bad, good] = [sessions.store('bad'), sessions.store('good')];
    await Promise.all([bad.open(), good.open()]);
    const [refused, stored] = await Promise.allSettled([bad.append([record(1)]), good.append([record(1)])]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'failed' } });
    expect(stored.status).toBe('fulfilled');
    expect(await bad.open()).toMatchObject({ nextOutbound: 1 });
  });

  it('refuses what is over its limit before it is sent', async () => {
    const sessions = replica(await test.createDatabase(), { queuedBytesMax: 1_000 });
    const store = sessions.store('s');
    await store.open();
    const results = await Promise.allSettled([
      store.append([record(1, { frame: Buffer.alloc(2_000) })]),
      store.append([record(2)]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await expect(store.append([record(2)])).rejects.toThrow('too far behind');
    expect(await store.open()).toMatchObject({ nextOutbound: 2 });
    await store.append([record(2)]);
  });

  it('never lets a number come back, whoever writes', async () => {
    const url = await test.createDatabase();
    const store = replica(url).store('s');
    await store.open();
    await store.append([record(1), record(2)]);
    const client = await sql(url);
    await expect(client.query('UPDATE fix_session SET next_outbound = 2')).rejects.toThrow('only grow');
    await expect(client.query('UPDATE fix_session SET epoch = 0')).rejects.toThrow('only grow');
  });
});

describe('sessions.postgres with numbers ahead', () => {
  const heartbeat = (seqNum: number): OutboundRecord =>
    record(seqNum, { msgType: '0', frame: new Uint8Array(0) });
  const report = (seqNum: number, more: Partial<OutboundRecord> = {}): OutboundRecord =>
    record(seqNum, { source: { partition: 'acme', sequence: seqNum }, ...more });
  const behindProxy = async (patienceMs: number) => {
    const url = await test.createDatabase();
    const proxy = await SilentProxy.before(url);
    const sessions = replica(proxy.url, { patienceMs });
    const store = sessions.store('s', 100);
    await store.open();
    return { url, proxy, sessions, store };
  };

  it('keeps nobody waiting for a number, and everybody for what has a source', async () => {
    const store = replica(await test.createDatabase(), { patienceMs: 5_000 }).store('s', 100);
    await store.open();
    expect(store.append([heartbeat(1)])).toBeUndefined();
    expect(store.setNextOutbound(40)).toBeUndefined();
    const sourced = store.append([report(40)]);
    expect(sourced).toBeInstanceOf(Promise);
    await sourced;
    expect(plain(await store.read(1, 99))).toEqual(plain([heartbeat(1), report(40)]));
  });

  it('goes on behind all numbers after a crash, and behind those in use after a clean end', async () => {
    const url = await test.createDatabase();
    const dying = replica(url, { patienceMs: 5_000 }).store('s', 100);
    await dying.open();
    for (let seqNum = 1; seqNum <= 60; seqNum += 1) void dying.append([heartbeat(seqNum)]);
    await dying.append([report(61)]);
    void dying.append([heartbeat(62)]);
    const heir = replica(url, { patienceMs: 5_000 }).store('s', 100);
    // More were set aside with the report, since half of the first hundred had been used.
    const { nextOutbound } = await heir.open();
    expect(nextOutbound).toBeGreaterThan(101);
    expect((await heir.read(61, nextOutbound))[0]).toMatchObject({ seqNum: 61 });
    void heir.append([heartbeat(nextOutbound)]);
    await heir.close();
    expect(await heir.open()).toMatchObject({ nextOutbound: nextOutbound + 1 });
    await heir.reset(7);
    void heir.append([heartbeat(1)]);
    await heir.close();
    expect(await heir.open()).toMatchObject({ nextOutbound: 2, createdAtMs: 7 });
  });

  it('tells what has no source while the database is away, and stores all when it is back', async () => {
    const { url, proxy, sessions, store } = await behindProxy(30_000);
    await store.append([report(1)], { nextInbound: 5 });
    proxy.isDown = true;
    proxy.cut();
    store.setNextInbound(6);
    await store.append([record(2)]);
    await store.append([heartbeat(3), record(4)], { nextInbound: 7 });
    let isTold = false;
    const sourced = Promise.resolve(store.append([report(5)])).then(() => {
      isTold = true;
    });
    proxy.isTried = false;
    await until(() => proxy.isTried);
    expect(isTold).toBe(false);
    proxy.isDown = false;
    await sourced;
    expect(plain(await store.read(1, 9))).toEqual(
      plain([report(1), record(2), heartbeat(3), record(4), report(5)]),
    );
    await store.close();
    const heir = replica(url).store('s');
    expect(await heir.open()).toMatchObject({ nextOutbound: 6, nextInbound: 7 });
    expect(sessions.counts).toMatchObject({ failed: 0, fenced: 0 });
  });

  it('has each message once when an answer was lost and the statement came again', async () => {
    const { url, proxy, store } = await behindProxy(30_000);
    await store.append([report(1)]);
    const client = await sql(url);
    proxy.isSilent = true;
    const sourced = store.append([report(2)]);
    await until(async () => (await numbersOf(client)).next_outbound === 3);
    proxy.isSilent = false;
    proxy.cut();
    await sourced;
    await store.append([report(3)]);
    expect(plain(await store.read(1, 9))).toEqual(plain([report(1), report(2), report(3)]));
  });

  it('gives up what has a source when patience or its deadline is over; no number comes again', async () => {
    const { proxy, store } = await behindProxy(1);
    proxy.isDown = true;
    proxy.cut();
    await store.append([record(1)]);
    expect(await outcomeOf(store.append([report(2)]))).toMatchObject({ code: 'failed' });
    expect(() => store.setNextInbound(3)).toThrow(StoreUnavailableError);
    proxy.isDown = false;
    expect((await store.open().catch(() => store.open())).nextOutbound).toBe(101);
    const late = report(101, { deadlineMs: Date.now() - 1 });
    expect(await outcomeOf(store.append([late]))).toMatchObject({ code: 'failed' });
    await store.open();
    expect(plain(await store.read(1, 999))).toEqual(plain([late]));
  });

  it('is told that it was fenced while it went on, and has used no number of the other', async () => {
    const { url, proxy, store } = await behindProxy(30_000);
    proxy.isDown = true;
    proxy.cut();
    await store.append([record(1)]);
    const yours = replica(url, { patienceMs: 5_000 }).store('s', 100);
    expect(await yours.open()).toMatchObject({ nextOutbound: 101 });
    await store.append([record(2)]);
    proxy.isDown = false;
    expect(await outcomeOf(store.append([report(3)]))).toMatchObject({ code: 'fenced' });
    expect(await yours.read(1, 100)).toEqual([]);
  });
});

/** What it rejects with, without waiting for it here. */
function outcomeOf(appended: void | Promise<void>): Promise<unknown> {
  return Promise.resolve(appended).then(
    () => 'stored',
    (error: unknown) => error,
  );
}

async function numbersOf(client: pg.Client): Promise<Record<string, number>> {
  const { rows } = await client.query('SELECT next_outbound, next_inbound, created_at_ms FROM fix_session');
  return Object.fromEntries(Object.entries(rows[0] as object).map(([name, value]) => [name, Number(value)]));
}

/** Passes everything to a database; answers only when it is not silent. */
class SilentProxy {
  isSilent = false;
  /** Takes no connection. */
  isDown = false;
  isTried = false;
  readonly url: string;
  readonly #sockets: readonly Socket[];

  private constructor(url: string, sockets: readonly Socket[]) {
    this.url = url;
    this.#sockets = sockets;
  }

  static async before(url: string): Promise<SilentProxy> {
    const target = new URL(url);
    // The embedded server listens on a socket in the file system.
    const { searchParams } = target;
    const path = `${searchParams.get('host')}/.s.PGSQL.${searchParams.get('port') ?? '5432'}`;
    const sockets: Socket[] = [];
    const server = createServer((near) => {
      proxy.isTried = true;
      if (proxy.isDown) {
        near.destroy();
        return;
      }
      const far = connect(path);
      sockets.push(near, far);
      near.on('error', () => undefined).on('close', () => far.destroy());
      far.on('error', () => undefined).on('close', () => near.destroy());
      near.pipe(far);
      far.on('data', (bytes) => {
        if (!proxy.isSilent) near.write(bytes);
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    searchParams.set('host', '127.0.0.1');
    searchParams.set('port', String((server.address() as AddressInfo).port));
    const proxy = new SilentProxy(target.href, sockets);
    return proxy;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
