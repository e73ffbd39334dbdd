/**
 * `npm run bench -- stream`: 1,000 WebSocket clients with 20 instruments each, all of which move ten times a
 * second; then the same with one more client that asks for everything and reads nothing.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { adminPassword, signIn } from '../../platform.ts';
import { Figures } from '../figures.ts';
import { BenchProvider } from '../journeys.ts';
import { Usage } from '../machine.ts';
import { monoMs } from '../pace.ts';
import { startTarget, type PlatformTarget } from '../targets.ts';
import { addedSymbols, wideSymbols } from '../ticks.ts';
import { configureDemo, idOf, viewerId } from './configured.ts';
import type { StreamAnswerOfBench, StreamFigures, StreamRequestOfBench } from './stream.load.ts';

const program = fileURLToPath(new URL('stream.load.ts', import.meta.url));
const clients = { whole: 1_000, quick: 1_000 } as const;
/** A user has 100 streams at most. */
const users = 11;
const perSecond = 10;
const seconds = { whole: 20, quick: 5 } as const;
const warmUpSeconds = 3;
/** After the client has stopped reading: until the system's buffers for it are full. */
const stallSeconds = 4;
const leadMs = 500;
const p99MsMax = 50;
const shareMax = 100;

export async function benchStream(isQuick: boolean): Promise<Figures> {
  const figures = new Figures('stream');
  const kind = isQuick ? 'quick' : 'whole';
  const provider = await BenchProvider.start('wide');
  try {
    const target = await startTarget('one', provider, {}, (dataDir) =>
      configureDemo(dataDir, { symbols: addedSymbols, viewers: users }),
    );
    try {
      const load = new StreamLoad();
      try {
        await measureAll(figures, { target, provider, load }, clients[kind], seconds[kind]);
      } finally {
        await load.stop();
      }
    } finally {
      await target.stop();
    }
  } finally {
    await provider.stop();
  }
  return figures;
}

interface Stage {
  readonly target: PlatformTarget;
  readonly provider: BenchProvider;
  readonly load: StreamLoad;
}

async function measureAll(
  figures: Figures,
  { target, provider, load }: Stage,
  count: number,
  length: number,
): Promise<void> {
  const { http, pid } = target.ready;
  const signedIn = await Promise.all(
    Array.from({ length: users }, (_, index) => signIn(http, viewerId(index), adminPassword)),
  );
  await load.ask({
    open: {
      url: new URL('/api/v1/stream', http.replace('http', 'ws')).href,
      tokens: signedIn.map(({ token }) => token),
      clients: count,
      instruments: wideSymbols.map(idOf),
      markupPoints: target.markupPoints,
    },
  });
  const startMs = monoMs() + leadMs;
  const whole = 2 * (warmUpSeconds + length) + stallSeconds + 2;
  const rate = perSecond * wideSymbols.length;
  provider.quote({ startMs, rate, count: rate * whole, burst: wideSymbols.length }).catch(() => undefined);
  const usage = new Usage(pid);
  const measured = async (name: string, more: string, peer?: StreamFigures): Promise<StreamFigures> => {
    await new Promise((resolve) => setTimeout(resolve, warmUpSeconds * 1_000));
    const fromMs = monoMs();
    usage.begin();
    const { figures: read } = (await load.ask({
      measure: { startMs, stepMs: 1_000 / perSecond, fromMs, untilMs: fromMs + length * 1_000 },
    })) as { figures: StreamFigures };
    const conditions = conditionsOf(count, length, read, more);
    add(figures, name, read, usage.share(), conditions, peer);
    return read;
  };
  const all = await measured('', '');
  await load.ask({ stall: true });
  await new Promise((resolve) => setTimeout(resolve, stallSeconds * 1_000));
  await measured(
    'one client reads nothing, ',
    '; one more client has 50 subscriptions and reads nothing',
    all,
  );
}

function conditionsOf(
  count: number,
  length: number,
  { messages, closed }: StreamFigures,
  more: string,
): string {
  return (
    `${count} clients, ${wideSymbols.length} instruments that all move ${perSecond} times a second, ` +
    `${Math.round(messages / length)} messages/s, ${closed} clients closed, from due times, ` +
    `every 20th client read; ${length} s after warm-up${more}`
  );
}

function add(
  figures: Figures,
  name: string,
  read: StreamFigures,
  share: number,
  conditions: string,
  peer: StreamFigures | undefined,
): void {
  const beside = (value: number | undefined) =>
    value === undefined ? {} : { peer: { name: 'all read', value } };
  const tick = `${name}tick to client`;
  figures.add({ name: `${tick} p50`, unit: 'ms', value: read.p50, conditions, ...beside(peer?.p50) });
  figures.add({
    name: `${tick} p99`,
    unit: 'ms',
    value: read.p99,
    floor: { atMost: p99MsMax },
    conditions,
    ...beside(peer?.p99),
  });
  figures.add({
    name: `${name}share of one core`,
    unit: '%',
    value: Math.round(share * 100),
    floor: { atMost: shareMax },
    conditions,
  });
  if (read.closed === 0) return;
  figures.missed += 1;
  figures.say(`  floor missed: ${read.closed} clients that read were closed`);
}

class StreamLoad {
  readonly #child: ChildProcess = fork(program, { execArgv: ['--conditions=tidegate-source'] });
  readonly #exited = once(this.#child, 'exit');

  async ask(request: StreamRequestOfBench): Promise<StreamAnswerOfBench> {
    const answered = Promise.withResolvers<StreamAnswerOfBench>();
    const onExit = (code: number | null): void =>
      answered.reject(new Error(`the stream clients ended with ${code}`));
    this.#child.once('message', (told: StreamAnswerOfBench) => answered.resolve(told));
    this.#child.once('exit', onExit);
    this.#child.send(request);
    try {
      return await answered.promise;
    } finally {
      this.#child.off('exit', onExit);
    }
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
  }
}
