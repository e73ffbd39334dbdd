/**
 * Which library to load: the operator's, or in the demo profile the emulator, which `npm run build` compiles
 * where there is a C compiler.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from '@tidegate/platform/configuration/config';

export const emulatorPath = fileURLToPath(
  new URL('../../../packages/blpapi/build/libblpapi3_64.so', import.meta.url),
);

class LibraryNotThere extends Error {
  readonly category: 'LIBRARY_NOT_GIVEN' | 'NO_COMPILER';

  constructor(category: LibraryNotThere['category'], text: string) {
    super(text);
    this.name = 'LibraryNotThere';
    this.category = category;
  }
}

/** Throws with a `category` when there is none. */
export async function libraryPath({
  blpapiLib,
  profile,
}: Pick<Settings, 'blpapiLib' | 'profile'>): Promise<string> {
  if (blpapiLib !== undefined) return resolve(blpapiLib);
  if (profile === 'production')
    throw new LibraryNotThere('LIBRARY_NOT_GIVEN', 'BLPAPI_LIB does not name Bloomberg’s library');
  if (existsSync(emulatorPath)) return emulatorPath;
  throw new LibraryNotThere(
    'NO_COMPILER',
    'no compiler: the emulator could not be built on this machine, and BLPAPI_LIB names no library',
  );
}
