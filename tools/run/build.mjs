/**
 * Builds what is stale. Each target has inputs (folders and files of the tree) and outputs that must exist; a
 * fingerprint of every input's path, size and modification time is kept beside, so an unchanged tree costs a
 * few milliseconds and no compiler start. The compilers keep their own finer records behind it.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { withLock } from './lock.mjs';
import { cachePath, inTree, pinnedNode, root, say } from './place.mjs';
import { run } from './process.mjs';

/** The compiler refused; its words are the message. */
export class Unbuilt extends Error {}

const configurations = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.base.json'];

/** In the order in which they are built. `isThere` lets a target wait until its sources exist. */
const targets = {
  typescript: {
    inputs: () => [
      ...configurations,
      ...projects().flatMap((p) => [`${p}/src`, `${p}/tsconfig.json`, `${p}/package.json`]),
    ],
    outputs: () => projects().map((project) => `${project}/dist`),
    clean: () => projects().map((project) => `${project}/dist`),
    command: ['node_modules/typescript/bin/tsc', '-b'],
    isThere: () => true,
  },
  ui: {
    inputs: () => [...configurations, 'ui', 'packages/core/src', 'packages/wire/src'],
    outputs: () => ['ui/dist/index.html'],
    clean: () => ['ui/dist'],
    command: ['node_modules/vite/bin/vite.js', 'build', 'ui', '--logLevel', 'error'],
    isThere: () => existsSync(inTree('ui', 'index.html')),
  },
  shim: native('packages/blpapi/native', ['build.mjs'], 'libtidegate_blpapi.so'),
  emulator: native('packages/blpapi/emulator', ['build.mjs', '--if-possible'], 'libblpapi3_64.so'),
};

/** Everything that the platform runs on. */
export const whole = ['typescript', 'shim', 'emulator', 'ui'];

/**
 * A C library. Without a compiler, or when it refuses, the platform runs all the same and says what is
 * missing.
 */
function native(folder, [script, ...args], library) {
  return {
    inputs: () => [folder],
    outputs: () => (hasCompiler() ? [`packages/blpapi/build/${library}`] : []),
    clean: () => [],
    command: [`${folder}/${script}`, ...args],
    isThere: () => true,
    isOptional: true,
  };
}

function hasCompiler() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return ['cc', 'gcc', 'clang'].some((name) => folders.some((folder) => existsSync(join(folder, name))));
}

/** Builds the named targets where stale. Throws Unbuilt with the compiler's output. */
export async function build(names, { force = false, report = false } = {}) {
  const stale = () => names.filter((name) => targets[name].isThere() && (force || !isFresh(name)));
  if (stale().length === 0) {
    if (report) say('Everything is built.');
    return;
  }
  await withLock(async () => {
    for (const name of stale()) await buildOne(name, force);
  });
}

async function buildOne(name, force) {
  const target = targets[name];
  const missing = target.outputs().filter((path) => !existsSync(inTree(path)));
  if (force || missing.length > 0) {
    for (const path of target.clean()) rmSync(inTree(path), { recursive: true, force: true });
  }
  // Taken before the compiler reads: a file saved meanwhile makes the next call build again.
  const taken = fingerprint(name);
  const started = performance.now();
  const { code, text } = await run(
    pinnedNode(),
    target.command.map((part, i) => (i === 0 ? inTree(part) : part)),
  );
  if (code !== 0) {
    const failure = `${text.trimEnd()}\nThe build of ${name} failed.`;
    if (target.isOptional !== true) throw new Unbuilt(failure);
    say(failure);
    return;
  }
  if (text.trim() !== '') say(text.trimEnd());
  writeFileSync(stampPath(name), taken);
  say(`Built ${name} in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}

const stampPath = (name) => cachePath(`built-${name}`);

function isFresh(name) {
  if (!targets[name].outputs().every((path) => existsSync(inTree(path)))) return false;
  try {
    return readFileSync(stampPath(name), 'utf8') === fingerprint(name);
  } catch {
    return false;
  }
}

/** The projects that tsconfig.json references. */
function projects() {
  return JSON.parse(readFileSync(inTree('tsconfig.json'), 'utf8')).references.map(({ path }) => path);
}

const unread = /^(node_modules|dist|\.vite|.*\.tsbuildinfo|.*\.test\.tsx?|.*\.contract\.ts)$/;

function fingerprint(name) {
  const hash = createHash('sha256').update(`${root}\n`);
  const add = (path) => {
    const stat = statSync(inTree(path), { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (!stat.isDirectory()) {
      hash.update(`${path}:${stat.size}:${stat.mtimeMs}\n`);
      return;
    }
    for (const entry of readdirSync(inTree(path)).toSorted()) {
      if (!unread.test(entry)) add(join(path, entry));
    }
  };
  for (const path of targets[name].inputs()) add(path);
  return hash.digest('hex');
}
