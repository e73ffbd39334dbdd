/**
 * Secrets come from files, never from argv or settings: Bloomberg's library reports the command line to the
 * server.
 */
import { readFileSync } from 'node:fs';
import { localError } from './errors.ts';

const secretBytesMax = 64 * 1024;

/** Content of a secret's file without the trailing newline; the error names the file, never the content. */
export function readSecret(path: string): string {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw localError('options', 'SECRET_FILE', `${path}: ${code ?? 'cannot be read'}`);
  }
  if (content.length > secretBytesMax) throw localError('options', 'SECRET_FILE', `${path} is too large`);
  const text = content.toString('utf8').replace(/\r?\n$/, '');
  if (text === '') throw localError('options', 'SECRET_FILE', `${path} is empty`);
  return text;
}
