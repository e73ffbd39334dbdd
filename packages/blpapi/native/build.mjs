#!/usr/bin/env node
/**
 * Compiles the C shim into `packages/blpapi/build/` with the machine's own compiler: at `npm run build`, and
 * by the tests. Without a compiler nothing fails: the binding then reads events by direct FFI calls, slower.
 * `node native/build.mjs` prints the state; exit code 1 only when a compiler is there and refuses the
 * sources.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('.', import.meta.url));
const outputs = fileURLToPath(new URL('../build/', import.meta.url));
const flags = [
  '-std=c11',
  '-D_POSIX_C_SOURCE=200809L',
  '-O2',
  '-fPIC',
  '-shared',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  '-Werror',
];

/** The compiler to use: the first of these that runs; undefined when there is none. */
export function findCompiler(candidates = ['cc', 'gcc', 'clang']) {
  return candidates.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

/** Absolute paths of the shim's C files, for builds with other flags (sanitizers). */
export function shimSources() {
  return readdirSync(sources)
    .filter((name) => name.endsWith('.c'))
    .sort()
    .map((name) => join(sources, name));
}

function fingerprint(compiler) {
  const hash = createHash('sha256');
  hash.update([compiler, process.arch, ...flags].join(' '));
  for (const name of readdirSync(sources).sort())
    if (/\.[ch]$/.test(name)) hash.update(name).update(readFileSync(join(sources, name)));
  return hash.digest('hex');
}

/**
 * Compiles when needed. The file appears complete or not at all: a build beside ours never sees half of it.
 */
export function buildShim(compiler = findCompiler()) {
  const path = join(outputs, 'libtidegate_blpapi.so');
  if (compiler === undefined)
    return { state: 'no compiler', path, text: 'no C compiler (cc, gcc, clang) found' };
  const stamp = fingerprint(compiler);
  const stampPath = `${path}.stamp`;
  if (existsSync(path) && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp)
    return { state: 'current', path, text: '' };
  mkdirSync(outputs, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  const run = spawnSync(compiler, [...flags, '-o', unfinished, ...shimSources(), '-ldl', '-lpthread'], {
    encoding: 'utf8',
  });
  if (run.status !== 0) return { state: 'failed', path, text: run.stderr };
  renameSync(unfinished, path);
  writeFileSync(stampPath, stamp);
  return { state: 'built', path, text: run.stderr };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { state, path, text } = buildShim();
  console.log(`blpapi shim: ${state}${state === 'built' || state === 'current' ? ` (${path})` : ''}`);
  if (text !== '') console.error(text);
  process.exitCode = state === 'failed' ? 1 : 0;
}
