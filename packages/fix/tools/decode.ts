/** `fix decode`: what a log says, for people or as JSON. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { findMessages } from './frames.ts';
import { present, type Presentation } from './present.ts';
import { dictionaryOfFile, Versions } from './versions.ts';

export interface DecodeOptions extends Presentation {
  /** Standard input when it is absent or `-`. */
  readonly file: string | undefined;
  /** A counterparty's own data dictionary. */
  readonly dictionary: string | undefined;
}

/** Resolves to the exit code. */
export async function decode(options: DecodeOptions): Promise<number> {
  const versions = new Versions(
    options.dictionary === undefined ? undefined : dictionaryOfFile(options.dictionary),
  );
  let count = 0;
  for await (const found of findMessages(linesOf(options.file))) {
    count += 1;
    await print(`${present(found, versions, options)}\n`);
  }
  if (count > 0) return 0;
  process.stderr.write('no FIX message found\n');
  return 1;
}

export function linesOf(file: string | undefined): AsyncIterable<string> {
  const input = file === undefined || file === '-' ? process.stdin : createReadStream(file);
  input.setEncoding('latin1');
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

/** A log is longer than what a pipe takes at once. */
export async function print(text: string): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise<void>((resolve) => {
    process.stdout.once('drain', resolve);
  });
}
