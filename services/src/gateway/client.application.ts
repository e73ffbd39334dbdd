/**
 * One client session's application: what its listener's purpose and the client's rights allow goes to the
 * order or the price side; the rest gets BusinessMessageReject(j).
 */
import type { Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { Application, SessionHandle } from '@tidegate/fix/session/application';
import type { FixClientDocument, ListenerDocument } from '@tidegate/wire/configuration';
import type { ClientOrders, OrderSession } from './client.orders.ts';
import type { ClientQuotes } from './client.quotes.ts';
import type { InstrumentIndex } from './instruments.ts';
import type { Source } from './images.ts';
import type { SessionBoard } from './session.board.ts';

export interface ClientApplicationOptions {
  readonly client: FixClientDocument;
  readonly listener: ListenerDocument;
  readonly source: Source;
  readonly mayTrade: (instrument: string) => boolean;
  readonly orders: ClientOrders;
  readonly quotes: ClientQuotes;
  readonly instruments: InstrumentIndex;
  readonly board: SessionBoard;
  /** Cancels what the session left open, where the client asked for that. */
  readonly onDisconnect: () => void;
}

/** BusinessRejectReason(380): 3 unsupported message type, 6 not authorised. */
const unsupported = 3;
const notAuthorised = 6;

const orderMessages = new Set(['D', 'F', 'G', 'H']);
const quoteMessages = new Set(['V', 'x']);

export const takesOrders = ({ purpose }: ListenerDocument): boolean =>
  purpose === 'trading' || purpose === 'both' || purpose === 'certification' || purpose === 'passThrough';
export const givesQuotes = ({ purpose }: ListenerDocument): boolean =>
  purpose === 'marketData' || purpose === 'both' || purpose === 'certification' || purpose === 'passThrough';

export class ClientApplication implements Application {
  private readonly options: ClientApplicationOptions;
  private order: OrderSession | undefined;

  constructor(options: ClientApplicationOptions) {
    this.options = options;
  }

  /** Called once the session exists, before any logon. */
  bind(order: OrderSession | undefined): void {
    this.order = order;
  }

  onLogon(session: SessionHandle): void {
    const { quotes, source, mayTrade, board, listener } = this.options;
    if (givesQuotes(listener)) quotes.open({ handle: session, source, mayTrade });
    board.up(session.id, session);
  }

  onLogout(session: SessionHandle, reason: string): void {
    this.options.quotes.close(session);
    this.options.board.down(session.id, reason);
    this.options.onDisconnect();
  }

  onDrain(session: SessionHandle): void {
    this.options.quotes.drained(session);
  }

  onMessage(message: Message, session: SessionHandle): void | Promise<void> {
    const { client, listener, quotes, orders } = this.options;
    const type = message.msgType;
    if (orderMessages.has(type)) {
      if (!takesOrders(listener) || !client.rights.includes('trading') || this.order === undefined) {
        return this.reject(message, session, notAuthorised, 'this session does not take orders');
      }
      return orders.receive(message, this.order);
    }
    if (quoteMessages.has(type)) {
      if (!givesQuotes(listener) || !client.rights.includes('marketData')) {
        return this.reject(message, session, notAuthorised, 'this session gives no market data');
      }
      return type === 'V' ? quotes.receive(message, session) : this.listInstruments(message, session);
    }
    if (type === 'j') return undefined;
    return this.reject(message, session, unsupported, `message type ${type} is not supported`);
  }

  private reject(message: Message, session: SessionHandle, reason: number, text: string): void {
    const id = message.text(Tag.ClOrdID) ?? message.text(Tag.MDReqID);
    session.send('j', (fields) => {
      fields.int(Tag.RefSeqNum, message.seqNum).text(Tag.RefMsgType, message.msgType);
      if (id !== undefined) fields.text(Tag.BusinessRejectRefID, id);
      fields.int(Tag.BusinessRejectReason, reason).text(Tag.Text, text);
    });
  }

  /** SecurityListRequest(x) → SecurityList(y) with every permitted instrument. */
  private listInstruments(message: Message, session: SessionHandle): void {
    const { instruments, mayTrade } = this.options;
    const requestId = message.text(Tag.SecurityReqID) ?? 'NONE';
    const permitted = instruments.all().filter((instrument) => mayTrade(instrument.id));
    session.send('y', (fields) => {
      fields
        .text(Tag.SecurityReqID, requestId)
        .text(Tag.SecurityResponseID, `${requestId}-1`)
        .int(Tag.SecurityRequestResult, 0)
        .int(Tag.TotNoRelatedSym, permitted.length)
        .boolean(Tag.LastFragment, true)
        .int(Tag.NoRelatedSym, permitted.length);
      for (const instrument of permitted) {
        fields
          .text(Tag.Symbol, instrument.symbol)
          .text(Tag.SecurityType, 'FOR')
          .text(Tag.Currency, instrument.quoteCurrency);
      }
    });
  }
}
