/**
 * The compiled shim through koffi: a few calls for each batch instead of some seventy for each message.
 * Compiled by `native/build.mjs`; when it is not there, `ffi.ts` does the same work.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';
import type { BlpLogSeverity } from './contract.ts';
import { loadError } from './errors.ts';
import type { Poller, PollerOptions } from './poller.ts';

/** Where the build puts the shim. */
export const shimPath = fileURLToPath(new URL('../build/libtidegate_blpapi.so', import.meta.url));

const shimVersion = 1;

export const logSeverities: readonly BlpLogSeverity[] = [
  'off',
  'fatal',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
];

interface ShimFunctions {
  tgb_library_open(path: string, library: BigUint64Array, text: Uint8Array, textSize: number): number;
  tgb_logging_start(library: bigint, severity: number): number;
  tgb_poller_open(library: bigint, session: bigint, messageBytesMax: number, isTimed: number): bigint | null;
  tgb_poll(
    poller: bigint,
    buffer: Uint8Array,
    capacity: number,
    timeoutMs: number,
    eventsMax: number,
  ): number;
  tgb_poller_close(poller: bigint): void;
  tgb_pollers_open(): number;
}

export interface Shim {
  /** Takes the library's log over. 0, or the library's code. */
  startLogging(severity: BlpLogSeverity): number;
  openPoller(options: PollerOptions): Poller;
  /** Pollers open in the whole process. */
  pollersOpen(): number;
}

function bindShim(path: string): ShimFunctions {
  if (!existsSync(path)) throw loadError('SHIM_MISSING', `${path} has not been compiled`);
  let library: ReturnType<typeof koffi.load>;
  try {
    library = koffi.load(path);
  } catch (error) {
    throw loadError('SHIM_MISSING', `${path}: ${(error as Error).message}`);
  }
  const version = library.func('tgb_version', 'uint32_t', [])() as number;
  if (version !== shimVersion)
    throw loadError('SHIM_MISSING', `${path} has version ${version}, ${shimVersion} is needed: build again`);
  return {
    tgb_library_open: library.func('tgb_library_open', 'int', ['str', 'void *', 'void *', 'uint32_t']),
    tgb_logging_start: library.func('tgb_logging_start', 'int', ['void *', 'int']),
    tgb_poller_open: library.func('tgb_poller_open', 'void *', ['void *', 'void *', 'uint32_t', 'int']),
    tgb_poll: library.func('tgb_poll', 'int', ['void *', 'void *', 'uint32_t', 'uint32_t', 'uint32_t']),
    tgb_poller_close: library.func('tgb_poller_close', 'void', ['void *']),
    tgb_pollers_open: library.func('tgb_pollers_open', 'uint32_t', []),
  };
}

const openResults = [
  'opened',
  'LIBRARY_LOAD_FAILED',
  'LIBRARY_SYMBOL_MISSING',
  'LIBRARY_LOAD_FAILED',
] as const;

/** Opens the operator's library inside the shim. Throws class `load`. */
export function openShim(path: string, libraryPath: string): Shim {
  const shim = bindShim(path);
  const cell = new BigUint64Array(1);
  const text = new Uint8Array(1024);
  const result =
    openResults[shim.tgb_library_open(libraryPath, cell, text, text.length)] ?? 'LIBRARY_LOAD_FAILED';
  if (result !== 'opened') {
    const end = text.indexOf(0);
    throw loadError(result, `${libraryPath}: ${Buffer.from(text.subarray(0, end)).toString()}`);
  }
  const library = cell[0] ?? 0n;
  return {
    startLogging: (severity) => shim.tgb_logging_start(library, logSeverities.indexOf(severity)),
    openPoller: (options) => openPoller(shim, library, options),
    pollersOpen: () => shim.tgb_pollers_open(),
  };
}

function openPoller(shim: ShimFunctions, library: bigint, options: PollerOptions): Poller {
  const { session, messageBytesMax, isTimed } = options;
  const handle = shim.tgb_poller_open(library, session, messageBytesMax, isTimed ? 1 : 0);
  if (handle === null) throw loadError('LIBRARY_LOAD_FAILED', 'no memory for a poller');
  return {
    poll: (buffer, timeoutMs, eventsMax) =>
      shim.tgb_poll(handle, buffer, buffer.length, timeoutMs, eventsMax),
    close: () => shim.tgb_poller_close(handle),
  };
}
