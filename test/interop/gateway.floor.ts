/**
 * What the tests of the gateway's edges share: simulated providers, the platform with clients of every kind
 * of rights, and whoever a test brings to its ports; all of them gone again after each test.
 */
import type { Socket } from 'node:net';
import { FixClient } from '@tidegate/sim/client';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { password, startConfigured, user, type ConfiguredPlatform } from '../configured.ts';
import {
  eventually,
  signIn,
  startSimulator,
  temporaryFolder,
  type RestClient,
  type SimulatorProcess,
} from '../platform.ts';
import { RawPeer, type RawIds } from './raw.peer.ts';

export const target = 'TIDEGATE';
export const idsOf = (name: string): RawIds => ({
  senderCompId: name,
  targetCompId: target,
  username: name,
  password,
});
export const demo1 = idsOf('DEMO1');
export const demo2 = idsOf('DEMO2');

const restricted: readonly (readonly [string, object])[] = [
  ['VIEWONLY', { rights: ['marketData'] }],
  ['TRADEONLY', { rights: ['trading'] }],
  ['FARAWAY', { allowedAddresses: ['10.0.0.0/8'] }],
  ['ONEPORT', { listeners: ['port-01'] }],
  ['LEAVES', { cancelOnDisconnect: true }],
  ['CHANGES', {}],
];

export class Floor {
  desk!: ConfiguredPlatform;
  simulator!: SimulatorProcess;
  admin!: RestClient;
  /** A trader of firm demo1. */
  trader!: RestClient;
  readonly sockets: Socket[] = [];
  private readonly peers: RawPeer[] = [];
  private readonly clients: FixClient[] = [];
  private readonly folder = temporaryFolder('gateway-edges');

  async start(): Promise<void> {
    this.simulator = await startSimulator('--seed', '5', '--data', this.folder.path);
    this.desk = await startConfigured(
      'gateway',
      (hash) => [
        user(hash, { id: 'trader1', role: 'trader', firm: 'demo1' }),
        ...restricted.map(([name, terms]) => ({
          kind: 'fixClient' as const,
          body: fixClient(hash, name, terms),
        })),
      ],
      { SIMULATOR: this.simulator.control },
    );
    const { http } = this.desk;
    [this.admin, this.trader] = await Promise.all([signIn(http), signIn(http, 'trader1', password)]);
    await eventually(async () => {
      const { body } = await this.trader.get('/api/v1/prices');
      return (body as { state: string }[]).filter(({ state }) => state === 'live').length >= 12 || undefined;
    }, 'live prices');
  }

  /** Everybody whom the last test brought leaves. */
  async clear(): Promise<void> {
    for (const socket of this.sockets.splice(0)) socket.destroy();
    for (const peer of this.peers.splice(0)) {
      peer.socket.destroy();
      await peer.closed;
    }
    await Promise.all(this.clients.splice(0).map((client) => client.stop()));
  }

  async stop(): Promise<void> {
    await this.desk?.stop();
    await this.simulator?.stop();
    this.folder.remove();
  }

  port(number: number): number {
    return this.desk.ports[`port-${String(number).padStart(2, '0')}`]!;
  }

  /** Connected, and nothing said. */
  async raw(number: number, ids?: RawIds): Promise<RawPeer> {
    const peer = await RawPeer.connect(this.port(number), ids);
    this.peers.push(peer);
    return peer;
  }

  /** The session of the test before may take a moment to be seen as gone. */
  logOn(number: number, ids: RawIds): Promise<RawPeer> {
    return eventually(async () => {
      try {
        const peer = await RawPeer.logOn(this.port(number), ids);
        this.peers.push(peer);
        return peer;
      } catch (error) {
        if (String(error).includes('closed before')) return undefined;
        throw error;
      }
    }, `logon of ${ids.senderCompId} at port ${number}`);
  }

  /** A whole engine. */
  async fixClientAt(number: number, ids: RawIds): Promise<FixClient> {
    const client = new FixClient({ port: this.port(number), ...ids });
    this.clients.push(client);
    return client.logOn();
  }

  async events(rest = this.admin): Promise<readonly SystemEvent[]> {
    return ((await rest.get('/api/v1/events?limit=500')).body as { items: SystemEvent[] }).items;
  }

  event(match: (event: SystemEvent) => boolean, what: string, rest = this.admin): Promise<SystemEvent> {
    return eventually(async () => (await this.events(rest)).find(match), what);
  }

  /** Sum over the series of a metric with these labels. */
  async metric(name: string, labels = ''): Promise<number> {
    const text = await (await fetch(new URL('/metrics', this.desk.ops))).text();
    const lines = text.split('\n').filter((line) => line.startsWith(`tidegate_${name}`));
    const meant = lines.filter((line) => line.includes(labels));
    return meant.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  refusedCount(reason: string): Promise<number> {
    return this.metric('gateway_connections_refused_total', `reason="${reason}"`);
  }
}

export function fixClient(passwordHash: string, name: string, terms: object): object {
  return {
    id: name.toLowerCase(),
    firm: 'demo1',
    account: 'demo1-main',
    senderCompId: name,
    targetCompId: target,
    username: name,
    passwordHash,
    allowedAddresses: ['127.0.0.0/8'],
    listeners: ['*'],
    rights: ['marketData', 'trading', 'dropCopy'],
    cancelOnDisconnect: false,
    ...terms,
  };
}
