/**
 * The journal of one firm is restored from an older copy under the running platform's sessions: nothing is
 * accepted that nobody would be sent, no id is given twice, the other firm trades on, and an operator lets
 * the firm go on.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { FixClient } from '@tidegate/sim/client';
import type { Execution } from '../../sim/src/executions.ts';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { connectDatabase } from '@tidegate/platform/sql/database';
import { password, startConfigured, user, type ConfiguredPlatform } from '../configured.ts';
import { eventually, signIn, startSimulator, type SimulatorProcess } from '../platform.ts';
import { silentLog } from '@tidegate/platform/testing/database';

let undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of undo.reverse()) await one();
  undo = [];
});

const firms = ['DEMO1', 'DEMO2'] as const;
type Firm = (typeof firms)[number];

class Floor {
  readonly desk: ConfiguredPlatform;
  readonly simulator: SimulatorProcess;
  readonly clients = new Map<Firm, FixClient>();
  /** ExecIDs that each firm was given, over all its lives. */
  readonly execIds = new Map<Firm, string[]>(firms.map((firm) => [firm, []]));
  private readonly stores = new Map(firms.map((firm) => [firm, new MemoryStore()]));

  constructor(desk: ConfiguredPlatform, simulator: SimulatorProcess) {
    this.desk = desk;
    this.simulator = simulator;
  }

  async logOn(): Promise<void> {
    for (const firm of firms) {
      const client = new FixClient({
        ...{ port: this.desk.ports['port-01']!, senderCompId: firm, targetCompId: 'TIDEGATE' },
        ...{ username: firm, password, store: this.stores.get(firm)! },
      });
      this.clients.set(firm, await client.logOn());
    }
    await this.pricesAreLive();
  }

  async leave(): Promise<void> {
    for (const [firm, client] of this.clients) {
      this.execIds.get(firm)!.push(...client.reports().map((report) => report.fields.get(17) ?? ''));
      await client.stop();
    }
  }

  /** So many orders at the market, each with its end. */
  async trade(firm: Firm, name: string, count: number): Promise<void> {
    const client = this.clients.get(firm)!;
    for (let at = 0; at < count; at += 1) client.order(market(`${name}${at}`));
    for (let at = 0; at < count; at += 1) {
      const clOrdId = `${name}${at}`;
      await client.until(
        () => client.reports(clOrdId).some((report) => '248'.includes(report.fields.get(39) ?? '?')),
        { what: `the end of ${clOrdId}`, clOrdId },
      );
    }
  }

  statusOf(firm: Firm, clOrdId: string): (string | undefined)[] {
    return this.clients
      .get(firm)!
      .reports(clOrdId)
      .map((report) => report.fields.get(39));
  }

  async executions(): Promise<readonly Execution[]> {
    const { executions } = (await this.simulator.get('/executions?from=0')) as { executions: Execution[] };
    return executions;
  }

  /** Orders of ours that a provider has executed under a name of an earlier one. */
  async reusedAtProviders(): Promise<readonly string[]> {
    const orders = new Map<string, string>();
    const reused: string[] = [];
    for (const { venue, clOrdId, orderId } of await this.executions()) {
      const name = `${venue} ${clOrdId}`;
      if ((orders.get(name) ?? orderId) !== orderId) reused.push(name);
      orders.set(name, orderId);
    }
    return reused;
  }

  private async pricesAreLive(): Promise<void> {
    const rest = await signIn(this.desk.http);
    await eventually(async () => {
      const { body } = await rest.get('/api/v1/prices');
      const rows = body as { instrument: string; state: string; asks: unknown[] }[];
      const row = rows.find(({ instrument }) => instrument === 'EURUSD');
      return (row?.state === 'live' && row.asks.length > 0) || undefined;
    }, 'a live price');
  }
}

const market = (clOrdId: string) =>
  ({ clOrdId, symbol: 'EUR/USD', side: 'buy', quantity: '1000', timeInForce: 'ioc' }) as const;

async function floorOn(fixStore: 'file' | 'postgres'): Promise<Floor> {
  const simulator = await startSimulator('--seed', '9');
  undo.push(() => simulator.stop());
  const desk = await startConfigured(
    `restored-${fixStore}`,
    (hash) => [user(hash, { id: 'trader1', role: 'trader', firm: 'demo1' })],
    { SIMULATOR: simulator.control, FIX_STORE: fixStore },
  );
  undo.push(() => desk.stop());
  const floor = new Floor(desk, simulator);
  await floor.logOn();
  undo.push(() => floor.leave());
  return floor;
}

