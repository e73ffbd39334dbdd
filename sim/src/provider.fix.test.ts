/** Providers and clients over loopback with real FIX sessions: quotes, orders, cuts, restarts, switches. */
import { afterEach, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import type { FixClientOptions } from './client.ts';
import { FixClient } from './client.ts';
import type { ReceivedMessage } from './client.received.ts';
import type { Personality } from './personality.ts';
import { alpha, bravo } from './personality.ts';
import { Relay } from './relay.ts';
import type { ProviderPorts, SimulationOptions } from './simulation.ts';
import { Simulation } from './simulation.ts';

const EURUSD = 'EUR/USD';
const ends: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function simulation(change: Partial<SimulationOptions> = {}): Promise<Simulation> {
  const started = new Simulation({ seed: 7, personalities: [alpha], manual: true, ...change });
  await started.start();
  ends.push(() => started.stop());
  return started;
}

function ports(of: Simulation, venue = 'alpha'): ProviderPorts {
  const found = of.providers.find((each) => each.venue === venue);
  if (found === undefined) throw new Error(`no ${venue}`);
  return found;
}

function client(options: Partial<FixClientOptions> & { readonly port: number }): FixClient {
  const made = new FixClient({
    senderCompId: 'TIDEGATE-OE',
    targetCompId: 'ALPHA',
    username: 'tide',
    password: 'gate',
    ...options,
  });
  ends.push(() => made.stop());
  return made;
}

function trader(of: Simulation, options: Partial<FixClientOptions> = {}): Promise<FixClient> {
  return client({ port: ports(of, options.targetCompId?.toLowerCase()).ordersPort, ...options }).logOn();
}

function watcher(of: Simulation): Promise<FixClient> {
  return client({ port: ports(of).quotesPort, senderCompId: 'TIDEGATE-MD', marketData: true }).logOn();
}

/** 1.08500 × 600,000 / 1.08505 × 600,000, then ten points further 1,000,000. */
function push(
  of: Simulation,
  asks = [108_505, 60_000_000, 108_515, 100_000_000],
  bids = [108_500, 60_000_000, 108_490, 100_000_000],
): void {
  of.server('alpha')?.decide({ kind: 'push', symbol: EURUSD, bids, asks });
}

function field(message: ReceivedMessage | undefined, ...tags: number[]): (string | undefined)[] {
  return tags.map((tag) => message?.fields.get(tag));
}

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-sim-'));
  ends.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const buy = { symbol: EURUSD, side: 'buy' as const, quantity: '1000000' };

describe('market data of a provider', () => {
  it('is a snapshot, then a complete image with each tick, until it is unsubscribed', async () => {
    const world = await simulation();
    const md = await watcher(world);
    push(world);
    md.subscribe({ mdReqId: 'M1', symbols: [EURUSD] });
    const book = await md.until(() => md.books.get(EURUSD));
    expect(book).toMatchObject({
      mdReqId: 'M1',
      updates: 1,
      bids: [
        { price: '1.08500', size: '600000' },
        { price: '1.08490', size: '1000000' },
      ],
      asks: [
        { price: '1.08505', size: '600000' },
        { price: '1.08515', size: '1000000' },
      ],
    });
    push(world, [108_506, 100]);
    await md.until(() => md.books.get(EURUSD)?.asks[0]?.price === '1.08506');
    expect(md.books.get(EURUSD)?.asks).toEqual([{ price: '1.08506', size: '1' }]);
    // An empty side and an empty book are images too.
    push(world, [], []);
    await md.until(() => md.books.get(EURUSD)?.bids.length === 0);
    md.unsubscribe({ mdReqId: 'M1', symbols: [EURUSD] });
    md.subscribe({ mdReqId: 'M2', symbols: ['GBP/USD'] });
    md.unsubscribe({ mdReqId: 'none', symbols: [EURUSD] });
    const [refusal] = await md.until(() => md.ofType('j').length > 0 && md.ofType('j'));
    expect(field(refusal, Tag.RefMsgType, Tag.BusinessRejectReason)).toEqual(['V', '1']);
    push(world);
    world
      .server('alpha')
      ?.decide({ kind: 'push', symbol: 'GBP/USD', bids: [127_200, 100], asks: [127_210, 100] });
    await md.until(() => md.books.has('GBP/USD'));
    expect(md.books.get(EURUSD)?.updates).toBe(3);
  });

  it('is sent by depth, incrementally, or once, as asked', async () => {
    const world = await simulation();
    const one = await watcher(world);
    push(world);
    one.subscribe({ mdReqId: 'top', symbols: [EURUSD], depth: 1, updates: 'incremental' });
    await one.until(() => one.books.get(EURUSD)?.asks.length === 1);
    // The top level changes its size, is replaced, comes back.
    push(world, [108_505, 70_000_000, 108_515, 1]);
    await one.until(() => one.books.get(EURUSD)?.asks[0]?.size === '700000');
    push(world, [108_504, 100, 108_505, 70_000_000]);
    await one.until(() => one.books.get(EURUSD)?.asks[0]?.price === '1.08504');
    expect(one.books.get(EURUSD)?.asks).toEqual([{ price: '1.08504', size: '1' }]);
    expect(one.quotes).toBe(3);
    one.subscribe({ mdReqId: 'once', symbols: [EURUSD], updates: 'none' });
    await one.until(() => one.books.get(EURUSD)?.mdReqId === 'once');
    expect(one.books.get(EURUSD)?.asks.length).toBe(2);
    one.subscribe({ mdReqId: 'once', symbols: [EURUSD], updates: 'none' });
    await one.until(() => one.quotes === 5);
    expect(one.ofType('Y')).toEqual([]);
  });

  it('is refused with a reason', async () => {
    const world = await simulation();
    const md = await watcher(world);
    const ask = (
      mdReqId: string,
      type: string,
      symbol: string,
      change: Partial<Record<number, string>> = {},
    ): void => {
      md.send('V', (fields) => {
        fields
          .text(Tag.MDReqID, mdReqId)
          .text(Tag.SubscriptionRequestType, type)
          .text(Tag.MarketDepth, change[Tag.MarketDepth] ?? '0')
          .text(Tag.MDUpdateType, '0')
          .int(Tag.NoMDEntryTypes, 1)
          .text(Tag.MDEntryType, change[Tag.MDEntryType] ?? '0')
          .int(Tag.NoRelatedSym, 1)
          .text(Tag.Symbol, symbol);
      });
    };
    ask('ok', '1', EURUSD);
    ask('ok', '1', EURUSD);
    ask('symbol', '1', 'EUR/XXX');
    ask('depth', '1', EURUSD, { [Tag.MarketDepth]: '-1' });
    ask('type', '1', EURUSD, { [Tag.MDEntryType]: '2' });
    await md.until(() => md.ofType('Y').length === 4);
    expect(md.ofType('Y').map((each) => field(each, Tag.MDReqID, Tag.MDReqRejReason))).toEqual([
      ['ok', '1'],
      ['symbol', '0'],
      ['depth', '5'],
      ['type', '8'],
    ]);
  });

  it('starts at 1 with each logon and forgets subscriptions', async () => {
    const world = await simulation();
    const relay = new Relay(ports(world).quotesPort);
    await relay.listen();
    ends.push(() => relay.close());
    const md = await client({ port: relay.port, senderCompId: 'TIDEGATE-MD', marketData: true }).logOn();
    push(world);
    md.subscribe({ mdReqId: 'M', symbols: [EURUSD] });
    await md.until(() => md.quotes === 1);
    relay.cut();
    await md.until(() => md.logons === 2);
    expect(world.server('alpha')?.quotes.subscriptions).toBe(0);
    md.subscribe({ mdReqId: 'M', symbols: [EURUSD] });
    await md.until(() => md.quotes === 2);
    expect(md.session.counters.gapsDetected).toBe(0);
  });

  it('flows by itself, at the rate asked for', async () => {
    const world = await simulation({ manual: false, rate: 500 });
    const md = await watcher(world);
    const symbols = ['EUR/USD', 'XAU/USD', 'BTC/USD'];
    md.subscribe({ mdReqId: 'M', symbols });
    await md.until(() => symbols.every((each) => (md.books.get(each)?.updates ?? 0) > 3));
    for (const book of md.books.values()) {
      expect(book.bids.length).toBe(5);
      expect(Number(book.bids[0]?.price)).toBeLessThan(Number(book.asks[0]?.price));
    }
    world.rate = 0;
    const { ticks } = world.ticks;
    expect(ticks).toBeGreaterThan(9);
  });
});

describe('trading with a provider', () => {
  it('answers D with 8s, and books what it tells', async () => {
    const world = await simulation();
    const oe = await trader(world);
    push(world);
    oe.order({ ...buy, clOrdId: 'A', price: '1.08520', timeInForce: 'ioc', account: 'house' });
    const last = await oe.ended('A');
    expect(
      oe.reports('A').map((each) => field(each, Tag.ExecType, Tag.OrdStatus, Tag.LastQty, Tag.LastPx)),
    ).toEqual([
      ['0', '0', undefined, undefined],
      ['F', '1', '600000', '1.08505'],
      ['F', '2', '400000', '1.08515'],
    ]);
    expect(
      field(last, Tag.AvgPx, Tag.CumQty, Tag.LeavesQty, Tag.Account, Tag.Symbol, Tag.Side, Tag.OrderQty),
    ).toEqual(['1.08509000', '1000000', '0', 'house', EURUSD, '1', '1000000']);
    await oe.expectFills(world.executions.page({ from: 0, limit: 10 }).executions);
  });

  it('refuses what it does not know or support, and says so', async () => {
    const world = await simulation();
    const oe = await trader(world);
    push(world);
    oe.order({ ...buy, clOrdId: 'A', symbol: 'EUR/XXX' });
    oe.order({ ...buy, clOrdId: 'B', quantity: '1.234' });
    oe.order({ ...buy, clOrdId: 'C', price: '1.0850001' });
    oe.order({ ...buy, clOrdId: 'D' });
    await oe.ended('D');
    oe.order({ ...buy, clOrdId: 'D' });
    await oe.until(() => oe.reports('D').at(-1)?.fields.get(Tag.OrdRejReason) === '6');
    expect(
      ['A', 'B', 'C'].map((each) => field(oe.reports(each)[0], Tag.OrdStatus, Tag.OrdRejReason)),
    ).toEqual([
      ['8', '1'],
      ['8', '13'],
      ['8', '99'],
    ]);
    // A stop order is a valid message, but not for this provider.
    oe.send('D', (fields) => {
      fields
        .text(Tag.ClOrdID, 'S')
        .text(Tag.Symbol, EURUSD)
        .char(Tag.Side, '1')
        .utcMillis(Tag.TransactTime, Date.now())
        .int(Tag.OrderQty, 1_000)
        .char(Tag.OrdType, '3')
        .text(Tag.StopPx, '1.09');
    });
    expect(field(await oe.ended('S'), Tag.OrdStatus, Tag.OrdRejReason)).toEqual(['8', '11']);
    // OrderMassCancelRequest(q) is not for this provider.
    oe.send('q', (fields) => {
      fields
        .text(Tag.ClOrdID, 'E')
        .char(Tag.MassCancelRequestType, '7')
        .utcMillis(Tag.TransactTime, Date.now());
    });
    const [refusal] = await oe.until(() => oe.ofType('j').length > 0 && oe.ofType('j'));
    expect(field(refusal, Tag.RefMsgType, Tag.BusinessRejectReason)).toEqual(['q', '3']);
  });

  it('cancels, replaces and tells the status', async () => {
    const world = await simulation();
    const oe = await trader(world);
    push(world);
    oe.order({ ...buy, clOrdId: 'A', price: '1.08000', timeInForce: 'gtc' });
    await oe.report('A', '0');
    oe.replace({ ...buy, clOrdId: 'B', origClOrdId: 'A', quantity: '2000000', price: '1.08100' });
    expect(field(await oe.report('B', '5'), Tag.OrigClOrdID, Tag.OrderQty, Tag.Price, Tag.LeavesQty)).toEqual(
      ['A', '2000000', '1.08100', '2000000'],
    );
    oe.askStatus({ ...buy, clOrdId: 'B' }, 'Q');
    expect(field(await oe.report('B', 'I'), Tag.ExecID, Tag.OrdStatus, Tag.OrdStatusReqID)).toEqual([
      '0',
      '0',
      'Q',
    ]);
    oe.askMassStatus('M');
    const mass = await oe.until(() => oe.reports().find((each) => each.fields.has(Tag.MassStatusReqID)));
    expect(field(mass, Tag.ClOrdID, Tag.TotNumReports, Tag.LastRptRequested)).toEqual(['B', '1', 'Y']);
    oe.cancel({ ...buy, clOrdId: 'C', origClOrdId: 'B' });
    expect(field(await oe.report('C', '4'), Tag.OrigClOrdID, Tag.OrdStatus)).toEqual(['B', '4']);
    oe.cancel({ ...buy, clOrdId: 'D', origClOrdId: 'B' });
    oe.cancel({ ...buy, clOrdId: 'E', origClOrdId: 'none' });
    oe.replace({ ...buy, clOrdId: 'F', origClOrdId: 'B', price: '1' });
    oe.askStatus({ ...buy, clOrdId: 'none' });
    expect(field(await oe.report('none', 'I'), Tag.OrdStatus, Tag.OrdRejReason, Tag.OrderID)).toEqual([
      '8',
      '5',
      'NONE',
    ]);
    expect(
      oe.ofType('9').map((each) => field(each, Tag.CxlRejResponseTo, Tag.CxlRejReason, Tag.OrdStatus)),
    ).toEqual([
      ['1', '0', '4'],
      ['1', '1', '8'],
      ['2', '0', '4'],
    ]);
  });

  it('looks last at bravo: holds and then fills or rejects', async () => {
    const picky: Personality = {
      ...bravo,
      partialProbability: 0,
      lastLook: { holdMs: [20, 60], rejectProbability: 0.5, toleranceSpreads: 4 },
    };
    const world = await simulation({ personalities: [picky], manual: false, rate: 0 });
    const oe = await trader(world, { targetCompId: 'BRAVO' });
    world.server('bravo')?.tick(EURUSD);
    const ioc = { ...buy, quantity: '1000', timeInForce: 'ioc' as const };
    for (let id = 0; id < 20; id += 1) oe.order({ ...ioc, clOrdId: `A${id}` });
    const lasts = await Promise.all(Array.from({ length: 20 }, (_, id) => oe.ended(`A${id}`)));
    const statuses = lasts.map((each) => each.fields.get(Tag.OrdStatus));
    expect(statuses).toContain('2');
    expect(statuses).toContain('8');
    for (const last of lasts) {
      if (last.fields.get(Tag.OrdStatus) === '8') expect(last.fields.get(Tag.Text)).toBe('last look');
    }
    await oe.expectFills(world.executions.page({ from: 0, limit: 100 }).executions);
  });

  it('resends what was missed while the connection was cut', async () => {
    const world = await simulation();
    const relay = new Relay(ports(world).ordersPort);
    await relay.listen();
    ends.push(() => relay.close());
    const oe = await client({ port: relay.port }).logOn();
    push(world);
    oe.order({ ...buy, clOrdId: 'A', price: '1.08400', timeInForce: 'gtc' });
    await oe.report('A', '0');
    relay.shut();
    await oe.until(() => !oe.isLoggedOn);
    push(world, [108_390, 200_000_000], [108_380, 1]);
    expect(world.executions.size).toBe(1);
    // What the client says meanwhile arrives later, too.
    oe.order({ ...buy, clOrdId: 'B', quantity: '5000', timeInForce: 'ioc' });
    relay.reopen();
    await oe.ended('A');
    await oe.ended('B');
    await oe.expectFills(world.executions.page({ from: 0, limit: 10 }).executions);
    expect(oe.fills.size).toBe(2);
    expect(oe.logons).toBe(2);
  });

  it('goes on with the same sequence numbers after both sides were restarted', async () => {
    const directory = temporaryDirectory();
    const first = await simulation({ directory: join(directory, 'sim') });
    const before = await trader(first, { directory: join(directory, 'client') });
    push(first);
    before.order({ ...buy, clOrdId: 'A', price: '1.08505', timeInForce: 'gtc' });
    await before.until(() => before.fills.size === 1);
    await before.stop();
    // Told while the client is away: 400,000 more at 1.08505.
    push(first);
    await first.stop();
    const second = await simulation({ directory: join(directory, 'sim') });
    const after = await trader(second, { directory: join(directory, 'client') });
    await after.ended('A');
    push(second);
    after.order({ ...buy, clOrdId: 'B', timeInForce: 'ioc' });
    await after.ended('B');
    const booked = second.executions.page({ from: 0, limit: 100 }).executions;
    expect(booked.map((each) => each.clOrdId)).toEqual(['A', 'A', 'B', 'B']);
    expect(new Set(booked.map((each) => each.execId)).size).toBe(4);
    await after.expectFills(booked.slice(1));
    expect([...before.fills.keys()]).toEqual([booked[0]?.execId]);
    expect(after.session.counters.messagesIn).toBeGreaterThan(0);
  });

  it('lets in only whom it knows', async () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'passwords');
    writeFileSync(file, '# who\ntide:gate\n');
    const world = await simulation({ passwordFile: file });
    const refused = async (options: Partial<FixClientOptions>): Promise<void> => {
      const stranger = client({ port: ports(world).ordersPort, ...options });
      await stranger.start();
      await stranger.until(() => stranger.connectFailures.length > 0);
      expect(stranger.logons).toBe(0);
      await stranger.stop();
    };
    await refused({ senderCompId: 'TIDEGATE-MD' });
    await refused({ password: 'wrong' });
    await refused({ targetCompId: 'BRAVO' });
    expect(world.server('alpha')?.refusedLogons).toBeGreaterThanOrEqual(3);
    await trader(world);
  });
});

