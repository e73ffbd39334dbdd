/**
 * The provider side of the gateway: for each venue two initiators, one for market data (never replayed) and
 * one for orders (persistent, resent). Lost order sessions are told to the board; the OMS puts unanswered
 * routes in doubt.
 */
import type { Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import { FileStore } from '@tidegate/fix/session/store.file';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Initiator } from '@tidegate/fix/transport/initiator';
import type { InitiatorOptions } from '@tidegate/fix/transport/contract';
import type { Bus } from '@tidegate/platform/bus';
import type { Clock } from '@tidegate/platform/clock';
import type { Configuration } from '@tidegate/platform/configuration';
import type { SystemEvents } from '@tidegate/platform/system.events';
import type { VenueDocument } from '@tidegate/wire/configuration';
import { dialectOf } from './dialects/standard.ts';
import type { InstrumentIndex } from './instruments.ts';
import type { SessionBoard } from './session.board.ts';
import type { VenueOrders } from './venue.orders.ts';
import { VenueQuotes } from './venue.quotes.ts';

/** Where a venue really listens, when the simulator chose its ports. */
export interface VenueAddress {
  readonly host: string;
  readonly quotesPort: number;
  readonly ordersPort: number;
}

export interface VenueSessionsOptions {
  readonly directory: string;
  readonly configuration: Configuration;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly instruments: InstrumentIndex;
  readonly orders: VenueOrders;
  readonly board: SessionBoard;
  readonly events: SystemEvents;
  readonly addresses: ReadonlyMap<string, VenueAddress>;
  /** Reads a secret by the name that configuration gives. */
  readonly secret: (name: string) => string | undefined;
  readonly onBadQuote: (venue: string, reason: string) => void;
}

const reconnectMinMs = 200;
const reconnectMaxMs = 5_000;

export class VenueSessions {
  private readonly options: VenueSessionsOptions;
  private readonly initiators: Initiator[] = [];

  constructor(options: VenueSessionsOptions) {
    this.options = options;
  }

  /** Opens the stores and registers the order sessions, without connecting. */
  async prepare(): Promise<void> {
    for (const venue of this.options.configuration.current.venues.values()) {
      if (!venue.enabled) continue;
      this.initiators.push(this.quotesOf(venue), await this.ordersOf(venue));
    }
  }

  async connect(): Promise<void> {
    await Promise.all(this.initiators.map((initiator) => initiator.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.initiators.map((initiator) => initiator.stop('platform stopping')));
  }

  private quotesOf(venue: VenueDocument): Initiator {
    const { bus, clock, board, instruments, onBadQuote } = this.options;
    const quoted = instruments
      .all()
      .filter((instrument) => venue.instruments?.includes(instrument.id) ?? true);
    const quotes = new VenueQuotes({
      bus,
      clock,
      venue: venue.id,
      dialect: dialectOf(venue.dialect),
      instruments: quoted,
      onBadMessage: (reason) => onBadQuote(venue.id, reason),
    });
    const id = `${venue.id}-quotes`;
    board.add({ id, side: 'venue', counterparty: venue.id, purpose: 'marketData' });
    return new Initiator({
      ...this.common(venue, 'quotes'),
      settings: {
        beginString: 'FIX.4.4',
        senderCompId: venue.quotes.senderCompId,
        targetCompId: venue.targetCompId,
        heartBtInt: 10,
        persistMessages: false,
        resetOnLogon: true,
      },
      store: new MemoryStore(),
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
      },
    });
  }

  private async ordersOf(venue: VenueDocument): Promise<Initiator> {
    const { board, orders, directory } = this.options;
    const id = `${venue.id}-orders`;
    const initiator = new Initiator({
      ...this.common(venue, 'orders'),
      settings: {
        beginString: 'FIX.4.4',
        senderCompId: venue.orders.senderCompId,
        targetCompId: venue.targetCompId,
        heartBtInt: 10,
      },
      store: new FileStore({ directory, name: id, durability: 'process' }),
      application: {
        onLogon: (session) => board.up(id, session),
        onLogout: (_session, reason) => board.down(id, reason),
        onMessage: (message) => orders.receive(message, venue.id),
        onReject: (message: Message) => orders.rejected(message, venue.id),
      },
    });
    await initiator.open();
    board.add({ id, side: 'venue', counterparty: venue.id, purpose: 'trading' }, initiator.session);
    orders.register({ venue: venue.id, handle: initiator.session, dialect: dialectOf(venue.dialect) });
    return initiator;
  }

  private common(
    venue: VenueDocument,
    kind: 'quotes' | 'orders',
  ): Pick<InitiatorOptions, 'hosts' | 'logonFields' | 'reconnectMinMs' | 'reconnectMaxMs'> {
    const address = this.options.addresses.get(venue.id);
    const hosts =
      address === undefined
        ? venue[kind].hosts
        : [{ host: address.host, port: kind === 'quotes' ? address.quotesPort : address.ordersPort }];
    const password =
      venue.passwordSecret === undefined ? undefined : this.options.secret(venue.passwordSecret);
    return {
      hosts,
      reconnectMinMs,
      reconnectMaxMs,
      logonFields: (fields) => {
        if (venue.username !== undefined) fields.text(Tag.Username, venue.username);
        if (password !== undefined) fields.text(Tag.Password, password);
      },
    };
  }
}
