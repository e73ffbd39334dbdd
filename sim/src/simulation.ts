/**
 * The simulated world put together: one market, its providers on their ports, the beat, the execution log.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ExecutionLog } from './executions.ts';
import { instruments } from './instruments.ts';
import { Market } from './market.ts';
import { Pacer } from './pacing.ts';
import { Passwords } from './passwords.ts';
import type { Personality } from './personality.ts';
import { ORDERS_CLIENT, ProviderServer, QUOTES_CLIENT } from './provider.fix.ts';
import { Random } from './random.ts';
import type { SwitchChange, SwitchName } from './switches.ts';

/** Quotes per second of all providers together, when nobody says otherwise. */
export const DEFAULT_RATE = 240;

export interface SimulationOptions {
  readonly seed: number;
  readonly personalities: readonly Personality[];
  /** Directory for execution log and trading sessions; nothing is kept without it. */
  readonly directory?: string | undefined;
  /** No quotes but those that are pushed. */
  readonly manual?: boolean | undefined;
  /** Quotes per second of all providers. Default 240. */
  readonly rate?: number | undefined;
  readonly passwordFile?: string | undefined;
  /** Ports from here on, two per provider: quotes, orders. Chosen by the system without it. */
  readonly portBase?: number | undefined;
}

export interface ProviderPorts {
  readonly venue: string;
  readonly senderCompId: string;
  readonly quotesPort: number;
  readonly ordersPort: number;
  readonly quotesTargetCompId: string;
  readonly ordersTargetCompId: string;
}

interface Slot {
  readonly server: ProviderServer;
  readonly symbol: string;
}

export class Simulation {
  readonly executions: ExecutionLog;
  readonly manual: boolean;
  readonly #servers = new Map<string, ProviderServer>();
  readonly #market: Market;
  readonly #pacer: Pacer;
  /** Who ticks what, over and over: each in the share of its weight, in an order drawn from the seed. */
  readonly #slots: readonly Slot[];
  readonly #initialRate: number;
  #slot = 0;

  constructor(options: SimulationOptions) {
    const { directory } = options;
    if (directory !== undefined) mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.executions = new ExecutionLog(
      directory === undefined ? undefined : join(directory, 'executions.jsonl'),
    );
    this.manual = options.manual ?? false;
    this.#initialRate = this.manual ? 0 : (options.rate ?? DEFAULT_RATE);
    this.#market = new Market(options.seed);
    const passwords = new Passwords(options.passwordFile);
    options.personalities.forEach((personality, position) => {
      const port = options.portBase === undefined ? undefined : options.portBase + position * 2;
      this.#servers.set(
        personality.venue,
        new ProviderServer({
          personality,
          seed: options.seed,
          executions: this.executions,
          passwords,
          now,
          midOf: (symbol) => this.#midOf(symbol),
          quotesPort: port ?? 0,
          ordersPort: port === undefined ? 0 : port + 1,
          directory: directory === undefined ? undefined : join(directory, personality.venue),
        }),
      );
    });
    this.#slots = slotsOf([...this.#servers.values()], new Random(options.seed, 'slots'));
    this.#pacer = new Pacer(
      () => this.#tick(),
      () => performance.now(),
    );
  }

  get providers(): readonly ProviderPorts[] {
    return [...this.#servers].map(([venue, server]) => ({
      venue,
      senderCompId: server.senderCompId,
      quotesPort: server.quotesPort,
      ordersPort: server.ordersPort,
      quotesTargetCompId: QUOTES_CLIENT,
      ordersTargetCompId: ORDERS_CLIENT,
    }));
  }

  get rate(): number {
    return this.#pacer.ratePerSecond;
  }

  set rate(quotesPerSecond: number) {
    this.#pacer.setRate(quotesPerSecond);
  }

  get ticks(): { readonly ticks: number; readonly skipped: number } {
    return this.#pacer.counts;
  }

  server(venue: string): ProviderServer | undefined {
    return this.#servers.get(venue);
  }

  /**
   * Opens all ports and begins to quote. When one port is taken nothing stays open, and the error is thrown.
   */
  async start(): Promise<void> {
    try {
      for (const server of this.#servers.values()) await server.listen();
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#pacer.start(this.#initialRate);
  }

  async stop(): Promise<void> {
    this.#pacer.stop();
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
    this.executions.close();
  }

  /**
   * Resolves when the switch is in force: for `disconnected` when all sessions are gone, or the ports open
   * again.
   */
  async switch(venue: string, name: SwitchName, change: SwitchChange): Promise<void> {
    const server = this.#servers.get(venue);
    if (server === undefined) throw new Error(`no provider ${venue}`);
    server.decide({ kind: 'switch', switch: name, ...change });
    if (name !== 'disconnected') return;
    await (change.on ? server.disconnect('disconnected by a switch') : server.listen());
  }

  #tick(): void {
    const slot = this.#slots[this.#slot];
    this.#slot = (this.#slot + 1) % this.#slots.length;
    slot?.server.tick(slot.symbol);
  }

  #midOf(symbol: string): number | undefined {
    if (this.manual) return undefined;
    this.#market.advance(performance.now());
    return this.#market.mid(symbol);
  }
}

/**
 * Milliseconds since the epoch on the monotonic clock: it does not go back when the machine's time is set.
 */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function slotsOf(servers: readonly ProviderServer[], random: Random): readonly Slot[] {
  const slots = servers.flatMap((server) =>
    instruments.flatMap((instrument) => {
      const count = server.provider.personality.tickWeight * instrument.tickWeight;
      return Array.from({ length: count }, () => ({ server, symbol: instrument.document.symbol }));
    }),
  );
  return random.shuffle(slots);
}
