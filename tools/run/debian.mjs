/**
 * The system's packages that the whole test suite needs (the platform itself needs none). As root they are
 * installed; otherwise the missing ones are named. A package is present when one of its files is, however it
 * came there.
 */
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { say } from './place.mjs';
import { run } from './process.mjs';

/** Packages are missing and can't be installed here. */
export class UnmetSystem extends Error {}

/** `command` is looked for in PATH and the system's folders, `file` exactly there. */
const systemPackages = [
  { name: 'nats-server', command: 'nats-server', why: 'bus.nats against the real server' },
  { name: 'redis-server', command: 'redis-server', why: 'cache.redis against the real server' },
  {
    name: 'postgresql-15',
    file: '/usr/lib/postgresql/15/bin/postgres',
    why: 'the journal on a second PostgreSQL',
  },
  { name: 'nginx', command: 'nginx', why: 'the UI behind its proxy' },
  { name: 'chromium', command: 'chromium', why: 'the UI in a browser' },
  {
    name: 'libquickfix-dev',
    file: '/usr/include/quickfix/Session.h',
    why: 'a foreign FIX engine as counterparty',
  },
  { name: 'g++', command: 'g++', why: 'builds that counterparty and the native shims' },
  { name: 'valgrind', command: 'valgrind', why: 'the Bloomberg shim and emulator leak nothing' },
  { name: 'make', command: 'make', why: 'builds that counterparty and the native shims' },
  { name: 'pkg-config', command: 'pkg-config', why: 'finds the libraries for them' },
];

export async function meetSystem() {
  let missing = systemPackages.filter((each) => !isPresent(each));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new UnmetSystem(refusal(missing));
  say(`Installing system packages: ${names.join(' ')} …`);
  const text = await withoutDaemons(() => aptInstall(names));
  missing = systemPackages.filter((each) => !isPresent(each));
  if (missing.length > 0) throw new UnmetSystem(`${text.trimEnd()}\n${refusal(missing)}`);
}

/** Undefined when all of these packages are there, else what to tell who needs them. */
export function missingAmong(names) {
  const missing = systemPackages.filter((each) => names.includes(each.name) && !isPresent(each));
  return missing.length === 0 ? undefined : lacking('What is to be measured', missing);
}

function refusal(missing) {
  return `${lacking('The whole test suite', missing)}\nWithout them: npm run test:fast`;
}

function lacking(who, missing) {
  const lines = missing.map(({ name, why }) => `  ${name.padEnd(16)} ${why}`);
  const names = missing.map(({ name }) => name).join(' ');
  return (
    `${who} needs system packages that are missing here:\n${lines.join('\n')}\n` +
    `As root: apt-get install --no-install-recommends ${names}`
  );
}

function isPresent({ command, file }) {
  if (file !== undefined) return existsSync(file);
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin',
    '/usr/bin',
  ];
  return folders.some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Resolves to what apt-get said; whether it worked is seen by looking for the files. */
async function aptInstall(names) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  const update = await run('apt-get', ['update', '-qq', ...wait], { env });
  const kept = ['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'];
  const install = await run(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', ...wait, ...kept, ...names],
    { env },
  );
  return update.text + install.text;
}

const policy = '/usr/sbin/policy-rc.d';

/** Debian starts a server when it installs one; the tests start their own, so none may be left running. */
async function withoutDaemons(work) {
  if (existsSync(policy)) return work();
  writeFileSync(
    policy,
    '#!/bin/sh\n# Written for the time of one apt-get: install servers, start none.\nexit 101\n',
    {
      mode: 0o755,
    },
  );
  try {
    return await work();
  } finally {
    rmSync(policy, { force: true });
  }
}
