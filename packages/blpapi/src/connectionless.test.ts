import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildNative, emulatorPath, Recorder, scenarioHost } from '../acceptance/emulated.ts';
import { correlationIdBytes, pointerCell, pointerIn } from './abi.ts';
import type { BlpSessionOptions } from './contract.ts';
import { BlpError } from './errors.ts';
import { libraryCalls, openLibrary } from './library.ts';
import { BlpSession } from './session.ts';

/**
 * What can be asked of a library without Bloomberg behind it: of the emulator always, of a genuine library
 * when BLPAPI_LIB names one.
 */
const genuine = process.env.BLPAPI_LIB;
const sessionModule = new URL('session.ts', import.meta.url).href;
const failing = scenarioHost('startup fail 9 "Connection failed" session every');
const libraries = [
  {
    name: 'the emulator',
    path: emulatorPath,
    host: failing,
  },
  ...(genuine === undefined ? [] : [{ name: 'the genuine library', path: genuine, host: '127.0.0.1' }]),
];

beforeAll(buildNative);

describe.each(libraries)('without a server, $name', ({ path, host }) => {
  const unreachable = { library: path, servers: [{ host, port: 1 }], pollMs: 5, connectTimeoutMs: 1000 };
  const refusal = (run: () => void): BlpError => {
    try {
      run();
    } catch (error) {
      if (error instanceof BlpError) return error;
      throw error;
    }
    throw new Error('nothing was refused');
  };

  it('[CL1] tells its version and what it can do', () => {
    const description = openLibrary(path);
    expect(description.version).toMatch(/^3\.\d+\.\d+\.\d+$/);
    expect(description.isEmulator).toBe(path === emulatorPath);
    expect(Array.isArray(description.optionalSymbols)).toBe(true);
  });

  it('[CL2] refuses options out of range with the same codes and words', () => {
    const abi = libraryCalls(path);
    const options = abi.call.SessionOptions_create();
    const high = (): void =>
      abi.check('hi', abi.call.SessionOptions_setSlowConsumerWarningHiWaterMark(options, 2));
    const timeout = (): void =>
      abi.check('timeout', abi.call.SessionOptions_setConnectTimeout(options, 200_000));
    expect(refusal(high)).toMatchObject({
      code: 0x20002,
      description: 'hiWaterMark cannot be greater than 1.',
    });
    expect(refusal(timeout)).toMatchObject({
      class: 'invalidArgument',
      description: 'Timeout is out of range of [1, 120000]',
    });
    abi.call.SessionOptions_destroy(options);
  });

  it('[CL3] builds subscription strings without judging them', () => {
    const abi = libraryCalls(path);
    const list = abi.call.SubscriptionList_create();
    const id = correlationIdBytes(1);
    const add = (topic: string, fields: string[], options: string[]): number =>
      abi.call.SubscriptionList_add(list, topic, id, fields, options, fields.length, options.length);
    expect(add('IBM US Equity', ['LAST_PRICE', 'BID'], ['interval=2', 'conflate'])).toBe(0);
    const text: (string | null)[] = [null];
    expect(abi.call.SubscriptionList_topicStringAt(list, text, 0)).toBe(0);
    expect(text[0]).toBe('IBM US Equity?fields=LAST_PRICE,BID&interval=2&conflate');
    const beyond = (): void => abi.check('at', abi.call.SubscriptionList_topicStringAt(list, text, 99));
    expect(refusal(beyond)).toMatchObject({ code: 0x5000b, description: 'Invalid SubscriptionList index' });
    abi.call.SubscriptionList_destroy(list);
  });

  it('[CL4] refuses calls of a session that has not started', () => {
    const abi = libraryCalls(path);
    const options = abi.call.SessionOptions_create();
    const session = abi.call.Session_create(options, null, null, null);
    abi.call.SessionOptions_destroy(options);
    const cell = pointerCell();
    expect(abi.call.Session_tryNextEvent(session, cell)).toBe(1);
    const service = (): void =>
      abi.check('getService', abi.call.Session_getService(session, cell, '//blp/mktdata'));
    expect(refusal(service)).toMatchObject({
      code: 0x60010,
      description: "Service '//blp/mktdata' not found.",
    });
    const open = (): void =>
      abi.check('open', abi.call.Session_openServiceAsync(session, '//blp/mktdata', correlationIdBytes(1)));
    expect(refusal(open)).toMatchObject({ code: 0x10009, description: 'Session Not Started' });
    expect(pointerIn(cell)).toBeNull();
    abi.call.Session_destroy(session);
  });

  it.each(['shim', 'ffi'] as const)(
    '[CL5] fails to start with the cause, read by the %s',
    async (decoder) => {
      const recorder = new Recorder();
      const options: BlpSessionOptions = { ...unreachable, decoder };
      await expect(new BlpSession(options, recorder).start()).rejects.toMatchObject({
        origin: 'bloomberg',
        category: 'IO_ERROR',
        code: 9,
        description: 'Connection failed',
      });
      expect((await recorder.ended).cause).toBe('startupFailure');
      expect(recorder.of('session').at(-1)?.state).toBe('startupFailure');
    },
  );

  it.each(['shim', 'ffi'] as const)('[CL6] prints nothing, read by the %s', (decoder) => {
    const code = `import { BlpSession } from ${JSON.stringify(sessionModule)};
      const options = ${JSON.stringify({ ...unreachable, decoder })};
      const session = new BlpSession(options, { onBatch() {}, onEnd() {} });
      await session.start().catch((error) => console.error(error.category));`;
    const run = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
    expect(run.stderr).toContain('IO_ERROR');
    expect(run.stdout).toBe('');
  });
});
