/**
 * Ten thousand orders, at least twenty kills of the platform at random moments: afterwards what the providers
 * executed, what the journal holds and what the clients were told agree to the last fill. RECONCILIATION_SEED
 * repeats a run.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../sim/src/random.ts';
import { eventually } from '../platform.ts';
import * as agreement from './agreement.ts';
import { planCrashes, type CrashPlan } from './crash.plan.ts';
import { JournalReplica } from './journal.replica.ts';
import { OrderFlow } from './order.flow.ts';
import { TradingDay } from './trading.day.ts';

const seed = Number(process.env['RECONCILIATION_SEED'] ?? Date.now() % 1_000_000);
const kills = 22;
const orders = 10_000;
const ordersPerSecond = 1_500;

describe(`kill -9 of the platform (seed ${seed})`, () => {
  let day: TradingDay;
  let flow: OrderFlow;
  let replica: JournalReplica;

  beforeAll(async () => {
    day = await TradingDay.open(seed);
    flow = new OrderFlow(day.firms, new Random(seed, 'orders'));
    try {
      await tradeThrough(day, flow, planCrashes(kills, orders, new Random(seed, 'crashes')));
      replica = await JournalReplica.open(
        day.dataDir,
        day.firms.map(({ partition }) => partition),
      );
      await settle(day, flow, replica);
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}\n${replica?.summary() ?? ''}\n${day.log}`, {
        cause: error,
      });
    }
  }, 300_000);

  afterAll(async () => {
    await replica?.close();
    await day?.close();
  });

  it('leaves providers and journal with the same fills', async () => {
    const executions = await day.executions();
    expect(agreement.providersDisagree(replica.events, executions)).toEqual([]);
    expect(executions.length).toBeGreaterThan(orders / 10);
  });

  it('tells every client every fill once, and every report in order', () => {
    expect(agreement.clientsDisagree(replica.events, day.firms)).toEqual([]);
    for (const { partition, session, client } of day.firms) {
      expect(
        agreement.reportsDisagree(
          session,
          agreement.reportsDue(replica.events, partition, session),
          client.reports(),
        ),
      ).toEqual([]);
    }
    const [firm] = day.firms;
    expect(
      agreement.reportsDisagree(
        'drop copy',
        agreement.reportsDue(replica.events, firm!.partition),
        day.dropCopy.reports(),
      ),
    ).toEqual([]);
  });

  it('answers every order and every change exactly once', () => {
    expect(flow.orders.length).toBe(orders);
    expect(agreement.answersDisagree(replica.events, flow)).toEqual([]);
  });

  it('shows positions and executions that are the sum of the fills', async () => {
    const { positions, executions } = await day.views(agreement.fillsOf(replica.events).length);
    expect(agreement.viewsDisagree(replica.events, positions, executions)).toEqual([]);
  });

  it('sends no order late, twice or unjournaled: what was too late is refused', () => {
    expect(agreement.wireDisagrees(replica.events, day.taps.messages())).toEqual([]);
    expect(agreement.lateRoutes(replica.events).length).toBeGreaterThan(0);
  });
});

async function tradeThrough(
  day: TradingDay,
  flow: OrderFlow,
  { crashes, ordersAtEnd }: CrashPlan,
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
      return client.until(() => client.reports().length >= due.length, { what: `reports of ${partition}` });
    }),
  );
}
