/**
 * Two gateways and two order managements on a real NATS and PostgreSQL, simulated providers and client firms
 * that trade all the while, and the three accounts of it afterwards: providers, journal, clients.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import type { LeaseRow } from '@tidegate/platform/lease/lease';
import { PostgresLeases } from '@tidegate/platform/lease/lease.postgres';
import { silentLog } from '@tidegate/platform/testing/database';
import { startNats, startPostgres } from '@tidegate/platform/testing/servers';
import { FixClient } from '../../sim/src/client.ts';
import type { Execution } from '../../sim/src/executions.ts';
import { Random } from '../../sim/src/random.ts';
import * as agreement from '../load/agreement.ts';
import { JournalReplica } from '../load/journal.replica.ts';
import { OrderFlow, type Firm } from '../load/order.flow.ts';
import { ProviderTaps } from '../load/provider.taps.ts';
import { ClientTaps } from './client.taps.ts';
import { freePorts, listenerCount } from '../load/trading.day.ts';
import {
  eventually,
  signIn,
  startPlatform,
  startSimulator,
  temporaryFolder,
  type Platform,
  type SimulatorProcess,
} from '../platform.ts';

export const leaseMs = 1_000;
export const gateways = ['gateway-1', 'gateway-2'] as const;
export type GatewayName = (typeof gateways)[number];
/** Offsets of the demo profile's listeners. */
const trading = 1;
const dropCopy = 3;
const passThroughToAlpha = 8;
const ordersAtOnce = 10;
const ordersPerSecond = 100;

export const becomes = (what: string, isSo: () => boolean | Promise<boolean>): Promise<unknown> =>
  eventually(async () => ((await isSo()) ? true : undefined), what, 30_000);

export class Gateways {
  readonly processes = new Map<string, Platform>();
  readonly firms: readonly Firm[];
  readonly dropCopy: FixClient;
  readonly flow: OrderFlow;
  readonly taps: ProviderTaps;
  readonly #clientTaps: ClientTaps;
  readonly #simulator: SimulatorProcess;
  readonly #undo: (() => unknown)[];
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #bases: ReadonlyMap<GatewayName, number>;
  readonly #leases: PostgresLeases;
  #log = '';
  #isTrading = false;
  #trading: Promise<void> = Promise.resolve();

