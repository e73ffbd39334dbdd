/**
 * The order journey on the provider's side. Out: durable route events become D, F, G and H on the venue's
 * order session; the stored message carries (partition, sequence), so after a crash the session itself
 * knows what it has sent. A route past its deadline, or requested before this process started and never
 * sent, is refused instead. In: 8, 9 and j become commands to the partition that the ClOrdID names; the
 * inbound number becomes durable when the journal has the result.
 */
import { UNATTRIBUTED } from '@tidegate/core/order/case';
import { numberOf } from '@tidegate/core/order/numbering';
import type { OrderImage } from '@tidegate/core/order/image';
import type {
  Command,
  RouteNotSent,
  RouteReplaceRequested,
  RouteRequested,
  RouteUnknown,
  VenueInDoubt,
  VenueReport,
} from '@tidegate/core/order/order';
import { parseRouteId } from '@tidegate/core/number/ids';
import type { FieldWriter, Message } from '@tidegate/fix/codec/fields';
import type { Violation } from '@tidegate/fix/codec/validator';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { SendOptions, SessionHandle } from '@tidegate/fix/session/application';
import { SteadyTime, type Clock } from '@tidegate/platform/observe/clock';
import type { Holding } from '@tidegate/platform/fixstore/leased.store';
import type { Commands } from '@tidegate/platform/bus/commands';
import type { SequencedEvent, UrgentCancel } from '@tidegate/wire/commands';
import type { Dialect } from '../dialects/dialect.ts';
import type { VenueHops } from '../hops.ts';
import type { InstrumentIndex } from '../instruments.ts';
import type { Beginnings } from '../sessions/beginnings.ts';
import {
  readBusinessReject,
  readCancelReject,
  readVenueReport,
  refusalOf,
  unreadableReport,
} from './venue.reports.ts';

export interface VenueOrderSession {
  readonly venue: string;
  readonly handle: SessionHandle;
  readonly dialect: Dialect;
  /** OrderMassStatusRequest(AF) is answered. */
  readonly massStatus: boolean;
  /** Of several gateways: that it is ours. */
  readonly held?: Pick<Holding, 'mayAct'>;
  /** By partition: what was decided before it was ours. */
  readonly decided?: ReadonlyMap<string, number> | undefined;
  /** The store says that it is ours, before anyone is told that something is not sent. */
  readonly confirm?: (() => Promise<void>) | undefined;
}

export interface VenueOrdersOptions {
  readonly commands: Pick<Commands, 'insist'>;
  readonly clock: Clock;
  readonly hops?: VenueHops | undefined;
  readonly instruments: InstrumentIndex;
  readonly beginnings: Beginnings;
  /** The venue's order session is given its cancels later, from where its store failed. */
  readonly isBehind: (venue: string) => boolean;
  /** An execution report that the session had to refuse: told by itself, whatever else happens. */
  readonly onRefused: (venue: string, text: string) => void;
  /** All that is open at the venue is asked about. */
  readonly onDoubt: (venue: string, text: string) => void;
  readonly onError: (error: unknown) => void;
}

type Write = (fields: FieldWriter, session: VenueOrderSession) => void;

const remembered = 10_000;
/** A kill switch may cancel all that is open. */
const urgentMax = 200_000;
/**
 * `isFirstStart`: its session has a new store, which alarms nobody; orders are open there if one was lost.
 */
interface Doubt {
  readonly reason: VenueInDoubt['reason'];
  readonly isFirstStart: boolean;
}

const doubtTexts: Readonly<Record<VenueInDoubt['reason'], string>> = {
  NUMBERS_RESTARTED: 'its numbers begin anew',
  REPORTS_SKIPPED: 'it has passed over messages',
};
/** MassStatusReqType(585). */
const allOrders = 7;
const sideCode = { buy: '1', sell: '2' } as const;
const timeInForceCode = { day: '0', gtc: '1', ioc: '3', fok: '4' } as const;

