/**
 * The provider side of the gateway: for each venue two initiators, one for market data (never replayed) and
 * one for orders (persistent, resent). Lost order sessions are told to the board; the OMS puts unanswered
 * routes in doubt.
 */
import type { Instrument } from '@tidegate/core/market/instrument';
import type { VenueInDoubt } from '@tidegate/core/order/order';
import type { Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { SessionHandle } from '@tidegate/fix/session/application';
import type { SessionEvent } from '@tidegate/fix/session/events';
import type { SessionStore } from '@tidegate/fix/session/store';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Initiator } from '@tidegate/fix/transport/initiator';
import type { InitiatorOptions } from '@tidegate/fix/transport/contract';
import type { MessageLog } from '@tidegate/fix/transport/message.log';
import type { InitiatorTls } from '@tidegate/fix/transport/tls';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import { LeasedStore } from '@tidegate/platform/fixstore/leased.store';
import type { Leases, Lease, Offer } from '@tidegate/platform/lease/leases';
import { Epochs } from '@tidegate/platform/sql/epochs';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { VenueDocument } from '@tidegate/wire/configuration';
import type { Certificate, Certificates } from '../sessions/certificates.ts';
import { isEnabledIn, ordersIdOf, quotesIdOf } from '../../session.place.ts';
import { dialectOf } from '../dialects/standard.ts';
import { HeldSession } from '../sessions/held.session.ts';
import type { EngineEvents } from '../sessions/engine.events.ts';
import type { InstrumentIndex } from '../instruments.ts';
import type { SessionBoard, SessionIdentity } from '../sessions/session.board.ts';
import { keptMessages } from '../sessions/session.messages.ts';
import type { VenueOrders, VenueOrderSession } from './venue.orders.ts';
import { readingOf, type VenueReading } from './venue.dictionary.ts';
import { VenueQuotes } from './venue.quotes.ts';

/** Where a venue really listens, when the simulator chose its ports. */
export interface VenueAddress {
  readonly host: string;
  readonly quotesPort: number;
  readonly ordersPort: number;
}

export interface VenueSessionsOptions {
  readonly sessionStore: (id: string, purpose: 'trading', held?: HeldSession) => SessionStore;
  readonly certificates: Certificates;
  readonly engineEvents: EngineEvents;
  readonly messageLog: MessageLog | undefined;
  readonly configuration: Configuration;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly epochs: Epochs;
  readonly instruments: InstrumentIndex;
  readonly orders: VenueOrders;
  readonly board: SessionBoard;
  readonly addresses: ReadonlyMap<string, VenueAddress>;
  /** Reads a secret by the name that configuration gives. */
  readonly secret: (name: string) => string | undefined;
  readonly events: Pick<SystemEvents, 'record'>;
  readonly onBadQuote: (venue: string, reason: string) => void;
  /** A feed can't be read and has been asked for anew: `subject` is `venue/instrument`. */
  readonly onBrokenFeed: (subject: string, reason: string) => void;
  /** An order session lost what its store had not taken; and takes messages again. */
  readonly onStoreFailed: (id: string) => void;
  readonly onStoreOpen: (id: string) => void;
  /** Of several gateways: each provider has one that deals with it. Absent: this one, with all. */
  readonly shared: SharedVenues | undefined;
}

export interface SharedVenues {
  readonly leases: Pick<Leases, 'offer'>;
  /** Of the journal, by partition: what is older was decided when another had the session. */
  readonly heads: () => Promise<ReadonlyMap<string, number>>;
  /** Its order session is open, and is told nothing yet. `sinceMs`: its opening began then. */
  readonly onOpened: (session: SessionHandle, sinceMs: number) => void;
  readonly onGone: (id: string) => void;
}

/** A provider's two sessions. */
interface Running {
  /** Of its document, as they were opened. */
  readonly terms: string;
  /** Of several gateways: that it is ours. */
  readonly held?: HeldSession | undefined;
  /** Absent: its dictionary can't be read, it is not called. */
  readonly quotes?: VenueQuotes;
  /** Of market data, of orders. */
  readonly initiators: readonly Initiator[];
  readonly stopRenewing: () => void;
}

