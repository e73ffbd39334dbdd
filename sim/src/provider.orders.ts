/**
 * The order desk of a simulated provider: takes new orders, cancels, replaces and status requests, trades
 * them against the provider's own quotes and tells what became of them. A function of (state, input, now);
 * outputs go to `out`.
 */
import type { ClosingExecType, ProviderOrder } from './provider.book.ts';
import { OPEN_ORDERS_MAX, OrderBook } from './provider.book.ts';
import type {
  Answer,
  CancelOrder,
  ExecType,
  ExecutionReport,
  MassStatusRequest,
  NewOrder,
  ProviderOutput,
  RefusedOrder,
  ReplaceOrder,
  StatusRequest,
} from './provider.messages.ts';
import { instrumentsBySymbol } from './instruments.ts';
import type { Personality } from './personality.ts';
import type { Quotes } from './provider.quotes.ts';
import type { Random } from './random.ts';
import type { Switches } from './switches.ts';

/** OrdRejReason(103). */
export const ordRejReason = {
  brokerOption: 0,
  unknownSymbol: 1,
  exceedsLimit: 3,
  unknownOrder: 5,
  duplicate: 6,
  incorrectQuantity: 13,
  other: 99,
} as const;
/** CxlRejReason(102). */
export const cxlRejReason = {
  tooLate: 0,
  unknownOrder: 1,
  brokerOption: 2,
  pending: 3,
  duplicate: 6,
} as const;

/** Answers kept back by silence beyond this make further orders be lost instead. */
const WITHHELD_MAX = 10_000;

type ReportDetails = Partial<
  Pick<
    ExecutionReport,
    | 'lastQuantity'
    | 'lastPrice'
    | 'rejectReason'
    | 'text'
    | 'origClOrdId'
    | 'clOrdId'
    | 'statusRequestId'
    | 'massStatus'
    | 'refExecId'
  >
>;

export class OrderDesk {
  readonly #personality: Personality;
  readonly #switches: Switches;
  readonly #quotes: Quotes;
  readonly #random: Random;
  readonly #book = new OrderBook();
  /** Begins every OrderID and ExecID: unique for each start of the provider. */
  readonly #idPrefix: string;
  readonly #hold: (order: ProviderOrder, holdMs: number) => void;
  #withheld: { readonly symbol: string; readonly answer: Answer }[] = [];
  #executions = 0;
  #orderCount = 0;

  constructor(parts: {
    readonly personality: Personality;
    readonly switches: Switches;
    readonly quotes: Quotes;
    readonly random: Random;
    readonly idPrefix: string;
    /** Asks that `work` be called for the order after so many milliseconds. */
    readonly hold: (order: ProviderOrder, holdMs: number) => void;
  }) {
    this.#personality = parts.personality;
    this.#switches = parts.switches;
    this.#quotes = parts.quotes;
    this.#random = parts.random;
    this.#idPrefix = parts.idPrefix;
    this.#hold = parts.hold;
  }

  get openOrders(): number {
    return this.#book.openOrders;
  }

  get isWithholdingFull(): boolean {
    return this.#withheld.length >= WITHHELD_MAX;
  }

  /** A refusal of something that never became an order. */
  refuse(ticket: RefusedOrder, nowMs: number, out: ProviderOutput[]): void {
    out.push({
      kind: 'execution',
      client: ticket.client,
      orderId: 'NONE',
      clOrdId: ticket.clOrdId,
      execId: this.#nextExecId(),
      execType: '8',
      status: '8',
      symbol: ticket.symbol,
      side: ticket.side,
      leavesQuantity: 0,
      cumQuantity: 0,
      notional: 0n,
      rejectReason: ticket.reason,
      text: ticket.text,
      atMs: nowMs,
    });
  }