export class VenueOrders {
  private readonly options: VenueOrdersOptions;
  private readonly sessions = new Map<string, VenueOrderSession>();
  /**
   * Journal head per partition when this process began: routes up to it that were never sent are not sent
   * any more.
   */
  private readonly startedAt = new Map<string, number>();
  /** Of each partition, as it records time; deadlines are of that. */
  private readonly times = new Map<string, SteadyTime>();
  /** Routes that this process has refused to send; never sent if their event comes again. */
  private readonly refused = new Set<string>();
  /** Cancels sent before they were journaled. */
  private readonly urgent = new Set<string>();
  /** Cancels sent for their event: an urgent word of one may come behind it. */
  private readonly canceled = new Set<string>();
  /** MsgSeqNum → ClOrdID of recent D, F and G per venue: a session Reject(3) names only the number. */
  private readonly sent = new Map<
    string,
    { readonly createdAtMs: number; readonly clOrdIds: Map<number, string> }
  >();

  /** Venues of which something may never have come, until their open routes are asked about. */
  private readonly doubts = new Map<string, Doubt>();

  constructor(options: VenueOrdersOptions) {
    this.options = options;
  }

  register(session: VenueOrderSession): void {
    this.sessions.set(session.venue, session);
  }

  *handles(): Iterable<SessionHandle> {
    for (const { handle } of this.sessions.values()) yield handle;
  }

  unregister(venue: string): void {
    this.sessions.delete(venue);
  }

  /**
   * A cancel that the owner spooled because the journal does not answer: sent now, not again when its event
   * comes.
   */
  cancelUrgently({ venue, venueClOrdId, cancelId, order }: UrgentCancel): void {
    const session = this.sessions.get(venue);
    if (session === undefined || this.urgent.has(cancelId) || this.canceled.has(cancelId)) return;
    const seqNum = session.handle.send('F', (fields) => {
      fields.text(Tag.OrigClOrdID, venueClOrdId).text(Tag.ClOrdID, cancelId);
      this.writeSubject(fields, order, session);
    });
    // What could not be stored goes out when it is journaled.
    if (seqNum === 0) return;
    remember(this.urgent, cancelId, urgentMax);
    this.note(session, seqNum, cancelId);
  }

  beginAt(partition: string, head: number): void {
    this.startedAt.set(partition, head);
    this.times.set(partition, new SteadyTime(this.options.clock));
  }

  /** Durable events of a partition, ascending: routes go out in the order in which they were decided. */
  act(partition: string, events: readonly SequencedEvent[]): void {
    const askedAll = new Set<string>();
    const time = this.times.get(partition);
    const { beginnings } = this.options;
    for (const { event, sequence, order, atMs, numbering } of events) {
      time?.witness(atMs);
      const number = numberOf({ sequence, numbering });
      const session = 'venue' in event ? this.sessions.get(event.venue) : undefined;
      // The events come again when it is sure.
      if (session?.held?.mayAct() === false) throw new NotSure(session.venue);
      // Sent or not, nobody here knows any more: what is open is asked about.
      if (session !== undefined && beginnings.isBefore(session.handle, partition, { sequence, atMs }))
        continue;
      if (event.type === 'routeRequested') this.route(partition, sequence, number, event);
      else if (order === undefined) continue;
      else if (event.type === 'routeCancelRequested' && !this.urgent.has(event.cancelId)) {
        const write: Write = (fields, session) => {
          fields.text(Tag.OrigClOrdID, event.venueClOrdId).text(Tag.ClOrdID, event.cancelId);
          this.writeSubject(fields, order, session);
        };
        const possResend = event.isEarly === true || this.isOld(partition, sequence, session);
        this.send(
          partition,
          number,
          event.venue,
          'F',
          write,
          possResend ? { possResend } : {},
          event.cancelId,
        );
      } else if (event.type === 'routeReplaceRequested') {
        this.replace(partition, sequence, number, event, order);
      } else if (event.type === 'routeUnknown' && this.mayAskAll(event)) {
        if (askedAll.has(event.venue)) continue;
        askedAll.add(event.venue);
        this.send(partition, number, event.venue, 'AF', (fields) => {
          fields.text(Tag.MassStatusReqID, `${partition}.${number}`).int(Tag.MassStatusReqType, allOrders);
        });
      } else if (event.type === 'routeUnknown') {
        this.send(partition, number, event.venue, 'H', (fields, session) => {
          fields
            .text(Tag.ClOrdID, event.venueClOrdId)
            .text(Tag.Symbol, this.symbolOf(order, session))
            .char(Tag.Side, sideCode[order.side]);
        });
      }
    }
  }

