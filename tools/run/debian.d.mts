/** Undefined when all of these packages are there, else what to tell who needs them. */
export function missingAmong(names: readonly string[]): string | undefined;
