/**
 * The stage of the reconciliation: simulated providers that outlive the platform, client firms that stay, and
 * a platform that is killed and started again on the same data folder and ports.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { placeCluster } from '@tidegate/platform/sql/embedded.place';
import type { ExecutionView, PositionView } from '@tidegate/wire/orders';
import { FixClient } from '../../sim/src/client.ts';
import type { Execution } from '../../sim/src/executions.ts';
import {
  eventually,
  signIn,
  spawnPlatform,
  startPlatform,
  startSimulator,
  temporaryFolder,
  type Platform,
  type SimulatorProcess,
} from '../platform.ts';
import type { Crash } from './crash.plan.ts';
import type { Firm } from './order.flow.ts';
import { ProviderTaps } from './provider.taps.ts';

/** Offsets of the demo profile's listeners. */
const trading = 1;
const dropCopy = 3;
const passThroughToAlpha = 8;
export const listenerCount = 28;
const upMs = 30_000;

const pageMax = 500;

export class TradingDay {
  readonly firms: readonly Firm[];
  /** A drop copy of the first firm. */
  readonly dropCopy: FixClient;
  readonly simulator: SimulatorProcess;
  readonly taps: ProviderTaps;
  /** Milliseconds from start to readiness, per restart. */
  readonly restartsMs: number[] = [];
  readonly dataDir: string;
  #platform: Platform | undefined;
  #log = '';
  readonly #folder: ReturnType<typeof temporaryFolder>;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(
    folder: ReturnType<typeof temporaryFolder>,
    simulator: SimulatorProcess,
    taps: ProviderTaps,
    portBase: number,
  ) {
    this.#folder = folder;
    this.simulator = simulator;
    this.taps = taps;
    this.dataDir = join(folder.path, 'data');
    // So short that gateways, too, refuse orders while others wait through a kill.
    this.#environment = { SIMULATOR: taps.url, FIX_PORT_BASE: String(portBase), OVERLOAD_MS: '1000' };
    const client = (number: number, offset: number) =>
      new FixClient({
        port: portBase + offset,
        senderCompId: `DEMO${number}`,
        targetCompId: 'TIDEGATE',
        username: `DEMO${number}`,
        password: 'demo-only',
        directory: join(folder.path, `client-${number}-${offset}`),
      });
    const firm = (number: number, offset: number, share: number): Firm => ({
      partition: `demo${number}`,
      session: `demo${number}@port-${String(offset).padStart(2, '0')}`,
      client: client(number, offset),
      share,
    });
    this.firms = [firm(1, trading, 4), firm(2, trading, 4), firm(3, passThroughToAlpha, 1)];
    this.dropCopy = client(1, dropCopy);
  }

  static async open(seed: number): Promise<TradingDay> {
    const folder = temporaryFolder('reconciliation');
    const simulator = await startSimulator(
      '--seed',
      String(seed),
      '--data',
      join(folder.path, 'providers'),
      '--rate',
      '1000',
    );
    const day = new TradingDay(folder, simulator, await ProviderTaps.open(simulator), await freePorts());
    try {
      day.#platform = await startPlatform(day.dataDir, day.#environment);
      await Promise.all(day.#clients.map((client) => client.start()));
      await day.up();
      return day;
    } catch (error) {
      await day.close();
      throw error;
    }
  }

  /** All sessions are logged on. */
  async up(): Promise<void> {
    await Promise.all(
      this.#clients.map((client) =>
        client.until(() => client.isLoggedOn, { what: 'logon', timeoutMs: upMs }),
      ),
    );
  }

  /** Kills the platform and has it back, without waiting for its clients. */
  async crash({ withDatabase, awayMs, killedAgainMs }: Crash): Promise<void> {
    const killed = this.#platform?.kill();
    if (withDatabase) this.#killDatabase();
    await killed;
    this.#log += this.#platform?.errors() ?? '';
    if (awayMs > 0) await new Promise((resolve) => setTimeout(resolve, awayMs));
    if (killedAgainMs !== undefined) {
      const again = spawnPlatform(this.dataDir, this.#environment);
      again.child.stdout!.resume();
      await new Promise((resolve) => setTimeout(resolve, killedAgainMs));
      await again.kill();
    }
    const startedMs = performance.now();
    this.#platform = await startPlatform(this.dataDir, this.#environment);
    this.restartsMs.push(Math.round(performance.now() - startedMs));
  }

  /** Cancels what rests and lets nothing new begin. */
  async halt(): Promise<void> {
    const rest = await signIn(this.#platform!.ready.http);
    const { status } = await rest.post('/api/v1/trading-state', {
      state: 'halted',
      reason: 'the day is over',
    });
    if (status !== 200) throw new Error(`trading state: ${status}`);
  }

  async executions(): Promise<Execution[]> {
    const all: Execution[] = [];
    for (let from = 0; ;) {
      const { executions, next } = (await this.simulator.get(`/executions?from=${from}`)) as {
        executions: Execution[];
        next: number;
      };
      if (executions.length === 0) return all;
      all.push(...executions);
      from = next;
    }
  }

  /** What REST shows, once it shows `count` executions (the tables follow the journal). */
  async views(count: number): Promise<{ positions: PositionView[]; executions: ExecutionView[] }> {
    const rest = await signIn(this.#platform!.ready.http);
    const executions = await eventually(async () => {
      const all: ExecutionView[] = [];
      for (let before = ''; ;) {
        const { body } = await rest.get(`/api/v1/executions?limit=${pageMax}${before}`);
        const page = body as { items: ExecutionView[]; next: string | null };
        all.push(...page.items);
        if (page.next === null) return all.length < count ? undefined : all;
        before = `&before=${encodeURIComponent(page.next)}`;
      }
    }, `${count} executions by REST`);
    return { executions, positions: (await rest.get('/api/v1/positions')).body as PositionView[] };
  }

  /** What all platforms so far wrote to their logs. */
  get log(): string {
    return this.#log + (this.#platform?.errors() ?? '');
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.stop()));
    await this.#platform?.stop();
    this.taps.close();
    await this.simulator.stop();
    this.#folder.remove();
  }

  get #clients(): readonly FixClient[] {
    return [...this.firms.map(({ client }) => client), this.dropCopy];
  }

  #killDatabase(): void {
    const pidFile = join(placeCluster(this.dataDir).cluster, 'postmaster.pid');
    process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGKILL');
  }
}

/** The first of 28 free ports in a row, below those that the system gives to outgoing connections. */
export async function freePorts(from = 21_000 + (process.pid % 100) * 100): Promise<number> {
  for (let base = from; base < 32_000; base += listenerCount) {
    const servers = Array.from({ length: listenerCount }, () => createServer());
    const results = await Promise.allSettled(
      servers.map((server, offset) => {
        server.listen(base + offset, '127.0.0.1');
        return once(server, 'listening');
      }),
    );
    await Promise.all(
      servers
        .filter((server) => server.listening)
        .map(
          (server) =>
            new Promise((resolve) => {
              server.close(resolve);
            }),
        ),
    );
    if (results.every(({ status }) => status === 'fulfilled')) return base;
  }
  throw new Error('no 28 free ports in a row');
}
