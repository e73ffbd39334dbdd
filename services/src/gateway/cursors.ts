/**
 * How far this gateway had handled each partition when it last looked: a lower bound, so that a restart
 * reads only the tail of the journal. Exactness comes from the sessions' own cursors; a bound that is too
 * low costs reading, never a second report.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const file = z.record(z.string(), z.int().min(0));

export class Cursors {
  private readonly path: string;
  private readonly bounds: Map<string, number>;

  constructor(directory: string) {
    this.path = join(directory, 'cursors.json');
    this.bounds = new Map(Object.entries(this.load()));
  }

  bound(partition: string): number {
    return this.bounds.get(partition) ?? 0;
  }

  /** Replaces the file at once, so that a crash leaves the old or the new one. */
  save(bounds: ReadonlyMap<string, number>): void {
    const text = JSON.stringify(Object.fromEntries(bounds));
    writeFileSync(`${this.path}.new`, text);
    renameSync(`${this.path}.new`, this.path);
  }

  private load(): Record<string, number> {
    try {
      return file.parse(JSON.parse(readFileSync(this.path, 'utf8')));
    } catch {
      return {}; // absent or torn: read the journal from its beginning
    }
  }
}
