/**
 * One client session's application: what its listener's purpose and the client's rights allow goes to the
 * order or the price side; the rest gets BusinessMessageReject(j). Rights are those of the configuration now.
 */
import { detach } from '@tidegate/fix/codec/decoder';
import type { Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { Application, SessionHandle } from '@tidegate/fix/session/application';
import type { SessionEvent } from '@tidegate/fix/session/events';
import type { Holding } from '@tidegate/platform/fixstore/leased.store';
import type { FixClientDocument, ListenerDocument } from '@tidegate/wire/configuration';
import type { Rate } from '../../rate.ts';
import { businessReject, sendBusinessReject } from './business.reject.ts';
import type { ClientOrders, OrderSession } from './client.orders.ts';
import type { ClientQuotes } from './client.quotes.ts';
import { plainText } from './client.reports.ts';
import type { InstrumentIndex } from '../instruments.ts';
import type { Source } from './images.ts';
import type { SessionBoard } from '../sessions/session.board.ts';

export interface ClientApplicationOptions {
  readonly listener: ListenerDocument;
  /** Of the client, now; empty when it was taken out of the configuration. */
  readonly rights: () => FixClientDocument['rights'];
  /** Where its prices come from, now. */
  readonly source: () => Source;
  readonly mayTrade: (instrument: string) => boolean;
  readonly orders: ClientOrders;
  readonly quotes: ClientQuotes;
  readonly instruments: InstrumentIndex;
  readonly board: SessionBoard;
  /** Of everything but D, F and G: those have the firm's own limits, and cancels have none. */
  readonly questions: Rate;
  readonly onEvent: (event: SessionEvent) => void;
  readonly onLogon: () => void;
  /** That the session is this process's, of several gateways. */
  readonly held: Pick<Holding, 'mayAct' | 'whenSure'> | undefined;
  /** Cancels what the session left open, where the client asked for that. */
  readonly onDisconnect: () => void;
}

const orderMessages = new Set(['D', 'F', 'G', 'H']);
const unthrottled = new Set(['D', 'F', 'G']);
const quoteMessages = new Set(['V', 'x']);

export const takesOrders = ({ purpose }: ListenerDocument): boolean =>
  purpose === 'trading' || purpose === 'both' || purpose === 'certification' || purpose === 'passThrough';
export const givesQuotes = ({ purpose }: ListenerDocument): boolean =>
  purpose === 'marketData' || purpose === 'both' || purpose === 'certification' || purpose === 'passThrough';

export class ClientApplication implements Application {
  private readonly options: ClientApplicationOptions;
  private order: OrderSession | undefined;
  /** Messages that wait until it is known whose the session is. */
  private doubt: Promise<void> | undefined;

  constructor(options: ClientApplicationOptions) {
    this.options = options;
  }

  /** Called once the session exists, before any logon. */
  bind(order: OrderSession | undefined): void {
    this.order = order;
  }

  onLogon(session: SessionHandle): void {
    const { quotes, source, rights, mayTrade, board, listener } = this.options;
    const maySee = (instrument: string) => rights().includes('marketData') && mayTrade(instrument);
    if (givesQuotes(listener)) quotes.open({ handle: session, source, mayTrade: maySee });
    board.up(session.id, session);
    this.options.onLogon();
  }

  onLogout(session: SessionHandle, reason: string): void {
    this.options.quotes.close(session);
    this.options.board.down(session.id, reason);
    this.options.onDisconnect();
  }

  onDrain(session: SessionHandle): void {
    this.options.quotes.drained(session);
  }

  onEvent(event: SessionEvent, session: SessionHandle): void {
    // Prices waited for its end.
    if (event.kind === 'resendServed') this.options.quotes.drained(session);
    this.options.onEvent(event);
  }

  /** Over the client's messages a second (F never is): an order is refused like any other, the rest by j. */
  onThrottled(message: Message, session: SessionHandle): void {
    const isOrder = message.msgType === 'D' || message.msgType === 'G';
    if (isOrder && this.mayOrder(this.order)) this.options.orders.throttled(message, this.order);
    else sendBusinessReject(message, session, businessReject.other, 'MESSAGE_RATE: too many messages');
  }

  onMessage(message: Message, session: SessionHandle): void | Promise<void> {
    const { held } = this.options;
    if (this.doubt === undefined && held?.mayAct() !== false) return this.take(message, session);
    // Its client may be at another gateway by now, and send it there: in order, when it is known.
    const kept = detach(message);
    const before = this.doubt ?? held!.whenSure();
    const taken = before.then(() => this.take(kept, session));
    const begun = before.finally(() => {
      if (this.doubt === begun) this.doubt = undefined;
    });
    begun.catch(() => undefined);
    this.doubt = begun;
    return taken;
  }

  private take(message: Message, session: SessionHandle): void | Promise<void> {
    const { rights, listener, quotes, orders, questions } = this.options;
    const type = message.msgType;
    if (!unthrottled.has(type) && !questions.take()) {
      return sendBusinessReject(message, session, businessReject.other, 'MESSAGE_RATE: too many messages');
    }
    if (orderMessages.has(type)) {
      if (!this.mayOrder(this.order)) {
        const text = 'NOT_PERMITTED: this session takes no orders';
        return sendBusinessReject(message, session, businessReject.notAuthorised, text);
      }
      return orders.receive(message, this.order);
    }
    if (quoteMessages.has(type)) {
      if (!givesQuotes(listener) || !rights().includes('marketData')) {
        const text = 'NOT_PERMITTED: this session gives no market data';
        return sendBusinessReject(message, session, businessReject.notAuthorised, text);
      }
      return type === 'V' ? quotes.receive(message, session) : this.listInstruments(message, session);
    }
    if (type === 'j') return undefined;
    const text = `UNSUPPORTED: message type ${type}`;
    return sendBusinessReject(message, session, businessReject.unsupported, text);
  }

  private mayOrder(order: OrderSession | undefined): order is OrderSession {
    const { listener, rights } = this.options;
    return order !== undefined && takesOrders(listener) && rights().includes('trading');
  }

  /** SecurityListRequest(x) → SecurityList(y) with every permitted instrument. */
  private listInstruments(message: Message, session: SessionHandle): void {
    const { instruments, mayTrade } = this.options;
    const requestId = plainText(message.text(Tag.SecurityReqID) ?? 'NONE');
    const permitted = instruments.all().filter((instrument) => mayTrade(instrument.id));
    session.send('y', (fields) => {
      fields
        .text(Tag.SecurityReqID, requestId)
        .text(Tag.SecurityResponseID, `${requestId}-1`)
        .int(Tag.SecurityRequestResult, permitted.length === 0 ? noneFound : 0)
        .int(Tag.TotNoRelatedSym, permitted.length)
        .boolean(Tag.LastFragment, true);
      if (permitted.length > 0) fields.int(Tag.NoRelatedSym, permitted.length);
      for (const instrument of permitted) {
        fields
          .text(Tag.Symbol, instrument.symbol)
          .text(Tag.SecurityType, 'FOR')
          .text(Tag.Currency, instrument.quoteCurrency);
      }
    });
  }
}

/** SecurityRequestResult(560): no instruments found that match the request. */
const noneFound = 2;
