/**
 * The order journey on the client's side. In: D, F, G and H become commands to the partition's owner; the
 * message counts as done, and its sequence number becomes durable, only when the command has a journal
 * result. Out: each durable event becomes the report of the session it belongs to, stored with its
 * (partition, sequence), which is the delivery cursor after a crash.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseOrderId } from '@tidegate/core/number/ids';
import type { OrderImage } from '@tidegate/core/order/image';
import type { Projection } from '@tidegate/platform/journal/projection';
import { numberOf } from '@tidegate/core/order/numbering';
import type { Command, Origin, RefuseOrder, SubmitOrder } from '@tidegate/core/order/order';
import type { EdgeRefusal } from '@tidegate/core/risk/allowance';
import type { Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { SessionHandle } from '@tidegate/fix/session/application';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Commands } from '@tidegate/platform/bus/commands';
import type { OrderAnswer, OrderQuery, SequencedEvent } from '@tidegate/wire/commands';
import { queryTopic } from '@tidegate/wire/topics';
import { businessReject, sendBusinessReject } from './business.reject.ts';
import { isClOrdId, readCancel, readNewOrder, readReplace, sideOf, type Sender } from './client.messages.ts';
import {
  reportOf,
  statusReport,
  unjournaledChangeRefusal,
  unjournaledRefusal,
  unknownOrderReport,
  type Report,
} from './client.reports.ts';
import type { Beginnings } from '../sessions/beginnings.ts';
import type { Admission, Client } from '../../admission.ts';
import type { Horizon } from '../../horizon.ts';
import { symbolIn, type InstrumentIndex } from '../instruments.ts';

/** A trading session: who it belongs to and what its listener adds. */
export interface OrderSession {
  readonly handle: SessionHandle;
  /** Firm, which is the partition. */
  readonly partition: string;
  readonly trader: string;
  /** Of the configuration now: where orders without Account(1) go. */
  readonly account: () => string;
  /** Pass-through: the provider that the listener is bound to now. */
  readonly forcedVenue: () => string | undefined;
}

/** A request on its way to its owner, and how it is refused without an event. */
interface Asked {
  readonly session: OrderSession;
  readonly command: Command & { readonly clOrdId: string };
  readonly report: (text: string) => Report;
  readonly seqNum: number;
}

export type PastOrders = Pick<Projection, 'cursors' | 'order' | 'orderByClOrdId'>;

export interface ClientOrdersOptions {
  readonly bus: Bus;
  readonly commands: Pick<Commands, 'send'>;
  readonly admission: Pick<Admission, 'refuse' | 'count' | 'through'>;
  readonly clock: Clock;
  readonly instruments: InstrumentIndex;
  readonly beginnings: Beginnings;
  readonly horizon: Horizon;
  /** Where orders are that their owner has forgotten. */
  readonly tables: PastOrders;
  /** The session is told later, from where its store failed. */
  readonly isBehind: (session: string) => boolean;
  readonly onError: (error: unknown) => void;
}

const queryMs = 3_000;
/** Between two looks at tables that are behind. */
const lookMs = 50;
const tooMany = 'ORDER_RATE: too many messages a second on this session';

export class ClientOrders {
  private readonly options: ClientOrdersOptions;
  private readonly sessions = new Map<string, OrderSession>();
  private readonly symbolOf: (id: string) => string;

  constructor(options: ClientOrdersOptions) {
    this.options = options;
    this.symbolOf = symbolIn(options.instruments);
  }

  /** From now on reports of this session's orders go to it, also while its client is away. */
  register(session: OrderSession): void {
    this.sessions.set(session.handle.id, session);
  }

  /** Its client is no longer configured as it was. */
  unregister(id: string): void {
    this.sessions.delete(id);
  }

  *handles(partition: string): Iterable<SessionHandle> {
    for (const session of this.sessions.values()) if (session.partition === partition) yield session.handle;
  }

  /** Handles one of D, F, G, H. The promise resolves when the result is durable; without one it is done. */
  receive(message: Message, session: OrderSession): void | Promise<void> {
    switch (message.msgType) {
      case 'D':
        return this.newOrder(message, session);
      case 'F':
        return this.change(message, session, 'cancel');
      case 'G':
        return this.change(message, session, 'replace');
      default:
        return this.status(message, session);
    }
  }

