/**
 * The client side of the gateway: one acceptor per row of the session table (ports FIX_PORT_BASE … +27),
 * logon by CompIDs, username, password and address, and the session that a logon is bound to. A client has
 * one session per listener, with its own numbers and store. Alone, trading sessions exist from start-up, so
 * their reports are kept while the client is away; of several gateways one has a session from its logon there
 * on, and its cursor says what it lacks.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Application, SessionHandle } from '@tidegate/fix/session/application';
import type { SessionStore } from '@tidegate/fix/session/store';
import { Acceptor } from '@tidegate/fix/transport/acceptor';
import type { LogonDecision, LogonRequest, SessionSettings } from '@tidegate/fix/transport/contract';
import type { MessageLog } from '@tidegate/fix/transport/message.log';
import type { AcceptorTls } from '@tidegate/fix/transport/tls';
import { isAllowed, isCidr } from '@tidegate/platform/identity/address';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Credentials } from '@tidegate/platform/identity/credentials';
import type { FixClientDocument, ListenerDocument } from '@tidegate/wire/configuration';
import type { Attempts } from '../../attempts.ts';
import { Rate } from '../../rate.ts';
import { ClientApplication, takesOrders } from '../clients/client.application.ts';
import type { ClientOrders } from '../clients/client.orders.ts';
import type { ClientQuotes } from '../clients/client.quotes.ts';
import type { DropCopy } from '../clients/dropcopy.ts';
import type { ClientLeases, ClientLeasesOptions } from './client.leases.ts';
import {
  arrivalLimits,
  connectionsMax,
  disabledText,
  idOf,
  isCertified,
  isDisabledAt,
  isListed,
  isUnbound,
  keepsReports,
  mayUse,
  settingsOf,
  termsOf,
  withdrawn,
} from './client.terms.ts';
import type { EngineEvents } from './engine.events.ts';
import type { HeldSession } from './held.session.ts';
import { Orphans, type ClientSession } from './orphans.ts';
import type { InstrumentIndex } from '../instruments.ts';
import type { Refusals } from './refusals.ts';
import type { Revocable } from './revocation.list.ts';
import type { Revocations } from './revocations.ts';
import type { KeptNumbers } from './session.actions.ts';
import type { SessionBoard, SessionIdentity } from './session.board.ts';

export interface ClientSessionsOptions {
  readonly host: string;
  readonly portBase: number;
  readonly sessionStore: (
    id: string,
    purpose: ListenerDocument['purpose'],
    held?: HeldSession,
  ) => SessionStore;
  /** Of several gateways: which one has a session. Absent: this one has all. */
  readonly leases: ((moves: SessionMoves) => ClientLeases) | undefined;
  /** Absent: plain FIX. */
  readonly tls: AcceptorTls | undefined;
  readonly revocations: Revocations;
  /** Every connection comes through one of these, with PROXY headers; none: directly. */
  readonly proxies: readonly string[];
  readonly messageLog: MessageLog | undefined;
  readonly clock: Clock;
  readonly configuration: Configuration;
  readonly credentials: Credentials;
  readonly attempts: Attempts;
  readonly orders: ClientOrders;
  readonly quotes: ClientQuotes;
  readonly dropCopy: DropCopy;
  readonly instruments: InstrumentIndex;
  readonly board: SessionBoard;
  readonly refusals: Refusals;
  readonly engineEvents: EngineEvents;
  /** Cancel on disconnect: asks the partition to cancel what this session left open. */
  readonly cancelAll: (partition: string, sessionId: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** A session with reports takes none, and may lack the last; and takes them again. */
  readonly onAway: (sessionId: string, partition: string) => void;
  readonly onBack: (sessionId: string) => void;
  /** Another gateway has it, or will. */
  readonly onGone: (sessionId: string) => void;
  /** One that has reports is opened, and is told nothing yet. `sinceMs`: its opening began then. */
  readonly onOpen: (session: SessionHandle, partition: string, sinceMs: number) => void;
  /** A port that was to be opened while the platform runs; told once, and tried again. */
  readonly onPortClosed: (listener: string, error: unknown) => void;
}

/** What the leases ask for. */
export type SessionMoves = Pick<ClientLeasesOptions, 'mayMove' | 'move' | 'onLost'>;