describe('switches of a provider', () => {
  it('disconnected: sessions end, connections are refused, then all goes on, nothing lost', async () => {
    const world = await simulation();
    const [md, oe] = [await watcher(world), await trader(world)];
    push(world);
    oe.order({ ...buy, clOrdId: 'A', price: '1.08400', timeInForce: 'gtc' });
    await oe.report('A', '0');
    const open = ports(world);
    await world.switch('alpha', 'disconnected', { on: true });
    await md.until(() => !md.isLoggedOn);
    await oe.until(() => !oe.isLoggedOn);
    expect(oe.logoutReasons.length).toBe(1);
    const stranger = new FixClient({
      port: open.ordersPort,
      senderCompId: 'TIDEGATE-OE',
      targetCompId: 'ALPHA',
    });
    ends.push(() => stranger.stop());
    await stranger.start();
    await stranger.until(() => stranger.connectFailures.some((reason) => reason.includes('ECONNREFUSED')));
    push(world, [108_390, 100_000_000], [108_380, 1]);
    expect(world.executions.size).toBe(1);
    await stranger.stop();
    await world.switch('alpha', 'disconnected', { on: false });
    expect(ports(world)).toEqual(open);
    await md.until(() => md.logons === 2);
    expect((await oe.ended('A')).fields.get(Tag.CumQty)).toBe('1000000');
    await oe.expectFills(world.executions.page({ from: 0, limit: 10 }).executions);
  });

  it('silentOrders: no answer; afterwards the order is unknown', async () => {
    const world = await simulation();
    const oe = await trader(world, { store: new MemoryStore() });
    push(world);
    await world.switch('alpha', 'silentOrders', { on: true, symbol: EURUSD });
    oe.order({ ...buy, clOrdId: 'A', timeInForce: 'ioc' });
    oe.askStatus({ ...buy, clOrdId: 'A' });
    // The answer about another order comes, so those before it were passed over.
    oe.askStatus({ ...buy, clOrdId: 'other' });
    await oe.report('other', 'I');
    expect(oe.reports('A')).toEqual([]);
    await world.switch('alpha', 'silentOrders', { on: false });
    oe.askStatus({ ...buy, clOrdId: 'A' });
    expect(field(await oe.report('A', 'I'), Tag.OrdStatus, Tag.OrdRejReason)).toEqual(['8', '5']);
  });

  it('rejectAll, crossed, wide, spike, stale, slow are seen on the wire', async () => {
    const world = await simulation({ manual: false, rate: 0 });
    const [md, oe] = [await watcher(world), await trader(world)];
    md.subscribe({ mdReqId: 'M', symbols: [EURUSD] });
    await md.until(() => md.quotes === 1);
    const top = async (): Promise<[number, number]> => {
      const before = md.quotes;
      world.server('alpha')?.tick(EURUSD);
      await md.until(() => md.quotes === before + 1);
      const book = md.books.get(EURUSD);
      return [Number(book?.bids[0]?.price), Number(book?.asks[0]?.price)];
    };
    await world.switch('alpha', 'crossed', { on: true });
    let [bid, ask] = await top();
    expect(bid).toBeGreaterThanOrEqual(ask);
    await world.switch('alpha', 'crossed', { on: false });
    await world.switch('alpha', 'wide', { on: true, value: 50 });
    [bid, ask] = await top();
    expect(ask - bid).toBeGreaterThan(0.0007);
    await world.switch('alpha', 'wide', { on: false });
    await world.switch('alpha', 'spike', { on: true, value: 200 });
    [bid] = await top();
    expect(bid).toBeGreaterThan(1.1);
    await world.switch('alpha', 'spike', { on: false });
    await world.switch('alpha', 'slow', { on: true, value: 30 });
    await top();
    oe.order({ ...buy, clOrdId: 'slow', quantity: '1000', timeInForce: 'ioc' });
    await oe.ended('slow');
    await world.switch('alpha', 'slow', { on: false });
    await world.switch('alpha', 'stale', { on: true });
    const { quotes } = md;
    world.server('alpha')?.tick(EURUSD);
    await world.switch('alpha', 'rejectAll', { on: true });
    oe.order({ ...buy, clOrdId: 'no' });
    expect((await oe.ended('no')).fields.get(Tag.OrdStatus)).toBe('8');
    expect(md.quotes).toBe(quotes);
  });
});
