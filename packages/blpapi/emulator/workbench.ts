/**
 * What the emulator's tests share: the library in several builds, the C programs in `test/`, and playing a
 * script against a scenario. Everything is compiled once into `packages/blpapi/build/test`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildEmulator, buildFolder, buildProgram, emulatorFolder, type Built } from './build.mjs';

export type Profile = 'newer' | '3.8' | 'address' | 'thread';

const testFolder = join(buildFolder, 'test');
const sanitizers = {
  address: ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'],
  thread: ['-O1', '-g', '-fsanitize=thread'],
} as const;

function pathOf(built: Built): string {
  if (!built.ok) throw new Error(`${built.code}: ${built.message}`);
  return built.path;
}

function flagsOf(profile: Profile): readonly string[] | undefined {
  return profile === 'address' || profile === 'thread' ? sanitizers[profile] : undefined;
}

/** The library of a profile, compiled when its sources are newer. */
export function libraryOf(profile: Profile): string {
  const flags = flagsOf(profile);
  const defines = { BLPAPI_EMULATED_VERSION: profile === '3.8' ? 308 : 325 };
  return pathOf(buildEmulator(join(testFolder, profile), { defines, ...(flags && { flags }) }));
}

/** A program of `test/`, with the sanitizer of the profile. */
export function programOf(name: string, profile: Profile = 'newer'): string {
  const source = join(emulatorFolder, 'test', `${name}.c`);
  const target = join(testFolder, profile, name);
  mkdirSync(join(testFolder, profile), { recursive: true });
  if (existsSync(target) && statSync(target).mtimeMs > statSync(source).mtimeMs) return target;
  return pathOf(buildProgram(source, target, flagsOf(profile) ?? ['-O2']));
}

export interface Run {
  readonly status: number | null;
  readonly lines: readonly string[];
  readonly complaints: string;
}

export function run(program: string, words: readonly string[], input = '', scenario = ''): Run {
  const result = spawnSync(program, words, {
    input,
    env: { BLPAPI_EMULATOR_SCENARIO: scenario },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 120_000,
  });
  const lines = result.stdout.split('\n').filter((line) => line !== '');
  return { status: result.status, lines, complaints: result.stderr };
}

/** Calls `act` with the path of a file that holds the scenario, and removes the file. */
export function withScenario<T>(text: string, act: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-'));
  const path = join(folder, 'test.scenario');
  writeFileSync(path, text);
  try {
    return act(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Plays a script (commands of `test/trace.c`) against a scenario; one line for each message that came. */
export function play(scenario: string, script: string, profile: Profile = 'newer'): readonly string[] {
  const played = withScenario(scenario, (path) =>
    run(programOf('trace', profile), [libraryOf(profile)], `${script.trim()}\n`, path),
  );
  if (played.status !== 0 || played.complaints !== '')
    throw new Error(`the script ended with ${String(played.status)}: ${played.complaints}`);
  return played.lines;
}

/** "EVENT MessageType #id" of each line: what came, without what it said. */
export const outline = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/ \w+ = .*/, ''));