  /** A message of the venue's order session. Resolves when the journal has its result. */
  async receive(message: Message, venue: string): Promise<void> {
    const report = this.read(message, venue);
    if (report === undefined) return;
    this.options.hops?.answered(report.routeId);
    await this.settle(this.partitionOf(report.routeId), report);
  }

  /** Of no firm that we know: its cases have a partition of their own. */
  private partitionOf(routeId: string): string {
    const partition = parseRouteId(routeId)?.partition;
    return partition !== undefined && this.startedAt.has(partition) ? partition : UNATTRIBUTED;
  }

  /** A message that the session has refused. What an execution report meant is a person's to find out. */
  invalid(message: Message, { text, refTagId }: Violation, venue: string): void {
    if (message.msgType !== '8') return;
    const unreadable = unreadableReport(message, venue, text);
    this.settle(this.partitionOf(unreadable.routeId), unreadable).catch(this.options.onError);
    const [clOrdId, execId] = [message.text(Tag.ClOrdID) ?? 'absent', message.text(Tag.ExecID) ?? 'absent'];
    const why = refTagId === undefined ? text : `${text} (${refTagId})`;
    const what = `ClOrdID ${clOrdId}, ExecID ${execId}, ExecType ${message.text(Tag.ExecType) ?? 'absent'}`;
    this.options.onRefused(
      venue,
      `execution report can't be read and is to be booked by hand: ${what}: ${why}`,
    );
  }

  /** What the venue said of any order there may never come; asked about when it is logged on. */
  doubt(venue: string, reason: VenueInDoubt['reason'], isFirstStart = false): void {
    this.doubts.set(venue, { reason, isFirstStart });
    if (this.sessions.get(venue)?.handle.isLoggedOn === true) this.askInDoubt(venue);
  }

  askInDoubt(venue: string): void {
    const doubt = this.doubts.get(venue);
    if (doubt === undefined) return;
    const { reason, isFirstStart } = doubt;
    this.doubts.delete(venue);
    if (this.startedAt.size === 0) return;
    if (!isFirstStart)
      this.options.onDoubt(venue, `${doubtTexts[reason]}: every open order there is asked about`);
    const commandId = `doubt:${venue}:${this.options.clock.nowMs()}`;
    for (const partition of this.startedAt.keys()) {
      this.settle(partition, { kind: 'venueInDoubt', commandId, venue, reason }).catch((error: unknown) => {
        this.doubts.set(venue, doubt);
        this.options.onError(error);
      });
    }
  }

  /** Session Reject(3) of an order, cancel or replace of ours: the venue never took it. */
  rejected(message: Message, venue: string): void {
    const clOrdId = this.sentAs(venue, message.int(Tag.RefSeqNum));
    const text = message.text(Tag.Text) ?? 'session reject';
    const report = clOrdId === undefined ? undefined : refusalOf(clOrdId, venue, 'reject3', text);
    const partition = parseRouteId(report?.routeId ?? '')?.partition;
    if (report !== undefined && partition !== undefined)
      this.settle(partition, report).catch(this.options.onError);
  }

  private mayAskAll({ venue, reason }: RouteUnknown): boolean {
    return reason in doubtTexts && this.sessions.get(venue)?.massStatus === true;
  }

  private read(message: Message, venue: string): VenueReport | undefined {
    if (message.msgType === '8') return readVenueReport(message, venue, this.options.instruments);
    if (message.msgType === '9') return readCancelReject(message, venue);
    if (message.msgType === 'j') {
      const reference = this.sentAs(venue, message.int(Tag.RefSeqNum));
      return readBusinessReject(message, venue, reference);
    }
    return undefined;
  }

  /** However long the journal is away: to give up would cut the session, and the venue would say it again. */
  private async settle(partition: string, command: Command): Promise<void> {
    const reply = await this.options.commands.insist(partition, command);
    if (reply.result === 'unavailable')
      throw new Error(`${reply.code}: ${command.commandId} has no journal result`);
  }

