import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findCompiler } from '../native/build.mjs';
import { checkLibraryFile } from './elf.ts';
import { BlpError } from './errors.ts';
import { openLibrary } from './library.ts';
import { openShim, shimPath } from './shim.ts';

const folder = mkdtempSync(join(tmpdir(), 'blpapi-library-'));
afterAll(() => rmSync(folder, { recursive: true }));

function failure(run: () => unknown): BlpError {
  try {
    run();
  } catch (error) {
    if (error instanceof BlpError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The first 20 bytes of an ELF file: class, byte order, type, machine. */
function elf(bits: 1 | 2, order: 1 | 2, type: number, machine: number): string {
  const head = Buffer.alloc(64);
  head.set([0x7f, 0x45, 0x4c, 0x46, bits, order, 1]);
  if (order === 1) {
    head.writeUInt16LE(type, 16);
    head.writeUInt16LE(machine, 18);
  } else {
    head.writeUInt16BE(type, 16);
    head.writeUInt16BE(machine, 18);
  }
  const path = join(folder, `elf-${bits}-${order}-${type}-${machine}.so`);
  writeFileSync(path, head);
  return path;
}

function compile(name: string, source: string): string {
  const path = join(folder, `${name}.so`);
  const compiler = findCompiler();
  if (compiler === undefined) throw new Error('this test compiles C');
  const run = spawnSync(compiler, ['-shared', '-fPIC', '-x', 'c', '-', '-o', path], { input: source });
  if (run.status !== 0) throw new Error(String(run.stderr));
  return path;
}

describe('a library that is none', () => {
  it('[LB1] is missing, or no ELF file', () => {
    expect(failure(() => openLibrary(join(folder, 'nothing.so')))).toMatchObject({
      category: 'LIBRARY_MISSING',
      class: 'load',
      origin: 'tidegate',
    });
    expect(failure(() => openLibrary('relative.so')).category).toBe('LIBRARY_MISSING');
    expect(failure(() => openLibrary(folder)).category).toBe('LIBRARY_NOT_ELF');
    const text = join(folder, 'text.so');
    writeFileSync(text, 'not a library, only long enough to be read');
    expect(failure(() => openLibrary(text)).category).toBe('LIBRARY_NOT_ELF');
    writeFileSync(text, '');
    expect(failure(() => openLibrary(text)).category).toBe('LIBRARY_NOT_ELF');
    const dangling = join(folder, 'dangling.so');
    symlinkSync(join(folder, 'nowhere'), dangling);
    expect(failure(() => openLibrary(dangling)).category).toBe('LIBRARY_MISSING');
  });

  it('[LB2] is for another machine', () => {
    const wrong = (path: string): string => {
      const error = failure(() => checkLibraryFile(path, 'x64'));
      expect(error.category).toBe('LIBRARY_WRONG_ARCHITECTURE');
      return error.description;
    };
    expect(wrong(elf(2, 1, 3, 183))).toContain('ARM64');
    expect(wrong(elf(1, 1, 3, 3))).toContain('32 bit');
    expect(wrong(elf(2, 2, 3, 62))).toContain('x86-64');
    expect(wrong(elf(1, 1, 3, 62))).toContain('32 bit');
    expect(failure(() => checkLibraryFile(elf(2, 1, 2, 62), 'x64')).category).toBe('LIBRARY_NOT_ELF');
    checkLibraryFile(elf(2, 1, 3, 62), 'x64');
    checkLibraryFile(elf(2, 1, 3, 183), 'arm64');
  });

  it('[LB3] is no BLPAPI, or lacks a function, which is named', () => {
    const other = compile('other', 'int answer(void) { return 42; }');
    expect(failure(() => openLibrary(other)).category).toBe('LIBRARY_NOT_BLPAPI');
    const part = compile('part', 'void blpapi_getVersionInfo(int *a, int *b, int *c, int *d) {}');
    const error = failure(() => openLibrary(part));
    expect(error.category).toBe('LIBRARY_SYMBOL_MISSING');
    expect(error.description).toMatch(/lacks blpapi_\w+$/);
  });

  it('[LB4] is told the same by the shim', () => {
    const part = compile('shim-part', 'const char *blpapi_getLastErrorDescription(int code) { return ""; }');
    const missing = failure(() => openShim(shimPath, part));
    expect(missing.category).toBe('LIBRARY_SYMBOL_MISSING');
    expect(missing.description).toContain('blpapi_Logging_registerCallback');
    const broken = compile('broken', 'void missing_function(void); void start(void) { missing_function(); }');
    expect(failure(() => openShim(shimPath, broken))).toMatchObject({ category: 'LIBRARY_LOAD_FAILED' });
    expect(failure(() => openShim(join(folder, 'no-shim.so'), part)).category).toBe('SHIM_MISSING');
  });
});
