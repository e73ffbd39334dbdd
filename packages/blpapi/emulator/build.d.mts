/** Types of `build.mjs`. */
export declare const emulatorFolder: string;
export declare const buildFolder: string;
export declare const libraryName: string;

export interface BuildOptions {
  /** -D options; `BLPAPI_EMULATED_VERSION: 308` leaves out the symbols newer than 3.8. */
  readonly defines?: Readonly<Record<string, string | number>>;
  /** Compiler flags in place of -O2. */
  readonly flags?: readonly string[];
  readonly name?: string;
  readonly isForced?: boolean;
}

export type Built =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly code: 'NO_COMPILER' | 'COMPILE_FAILED'; readonly message: string };

export declare function findCompiler(): string | undefined;
export declare function buildEmulator(folder?: string, options?: BuildOptions): Built;
export declare function buildProgram(source: string, target: string, flags?: readonly string[]): Built;