describe.each(['file', 'postgres'] as const)('a journal that is behind, with sessions in %s', (fixStore) => {
  it('takes no order before the loss is accepted, and gives no id twice', async () => {
    const floor = await floorOn(fixStore);
    const { desk } = floor;
    const [first, second] = firms;
    await floor.trade(first, 'before', 5);
    const one = floor.clients.get(first)!;
    one.order({ ...market('rests'), price: '0.50000', timeInForce: 'gtc' });
    await one.until(() => floor.statusOf(first, 'rests').includes('0'), { what: 'a resting order' });
    const head = await headOf(desk.databaseUrl);
    await floor.trade(first, 'lost', 60);
    await floor.trade(second, 'other', 5);
    await floor.leave();
    await desk.restart('kill', () => restore(desk.databaseUrl, head));
    await floor.logOn();
    const admin = await signIn(desk.http);
    const trader = await signIn(desk.http, 'trader1', password);

    await floor.trade(second, 'trades-on', 5);
    await floor.trade(first, 'refused', 60);
    for (let at = 0; at < 60; at += 1) expect(floor.statusOf(first, `refused${at}`)).toEqual(['8']);
    const [refusal] = floor.clients.get(first)!.reports('refused0');
    expect(refusal!.fields.get(58)).toMatch(/^JOURNAL_BEHIND: /);
    const order = { instrument: 'EURUSD', side: 'buy', type: 'market', quantity: '1000', timeInForce: 'ioc' };
    expect(await trader.post('/api/v1/orders', { ...order, clOrdId: 'r1' })).toMatchObject({
      status: 422,
      body: { code: 'JOURNAL_BEHIND' },
    });
    const states = (await admin.get('/api/v1/trading-state')).body as { firm: string; isBehind?: boolean }[];
    expect(states.filter(({ isBehind }) => isBehind).map(({ firm }) => firm)).toEqual(['demo1']);
    const events = async () =>
      ((await admin.get('/api/v1/events?limit=500')).body as { items: readonly SystemEvent[] }).items;
    expect(await events()).toContainEqual(
      expect.objectContaining({ kind: 'journalBehind', severity: 'critical', subject: 'demo1' }),
    );

    const loss = { firm: 'demo1', reason: 'restored to 09:00' };
    expect((await trader.post('/api/v1/journal-losses', loss)).status).toBe(403);
    expect((await admin.post('/api/v1/journal-losses', loss)).status).toBe(204);
    await eventually(
      async () =>
        (await events()).some(
          ({ kind, text }) =>
            kind === 'journalLossAccepted' && text.includes('by admin') && text.includes('09:00'),
        ) || undefined,
      'the event of who and why',
    );
    await floor.clients.get(first)!.until(() => floor.statusOf(first, 'rests').includes('4'), {
      what: 'the end of what was open',
    });
    await floor.trade(first, 'after', 60);
    const after = (await floor.executions()).filter(({ clOrdId }) => /^demo1\.\d{15}\./.test(clOrdId));
    const filled = Array.from({ length: 60 }, (_, at) => floor.statusOf(first, `after${at}`)).filter(
      (status) => status.includes('2'),
    );
    expect(after.length).toBeGreaterThan(0);
    expect(filled.length).toBeGreaterThan(0);

    await floor.leave();
    await desk.restart('kill');
    await floor.logOn();
    await floor.trade(first, 'next', 5);
    await floor.leave();
    for (const [firm, execIds] of floor.execIds) {
      expect(execIds.length, firm).toBe(new Set(execIds).size);
    }
    expect(await floor.reusedAtProviders()).toEqual([]);
  }, 90_000);
});

async function headOf(databaseUrl: string): Promise<number> {
  const database = connectDatabase({ url: databaseUrl, log: silentLog });
  const { rows } = await database.pool.query<{ head: number }>(
    `SELECT head FROM partition_owner WHERE partition = 'demo1'`,
  );
  await database.close();
  return rows[0]!.head;
}

/** As the copy had it: nothing of the firm behind `head`. */
async function restore(databaseUrl: string, head: number): Promise<void> {
  const database = connectDatabase({ url: databaseUrl, log: silentLog });
  await database.pool.query(
    `SET session_replication_role = replica;
     DELETE FROM journal WHERE partition = 'demo1' AND sequence > ${head};
     DELETE FROM snapshot WHERE partition = 'demo1' AND sequence > ${head};
     UPDATE partition_owner SET head = ${head} WHERE partition = 'demo1';`,
  );
  await database.close();
}
