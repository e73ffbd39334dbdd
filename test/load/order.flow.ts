/**
 * What the client firms do in the reconciliation: a seeded, steady stream of market, limit and resting
 * orders with cancels and replaces of those that rest. It goes on while the platform is away; the sessions
 * keep it.
 */
import { formatDecimal, trimDecimal } from '@tidegate/core/number/decimal';
import type { ClientOrder, FixClient } from '../../sim/src/client.ts';
import { instruments, type SimInstrument } from '../../sim/src/instruments.ts';
import type { Random } from '../../sim/src/random.ts';

export interface Firm {
  /** Firm id, which is the partition. */
  readonly partition: string;
  /** The session's id inside the platform: `origin.client` of its orders. */
  readonly session: string;
  readonly client: FixClient;
  /** Weight among the firms. */
  readonly share: number;
}

export interface SentOrder extends ClientOrder {
  readonly firm: Firm;
}

/** A cancel or replace request that was sent. */
export interface SentChange {
  readonly firm: Firm;
  readonly change: 'cancel' | 'replace';
  readonly clOrdId: string;
  readonly origClOrdId: string;
}

/** An order that was meant to rest, under the ClOrdID that it has now. */
interface Resting {
  readonly order: SentOrder;
  clOrdId: string;
}

const restingKept = 400;
const sliceMs = 2;

export class OrderFlow {
  readonly orders: SentOrder[] = [];
  readonly changes: SentChange[] = [];
  readonly #firms: readonly Firm[];
  readonly #random: Random;
  readonly #resting: Resting[] = [];

  constructor(firms: readonly Firm[], random: Random) {
    this.#firms = firms.flatMap((firm) => Array.from({ length: firm.share }, () => firm));
    this.#random = random;
  }

  /** Sends `count` orders at a steady rate, and now and then a change of an earlier one. */
  async send(count: number, perSecond: number): Promise<void> {
    const startedMs = performance.now();
    for (let sent = 0; sent < count;) {
      const due = Math.min(count, Math.ceil(((performance.now() - startedMs) * perSecond) / 1000));
      for (; sent < due; sent += 1) this.#act();
      await new Promise((resolve) => setTimeout(resolve, sliceMs));
    }
  }

  #act(): void {
    const random = this.#random;
    if (this.#resting.length > 0 && random.chance(0.15)) this.#change();
    const order = this.#order();
    this.orders.push(order);
    order.firm.client.order(order);
    if (order.timeInForce !== 'day') return;
    this.#resting.push({ order, clOrdId: order.clOrdId });
    if (this.#resting.length > restingKept) this.#resting.shift();
  }

  #order(): SentOrder {
    const random = this.#random;
    const firm = pick(this.#firms, random);
    const instrument = pick(instruments, random);
    const side = random.chance(0.5) ? ('buy' as const) : ('sell' as const);
    const clOrdId = `${firm.partition}-${this.orders.length + 1}`;
    const common = {
      firm,
      clOrdId,
      side,
      symbol: instrument.document.symbol,
      quantity: quantityOf(instrument, random),
    } as const;
    const kind = random.unit();
    if (kind < 0.4) return { ...common, timeInForce: 'ioc' };
    // Through the market by up to 0.5 %: within the collar of 2 %.
    if (kind < 0.7)
      return { ...common, timeInForce: 'ioc', price: priceOf(instrument, side, random.within(0, 0.005)) };
    if (kind < 0.75) return { ...common, timeInForce: 'fok', price: priceOf(instrument, side, 0.003) };
    // Near the market: rests or trades as the market moves.
    if (kind < 0.85)
      return {
        ...common,
        timeInForce: 'day',
        price: priceOf(instrument, side, random.within(-0.0005, 0.0005)),
      };
    return { ...common, timeInForce: 'day', price: priceOf(instrument, side, -0.01) };
  }

  #change(): void {
    const random = this.#random;
    const at = random.between(0, this.#resting.length - 1);
    const resting = this.#resting[at]!;
    const { firm, symbol, side, quantity } = resting.order;
    const change = random.chance(0.2) ? 'replace' : 'cancel';
    const clOrdId = `${firm.partition}-c${this.changes.length + 1}`;
    this.changes.push({ firm, change, clOrdId, origClOrdId: resting.clOrdId });
    const common = { clOrdId, origClOrdId: resting.clOrdId, symbol, side, quantity };
    if (change === 'cancel') {
      firm.client.cancel(common);
      this.#resting.splice(at, 1);
      return;
    }
    const instrument = instruments.find(({ document }) => document.symbol === symbol)!;
    firm.client.replace({ ...common, price: priceOf(instrument, side, random.within(-0.012, -0.008)) });
    // When the replace is refused, a later cancel of the new ClOrdID is refused too: both must be answered.
    resting.clOrdId = clOrdId;
  }
}

const pick = <T>(items: readonly T[], random: Random): T => items[random.between(0, items.length - 1)]!;

/** Mostly less than the best venue shows; some more than it, so that several venues are routed to. */
function quantityOf({ document, sizeLots }: SimInstrument, random: Random): string {
  const share = random.chance(0.25) ? random.within(1, 4) : random.within(0.01, 0.4);
  return trimDecimal(Math.max(100, Math.ceil(sizeLots * share)), document.quantityScale);
}

/** `through` > 0: worse for the client than the middle of the market, so that it trades. */
function priceOf({ document, startPoints }: SimInstrument, side: 'buy' | 'sell', through: number): string {
  const share = side === 'buy' ? 1 + through : 1 - through;
  return formatDecimal(Math.round(startPoints * share), document.priceScale);
}