  private route(partition: string, sequence: number, number: number, event: RouteRequested): void {
    const session = this.sessions.get(event.venue);
    if (session === undefined || session.handle.cursor(partition) >= number) return;
    const reason = this.reasonNotToSend(partition, sequence, event.routeId, event, session);
    if (reason !== undefined) {
      this.refuse(partition, event, reason, session);
      return;
    }
    const instrument = this.options.instruments.byId(event.instrument);
    if (instrument === undefined) {
      this.refuse(partition, event, 'SEND_REFUSED', session);
      return;
    }
    this.send(
      partition,
      number,
      event.venue,
      'D',
      (fields) => {
        fields.text(Tag.ClOrdID, event.routeId);
        if (session.dialect.account !== undefined) fields.text(Tag.Account, session.dialect.account);
        fields
          .text(Tag.Symbol, session.dialect.symbolOf(instrument))
          .char(Tag.Side, sideCode[event.side])
          .utcMillis(Tag.TransactTime, this.options.clock.nowMs())
          .decimal(Tag.OrderQty, event.quantity, instrument.quantityScale)
          .char(Tag.OrdType, event.orderType === 'market' ? '1' : '2');
        if (event.price !== undefined) fields.decimal(Tag.Price, event.price, instrument.priceScale);
        fields.char(Tag.TimeInForce, timeInForceCode[event.timeInForce]);
      },
      { deadlineMs: event.deadlineMs },
      event.routeId,
    );
  }

  private reasonNotToSend(
    partition: string,
    sequence: number,
    id: string,
    event: { readonly venue: string; readonly deadlineMs: number },
    session: VenueOrderSession,
  ): RouteNotSent['reason'] | undefined {
    if (this.refused.has(id)) return 'SEND_REFUSED';
    const nowMs = (this.times.get(partition) ?? this.options.clock).nowMs();
    if (this.isOld(partition, sequence, session) || nowMs > event.deadlineMs) return 'LATE';
    return session.handle.isLoggedOn && !this.options.isBehind(event.venue) ? undefined : 'VENUE_DOWN';
  }

  /** A process before this one may have sent it, a cancel also ahead of its event. */
  private isOld(partition: string, sequence: number, session: VenueOrderSession | undefined): boolean {
    return sequence <= ((session?.decided ?? this.startedAt).get(partition) ?? 0);
  }

  /** One that asks for more has a deadline like a route; one that only reduces goes out whenever it can. */
  private replace(
    partition: string,
    sequence: number,
    number: number,
    event: RouteReplaceRequested,
    order: OrderImage,
  ): void {
    const { venue, venueClOrdId, replaceId, deadlineMs } = event;
    const session = this.sessions.get(venue);
    if (session === undefined || session.handle.cursor(partition) >= number) return;
    if (deadlineMs !== undefined) {
      const reason = this.reasonNotToSend(partition, sequence, replaceId, { venue, deadlineMs }, session);
      if (reason !== undefined) return this.refuseReplace(partition, event, reason, session);
    }
    const write: Write = (fields, at) => {
      fields.text(Tag.OrigClOrdID, venueClOrdId).text(Tag.ClOrdID, replaceId);
      this.writeReplacement(fields, event, order, at);
    };
    const options = deadlineMs === undefined ? {} : { deadlineMs };
    this.send(partition, number, venue, 'G', write, options, replaceId);
  }

  /** The order stays as it is at the venue, and its client is told so. */
  private refuseReplace(
    partition: string,
    { replaceId, venue }: RouteReplaceRequested,
    reason: RouteNotSent['reason'],
    session: VenueOrderSession,
  ): void {
    remember(this.refused, replaceId, remembered);
    const text = reason === 'LATE' ? 'too late to be sent' : 'the venue is not connected';
    const report = refusalOf(replaceId, venue, 'notSent', text);
    if (report === undefined) return;
    this.settleAs(session, partition, { ...report, isLate: reason === 'LATE' });
  }

  private refuse(
    partition: string,
    { routeId }: RouteRequested,
    reason: RouteNotSent['reason'],
    session: VenueOrderSession,
  ): void {
    remember(this.refused, routeId, remembered);
    const command: RouteNotSent = { kind: 'routeNotSent', commandId: `notSent:${routeId}`, routeId, reason };
    this.settleAs(session, partition, command);
  }

