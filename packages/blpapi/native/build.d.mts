/** Types of `build.mjs`. */
export interface ShimBuild {
  readonly state: 'built' | 'current' | 'no compiler' | 'failed';
  readonly path: string;
  /** What the compiler said, or why there is none. */
  readonly text: string;
}
export function findCompiler(candidates?: readonly string[]): string | undefined;
export function shimSources(): string[];
export function buildShim(compiler?: string): ShimBuild;