interface Bound {
  readonly id: string;
  readonly client: FixClientDocument;
  readonly listener: ListenerDocument;
  readonly settings: SessionSettings;
  readonly store: SessionStore;
  readonly application: Application;
  handle?: SessionHandle;
  /** Of several gateways: that it is ours. */
  readonly held: HeldSession | undefined;
  /** Fingerprint of what its client last logged on with. */
  certificate?: string | undefined;
  /** How a revocation list names that. */
  revocable?: Revocable | undefined;
}

const portRetryMs = 5_000;
/** Messages of a session that neither trade nor reduce risk. */
const questionRate = { perSecond: 500, burst: 1_000 };
const certRevoked = 'CERT_REVOKED: the client certificate is revoked';
const moving = 'SESSION_MOVING: log on again';
/** Refused in one text, so that a stranger does not learn which part was wrong; events say which. */
const logonRefused = 'LOGON_REFUSED: CompIDs, username, password, address or certificate';

export class ClientSessions {
  private readonly options: ClientSessionsOptions;
  private readonly acceptors = new Map<string, Acceptor>();
  private readonly bound = new Map<string, Bound>();
  /** Sessions whose orders are being canceled: a client that is back must not lose new ones to that. */
  private readonly canceling = new Map<string, Promise<void>>();
  /** Sessions that are being closed for another gateway. */
  private readonly closing = new Map<string, Promise<void>>();
  private readonly leases: ClientLeases | undefined;
  private readonly orphans: Orphans | undefined;
  /** Another gateway goes on: nothing is canceled for it. */
  private isMoving = false;
  private endText = withdrawn;
  /** Reasons that `authenticate` has recorded itself; the engine says them once more. */
  private readonly recorded = new Set<string>();
  private following: Promise<void> = Promise.resolve();
  private stopFollowing: () => void = () => undefined;
  /** Port by listener id, for the ready line. */
  readonly ports = new Map<string, number>();
  /** Why the ports that were to be opened are not. */
  private readonly faults = new Map<string, string>();
  private retry: NodeJS.Timeout | undefined;

  /** Of acceptors from now on. */
  private tls: AcceptorTls | undefined;

  constructor(options: ClientSessionsOptions) {
    this.options = options;
    this.tls = options.tls;
    this.leases = options.leases?.({
      mayMove: (id) => this.mayMove(id),
      move: (id) => this.move(id),
      onLost: (id) => this.lose(id),
    });
    const { configuration, onError } = options;
    const isBound = (id: string): boolean => this.bound.has(id);
    const cancel = (session: ClientSession): void => this.cancelOrders(session);
    this.orphans =
      this.leases && new Orphans({ configuration, leases: this.leases, isBound, cancel, onError });
  }

  async start(): Promise<void> {
    this.place();
    if (this.leases !== undefined) return;
    await this.bindAll((_id, error) => {
      throw error;
    });
  }

  /**
   * An acceptor for each listener, also where it is disabled and its port closed: the sessions there keep
   * what is for their clients.
   */
  private place(): void {
    for (const listener of this.options.configuration.current.listeners.values()) {
      if (!this.acceptors.has(listener.id)) this.acceptors.set(listener.id, this.acceptorOf(listener));
    }
  }

  private acceptorOf(listener: ListenerDocument): Acceptor {
    const { host, portBase, proxies, messageLog, refusals } = this.options;
    return new Acceptor({
      host,
      port: portBase === 0 ? 0 : portBase + listener.offset,
      maxConnections: connectionsMax,
      limits: arrivalLimits,
      allowedRemoteAddresses: this.addressesOf(listener.id),
      ...(this.tls === undefined ? {} : { tls: this.tls }),
      ...(proxies.length === 0 ? {} : { proxyProtocol: { from: proxies } }),
      ...(messageLog === undefined ? {} : { messageLog }),
      authenticate: (request) => this.authenticate(request, listener.id),
      onRefused: ({ reason, remoteAddress }) => {
        if (!this.recorded.has(reason)) refusals.record({ listener: listener.id, reason, remoteAddress });
      },
    });
  }