  /**
   * Durable events of a partition, ascending: reports go out in the same order. Throws NotStored, and is to
   * be called again with the same events then. `only`: of that session alone, which is behind the others.
   */
  report(partition: string, events: readonly SequencedEvent[], only?: string): void {
    for (const sequenced of events) {
      const origin = originOf(sequenced);
      if (origin?.channel !== 'fix') continue;
      const session = this.sessions.get(origin.client);
      if (session === undefined) continue;
      if (only === undefined ? this.options.isBehind(origin.client) : origin.client !== only) continue;
      if (session.handle.cursor(partition) >= numberOf(sequenced)) continue;
      if (this.options.beginnings.isBefore(session.handle, partition, sequenced)) continue;
      const report = reportOf(partition, sequenced, this.symbolOf);
      if (report === undefined) continue;
      const sent = session.handle.send(report.msgType, report.write, {
        source: { partition, sequence: numberOf(sequenced) },
      });
      if (sent === 0) throw new NotStored(session.handle.id, partition, sequenced.sequence);
    }
  }

  /** A D or G beyond the session's rate: refused here, the journal and the ClOrdID are not touched. */
  throttled(message: Message, session: OrderSession): void {
    const { admission, clock } = this.options;
    const nowMs = clock.nowMs();
    admission.count(clientOf(session), 'ORDER_RATE', message.text(Tag.ClOrdID) ?? '');
    sendReport(
      session,
      message.msgType === 'D'
        ? orderRefusal(
            symbolOf(message),
            readNewOrder(message, this.senderOf(message, session)),
            tooMany,
            nowMs,
          )
        : unjournaledChangeRefusal(changeIds(message, 'replace'), tooMany, nowMs),
      message.seqNum,
    );
  }

  private newOrder(message: Message, session: OrderSession): void | Promise<void> {
    const command = readNewOrder(message, this.senderOf(message, session));
    const symbol = symbolOf(message);
    const report = (text: string) => orderRefusal(symbol, command, text, this.options.clock.nowMs());
    const refusal = this.refuse(message, session, command.kind === 'refuse' ? command : undefined);
    const asked = { session, command, report, seqNum: message.seqNum };
    if (refusal === undefined) return this.send(asked);
    if (refusal.isCounted) return this.send({ ...asked, command: asRefused(command, refusal) });
    this.answer(asked, refusal);
  }

  private change(
    message: Message,
    session: OrderSession,
    change: 'cancel' | 'replace',
  ): void | Promise<void> {
    const sender = this.senderOf(message, session);
    const ids = changeIds(message, change);
    const report = (text: string) => unjournaledChangeRefusal(ids, text, this.options.clock.nowMs());
    const areIds = isClOrdId(ids.clOrdId) && isClOrdId(ids.origClOrdId);
    const command = !areIds
      ? 'UNSUPPORTED: ClOrdID(11) and OrigClOrdID(41) must be 1 to 64 printable ASCII characters'
      : change === 'cancel'
        ? readCancel(message, sender)
        : readReplace(message, sender);
    if (typeof command === 'string') return sendReport(session, report(command), message.seqNum);
    const refusal = change === 'cancel' ? undefined : this.refuse(message, session, undefined);
    const asked = { session, command, report, seqNum: message.seqNum };
    if (refusal === undefined) return this.send(asked);
    this.answer(asked, refusal);
  }

  /** What is sent again may have been taken the first time: only its owner knows. */
  private refuse(
    message: Message,
    session: OrderSession,
    known: RefuseOrder | undefined,
  ): EdgeRefusal | undefined {
    return message.possDup ? undefined : this.options.admission.refuse(clientOf(session), known);
  }

  /** At the edge: the journal has nothing of it, and the ClOrdID is as free as before. */
  private answer(
    { session, command, report, seqNum }: Asked,
    { code, text }: { readonly code: string; readonly text: string },
  ): void {
    this.options.admission.count(clientOf(session), code, command.clOrdId);
    sendReport(session, report(`${code}: ${text}`), seqNum);
  }

  /** Refused only when its owner can't take it now; every other refusal comes back as an event. */
  private async send(asked: Asked): Promise<void> {
    const { admission, commands } = this.options;
    const { session, command } = asked;
    const send = () => commands.send(session.partition, command);
    const isOrder = command.kind === 'submit' || command.kind === 'replace';
    const reply = await (isOrder ? admission.through(clientOf(session), send) : send());
    if (reply.result === 'unavailable') this.answer(asked, reply);
  }

