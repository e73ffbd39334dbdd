/**
 * The FIX gateway: sessions with providers and with clients, and the followers that turn durable events
 * into messages. Start order matters: stores are opened, what was missed is caught up from the journal, and
 * only then ports open and venues are called.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ListenerDocument } from '@tidegate/wire/configuration';
import type { SessionStore } from '@tidegate/fix/session/store';
import type { AcceptorTls } from '@tidegate/fix/transport/tls';
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import { Commands } from '@tidegate/platform/bus/commands';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Credentials } from '@tidegate/platform/identity/credentials';
import type { Leases } from '@tidegate/platform/lease/leases';
import { Follower } from '@tidegate/platform/journal/follower';
import type { ArchivedRange, Journal } from '@tidegate/platform/journal/journal';
import { followPartitions } from '@tidegate/platform/journal/partitions';
import type { Log } from '@tidegate/platform/observe/log';
import type { Metrics } from '@tidegate/platform/observe/metrics';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import type { OrderTrace } from '@tidegate/platform/observe/trace';
import type { Epochs } from '@tidegate/platform/sql/epochs';
import { urgentTopic } from '@tidegate/wire/topics';
import { Admission, type AdmissionOptions } from '../admission.ts';
import { Attempts } from '../attempts.ts';
import { EventWindow } from '../event.window.ts';
import type { Horizon } from '../horizon.ts';
import { Rates } from '../rate.ts';
import { Certificates, type Certificate, type CertificateFiles } from './sessions/certificates.ts';
import { ClientOrders, type PastOrders } from './clients/client.orders.ts';
import { ClientQuotes } from './clients/client.quotes.ts';
import { Beginnings } from './sessions/beginnings.ts';
import { ClientLeases } from './sessions/client.leases.ts';
import { Cursors, type Beginning, type Told } from './sessions/cursors.ts';
import { LateSessions, nearMax } from './sessions/late.sessions.ts';
import { Restored } from './sessions/restored.ts';
import { DropCopy } from './clients/dropcopy.ts';
import { EngineEvents } from './sessions/engine.events.ts';
import { eventHops, VenueHops } from './hops.ts';
import type { HeldSession } from './sessions/held.session.ts';
import { Images } from './clients/images.ts';
import { instrumentIndex, type InstrumentIndex } from './instruments.ts';
import { gatewayStanding, type GatewayStanding } from './gateway.standing.ts';
import { registerGatewayMetrics } from './gateway.metrics.ts';
import { MessageFiles } from './sessions/message.files.ts';
import { Positions } from './clients/positions.ts';
import { Refusals } from './sessions/refusals.ts';
import { SessionsElsewhere } from './sessions/sessions.elsewhere.ts';
import { SessionBoard } from './sessions/session.board.ts';
import { Revocations } from './sessions/revocations.ts';
import { ClientSessions } from './sessions/sessions.ts';
import { VenueOrders } from './venues/venue.orders.ts';
import { ordersIdOf } from '../session.place.ts';
import { VenueSessions, type SharedVenues, type VenueAddress } from './venues/venue.sessions.ts';

export interface SharedSessions {
  readonly leases: Pick<Leases, 'offer' | 'rows' | 'hasOthers'>;
  /** By partition: the last number that a session was told, of all sessions there are. */
  readonly delivered: () => Promise<ReadonlyMap<string, number>>;
}

export interface GatewayOptions {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly epochs: Epochs;
  readonly configuration: Configuration;
  readonly credentials: Credentials;
  readonly events: SystemEvents;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly host: string;
  readonly portBase: number;
  readonly sessionStore: (
    id: string,
    purpose: ListenerDocument['purpose'],
    held?: HeldSession,
  ) => SessionStore;
  /** Where several gateways share the sessions; absent: this one has all. */
  readonly shared?: SharedSessions | undefined;
  /** Of the listeners; without a certificate they speak plain FIX. */
  readonly tls: CertificateFiles;
  /** Client certificates when a revocation list has run out. */
  readonly revocationsExpired: 'refuse' | 'accept';
  /** Networks of the proxies before the listeners. */
  readonly proxies: readonly string[];
  /** Folder of the FIX message log; absent: none is written. */
  readonly messageLogDir: string | undefined;
  readonly flushMs: number;
  readonly horizon: Horizon;
  readonly admission: AdmissionOptions['terms'];
  readonly projection: PastOrders;
  readonly trace?: OrderTrace | undefined;
  /**
   * Events that a start, or the firm's orders, wait for a session; beyond them it is told beside the others.
   */
  readonly lateAfter?: number;
  readonly venueAddresses: ReadonlyMap<string, VenueAddress>;
  readonly secret: (name: string) => string | undefined;
}