  place(ticket: NewOrder, silenced: boolean, nowMs: number, out: ProviderOutput[]): void {
    const known = this.#book.find(ticket.client, ticket.clOrdId);
    if (known !== undefined) {
      if (ticket.possResend) this.#answer(known, this.#report(known, 'I', nowMs), out);
      else {
        this.refuse(
          {
            ...ticket,
            kind: 'refusedOrder',
            reason: ordRejReason.duplicate,
            text: `ClOrdID ${ticket.clOrdId} was used before`,
          },
          nowMs,
          out,
        );
      }
      return;
    }
    this.#orderCount += 1;
    const order = this.#book.open(ticket, `${this.#idPrefix}O${this.#orderCount.toString(36)}`, silenced);
    const refusal = this.#refusalOf(ticket);
    if (refusal !== undefined) {
      this.#close(order, '8', nowMs, out, { rejectReason: refusal.reason, text: refusal.text });
      return;
    }
    this.#answer(order, this.#report(order, '0', nowMs), out);
    this.#consider(order, nowMs, out);
  }

  /** Trades the order as far as it can; called at once, or at the end of its last look. */
  work(order: ProviderOrder, nowMs: number, out: ProviderOutput[]): void {
    if (order.phase === 'closed') return;
    const wasHeld = order.phase === 'held';
    order.phase = 'working';
    if (wasHeld && this.#isRefusedByLastLook(order)) {
      this.#close(order, '8', nowMs, out, { rejectReason: ordRejReason.brokerOption, text: 'last look' });
    } else {
      this.#trade(order, nowMs, out);
    }
    const cancel = order.pendingCancel;
    order.pendingCancel = undefined;
    if (cancel !== undefined) this.cancel(cancel, nowMs, out);
  }

  cancel(request: CancelOrder, nowMs: number, out: ProviderOutput[]): void {
    const order = this.#book.find(request.client, request.origClOrdId);
    const refusal = this.#changeRefusal(order, request);
    if (order === undefined || refusal !== undefined) {
      this.#rejectChange(order, request, refusal ?? unknownOrder, nowMs, out);
    } else if (order.phase === 'held') {
      // The last look is not interrupted: the cancel is answered when it ends.
      order.pendingCancel = request;
    } else {
      this.#book.name(order, request.clOrdId);
      this.#close(order, '4', nowMs, out, { clOrdId: request.clOrdId, origClOrdId: request.origClOrdId });
    }
  }

