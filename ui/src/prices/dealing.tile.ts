/**
 * One instrument's tile outside React: feeds `tile.state.ts` with prices, the connection and order reports,
 * sends the order of a click and runs its clocks. It outlives the page, so leaving it loses no outcome.
 */
import type { OrderView } from '@tidegate/wire/orders';
import type { InstrumentView, TradingStateView } from '@tidegate/wire/rest';
import type { Api } from '../api/client.ts';
import { Cell } from '../cell.ts';
import { hasFills } from '../orders/order.words.ts';
import { clickOrder, submitOrder } from '../orders/submission.ts';
import { NEVER_TAKEN, type UnresolvedOrders } from '../orders/unresolved.ts';
import type { StreamPhase } from '../stream/protocol.ts';
import type { LiveRows } from '../stream/rows.ts';
import { groupedDecimal, shortSize } from './price.format.ts';
import type { Prices } from './prices.state.ts';
import { marketOf, type Side } from './market.state.ts';
import { parseOwnSize, type OwnSizes } from './own.sizes.ts';
import { defaultSize } from './size.ts';
import { canDeal, newTile, outcomeOf, stepTile, type Tile, type TileAction } from './tile.state.ts';
import type { ServerClock } from '../stream/server.clock.ts';

export const tileClocks = {
  tooLongMs: 2_000,
  timeoutMs: 30_000,
  filledShownMs: 6_000,
  refusedShownMs: 12_000,
} as const;

export interface TileSurroundings {
  readonly api: Pick<Api, 'submit' | 'order'>;
  readonly prices: Prices;
  readonly orders: LiveRows<OrderView>;
  readonly phase: Cell<StreamPhase>;
  readonly serverClock: Pick<ServerClock, 'at'>;
  readonly isSilent: (nowMs: number) => boolean;
  readonly tradingState: () => TradingStateView['state'];
  /** Signed position of the account that deals. */
  readonly position: (instrument: string) => string;
  readonly ownSizes: (instrument: InstrumentView) => OwnSizes;
  /** The account to deal for; undefined: the user's own. */
  readonly account: () => string | undefined;
  readonly unresolved: Pick<UnresolvedOrders, 'list' | 'sent' | 'resolved'>;
}

export class DealingTile {
  readonly instrument: InstrumentView;
  readonly state = new Cell<Tile>(newTile);
  /** As typed; read through `parseSize`. */
  readonly size: Cell<string>;
  readonly #around: TileSurroundings;
  readonly #clocks = new Set<ReturnType<typeof setTimeout>>();
  readonly #stops: (() => void)[];
  #orderId = '';
  /** A price has come on this connection; one from before the loss proves nothing. */
  #hasPrice = false;