const noteMs = 250;
/** A firm whose journal is behind keeps the others waiting for so long at most. */
const restoredMs = 2_000;

export class Gateway {
  private readonly options: GatewayOptions;
  private readonly followers = new Map<string, Follower>();
  private readonly cursors: Cursors;
  private readonly restored: Restored;
  private readonly late: LateSessions;
  private readonly commands: Commands;
  private readonly board: SessionBoard;
  private readonly elsewhere: SessionsElsewhere | undefined;
  private readonly images: Images;
  private readonly clientOrders: ClientOrders;
  private readonly dropCopy: DropCopy;
  private readonly venueOrders: VenueOrders;
  private readonly venues: VenueSessions;
  private readonly refusals: Refusals;
  private readonly engineEvents: EngineEvents;
  private readonly admission: Admission;
  private readonly brokenFeeds: EventWindow;
  private readonly certificates: Certificates;
  private readonly revocations: Revocations;
  private readonly messageFiles: MessageFiles | undefined;
  readonly clients: ClientSessions;
  /** Of the listeners. */
  private tlsInUse: Certificate | undefined;
  private urgent: Subscription | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly positions = new Positions();
  private readonly isBehind = (session: string): boolean => this.positions.isBehind(session);
  private readonly beginnings = new Beginnings();
  private startedAtMs = 0;
  private isStopping = false;
  private stopFollowing: () => void = () => undefined;
  /** Sessions that are given what they lack, one after the other. */
  private telling: Promise<void> = Promise.resolve();

  constructor(options: GatewayOptions) {
    this.options = options;
    const { bus, clock, configuration, events, horizon, log, metrics, projection: tables } = options;
    const instruments = instrumentIndex(() => configuration.current.instruments);
    const onError = (error: unknown) => log.error({ err: error }, 'gateway');
    this.engineEvents = new EngineEvents({ events, clock, metrics });
    this.brokenFeeds = new EventWindow({ events, clock, toldMax: 2 });
    this.certificates = new Certificates(events);
    const { revocationsExpired: expired } = options;
    const onExpired = (): void => {
      if (this.tlsInUse !== undefined)
        this.clients.reloadTls(acceptorTls(this.tlsInUse, this.revocations.pems));
    };
    this.revocations = new Revocations({ clock, events, expired, onExpired });
    this.messageFiles = this.openMessageLog();
    this.commands = new Commands({ bus, trace: options.trace });
    this.restored = new Restored({ commands: this.commands, events });
    this.cursors = new Cursors({
      journal: options.journal,
      sessionsOf: (partition) => this.sessionsOf(partition),
      isBehind: this.isBehind,
      mayBeLate: (session, events) => this.mayBeLate(session, events),
    });
    this.late = this.lateSessions(onError);
    this.board = new SessionBoard(bus, clock, events, configuration);
    this.elsewhere = options.shared && new SessionsElsewhere(bus, clock);
    this.images = new Images(bus);
    const { admission: terms } = options;
    this.admission = new Admission({ edge: 'gateway', events, clock, metrics, configuration, terms });
    const { admission, beginnings, restored: commands, isBehind } = this;
    this.clientOrders = new ClientOrders({
      bus,
      commands,
      admission,
      clock,
      instruments,
      beginnings,
      horizon,
      tables,
      isBehind,
      onError,
    });
    this.dropCopy = new DropCopy(instruments, beginnings, isBehind);
    this.venueOrders = this.ordersToVenues(instruments, onError);
    this.venues = this.sessionsOfVenues(instruments);
    this.refusals = new Refusals({ events, clock, metrics });
    const quotes = new ClientQuotes(this.images, instruments, options.flushMs);
    this.clients = this.sessionsOfClients(instruments, quotes, onError);
    registerGatewayMetrics(metrics, this.board, quotes);
  }

  private sessionsOfVenues(instruments: InstrumentIndex): VenueSessions {
    const { options } = this;
    const { bus, clock, configuration, events } = options;
    return new VenueSessions({
      sessionStore: options.sessionStore,
      certificates: this.certificates,
      engineEvents: this.engineEvents,
      messageLog: this.messageFiles,
      configuration,
      bus,
      clock,
      epochs: options.epochs,
      instruments,
      orders: this.venueOrders,
      board: this.board,
      addresses: options.venueAddresses,
      secret: options.secret,
      events,
      onBadQuote: this.badQuoteCount(),
      onBrokenFeed: (subject, text) =>
        this.brokenFeeds.record(subject, { kind: 'quotesRefused', severity: 'warning', subject, text }),
      onStoreFailed: (id) => this.positions.lose(id),
      onStoreOpen: (id) => this.tellAgain(id),
      shared: this.sharedVenues(),
    });
  }

