/**
 * The stand-alone verifier against a database whose superuser turns the triggers off: every kind of tampering
 * is found, and the first bad entry named.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase, type Database } from '../sql/database.ts';
import type { NewSystemEvent } from '../observe/system.events.ts';
import { systemClock } from '../observe/clock.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';
import { auditEntry } from './audit.contract.ts';
import { PostgresAudit } from './audit.postgres.ts';
import { newSignerText, readSigner } from './checkpoint.ts';
import { Checkpointer } from './checkpointer.ts';
import { entryOf, noHead, storedAll } from './entry.ts';
import { exportLines } from './export.ts';
import { SecondPlace } from './second.place.ts';

const verifier = fileURLToPath(new URL('../../../../tools/verify/audit.verify.mjs', import.meta.url));
const run = promisify(execFile);

interface Verdict {
  readonly ok: boolean;
  readonly entries: number;
  readonly signed: number;
  readonly first: { readonly number: number; readonly what: string; readonly text: string } | null;
}

let server: TestServer;
let url: string;
const folder = mkdtempSync(join(tmpdir(), 'tidegate-audit-'));
beforeAll(async () => {
  server = await startTestServer();
  url = await server.createDatabase();
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Site {
  readonly audit: PostgresAudit;
  readonly database: Database;
  readonly secondPlace: string;
  readonly events: readonly NewSystemEvent[];
  checkpointer(leaseEpoch?: number): Checkpointer;
  /** By a superuser, with the triggers off. */
  tamper(...statements: readonly string[]): Promise<void>;
  verify(...more: readonly string[]): Promise<Verdict>;
}

const signer = readSigner(newSignerText('tidegate.audit/test'));

/** Ten entries, of which the first four and the next four were signed, each in both places. */
async function withSite(test: (site: Site) => Promise<void>): Promise<void> {
  const database = connectDatabase({ url, log: silentLog });
  const audit = new PostgresAudit(database);
  const secondPlace = join(folder, randomUUID());
  const events: NewSystemEvent[] = [];
  const site: Site = {
    audit,
    database,
    secondPlace,
    events,
    checkpointer: (leaseEpoch = 1) =>
      new Checkpointer({
        ...{ audit, signer, leaseEpoch, clock: systemClock, log: silentLog },
        events: { record: (event) => void events.push(event) },
        secondPlace: new SecondPlace(secondPlace),
      }),
    async tamper(...statements) {
      const client = await database.pool.connect();
      await client.query('SET session_replication_role = replica');
      for (const statement of statements) await client.query(statement);
      client.release(true);
    },
    async verify(...more) {
      const file = join(folder, `${randomUUID()}.jsonl`);
      let text = '';
      for await (const line of exportLines(audit)) text += line;
      writeFileSync(file, text);
      return told([file, ...(more.length === 0 ? ['--checkpoints', secondPlace] : more)]);
    },
  };
  const checkpointer = site.checkpointer();
  const add = async (from: number, to: number) => {
    const targets = Array.from({ length: to - from + 1 }, (_, at) => `t${from + at}`);
    await audit.append(targets.map((target) => auditEntry({ target })));
  };
  try {
    await site.tamper('DELETE FROM audit_entry', 'DELETE FROM audit_checkpoint');
    await add(1, 4);
    await checkpointer.round();
    await add(5, 8);
    await checkpointer.round();
    await add(9, 10);
    await test(site);
  } finally {
    await database.close();
  }
}

async function told(args: readonly string[]): Promise<Verdict> {
  const command = run(process.execPath, [verifier, ...args, '--json']);
  const { stdout } = await command.catch((error: unknown) => error as { stdout: string });
  return JSON.parse(stdout) as Verdict;
}

/** The whole audit as an owner of the database would forge it: every number, chain and hash is in order. */
async function rewrite(
  { audit, database, tamper }: Site,
  forge: (targets: string[]) => string[],
): Promise<void> {
  const entries = (await audit.after(0, 100)).map(entryOf);
  const targets = forge(entries.map(({ target }) => target));
  const forged = storedAll(
    noHead,
    targets.map((target) => entries.find((one) => one.target === target) ?? auditEntry({ target })),
  );
  await tamper('DELETE FROM audit_entry');
  for (const { number, id, at, person, what, target, body, hash } of forged)
    await database.pool.query('INSERT INTO audit_entry VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', [
      ...[number, id, at, person, what, target, body, hash],
    ]);
}