  private async status(message: Message, session: OrderSession): Promise<void> {
    const { bus, clock } = this.options;
    const clOrdId = message.text(Tag.ClOrdID) ?? '';
    const orderId = message.text(Tag.OrderID);
    const symbol = message.text(Tag.Symbol) ?? '';
    const side = sideOf(message.char(Tag.Side)) === 'sell' ? '2' : '1';
    const query = {
      partition: session.partition,
      client: session.handle.id,
      clOrdId,
      ...(orderId === undefined ? {} : { orderId }),
    };
    // The message is gone after the first wait.
    const asked = { msgType: message.msgType, seqNum: message.seqNum, text: () => clOrdId };
    const answer: OrderAnswer = await bus
      .request(queryTopic(session.partition), query, { timeoutMs: queryMs })
      .catch(() => ({ found: false, code: 'PARTITION_STARTING' }) as const);
    const now = clock.nowMs();
    if (answer.found) {
      sendReport(session, statusReport(answer.order, clOrdId || answer.order.clOrdId, this.symbolOf, now));
      return;
    }
    const past = answer.code === 'UNKNOWN_ORDER' ? await this.past(query, answer.sequence) : 'unconfirmed';
    if (typeof past !== 'string') {
      sendReport(session, statusReport(past, clOrdId || past.clOrdId, this.symbolOf, now));
    } else if (past === 'unknown') {
      sendReport(session, unknownOrderReport(clOrdId || 'NONE', symbol || 'NONE', side, now));
    } else {
      // Not knowing is no answer: an order must not look unknown because its owner is starting.
      const text = 'PARTITION_STARTING: the order cannot be asked for now; ask again';
      sendBusinessReject(asked, session.handle, businessReject.notAvailable, text);
    }
  }

  /**
   * Its owner has what is open and what closed lately; the tables know where the journal has the others.
   * Tables that are behind, or away, are no proof that there is none.
   */
  private async past(
    { partition, client = '', clOrdId = '', orderId = '' }: OrderQuery,
    sequence: number,
  ): Promise<OrderImage | 'unknown' | 'unconfirmed'> {
    if (clOrdId === '' && orderId === '') return 'unknown';
    const { bus, clock, tables } = this.options;
    const untilMs = clock.monoMs() + queryMs;
    try {
      for (;;) {
        // The cursor first: what it has passed is there.
        const isThere = ((await tables.cursors()).get(partition) ?? 0) >= sequence;
        const listed =
          orderId === ''
            ? await tables.orderByClOrdId(partition, client, clOrdId)
            : await tables.order(orderId);
        if (isThere) {
          if (listed?.firm !== partition || parseOrderId(listed.orderId) === undefined) return 'unknown';
          const query = { partition, orderId: listed.orderId, lastSequence: listed.sequence };
          const answer = await bus.request(queryTopic(partition), query, { timeoutMs: queryMs });
          return answer.found ? answer.order : 'unconfirmed';
        }
        if (clock.monoMs() > untilMs) return 'unconfirmed';
        await delay(lookMs);
      }
    } catch {
      return 'unconfirmed';
    }
  }

  private senderOf(message: Message, session: OrderSession): Sender {
    const { handle } = session;
    const forcedVenue = session.forcedVenue();
    return {
      origin: { channel: 'fix', client: handle.id },
      account: session.account(),
      trader: session.trader,
      commandId: `${handle.id}:${handle.createdAtMs}:${message.seqNum}`,
      instrumentBySymbol: this.options.instruments.bySymbol,
      horizon: this.options.horizon,
      nowMs: this.options.clock.nowMs(),
      ...(forcedVenue === undefined ? {} : { forcedVenue }),
    };
  }
}

/**
 * A session's store takes nothing now: the report must come again, or the client never hears of the event.
 */
export class NotStored extends Error {
  constructor(session: string, partition: string, sequence: number) {
    super(`report ${sequence} of ${partition} could not be stored for ${session}`);
  }
}

/** An order that no event stands for. */
function orderRefusal(
  symbol: string,
  { clOrdId, side, commandId }: Pick<SubmitOrder, 'clOrdId' | 'side' | 'commandId'>,
  text: string,
  atMs: number,
): Report {
  return unjournaledRefusal({ clOrdId, side, symbol }, commandId.slice(-60), text, atMs);
}

/** Whose allowance it is: all sessions of a client have one. */
const clientOf = ({ trader, partition }: OrderSession): Client => ({ id: trader, firm: partition });

/** Within the rate of refusals: journaled, so that it can be asked for. */
function asRefused(command: SubmitOrder | RefuseOrder, { code, text }: EdgeRefusal): RefuseOrder {
  const { commandId, origin, account, clOrdId, instrument, side } = command;
  return { kind: 'refuse', commandId, origin, account, clOrdId, instrument, side, code, text };
}

const symbolOf = (message: Message): string => message.text(Tag.Symbol) ?? '';

const changeIds = (message: Message, change: 'cancel' | 'replace') => ({
  change,
  clOrdId: message.text(Tag.ClOrdID) ?? '',
  origClOrdId: message.text(Tag.OrigClOrdID) ?? '',
});

/** `answers`: number of the message that is refused by it, also when it comes again. */
function sendReport(session: OrderSession, report: Report, answers?: number): void {
  session.handle.send(report.msgType, report.write, answers === undefined ? undefined : { answers });
}

/** Who is told of an event: the order's own origin, or the sender of what was refused. */
export function originOf({ event, order }: SequencedEvent): Origin | undefined {
  if (event.type === 'orderRefused' || event.type === 'changeRefused') return event.origin;
  return order?.origin;
}