  /** Providers' sessions that come and go while the firms' events are followed. */
  private sharedVenues(): SharedVenues | undefined {
    const { shared, journal } = this.options;
    if (shared === undefined) return undefined;
    return {
      leases: shared.leases,
      heads: () => journal.heads(),
      onOpened: (session, sinceMs) => {
        const missed = new Map<string, number>();
        for (const partition of this.followers.keys()) {
          const from = this.cursors.missedBy(session, partition, sinceMs);
          if (from !== undefined) missed.set(partition, from);
        }
        this.positions.loseFrom(session.id, missed);
      },
      onGone: (id) => this.positions.forget(id),
    };
  }

  private sessionsOfClients(
    instruments: InstrumentIndex,
    quotes: ClientQuotes,
    onError: (error: unknown) => void,
  ): ClientSessions {
    const { options } = this;
    const { bus, clock, configuration, shared } = options;
    return new ClientSessions({
      leases: shared && ((moves) => new ClientLeases({ ...moves, bus, clock, leases: shared.leases })),
      host: options.host,
      portBase: options.portBase,
      sessionStore: options.sessionStore,
      tls: this.listenerTls(),
      revocations: this.revocations,
      proxies: options.proxies,
      messageLog: this.messageFiles,
      clock,
      configuration,
      credentials: options.credentials,
      attempts: new Attempts({ clock, perNameMax: 10, perAddressMax: 200 }),
      orders: this.clientOrders,
      quotes,
      dropCopy: this.dropCopy,
      instruments,
      board: this.board,
      refusals: this.refusals,
      engineEvents: this.engineEvents,
      onError,
      onAway: (id, partition) => this.positions.lose(id, partition),
      onBack: (id) => this.tellAgain(id),
      onGone: (id) => this.positions.forget(id),
      onOpen: (session, partition, sinceMs) => this.opened(session, partition, sinceMs),
      onPortClosed: (listener, error) => this.tellClosed(listener, error),
      cancelAll: (partition, client) => this.cancelAll(partition, client),
    });
  }

  private lateSessions(onError: (error: unknown) => void): LateSessions {
    const { bus, journal } = this.options;
    return new LateSessions({
      bus,
      journal,
      report: (session, partition, events) => {
        this.clientOrders.report(partition, events, session);
        this.dropCopy.report(partition, events, session);
      },
      note: (session, partition, number) => {
        for (const told of this.sessionsOf(partition))
          if (told.id === session && told.cursor(partition) < number)
            told.noteCursors(new Map([[partition, number]]));
      },
      reached: (partition) => this.cursors.reached(partition),
      onJoined: (session) => void this.positions.regain(session),
      onArchived: (partition, archived) => this.untold(partition, archived),
      onError,
    });
  }

  /** What sessions had not been told of it they are not told any more. */
  private untold(partition: string, { period, first, last }: ArchivedRange): void {
    const text = `${period}: events ${first} to ${last} are in it; sessions are not told of them any more`;
    this.options.events.record({ kind: 'reportsArchived', severity: 'warning', subject: partition, text });
  }

  /** What a provider lacks are orders, which are late soon enough. */
  private mayBeLate(session: string, events: number): boolean {
    if (events <= (this.options.lateAfter ?? nearMax)) return false;
    for (const venue of this.venueOrders.handles()) if (venue.id === session) return false;
    return true;
  }

  private tellClosed(subject: string, error: unknown): void {
    const text = `its port can't be opened, trying again: ${String(error)}`;
    const kind = 'configurationNotFollowed';
    this.options.events.record({ kind, severity: 'critical', subject, text });
  }

  private ordersToVenues(instruments: InstrumentIndex, onError: (error: unknown) => void): VenueOrders {
    const { clock, events, trace } = this.options;
    return new VenueOrders({
      commands: this.restored,
      clock,
      hops: trace === undefined ? undefined : new VenueHops(trace),
      instruments,
      beginnings: this.beginnings,
      isBehind: (venue) => this.isBehind(ordersIdOf(venue)),
      onError,
      onRefused: (venue, text) =>
        events.record({ kind: 'venueReportRefused', severity: 'critical', subject: venue, text }),
      onDoubt: (venue, text) =>
        events.record({ kind: 'venueInDoubt', severity: 'critical', subject: venue, text }),
    });
  }