describe('the verifier', () => {
  it('finds nothing where nothing was done', () =>
    withSite(async ({ verify, secondPlace }) => {
      expect(await verify()).toMatchObject({ ok: true, entries: 10, signed: 8, first: null });
      expect(await verify('--key', signer.verifier.text)).toMatchObject({ ok: true, signed: 8 });
      expect(readdirSync(secondPlace).sort()).toEqual([
        ...['000000000000004.checkpoint', '000000000000004.hashes'],
        ...['000000000000008.checkpoint', '000000000000008.hashes', 'audit.pub'],
      ]);
    }));

  it('names an entry whose column, body or hash was edited', () =>
    withSite(async ({ tamper, verify }) => {
      await tamper("UPDATE audit_entry SET target = 'x' WHERE number = 10");
      expect((await verify()).first).toMatchObject({ number: 10, what: 'edited' });
      await tamper("UPDATE audit_entry SET body = body || '\\x20' WHERE number = 7");
      expect((await verify()).first).toMatchObject({ number: 7, what: 'edited' });
      await tamper("UPDATE audit_entry SET hash = sha256('\\x00') WHERE number = 3");
      expect((await verify()).first).toMatchObject({ number: 3, what: 'edited' });
    }));

  it('names an entry that was edited with all hashes after it made again', () =>
    withSite(async (site) => {
      await rewrite(site, (targets) => targets.with(5, 'forged'));
      expect((await site.verify()).first).toMatchObject({ number: 6, what: 'edited' });
      // With the key alone it is known to be between two checkpoints.
      const { first } = await site.verify('--key', signer.verifier.text);
      expect(first).toMatchObject({
        number: 5,
        text: expect.stringContaining('between entries 5 and 8') as string,
      });
    }));

  it('names the first that was deleted, also where the others moved up', () =>
    withSite(async (site) => {
      await site.tamper('DELETE FROM audit_entry WHERE number = 6');
      expect((await site.verify()).first).toMatchObject({ number: 6, what: 'deleted' });
      await rewrite(site, (targets) => targets.toSpliced(2, 1));
      expect((await site.verify()).first).toMatchObject({ number: 3, what: 'edited' });
    }));

  it('names the first that was inserted', () =>
    withSite(async (site) => {
      await rewrite(site, (targets) => targets.toSpliced(4, 0, 'forged'));
      expect((await site.verify()).first).toMatchObject({ number: 5, what: 'edited' });
    }));

  it('names the first that was cut off, with its checkpoint or without', () =>
    withSite(async ({ tamper, verify }) => {
      await tamper('DELETE FROM audit_entry WHERE number > 6');
      expect((await verify('--key', signer.verifier.text)).first).toMatchObject({
        number: 7,
        what: 'truncated',
      });
      await tamper('DELETE FROM audit_checkpoint WHERE size > 6');
      expect((await verify()).first).toMatchObject({ number: 7, what: 'truncated' });
    }));

  it('finds a fork that was signed by the same key', () =>
    withSite(async (site) => {
      const { audit, secondPlace, tamper } = site;
      await tamper('DELETE FROM audit_checkpoint');
      await rewrite(site, (targets) => targets.with(6, 'forged'));
      const elsewhere = new SecondPlace(join(folder, randomUUID()));
      const options = { audit, signer, leaseEpoch: 9, clock: systemClock, log: silentLog };
      const forger = new Checkpointer({
        ...options,
        events: { record: () => undefined },
        secondPlace: elsewhere,
      });
      expect(await forger.round()).toBe('signed');
      expect((await site.verify()).first).toMatchObject({ number: 7, what: 'edited' });
      // Put into the second place as well: it does not continue what is there.
      const { note } = (await elsewhere.last())!;
      const hashes = await audit.hashesAfter(8, 2);
      await new SecondPlace(secondPlace).add(10, note, hashes, signer.verifier.text);
      expect(await site.verify()).toMatchObject({ ok: false, first: { number: 7 } });
    }));

  it('finds a database that was put in its place', () =>
    withSite(async (site) => {
      await site.tamper('DELETE FROM audit_checkpoint', 'DELETE FROM audit_entry');
      await site.audit.append([auditEntry({ target: 'another' })]);
      const other = readSigner(newSignerText('tidegate.audit/other'));
      const options = {
        ...{ audit: site.audit, signer: other, leaseEpoch: 9 },
        clock: systemClock,
        log: silentLog,
      };
      await new Checkpointer({ ...options, events: { record: () => undefined } }).round();
      expect((await site.verify()).first).toMatchObject({ number: 1, what: 'replaced' });
    }));
});

describe('the signer', () => {
  it('signs nothing that does not continue what was signed, and says so once', () =>
    withSite(async (site) => {
      const { events, tamper } = site;
      const running = site.checkpointer(2);
      expect(await running.round()).toBe('signed');
      expect(await running.round()).toBe('unchanged');
      expect(await site.checkpointer(1).round()).toBe('unchanged');
      await tamper('DELETE FROM audit_entry WHERE number > 6', 'DELETE FROM audit_checkpoint WHERE size > 6');
      expect([await running.round(), await running.round()]).toEqual(['refused', 'refused']);
      expect(await site.checkpointer(3).round()).toBe('refused');
      expect(events.map(({ kind, text }) => [kind, text])).toEqual([
        ['auditRefused', 'the audit is not signed: it has 6 entries, and 10 were signed'],
        ['auditRefused', 'the audit is not signed: it has 6 entries, and 10 were signed'],
      ]);
      await rewrite(site, () => Array.from({ length: 12 }, (_, at) => `other ${at}`));
      expect(await site.checkpointer(4).round()).toBe('refused');
      expect(events.at(-1)?.text).toContain('its first 4 entries are not those signed');
    }));

  it('puts into the second place later what it could not at the time', () =>
    withSite(async ({ audit, verify, secondPlace }) => {
      const options = { audit, signer, leaseEpoch: 2, clock: systemClock, log: silentLog };
      const events = { record: () => undefined };
      expect(await new Checkpointer({ ...options, events }).round()).toBe('signed');
      const again = new Checkpointer({ ...options, events, secondPlace: new SecondPlace(secondPlace) });
      expect(await again.round()).toBe('signed');
      expect(await verify()).toMatchObject({ ok: true, signed: 10 });
    }));
});