  replace(request: ReplaceOrder, nowMs: number, out: ProviderOutput[]): void {
    const order = this.#book.find(request.client, request.origClOrdId);
    const refusal =
      this.#changeRefusal(order, request) ??
      (order === undefined ? unknownOrder : this.#replaceRefusal(order, request));
    if (order === undefined || refusal !== undefined) {
      this.#rejectChange(order, request, refusal ?? unknownOrder, nowMs, out);
      return;
    }
    this.#book.lift(order);
    this.#book.name(order, request.clOrdId);
    order.previousClOrdId = order.clOrdId;
    order.clOrdId = request.clOrdId;
    order.quantity = request.quantity;
    order.price = request.price ?? order.price;
    this.#answer(order, this.#report(order, '5', nowMs, { origClOrdId: request.origClOrdId }), out);
    this.#consider(order, nowMs, out);
  }

  /** OrderStatusRequest(H): the order's state, or "rejected, unknown order". */
  status(request: StatusRequest, nowMs: number, out: ProviderOutput[]): void {
    const order = this.#book.find(request.client, request.clOrdId);
    const details = request.requestId === undefined ? {} : { statusRequestId: request.requestId };
    if (order !== undefined) {
      this.#answer(order, this.#report(order, 'I', nowMs, details), out);
      return;
    }
    out.push({
      kind: 'execution',
      client: request.client,
      orderId: 'NONE',
      clOrdId: request.clOrdId,
      execId: '0',
      execType: 'I',
      status: '8',
      symbol: request.symbol,
      side: request.side,
      leavesQuantity: 0,
      cumQuantity: 0,
      notional: 0n,
      rejectReason: ordRejReason.unknownOrder,
      text: 'unknown order',
      ...details,
      atMs: nowMs,
    });
  }

  /** OrderMassStatusRequest(AF) for all orders: one report per open order, or one that says there is none. */
  massStatus(request: MassStatusRequest, nowMs: number, out: ProviderOutput[]): void {
    const orders = this.#book.openOf(request.client).filter((order) => !this.#isSilenced(order));
    orders.forEach((order, position) => {
      const massStatus = {
        requestId: request.requestId,
        total: orders.length,
        isLast: position === orders.length - 1,
      };
      out.push(this.#report(order, 'I', nowMs, { massStatus }));
    });
    if (orders.length > 0) return;
    out.push({
      kind: 'execution',
      client: request.client,
      orderId: 'NONE',
      clOrdId: 'NONE',
      execId: '0',
      execType: 'I',
      status: '8',
      symbol: '[N/A]',
      side: 'buy',
      leavesQuantity: 0,
      cumQuantity: 0,
      notional: 0n,
      text: 'no open orders',
      rejectReason: ordRejReason.unknownOrder,
      massStatus: { requestId: request.requestId, total: 0, isLast: true },
      atMs: nowMs,
    });
  }

  /** Resting orders that the new quotes of a symbol reach trade at their own limit. */
  cross(symbol: string, nowMs: number, out: ProviderOutput[]): void {
    for (const side of ['buy', 'sell'] as const) {
      const top = this.#quotes.top(symbol, side);
      if (top === undefined) continue;
      for (const order of this.#book.crossing(symbol, side, top)) {
        const takes = this.#quotes.take(symbol, side, order.price, order.quantity - order.cum);
        const quantity = takes.reduce((total, take) => total + take.quantity, 0);
        if (quantity > 0) this.#fill(order, quantity, order.price as number, nowMs, out);
      }
    }
  }

  endOfDay(nowMs: number, out: ProviderOutput[]): void {
    for (const order of this.#book.everyOpen()) {
      if (order.timeInForce === 'day' && order.phase === 'resting') {
        this.#close(order, 'C', nowMs, out, { text: 'end of day' });
      }
    }
  }

  /** Answers that silence kept back and that may be told now. */
  speak(out: ProviderOutput[]): void {
    const withheld = this.#withheld;
    this.#withheld = withheld.filter((each) => this.#switches.isOn('silentOrders', each.symbol));
    for (const each of withheld) if (!this.#switches.isOn('silentOrders', each.symbol)) out.push(each.answer);
  }

  #refusalOf(ticket: NewOrder): { readonly reason: number; readonly text: string } | undefined {
    const instrument = instrumentsBySymbol.get(ticket.symbol);
    if (instrument === undefined) return { reason: ordRejReason.unknownSymbol, text: 'unknown symbol' };
    if (this.#switches.isOn('rejectAll', ticket.symbol)) {
      return { reason: ordRejReason.brokerOption, text: 'rejecting all' };
    }
    if (!Number.isSafeInteger(ticket.quantity) || ticket.quantity <= 0) {
      return { reason: ordRejReason.incorrectQuantity, text: 'OrderQty must be greater than zero' };
    }
    if (ticket.quantity > instrument.quantityMaxLots) {
      return { reason: ordRejReason.exceedsLimit, text: 'OrderQty is over the limit' };
    }
    const { price } = ticket;
    if (ticket.type === 'limit' && (price === undefined || !Number.isSafeInteger(price) || price <= 0)) {
      return { reason: ordRejReason.other, text: 'Price must be greater than zero' };
    }
    if (this.#book.openOrders > OPEN_ORDERS_MAX) {
      return { reason: ordRejReason.exceedsLimit, text: 'too many open orders' };
    }
    if (this.#random.chance(this.#personality.rejectProbability)) {
      return { reason: ordRejReason.brokerOption, text: 'rejected by the dealer' };
    }
    return undefined;
  }

  /** Accepted or replaced: rest, hold for a last look, or trade. */
  #consider(order: ProviderOrder, nowMs: number, out: ProviderOutput[]): void {
    const top = this.#quotes.top(order.symbol, order.side);
    const canTrade = top !== undefined && isReached(order, top);
    if (!canTrade && mayRest(order)) {
      this.#book.rest(order);
      return;
    }
    const lastLook = this.#personality.lastLook;
    if (canTrade && lastLook !== undefined) {
      order.phase = 'held';
      order.heldTop = top;
      this.#hold(order, this.#random.within(lastLook.holdMs[0], lastLook.holdMs[1]));
      return;
    }
    this.work(order, nowMs, out);
  }

  #isRefusedByLastLook(order: ProviderOrder): boolean {
    const lastLook = this.#personality.lastLook;
    if (lastLook === undefined) return false;
    const refused = this.#random.chance(lastLook.rejectProbability);
    const top = this.#quotes.top(order.symbol, order.side);
    const tight = instrumentsBySymbol.get(order.symbol)?.spreadPoints ?? 0;
    const spread = tight * this.#personality.spreadFactor;
    const against =
      top === undefined || order.heldTop === undefined
        ? 0
        : order.side === 'buy'
          ? top - order.heldTop
          : order.heldTop - top;
    return refused || against > spread * lastLook.toleranceSpreads;
  }

