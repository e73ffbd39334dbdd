/**
 * The audit of a running platform: who signed in, changed and halted, found by filter, proved, exported, and
 * found good by the stand-alone verifier; with the audit away, what adds risk waits and a halt does not.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { connectDatabase } from '@tidegate/platform/sql/database';
import { silentLog } from '@tidegate/platform/testing/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntryView, AuditProofView } from '@tidegate/wire/audit';
import type { DocumentView } from '@tidegate/wire/changes';
import { password, startConfigured, user, type ConfiguredPlatform } from '../configured.ts';
import { adminPassword, eventually, signIn, temporaryFolder, type RestClient } from '../platform.ts';

const run = promisify(execFile);
const verifier = new URL('../../tools/verify/audit.verify.mjs', import.meta.url).pathname;

describe('the audit', () => {
  const folder = temporaryFolder('audit');
  const checkpoints = `${folder.path}/checkpoints`;
  let desk: ConfiguredPlatform;
  let admin: RestClient;
  let compliance: RestClient;
  beforeAll(async () => {
    mkdirSync(checkpoints);
    desk = await startConfigured(
      'audit',
      (hash) => [user(hash, { id: 'auditor', role: 'compliance', firm: 'demo1' })],
      {
        ...{ TOKEN_KEY_FILE: `${folder.path}/token.key`, AUDIT_KEY_FILE: `${folder.path}/audit.key` },
        AUDIT_CHECKPOINT_DIR: checkpoints,
      },
    );
    admin = await signIn(desk.http, 'admin', adminPassword);
    compliance = await signIn(desk.http, 'auditor', password);
  }, 120_000);
  afterAll(async () => {
    await desk?.stop();
    folder.remove();
  });

  const entries = async (query: string) =>
    ((await compliance.get(`/api/v1/audit?${query}`)).body as { items: AuditEntryView[] }).items;
  const halt = (state: string) =>
    admin.post('/api/v1/trading-state', { firm: 'demo2', state, reason: 'drill' });
  const verified = async () => {
    const { body } = await compliance.get('/api/v1/audit/export');
    writeFileSync(`${folder.path}/audit.jsonl`, body as string);
    const args = [verifier, `${folder.path}/audit.jsonl`, '--checkpoints', checkpoints, '--json'];
    return JSON.parse((await run(process.execPath, args)).stdout) as { ok: boolean; signed: number };
  };

  it('has sign-ins, refused ones, changes and trading states, by filter', async () => {
    await expect(signIn(desk.http, 'admin', 'not this one')).rejects.toThrow('401');
    const { document, version } = (await admin.get('/api/v1/configuration/tier/standard'))
      .body as DocumentView;
    const change = { document: { ...document, depth: 6 }, basedOn: version, reason: 'as agreed' };
    expect((await admin.post('/api/v1/configuration/tier/standard', change)).status).toBe(200);
    expect((await halt('halted')).status).toBe(200);
    expect((await halt('active')).status).toBe(200);
    expect(await entries('who=admin&what=signIn')).toMatchObject([
      { outcome: 'SIGN_IN_REFUSED', person: 'admin', role: 'admin' },
      { outcome: 'done', address: '127.0.0.1' },
    ]);
    expect(await entries('target=tier/standard')).toMatchObject([
      {
        what: 'configuration',
        before: { 'tier/standard': { depth: 10 } },
        after: { fields: { 'tier/standard': { depth: 6 } } },
        why: 'as agreed',
      },
    ]);
    const states = await entries('what=tradingState');
    expect(states.map(({ after }) => after)).toEqual([{ state: 'active' }, { state: 'halted' }]);
  });

  it('refuses what adds risk while it is away, takes a halt, and has it afterwards', async () => {
    const database = connectDatabase({ url: desk.databaseUrl, log: silentLog });
    await database.pool.query('ALTER TABLE audit_entry RENAME TO audit_entry_away');
    const invitation = await admin.post('/api/v1/users/auditor/invitation', { reason: 'forgotten' });
    expect(invitation).toMatchObject({ status: 503, body: { code: 'AUDIT_UNAVAILABLE' } });
    expect((await halt('halted')).status).toBe(200);
    expect(await halt('active')).toMatchObject({ status: 503, body: { code: 'AUDIT_UNAVAILABLE' } });
    await database.pool.query('ALTER TABLE audit_entry_away RENAME TO audit_entry');
    await database.close();
    await eventually(async () => {
      const [last] = await entries('what=tradingState');
      return JSON.stringify(last?.after) === '{"state":"halted"}' || undefined;
    }, 'the halt in the audit');
    await eventually(async () => (await halt('active')).status === 200 || undefined, 'a release');
  });

  it('is signed when the duty is handed on, proved entry by entry, and good to the verifier', async () => {
    await desk.restart('stop');
    admin = await signIn(desk.http, 'admin', adminPassword);
    compliance = await signIn(desk.http, 'auditor', password);
    expect(statSync(`${folder.path}/audit.key`).mode & 0o777).toBe(0o600);
    const verdict = await verified();
    expect(verdict).toMatchObject({ ok: true, first: null });
    expect(verdict.signed).toBeGreaterThanOrEqual(8);
    const { status, body } = await compliance.get('/api/v1/audit/proof?number=2');
    const { number, size, checkpoint, proof } = body as AuditProofView;
    expect([status, number, size >= verdict.signed]).toEqual([200, 2, true]);
    expect([checkpoint.split('\n')[1], proof.length > 2]).toEqual([String(size), true]);
    const unknown = await compliance.get('/api/v1/audit/proof?number=100000');
    expect(unknown).toMatchObject({ status: 404, body: { code: 'UNKNOWN_ENTRY' } });
    expect((await entries('what=auditExport')).length).toBeGreaterThan(0);
  });
});
