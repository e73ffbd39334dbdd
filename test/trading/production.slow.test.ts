/**
 * A production from nothing, by the command line only: the files and commands of docs/getting-live.md, in
 * their order. At the end a FIX client of the new firm logs on and trades with the new provider, and a leaver
 * is out.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FixClient } from '@tidegate/sim/client';
import type { SessionStatus } from '@tidegate/wire/sessions';
import { afterAll, expect, it } from 'vitest';
import {
  eventually,
  signIn,
  startPlatform,
  startSimulator,
  temporaryFolder,
  type Platform,
} from '../platform.ts';

const program = fileURLToPath(new URL('../../services/dist/tidegate.js', import.meta.url));
const page = readFileSync(new URL('../../docs/getting-live.md', import.meta.url), 'utf8');
const password = 'seven grey herons wading';

const folder = temporaryFolder('production');
const undo: (() => unknown)[] = [() => folder.remove()];
afterAll(async () => {
  for (const one of undo.reverse()) await one();
}, 60_000);

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

function tidegate(args: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'], HOME: folder.path };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...args],
      { cwd: folder.path, env },
      (error, out, errors) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, errors }),
    );
    child.stdin!.end();
  });
}

/** Words of a line as a shell takes them. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);

const files = [...page.matchAll(/```yaml\n# (\S+)\n([\s\S]*?)```/g)].map((match) => [match[1]!, match[2]!]);
const commands = [...page.matchAll(/^npm run -s tidegate -- (.+)$/gm)].map((match) => match[1]!);

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder.path, path)), { recursive: true });
  writeFileSync(join(folder.path, path), text);
};
const keep = (path: string): string => readFileSync(join(folder.path, path), 'utf8').trim();

async function run(line: string, http = ''): Promise<string> {
  const words = wordsOf(line.replaceAll('http://127.0.0.1:8080', http));
  const { code, out, errors } = await tidegate(words);
  const expected = line.startsWith('config diff') ? 3 : 0;
  expect([line, code, code === expected ? '' : errors + out]).toEqual([line, expected, '']);
  return out;
}

/** The port of a session, which the system has chosen. */
async function portOf(platform: Platform, client: string): Promise<number> {
  const ann = await signIn(platform.ready.http, 'ann', password);
  return eventually(async () => {
    const { body } = await ann.get('/api/v1/sessions');
    return (body as SessionStatus[]).find(({ counterparty }) => counterparty === client)?.port;
  }, `${client} has a port`);
}

it('trades after what docs/getting-live.md says, and nothing else', { timeout: 240_000 }, async () => {
  const [first, ...rest] = commands;
  expect(await tidegate(['config', 'list'])).toMatchObject({
    code: 1,
    out: '',
    errors: expect.stringContaining('NOT_SIGNED_IN') as string,
  });
  const nothing = await tidegate(['check', '--data-dir', 'live/data', '--json']);
  expect(nothing.code).toBe(1);
  expect(nothing.out).toContain('"TOKEN_KEY_FILE"');
  write('init.yaml', files.find(([path]) => path === 'init.yaml')![1]!);
  await run(first!);
  expect(statSync(join(folder.path, 'ann.invitation')).mode & 0o777).toBe(0o600);
  const again = await tidegate(wordsOf(first!));
  expect([again.code, again.errors]).toEqual([1, expect.stringContaining('ALREADY_INITIALISED')]);

  const simulator = await startSimulator('--providers', 'alpha', '--data', `${folder.path}/provider`);
  undo.push(() => simulator.stop());
  const platform = await startPlatform(join(folder.path, 'live/data'), {
    PROFILE: 'production',
    TIDEGATE_ADMIN_PASSWORD: '',
  });
  undo.push(() => platform.stop());
  const { http } = platform.ready;
  write('ann.password', `${password}\n`);
  const [provider] = simulator.providers;
  for (const [path, text] of files.slice(1))
    write(path!, text!.replace('9101', `${provider!.quotesPort}`).replace('9102', `${provider!.ordersPort}`));
  for (const line of rest) {
    const out = await run(line, http);
    expect(out).not.toContain(password);
  }
  expect(await tidegate(['config', 'diff', 'live/configuration'])).toMatchObject({ code: 0 });
  const twice = await tidegate(['config', 'apply', 'live/configuration', '--reason', 'again', '--json']);
  expect(JSON.parse(twice.out)).toMatchObject({ result: 'unchanged' });

  const wrong = await tidegate(['config', 'get', 'firm', 'none', '--json']);
  expect([wrong.code, wrong.out]).toEqual([1, '']);
  expect(JSON.parse(wrong.errors)).toMatchObject({ code: 'UNKNOWN_DOCUMENT', status: 404 });
  expect(await tidegate(['config', 'get', 'nothing', 'x'])).toMatchObject({ code: 2, out: '' });
  expect(await tidegate(['users', 'disable', 'ann', '--reason', 'x'])).toMatchObject({
    code: 1,
    errors: expect.stringContaining('LAST_ADMINISTRATOR') as string,
  });

  const port = await portOf(platform, 'lakeside-fix');
  const ids = { senderCompId: 'LAKESIDE', targetCompId: 'TIDEGATE', username: 'lakeside' };
  const client = await new FixClient({ port, ...ids, password: keep('lakeside.password') }).logOn();
  undo.push(() => client.stop());
  await trade(client);
  const left = ['fix-clients', 'disable', 'lakeside-fix', '--reason', 'left'];
  expect(await tidegate(left)).toMatchObject({ code: 0 });
  await eventually(() => client.logoutReasons.length > 0 || undefined, 'the session of a leaver ends', 5_000);
});

async function trade(client: FixClient): Promise<void> {
  const order = { symbol: 'EUR/USD', side: 'buy', quantity: '10000', timeInForce: 'ioc' } as const;
  let number = 0;
  await eventually(
    async () => {
      const clOrdId = `first-${++number}`;
      client.order({ ...order, clOrdId });
      await client.ended(clOrdId);
      return client.fills.size > 0 || undefined;
    },
    'a fill',
    60_000,
  );
}
