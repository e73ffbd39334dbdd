/**
 * Compiles and runs the QuickFIX C++ side of the FIX benchmark, with a dictionary written from our tables.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fix44Table } from '@tidegate/fix/dictionary/fix44';
import { dictionaryXml } from '@tidegate/fix/dictionary/xml';
import { sessionOfADay } from '../../interop/quickfix.ts';

const source = fileURLToPath(new URL('quickfix_bench.cpp', import.meta.url));

export interface CodecRates {
  /** Messages per second of processor time. */
  readonly parseAndValidate: number;
  readonly encode: number;
}

/** A process under the benchmark that listens on a port. */
export interface Listening {
  readonly port: number;
  stop(): Promise<void>;
}

export class QuickFix {
  readonly #folder: string;
  readonly #program: string;
  readonly #dictionary: string;
  #runs = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#program = join(folder, 'quickfix_bench');
    this.#dictionary = join(folder, 'FIX44.xml');
    writeFileSync(this.#dictionary, dictionaryXml(fix44Table));
    execFileSync('g++', ['-std=c++14', '-O2', '-w', '-o', this.#program, source, '-lquickfix', '-lpthread']);
  }

  /** By MsgType, of the frames given. */
  codec(frames: readonly Uint8Array[], milliseconds: number): ReadonlyMap<string, CodecRates> {
    const lines = frames.map((frame) => Buffer.from(frame).toString('latin1').replaceAll('\x01', '|'));
    const output = execFileSync(this.#program, ['codec', this.#dictionary, String(milliseconds)], {
      input: `${lines.join('\n')}\n`,
      encoding: 'utf8',
    });
    return new Map(
      output
        .trim()
        .split('\n')
        .map((line) => {
          const [, type = '', parse, encode] = line.split(' ');
          return [type, { parseAndValidate: Number(parse), encode: Number(encode) }];
        }),
    );
  }

  /** `acceptor` answers an order with one report, `executor` with New and its fill. */
  async accept(store: 'memory' | 'file', as: 'acceptor' | 'executor' = 'acceptor'): Promise<Listening> {
    const port = await freePort();
    const folder = join(this.#folder, `quickfix-${(this.#runs += 1)}`);
    mkdirSync(folder);
    const config = join(folder, 'acceptor.cfg');
    writeFileSync(config, configuration(port, folder, this.#dictionary));
    const child = spawn(this.#program, [as, config, store], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(createInterface({ input: child.stdout }), 'line');
    return { port, stop: () => ended(child) };
  }
}

/** Closes the child's input, which ends it. */
export async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.stdin?.end();
  await exit;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function configuration(port: number, folder: string, dictionary: string): string {
  const { StartTime, EndTime } = sessionOfADay();
  return [
    '[DEFAULT]',
    'ConnectionType=acceptor',
    `SocketAcceptPort=${port}`,
    'SocketReuseAddress=Y',
    'SocketNodelay=Y',
    `StartTime=${StartTime}`,
    `EndTime=${EndTime}`,
    `FileStorePath=${folder}`,
    'UseDataDictionary=Y',
    `DataDictionary=${dictionary}`,
    '[SESSION]',
    'BeginString=FIX.4.4',
    'SenderCompID=TIDEGATE',
    'TargetCompID=CLIENT-ONE',
    '',
  ].join('\n');
}
