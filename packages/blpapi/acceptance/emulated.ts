/**
 * Sessions against the emulator for tests and benchmarks: compiles what has to be compiled, writes scenario
 * files, and records what a session says.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildShim } from '../native/build.mjs';
import type {
  BlpBatch,
  BlpEvent,
  BlpSessionEnd,
  BlpSessionListener,
  BlpSessionOptions,
} from '../src/contract.ts';
import { BlpSession } from '../src/session.ts';

const emulatorBuild = fileURLToPath(new URL('../emulator/build.mjs', import.meta.url));

export const emulatorPath = fileURLToPath(new URL('../build/libblpapi3_64.so', import.meta.url));

/** Compiles shim and emulator when they are not up to date. */
export function buildNative(): void {
  const shim = buildShim();
  if (shim.state !== 'built' && shim.state !== 'current') throw new Error(`the shim: ${shim.text}`);
  const run = spawnSync(process.execPath, [emulatorBuild], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the emulator: ${run.stdout}${run.stderr}`);
}

const folder = mkdtempSync(join(tmpdir(), 'blpapi-scenario-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
let scenarios = 0;

/** Server host of a scenario with these lines; each has a count of sessions of its own. */
export function scenarioHost(...lines: readonly string[]): string {
  const path = join(folder, `scenario-${++scenarios}`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return `scenario:${path}`;
}

/** Options of a session on the emulator; waits are short because nothing is far away. */
export function emulatedOptions(host: string, more: Partial<BlpSessionOptions> = {}): BlpSessionOptions {
  return { library: emulatorPath, servers: [{ host, port: 8194 }], pollMs: 5, ...more };
}

type Wanted<K extends BlpEvent['kind']> = Extract<BlpEvent, { kind: K }>;

/** Remembers events and lets a test wait for the one it means. */
export class Recorder implements BlpSessionListener {
  readonly events: BlpEvent[] = [];
  readonly ended: Promise<BlpSessionEnd>;
  readonly #waiting = new Set<() => void>();
  #end!: (end: BlpSessionEnd) => void;
  #hasEnded = false;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  onBatch(batch: BlpBatch): void {
    this.events.push(...batch.events);
    for (const look of this.#waiting) look();
  }

  onEnd(end: BlpSessionEnd): void {
    if (this.#hasEnded) throw new Error('onEnd was called twice');
    this.#hasEnded = true;
    this.#end(end);
    for (const look of this.#waiting) look();
  }

  of<K extends BlpEvent['kind']>(kind: K): Wanted<K>[] {
    return this.events.filter((event): event is Wanted<K> => event.kind === kind);
  }

  /** The first event of the kind that `isIt`; rejects when the session ends without one. */
  until<K extends BlpEvent['kind']>(kind: K, isIt: (event: Wanted<K>) => boolean): Promise<Wanted<K>> {
    return new Promise((resolve, reject) => {
      let seen = 0;
      const look = (): void => {
        for (; seen < this.events.length; seen++) {
          const event = this.events[seen] as BlpEvent;
          if (event.kind !== kind || !isIt(event as Wanted<K>)) continue;
          this.#waiting.delete(look);
          resolve(event as Wanted<K>);
          return;
        }
        if (!this.#hasEnded) return;
        this.#waiting.delete(look);
        reject(new Error(`the session ended without the ${kind} event`));
      };
      this.#waiting.add(look);
      look();
    });
  }
}

export interface Emulated {
  readonly session: BlpSession;
  readonly recorder: Recorder;
}

/** A session on a scenario that has started. */
export async function startSession(options: BlpSessionOptions): Promise<Emulated> {
  const recorder = new Recorder();
  const session = new BlpSession(options, recorder);
  await session.start();
  return { session, recorder };
}