  /** What it does not do of its own work, and which providers are away. */
  standing(): GatewayStanding {
    const { clock, configuration } = this.options;
    return gatewayStanding({
      configuration: configuration.current,
      closedPorts: this.clients.closedPorts,
      isUp: (session) => this.board.isUp(session) || this.elsewhere?.isUp(session) === true,
      nowMs: clock.nowMs(),
    });
  }

  /** Of the files now; those of later are given to the listeners. */
  private listenerTls(): AcceptorTls | undefined {
    const { tls } = this.options;
    if (tls.certFile === undefined) return undefined;
    const certificate = this.certificates.read(tls);
    this.certificates.follow('fix listeners', tls, (renewed) => {
      this.reloadTls(renewed);
      this.clients.review();
    });
    this.revocations.use(certificate.crl);
    this.tlsInUse = certificate;
    return acceptorTls(certificate, this.revocations.pems);
  }

  private reloadTls(certificate: Certificate): void {
    this.revocations.use(certificate.crl);
    this.clients.reloadTls(acceptorTls(certificate, this.revocations.pems));
    this.tlsInUse = certificate;
  }

  private openMessageLog(): MessageFiles | undefined {
    const { messageLogDir: directory, log, metrics } = this.options;
    if (directory === undefined) return undefined;
    const files = new MessageFiles({
      directory,
      onFault: (error) => log.error({ err: error }, 'FIX messages are not logged'),
    });
    metrics.counter(
      'gateway_message_log_dropped_total',
      'FIX messages that are not in the message log: the disk is full or too slow',
      [],
      () => files.dropped,
    );
    return files;
  }

  /** Files of the message log that were written last before then. */
  async forgetLogged(beforeMs: number): Promise<void> {
    await this.messageFiles?.removeOlder(beforeMs);
  }

  /** Counts what a provider sends that can't be used; the log gets a sample. */
  private badQuoteCount(): (venue: string, reason: string) => void {
    const { clock, log, metrics } = this.options;
    const logged = new Rates({ clock, perSecond: 1, burst: 10 });
    const counter = metrics.counter(
      'gateway_bad_quotes_total',
      'Market data messages that could not be used',
      ['venue'],
    );
    return (venue, reason) => {
      counter.inc({ venue });
      if (logged.take(venue)) log.warn({ venue, reason }, 'market data message not used');
    };
  }

  async start(): Promise<void> {
    const { journal, configuration } = this.options;
    this.startedAtMs = this.options.clock.nowMs();
    this.positions.note(this.options.clock.monoMs(), new Map());
    this.cursors.delivered = (await this.options.shared?.delivered()) ?? new Map();
    await this.venues.prepare();
    await this.clients.start();
    const caughtUp: Promise<void>[] = [];
    this.stopFollowing = await followPartitions({
      configuration,
      journal,
      add: (partition, head) => caughtUp.push(this.begin(partition, head)),
    });
    this.urgent = this.options.bus.subscribe(urgentTopic(), (cancel) =>
      this.venueOrders.cancelUrgently(cancel),
    );
    this.board.start();
    this.refusals.start();
    this.engineEvents.start();
    this.admission.start();
    this.brokenFeeds.start();
    this.certificates.start();
    this.revocations.start();
    this.timer = setInterval(() => {
      this.notePositions();
      this.cursors.note();
    }, noteMs);
    await Promise.all(caughtUp);
    await this.clients.listen();
    await this.venues.connect();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    this.stopFollowing();
    clearInterval(this.timer);
    await this.certificates.stop();
    this.revocations.stop();
    this.urgent?.unsubscribe();
    await this.telling;
    await this.late.stop();
    // First: what a closed session is not given any more must not count as handled.
    await Promise.all([...this.followers.values()].map((follower) => follower.stop()));
    this.restored.stop();
    this.cursors.note(true);
    await this.clients.stop('platform stopping');
    this.refusals.stop();
    await this.venues.stop();
    this.engineEvents.stop();
    this.admission.stop();
    this.brokenFeeds.stop();
    await this.messageFiles?.close();
    this.commands.stop();
    this.board.stop();
    this.elsewhere?.stop();
    this.images.stop();
  }

  /** Resolves when what the journal has of it has been handled. */
  private async begin(partition: string, head: number): Promise<void> {
    this.beginnings.note(partition, head);
    this.venueOrders.beginAt(partition, head);
    const beginning = await this.cursors.beginningOf(partition, head, this.startedAtMs);
    const { after, ahead, late } = beginning;
    for (const [session, had] of late) this.positions.lose(session, partition, had);
    if (ahead === undefined) return this.beginAfter(partition, after, head, late);
    // Sequences, and the ids that are made of them, would be given out twice, and the first of them never.
    const renumbered = this.restored.begin(partition, head, ahead).then((until) => {
      if (until !== undefined) return this.beginAfter(partition, Math.min(after, until), until, late);
      return undefined;
    });
    return Promise.race([renumbered, delay(restoredMs, undefined, { ref: false })]);
  }

