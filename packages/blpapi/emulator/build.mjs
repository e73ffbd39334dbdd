/**
 * Compiles the emulator library with the system's C compiler. As a program:
 *
 *   node packages/blpapi/emulator/build.mjs [--if-possible] [--force]
 *
 * builds `packages/blpapi/build/libblpapi3_64.so`, or does nothing when that is newer than the sources.
 * Exit code 0: the library is there; 1: the compiler refused; 2: there is no compiler (0 with
 * `--if-possible`). Plain Node, from version 20 on.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const emulatorFolder = dirname(fileURLToPath(import.meta.url));
export const buildFolder = resolve(emulatorFolder, '../build');
export const libraryName = 'libblpapi3_64.so';

const warnings = ['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror'];
const library = ['-fPIC', '-shared', '-fvisibility=hidden', '-pthread'];

/** The first of cc, gcc and clang that answers, or undefined. */
export function findCompiler() {
  return ['cc', 'gcc', 'clang'].find(
    (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
  );
}

function sourcesIn(folder) {
  return readdirSync(folder)
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => join(folder, name))
    .sort();
}

function isFresh(target, inputs) {
  if (!existsSync(target)) return false;
  const made = statSync(target).mtimeMs;
  return inputs.every((path) => statSync(path).mtimeMs <= made);
}

/** Runs the compiler and puts its result in place in one step, so that nobody loads half a file. */
function compile(compiler, target, arguments_) {
  const unfinished = `${target}.${process.pid}.tmp`;
  const result = spawnSync(compiler, [...arguments_, '-o', unfinished], { encoding: 'utf8' });
  if (result.status !== 0) {
    rmSync(unfinished, { force: true });
    return { ok: false, code: 'COMPILE_FAILED', message: result.stderr };
  }
  renameSync(unfinished, target);
  return { ok: true, path: target };
}

/**
 * Builds the library into `folder` and says where it is: `{ok: true, path}`, or `{ok: false, code, message}`
 * with code NO_COMPILER or COMPILE_FAILED. `defines` become -D options (BLPAPI_EMULATED_VERSION: 308 gives
 * the profile without the newer symbols), `flags` are added as they are (sanitizers).
 */
export function buildEmulator(folder = buildFolder, options = {}) {
  const { defines = {}, flags = ['-O2'], name = libraryName, isForced = false } = options;
  const target = join(folder, name);
  const sources = sourcesIn(emulatorFolder);
  if (!isForced && isFresh(target, [...sources, fileURLToPath(import.meta.url)]))
    return { ok: true, path: target };
  const compiler = findCompiler();
  if (compiler === undefined)
    return { ok: false, code: 'NO_COMPILER', message: 'no compiler: neither cc, gcc nor clang was found' };
  mkdirSync(folder, { recursive: true });
  const settings = Object.entries(defines).map(([key, value]) => `-D${key}=${value}`);
  const units = sources.filter((path) => path.endsWith('.c'));
  return compile(compiler, target, [...warnings, ...flags, ...library, ...settings, ...units, '-lm']);
}

/** Compiles one C program against the emulator's headers; it loads the library itself. */
export function buildProgram(source, target, flags = ['-O1', '-g']) {
  const compiler = findCompiler();
  if (compiler === undefined)
    return { ok: false, code: 'NO_COMPILER', message: 'no compiler: neither cc, gcc nor clang was found' };
  return compile(compiler, target, [
    ...warnings,
    ...flags,
    '-I',
    emulatorFolder,
    source,
    '-ldl',
    '-pthread',
    '-lm',
  ]);
}

function main(words) {
  const built = buildEmulator(buildFolder, { isForced: words.includes('--force') });
  if (built.ok) {
    process.stdout.write(`emulator: ${built.path}\n`);
    return 0;
  }
  process.stderr.write(`emulator: ${built.message}\n`);
  if (built.code !== 'NO_COMPILER') return 1;
  return words.includes('--if-possible') ? 0 : 2;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  process.exitCode = main(process.argv.slice(2));
