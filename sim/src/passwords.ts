/**
 * Who may log on to a simulated provider: everyone without a file (demo), else the `username:password` lines
 * of the file.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

const LINES_MAX = 1_000;

export class Passwords {
  /** Undefined: everyone. */
  readonly #digests: ReadonlyMap<string, Buffer> | undefined;

  /** Throws when the file cannot be read or has no usable line. */
  constructor(path?: string) {
    if (path === undefined) return;
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'));
    if (lines.length === 0 || lines.length > LINES_MAX) {
      throw new Error('password file: 1 to 1000 lines username:password');
    }
    this.#digests = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        if (colon < 1) throw new Error('password file: a line is not username:password');
        return [line.slice(0, colon), digest(line.slice(colon + 1).trimEnd())];
      }),
    );
  }

  accepts(username: string | undefined, password: string | undefined): boolean {
    if (this.#digests === undefined) return true;
    const expected = this.#digests.get(username ?? '');
    return expected !== undefined && timingSafeEqual(expected, digest(password ?? ''));
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