  /** Opens the ports: after every session has what it missed while the platform was down. */
  async listen(): Promise<void> {
    // A process that was killed canceled nothing.
    for (const bound of this.bound.values()) this.cancelOrders(bound);
    await this.openPorts((_listener, error) => {
      throw error;
    });
    this.orphans?.start();
    this.stopFollowing = this.options.configuration.onChange(() => this.review());
  }

  /** What may no longer be as it is, by configuration or certificates, is ended. */
  review(): void {
    this.following = this.following.then(() => this.follow()).catch(this.options.onError);
  }

  /** Listeners of the configuration whose port is not open, and why. */
  get closedPorts(): ReadonlyMap<string, string> {
    const listeners = [...this.options.configuration.current.listeners.values()];
    return new Map(
      listeners
        .filter(({ id, enabled }) => enabled && !this.ports.has(id))
        .map(({ id }) => [id, this.faults.get(id) ?? 'not opened yet']),
    );
  }

  private async openPorts(onFailed: (listener: string, error: unknown) => void): Promise<void> {
    const { listeners } = this.options.configuration.current;
    clearTimeout(this.retry);
    for (const [id, acceptor] of this.acceptors) {
      if (this.ports.has(id) || listeners.get(id)?.enabled !== true) continue;
      try {
        await acceptor.listen();
      } catch (error) {
        if (!this.faults.has(id)) onFailed(id, error);
        this.faults.set(id, error instanceof Error ? error.message : String(error));
        continue;
      }
      this.faults.delete(id);
      this.ports.set(id, acceptor.port);
      this.options.board.listening(id, acceptor.port);
    }
    if (this.faults.size > 0) this.retry = setTimeout(() => this.review(), portRetryMs).unref();
  }

  /** New certificates, for connections from now on. Throws when they are no good, and the old ones stay. */
  reloadTls(tls: AcceptorTls): void {
    for (const acceptor of this.acceptors.values()) acceptor.reloadTls(tls);
    this.tls = tls;
  }

  async stop(text: string): Promise<void> {
    this.stopFollowing();
    clearTimeout(this.retry);
    await this.following;
    clearTimeout(this.retry);
    this.orphans?.stop();
    this.isMoving = this.leases?.hasOthers ?? false;
    this.endText = this.isMoving ? moving : text;
    if (this.leases !== undefined) {
      for (const acceptor of this.acceptors.values()) acceptor.stopListening();
      await this.leases.leave();
    }
    await Promise.all([...this.acceptors.values()].map((acceptor) => acceptor.close(text)));
  }

