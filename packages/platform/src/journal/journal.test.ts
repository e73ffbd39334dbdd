/**
 * The journal contract on both implementations, and what only PostgreSQL shows: grouping, lost connections, a
 * killed server.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../sql/database.ts';
import { events, journalContract } from './journal.contract.ts';
import { JournalFenced, JournalUnavailable } from './journal.ts';
import { MemoryJournal } from './journal.memory.ts';
import { PostgresJournal } from './journal.postgres.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';
import { startPostgres } from '../testing/servers.ts';
import { until } from '../testing/until.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(async () => {
  await test.stop();
});

const open = async (url: string) => PostgresJournal.connect({ url, log: silentLog });

journalContract('memory', async () => new MemoryJournal());
journalContract('PostgreSQL, embedded', async () => open(await test.createDatabase()));

describe('journal.memory', () => {
  it('fails before or after the commit on request', async () => {
    let fault: 'beforeCommit' | 'afterCommit' | undefined;
    const journal = new MemoryJournal({ fault: () => fault });
    const { epoch } = await journal.claim('p', 'one');
    fault = 'beforeCommit';
    await expect(
      journal.append({ partition: 'p', epoch, firstSequence: 1, events: events(1, 1) }),
    ).rejects.toThrow(JournalUnavailable);
    expect((await journal.heads()).get('p')).toBe(0);
    fault = 'afterCommit';
    await expect(
      journal.append({ partition: 'p', epoch, firstSequence: 1, events: events(1, 1) }),
    ).rejects.toThrow(JournalUnavailable);
    expect((await journal.heads()).get('p')).toBe(1);
  });
});

/**
 * Lets appends of this database stop in their midst, head moved and record not yet written, while `hold` is
 * held.
 */
