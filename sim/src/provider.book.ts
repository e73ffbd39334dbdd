/**
 * The orders that a provider knows: by every ClOrdID they had, open and closed, and the resting ones by
 * symbol and side.
 */
import type {
  CancelOrder,
  ExecType,
  NewOrder,
  OrdStatus,
  OrderType,
  Side,
  TimeInForce,
} from './provider.messages.ts';

export interface ProviderOrder {
  readonly orderId: string;
  readonly client: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly account: string | undefined;
  /** Place in the queue of its price level. */
  readonly arrival: number;
  clOrdId: string;
  previousClOrdId: string | undefined;
  price: number | undefined;
  quantity: number;
  cum: number;
  /** Sum of price × quantity of its fills, points × lots. */
  notional: bigint;
  status: OrdStatus;
  /** `held` is the provider's last look. */
  phase: 'held' | 'resting' | 'working' | 'closed';
  /** Best opposite price when the hold began. */
  heldTop: number | undefined;
  /** A cancel that came during the hold. */
  pendingCancel: CancelOrder | undefined;
  /** Its answers are kept back while the silentOrders switch is on. */
  readonly silenced: boolean;
  /** Every ClOrdID it is known by. */
  readonly names: string[];
}

export const closedStatuses: ReadonlySet<OrdStatus> = new Set<OrdStatus>(['2', '4', '8', 'C']);
export type ClosingExecType = Extract<ExecType, '4' | '8' | 'C'>;

/** Open orders beyond this are refused; closed ones beyond this are forgotten, oldest first. */
export const OPEN_ORDERS_MAX = 50_000;
const CLOSED_ORDERS_MAX = 200_000;

interface RestingSide {
  readonly orders: Set<ProviderOrder>;
  /** Best limit among them: highest to buy, lowest to sell; `undefined` when it has to be found again. */
  best: number | undefined;
}

export class OrderBook {
  readonly #byClOrdId = new Map<string, ProviderOrder>();
  readonly #open = new Set<ProviderOrder>();
  readonly #resting = new Map<string, RestingSide>();
  /** Closed orders in the order of closing; those before the head are forgotten. */
  #closed: ProviderOrder[] = [];
  #closedHead = 0;
  #arrivals = 0;

  get openOrders(): number {
    return this.#open.size;
  }

  find(client: string, clOrdId: string): ProviderOrder | undefined {
    return this.#byClOrdId.get(key(client, clOrdId));
  }

  /** Open orders of a client, oldest first. */
  openOf(client: string): ProviderOrder[] {
    return [...this.#open].filter((order) => order.client === client);
  }

  open(ticket: NewOrder, orderId: string, silenced: boolean): ProviderOrder {
    this.#arrivals += 1;
    const order: ProviderOrder = {
      orderId,
      client: ticket.client,
      symbol: ticket.symbol,
      side: ticket.side,
      type: ticket.type,
      timeInForce: ticket.timeInForce,
      account: ticket.account,
      arrival: this.#arrivals,
      clOrdId: ticket.clOrdId,
      previousClOrdId: undefined,
      price: ticket.price,
      quantity: ticket.quantity,
      cum: 0,
      notional: 0n,
      status: '0',
      phase: 'working',
      heldTop: undefined,
      pendingCancel: undefined,
      silenced,
      names: [],
    };
    this.#open.add(order);
    this.name(order, ticket.clOrdId);
    return order;
  }

  /** The order is known by this ClOrdID too (of an accepted cancel or replace). */
  name(order: ProviderOrder, clOrdId: string): void {
    order.names.push(clOrdId);
    this.#byClOrdId.set(key(order.client, clOrdId), order);
  }

  rest(order: ProviderOrder): void {
    if (order.price === undefined) throw new Error(`an order without a limit cannot rest: ${order.orderId}`);
    order.phase = 'resting';
    const side = this.#side(order);
    side.orders.add(order);
    side.best = undefined;
  }

  /** Takes the order from where it rests, to be worked. */
  lift(order: ProviderOrder): void {
    if (order.phase === 'resting') {
      const side = this.#side(order);
      side.orders.delete(order);
      side.best = undefined;
    }
    order.phase = 'working';
  }

  close(order: ProviderOrder, status: OrdStatus): void {
    if (!closedStatuses.has(status)) throw new Error(`not a closing status: ${status}`);
    if (order.phase === 'closed') throw new Error(`order ${order.orderId} is closed already`);
    this.lift(order);
    order.phase = 'closed';
    order.status = status;
    this.#open.delete(order);
    this.#closed.push(order);
    this.#forget();
  }

  /** Resting orders of one side that trade at `price`, best limit first, then oldest first. */
  crossing(symbol: string, side: Side, price: number): ProviderOrder[] {
    const resting = this.#resting.get(`${symbol}:${side}`);
    if (resting === undefined || resting.orders.size === 0) return [];
    const sign = side === 'buy' ? 1 : -1;
    if (resting.best === undefined) {
      let best = -Infinity;
      for (const order of resting.orders) best = Math.max(best, sign * (order.price as number));
      resting.best = sign * best;
    }
    if (sign * resting.best < sign * price) return [];
    return [...resting.orders]
      .filter((order) => sign * (order.price as number) >= sign * price)
      .sort(
        (one, other) =>
          sign * ((other.price as number) - (one.price as number)) || one.arrival - other.arrival,
      );
  }

  everyOpen(): ProviderOrder[] {
    return [...this.#open];
  }

  #side(order: ProviderOrder): RestingSide {
    const name = `${order.symbol}:${order.side}`;
    let side = this.#resting.get(name);
    if (side === undefined) {
      side = { orders: new Set(), best: undefined };
      this.#resting.set(name, side);
    }
    return side;
  }

  #forget(): void {
    while (this.#closed.length - this.#closedHead > CLOSED_ORDERS_MAX) {
      const order = this.#closed[this.#closedHead] as ProviderOrder;
      for (const name of order.names) this.#byClOrdId.delete(key(order.client, name));
      this.#closedHead += 1;
    }
    if (this.#closedHead > CLOSED_ORDERS_MAX) {
      this.#closed = this.#closed.slice(this.#closedHead);
      this.#closedHead = 0;
    }
  }
}

function key(client: string, clOrdId: string): string {
  // SOH cannot occur in a FIX value, so no two pairs share a key.
  return `${client}\u0001${clOrdId}`;
}