  private async authenticate(request: LogonRequest, listenerId: string): Promise<LogonDecision> {
    const { configuration, credentials, attempts } = this.options;
    const { senderCompId, targetCompId, username, password, remoteAddress, tls } = request;
    const refuse = (text: string, detail?: string): LogonDecision => {
      this.recorded.add(text);
      const told = { listener: listenerId, reason: text, remoteAddress, claimed: senderCompId };
      this.options.refusals.record(detail === undefined ? told : { ...told, detail });
      return { accept: false, text };
    };
    const listener = configuration.current.listeners.get(listenerId);
    if (listener === undefined || !listener.enabled) return refuse('LISTENER_DISABLED');
    if (isUnbound(listener)) return refuse(`LISTENER_UNBOUND: ${listener.id} is not bound to a provider`);
    const attempt = attempts.begin(remoteAddress, `${senderCompId} ${username ?? ''}`);
    if (attempt === undefined) return refuse('LOGON_THROTTLED: too many refused logons; wait a minute');
    const client = [...configuration.current.fixClients.values()].find(
      (row) =>
        row.senderCompId === senderCompId && row.targetCompId === targetCompId && row.username === username,
    );
    // A wrong address or certificate costs the same time and tells the same as a wrong password.
    const isFromThere = client !== undefined && isAllowed(remoteAddress, client.allowedAddresses);
    const shown = tls?.isAuthorized === true ? tls.certificate : undefined;
    const certificate = shown?.fingerprint256;
    const revocable = this.options.revocations.nameOf(shown?.raw);
    if (this.options.revocations.has(revocable)) return refuse(certRevoked, `serial ${revocable?.serial}`);
    const isItself = isFromThere && isCertified(client, certificate);
    const verdict = await credentials.verify(password ?? '', isItself ? client.passwordHash : undefined);
    if (verdict === 'busy') {
      attempt.forgive();
      return refuse('LOGON_BUSY: try again');
    }
    if (client === undefined) return refuse(logonRefused, 'no such CompIDs and username');
    if (!isFromThere) return refuse(logonRefused, 'address not allowed');
    if (!isItself) return refuse(logonRefused, `certificate ${certificate ?? 'missing or not trusted'}`);
    if (verdict !== 'ok') return refuse(logonRefused, 'wrong password');
    attempt.forgive();
    if (client.disabled === true) return refuse(logonRefused, 'disabled');
    if (!mayUse(client, listener)) return refuse('LISTENER_NOT_PERMITTED');
    if (isDisabledAt(client, listener)) return refuse(disabledText);
    // Nobody gets in behind the very change that keeps it out.
    const isJudged = () => isDeepStrictEqual(configuration.current.fixClients.get(client.id), client);
    const again = () => refuse('LOGON_BUSY: try again', 'its configuration changed meanwhile');
    const held = await this.leases?.take(idOf(client, listener));
    // Without a word: an answer would use a number of the session, which is another gateway's.
    if (this.leases !== undefined && held === undefined)
      return { ...refuse('SESSION_ELSEWHERE', idOf(client, listener)), isSilent: true } as LogonDecision;
    if (held !== undefined) this.orphans?.seeTo({ id: idOf(client, listener), client, listener }, held);
    await this.canceling.get(idOf(client, listener));
    if (!isJudged()) return again();
    const acceptor = this.acceptors.get(listenerId);
    if (acceptor === undefined) return refuse('LISTENER_DISABLED');
    const bound = await this.bind(client, listener, acceptor, held);
    if (!isJudged()) return again();
    // A second logon that the engine is about to turn away must not stand for the one that is there.
    if (bound.handle?.isLoggedOn !== true || client.secondLogon === 'newestWins') {
      bound.certificate = certificate;
      bound.revocable = revocable;
      this.options.board.calledFrom(bound.id, remoteAddress);
    }
    const { id, settings, store, application } = bound;
    return { accept: true, id, settings, store, application };
  }

  /**
   * Before a byte is read: the addresses of all clients that may use the listener. Who gets a logon through
   * is decided by the client's own list. A proxy may come with nobody behind it, to see whether we are there.
   */
  private addressesOf(listenerId: string): readonly string[] {
    const clients = [...this.options.configuration.current.fixClients.values()].filter(({ listeners }) =>
      isListed(listeners, listenerId),
    );
    const addresses = clients.flatMap(({ allowedAddresses }) => allowedAddresses);
    return [...new Set([...addresses.filter(isCidr), ...this.options.proxies])];
  }

  /** Sessions that are kept while their client is away: those that have reports. */
  private async bindAll(onFailed: (id: string, error: unknown) => void): Promise<void> {
    const { listeners, fixClients } = this.options.configuration.current;
    for (const [id, acceptor] of this.acceptors) {
      const listener = listeners.get(id);
      if (listener === undefined || !keepsReports(listener)) continue;
      for (const client of fixClients.values()) {
        if (!mayUse(client, listener)) continue;
        await this.bind(client, listener, acceptor).catch((error: unknown) =>
          onFailed(idOf(client, listener), error),
        );
      }
    }
  }

  /**
   * A new configuration: a session whose client has gone, or has other CompIDs, another firm, purpose,
   * provider, schedule or rate, is given up (and opened anew at the next logon); one that may no longer be
   * used is logged out, or shown nothing of what it may not see; new clients' reports are kept from now on.
   * Listeners that are new are opened, those that are gone closed; a port that is disabled refuses.
   */
  private async follow(): Promise<void> {
    const { configuration, quotes, onBack, onError, onPortClosed } = this.options;
    for (const [id, acceptor] of this.acceptors) acceptor.allow(this.addressesOf(id));
    const givenUp: Bound[] = [];
    for (const bound of this.bound.values()) {
      const { client, handle, listener } = bound;
      const now = configuration.current.fixClients.get(client.id);
      if (!this.isSame(bound)) givenUp.push(bound);
      else if (handle?.isLoggedOn !== true) continue;
      else if (this.mayStay(bound)) quotes.review(handle);
      else handle.logout(isDisabledAt(now, listener) ? disabledText : withdrawn);
    }
    // One whose client does not answer, or whose store does not close, keeps no other in.
    await Promise.all(givenUp.map((bound) => this.giveUp(bound).catch(onError)));
    await this.closePorts();
    this.place();
    const failed = new Set<string>();
    if (this.leases === undefined)
      await this.bindAll((id, error) => {
        failed.add(id);
        onError(error);
      });
    // Of those that are gone nothing waits any more.
    for (const { id } of givenUp) if (!failed.has(id)) onBack(id);
    await this.openPorts(onPortClosed);
  }

