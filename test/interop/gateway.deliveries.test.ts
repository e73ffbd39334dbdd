/**
 * A client's reports when its session could not take them: its store failed in the middle, or its session
 * was being opened anew for a change of the configuration. Each arrives once, in order, without a restart.
 */
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Initiator } from '@tidegate/fix/transport/initiator';
import { MemoryBus } from '@tidegate/platform/bus.memory';
import { systemClock } from '@tidegate/platform/clock';
import type { Configuration } from '@tidegate/platform/configuration';
import { Credentials, hashPassword } from '@tidegate/platform/credentials';
import { MemoryJournal } from '@tidegate/platform/journal.memory';
import { Metrics } from '@tidegate/platform/metrics';
import type { NewSystemEvent, SystemEvents } from '@tidegate/platform/system.events';
import { silentLog } from '@tidegate/platform/testing/database';
import { Gateway } from '@tidegate/services/gateway/gateway';
import type { SequencedEvent } from '@tidegate/wire/commands';
import type { FixClientDocument } from '@tidegate/wire/configuration';
import { eventTopic } from '@tidegate/wire/topics';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { password } from '../configured.ts';
import { eventually, temporaryFolder } from '../platform.ts';

const partition = 'acme';
const session = 'acme@port-02';

/** Refuses batches while it is told to; and closes when it is let. */
class FailingStore extends MemoryStore {
  static fails = false;
  static closing: Promise<void> = Promise.resolve();

  override append(...batch: Parameters<MemoryStore['append']>): void {
    if (FailingStore.fails) throw new Error('disk full');
    super.append(...batch);
  }

  override close(): Promise<void> {
    return FailingStore.closing;
  }
}

let undo: (() => unknown)[];
let events: NewSystemEvent[];
let told: string[];
let bus: MemoryBus;
let journal: MemoryJournal;
let epoch: number;
let fixClients: Map<string, FixClientDocument>;
let changed: () => void;
let gateway: Gateway;

beforeEach(async () => {
  const folder = temporaryFolder('gateway-deliveries');
  [undo, events, told] = [[() => folder.remove()], [], []];
  [FailingStore.fails, FailingStore.closing] = [false, Promise.resolve()];
  bus = new MemoryBus({ freeze: true });
  journal = new MemoryJournal();
  ({ epoch } = await journal.claim(partition, 'test'));
  const client: FixClientDocument = {
    id: 'acme',
    firm: 'acme',
    account: 'acme-main',
    senderCompId: 'ACME',
    targetCompId: 'TIDEGATE',
    username: 'acme',
    passwordHash: await hashPassword(password),
    allowedAddresses: ['127.0.0.1'],
    listeners: ['port-02'],
    rights: ['trading'],
    cancelOnDisconnect: false,
  };
  fixClients = new Map([['acme', client]]);
  const listener = { id: 'port-02', offset: 2, purpose: 'trading', enabled: true } as const;
  const stores = new Map<string, MemoryStore>();
  gateway = new Gateway({
    bus,
    journal,
    clock: systemClock,
    configuration: {
      current: {
        fixClients,
        listeners: new Map([['port-02', listener]]),
        venues: new Map(),
        firms: new Map([['acme', { id: 'acme', tier: 'standard', instruments: ['*'] }]]),
        instruments: new Map(),
      },
      onChange: (listen: () => void) => {
        changed = listen;
        return () => undefined;
      },
    } as unknown as Configuration,
    credentials: new Credentials({ clock: systemClock }),
    events: { record: (event: NewSystemEvent) => void events.push(event) } as unknown as SystemEvents,
    log: silentLog,
    metrics: new Metrics({ includeProcess: false }),
    host: '127.0.0.1',
    portBase: 0,
    dataDir: folder.path,
    sessionStore: (id) => {
      const store = stores.get(id) ?? new FailingStore();
      stores.set(id, store);
      return store;
    },
    tls: {},
    proxies: [],
    messageLogDir: undefined,
    flushMs: 0,
    venueAddresses: new Map(),
    secret: () => undefined,
  });
  await gateway.start();
  undo.push(
    () => bus.close(),
    () => gateway.stop(),
  );
});
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

/** A refused order of the client, durable and told. */
async function refuse(sequence: number, client = session): Promise<void> {
  const atMs = systemClock.nowMs();
  const event = {
    type: 'orderRefused',
    commandId: `c${sequence}`,
    origin: { channel: 'fix', client },
    account: 'acme-main',
    clOrdId: `order-${sequence}`,
    instrument: 'EURUSD',
    side: 'buy',
    quantity: 100,
    quantityScale: 2,
    code: 'UNSUPPORTED',
    text: 'for the test',
  } as unknown as SequencedEvent['event'];
  const record = { type: 'orderRefused', atMs, body: { event } };
  await journal.append({ partition, epoch, firstSequence: sequence, events: [record] });
  bus.publish(eventTopic(partition), { partition, events: [{ sequence, atMs, event }] });
}

async function logOn(): Promise<void> {
  const initiator = new Initiator({
    hosts: [{ host: '127.0.0.1', port: gateway.clients.ports.get('port-02')! }],
    settings: { beginString: 'FIX.4.4', senderCompId: 'ACME', targetCompId: 'TIDEGATE' },
    store: new MemoryStore(),
    application: {
      onMessage: (message) => void told.push(message.text(11) ?? ''),
    },
    logonFields: (fields) => fields.text(553, 'acme').text(554, password),
    reconnectMinMs: 20,
    reconnectMaxMs: 20,
  });
  undo.push(() => initiator.stop());
  await initiator.start();
  await eventually(() => initiator.session.isLoggedOn || undefined, 'logon');
}

const areTold = (count: number) => eventually(() => told.length >= count || undefined, `${count} reports`);

it('sends again what a session store lost, when it is open again', async () => {
  FailingStore.fails = true;
  await refuse(1);
  await eventually(() => events.find(({ kind }) => kind === 'sessionFault'), 'the fault');
  FailingStore.fails = false;
  await refuse(2);
  await logOn();
  await refuse(3);
  await areTold(3);
  expect(told).toEqual(['order-1', 'order-2', 'order-3']);
});

it('reports what happened while a session was opened anew for other settings', async () => {
  let close = (): void => undefined;
  FailingStore.closing = new Promise((resolve) => {
    close = resolve;
  });
  fixClients.set('acme', { ...fixClients.get('acme')!, messagesPerSecondMax: 50 });
  changed();
  await refuse(1);
  await refuse(2);
  // The follower takes live events within a turn.
  await new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
  close();
  await logOn();
  await refuse(3);
  await areTold(3);
  expect(told).toEqual(['order-1', 'order-2', 'order-3']);
});