  private async beginAfter(
    partition: string,
    after: number,
    head: number,
    late: Beginning['late'],
  ): Promise<void> {
    await this.cursors.begin(partition, after);
    if (this.isStopping) return;
    this.positions.begin(partition, after);
    await this.follow(partition, after).reached(head);
    for (const session of late.keys()) this.tellAgain(session);
  }

  /** Those that are told of its events, in one way or another. */
  private *sessionsOf(partition: string): Iterable<Told> {
    yield* this.venueOrders.handles();
    yield* this.clientOrders.handles(partition);
    yield* this.dropCopy.handles(partition);
  }

  private follow(partition: string, after: number): Follower {
    const { bus, journal, log, trace } = this.options;
    const hops = trace === undefined ? undefined : eventHops(trace);
    const follower = new Follower({
      bus,
      journal,
      partition,
      after,
      isPrompt: true,
      onHeard: hops?.heard,
      onArchived: (archived) => this.untold(partition, archived),
      handle: (events) => {
        this.venueOrders.act(partition, events);
        this.clientOrders.report(partition, events);
        this.dropCopy.report(partition, events);
        this.cursors.handle(partition, events);
        hops?.told();
      },
      onError: (error) => log.error({ err: error, partition }, 'events not handled, trying again'),
    });
    this.followers.set(partition, follower);
    follower.start();
    return follower;
  }

  /** Gives a session what it may lack, by following its partitions again from there. */
  private tellAgain(session: string): void {
    const { followers, positions } = this;
    const missed = positions.missedBy(session);
    if (missed === undefined) return;
    // Its store may fail again at the very logon that brings it back: then the next one does.
    const isBack = (): boolean => positions.missedBy(session) === missed;
    this.telling = this.telling.then(async () => {
      if (!isBack() || (await this.tellLater(session, missed))) return;
      // Until they stand still they would go on with later events.
      for (const partition of missed.keys()) await followers.get(partition)?.stop();
      if (this.isStopping) return;
      if (isBack()) positions.regain(session);
      for (const [partition, after] of missed) {
        const reached = followers.get(partition)?.sequence;
        if (reached === undefined) continue;
        this.cursors.beginAgain(partition);
        this.follow(partition, Math.min(after, reached));
      }
    });
  }

  /** So much that the firm's orders must not wait for it. */
  private async tellLater(session: string, missed: ReadonlyMap<string, number>): Promise<boolean> {
    const [first] = missed;
    if (first === undefined || missed.size > 1) return false;
    const [partition, missedFrom] = first;
    const reached = this.followers.get(partition)?.sequence ?? 0;
    if (!this.mayBeLate(session, reached - missedFrom)) return false;
    const [told] = [...this.sessionsOf(partition)].filter(({ id }) => id === session);
    const had = told === undefined ? undefined : this.cursors.lackedBy(told, partition);
    await this.late.tell(session, partition, Math.max(missedFrom, had ?? 0));
    return true;
  }

  /** Its client was away from the configuration while others were told. */
  private opened(session: Told, partition: string, sinceMs: number): void {
    const lacked =
      this.options.shared === undefined
        ? this.cursors.lackedBy(session, partition)
        : this.cursors.missedBy(session, partition, sinceMs);
    if (lacked !== undefined) this.positions.lose(session.id, partition, lacked);
  }

  private handled(): ReadonlyMap<string, number> {
    return new Map([...this.followers].map(([partition, follower]) => [partition, follower.sequence]));
  }

  private notePositions(): void {
    this.positions.note(this.options.clock.monoMs(), this.handled());
  }

  private async cancelAll(partition: string, client: string): Promise<void> {
    const commandId = `disconnect:${client}:${this.options.clock.nowMs()}`;
    await this.commands.send(partition, {
      kind: 'massCancel',
      commandId,
      by: client,
      reason: 'cancel on disconnect',
      client,
    });
  }
}

/** With authorities, clients without a certificate of theirs are refused in the handshake. */
const acceptorTls = ({ cert, key, ca }: Certificate, crl: readonly string[]): AcceptorTls => ({
  cert,
  key,
  ...(crl.length === 0 ? {} : { crl: [...crl] }),
  ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
});