  private async closePorts(): Promise<void> {
    const { configuration, onError } = this.options;
    const gone = [...this.acceptors].filter(([id]) => !configuration.current.listeners.has(id));
    for (const [id, acceptor] of gone) {
      this.acceptors.delete(id);
      this.ports.delete(id);
      this.faults.delete(id);
      await acceptor.close(withdrawn).catch(onError);
    }
  }

  private async giveUp({ id, client, listener }: Bound): Promise<void> {
    const { orders, dropCopy, board, onAway } = this.options;
    this.bound.delete(id);
    if (keepsReports(listener)) onAway(id, client.firm);
    orders.unregister(id);
    dropCopy.unregister(id);
    await this.acceptors.get(listener.id)?.release(id, withdrawn);
    board.remove(id);
    this.leases?.drop(id);
  }

  /**
   * Its client has come to another gateway: what a second connection here would be told, it is told there.
   */
  private mayMove(id: string): boolean {
    const bound = this.bound.get(id);
    const live = bound === undefined ? undefined : this.acceptors.get(bound.listener.id)?.session(id);
    if (live?.isConnected !== true) return true;
    const { secondLogon } = live.settings;
    if (secondLogon === 'newestWins') live.supersede('another connection has logged on as this session');
    else if (secondLogon === 'challenged') live.challenge();
    return secondLogon === 'newestWins';
  }

  /** Closes it, with a Logout where its client is here. */
  private async move(id: string): Promise<void> {
    await this.leaveTo(id, this.endText);
    await this.canceling.get(id);
  }

  /** Another gateway has it: its connection is cut, and nothing is written. */
  private lose(id: string): void {
    this.options.board.remove(id);
    void this.leaveTo(id, moving);
  }

  private async leaveTo(id: string, text: string): Promise<void> {
    const { board, dropCopy, onError, onGone, orders } = this.options;
    const bound = this.bound.get(id);
    if (bound === undefined) return;
    this.bound.delete(id);
    orders.unregister(id);
    dropCopy.unregister(id);
    const acceptor = this.acceptors.get(bound.listener.id);
    const closed = (acceptor?.release(id, text) ?? Promise.resolve()).catch(onError).finally(() => {
      if (this.bound.get(id) === undefined) board.remove(id);
      if (this.closing.get(id) === closed) this.closing.delete(id);
    });
    this.closing.set(id, closed);
    onGone(id);
    await closed;
  }

  private isSame({ client, listener }: Bound): boolean {
    const { fixClients, listeners } = this.options.configuration.current;
    const now = fixClients.get(client.id);
    const place = listeners.get(listener.id);
    return (
      now?.firm === client.firm &&
      now.senderCompId === client.senderCompId &&
      now.targetCompId === client.targetCompId &&
      termsOf(now) === termsOf(client) &&
      place?.venue === listener.venue &&
      place?.purpose === listener.purpose
    );
  }

  private mayStay({ id, client, listener, certificate, revocable }: Bound): boolean {
    if (this.options.revocations.has(revocable)) return false;
    const { fixClients, listeners } = this.options.configuration.current;
    const now = fixClients.get(client.id);
    const place = listeners.get(listener.id);
    const address = this.options.board.remoteAddressOf(id);
    return (
      now !== undefined &&
      place?.enabled === true &&
      mayUse(now, place) &&
      !isDisabledAt(now, place) &&
      (address === undefined || (isAllowed(address, now.allowedAddresses) && isCertified(now, certificate)))
    );
  }

