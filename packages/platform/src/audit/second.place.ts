/**
 * The second place of checkpoints: a folder out of reach of whoever administers the database. Beside each
 * checkpoint stand the hashes of the entries since the one before it, so that a verifier can name the first
 * entry that is no longer what was signed. Nothing in it is ever written over.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hash } from './tree.ts';

const keyName = 'audit.pub';
const sizeDigits = 15;
const checkpointPattern = /^(\d{15})\.checkpoint$/;

export class SecondPlace {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Size and note of the last checkpoint that is there. */
  async last(): Promise<{ readonly size: number; readonly note: string } | undefined> {
    await mkdir(this.#folder, { recursive: true });
    const names = (await readdir(this.#folder)).filter((name) => checkpointPattern.test(name)).sort();
    const name = names.at(-1);
    if (name === undefined) return undefined;
    const note = await readFile(join(this.#folder, name), 'utf8');
    return { size: Number(name.slice(0, sizeDigits)), note };
  }

  /** `hashes`: of the entries since the last checkpoint that is there. */
  async add(size: number, note: string, hashes: readonly Hash[], key: string): Promise<void> {
    const name = String(size).padStart(sizeDigits, '0');
    await this.#write(keyName, `${key}\n`);
    await this.#write(`${name}.hashes`, hashes.map((hash) => `${hash.toString('hex')}\n`).join(''));
    // Last: hashes that no checkpoint follows yet are nobody's.
    await this.#write(`${name}.checkpoint`, note);
  }

  /** What is there already stays. */
  async #write(name: string, text: string): Promise<void> {
    const unfinished = join(this.#folder, `${name}.${randomUUID()}.new`);
    await writeFile(unfinished, text, { flag: 'wx', mode: 0o644, flush: true });
    try {
      await link(unfinished, join(this.#folder, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      await rm(unfinished, { force: true });
    }
  }
}
