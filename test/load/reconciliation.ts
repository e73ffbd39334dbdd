/**
 * A day of trading through kills of the platform, and the comparison of its three accounts afterwards: what
 * the providers executed, what the journal holds, what the clients were told. The test trades one such day,
 * the soak many.
 */
import { Random } from '../../sim/src/random.ts';
import { eventually } from '../platform.ts';
import * as agreement from './agreement.ts';
import { planCrashes, type CrashPlan } from './crash.plan.ts';
import { JournalReplica } from './journal.replica.ts';
import { OrderFlow } from './order.flow.ts';
import { TradingDay } from './trading.day.ts';

export interface DayPlan {
  /** Repeats the day: its orders, and what is killed when. */
  readonly seed: number;
  readonly kills: number;
  readonly orders: number;
  readonly ordersPerSecond: number;
}

export class Reconciliation {
  readonly plan: DayPlan;
  readonly crashes: CrashPlan;
  readonly day: TradingDay;
  readonly flow: OrderFlow;
  readonly replica: JournalReplica;

  private constructor(
    plan: DayPlan,
    crashes: CrashPlan,
    { day, flow, replica }: Pick<Reconciliation, 'day' | 'flow' | 'replica'>,
  ) {
    this.plan = plan;
    this.crashes = crashes;
    this.day = day;
    this.flow = flow;
    this.replica = replica;
  }

  /** The whole day: every order has ended and was told when it returns. Throws with the seed and the logs. */
  static async trade(plan: DayPlan): Promise<Reconciliation> {
    const { seed, kills, orders, ordersPerSecond } = plan;
    const crashes = planCrashes(kills, orders, new Random(seed, 'crashes'));
    const day = await TradingDay.open(seed);
    let replica: JournalReplica | undefined;
    try {
      const flow = new OrderFlow(day.firms, new Random(seed, 'orders'));
      await tradeThrough(day, flow, crashes, ordersPerSecond);
      replica = await JournalReplica.open(
        day.dataDir,
        day.firms.map(({ partition }) => partition),
      );
      await settle(day, flow, replica);
      return new Reconciliation(plan, crashes, { day, flow, replica });
    } catch (error) {
      const shown = `${replica?.summary() ?? ''}\n${day.log}`;
      await replica?.close();
      await day.close();
      throw new Error(`seed ${seed}: ${String(error)}\n${shown}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.replica.close();
    await this.day.close();
  }

  get fills(): number {
    return agreement.fillsOf(this.replica.events).length;
  }

  /** Orders that came too late for their provider, because of a kill. */
  get lateRoutes(): number {
    return agreement.lateRoutes(this.replica.events).length;
  }

  /** Fills: providers against the journal. */
  async providersDisagree(): Promise<string[]> {
    return agreement.providersDisagree(this.replica.events, await this.day.executions());
  }

  /** Fills and reports, each once and in order: the journal against clients and drop copy. */
  clientsDisagree(): string[] {
    const { firms, dropCopy } = this.day;
    const { events } = this.replica;
    return [
      ...agreement.clientsDisagree(events, firms),
      ...firms.flatMap(({ partition, session, client }) =>
        agreement.reportsDisagree(
          session,
          agreement.reportsDue(events, partition, session),
          client.reports(),
        ),
      ),
      ...agreement.reportsDisagree(
        'drop copy',
        agreement.reportsDue(events, firms[0]!.partition),
        dropCopy.reports(),
      ),
    ];
  }

  /** Every order and every change: one answer. */
  answersDisagree(): string[] {
    return agreement.answersDisagree(this.replica.events, this.flow);
  }

  /** Positions and executions by REST: the sum of the fills. */
  async viewsDisagree(): Promise<string[]> {
    const { positions, executions } = await this.day.views(this.fills);
    return agreement.viewsDisagree(this.replica.events, positions, executions);
  }

  /** What was said to providers: journaled, once, in time. */
  wireDisagrees(): string[] {
    return agreement.wireDisagrees(this.replica.events, this.day.taps.messages());
  }
}

async function tradeThrough(
  day: TradingDay,
  flow: OrderFlow,
  { crashes, ordersAtEnd }: CrashPlan,
  ordersPerSecond: number,
): Promise<void> {
  for (const crash of crashes) {
    await flow.send(crash.ordersBefore, ordersPerSecond);
    await Promise.all([day.crash(crash), flow.send(crash.ordersAway, ordersPerSecond)]);
    await day.up();
  }
  await flow.send(ordersAtEnd, ordersPerSecond);
}

/**
 * Every order has its answer; then trading is halted, which cancels what rests, until every order has ended
 * and was told.
 */
async function settle(day: TradingDay, flow: OrderFlow, replica: JournalReplica): Promise<void> {
  await Promise.all(
    day.firms.map(({ client, partition }) => {
      const sent = flow.orders.filter(({ firm }) => firm.partition === partition);
      return client.until(() => sent.every(({ clOrdId }) => client.reports(clOrdId).length > 0), {
        what: `an answer to every order of ${partition}`,
        timeoutMs: 30_000,
      });
    }),
  );
  await day.halt();
  await eventually(
    async () => {
      await replica.read();
      return replica.openOrders().length === 0 ? true : undefined;
    },
    'all orders have ended',
    30_000,
  ).catch((error: unknown) => {
    throw new Error(`open: ${replica.openOrders().join('\n')}`, { cause: error });
  });
  const told = [
    ...day.firms.map((firm) => [firm, firm.client, firm.session] as const),
    [day.firms[0]!, day.dropCopy, undefined] as const,
  ];
  await Promise.all(
    told.map(([{ partition }, client, session]) => {
      const due = agreement.reportsDue(replica.events, partition, session);
      return client.until(() => agreement.reportsOfEvents(client.reports()).length >= due.length, {
        what: `reports of ${partition}`,
      });
    }),
  );
}
