/**
 * One order by its OrderID or its sender's ClOrdID, as its owner has it now; the tables behind the lists lag
 * a little, and whoever has just sent an order wants to see or cancel that very order. Falls back to the
 * tables when the owner does not answer, has forgotten an old order, or has refused it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseOrderId } from '@tidegate/core/number/ids';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Projection } from '@tidegate/platform/journal/projection';
import type { OrderAnswer, OrderQuery } from '@tidegate/wire/commands';
import type { OrderView } from '@tidegate/wire/orders';
import { queryTopic } from '@tidegate/wire/topics';
import { orderView } from '@tidegate/wire/views';
import { ApiProblem } from './problem.ts';

const answerMs = 1_000;
/** Less patience with the tables, where somebody wants to cancel. */
const listedMs = 500;
/** How long the tables may need up to where their owner is, and how often they are looked at. */
const tablesMs = 2_000;
const lookMs = 20;
/** OrderIDs, and the ExecIDs under which refused orders are listed. */
const idPattern = /^[A-Za-z0-9_.-]{1,64}$/;

export interface OrderLookupOptions {
  readonly bus: Bus;
  readonly configuration: Configuration;
  readonly projection: Projection;
}

export class OrderLookup {
  private readonly options: OrderLookupOptions;

  constructor(options: OrderLookupOptions) {
    this.options = options;
  }

  /** `firm` absent: of any firm. Another firm's order is not told from one that does not exist. */
  find(orderId: string, firm: string | undefined): Promise<OrderView | undefined> {
    return this.look(orderId, firm, false, () => this.options.projection.order(orderId));
  }

  /**
   * To be canceled: as its owner sees it at once, whatever the journal does. What the owner does not know
   * can't be canceled either, and the tables are asked only so that the refusal says why.
   */
  findToCancel(orderId: string, firm: string | undefined): Promise<OrderView | undefined> {
    return this.look(orderId, firm, true, async () => {
      const late = Promise.withResolvers<never>();
      const unknown = new ApiProblem(503, 'ORDER_NOT_KNOWN_NOW', 'no open order, as far as is known now');
      const timer = setTimeout(() => late.reject(unknown), listedMs);
      const listed = this.options.projection.order(orderId).catch(() => Promise.reject(unknown));
      return Promise.race([listed, late.promise]).finally(() => clearTimeout(timer));
    });
  }

  private async look(
    orderId: string,
    firm: string | undefined,
    atOnce: boolean,
    listed: () => Promise<OrderView | undefined>,
  ): Promise<OrderView | undefined> {
    if (!idPattern.test(orderId)) return undefined;
    const partition = parseOrderId(orderId)?.partition;
    if (partition !== undefined && firm !== undefined && partition !== firm) return undefined;
    const answer = partition === undefined ? undefined : await this.ask({ partition, orderId, atOnce });
    if (partition !== undefined && answer !== undefined) {
      if (answer.found) return this.view(partition, answer);
      if (!atOnce && answer.code === 'UNKNOWN_ORDER') await this.tablesReach(partition, answer.sequence);
    }
    const order = await listed();
    return order === undefined || (firm !== undefined && order.firm !== firm) ? undefined : order;
  }

  /**
   * What became of the order that `client` sent under this ClOrdID. `unknown`: its owner has never taken it;
   * `unconfirmed`: the owner, or the tables up to where it is, could not be asked.
   */
  async findByClOrdId(
    firm: string,
    client: string,
    clOrdId: string,
  ): Promise<OrderView | 'unknown' | 'unconfirmed'> {
    const { projection } = this.options;
    const answer = await this.ask({ partition: firm, client, clOrdId });
    if (answer?.found === true) return this.view(firm, answer);
    const untilMs = performance.now() + tablesMs;
    for (;;) {
      // The cursor first: what it has passed is there.
      const cursor = (await projection.cursors()).get(firm) ?? 0;
      const listed = await projection.orderByClOrdId(firm, client, clOrdId);
      if (listed !== undefined) return listed;
      if (answer?.code !== 'UNKNOWN_ORDER') return 'unconfirmed';
      if (cursor >= answer.sequence) return 'unknown';
      if (performance.now() > untilMs) return 'unconfirmed';
      await delay(lookMs);
    }
  }

  /** Whoever has just heard of an order finds it, also when its owner has closed thousands since. */
  private async tablesReach(partition: string, sequence: number): Promise<void> {
    const untilMs = performance.now() + tablesMs;
    while (performance.now() < untilMs) {
      const cursors = await this.options.projection.cursors();
      if ((cursors.get(partition) ?? 0) >= sequence) return;
      await delay(lookMs);
    }
  }

  /** Undefined when nobody answers. */
  private async ask(query: OrderQuery): Promise<OrderAnswer | undefined> {
    const { bus, configuration } = this.options;
    if (!configuration.current.firms.has(query.partition)) return undefined;
    return bus.request(queryTopic(query.partition), query, { timeoutMs: answerMs }).catch(() => undefined);
  }

  private view(partition: string, { order, sequence }: Extract<OrderAnswer, { found: true }>): OrderView {
    const { instruments } = this.options.configuration.current;
    return orderView(
      partition,
      order,
      sequence,
      (id) => instruments.get(id) ?? { symbol: id, quoteCurrency: '' },
    );
  }
}
