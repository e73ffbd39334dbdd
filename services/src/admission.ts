/**
 * The edge of the order journey, for gateway and API: which new orders and replaces go on to their owner.
 * What is over a client's rates, or comes while its own earlier ones wait too long, is refused here: cheaply,
 * in no journal, summed up for operators. Cancels do not come here.
 */
import type { RefusalCode } from '@tidegate/core/order/order';
import { Allowance, shareOf, type AllowanceTerms, type EdgeRefusal } from '@tidegate/core/risk/allowance';
import type { Settings } from '@tidegate/platform/configuration/config';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { CommandReply } from '@tidegate/wire/commands';
import type { Role } from '@tidegate/wire/configuration';
import { permissions } from '@tidegate/wire/permissions';
import { RefusedOrders, type Client, type RefusedOrdersOptions } from './refused.orders.ts';

export type { Client };

export interface AdmissionOptions extends RefusedOrdersOptions {
  readonly configuration: Pick<Configuration, 'current'>;
  readonly terms: Pick<AllowanceTerms, 'refusalsPerSecondMax' | 'waitMsMax'>;
}

/** A burst that an owner settles in a moment. */
const unansweredMax = 500;
const clientsMax = 10_000;
const traders: readonly Role[] = permissions.trade;

export const admissionTerms = (
  settings: Pick<Settings, 'orderRefusalsPerSecond' | 'overloadMs'>,
): AdmissionOptions['terms'] => ({
  refusalsPerSecondMax: settings.orderRefusalsPerSecond,
  // Before the owner refuses everybody, who has sent most goes without.
  waitMsMax: settings.overloadMs / 2,
});

export class Admission {
  private readonly options: AdmissionOptions;
  private readonly refused: RefusedOrders;
  private readonly allowances = new Map<string, Allowance>();
  private clients: { readonly version: number; readonly byFirm: ReadonlyMap<string, number> } | undefined;

  constructor(options: AdmissionOptions) {
    this.options = options;
    this.refused = new RefusedOrders(options);
    const { edge, metrics, clock } = options;
    metrics.gauge(`${edge}_orders_unanswered`, 'Orders and replaces that wait for their owner', [], () =>
      [...this.allowances.values()].reduce((sum, { unansweredCount }) => sum + unansweredCount, 0),
    );
    metrics.gauge(
      `${edge}_orders_unanswered_age_seconds`,
      'Age of the oldest order or replace that waits for its owner',
      [],
      () => {
        const now = clock.monoMs();
        const ages = [...this.allowances.values()].map((allowance) => allowance.waitMs(now));
        return Math.max(0, ...ages) / 1_000;
      },
    );
  }

  start(): void {
    this.refused.start();
  }

  stop(): void {
    this.refused.stop();
  }

  /**
   * Undefined: it may go on, by `through`. `known` is what is wrong with it anyway. With `isCounted` the
   * refusal is to be journaled where that can be; else call `count` with it.
   */
  refuse(
    client: Client,
    known: { readonly code: RefusalCode; readonly text: string } | undefined,
  ): EdgeRefusal | undefined {
    const now = this.options.clock.monoMs();
    return this.allowanceOf(client).refuse(this.termsOf(client), known, now);
  }

  /** It was answered at the edge alone. */
  count(client: Client, code: string, clOrdId: string): void {
    this.refused.count(client, code, clOrdId);
  }

  /** An order or replace on its way to its owner. */
  async through<T extends CommandReply>(client: Client, send: () => Promise<T>): Promise<T> {
    const allowance = this.allowanceOf(client);
    const ticket = allowance.sent(this.options.clock.monoMs());
    let code: RefusalCode | undefined;
    try {
      const reply = await send();
      if (reply.result === 'done') code = reply.refusal?.code as RefusalCode | undefined;
      return reply;
    } finally {
      allowance.answered(ticket, code);
    }
  }

  private allowanceOf({ id, firm }: Client): Allowance {
    const known = this.allowances.get(id);
    if (known !== undefined) return known;
    if (this.allowances.size >= clientsMax) this.forgetIdle(firm);
    const allowance = new Allowance();
    this.allowances.set(id, allowance);
    return allowance;
  }

  private forgetIdle(firm: string): void {
    const now = this.options.clock.monoMs();
    const terms = this.termsOf({ id: '', firm });
    for (const [id, allowance] of this.allowances)
      if (allowance.isIdle(terms, now)) this.allowances.delete(id);
  }

  private termsOf({ firm }: Client): AllowanceTerms {
    const { configuration, terms } = this.options;
    const limit = configuration.current.firms.get(firm)?.limits.ordersPerSecondMax ?? 1;
    return { ...terms, unansweredMax, ordersPerSecondMax: shareOf(limit, this.clientsOf(firm)) };
  }

  private clientsOf(firm: string): number {
    const { current } = this.options.configuration;
    if (this.clients?.version !== current.version) {
      const byFirm = new Map<string, number>();
      const add = (id: string) => byFirm.set(id, (byFirm.get(id) ?? 0) + 1);
      for (const client of current.fixClients.values())
        if (client.rights.includes('trading')) add(client.firm);
      for (const user of current.users.values())
        if (!user.disabled && traders.includes(user.role)) add(user.firm);
      this.clients = { version: current.version, byFirm };
    }
    return this.clients.byFirm.get(firm) ?? 0;
  }
}