  /**
   * It is not sent, by nobody: who has the session after us decides nothing that was there before, and the
   * store has said that this is still us. When it does not say so now the event comes again with the session.
   */
  private settleAs({ confirm }: VenueOrderSession, partition: string, command: Command): void {
    const confirmed = confirm?.() ?? Promise.resolve();
    confirmed.then(() => this.settle(partition, command)).catch(this.options.onError);
  }

  /** `number`: of the event that it is sent for. */
  private send(
    partition: string,
    number: number,
    venue: string,
    msgType: string,
    write: Write,
    options: SendOptions = {},
    clOrdId = '',
  ): void {
    const session = this.sessions.get(venue);
    if (session === undefined || this.options.isBehind(venue)) return;
    if (session.handle.cursor(partition) >= number) return;
    const seqNum = session.handle.send(msgType, (fields) => write(fields, session), {
      ...options,
      source: { partition, sequence: number },
    });
    if (seqNum === 0) {
      throw new Error(`${venue} order session stores nothing: ${msgType} ${number} of ${partition}`);
    }
    this.note(session, seqNum, clOrdId);
    if (msgType === 'F') remember(this.canceled, clOrdId, urgentMax);
    if (msgType === 'D') this.options.hops?.sent(clOrdId);
  }

  /** A number may come again: when the store lost what had it, something else gets it. */
  private note(session: VenueOrderSession, seqNum: number, clOrdId: string): void {
    const sent = this.sentBy(session);
    sent.set(seqNum, clOrdId);
    if (sent.size > remembered) sent.delete(sent.keys().next().value!);
  }

  /** What F says of the order besides its ids. */
  private writeSubject(fields: FieldWriter, order: OrderImage, session: VenueOrderSession): void {
    fields
      .text(Tag.Symbol, this.symbolOf(order, session))
      .char(Tag.Side, sideCode[order.side])
      .utcMillis(Tag.TransactTime, this.options.clock.nowMs())
      .decimal(Tag.OrderQty, order.quantity, order.quantityScale);
  }

  private writeReplacement(
    fields: FieldWriter,
    event: RouteReplaceRequested,
    order: OrderImage,
    session: VenueOrderSession,
  ): void {
    fields
      .text(Tag.Symbol, this.symbolOf(order, session))
      .char(Tag.Side, sideCode[order.side])
      .utcMillis(Tag.TransactTime, this.options.clock.nowMs())
      .decimal(Tag.OrderQty, event.quantity, order.quantityScale)
      .char(Tag.OrdType, order.orderType === 'market' ? '1' : '2');
    if (event.price !== undefined) fields.decimal(Tag.Price, event.price, order.priceScale);
    fields.char(Tag.TimeInForce, timeInForceCode[order.timeInForce]);
  }

  /** A cancel must go out whatever the configuration has become. */
  private symbolOf({ instrument: id }: OrderImage, { dialect }: VenueOrderSession): string {
    return dialect.symbolOf(this.options.instruments.lastKnown(id) ?? { id, symbol: id });
  }

  /** Only what has the session's present numbers: they may have begun anew. */
  private sentBy({ venue, handle }: VenueOrderSession): Map<number, string> {
    const { createdAtMs } = handle;
    let sent = this.sent.get(venue);
    if (sent?.createdAtMs !== createdAtMs)
      this.sent.set(venue, (sent = { createdAtMs, clOrdIds: new Map() }));
    return sent.clOrdIds;
  }

  private sentAs(venue: string, refSeqNum: number | undefined): string | undefined {
    const session = this.sessions.get(venue);
    return session === undefined ? undefined : this.sentBy(session).get(refSeqNum ?? 0);
  }
}

/** Whether a session is ours still is just being asked. */
class NotSure extends Error {
  constructor(venue: string) {
    super(`whether ${venue} is still ours is not known just now`);
  }
}

/** The newest `max` ids. */
function remember(ids: Set<string>, id: string, max: number): void {
  ids.add(id);
  if (ids.size > max) ids.delete(ids.values().next().value!);
}
