/**
 * `npm run bench -- fix`: our FIX engine against QuickFIX C++, in the same run and in turns, medians of
 * rounds. Everything here says what its store survives: `memory` nothing; `file` the loss of the process on
 * both sides (neither calls fsync).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  encodeSample,
  writeExecutionReport,
  writeMarketData,
  writeNewOrderSingle,
} from '@tidegate/fix/codec/samples';
import { measureCodec, type CodecFigure } from '../../packages/fix/bench/codec.ts';
import { Generator, type PacedFigure } from './fix/generator.ts';
import { QuickFix, ended, type Listening } from './fix/quickfix.ts';
import type { BenchReport, Result } from './measure.ts';

const PEER = 'QuickFIX C++, -O2';
const CODEC_MS = 400;
const PIPELINED_SECONDS = 2;
const PACED_SECONDS = 4;
const PACED_RATE = 5_000;
const FLEET_SECONDS = 10;
const FLEET_SESSIONS = 1_000;
const FLEET_RATE = 20;
const BYTES_PER_MESSAGE_MAX = 200;

type Store = 'memory' | 'file';
const survives: Readonly<Record<Store, string>> = {
  memory: 'memory store, survives nothing',
  file: 'file store, survives process loss',
};

/** One line of the table: ours against the peer's; `floor` and `target` are of the ratio ours / peer. */
interface Line {
  readonly name: string;
  readonly unit: 'messages/s' | 'ms';
  readonly ours: readonly number[];
  readonly peers: readonly number[];
  readonly floor?: number;
  readonly target?: number;
  readonly conditions: string;
}

class Table {
  readonly results: Result[] = [];
  missed = 0;

  add(line: Line): void {
    const value = median(line.ours);
    const peerValue = median(line.peers);
    const ratio = value / peerValue;
    const isMore = line.unit === 'messages/s';
    const isKept = (bound: number | undefined): boolean =>
      bound === undefined || (isMore ? ratio >= bound : ratio <= bound);
    const sign = isMore ? '≥' : '≤';
    const verdict =
      line.floor === undefined
        ? ''
        : !isKept(line.floor)
          ? `  floor ${sign} ${line.floor}× missed`
          : isKept(line.target)
            ? `  target ${sign} ${line.target ?? line.floor}× met`
            : `  floor ${sign} ${line.floor}× met, target ${line.target}×`;
    if (!isKept(line.floor)) this.missed += 1;
    const columns = [value, peerValue].map((figure) => shown(figure, line.unit).padStart(11)).join(' ');
    process.stdout.write(`${line.name.padEnd(46)} ${columns} ${ratio.toFixed(2).padStart(6)}×${verdict}\n`);
    this.push(line.name, line.unit, value, peerValue, line.conditions);
  }

  /** A figure with a limit of its own, without a peer. */
  limit(name: string, value: number, unit: string, max: number, conditions: string, target?: number): void {
    const isKept = value <= max;
    if (!isKept) this.missed += 1;
    const shownValue = `${round(value)} ${unit}`.padStart(11);
    const aim = target === undefined ? '' : `, target ${target}${value <= target ? ' met' : ''}`;
    process.stdout.write(`${name.padEnd(46)} ${shownValue} ${isKept ? '' : 'over '}(at most ${max}${aim})\n`);
    this.push(name, unit, value, max, conditions, 'limit');
  }

  private push(
    name: string,
    unit: string,
    value: number,
    peerValue: number,
    conditions: string,
    peer = PEER,
  ): void {
    this.results.push({
      name: `fix: ${name}`,
      unit,
      value: round(value),
      peer,
      peerValue: round(peerValue),
      ratio: round(value / peerValue),
      conditions,
    });
  }
}

interface Bench {
  readonly table: Table;
  readonly quickFix: QuickFix;
  readonly generator: Generator;
  readonly folder: string;
  readonly rounds: number;
}