const retryMs = 5_000;
const disabledText = 'SESSION_DISABLED: by operations';
const reconnectMinMs = 200;
const reconnectMaxMs = 5_000;

export class VenueSessions {
  private readonly options: VenueSessionsOptions;
  private readonly running = new Map<string, Running>();
  private following: Promise<void> = Promise.resolve();
  private stopFollowing: () => void = () => undefined;
  private retry: NodeJS.Timeout | undefined;
  private offer: Offer | undefined;
  private readonly held = new Map<string, HeldSession>();

  constructor(options: VenueSessionsOptions) {
    this.options = options;
  }

  /** Opens the stores and registers the order sessions, without connecting. */
  async prepare(): Promise<void> {
    if (this.options.shared !== undefined) return;
    for (const venue of this.options.configuration.current.venues.values())
      if (venue.enabled) await this.open(venue);
  }

  /** Calls the providers, and from then on those whose documents come or change. */
  async connect(): Promise<void> {
    const { configuration, shared } = this.options;
    this.stopFollowing = configuration.onChange(() => this.review());
    if (shared !== undefined) return this.claim(shared);
    for (const { initiators } of this.running.values())
      await Promise.all(initiators.map((initiator) => initiator.start()));
  }

  /** Its share of the providers; they are called when it has them. */
  private async claim({ leases }: SharedVenues): Promise<void> {
    this.offer = leases.offer('provider', {
      gained: (lease) => this.gained(lease),
      lost: (lease) => this.lost(lease),
      handOver: (lease) => this.handOver(lease),
    });
    for (const { id, enabled } of this.options.configuration.current.venues.values())
      if (enabled) this.offer.want(id);
    await this.offer.settled();
    await this.following;
  }

  async stop(): Promise<void> {
    this.stopFollowing();
    clearTimeout(this.retry);
    await this.following;
    await this.offer?.leave();
    await Promise.all([...this.running.values()].map((one) => close(one, 'platform stopping')));
  }

  /** The provider is ours to deal with, from where whoever had it before has come. */
  private gained(lease: Lease): void {
    this.held.set(lease.resource, new HeldSession(lease));
    this.review();
  }

  /** Another has it: our connections are cut, and nothing is said or written any more. */
  private lost({ resource: id, epoch }: Lease): void {
    const held = this.held.get(id);
    if (held?.epoch !== epoch) return;
    this.held.delete(id);
    held.lose();
    const one = this.running.get(id);
    if (one?.held === held) void this.leave(id, one).catch(() => undefined);
  }

  private async handOver({ resource: id, epoch }: Lease): Promise<void> {
    const held = this.held.get(id);
    if (held?.epoch !== epoch) return;
    this.held.delete(id);
    // One that is just being opened is let finish.
    await this.following;
    const one = this.running.get(id);
    if (one?.held === held) await this.leave(id, one);
  }

  /** Of several gateways only what is ours. */
  private isOurs({ id }: VenueDocument): boolean {
    return this.options.shared === undefined || this.held.has(id);
  }

  private review(): void {
    clearTimeout(this.retry);
    this.following = this.following.then(() => this.follow());
  }

  /**
   * A new configuration: providers that are new are called, those whose sessions have other terms are called
   * anew, those that are gone are left. A provider that was disabled keeps its sessions: it may still have
   * orders; a session that was disabled is logged out.
   */
  private async follow(): Promise<void> {
    const { venues } = this.options.configuration.current;
    for (const [id, one] of this.running) {
      const venue = venues.get(id);
      if (venue !== undefined && termsOf(venue) === one.terms && one.held === this.held.get(id))
        this.keep(venue, one);
      else await this.tried(id, () => this.leave(id, one));
    }
    for (const id of this.held.keys()) if (!venues.has(id)) this.offer?.drop(id);
    for (const venue of venues.values()) {
      if (venue.enabled) this.offer?.want(venue.id);
      if (!venue.enabled || !this.isOurs(venue) || this.running.has(venue.id)) continue;
      await this.tried(venue.id, async () => {
        const { initiators } = await this.open(venue);
        await Promise.all(initiators.map((initiator) => initiator.start()));
      });
    }
  }