  /** The client's session on a listener; made once. */
  private async bind(
    client: FixClientDocument,
    listener: ListenerDocument,
    acceptor: Acceptor,
    held?: HeldSession,
  ): Promise<Bound> {
    const id = idOf(client, listener);
    await this.closing.get(id);
    const known = this.bound.get(id);
    if (known !== undefined) return known;
    const identity = this.identityOf(id, client, listener);
    const application = this.applicationOf(identity, client, listener, held);
    const settings = settingsOf(client, listener);
    const store = this.options.sessionStore(id, listener.purpose, held);
    const bound: Bound = { id, client, listener, application, settings, store, held };
    const sinceMs = this.options.clock.nowMs();
    this.bound.set(id, bound);
    try {
      bound.handle = await acceptor.register(bound);
    } catch (error) {
      this.bound.delete(id);
      throw error;
    }
    if (this.bound.get(id) !== bound) throw new Error(`session ${id} was given up before it was open`);
    this.options.board.add(identity, bound.handle, { numbers: numbersAt(acceptor, id) });
    if (keepsReports(listener)) this.options.onOpen(bound.handle, client.firm, sinceMs);
    this.enlist(bound, bound.handle, application);
    this.options.onBack(id);
    return bound;
  }

  private identityOf(id: string, client: FixClientDocument, listener: ListenerDocument): SessionIdentity {
    const { portBase } = this.options;
    const port = this.ports.get(listener.id) ?? (portBase === 0 ? undefined : portBase + listener.offset);
    return {
      id,
      side: 'client',
      counterparty: client.id,
      purpose: listener.purpose,
      listener: listener.id,
      firm: client.firm,
      ...(port === undefined ? {} : { port }),
    };
  }

  private applicationOf(
    identity: SessionIdentity,
    client: FixClientDocument,
    listener: ListenerDocument,
    held: HeldSession | undefined,
  ): ClientApplication {
    const { clock, configuration, orders, quotes, instruments, board, engineEvents } = this.options;
    const { onAway, onBack } = this.options;
    const firm = () => configuration.current.firms.get(client.firm);
    const { venue } = listener;
    return new ClientApplication({
      listener,
      orders,
      quotes,
      instruments,
      board,
      questions: new Rate({ clock, ...questionRate }),
      rights: () => configuration.current.fixClients.get(client.id)?.rights ?? [],
      source: () => (venue === undefined ? { tier: firm()?.tier ?? 'standard' } : { venue }),
      mayTrade: (instrument) => {
        const permitted = firm()?.instruments ?? [];
        return permitted.includes('*') || permitted.includes(instrument);
      },
      onEvent: (event) => {
        if (event.kind === 'storeFailed' && keepsReports(listener)) onAway(identity.id, client.firm);
        engineEvents.record(identity, event);
      },
      onLogon: () => onBack(identity.id),
      held,
      onDisconnect: () => {
        // Another gateway has it, or is about to: it is not the client that has gone.
        if (held?.isLost !== true && !this.isMoving) this.cancelOrders({ id: identity.id, client, listener });
      },
    });
  }

  /** Cancel on disconnect, where the client has asked for it. */
  private cancelOrders({ id, client, listener }: ClientSession): void {
    const { cancelAll, configuration, onError } = this.options;
    const now = configuration.current.fixClients.get(client.id) ?? client;
    if (!now.cancelOnDisconnect || !takesOrders(listener)) return;
    const canceled = cancelAll(client.firm, id)
      .catch(onError)
      .finally(() => {
        if (this.canceling.get(id) === canceled) this.canceling.delete(id);
      });
    this.canceling.set(id, canceled);
  }

  private enlist({ client, listener }: Bound, handle: SessionHandle, application: ClientApplication): void {
    const { configuration, orders, dropCopy } = this.options;
    if (listener.purpose === 'dropCopy') dropCopy.register(client.firm, handle);
    if (!takesOrders(listener)) return;
    const order = {
      handle,
      partition: client.firm,
      trader: client.id,
      account: () => (configuration.current.fixClients.get(client.id) ?? client).account,
      forcedVenue: () => listener.venue,
    };
    orders.register(order);
    application.bind(order);
  }
}

const numbersAt = (acceptor: Acceptor, id: string): KeptNumbers => ({
  set: (numbers) => acceptor.setNumbers(id, numbers),
  reset: () => acceptor.resetNumbers(id),
});