/** `rounds` of each measurement; the floors are stated for medians of 7. */
export async function benchFix(rounds = 7): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-fix-'));
  try {
    const table = new Table();
    const bench: Bench = {
      table,
      quickFix: new QuickFix(folder),
      generator: new Generator(folder),
      folder,
      rounds,
    };
    process.stdout.write(`${''.padEnd(46)} ${'ours'.padStart(11)} ${'QuickFIX'.padStart(11)}\n`);
    benchCodec(bench);
    for (const store of ['memory', 'file'] as const) await benchPipelined(bench, store);
    for (const store of ['memory', 'file'] as const) await benchPaced(bench, store);
    await benchFleet(bench);
    await benchAllocation(table);
    return { results: table.results, missed: table.missed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function benchCodec({ table, quickFix, rounds }: Bench): void {
  const frames = [
    encodeSample('D', writeNewOrderSingle),
    encodeSample('8', writeExecutionReport),
    encodeSample('W', (fields) => writeMarketData(fields)),
  ];
  const cases = [
    { type: 'D', name: 'NewOrderSingle', parse: [3, 4], encode: [4, 5] },
    { type: '8', name: 'ExecutionReport', parse: [3, 4.5], encode: [4, 6] },
    { type: 'W', name: 'W, 20 entries', parse: [2, 2.7], encode: [5, 7] },
  ] as const;
  const ours: CodecFigure[][] = [];
  const peers = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(measureCodec(CODEC_MS));
    peers.push(quickFix.codec(frames, CODEC_MS));
  }
  const conditions = 'one core, processor time, best of 5 a round';
  for (const [index, { type, name, parse, encode }] of cases.entries()) {
    table.add({
      name: `parse, checksum, validation: ${name}`,
      unit: 'messages/s',
      ours: ours.map((figures) => figures[index]!.parseAndValidate),
      peers: peers.map((rates) => rates.get(type)!.parseAndValidate),
      floor: parse[0],
      target: parse[1],
      conditions,
    });
    table.add({
      name: `encode: ${name}`,
      unit: 'messages/s',
      ours: ours.map((figures) => figures[index]!.encode),
      peers: peers.map((rates) => rates.get(type)!.encode),
      floor: encode[0],
      target: encode[1],
      conditions,
    });
  }
}

async function benchPipelined(
  { table, quickFix, generator, folder, rounds }: Bench,
  store: Store,
): Promise<void> {
  const batched: number[] = [];
  const single: number[] = [];
  const peers: number[] = [];
  for (let round = 0; round < rounds; round++) {
    batched.push(await pipelined(await acceptOurs(store, folder), generator));
    peers.push(await pipelined(await quickFix.accept(store), generator));
    single.push(await pipelined(await acceptOurs(store, folder, 'unbatched'), generator));
  }
  const conditions = `D in, 8 out over loopback, window 512, full session; ${survives[store]}`;
  const isMemory = store === 'memory';
  table.add({
    name: `D → 8 pipelined, ${store} store`,
    unit: 'messages/s',
    ours: batched,
    peers,
    floor: isMemory ? 4 : 7,
    target: isMemory ? 8 : 14,
    conditions: `${conditions}; one write a turn, QuickFIX one a message`,
  });
  table.add({
    name: `  same, one write per message`,
    unit: 'messages/s',
    ours: single,
    peers,
    floor: isMemory ? 1.5 : 2,
    conditions: `${conditions}; one write a message on both sides`,
  });
}

async function benchPaced(
  { table, quickFix, generator, folder, rounds }: Bench,
  store: Store,
): Promise<void> {
  const ours: PacedFigure[] = [];
  const peers: PacedFigure[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await paced(await acceptOurs(store, folder), generator));
    peers.push(await paced(await quickFix.accept(store), generator));
  }
  for (const [name, pick, floor, target] of [
    ['p50', (figure: PacedFigure) => figure.p50, 1.1, 0.9],
    ['p99', (figure: PacedFigure) => figure.p99, 2, 1],
    ['p99.9', (figure: PacedFigure) => figure.p999, undefined, undefined],
  ] as const) {
    table.add({
      name: `D → 8 at ${PACED_RATE}/s, ${store} store, ${name}`,
      unit: 'ms',
      ours: ours.map(pick),
      peers: peers.map(pick),
      ...(floor === undefined ? {} : { floor, target }),
      conditions: `from due time; ${survives[store]}`,
    });
  }
}

async function benchFleet({ table, generator }: Bench): Promise<void> {
  const acceptor = spawn(process.execPath, [program('fleet.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: acceptor.stdout })[Symbol.asyncIterator]();
  const ports = String((await lines.next()).value)
    .split(',')
    .map(Number);
  const figure = await generator.fleet(ports, FLEET_SECONDS, FLEET_SESSIONS, FLEET_RATE);
  acceptor.stdin.write('\n');
  const { megabytes } = JSON.parse(String((await lines.next()).value)) as { readonly megabytes: number };
  await ended(acceptor);
  const conditions =
    '1,000 sessions over 28 ports, each 20 messages/s both ways from due times, HeartBtInt 2';
  table.limit('1,000 sessions, p99', figure.p99, 'ms', 20, conditions, 5);
  table.limit('1,000 sessions, memory of the acceptors', megabytes, 'MB', 400, conditions);
  table.limit('1,000 sessions, dropped', figure.dropped, '', 0, conditions);
}

async function benchAllocation(table: Table): Promise<void> {
  const bytes = (await run('allocation.ts', [], ['--expose-gc', '--max-semi-space-size=64'])) as Readonly<
    Record<string, number>
  >;
  for (const [type, value] of Object.entries(bytes)) {
    table.limit(
      `allocation on the read path, ${type}`,
      value,
      'B',
      BYTES_PER_MESSAGE_MAX,
      'bytes a validated message',
    );
  }
}

async function pipelined(under: Listening, generator: Generator): Promise<number> {
  try {
    return await generator.pipelined(under.port, PIPELINED_SECONDS);
  } finally {
    await under.stop();
  }
}

async function paced(under: Listening, generator: Generator): Promise<PacedFigure> {
  try {
    return await generator.paced(under.port, PACED_SECONDS, PACED_RATE);
  } finally {
    await under.stop();
  }
}

let runs = 0;

async function acceptOurs(store: Store, folder: string, batching = 'batched'): Promise<Listening> {
  const own = join(folder, `ours-${(runs += 1)}`);
  mkdirSync(own);
  const child = spawn(process.execPath, [program('echo.ts'), store, own, batching], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { port: Number(line), stop: () => ended(child) };
}

function program(name: string): string {
  return fileURLToPath(new URL(`fix/${name}`, import.meta.url));
}

async function run(name: string, args: readonly string[], flags: readonly string[] = []): Promise<unknown> {
  const child = spawn(process.execPath, [...flags, program(name), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
  return JSON.parse(output);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[sorted.length >> 1] as number;
}

function shown(value: number, unit: Line['unit']): string {
  if (unit === 'ms') return `${value.toFixed(3)} ms`;
  return value >= 1e6 ? `${(value / 1e6).toFixed(2)}M/s` : `${Math.round(value / 1e3)}k/s`;
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;