  #trade(order: ProviderOrder, nowMs: number, out: ProviderOutput[]): void {
    const leaves = order.quantity - order.cum;
    const available = this.#quotes.available(order.symbol, order.side, order.price);
    const isPartial = this.#random.chance(this.#personality.partialProbability);
    let wanted = Math.min(leaves, available);
    if (order.timeInForce === 'fok') wanted = available >= leaves ? leaves : 0;
    else if (isPartial) wanted = Math.ceil(wanted * this.#random.within(0.3, 0.8));
    for (const take of this.#quotes.take(order.symbol, order.side, order.price, wanted)) {
      this.#fill(order, take.quantity, take.price, nowMs, out);
    }
    if (order.cum >= order.quantity || isEnded(order)) return;
    if (mayRest(order)) this.#book.rest(order);
    else {
      const text =
        order.cum > 0 ? 'rest not filled' : available > 0 ? 'not enough liquidity' : 'no liquidity';
      this.#close(order, '4', nowMs, out, { text });
    }
  }

  #fill(order: ProviderOrder, quantity: number, price: number, nowMs: number, out: ProviderOutput[]): void {
    if (order.phase === 'closed') throw new Error(`fill of the closed order ${order.orderId}`);
    if (quantity <= 0 || order.cum + quantity > order.quantity) {
      throw new Error(`overfill of ${order.orderId}`);
    }
    order.cum += quantity;
    order.notional += BigInt(price) * BigInt(quantity);
    order.status = order.cum === order.quantity ? '2' : '1';
    if (order.status === '2') this.#book.close(order, '2');
    const report = this.#report(order, 'F', nowMs, { lastQuantity: quantity, lastPrice: price });
    out.push({
      kind: 'fill',
      client: order.client,
      orderId: order.orderId,
      clOrdId: order.clOrdId,
      execId: report.execId,
      symbol: order.symbol,
      side: order.side,
      quantity,
      price,
      atMs: nowMs,
    });
    const isMisreported = this.#switches.isOn('misreported', order.symbol);
    this.#answer(order, isMisreported ? { ...report, lastQuantity: 0 } : report, out);
    if (order.status === '2' && this.#switches.isOn('takenBack', order.symbol))
      this.#takeBack(order, report, quantity, price, out);
  }