  /** What is changed without a new connection: its instruments, and which of its sessions are called. */
  private keep(venue: VenueDocument, one: Running): void {
    one.quotes?.follow(this.quotedBy(venue));
    this.hold(venue, one);
  }

  /** A session that operators have disabled is logged out, and nobody is called until it is enabled. */
  private hold({ id }: VenueDocument, { initiators }: Running): void {
    const { current } = this.options.configuration;
    for (const [index, purpose] of (['marketData', 'trading'] as const).entries()) {
      const initiator = initiators[index];
      if (isEnabledIn(current, { side: 'venue', counterparty: id, purpose })) initiator?.release();
      else initiator?.hold(disabledText);
    }
  }

  private staleAfterMs(venue: VenueDocument): number {
    return (this.options.configuration.current.venues.get(venue.id) ?? venue).staleAfterMs;
  }

  /** What does not work now, such as a store whose database is away, is tried again. */
  private async tried(venue: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const text = `its sessions are not as configured, trying again: ${textOf(error)}`;
      const { events } = this.options;
      events.record({ kind: 'configurationNotFollowed', severity: 'critical', subject: venue, text });
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.review(), retryMs).unref();
    }
  }

  private async open(venue: VenueDocument): Promise<Running> {
    const { certificates } = this.options;
    const terms = termsOf(venue);
    const held = this.held.get(venue.id);
    const reading = this.readingOf(venue);
    if (reading === undefined || !this.hasPassword(venue)) {
      const down: Running = { terms, held, initiators: [], stopRenewing: () => undefined };
      this.running.set(venue.id, down);
      return down;
    }
    const { quotes, initiator } = this.quotesOf(venue, reading, held);
    const initiators = [initiator, await this.ordersOf(venue, reading, held)];
    const { tls } = venue;
    const stopRenewing =
      tls === undefined
        ? () => undefined
        : certificates.follow(venue.id, tls, (certificate) => {
            for (const one of initiators) one.reloadTls(tlsOf(certificate, tls));
          });
    const running: Running = { terms, held, quotes, initiators, stopRenewing };
    this.hold(venue, running);
    this.running.set(venue.id, running);
    return running;
  }

  private async leave(id: string, one: Running): Promise<void> {
    const { board, orders, shared } = this.options;
    this.running.delete(id);
    const remove = (): void => {
      board.remove(quotesIdOf(id));
      board.remove(ordersIdOf(id));
    };
    if (shared !== undefined) {
      orders.unregister(id);
      shared.onGone(ordersIdOf(id));
    }
    // What the new owner says of it must not be said otherwise by us.
    if (one.held?.isLost === true) remove();
    await close(one, shared === undefined ? 'configuration changed' : 'moving');
    orders.unregister(id);
    remove();
  }

  private quotedBy(venue: VenueDocument): readonly Instrument[] {
    const all = this.options.instruments.all();
    return all.filter((instrument) => venue.instruments?.includes(instrument.id) ?? true);
  }

  /** One whose password is named and not there is never called without it. */
  private hasPassword(venue: VenueDocument): boolean {
    if (venue.passwordSecret === undefined || this.passwordOf(venue) !== undefined) return true;
    const { board, events } = this.options;
    const text = `its secret ${venue.passwordSecret} is not set or can't be read, it stays down`;
    events.record({ kind: 'sessionFault', severity: 'critical', subject: venue.id, text });
    for (const [id, purpose] of [
      [quotesIdOf(venue.id), 'marketData'],
      [ordersIdOf(venue.id), 'trading'],
    ] as const) {
      board.add({ id, side: 'venue', counterparty: venue.id, purpose });
      board.stillDown(id, text);
    }
    return false;
  }

  private passwordOf({ passwordSecret }: VenueDocument): string | undefined {
    if (passwordSecret === undefined) return undefined;
    try {
      return this.options.secret(passwordSecret) || undefined;
    } catch {
      return undefined; // a file that is not there, or not for us
    }
  }

  /** One provider whose dictionary is no good keeps no other away. */
  private readingOf(venue: VenueDocument): VenueReading | undefined {
    try {
      return readingOf(venue);
    } catch (error) {
      const text = `its dictionary can't be read, it stays down: ${textOf(error)}`;
      this.options.events.record({ kind: 'sessionFault', severity: 'critical', subject: venue.id, text });
      return undefined;
    }
  }

  private quotesOf(
    venue: VenueDocument,
    reading: VenueReading,
    held: HeldSession | undefined,
  ): { readonly quotes: VenueQuotes; readonly initiator: Initiator } {
    const { bus, clock, epochs, board, engineEvents, onBadQuote, onBrokenFeed } = this.options;
    const quotes = new VenueQuotes({
      bus,
      clock,
      // Above those of whoever had it before, whichever process began later.
      epochs: held === undefined ? epochs : new Epochs(held.epoch),
      venue: venue.id,
      dialect: dialectOf(venue.dialect),
      instruments: this.quotedBy(venue),
      onBadMessage: (reason) => onBadQuote(venue.id, reason),
      onBroken: (instrument, reason) => onBrokenFeed(`${venue.id}/${instrument}`, reason),
    });
    const id = quotesIdOf(venue.id);
    const identity = { id, side: 'venue', counterparty: venue.id, purpose: 'marketData' } as const;
    const { dictionary } = reading;
    board.add(identity, undefined, { dictionary, quotes: () => quotes.reading(this.staleAfterMs(venue)) });
    const initiator = new Initiator({
      ...this.common(venue, 'quotes', id, reading),
      settings: {
        validation: reading.validation,
        beginString: 'FIX.4.4',
        senderCompId: venue.quotes.senderCompId,
        targetCompId: venue.targetCompId,
        heartBtInt: 10,
        persistMessages: false,
        resetOnLogon: true,
        ...keptMessages,
        ...scheduleOf(venue),
      },
      store: held === undefined ? new MemoryStore() : new LeasedStore(new MemoryStore(), held),
      application: {
        onLogon: (session) => {
          board.up(id, session);
          quotes.subscribe(session);
        },
        onLogout: (_session, reason) => {
          board.down(id, reason);
          quotes.withdraw();
        },
        onMessage: (message) => quotes.receive(message),
        onInvalid: (message, violation) => quotes.invalid(message, violation.text),
        onEvent: (event) => engineEvents.record(identity, event),
      },
    });
    return { quotes, initiator };
  }

  private async ordersOf(
    venue: VenueDocument,
    reading: VenueReading,
    held: HeldSession | undefined,
  ): Promise<Initiator> {
    const { board, clock, orders, sessionStore, engineEvents, onStoreFailed, onStoreOpen } = this.options;
    const { shared } = this.options;
    const sinceMs = clock.nowMs();
    const id = ordersIdOf(venue.id);
    const identity: SessionIdentity = { id, side: 'venue', counterparty: venue.id, purpose: 'trading' };
    const store = sessionStore(id, 'trading', held);
    const initiator = new Initiator({
      ...this.common(venue, 'orders', id, reading),
      settings: {
        validation: reading.validation,
        beginString: 'FIX.4.4',
        senderCompId: venue.orders.senderCompId,
        targetCompId: venue.targetCompId,
        heartBtInt: 10,
        ...keptMessages,
        ...scheduleOf(venue),
      },
      store,
      application: {
        onLogon: (session) => {
          board.up(id, session);
          onStoreOpen(id);
          orders.askInDoubt(venue.id);
        },
        onLogout: (_session, reason) => board.down(id, reason),
        onMessage: (message) => orders.receive(message, venue.id),
        onInvalid: (message, violation) => orders.invalid(message, violation, venue.id),
        onReject: (message: Message) => orders.rejected(message, venue.id),
        onEvent: (event) => {
          if (event.kind === 'storeFailed') onStoreFailed(id);
          const doubt = doubtOf(event);
          if (doubt !== undefined)
            orders.doubt(venue.id, doubt, event.kind === 'reset' && event.by === 'firstStart');
          engineEvents.record(identity, event);
        },
      },
    });
    await initiator.open();
    const decided = await shared?.heads();
    shared?.onOpened(initiator.session, sinceMs);
    board.add(identity, initiator.session, {
      dictionary: reading.dictionary,
      numbers: {
        set: (numbers) => initiator.setNumbers(numbers),
        reset: () => initiator.resetNumbers(),
      },
    });
    orders.register({
      venue: venue.id,
      handle: initiator.session,
      dialect: dialectOf(venue.dialect),
      massStatus: venue.massStatus ?? false,
      ...(held === undefined ? {} : { held, decided, confirm: confirmOf(store) }),
    });
    if (shared !== undefined) onStoreOpen(id);
    return initiator;
  }

  private common(
    venue: VenueDocument,
    kind: 'quotes' | 'orders',
    id: string,
    { dictionary }: VenueReading,
  ): Omit<InitiatorOptions, 'settings' | 'store' | 'application'> {
    const { board, certificates, messageLog } = this.options;
    const address = this.options.addresses.get(venue.id);
    const hosts =
      address === undefined
        ? venue[kind].hosts
        : [{ host: address.host, port: kind === 'quotes' ? address.quotesPort : address.ordersPort }];
    const password = this.passwordOf(venue);
    return {
      hosts,
      ...(dictionary === undefined ? {} : { dictionary }),
      reconnectMinMs,
      reconnectMaxMs,
      ...(venue.tls === undefined ? {} : { tls: tlsOf(certificates.read(venue.tls), venue.tls) }),
      ...(messageLog === undefined ? {} : { messageLog }),
      onConnectFailed: ({ host, port, reason }) => board.stillDown(id, `${host}:${port}: ${reason}`),
      logonFields: (fields) => {
        if (venue.username !== undefined) fields.text(Tag.Username, venue.username);
        if (password !== undefined) fields.text(Tag.Password, password);
      },
    };
  }
}

