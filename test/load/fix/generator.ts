/**
 * Compiles and runs the load of the FIX benchmark, `generator.cpp`. It is C++ so that its own pauses are in
 * nobody's figures. Milliseconds, from when an order was due.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('generator.cpp', import.meta.url));

export interface PacedFigure {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export interface FleetFigure extends PacedFigure {
  readonly sessions: number;
  readonly dropped: number;
}

export class Generator {
  readonly #program: string;

  constructor(folder: string) {
    this.#program = join(folder, 'generator');
    execFileSync('g++', ['-std=c++17', '-O2', '-o', this.#program, source]);
  }

  /** Round trips per second with 512 orders in flight. */
  async pipelined(port: number, seconds: number): Promise<number> {
    const { perSecond } = await this.#run<{ readonly perSecond: number }>('pipelined', port, seconds);
    return perSecond;
  }

  paced(port: number, seconds: number, rate: number): Promise<PacedFigure> {
    return this.#run('paced', port, seconds, rate);
  }

  /** `rate`: orders a second of each session. */
  fleet(ports: readonly number[], seconds: number, sessions: number, rate: number): Promise<FleetFigure> {
    return this.#run('fleet', ports.join(','), seconds, sessions, rate);
  }

  async #run<T>(...args: readonly (string | number)[]): Promise<T> {
    const child = spawn(this.#program, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new Error(`generator ${args.join(' ')} ended with ${code}`);
    return JSON.parse(output) as T;
  }
}
