/**
 * Two processes with one FIX session between them, one of which is killed again and again, at a moment that
 * the seed chooses by the bytes that have passed. In the end both applications must have got everything once.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { NEVER_RESENT } from '@tidegate/fix/session/store';
import { readStore, type StoredRecord } from '@tidegate/fix/session/store.file.read';
import { storeFolder } from '@tidegate/fix/session/store.file';
import type { Random } from '../../sim/src/random.ts';
import { fieldsOf, KillTap } from './fix.kill.tap.ts';

export type Role = 'acceptor' | 'initiator';

export interface Kill {
  readonly victims: readonly Role[];
  /** Bytes on the line, both ways, from when the session's sides are up again. */
  readonly bytesBefore: number;
}

export interface KillResult {
  readonly orders: number;
  readonly resent: number;
  readonly disagreements: readonly string[];
}

/**
 * Seven in ten from the first byte of a Logon on, early ones as often as late ones; the others under full
 * load.
 */
export function planKills(count: number, random: Random): Kill[] {
  return Array.from({ length: count }, () => {
    const dice = random.unit();
    const victims: Role[] =
      dice < 0.45 ? ['acceptor'] : dice < 0.9 ? ['initiator'] : ['acceptor', 'initiator'];
    const bytes = random.unit() < 0.7 ? 2 ** random.within(0, 16) : random.within(20_000, 400_000);
    return { victims, bytesBefore: Math.floor(bytes) };
  });
}

/** One side: the process that runs, and the next one, which has loaded everything and waits. */
class Side {
  readonly #arguments: readonly string[];
  readonly #environment: NodeJS.ProcessEnv;
  readonly #complaints: Complaints;
  #running: Child | undefined;
  #next: Child;

  constructor(role: Role, folder: string, store: string, manner: string, complaints: Complaints) {
    const script = fileURLToPath(new URL('fix.kill.child.ts', import.meta.url));
    this.#arguments = ['--conditions=tidegate-source', script, role, folder, store, manner];
    this.#environment = { ...process.env, NODE_COMPILE_CACHE: `${folder}/compiled` };
    this.#complaints = complaints;
    this.#next = this.#spawn();
  }

  #spawn(): Child {
    return new Child(
      spawn(process.execPath, this.#arguments, {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: this.#environment,
      }),
      this.#complaints,
    );
  }

  /** The running process; another one waits behind it. */
  go(port: number): Child {
    const child = this.#next;
    this.#running = child;
    this.#next = this.#spawn();
    child.tell(`go ${port}`);
    return child;
  }

  get running(): Child {
    if (this.#running === undefined) throw new Error('not started');
    return this.#running;
  }

  async close(): Promise<void> {
    await Promise.all([this.#running?.kill(), this.#next.kill()]);
  }
}

class Child {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<string, (value: number) => void>();

  constructor(child: ChildProcess, complaints: Complaints) {
    this.#process = child;
    child.stdin!.on('error', () => undefined);
    child.stderr!.on('data', (chunk) => complaints.add(String(chunk)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const [word = '', number] = line.split(' ');
      this.#waiting.get(word)?.(Number(number));
    });
  }

  tell(line: string): void {
    this.#process.stdin!.write(`${line}\n`);
  }

  /** The number that it says with this word. Rejects when it ends without. */
  async said(word: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#waiting.set(word, resolve);
    this.#process.once('exit', () => reject(new Error(`ended without saying ${word}`)));
    return promise;
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    if (this.#process.exitCode === null && this.#process.signalCode === null)
      await once(this.#process, 'exit');
  }
}

/** Nothing moves for so long: it never will. */
const limitMs = 30_000;

/** What must not happen, as the processes and the line tell it; the first ends the run. */
class Complaints {
  readonly texts: string[] = [];
  readonly #first = Promise.withResolvers<never>();

  constructor() {
    this.#first.promise.catch(() => undefined);
  }

  add(text: string): void {
    this.texts.push(text);
    this.#first.reject(new Error(text));
  }

  /** `what` comes to pass, or something else must be said. */
  async unless<T>(happened: Promise<T>, what: string): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`not in ${limitMs} ms: ${what}`)), limitMs);
    try {
      return await Promise.race([happened, this.#first.promise, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** `store`: `file`, or the URL of a migrated database. */
export async function runKills(
  kills: readonly Kill[],
  options: { readonly folder: string; readonly store: string; readonly manner: 'at-once' | 'later' },
): Promise<KillResult> {
  const { folder, store, manner } = options;
  const complaints = new Complaints();
  const tap = await KillTap.open();
  const sides = {
    acceptor: new Side('acceptor', folder, store, manner, complaints),
    initiator: new Side('initiator', folder, store, manner, complaints),
  };
  const start = async (role: Role): Promise<void> => {
    if (role === 'initiator') sides.initiator.go(tap.port);
    else tap.target = await sides.acceptor.go(0).said('port');
  };
  try {
    await start('acceptor');
    await start('initiator');
    for (const [round, { victims, bytesBefore }] of kills.entries()) {
      const killed = new Promise<void>((resolve, reject) => {
        tap.after(bytesBefore, () => {
          Promise.all(victims.map((role) => sides[role].running.kill())).then(() => resolve(), reject);
        });
      });
      const what = `round ${round}, ${bytesBefore} bytes, then the end of ${victims.join(' and ')}`;
      await complaints.unless(killed, what);
      for (const role of victims) await complaints.unless(start(role), `${role} starts in round ${round}`);
    }
    const settled = sides.initiator.running.said('settled');
    sides.initiator.running.tell('finish');
    const orders = await complaints.unless(settled, 'every order has its report');
    await Promise.all([sides.acceptor.close(), sides.initiator.close()]);
    const disagreements = [
      ...complaints.texts,
      ...tap.disagreements,
      ...notOnceInOrder(`${folder}/orders`, orders),
      ...notOnceInOrder(`${folder}/reports`, orders),
      ...(store === 'file' ? storesDisagree(folder, tap) : []),
    ];
    return { orders, resent: tap.resent, disagreements };
  } catch (error) {
    const told = [...complaints.texts, ...tap.disagreements.slice(0, 10)].join('\n');
    throw new Error(`${String(error)}\n${told}`, { cause: error });
  } finally {
    await Promise.all([sides.acceptor.close(), sides.initiator.close(), tap.close()]);
  }
}

function notOnceInOrder(path: string, count: number): string[] {
  const got = readFileSync(path, 'latin1').split('\n').slice(0, -1);
  const wrong = got.findIndex((line, index) => line !== String(index + 1));
  if (got.length === count && wrong < 0) return [];
  return [`${path}: ${got.length} of ${count}, the first wrong one is ${got[wrong]} at ${wrong}`];
}

/** Every application message that a store still has is, byte for byte, the one that was sent first. */
function storesDisagree(folder: string, tap: KillTap): string[] {
  const differences: string[] = [];
  for (const [name, side] of [
    ['initiator', 'orders'],
    ['acceptor', 'reports'],
  ] as const) {
    const records: StoredRecord[] = [...readStore(storeFolder(folder, name))];
    const messages = records.filter((record) => record.kind === 'message');
    for (const { seqNum, msgType, frame } of messages) {
      if (NEVER_RESENT.has(msgType)) continue;
      const first = tap.first(side, seqNum);
      const { body } = fieldsOf(Buffer.from(frame).toString('latin1'));
      if (first !== undefined && first.body !== body)
        differences.push(`${name} has stored ${body} as ${seqNum}`);
    }
    if (messages.length < Math.min(1_000, tap.count(side)))
      differences.push(`${name}: ${messages.length} stored`);
  }
  return differences;
}