  constructor(instrument: InstrumentView, around: TileSurroundings) {
    this.instrument = instrument;
    this.#around = around;
    this.size = new Cell(groupedDecimal(defaultSize(instrument)));
    this.#stops = [
      around.phase.watch(() => this.#phase()),
      around.prices.listen(instrument.id, (held) => {
        this.#hasPrice = held !== undefined;
        this.look(performance.now());
      }),
      around.orders.listen((order) => this.#report(order)),
      this.size.watch(() => this.look(performance.now())),
    ];
    this.#hasPrice = around.prices.get(instrument.id) !== undefined;
    this.#phase();
    this.#resume();
  }

  /** What may be dealt on now: at each price, at each beat of the desk, and once more at the press itself. */
  look(nowMs: number): void {
    const around = this.#around;
    const { instrument } = this;
    const isConnected = around.phase.read() === 'live';
    const size = this.parsedSize();
    const market = marketOf(
      {
        isConnected,
        isSilent: around.isSilent(nowMs),
        held: this.#hasPrice || !isConnected ? around.prices.get(instrument.id) : undefined,
        tradingState: around.tradingState(),
        position: around.position(instrument.id),
        lots: size.ok ? size.lots : 0,
      },
      instrument,
      nowMs,
    );
    this.#step({ event: 'market', market });
  }

  parsedSize() {
    return parseOwnSize(this.size.read(), this.instrument, this.#around.ownSizes(this.instrument));
  }

  /** @param shownPrice the price painted on the button that was pressed. */
  deal(side: Side, shownPrice: string, tolerancePips = '0'): void {
    this.look(performance.now());
    const size = this.parsedSize();
    if (!size.ok || !canDeal(this.state.read(), side)) return;
    const account = this.#around.account();
    const request = {
      ...clickOrder(this.instrument, side, size.text, shownPrice, tolerancePips),
      ...(account === undefined ? {} : { account }),
    };
    const { clOrdId } = request;
    const verb = side === 'buy' ? 'Buying' : 'Selling';
    const text = `${verb} ${shortSize(size.text)} @ ${shownPrice}`;
    this.#step({ event: 'send', side, clOrdId, text });
    if (this.state.read().clOrdId !== clOrdId) return;
    const { id: instrument } = this.instrument;
    // Before it leaves: a page that goes away now still knows that it was sent.
    this.#around.unresolved.sent({
      clOrdId,
      instrument,
      text,
      sentAtMs: Date.now(),
      isClick: true,
      mayRest: false,
    });
    this.#orderId = '';
    this.#after(tileClocks.tooLongMs, () => {
      this.#step({ event: 'twoSeconds', clOrdId });
      if (this.state.read().order === 'tooLong') this.#ask();
    });
    this.#after(tileClocks.timeoutMs, () => this.#step({ event: 'thirtySeconds', clOrdId }));
    void this.#send(request);
  }

  dismiss(): void {
    this.#step({ event: 'dismiss' });
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#stopClocks();
  }

  async #send(request: ReturnType<typeof clickOrder>): Promise<void> {
    const { clOrdId } = request;
    const submission = await submitOrder(this.#around, request);
    // Without an answer the order may live: its reports, or the clocks, speak next.
    if (submission.kind === 'refused') {
      this.#around.unresolved.resolved(clOrdId);
      this.#step({ event: 'orderRejected', clOrdId, code: submission.code, text: submission.text });
    }
    if (submission.kind !== 'accepted' || this.state.read().clOrdId !== clOrdId) return;
    this.#orderId = submission.orderId;
  }

  /** The stream may have missed it: ask once. */
  #ask(): void {
    if (this.#orderId === '') return;
    this.#around.api.order(this.#orderId).then(
      (order) => this.#around.orders.apply({ op: 'update', rows: [order] }, performance.now()),
      () => undefined,
    );
  }

  /** Its owner never had it: nothing was dealt. */
  neverTaken(clOrdId: string): void {
    const text = 'It never arrived: nothing was dealt';
    this.#step({ event: 'orderRejected', clOrdId, code: NEVER_TAKEN, text });
  }

  /** A click of before a reload, whose outcome is still to be known. */
  #resume(): void {
    const kept = this.#around.unresolved.list
      .read()
      .findLast(({ instrument, isClick }) => isClick && instrument === this.instrument.id);
    if (kept !== undefined) this.#step({ event: 'resume', clOrdId: kept.clOrdId, text: kept.text });
  }

  #phase(): void {
    if (this.#around.phase.read() !== 'live') this.#hasPrice = false;
    this.look(performance.now());
  }

  #report(order: OrderView): void {
    if (order.clOrdId !== this.state.read().clOrdId) return;
    const outcome = outcomeOf(order);
    if (outcome !== null) this.#step({ ...outcome, clOrdId: order.clOrdId, text: outcomeText(order) });
  }

  #step(action: TileAction): void {
    const before = this.state.read();
    const next = stepTile(before, action);
    if (next === before) return;
    const entered = next.order !== before.order || next.clOrdId !== before.clOrdId;
    if (entered) this.#entered(next);
    this.state.set(next);
  }

  /** Clocks belong to the state they were started in, except that an open order keeps both of its own. */
  #entered(tile: Tile): void {
    if (tile.order === 'tooLong' || tile.order === 'timeout' || tile.order === 'unknown') return;
    this.#stopClocks();
    if (tile.order === 'filled') this.#after(tileClocks.filledShownMs, () => this.dismiss());
    if (tile.order === 'partiallyFilled' || tile.order === 'rejected') {
      this.#after(tileClocks.refusedShownMs, () => this.dismiss());
    }
  }

  #after(ms: number, run: () => void): void {
    const clock = setTimeout(() => {
      this.#clocks.delete(clock);
      run();
    }, ms);
    this.#clocks.add(clock);
  }

  #stopClocks(): void {
    for (const clock of this.#clocks) clearTimeout(clock);
    this.#clocks.clear();
  }
}

const partText = ({ quantity }: OrderView, done: string, price: string): string =>
  `${done} of ${shortSize(quantity)} @ ${price}, rest cancelled`;

function outcomeText(order: OrderView): string {
  const verb = order.side === 'buy' ? 'Bought' : 'Sold';
  const price = order.averagePrice ?? order.price ?? '';
  switch (order.status) {
    case 'filled':
      return `${verb} ${shortSize(order.filledQuantity)} @ ${price}`;
    case 'rejected':
      return order.text;
    case 'canceled':
    case 'expired':
      return hasFills(order)
        ? partText(order, `${verb} ${shortSize(order.filledQuantity)}`, price)
        : order.text || 'Nothing was filled';
    default:
      return `Outcome of ${groupedDecimal(order.quantity)} is not known yet`;
  }
}
