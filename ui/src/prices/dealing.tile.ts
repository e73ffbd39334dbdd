/**
 * One instrument's tile outside React: feeds `tile.state.ts` with prices, the connection and order reports,
 * sends the order of a click and runs its clocks. It outlives the page, so leaving it loses no outcome.
 */
import type { OrderView } from '@tidegate/wire/orders';
import type { InstrumentView } from '@tidegate/wire/rest';
import type { Api } from '../api/client.ts';
import { Cell } from '../cell.ts';
import { clickOrder, submitOrder } from '../orders/submission.ts';
import type { StreamPhase } from '../stream/protocol.ts';
import type { LiveRows } from '../stream/rows.ts';
import { groupedDecimal, shortSize } from './price.format.ts';
import type { Prices } from './prices.state.ts';
import { defaultSize, parseSize } from './size.ts';
import { newTile, outcomeOf, stepTile, type Tile, type TileAction } from './tile.state.ts';
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

  constructor(instrument: InstrumentView, around: TileSurroundings) {
    this.instrument = instrument;
    this.#around = around;
    this.size = new Cell(groupedDecimal(defaultSize(instrument)));
    this.#stops = [
      around.phase.watch(() => this.#phase()),
      around.prices.listen(instrument.id, (held) => {
        this.#step({ event: held?.price.state === 'live' ? 'priceLive' : 'priceStale' });
      }),
      around.orders.listen((order) => this.#report(order)),
    ];
    this.#phase();
    if (around.prices.get(instrument.id)?.price.state === 'live') this.#step({ event: 'priceLive' });
  }

  /** @param shownPrice the price painted on the button that was pressed. */
  deal(side: 'buy' | 'sell', shownPrice: string, tolerancePips = '0'): void {
    const size = parseSize(this.size.read(), this.instrument);
    if (!size.ok) return;
    const request = clickOrder(this.instrument, side, size.text, shownPrice, tolerancePips);
    const { clOrdId } = request;
    const verb = side === 'buy' ? 'Buying' : 'Selling';
    this.#step({ event: 'send', clOrdId, text: `${verb} ${shortSize(size.text)} @ ${shownPrice}` });
    if (this.state.read().clOrdId !== clOrdId) return;
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

  #phase(): void {
    this.#step({ event: this.#around.phase.read() === 'live' ? 'connectionRestored' : 'connectionLost' });
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
      return /[1-9]/.test(order.filledQuantity)
        ? `${verb} ${shortSize(order.filledQuantity)} of ${shortSize(order.quantity)} @ ${price}`
        : order.text || 'Nothing was filled';
    default:
      return `Outcome of ${groupedDecimal(order.quantity)} is not known yet`;
  }
}