/** A store that others can take over knows whose it is. */
const confirmOf = (store: SessionStore): VenueOrderSession['confirm'] =>
  store instanceof LeasedStore ? () => store.confirmOwner() : undefined;

/** What the provider said may never come: its numbers began anew, or it passed over some. */
function doubtOf(event: SessionEvent): VenueInDoubt['reason'] | undefined {
  if (event.kind === 'passedOver') return 'REPORTS_SKIPPED';
  return event.kind === 'reset' || event.kind === 'numbersSet' ? 'NUMBERS_RESTARTED' : undefined;
}

async function close({ initiators, stopRenewing }: Running, text: string): Promise<void> {
  stopRenewing();
  await Promise.all(initiators.map((initiator) => initiator.stop(text)));
}

/** What the sessions were opened with; the rest of the document is read where it is needed. */
const termsOf = ({
  name: _name,
  enabled: _enabled,
  staleAfterMs: _staleAfterMs,
  routeTimeoutMs: _routeTimeoutMs,
  instruments: _instruments,
  disabledSessions: _disabledSessions,
  ...terms
}: VenueDocument): string => JSON.stringify(terms);

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const scheduleOf = ({ schedule }: VenueDocument) => (schedule === undefined ? {} : { schedule });

const tlsOf = (
  certificate: Certificate,
  { serverName }: NonNullable<VenueDocument['tls']>,
): InitiatorTls => ({ ...certificate, ...(serverName === undefined ? {} : { servername: serverName }) });
