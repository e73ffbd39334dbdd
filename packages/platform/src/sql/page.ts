/**
 * Keyset paging: a cursor holds the sort key of the last row shown, so pages neither skip nor repeat rows
 * that stay.
 */

/** `next` is the cursor of the following page; null on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** A cursor that this interface did not give out. */
export class InvalidCursor extends Error {
  readonly code = 'INVALID_CURSOR';

  constructor() {
    super('the cursor is not one that a list gave');
    this.name = 'InvalidCursor';
  }
}

const isoPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const idPattern = /^[\x21-\x7e]{1,200}$/;

/** The first part is a time, the others are ids. */
export function pageCursor(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Throws InvalidCursor. */
export function readPageCursor<N extends number>(
  cursor: string,
  parts: N,
): N extends 2 ? [string, string] : [string, string, string] {
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw new InvalidCursor();
  }
  const isGood =
    Array.isArray(key) &&
    key.length === parts &&
    key.every(
      (part, index) =>
        typeof part === 'string' &&
        (index === 0 ? isoPattern.test(part) && !Number.isNaN(Date.parse(part)) : idPattern.test(part)),
    );
  if (!isGood) throw new InvalidCursor();
  return key as N extends 2 ? [string, string] : [string, string, string];
}
