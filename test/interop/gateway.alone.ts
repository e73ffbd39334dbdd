/**
 * A gateway in this process without the rest of the platform: one firm's journal is written by hand, stores
 * fail and close when they are told to, and the configuration is whatever the test says.
 */
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Initiator } from '@tidegate/fix/transport/initiator';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { Epochs } from '@tidegate/platform/sql/epochs';
import { systemClock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { Credentials, hashPassword } from '@tidegate/platform/identity/credentials';
import { MemoryJournal } from '@tidegate/platform/journal/journal.memory';
import { Metrics } from '@tidegate/platform/observe/metrics';
import type { NewSystemEvent, SystemEvents } from '@tidegate/platform/observe/system.events';
import { silentLog } from '@tidegate/platform/testing/database';
import type { PastOrders } from '@tidegate/services/gateway/clients/client.orders';
import { Gateway } from '@tidegate/services/gateway/gateway';
import type { JournalBehind, Numbering } from '@tidegate/core/order/numbering';
import type { Command, OrderEvent } from '@tidegate/core/order/order';
import type { CommandReply, OrderAnswer, OrderQuery } from '@tidegate/wire/commands';
import type { FixClientDocument, ListenerDocument } from '@tidegate/wire/configuration';
import { commandTopic, eventTopic, queryTopic } from '@tidegate/wire/topics';
import { password } from '../configured.ts';
import { eventually } from '../platform.ts';

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

export const firm = 'acme';
const port = 'port-02';

/** Refuses batches while it is told to; opens and closes when it is let. */
export class FailingStore extends MemoryStore {
  fails = false;
  /** How often it was to be opened. */
  openings = 0;
  opening: Promise<void> = Promise.resolve();
  closing: Promise<void> = Promise.resolve();

  override async open(): ReturnType<MemoryStore['open']> {
    this.openings += 1;
    await this.opening;
    return super.open();
  }

  override append(...batch: Parameters<MemoryStore['append']>): void {
    if (this.fails) throw new Error('disk full');
    super.append(...batch);
  }

  override close(): Promise<void> {
    return this.closing;
  }
}

/** A client's engine, and the ClOrdIDs of the reports that it was sent. */
export interface Client {
  readonly initiator: Initiator;
  readonly told: readonly string[];
  readonly execIds: readonly string[];
  /** MsgType, OrdStatus and CumQty. */
  readonly answers: readonly (readonly (string | undefined)[])[];
}

export class LoneGateway {
  readonly events: NewSystemEvent[] = [];
  /** What the firm's partition was told to do; it answers when it is let. */
  readonly commands: Command[] = [];
  answering: Promise<void> = Promise.resolve();
  readonly fixClients = new Map<string, FixClientDocument>();
  readonly listeners = new Map<string, ListenerDocument>();
  readonly credentials = new Credentials({ clock: systemClock });
  gateway!: Gateway;
  readonly queries: OrderQuery[] = [];
  /** How the firm's owner answers. */
  answer: (query: OrderQuery) => OrderAnswer = () => ({ found: false, code: 'UNKNOWN_ORDER', sequence: 0 });
  readonly tables: Mutable<PastOrders> = {
    cursors: () => Promise.resolve(new Map()),
    order: () => Promise.resolve(undefined),
    orderByClOrdId: () => Promise.resolve(undefined),
  };
  /** Of the gateways to come. */
  lateAfter: number | undefined;
  private readonly bus = new MemoryBus({ freeze: true });
  private journal = new MemoryJournal();
  private readonly stores = new Map<string, FailingStore>();
  private readonly initiators: Initiator[] = [];
  private readonly onChange = new Set<() => void>();
  private epoch = 0;
  private head = 0;
  private numbering: Numbering | undefined;

  /** Clients that may trade at port-02, by their names; those of `leaving` with cancel on disconnect. */
  async start(names: readonly string[], leaving: readonly string[] = []): Promise<void> {
    ({ epoch: this.epoch } = await this.journal.claim(firm, 'test'));
    this.bus.respond(commandTopic(firm), async ({ command }) => {
      this.commands.push(command);
      await this.answering;
      if (command.kind === 'journalBehind') return this.numberAnew(command);
      return { result: 'done', sequence: 1 } as const;
    });
    this.bus.respond(queryTopic(firm), (query) => {
      this.queries.push(query);
      return this.answer(query);
    });
    this.listeners.set(port, { id: port, offset: 2, purpose: 'trading', enabled: true });
    const passwordHash = await hashPassword(password);
    for (const name of names) this.fixClients.set(name, fixClient(name, passwordHash));
    for (const name of leaving)
      this.fixClients.set(name, { ...fixClient(name, passwordHash), cancelOnDisconnect: true });
    await this.open();
  }

  /**
   * The gateway of a next process; `stores`: those of the sessions are gone; `journal`: it has what `left`
   * writes.
   */
  async restart(lost: 'nothing' | 'stores' | 'journal', left?: () => Promise<void>): Promise<void> {
    await Promise.all(this.initiators.map((initiator) => initiator.stop()));
    await this.gateway.stop();
    if (lost === 'stores') this.stores.clear();
    if (lost === 'journal') {
      this.journal = new MemoryJournal();
      ({ epoch: this.epoch } = await this.journal.claim(firm, 'test'));
      this.head = 0;
      if (left !== undefined) await left();
    }
    await this.open();
  }

  /** As the firm's owner does it. */
  private async numberAnew({ commandId, text }: JournalBehind): Promise<CommandReply> {
    const sequence = this.head + 1;
    this.numbering = { from: sequence, base: 1_000_000 };
    await this.tell(sequence, { type: 'numberingBegun', commandId, base: 1_000_000, text });
    return { result: 'done', sequence };
  }

  private async open(): Promise<void> {
    this.gateway = new Gateway({
      bus: this.bus,
      journal: this.journal,
      clock: systemClock,
      epochs: new Epochs(1),
      configuration: {
        current: {
          fixClients: this.fixClients,
          listeners: this.listeners,
          venues: new Map(),
          firms: new Map([
            [firm, { id: firm, tier: 'standard', instruments: ['*'], limits: { ordersPerSecondMax: 1_000 } }],
          ]),
          users: new Map(),
          instruments: new Map(),
        },
        onChange: (listener: () => void) => {
          this.onChange.add(listener);
          return () => this.onChange.delete(listener);
        },
      } as unknown as Configuration,
      credentials: this.credentials,
      events: { record: (event: NewSystemEvent) => void this.events.push(event) } as unknown as SystemEvents,
      log: silentLog,
      metrics: new Metrics({ includeProcess: false }),
      host: '127.0.0.1',
      portBase: 0,
      sessionStore: (id) => this.store(id),
      tls: {},
      revocationsExpired: 'refuse',
      proxies: [],
      messageLogDir: undefined,
      flushMs: 0,
      ...(this.lateAfter === undefined ? {} : { lateAfter: this.lateAfter }),
      horizon: { immediateMs: 2_000, restingMs: 10_000 },
      admission: { refusalsPerSecondMax: 50, waitMsMax: 500 },
      projection: this.tables,
      venueAddresses: new Map(),
      secret: () => undefined,
    });
    await this.gateway.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.initiators.map((initiator) => initiator.stop()));
    await this.gateway.stop();
    await this.bus.close();
  }

  /** Of a client's session; outlives what the gateway does with it. */
  store(session: string): FailingStore {
    const store = this.stores.get(session) ?? new FailingStore();
    this.stores.set(session, store);
    return store;
  }

  storeOf(client: string): FailingStore {
    return this.store(`${client}@${port}`);
  }

  /** The client's document with other terms, or without it; and the gateway is told. */
  change(client: string, terms: Partial<FixClientDocument> | undefined): void {
    if (terms === undefined) this.fixClients.delete(client);
    else this.fixClients.set(client, { ...this.fixClients.get(client)!, ...terms });
    this.tellChange();
  }

  tellChange(): void {
    for (const listener of this.onChange) listener();
  }

  /** A refused order of the client, durable and told. */
  async refuse(sequence: number, client: string): Promise<void> {
    await this.tell(sequence, {
      type: 'orderRefused',
      commandId: `c${sequence}`,
      origin: { channel: 'fix', client: `${client}@${port}` },
      account: `${firm}-main`,
      clOrdId: `order-${sequence}`,
      instrument: 'EURUSD',
      side: 'buy',
      quantity: 100,
      quantityScale: 2,
      code: 'UNSUPPORTED',
      text: 'for the test',
    } as unknown as OrderEvent);
  }

  private async tell(sequence: number, event: OrderEvent): Promise<void> {
    const atMs = systemClock.nowMs();
    const body = this.numbering === undefined ? { event } : { event, numbering: this.numbering };
    const record = { type: event.type, atMs, body };
    this.head = sequence;
    await this.journal.append({
      partition: firm,
      epoch: this.epoch,
      firstSequence: sequence,
      events: [record],
    });
    this.bus.publish(eventTopic(firm), { partition: firm, events: [{ sequence, atMs, ...body }] });
  }

  /** Calls the gateway, and goes on calling. */
  async call(name: string): Promise<Client> {
    const told: string[] = [];
    const execIds: string[] = [];
    const answers: (readonly (string | undefined)[])[] = [];
    const initiator = new Initiator({
      hosts: [{ host: '127.0.0.1', port: this.gateway.clients.ports.get(port)! }],
      settings: { beginString: 'FIX.4.4', senderCompId: name.toUpperCase(), targetCompId: 'TIDEGATE' },
      store: new MemoryStore(),
      application: {
        onMessage: (message) => {
          answers.push([message.msgType, message.text(39), message.text(14)]);
          told.push(message.text(11) ?? '');
          execIds.push(message.text(17) ?? '');
        },
      },
      logonFields: (fields) => fields.text(553, name).text(554, password),
      reconnectMinMs: 20,
      reconnectMaxMs: 20,
    });
    this.initiators.push(initiator);
    await initiator.start();
    return { initiator, told, execIds, answers };
  }

  async logOn(name: string): Promise<Client> {
    const client = await this.call(name);
    await eventually(() => client.initiator.session.isLoggedOn || undefined, `logon of ${name}`);
    return client;
  }
}

export const areTold = ({ told }: Client, count: number) =>
  eventually(() => told.length >= count || undefined, `${count} reports`);

function fixClient(name: string, passwordHash: string): FixClientDocument {
  return {
    id: name,
    firm,
    account: `${firm}-main`,
    senderCompId: name.toUpperCase(),
    targetCompId: 'TIDEGATE',
    username: name,
    passwordHash,
    allowedAddresses: ['127.0.0.1'],
    listeners: [port],
    rights: ['trading'],
    cancelOnDisconnect: false,
  };
}
