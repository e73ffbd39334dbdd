/**
 * How far this gateway had handled each partition when it last looked: a lower bound, so that a restart
 * reads only the tail of the journal. Exactness comes from the sessions' own cursors; a bound that is too
 * low costs reading, never a second report.
 */
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const file = z.record(z.string(), z.int().min(0));

export class Cursors {
  private readonly path: string;
  readonly bounds: ReadonlyMap<string, number>;
  private saving = false;

  constructor(directory: string) {
    this.path = join(directory, 'cursors.json');
    this.bounds = new Map(Object.entries(this.load()));
  }

  /**
   * Replaces the file at once, so that a crash leaves the old or the new one. Off the event loop: a rename
   * may wait for the disk. While one save is under way another does nothing.
   */
  async save(bounds: ReadonlyMap<string, number>): Promise<void> {
    if (this.saving) return;
    this.saving = true;
    try {
      await writeFile(`${this.path}.new`, JSON.stringify(Object.fromEntries(bounds)));
      await rename(`${this.path}.new`, this.path);
    } finally {
      this.saving = false;
    }
  }

  private load(): Record<string, number> {
    try {
      return file.parse(JSON.parse(readFileSync(this.path, 'utf8')));
    } catch {
      return {}; // absent or torn: read the journal from its beginning
    }
  }
}
