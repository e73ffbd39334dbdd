import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildNative,
  emulatedOptions,
  emulatorPath,
  Recorder,
  scenarioHost,
} from '../acceptance/emulated.ts';
import { findCompiler, shimSources } from '../native/build.mjs';
import { openLibrary } from './library.ts';
import { referenceDataRequest } from './request.ts';
import { BlpSession } from './session.ts';

const emulatorBuild = new URL('../emulator/build.mjs', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'blpapi-native-'));
beforeAll(buildNative);
afterAll(() => rmSync(folder, { recursive: true }));

const market = 'security "EURUSD BGN Curncy" price 1.08502 decimals 5 spread 0.00004 rate 500 size 1000000';

/** Everything a session does, whatever becomes of it; true when it got to the end. */
async function useSession(session: BlpSession, recorder: Recorder): Promise<boolean> {
  try {
    await session.start();
    await session.openService('//blp/mktdata');
    await session.openService('//blp/refdata');
    await session.subscribe([{ topic: 'EURUSD BGN Curncy', fields: ['BID', 'ASK'] }]);
    await session
      .request(referenceDataRequest({ securities: ['EURUSD BGN Curncy'], fields: ['PX_LAST'] }))
      .all();
    let ticks = 0;
    await recorder.until('data', () => ++ticks === 10);
    return true;
  } catch {
    return false;
  }
}

describe('recovery', () => {
  it.each(['terminate', 'connection down'])(
    '[RC3] survives "%s" at every event of a session',
    async (deed) => {
      let cut = 0;
      for (let event = 1; event <= 20; event++) {
        const recorder = new Recorder();
        const options = emulatedOptions(scenarioHost(market, `at event ${event} ${deed}`));
        const session = new BlpSession(options, recorder);
        if (!(await useSession(session, recorder))) cut++;
        await session.stop(2000);
        const end = await recorder.ended;
        expect(['stopped', 'terminated', 'startupFailure'], `event ${event}`).toContain(end.cause);
        expect(session.state).toBe('ended');
        expect(session.counters()).toMatchObject({ openRequests: 0, openSubscriptions: 0 });
      }
      expect(cut).toBeGreaterThan(3);
    },
  );

  it('[LK1] leaves nothing behind after 10,000 sessions', () => {
    const script = fileURLToPath(new URL('../acceptance/leak.ts', import.meta.url));
    expect(run(process.execPath, ['--expose-gc', script, '10000'])).toContain('cycles: 10000');
  });
});

function run(command: string, words: readonly string[]): string {
  const result = spawnSync(command, words, { encoding: 'utf8' });
  expect(result.status, `${command} ${words.join(' ')}\n${result.stdout}${result.stderr}`).toBe(0);
  return result.stdout + result.stderr;
}

function compileEmulator(options: object): void {
  const code = `import { buildEmulator } from ${JSON.stringify(emulatorBuild)};
    const built = buildEmulator(${JSON.stringify(folder)}, ${JSON.stringify(options)});
    if (!built.ok) throw new Error(built.message);`;
  run(process.execPath, ['--input-type=module', '--eval', code]);
}

describe('an older library', () => {
  it('[LB6] works without the newer functions, and says which it lacks when one is asked for', async () => {
    compileEmulator({ name: 'older.so', defines: { BLPAPI_EMULATED_VERSION: 308 } });
    const library = join(folder, 'older.so');
    expect(openLibrary(library).optionalSymbols).not.toContain('SessionOptions_setTlsOptions');
    for (const decoder of ['shim', 'ffi'] as const) {
      const recorder = new Recorder();
      const session = new BlpSession(emulatedOptions(scenarioHost(market), { library, decoder }), recorder);
      expect(await useSession(session, recorder)).toBe(true);
      const application = { mode: 'application', applicationName: 'x:y' } as const;
      const refused = { category: 'UNSUPPORTED_BY_LIBRARY' };
      await expect(session.authorize(application)).rejects.toMatchObject(refused);
      await session.stop();
      const options = emulatedOptions(scenarioHost(market), { library, decoder, sessionName: 'x' });
      await expect(new BlpSession(options, new Recorder()).start()).rejects.toMatchObject(refused);
    }
  });
});

describe('the shim without JavaScript', () => {
  const driver = fileURLToPath(new URL('../native/driver/sessions.c', import.meta.url));
  const flags = ['-std=c11', '-D_POSIX_C_SOURCE=200809L', '-Wall', '-Wextra', '-Werror', '-g'];
  const compile = (name: string, more: readonly string[]): string => {
    const path = join(folder, name);
    run(findCompiler() ?? 'cc', [
      ...flags,
      ...more,
      ...shimSources(),
      driver,
      '-o',
      path,
      '-ldl',
      '-lpthread',
    ]);
    return path;
  };

  it('[LK2] is clean under AddressSanitizer and UndefinedBehaviorSanitizer', () => {
    const sanitizers = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
    const path = compile('sanitized', sanitizers);
    const library = join(folder, 'sanitized.so');
    compileEmulator({ name: 'sanitized.so', flags: ['-g', ...sanitizers] });
    expect(run(path, [library, scenarioHost(market), '5', '10'])).toMatch(/^[1-9]\d* messages, 0 pollers/);
  });

  it('[LK3] leaks nothing under valgrind', () => {
    const path = compile('plain', ['-O1']);
    const words = ['--quiet', '--error-exitcode=9', '--leak-check=full', '--errors-for-leak-kinds=definite'];
    expect(run('valgrind', [...words, path, emulatorPath, scenarioHost(market), '2', '10'])).toMatch(
      /0 pollers/,
    );
  });
});
