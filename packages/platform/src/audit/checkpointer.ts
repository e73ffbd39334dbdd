/**
 * Signs a checkpoint each minute in which the audit has grown, and puts it into SQL and the second place. It
 * signs nothing that does not continue what it, or another before it, has signed: a smaller or another audit
 * is told as an event and left unsigned.
 */
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes, randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../observe/clock.ts';
import type { SystemEvents } from '../observe/system.events.ts';
import { growTo, type Audit } from './audit.ts';
import { newSignerText, openCheckpoint, readSigner, signCheckpoint, type NoteSigner } from './checkpoint.ts';
import type { SecondPlace } from './second.place.ts';
import { GrowingTree, type Hash } from './tree.ts';

export interface CheckpointerOptions {
  readonly audit: Audit;
  readonly signer: NoteSigner;
  readonly leaseEpoch: number;
  readonly clock: Clock;
  readonly events: Pick<SystemEvents, 'record'>;
  readonly log: Pick<Logger, 'warn'>;
  readonly secondPlace?: SecondPlace | undefined;
  readonly everyMs?: number;
}

/** What became of a round. */
export type Rounded = 'signed' | 'unchanged' | 'refused' | 'superseded';

const pageSize = 10_000;

export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #tree = new GrowingTree();
  /** Hash of the tree's last entry. */
  #last: Hash | undefined;
  #isRefused = false;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: CheckpointerOptions) {
    this.#options = options;
  }

  start(): void {
    const next = (): void => {
      this.#work = this.#roundAndLog();
    };
    this.#timer = setInterval(next, this.#options.everyMs ?? 60_000).unref();
    next();
  }

  /** What came since the last round is signed before. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#work;
    await this.#roundAndLog();
  }

  async #roundAndLog(): Promise<void> {
    try {
      await this.round();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'no checkpoint of the audit, tried again');
    }
  }

  /** Throws when SQL or the second place does not answer. */
  async round(): Promise<Rounded> {
    const { audit, secondPlace } = this.#options;
    const inSql = await audit.lastCheckpoint();
    const placed = await secondPlace?.last();
    const said = [inSql, placed].filter((one) => one !== undefined);
    // The smaller first: the tree grows from one to the other.
    for (const { size, note } of said.sort((a, b) => a.size - b.size)) {
      const fault = await this.#faultOf(size, note);
      if (fault !== undefined) return this.#refuse(fault);
    }
    const head = await audit.head();
    if (head.number < this.#tree.size)
      return this.#refuse(`it has ${head.number} of ${this.#tree.size} entries`);
    if (this.#last !== undefined) {
      const [last] = await audit.hashesAfter(this.#tree.size - 1, 1);
      if (last?.equals(this.#last) !== true) return this.#refuse(`its entry ${this.#tree.size} is another`);
    }
    await this.#grow(head.number);
    this.#isRefused = false;
    const { size } = this.#tree;
    if (size === 0) return 'unchanged';
    const isNew = inSql === undefined || size > inSql.size;
    if (!isNew && (secondPlace === undefined || placed?.size === size)) return 'unchanged';
    return (await this.#sign(isNew, placed?.size ?? 0)) ? 'signed' : 'superseded';
  }

  async #sign(isNew: boolean, placedSize: number): Promise<boolean> {
    const { audit, clock, leaseEpoch, secondPlace, signer } = this.#options;
    const { size } = this.#tree;
    const note = signCheckpoint(size, this.#tree.root(), signer);
    const key = signer.verifier.text;
    const at = new Date(clock.nowMs()).toISOString();
    if (isNew && !(await audit.addCheckpoint({ size, at, leaseEpoch, key, note }))) return false;
    if (secondPlace !== undefined && placedSize < size)
      await secondPlace.add(size, note, await this.#hashes(placedSize, size), key);
    return true;
  }

  async #hashes(from: number, to: number): Promise<readonly Hash[]> {
    const all: Hash[] = [];
    while (from + all.length < to) {
      const limit = Math.min(pageSize, to - from - all.length);
      const some = await this.#options.audit.hashesAfter(from + all.length, limit);
      if (some.length === 0) throw new Error(`the audit has no entry ${from + all.length + 1}`);
      all.push(...some);
    }
    return all;
  }

  /** Does the audit still begin with what was signed? Undefined: it does. */
  async #faultOf(size: number, note: string): Promise<string | undefined> {
    const { audit, signer } = this.#options;
    const said = openCheckpoint(note, signer.verifier);
    if (said === undefined || said.size !== size)
      return `its checkpoint of ${size} entries is not of this key`;
    const { number } = await audit.head();
    if (number < size) return `it has ${number} entries, and ${size} were signed`;
    if (this.#tree.size > size) return undefined; // grown from it
    await this.#grow(size);
    if (this.#tree.root().equals(said.root)) return undefined;
    this.#tree = new GrowingTree(); // read again, in case that it is mended
    this.#last = undefined;
    return `its first ${size} entries are not those signed`;
  }

  async #grow(size: number): Promise<void> {
    if (size <= this.#tree.size) return;
    await growTo(this.#options.audit, this.#tree, size);
    [this.#last] = await this.#options.audit.hashesAfter(size - 1, 1);
  }

  #refuse(fault: string): 'refused' {
    if (!this.#isRefused)
      this.#options.events.record({
        kind: 'auditRefused',
        severity: 'critical',
        subject: 'audit',
        text: `the audit is not signed: ${fault}`,
      });
    this.#isRefused = true;
    return 'refused';
  }
}

/** The key of the file, which is made when it is absent: readable by its owner only. */
export function openSigner(keyFile: string): NoteSigner {
  if (!existsSync(keyFile)) makeKey(keyFile);
  return readSigner(readFileSync(keyFile, 'utf8'));
}

function makeKey(keyFile: string): void {
  const unfinished = `${keyFile}.${randomUUID()}.new`;
  mkdirSync(dirname(keyFile), { recursive: true });
  // Each log has a name of its own, so that no two can be taken for each other.
  const text = newSignerText(`tidegate.audit/${randomBytes(4).toString('hex')}`);
  writeFileSync(unfinished, `${text}\n`, { flag: 'wx', mode: 0o600, flush: true });
  chmodSync(unfinished, 0o600);
  try {
    linkSync(unfinished, keyFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(unfinished, { force: true });
  }
}
