/**
 * The client side of the gateway: one acceptor per row of the session table (ports FIX_PORT_BASE … +27),
 * logon by CompIDs, username, password and address, and the session that a logon is bound to. A client has
 * one session per listener, with its own numbers and store; trading sessions exist from start-up, so their
 * reports are kept while the client is away.
 */
import type { Application, SessionHandle } from '@tidegate/fix/session/application';
import { FileStore } from '@tidegate/fix/session/store.file';
import { Acceptor } from '@tidegate/fix/transport/acceptor';
import type { LogonDecision, LogonRequest, SessionSettings } from '@tidegate/fix/transport/contract';
import { isAllowed } from '@tidegate/platform/address';
import type { Configuration } from '@tidegate/platform/configuration';
import type { Credentials } from '@tidegate/platform/credentials';
import type { SystemEvents } from '@tidegate/platform/system.events';
import type { FixClientDocument, ListenerDocument } from '@tidegate/wire/configuration';
import { ClientApplication, givesQuotes, takesOrders } from './client.application.ts';
import type { ClientOrders } from './client.orders.ts';
import type { ClientQuotes } from './client.quotes.ts';
import type { DropCopy } from './dropcopy.ts';
import type { InstrumentIndex } from './instruments.ts';
import type { SessionBoard } from './session.board.ts';

export interface ClientSessionsOptions {
  readonly host: string;
  readonly portBase: number;
  /** Folder of the session stores. */
  readonly directory: string;
  readonly configuration: Configuration;
  readonly credentials: Credentials;
  readonly orders: ClientOrders;
  readonly quotes: ClientQuotes;
  readonly dropCopy: DropCopy;
  readonly instruments: InstrumentIndex;
  readonly board: SessionBoard;
  readonly events: SystemEvents;
  /** Cancel on disconnect: asks the partition to cancel what this session left open. */
  readonly cancelAll: (partition: string, sessionId: string) => void;
}

interface Bound {
  readonly id: string;
  readonly settings: SessionSettings;
  readonly store: FileStore;
  readonly application: Application;
}

export class ClientSessions {
  private readonly options: ClientSessionsOptions;
  private readonly acceptors = new Map<string, Acceptor>();
  private readonly bound = new Map<string, Bound>();
  /** Port by listener id, for the ready line. */
  readonly ports = new Map<string, number>();

  constructor(options: ClientSessionsOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { listeners, fixClients } = this.options.configuration.current;
    for (const listener of listeners.values()) {
      if (!listener.enabled) continue;
      const acceptor = new Acceptor({
        host: this.options.host,
        port: this.options.portBase === 0 ? 0 : this.options.portBase + listener.offset,
        authenticate: (request) => this.authenticate(request, listener.id),
        onRefused: ({ reason, remoteAddress }) => this.refused(listener, reason, remoteAddress),
      });
      this.acceptors.set(listener.id, acceptor);
      for (const client of fixClients.values()) {
        if (mayUse(client, listener) && (takesOrders(listener) || listener.purpose === 'dropCopy')) {
          await this.bind(client, listener, acceptor);
        }
      }
    }
  }

  /** Opens the ports: after every session has what it missed while the platform was down. */
  async listen(): Promise<void> {
    for (const [id, acceptor] of this.acceptors) {
      await acceptor.listen();
      this.ports.set(id, acceptor.port);
      this.options.board.listening(id, acceptor.port);
    }
  }

  async stop(text: string): Promise<void> {
    await Promise.all([...this.acceptors.values()].map((acceptor) => acceptor.close(text)));
  }

