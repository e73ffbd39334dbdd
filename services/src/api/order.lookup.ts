/**
 * One order by its OrderID, as its owner has it now; the tables behind the lists lag a little, and whoever
 * has just sent an order wants to see or cancel that very order. Falls back to the tables when the owner
 * does not answer or has forgotten an old order.
 */
import { parseOrderId } from '@tidegate/core/number/ids';
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Projection } from '@tidegate/platform/journal/projection';
import type { OrderView } from '@tidegate/wire/orders';
import { queryTopic } from '@tidegate/wire/topics';
import { orderView } from '@tidegate/wire/views';
import { ApiProblem } from './problem.ts';

const answerMs = 1_000;
/** Less patience with the tables, where somebody wants to cancel. */
const listedMs = 500;
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
    const owned = partition === undefined ? undefined : await this.owned(orderId, partition, atOnce);
    if (owned !== undefined) return owned;
    const order = await listed();
    return order === undefined || (firm !== undefined && order.firm !== firm) ? undefined : order;
  }

  private async owned(orderId: string, partition: string, atOnce: boolean): Promise<OrderView | undefined> {
    const { bus, configuration } = this.options;
    const { firms, instruments } = configuration.current;
    if (!firms.has(partition)) return undefined;
    const answer = await bus
      .request(queryTopic(partition), { partition, orderId, atOnce }, { timeoutMs: answerMs })
      .catch(() => undefined);
    if (answer?.found !== true) return undefined;
    return orderView(
      partition,
      answer.order,
      answer.sequence,
      (id) => instruments.get(id) ?? { symbol: id, quoteCurrency: '' },
    );
  }
}
