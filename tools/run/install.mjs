/**
 * Installs exactly what package-lock.json names, when node_modules does not hold it yet. No package's own
 * script runs: nothing here needs one, and a script is somebody else's code on this machine.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { withLock } from './lock.mjs';
import { Fault, inTree, say } from './place.mjs';
import { run } from './process.mjs';

const stampPath = () => inTree('node_modules', '.tidegate-lock');
const noteEveryMs = 10_000;

export async function install() {
  const hash = createHash('sha256')
    .update(readFileSync(inTree('package-lock.json')))
    .digest('hex');
  if (isStamped(hash)) return;
  await withLock(async () => {
    if (isStamped(hash)) return;
    if (!isAlreadyInstalled()) await cleanInstall();
    writeFileSync(stampPath(), hash);
  });
}

function isStamped(hash) {
  try {
    return readFileSync(stampPath(), 'utf8') === hash;
  } catch {
    return false;
  }
}

/**
 * npm leaves its own record of what it installed; when that equals the lock, somebody ran npm by hand and it
 * is right.
 */
function isAlreadyInstalled() {
  const record = inTree('node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(inTree('package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') || entry.link === true) return true;
    if (installed[path] === undefined) return entry.optional === true && !isForThisMachine(entry);
    return installed[path].version === entry.version;
  });
}

/**
 * An optional package that names machines, this one among them. Others may be absent: they belong to other
 * machines' ones.
 */
function isForThisMachine({ os, cpu, libc }) {
  const isNamed = os !== undefined || cpu !== undefined;
  return (
    isNamed &&
    (os ?? [process.platform]).includes(process.platform) &&
    (cpu ?? [process.arch]).includes(process.arch) &&
    (libc ?? ['glibc']).includes('glibc')
  );
}

async function cleanInstall() {
  const count = Object.keys(JSON.parse(readFileSync(inTree('package-lock.json'), 'utf8')).packages).length;
  say(
    `Installing the exact dependencies (about ${count} packages; only when package-lock.json has changed) …`,
  );
  const started = performance.now();
  const note = setInterval(() => {
    say(`  … still installing, ${Math.round((performance.now() - started) / 1000)} s`);
  }, noteEveryMs);
  const { code, text } = await npm([
    'ci',
    '--ignore-scripts',
    '--prefer-offline',
    '--include=dev',
    '--include=optional',
    '--include=peer',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--loglevel=error',
    '--no-progress',
  ]).finally(() => clearInterval(note));
  if (code !== 0) {
    throw new Fault(
      `npm ci failed with code ${code}:\n${withoutUsage(text)}\n` +
        'Without a network this works once npm has every package in its cache (npm config get cache).',
    );
  }
  say(`Installed in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}

/**
 * The npm that started us, else the one in PATH. It runs on the Node it was started with: ours may lie in the
 * node_modules that it is about to replace.
 */
function npm(args) {
  const { npm_execpath: path, npm_node_execpath: node } = process.env;
  const isNpm = node !== undefined && path !== undefined && basename(path) === 'npm-cli.js';
  const [command, all] = isNpm ? [node, [path, ...args]] : ['npm', args];
  return run(command, all, { env: process.env });
}

/** npm adds its whole help text to the one line that matters. */
function withoutUsage(text) {
  return text.split(/^npm error Clean install a project$/m)[0].trim();
}
