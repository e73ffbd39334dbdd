/** Tokens: what is accepted, what is not, and that a doubt lets nobody in. */
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT, UnsecuredJWT, importPKCS8 } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase, type Database } from '../sql/database.ts';
import { silentLog, startTestServer, temporaryFolder, type TestServer } from '../testing/database.ts';
import { SqlRevocations } from './revocations.ts';
import { Tokens, type TokensOptions } from './tokens.ts';

const time = { ms: 1_760_000_000_500 };
const clock = { nowMs: () => time.ms, monoMs: () => time.ms };
const subject = { user: 'ann', role: 'trader', firm: 'alpha' } as const;
let test: TestServer;
let database: Database;
let folder: string;
let options: TokensOptions;
beforeAll(async () => {
  test = await startTestServer();
  database = connectDatabase({ url: await test.createDatabase(), log: silentLog });
  folder = temporaryFolder();
  options = { clock, revocations: new SqlRevocations(database, clock), keyFile: join(folder, 'token.key') };
});
afterAll(async () => {
  await database.close();
  await test.stop();
  rmSync(folder, { recursive: true });
});

describe('tokens', () => {
  it('carry who it is and when, to every replica with the same key', async () => {
    const [one, two] = await Promise.all([Tokens.open(options), Tokens.open(options)]);
    expect(statSync(options.keyFile).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['token.key']);
    const { token, id, expiresAtMs } = await one.issue(subject, 60_000);
    const signedInAtMs = 1_760_000_000_500;
    const endsAtMs = signedInAtMs + 12 * 3_600_000;
    expect(await two.verify(token)).toEqual({ ...subject, id, signedInAtMs, expiresAtMs, endsAtMs });
    expect(expiresAtMs).toBe(1_760_000_060_000);
  });

  it('end with their time and with their revocation', async () => {
    const tokens = await Tokens.open(options);
    const [kept, revoked] = [await tokens.issue(subject, 60_000), await tokens.issue(subject, 60_000)];
    await tokens.revoke(revoked.id, revoked.expiresAtMs);
    await tokens.revoke(revoked.id, revoked.expiresAtMs);
    expect(await tokens.verify(revoked.token)).toBeUndefined();
    expect(await (await Tokens.open(options)).verify(revoked.token)).toBeUndefined();
    expect(await tokens.verify(kept.token)).toBeDefined();
    time.ms += 60_000;
    expect(await tokens.verify(kept.token)).toBeUndefined();
    time.ms += 7_200_000;
    await tokens.revoke('another', time.ms);
    const { rows } = await database.pool.query<{ jti: string }>('SELECT jti FROM revoked_token');
    expect(rows).toEqual([{ jti: 'another' }]);
  });

  it('are renewed within the age of their sign-in, and end together with it', async () => {
    const tokens = await Tokens.open({ ...options, lifetimeMs: 60_000, signInAgeMaxMs: 150_000 });
    const first = await tokens.issue(subject);
    const claims = (await tokens.verify(first.token))!;
    time.ms += 50_000;
    const second = await tokens.renew(subject, claims);
    time.ms += 50_000;
    expect(await tokens.verify(first.token)).toBeUndefined();
    const renewed = (await tokens.verify(second.token))!;
    expect(renewed).toMatchObject({ id: claims.id, signedInAtMs: claims.signedInAtMs });
    // The third is cut short by the age, counted from the sign-in and not from the renewal.
    const third = await tokens.renew(subject, renewed);
    expect(third.expiresAtMs).toBe(Math.floor((claims.signedInAtMs + 150_000) / 1_000) * 1_000);
    await tokens.revoke(claims.id, third.endsAtMs);
    expect([await tokens.verify(second.token), await tokens.verify(third.token)]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('end at the age that is set now, whatever was set when they were issued', async () => {
    const { token } = await (await Tokens.open(options)).issue(subject);
    time.ms += 120_000;
    const stricter = await Tokens.open({ ...options, signInAgeMaxMs: 60_000 });
    expect(await stricter.verify(token)).toBeUndefined();
    expect(await (await Tokens.open(options)).verify(token)).toBeDefined();
  });
});

describe('tokens, refused', () => {
  it('are refused when changed, signed otherwise, or meant for another', async () => {
    const tokens = await Tokens.open(options);
    const { token } = await tokens.issue(subject);
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const admin = Buffer.from(
      JSON.stringify({
        ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object),
        role: 'admin',
      }),
    ).toString('base64url');
    const claims = { role: 'admin', firm: 'alpha', issuedAtMs: time.ms };
    const stamp = (jwt: SignJWT) =>
      jwt
        .setSubject('ann')
        .setJti('1')
        .setIssuedAt(time.ms / 1000)
        .setExpirationTime(Math.floor(time.ms / 1000) + 60);
    const key = await importPKCS8(readFileSync(options.keyFile, 'utf8'), 'EdDSA');
    const sign = async (typ: string, issuer: string, audience: string) =>
      stamp(new SignJWT(claims))
        .setIssuer(issuer)
        .setAudience(audience)
        .setProtectedHeader({ alg: 'EdDSA', typ })
        .sign(key);
    expect(await tokens.verify(await sign('at+jwt', 'tidegate', 'tidegate-api'))).toBeDefined();
    for (const bad of [
      `${header}.${admin}.${signature}`,
      `${header}.${payload}.`,
      '',
      'x'.repeat(10_000),
      'a.b.c',
      new UnsecuredJWT(claims)
        .setSubject('ann')
        .setJti('1')
        .setIssuer('tidegate')
        .setAudience('tidegate-api')
        .setIssuedAt()
        .setExpirationTime('1h')
        .encode(),
      await stamp(new SignJWT(claims))
        .setIssuer('tidegate')
        .setAudience('tidegate-api')
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
        .sign(new TextEncoder().encode(readFileSync(options.keyFile, 'utf8'))),
      await sign('JWT', 'tidegate', 'tidegate-api'),
      await sign('at+jwt', 'other', 'tidegate-api'),
      await sign('at+jwt', 'tidegate', 'other'),
      (await (await Tokens.open({ ...options, keyFile: join(folder, 'other.key') })).issue(subject)).token,
    ])
      expect(await tokens.verify(bad)).toBeUndefined();
    expect(existsSync(join(folder, 'other.key'))).toBe(true);
  });

  it('let nobody in while it is not known whether they are revoked', async () => {
    const away = connectDatabase({ url: await test.createDatabase(), log: silentLog });
    const tokens = await Tokens.open({ ...options, revocations: new SqlRevocations(away, clock) });
    const { token } = await tokens.issue(subject);
    expect(await tokens.verify(token)).toBeDefined();
    await away.pool.query('DROP TABLE revoked_token');
    await expect(tokens.verify(token)).rejects.toThrow();
    await away.close();
  });
});