  /** The order stays ended, with less. */
  #takeBack(
    order: ProviderOrder,
    fill: ExecutionReport,
    quantity: number,
    price: number,
    out: ProviderOutput[],
  ): void {
    order.cum -= quantity;
    order.notional -= BigInt(price) * BigInt(quantity);
    order.status = '4';
    this.#answer(order, this.#report(order, 'H', fill.atMs, { refExecId: fill.execId }), out);
  }

  #close(
    order: ProviderOrder,
    execType: ClosingExecType,
    nowMs: number,
    out: ProviderOutput[],
    details: ReportDetails,
  ): void {
    this.#book.close(order, execType);
    this.#answer(order, this.#report(order, execType, nowMs, details), out);
  }

  #changeRefusal(
    order: ProviderOrder | undefined,
    request: CancelOrder | ReplaceOrder,
  ): ChangeRefusal | undefined {
    if (order === undefined) return unknownOrder;
    if (
      request.clOrdId === request.origClOrdId ||
      this.#book.find(request.client, request.clOrdId) !== undefined
    ) {
      return { reason: cxlRejReason.duplicate, text: `ClOrdID ${request.clOrdId} was used before` };
    }
    if (order.phase === 'closed') {
      return { reason: cxlRejReason.tooLate, text: 'too late: the order is closed' };
    }
    if (order.clOrdId !== request.origClOrdId) {
      return { reason: cxlRejReason.unknownOrder, text: `the order is now ${order.clOrdId}` };
    }
    if (order.symbol !== request.symbol || order.side !== request.side) {
      return { reason: cxlRejReason.brokerOption, text: 'Symbol or Side is not that of the order' };
    }
    if (order.pendingCancel !== undefined) {
      return { reason: cxlRejReason.pending, text: 'a cancel is pending' };
    }
    return undefined;
  }

  #replaceRefusal(order: ProviderOrder, request: ReplaceOrder): ChangeRefusal | undefined {
    const limit = instrumentsBySymbol.get(order.symbol)?.quantityMaxLots ?? 0;
    if (order.phase === 'held') return { reason: cxlRejReason.pending, text: 'the order is being looked at' };
    if (this.#switches.isOn('rejectAll', order.symbol)) {
      return { reason: cxlRejReason.brokerOption, text: 'rejecting all' };
    }
    if (!Number.isSafeInteger(request.quantity) || request.quantity <= 0 || request.quantity > limit) {
      return { reason: cxlRejReason.brokerOption, text: 'OrderQty is not acceptable' };
    }
    if (request.quantity <= order.cum) {
      return { reason: cxlRejReason.tooLate, text: 'that much is filled already' };
    }
    if (request.price !== undefined && (!Number.isSafeInteger(request.price) || request.price <= 0)) {
      return { reason: cxlRejReason.brokerOption, text: 'Price is not acceptable' };
    }
    return undefined;
  }

  #rejectChange(
    order: ProviderOrder | undefined,
    request: CancelOrder | ReplaceOrder,
    refusal: ChangeRefusal,
    nowMs: number,
    out: ProviderOutput[],
  ): void {
    const answer: Answer = {
      kind: 'cancelReject',
      client: request.client,
      orderId: order?.orderId ?? 'NONE',
      clOrdId: request.clOrdId,
      origClOrdId: request.origClOrdId,
      status: order?.status ?? '8',
      responseTo: request.kind,
      reason: refusal.reason,
      text: refusal.text,
      atMs: nowMs,
    };
    if (order === undefined) out.push(answer);
    else this.#answer(order, answer, out);
  }

  #report(
    order: ProviderOrder,
    execType: ExecType,
    atMs: number,
    details: ReportDetails = {},
  ): ExecutionReport {
    const isClosed = order.phase === 'closed';
    return {
      kind: 'execution',
      client: order.client,
      orderId: order.orderId,
      clOrdId: order.clOrdId,
      ...(order.previousClOrdId === undefined ? {} : { origClOrdId: order.previousClOrdId }),
      execId: execType === 'I' ? '0' : this.#nextExecId(),
      execType,
      status: order.status,
      symbol: order.symbol,
      side: order.side,
      type: order.type,
      timeInForce: order.timeInForce,
      quantity: order.quantity,
      ...(order.account === undefined ? {} : { account: order.account }),
      ...(order.price === undefined ? {} : { price: order.price }),
      leavesQuantity: isClosed ? 0 : order.quantity - order.cum,
      cumQuantity: order.cum,
      notional: order.notional,
      ...details,
      atMs,
    };
  }

  #answer(order: ProviderOrder, answer: Answer, out: ProviderOutput[]): void {
    if (!this.#isSilenced(order)) out.push(answer);
    // A question that met silence is not answered later; what happened is told later.
    else if (answer.kind === 'cancelReject' || answer.execType !== 'I') {
      this.#withheld.push({ symbol: order.symbol, answer });
    }
  }

  #isSilenced(order: ProviderOrder): boolean {
    return order.silenced && this.#switches.isOn('silentOrders', order.symbol);
  }

  #nextExecId(): string {
    this.#executions += 1;
    return `${this.#idPrefix}E${this.#executions.toString(36)}`;
  }
}

interface ChangeRefusal {
  readonly reason: number;
  readonly text: string;
}

const unknownOrder: ChangeRefusal = { reason: cxlRejReason.unknownOrder, text: 'unknown order' };

function isReached(order: ProviderOrder, top: number): boolean {
  if (order.price === undefined) return true;
  return order.side === 'buy' ? top <= order.price : top >= order.price;
}

/** By its last fill, though that is taken back. */
const isEnded = ({ phase }: ProviderOrder): boolean => phase === 'closed';

function mayRest(order: ProviderOrder): boolean {
  return order.type === 'limit' && (order.timeInForce === 'day' || order.timeInForce === 'gtc');
}
