/** Builds and runs the two acceptors that acceptance dialogues are played against. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fix40Table } from '@tidegate/fix/dictionary/fix40';
import { fix41Table } from '@tidegate/fix/dictionary/fix41';
import { fix42Table } from '@tidegate/fix/dictionary/fix42';
import { fix43Table } from '@tidegate/fix/dictionary/fix43';
import { fix44Table } from '@tidegate/fix/dictionary/fix44';
import { fix50Table } from '@tidegate/fix/dictionary/fix50';
import { fix50sp1Table } from '@tidegate/fix/dictionary/fix50sp1';
import { fix50sp2Table } from '@tidegate/fix/dictionary/fix50sp2';
import { fixt11Table } from '@tidegate/fix/dictionary/fixt11';
import { dictionaryXml } from '@tidegate/fix/dictionary/xml';
import { sessionOfADay } from './quickfix.ts';

const source = fileURLToPath(new URL('acceptance.reference.cpp', import.meta.url));
const server = fileURLToPath(new URL('../../packages/fix/tools/acceptance.ts', import.meta.url));

const tables = {
  FIX40: fix40Table,
  FIX41: fix41Table,
  FIX42: fix42Table,
  FIX43: fix43Table,
  FIX44: fix44Table,
  FIX50: fix50Table,
  FIX50SP1: fix50sp1Table,
  FIX50SP2: fix50sp2Table,
  FIXT11: fixt11Table,
};

export interface Counterparty {
  readonly port: number;
  stop(): Promise<void>;
}

/** QuickFIX C++ with dictionaries written from our own tables. */
export async function startReference(folder: string): Promise<Counterparty> {
  const program = join(folder, 'acceptance_reference');
  const dictionaries = join(folder, 'dictionaries');
  execFileSync('g++', ['-std=c++14', '-O1', '-w', '-o', program, source, '-lquickfix', '-lpthread'], {
    stdio: 'inherit',
  });
  mkdirSync(dictionaries);
  for (const [name, table] of Object.entries(tables)) {
    writeFileSync(join(dictionaries, `${name}.xml`), dictionaryXml(table));
  }
  const port = await freePort();
  const { StartTime, EndTime } = sessionOfADay();
  const child = spawn(program, [String(port), dictionaries, StartTime, EndTime], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await firstLine(child, /^listening$/);
  return { port, stop: () => stopped(child, () => child.stdin!.end()) };
}

/** Ours: the program behind `npm run fix:acceptance`. */
export async function startOurs(): Promise<Counterparty> {
  const args = ['--conditions=tidegate-source', server, '--host', '127.0.0.1', '--port', '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = await firstLine(child, /^listening on 127\.0\.0\.1:(\d+)$/);
  return { port: Number(said[1]), stop: () => stopped(child, () => child.kill('SIGTERM')) };
}

async function firstLine(child: ChildProcess, wanted: RegExp): Promise<RegExpExecArray> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const found = wanted.exec(line);
    if (found !== null) return found;
  }
  throw new Error(`ended with ${child.exitCode} before it listened`);
}

async function stopped(child: ChildProcess, ask: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  ask();
  const deadline = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(deadline);
}

/** QuickFIX can't be told to let the system choose. */
async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
