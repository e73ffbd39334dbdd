/**
 * Opening the operator's library from the main thread: what it is, which version, what it can do, and why
 * not. The handle is kept for the life of the process, so that a worker that ends never unloads code in which
 * the library's own threads still run.
 */
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { openAbi, type Abi } from './abi.ts';
import type { BlpLibraryDescription, BlpSessionOptions } from './contract.ts';
import { checkLibraryFile } from './elf.ts';
import { loadError } from './errors.ts';
import { openShim, shimPath } from './shim.ts';

interface OpenedLibrary {
  readonly abi: Abi;
  readonly description: Omit<BlpLibraryDescription, 'decoder'>;
}

const opened = new Map<string, OpenedLibrary>();
const librariesMax = 16;

/** Which of the two decoders a session gets: `auto` takes the shim when it has been compiled. */
export function chooseDecoder(wanted: BlpSessionOptions['decoder'] = 'auto'): 'shim' | 'ffi' {
  if (wanted !== 'auto') return wanted;
  return existsSync(shimPath) ? 'shim' : 'ffi';
}

/** Text of a result code as the library gives it on this thread. */
export function errorText(abi: Abi, code: number): string {
  return abi.call.getLastErrorDescription(code) ?? '';
}

function describe(abi: Abi): Omit<BlpLibraryDescription, 'decoder'> {
  const numbers = [0, 1, 2, 3].map(() => new Int32Array(1));
  abi.call.getVersionInfo(...numbers);
  const versionIdentifier = abi.call.getVersionIdentifier?.() ?? '';
  return {
    path: abi.path,
    version: numbers.map((cell) => String(cell[0])).join('.'),
    versionIdentifier,
    isEmulator: /emulator/i.test(versionIdentifier),
    optionalSymbols: abi.optionalSymbols,
  };
}

/**
 * Opens (once) and describes the library. Throws BlpError of class `load`: LIBRARY_MISSING, LIBRARY_NOT_ELF,
 * LIBRARY_WRONG_ARCHITECTURE, LIBRARY_NOT_BLPAPI, LIBRARY_SYMBOL_MISSING, LIBRARY_LOAD_FAILED, SHIM_MISSING.
 */
export function openLibrary(path: string, decoder?: BlpSessionOptions['decoder']): BlpLibraryDescription {
  if (!isAbsolute(path)) throw loadError('LIBRARY_MISSING', `${path} is not an absolute path`);
  const chosen = chooseDecoder(decoder);
  let library = opened.get(path);
  if (library === undefined) {
    checkLibraryFile(path);
    if (opened.size >= librariesMax)
      throw loadError('LIBRARY_LOAD_FAILED', `${librariesMax} libraries are open in this process`);
    const abi = openAbi(path);
    library = { abi, description: describe(abi) };
    opened.set(path, library);
  }
  if (chosen === 'shim') openShim(shimPath, path);
  return { ...library.description, decoder: chosen };
}

/** The calls of an opened library, for what needs no session: version, options, names, error texts. */
export function libraryCalls(path: string): Abi {
  openLibrary(path, 'ffi');
  const library = opened.get(path);
  if (library === undefined) throw loadError('LIBRARY_LOAD_FAILED', `${path} is not open`);
  return library.abi;
}
