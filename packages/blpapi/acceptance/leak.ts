/**
 * Session cycles on the emulator, and what they leave behind:
 *
 *   node --expose-gc packages/blpapi/acceptance/leak.ts [cycles, default 10000]
 *
 * Each cycle makes a native session, starts it, opens a service, subscribes, polls, stops and destroys it, on
 * this thread; every hundredth runs a whole session with its worker.
 */
import koffi from 'koffi';
import { BlpSession } from '../src/session.ts';
import { openShim, shimPath } from '../src/shim.ts';
import { buildNative, emulatedOptions, emulatorPath, Recorder, scenarioHost } from './emulated.ts';
import { NativeRun } from './native.ts';

interface LeakReport {
  readonly cycles: number;
  /** Sessions, events, requests, identities alive in the emulator. */
  readonly nativeAliveBefore: readonly number[];
  readonly nativeAlive: readonly number[];
  readonly pollersOpen: number;
  /**
   * Least allocated memory of the last quarter less that of the one before: what stays, not what comes and
   * goes. Allocated, not resident: pages that an allocator keeps for later are nobody's leak, and there can
   * be megabytes of them.
   */
  readonly growthBytes: number;
}

const kinds = [0, 1, 2, 3];
const wholeEvery = 100;
const sampledEvery = 50;
/** Over a quarter of the cycles: a hundred bytes a cycle would be more. */
const growthBytesMax = 256 << 10;

const market = 'security "EURUSD BGN Curncy" price 1.08502 decimals 5 spread 0.00004 rate 2000 size 1000000';

const mallocFields = [
  'arena',
  'ordblks',
  'smblks',
  'hblks',
  'hblkhd',
  'usmblks',
  'fsmblks',
  'uordblks',
  'fordblks',
  'keepcost',
];
const MallocInfo = koffi.struct(
  'mallinfo2',
  Object.fromEntries(mallocFields.map((name) => [name, 'size_t'])),
);
/** Counts of the C library's allocator, glibc 2.33 and later: mallinfo(3). */
const mallocInfo = koffi.load('libc.so.6').func('mallinfo2', MallocInfo, []) as unknown as () => Record<
  'uordblks' | 'hblkhd',
  number | bigint
>;

function cycleNative(host: string): void {
  const run = new NativeRun(emulatedOptions(host), {
    decoder: 'shim',
    bufferBytes: 65_536,
    areBuffersKept: false,
  });
  const { calls } = run.session;
  calls.start(null);
  run.until('SessionStarted');
  calls.openService({ service: '//blp/mktdata', correlationId: 2 });
  run.until('ServiceOpened');
  const fields = ['BID', 'ASK'];
  calls.subscribe({ entries: [{ correlationId: 3, topic: 'EURUSD BGN Curncy', fields, options: [] }] });
  run.until('MarketDataEvents', 3);
  calls.stop(null);
  run.until('SessionTerminated');
  run.close();
}

async function cycleWhole(host: string): Promise<void> {
  const recorder = new Recorder();
  const session = new BlpSession(emulatedOptions(host), recorder);
  await session.start();
  await session.openService('//blp/mktdata');
  await session.subscribe([{ topic: 'EURUSD BGN Curncy', fields: ['BID'] }]);
  await recorder.until('data', () => true);
  await session.stop();
}

async function cycleSessions(cycles: number): Promise<LeakReport> {
  buildNative();
  const alive = koffi.load(emulatorPath).func('tidegate_emulator_alive', 'long', ['int']);
  const counts = (): number[] => kinds.map((kind) => Number(alive(kind)));
  const nativeAliveBefore = counts();
  const manual = scenarioHost('pace manual', market);
  const real = scenarioHost(market);
  const allocated: number[] = [];
  for (let cycle = 0; cycle < cycles; cycle++) {
    if (cycle % wholeEvery === 0) await cycleWhole(real);
    else cycleNative(manual);
    if (cycle % sampledEvery === 0) allocated.push(allocatedBytes());
  }
  return {
    cycles,
    nativeAliveBefore,
    nativeAlive: counts(),
    pollersOpen: openShim(shimPath, emulatorPath).pollersOpen(),
    growthBytes: leastOf(allocated, 0.75, 1) - leastOf(allocated, 0.5, 0.75),
  };
}

function leastOf(samples: readonly number[], from: number, to: number): number {
  return Math.min(...samples.slice(Math.floor(samples.length * from), Math.floor(samples.length * to)));
}

/** What is in use of the script's heap, and of what the C library gave out, buffers among it. */
function allocatedBytes(): number {
  // Twice: the first leaves its buffers to a thread, the second waits for that thread.
  globalThis.gc?.();
  globalThis.gc?.();
  const { uordblks, hblkhd } = mallocInfo();
  return process.memoryUsage().heapUsed + Number(uordblks) + Number(hblkhd);
}

const report = await cycleSessions(Number(process.argv[2] ?? 10_000));
console.log(report);
const isClean = report.nativeAlive.every((count, index) => count === report.nativeAliveBefore[index]);
process.exitCode = isClean && report.pollersOpen === 0 && report.growthBytes < growthBytesMax ? 0 : 1;
