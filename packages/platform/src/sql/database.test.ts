/** Migrations and the pool against a real server. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase, migrate, migrationFiles } from './database.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(async () => {
  await test.stop();
});

describe('migrate', () => {
  it('has files numbered one by one, so that two changes never take one place', () => {
    const numbers = migrationFiles().map(({ name }) => Number(name.slice(0, 4)));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  it('applies each file once, and replicas that start together take turns', async () => {
    const url = await test.createDatabase();
    expect(await migrate(url)).toEqual([]);
    const extra = {
      name: '9001_extra.sql',
      text: 'CREATE TABLE extra (id int); INSERT INTO extra VALUES (1)',
    };
    const files = [...migrationFiles(), extra];
    const applied = await Promise.all([migrate(url, files), migrate(url, files), migrate(url, files)]);
    expect(applied.flat()).toEqual(['9001_extra.sql']);
  });

  it('refuses a changed, an inserted and an unknown migration, and rolls a failed one back', async () => {
    const url = await test.createDatabase();
    const files = migrationFiles();
    const changed = files.map((file, index) =>
      index === 1 ? { ...file, text: `${file.text}-- changed` } : file,
    );
    await expect(migrate(url, changed)).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' });
    await expect(migrate(url, [{ name: '0000_before.sql', text: '' }, ...files])).rejects.toMatchObject({
      code: 'MIGRATION_OUT_OF_ORDER',
    });
    await expect(migrate(url, files.slice(0, -1))).rejects.toMatchObject({ code: 'SCHEMA_NEWER' });
    const broken = { name: '9001_broken.sql', text: 'CREATE TABLE half (id int); SELECT no_such_function()' };
    await expect(migrate(url, [...files, broken])).rejects.toThrow('rolled back');
    const database = connectDatabase({ url, log: silentLog });
    const { rows } = await sql<{ half: string | null }>`SELECT to_regclass('half') AS half`.execute(
      database.kysely,
    );
    expect(rows).toEqual([{ half: null }]);
    await database.close();
  });

  it('takes the frames of administrative messages out of what earlier releases stored', async () => {
    const database = connectDatabase({ url: await test.createDatabase(), log: silentLog });
    const { kysely } = database;
    await sql`INSERT INTO fix_message (session, generation, seq_num, msg_type, frame) VALUES
      ('s', 1, 1, 'A', '554=secret'), ('s', 1, 2, '3', '58=bad'), ('s', 1, 3, 'D', '11=1'),
      ('s', 1, 4, 'AE', '11=2'), ('s', 1, 5, '5', '58=bye')`.execute(kysely);
    const migration = migrationFiles().find(({ name }) => name.endsWith('_without_secrets.sql'));
    await sql.raw(String(migration?.text)).execute(kysely);
    const { rows } = await sql<{ frame: Buffer }>`SELECT frame FROM fix_message ORDER BY seq_num`.execute(
      kysely,
    );
    expect(rows.map(({ frame }) => String(frame))).toEqual(['', '58=bad', '11=1', '11=2', '']);
    await database.close();
  });
});

describe('database', () => {
  it('reads bigint as a safe integer, numeric as text, and ends statements that take too long', async () => {
    const database = connectDatabase({ url: test.server.url, log: silentLog, statementTimeoutMs: 200 });
    await database.ping();
    const { rows } = await sql`SELECT 9007199254740991::bigint AS safe, 1.10::numeric AS price`.execute(
      database.kysely,
    );
    expect(rows).toEqual([{ safe: 9007199254740991, price: '1.10' }]);
    await expect(sql`SELECT 9007199254740992::bigint`.execute(database.kysely)).rejects.toThrow(RangeError);
    await expect(sql`SELECT pg_sleep(10)`.execute(database.kysely)).rejects.toMatchObject({ code: '57014' });
    await database.close();
  });
});