  private async authenticate(request: LogonRequest, listenerId: string): Promise<LogonDecision> {
    const { configuration, credentials, events } = this.options;
    const listener = configuration.current.listeners.get(listenerId);
    if (listener === undefined || !listener.enabled) return { accept: false, text: 'LISTENER_DISABLED' };
    if (listener.purpose === 'passThrough' && listener.venue === undefined) {
      return { accept: false, text: `LISTENER_UNBOUND: ${listener.id} is not bound to a provider` };
    }
    const { senderCompId, targetCompId, username, password, remoteAddress } = request;
    const client = [...configuration.current.fixClients.values()].find(
      (row) =>
        row.senderCompId === senderCompId && row.targetCompId === targetCompId && row.username === username,
    );
    const verdict = await credentials.verify(password ?? '', client?.passwordHash);
    if (client === undefined || verdict !== 'ok') {
      const text =
        verdict === 'busy' ? 'LOGON_BUSY: try again' : 'LOGON_REFUSED: CompIDs, username or password';
      events.record({
        kind: 'logonRefused',
        severity: 'warning',
        subject: `${senderCompId}@${listener.id}`,
        text: `${text} from ${remoteAddress}`,
      });
      return { accept: false, text };
    }
    if (!isAllowed(remoteAddress, client.allowedAddresses))
      return { accept: false, text: 'ADDRESS_NOT_ALLOWED' };
    if (!mayUse(client, listener)) return { accept: false, text: 'LISTENER_NOT_PERMITTED' };
    const bound = await this.bind(client, listener, this.acceptors.get(listenerId)!);
    return { accept: true, ...bound };
  }

  /** The client's session on a listener; made once. */
  private async bind(
    client: FixClientDocument,
    listener: ListenerDocument,
    acceptor: Acceptor,
  ): Promise<Bound> {
    const id = `${client.id}@${listener.id}`;
    const known = this.bound.get(id);
    if (known !== undefined) return known;
    const application = this.applicationOf(id, client, listener);
    const bound: Bound = {
      id,
      application,
      settings: {
        beginString: 'FIX.4.4',
        senderCompId: client.targetCompId,
        targetCompId: client.senderCompId,
        persistMessages: listener.purpose !== 'marketData',
      },
      store: new FileStore({ directory: this.options.directory, name: id, durability: 'process' }),
    };
    this.bound.set(id, bound);
    const handle = await acceptor.register(bound);
    this.enlist(client, listener, handle, application);
    return bound;
  }

  private applicationOf(
    id: string,
    client: FixClientDocument,
    listener: ListenerDocument,
  ): ClientApplication {
    const { configuration, orders, quotes, instruments, board, cancelAll } = this.options;
    const firm = () => configuration.current.firms.get(client.firm);
    const source =
      listener.venue === undefined ? { tier: firm()?.tier ?? 'standard' } : { venue: listener.venue };
    return new ClientApplication({
      client,
      listener,
      source,
      orders,
      quotes,
      instruments,
      board,
      mayTrade: (instrument) => {
        const permitted = firm()?.instruments ?? [];
        return permitted.includes('*') || permitted.includes(instrument);
      },
      onDisconnect: () => {
        if (client.cancelOnDisconnect && takesOrders(listener)) cancelAll(client.firm, id);
      },
    });
  }

  private enlist(
    client: FixClientDocument,
    listener: ListenerDocument,
    handle: SessionHandle,
    application: ClientApplication,
  ): void {
    const { orders, dropCopy, board } = this.options;
    board.add(
      {
        id: handle.id,
        side: 'client',
        counterparty: client.id,
        purpose: listener.purpose,
        listener: listener.id,
        port: this.options.portBase + listener.offset,
        firm: client.firm,
      },
      handle,
    );
    if (listener.purpose === 'dropCopy') dropCopy.register(client.firm, handle);
    if (!takesOrders(listener)) return;
    const order = {
      handle,
      partition: client.firm,
      account: client.account,
      trader: client.id,
      ...(listener.venue === undefined ? {} : { forcedVenue: listener.venue }),
    };
    orders.register(order);
    application.bind(order);
  }

  private refused(listener: ListenerDocument, reason: string, remoteAddress: string): void {
    this.options.events.record({
      kind: 'logonRefused',
      severity: 'warning',
      subject: listener.id,
      text: `${reason} from ${remoteAddress}`,
    });
  }
}

/** Listener list and rights of the client against the listener's purpose. */
function mayUse(client: FixClientDocument, listener: ListenerDocument): boolean {
  if (!client.listeners.includes('*') && !client.listeners.includes(listener.id)) return false;
  if (listener.purpose === 'passThrough' && listener.venue === undefined) return false;
  if (listener.purpose === 'dropCopy') return client.rights.includes('dropCopy');
  return (
    (takesOrders(listener) && client.rights.includes('trading')) ||
    (givesQuotes(listener) && client.rights.includes('marketData'))
  );
}