async function gate(url: string) {
  const [holder, observer] = [await session(url), await session(url)];
  await holder.query(`CREATE FUNCTION pass_gate() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END'`);
  await holder.query(
    'CREATE TRIGGER gate BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION pass_gate()',
  );
  return {
    close: async () => holder.query('SELECT pg_advisory_lock(1)'),
    open: async () => holder.query('SELECT pg_advisory_unlock(1)'),
    waiting: async (text: string) =>
      until(
        async () =>
          (
            await observer.query(
              `SELECT 1 FROM pg_stat_activity
               WHERE wait_event_type = 'Lock' AND datname = current_database() AND query LIKE $1`,
              [`%${text}%`],
            )
          ).rowCount !== 0,
      ),
    killAppends: async () =>
      observer.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'tidegate journal' AND datname = current_database()`),
    end: async () => {
      await Promise.all([holder.end(), observer.end()]);
    },
  };
}

async function session(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {
    /* some tests kill it */
  });
  await client.connect();
  return client;
}

describe('journal.postgres', () => {
  it('groups 1,000 concurrent appends of ten partitions into a few statements', async () => {
    const journal = await open(await test.createDatabase());
    const owners = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => ({
        partition: `p${index}`,
        ...(await journal.claim(`p${index}`, 'one')),
      })),
    );
    await Promise.all(
      owners.flatMap(({ partition, epoch }) =>
        Array.from({ length: 100 }, (_, index) =>
          journal.append({ partition, epoch, firstSequence: index + 1, events: events(index + 1, 1) }),
        ),
      ),
    );
    expect(journal.counts).toMatchObject({ appends: 1_000, events: 1_000, fenced: 0 });
    expect(journal.counts.statements).toBeLessThanOrEqual(3);
    expect([...(await journal.heads()).values()]).toEqual(Array.from({ length: 10 }, () => 100));
    await journal.close();
  });

  it('refuses what is over the queue limit, having sent nothing of it', async () => {
    const journal = await PostgresJournal.connect({
      url: await test.createDatabase(),
      log: silentLog,
      queueLimit: 5,
    });
    const { epoch } = await journal.claim('p', 'one');
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        journal.append({ partition: 'p', epoch, firstSequence: index + 1, events: events(index + 1, 1) }),
      ),
    );
    const accepted = results.filter(({ status }) => status === 'fulfilled').length;
    expect(accepted).toBe(5);
    expect((await journal.heads()).get('p')).toBe(5);
    expect(journal.counts.unavailable).toBe(15);
    await journal.close();
  });

  it('lets a claim wait for an append under way and then see it', async () => {
    const url = await test.createDatabase();
    const [journal, other, appends] = [await open(url), await open(url), await gate(url)];
    const { epoch } = await journal.claim('p', 'one');
    await appends.close();
    const append = journal.append({ partition: 'p', epoch, firstSequence: 1, events: events(1, 1) });
    await appends.waiting('moved');
    const claim = other.claim('p', 'two');
    await appends.waiting('ON CONFLICT');
    await appends.open();
    await append;
    expect(await claim).toEqual({ epoch: epoch + 1, head: 1 });
    await expect(
      journal.append({ partition: 'p', epoch, firstSequence: 2, events: events(2, 1) }),
    ).rejects.toThrow(JournalFenced);
    await Promise.all([journal.close(), other.close(), appends.end()]);
  });
});

describe('journal.postgres, guarded', () => {
  it('keeps journal and owners from being changed, deleted, truncated or moved back', async () => {
    const url = await test.createDatabase();
    const [journal, client] = [await open(url), await session(url)];
    const { epoch } = await journal.claim('p', 'one');
    await journal.append({ partition: 'p', epoch, firstSequence: 1, events: events(1, 1) });
    for (const statement of [
      "UPDATE journal SET type = 'x'",
      'DELETE FROM journal',
      'TRUNCATE journal',
      'DELETE FROM partition_owner',
      'UPDATE partition_owner SET head = 0',
      'UPDATE partition_owner SET epoch = epoch - 1',
    ]) {
      await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
    }
    expect(await journal.read('p', 1, 10)).toHaveLength(1);
    await Promise.all([journal.close(), client.end()]);
  });

  it('spares the others when the data of one member breaks the statement', async () => {
    const url = await test.createDatabase();
    const [journal, client] = [await open(url), await session(url)];
    const [bad, good] = [await journal.claim('bad', 'one'), await journal.claim('good', 'one')];
    await client.query(`INSERT INTO journal (partition, sequence, epoch, at, type, version, body)
      VALUES ('bad', 1, 1, now(), 'written behind our back', 1, '{}')`);
    const results = await Promise.allSettled([
      journal.append({ partition: 'bad', epoch: bad.epoch, firstSequence: 1, events: events(1, 1) }),
      journal.append({ partition: 'good', epoch: good.epoch, firstSequence: 1, events: events(1, 1) }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await Promise.all([journal.close(), client.end()]);
  });
});

describe('journal.postgres, when things break', () => {
  it('answers "not known" for a lost session and refuses what waited behind it', async () => {
    const url = await test.createDatabase();
    const states: boolean[] = [];
    const journal = await PostgresJournal.connect({
      url,
      log: silentLog,
      onStateChange: (isUp) => states.push(isUp),
    });
    const appends = await gate(url);
    const { epoch } = await journal.claim('p', 'one');
    await appends.close();
    const first = journal.append({ partition: 'p', epoch, firstSequence: 1, events: events(1, 1) });
    const outcomes = Promise.allSettled([
      first,
      appends
        .waiting('moved')
        .then(() => journal.append({ partition: 'p', epoch, firstSequence: 2, events: events(2, 1) })),
    ]);
    await appends.waiting('moved');
    await appends.killAppends();
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ reason: expect.any(JournalUnavailable) as unknown });
    await appends.open();
    expect(await journal.read('p', 1, 10)).toEqual([]);
    await journal.append({ partition: 'p', epoch, firstSequence: 1, events: events(1, 1) });
    expect(states).toEqual([true, false, true]);
    await Promise.all([journal.close(), appends.end()]);
  });

  it('ends an unanswered append at the server before it reads, so that what it reads is final', async () => {
    const url = new URL(await test.createDatabase());
    const proxy = await cuttableProxy(url);
    const journal = await PostgresJournal.connect({ url: proxy.url, log: silentLog });
    const appends = await gate(url.href);
    const { epoch } = await journal.claim('p', 'one');
    await appends.close();
    const outcome = journal.append({ partition: 'p', epoch, firstSequence: 1, events: events(1, 1) }).then(
      () => 'appended',
      (error: unknown) => error,
    );
    await appends.waiting('moved');
    // Our side is cut; the server does not know and would finish the append as soon as the gate opens.
    proxy.cut();
    expect(await outcome).toBeInstanceOf(JournalUnavailable);
    expect(await journal.read('p', 1, 10)).toEqual([]);
    await appends.open();
    await journal.append({ partition: 'p', epoch, firstSequence: 1, events: events(1, 2) });
    expect(await journal.read('p', 1, 10)).toHaveLength(2);
    await Promise.all([journal.close(), appends.end()]);
    await proxy.close();
  });
});

describe('journal.postgres, on other servers and after a crash', () => {
  it('after kill -9 of the server every acknowledged append is there, and the journal goes on', async () => {
    // A server of its own: recovery syncs every file of every database.
    const own = await startTestServer();
    const journal = await open(own.server.url);
    const { epoch } = await journal.claim('p', 'one');
    const victim = own.server.pid;
    let acknowledged = 0;
    let reason: unknown;
    for (let sequence = 1; reason === undefined; sequence++) {
      if (sequence === 200) process.kill(victim, 'SIGKILL');
      await journal
        .append({ partition: 'p', epoch, firstSequence: sequence, events: events(sequence, 1) })
        .then(
          () => {
            acknowledged = sequence;
          },
          (error: unknown) => {
            reason = error;
          },
        );
    }
    expect(reason).toBeInstanceOf(JournalUnavailable);
    await until(() => journal.isUp);
    const records = await journal.read('p', 1, 10_000);
    expect(records.length === acknowledged || records.length === acknowledged + 1).toBe(true);
    expect(acknowledged).toBeGreaterThanOrEqual(199);
    expect(records.map(({ body }) => (body as { number: number }).number)).toEqual(
      records.map((_, index) => index + 1),
    );
    const head = records.length;
    await journal.append({ partition: 'p', epoch, firstSequence: head + 1, events: events(head + 1, 1) });
    expect(own.server.pid).not.toBe(victim);
    await journal.close();
    await own.stop();
  });

  it("keeps the contract on the machine's own PostgreSQL too", async () => {
    const other = await startPostgres();
    await migrate(other.url);
    const journal = await open(other.url);
    const { epoch } = await journal.claim('p', 'one');
    await journal.append({ partition: 'p', epoch, firstSequence: 1, events: events(1, 3) });
    await expect(
      journal.append({ partition: 'p', epoch, firstSequence: 3, events: events(3, 1) }),
    ).rejects.toThrow(JournalFenced);
    expect(await journal.read('p', 1, 10)).toHaveLength(3);
    await journal.close();
    await other.stop();
  });
});

/**
 * A loopback relay to the server's socket; `cut` breaks the client's side and leaves the server's side open.
 */
async function cuttableProxy(url: URL) {
  const clients = new Set<Socket>();
  const servers = new Set<Socket>();
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect(`${url.searchParams.get('host')}/.s.PGSQL.5432`);
    clients.add(client);
    servers.add(upstream);
    client
      .on('data', (chunk) => upstream.write(chunk))
      .on('error', () => {
        /* cut */
      });
    upstream
      .on('data', (chunk) => client.write(chunk))
      .on('error', () => {
        /* ended by the server */
      });
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  const through = new URL(url.href);
  through.searchParams.set('host', '127.0.0.1');
  through.searchParams.set('port', String((listener.address() as AddressInfo).port));
  return {
    url: through.href,
    cut() {
      for (const client of clients) client.destroy();
      clients.clear();
    },
    close: async () => {
      for (const socket of [...clients, ...servers]) socket.destroy();
      await new Promise((resolve) => {
        listener.close(resolve);
      });
    },
  };
}
