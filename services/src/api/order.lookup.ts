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

const answerMs = 1_000;
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
  async find(orderId: string, firm: string | undefined): Promise<OrderView | undefined> {
    if (!idPattern.test(orderId)) return undefined;
    const partition = parseOrderId(orderId)?.partition;
    if (partition !== undefined && firm !== undefined && partition !== firm) return undefined;
    const owned = partition === undefined ? undefined : await this.owned(orderId, partition);
    if (owned !== undefined) return owned;
    const listed = await this.options.projection.order(orderId);
    return listed === undefined || (firm !== undefined && listed.firm !== firm) ? undefined : listed;
  }

  private async owned(orderId: string, partition: string): Promise<OrderView | undefined> {
    const { bus, configuration } = this.options;
    const { firms, instruments } = configuration.current;
    if (!firms.has(partition)) return undefined;
    const answer = await bus
      .request(queryTopic(partition), { partition, orderId }, { timeoutMs: answerMs })
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