  private constructor(
    undo: (() => unknown)[],
    folder: string,
    environment: Readonly<Record<string, string>>,
    parts: {
      readonly bases: ReadonlyMap<GatewayName, number>;
      readonly clientTaps: ClientTaps;
      readonly ports: ReadonlyMap<string, number>;
      readonly simulator: SimulatorProcess;
      readonly taps: ProviderTaps;
      readonly seed: number;
    },
  ) {
    this.#undo = undo;
    this.#folder = folder;
    this.#environment = environment;
    this.#bases = parts.bases;
    this.#simulator = parts.simulator;
    this.taps = parts.taps;
    this.#clientTaps = parts.clientTaps;
    this.#leases = new PostgresLeases({
      url: environment['DATABASE_URL']!,
      log: silentLog,
      timeoutMs: 10_000,
    });
    undo.push(() => this.#leases.close());
    const client = (number: number, offset: number, first: GatewayName) =>
      new FixClient({
        port: parts.ports.get(`${first} ${offset}`)!,
        otherPorts: [parts.ports.get(`${otherOf(first)} ${offset}`)!],
        senderCompId: `DEMO${number}`,
        targetCompId: 'TIDEGATE',
        username: `DEMO${number}`,
        password: 'demo-only',
        heartBtInt: 1,
        logonTimeoutMs: 5_000,
        directory: join(folder, `client-${number}-${offset}`),
      });
    const firm = (number: number, offset: number, first: GatewayName): Firm => ({
      partition: `demo${number}`,
      session: `demo${number}@port-${String(offset).padStart(2, '0')}`,
      client: client(number, offset, first),
      share: 1,
    });
    this.firms = [
      firm(1, trading, 'gateway-1'),
      firm(2, trading, 'gateway-2'),
      firm(3, passThroughToAlpha, 'gateway-1'),
    ];
    this.dropCopy = client(1, dropCopy, 'gateway-2');
    this.flow = new OrderFlow(this.firms, new Random(parts.seed, 'orders'));
  }

  static async start(seed: number): Promise<Gateways> {
    const folder = temporaryFolder('gateways');
    const undo: (() => unknown)[] = [() => folder.remove()];
    try {
      const providers = startSimulator(
        '--seed',
        String(seed),
        '--rate',
        '300',
        '--data',
        `${folder.path}/sim`,
      );
      const [postgres, nats, simulator] = await Promise.all([startPostgres(), startNats(), providers]);
      undo.push(() => Promise.all([postgres.stop(), nats.stop(), simulator.stop()]));
      const taps = await ProviderTaps.open(simulator);
      undo.push(() => taps.close());
      const one = await freePorts();
      const bases = new Map([
        [gateways[0], one],
        [gateways[1], await freePorts(one + listenerCount)],
      ]);
      const environment = {
        DATABASE_URL: postgres.url,
        NATS_URL: nats.url,
        LEASE_MS: String(leaseMs),
        FIX_STORE: 'postgres',
        SIMULATOR: taps.url,
      };
      const clientTaps = new ClientTaps();
      undo.push(() => clientTaps.close());
      const ports = new Map<string, number>();
      for (const [name, base] of bases)
        for (const offset of [trading, dropCopy, passThroughToAlpha])
          ports.set(`${name} ${offset}`, await clientTaps.open(base + offset));
      const parts = { bases, clientTaps, ports, simulator, taps, seed };
      const all = new Gateways(undo, folder.path, environment, parts);
      // The first one brings the schema.
      await all.#begin('oms-1', { SERVICES: 'api,oms,projector,pricing' });
      await Promise.all([
        all.#begin('oms-2', { SERVICES: 'oms,monitor' }),
        ...gateways.map((name) => all.begin(name)),
      ]);
      await Promise.all(all.clients.map((client) => client.start()));
      await all.up();
      return all;
    } catch (error) {
      for (const undone of undo.reverse()) await undone();
      throw error;
    }
  }

  begin(name: GatewayName): Promise<void> {
    return this.#begin(name, { SERVICES: 'gateway', FIX_PORT_BASE: String(this.#bases.get(name)) });
  }

  async #begin(name: string, own: Readonly<Record<string, string>>): Promise<void> {
    const environment = { ...this.#environment, ...own, INSTANCE: name };
    const started = await startPlatform(`${this.#folder}/${name}`, environment);
    this.#undo.push(() => started.kill());
    this.processes.set(name, started);
  }

  async stop(): Promise<void> {
    await this.pause();
    for (const { child } of this.processes.values()) child.kill('SIGCONT');
    await Promise.all(this.clients.map((client) => client.stop()));
    for (const one of this.#undo.reverse()) await one();
  }

  get clients(): readonly FixClient[] {
    return [...this.firms.map(({ client }) => client), this.dropCopy];
  }

  get log(): string {
    return this.#log + [...this.processes].map(([name, one]) => `--- ${name}\n${one.log()}`).join('\n');
  }

  /** All sessions are logged on. */
  async up(): Promise<void> {
    await becomes('all sessions are logged on', () => this.clients.every((client) => client.isLoggedOn));
  }

  /** Orders at a steady rate, until `pause`. */
  trade(): void {
    this.#isTrading = true;
    const some = async (): Promise<void> => {
      while (this.#isTrading) await this.flow.send(ordersAtOnce, ordersPerSecond);
    };
    this.#trading = some();
  }

  async pause(): Promise<void> {
    this.#isTrading = false;
    await this.#trading;
  }

  /** So many orders of each firm are answered from now on. */
  async answers(orders = 20): Promise<void> {
    const before = this.firms.map(({ client }) => client.reports().length);
    await becomes('orders of every firm are answered', () =>
      this.firms.every(({ client }, index) => client.reports().length >= before[index]! + orders),
    );
  }

  async leases(kind: LeaseRow['kind']): Promise<readonly LeaseRow[]> {
    return (await this.#leases.list()).filter((row) => row.kind === kind);
  }

  /** Everything of the sessions that is owned is this one's. */
  async hasAll(name: GatewayName): Promise<boolean> {
    const rows = [...(await this.leases('provider')), ...(await this.leases('session'))];
    return rows.length > 0 && rows.every(({ instance }) => instance === name);
  }

  /** SIGTERM; its end. */
  async roll(name: GatewayName): Promise<void> {
    const { child } = this.processes.get(name)!;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = (await exited) as [number | null];
    this.#log += `--- ${name}, before\n${this.processes.get(name)!.log()}`;
    if (code !== 0) throw new Error(`${name} ended with ${code}`);
  }

  /** Frozen until the other has everything; then what it sends when it thaws, in bytes. */
  async freeze(name: GatewayName): Promise<() => number> {
    const { child } = this.processes.get(name)!;
    this.#clientTaps.isHolding = true;
    child.kill('SIGSTOP');
    await becomes('the other has everything', () => this.hasAll(otherOf(name)));
    await this.up();
    await this.answers();
    // The last connection to a provider is the other's.
    const toProviders = this.taps.bytes().map((counts) => counts.slice(0, -1));
    const toClients = this.#bytesOf(name);
    child.kill('SIGCONT');
    return () =>
      sum(this.taps.bytes().flatMap((counts, at) => counts.slice(0, toProviders[at]!.length))) -
      sum(toProviders.flat()) +
      (sum(this.#bytesOf(name).slice(0, toClients.length)) - sum(toClients));
  }

  #bytesOf(name: GatewayName): readonly number[] {
    const base = this.#bases.get(name)!;
    return this.#clientTaps.bytes((port) => port >= base && port < base + listenerCount);
  }

  /** It has a share again. */
  async shares(name: GatewayName): Promise<void> {
    await becomes(`${name} has a provider`, async () =>
      (await this.leases('provider')).some(({ instance }) => instance === name),
    );
  }

  async kill(name: GatewayName): Promise<void> {
    await this.processes.get(name)!.kill();
    this.#log += `--- ${name}, before\n${this.processes.get(name)!.log()}`;
  }

  /** All orders have ended and were told; then what does not agree, empty when all is well. */
  async disagreements(): Promise<readonly string[]> {
    const url = this.#environment['DATABASE_URL']!;
    const replica = await JournalReplica.at(
      url,
      this.firms.map(({ partition }) => partition),
    );
    try {
      await this.#settle(replica);
      const { events } = replica;
      return [
        ...agreement.providersDisagree(events, await this.#executions()),
        ...agreement.clientsDisagree(events, this.firms),
        ...this.firms.flatMap(({ partition, session, client }) =>
          agreement.reportsDisagree(
            session,
            agreement.reportsDue(events, partition, session),
            client.reports(),
          ),
        ),
        ...agreement.reportsDisagree(
          'drop copy',
          agreement.reportsDue(events, this.firms[0]!.partition),
          this.dropCopy.reports(),
        ),
        ...agreement.answersDisagree(events, this.flow),
        ...agreement.wireDisagrees(events, this.taps.messages()),
      ];
    } finally {
      await replica.close();
    }
  }

  async #settle(replica: JournalReplica): Promise<void> {
    await Promise.all(
      this.firms.map((firm) => {
        const sent = this.flow.orders.filter((order) => order.firm === firm);
        const { client, partition } = firm;
        return client.until(() => sent.every(({ clOrdId }) => client.reports(clOrdId).length > 0), {
          what: `an answer to every order of ${partition}`,
          timeoutMs: 30_000,
        });
      }),
    );
    const rest = await signIn(this.processes.get('oms-1')!.ready.http);
    const { status } = await rest.post('/api/v1/trading-state', { state: 'halted', reason: 'the end' });
    if (status !== 200) throw new Error(`trading state: ${status}`);
    await becomes('all orders have ended', async () => {
      await replica.read();
      return replica.openOrders().length === 0;
    }).catch((error: unknown) => {
      throw new Error(`open: ${replica.openOrders().join('\n')}`, { cause: error });
    });
    await replica.read();
    const told = [
      ...this.firms.map((firm) => [firm.partition, firm.client, firm.session] as const),
      [this.firms[0]!.partition, this.dropCopy, undefined] as const,
    ];
    for (const [partition, client, session] of told) {
      const due = agreement.reportsDue(replica.events, partition, session).length;
      await client.until(() => client.reports().length >= due, { what: `reports of ${partition}` });
    }
  }

  async #executions(): Promise<Execution[]> {
    const all: Execution[] = [];
    for (let from = 0; ;) {
      const page = (await this.#simulator.get(`/executions?from=${from}`)) as {
        executions: Execution[];
        next: number;
      };
      if (page.executions.length === 0) return all;
      all.push(...page.executions);
      from = page.next;
    }
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

export const otherOf = (name: GatewayName): GatewayName => (name === gateways[0] ? gateways[1] : gateways[0]);
