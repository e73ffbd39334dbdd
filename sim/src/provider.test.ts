/** The pure behaviour of a provider: examples, then any day at it (properties over random inputs). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closedStatuses } from './provider.book.ts';
import { cancel, Desk, EURUSD, market, order, push, quoted, replace } from './provider.fixture.ts';
import type { ExecutionReport, ProviderOutput } from './provider.messages.ts';
import type { Personality } from './personality.ts';
import { alpha, bravo, charlie, personalities } from './personality.ts';

describe('quotes of a provider', () => {
  it.each([...personalities.values()])('are well formed: $venue', (personality) => {
    const desk = new Desk(personality);
    for (let tick = 0; tick < 200; tick += 1) {
      const [output] = desk.do({ kind: 'tick', symbol: EURUSD, mid: 108_500.4 });
      if (output?.kind !== 'image') throw new Error('no image');
      const { bids, asks, sequence } = output.image;
      expect(sequence).toBe(tick + 1);
      expect(bids.length).toBe(personality.depth * 2);
      expect(asks.length).toBe(personality.depth * 2);
      expect(asks[0]).toBeGreaterThan(bids[0] as number);
      for (let at = 2; at < bids.length; at += 2) {
        expect(bids[at]).toBeLessThan(bids[at - 2] as number);
        expect(asks[at]).toBeGreaterThan(asks[at - 2] as number);
      }
      for (const value of [...bids, ...asks]) expect(Number.isSafeInteger(value) && value > 0).toBe(true);
    }
  });

  it('are tight at alpha, wide and deep at charlie', () => {
    const measure = (personality: Personality): { spread: number; size: number } => {
      const desk = new Desk(personality);
      let spread = 0;
      let size = 0;
      for (let tick = 0; tick < 100; tick += 1) {
        const [output] = desk.do({ kind: 'tick', symbol: EURUSD, mid: 108_500 });
        if (output?.kind !== 'image') throw new Error('no image');
        spread += (output.image.asks[0] as number) - (output.image.bids[0] as number);
        size += output.image.asks[1] as number;
      }
      return { spread, size };
    };
    const [a, b, c] = [measure(alpha), measure(bravo), measure(charlie)];
    expect(a.spread < b.spread && b.spread < c.spread).toBe(true);
    expect(a.size < b.size && b.size < c.size).toBe(true);
  });

  it('stop, cross, widen, spike and slow down by switches, for one symbol alone', () => {
    const desk = new Desk(alpha);
    const top = (symbol = EURUSD, mid = 108_500): number[] | undefined => {
      const image = desk.do({ kind: 'tick', symbol, mid }).find((each) => each.kind === 'image');
      return image === undefined ? undefined : [image.image.bids[0] as number, image.image.asks[0] as number];
    };
    const turn = (name: 'stale' | 'crossed' | 'wide' | 'spike' | 'slow', on: boolean): void => {
      desk.do({ kind: 'switch', switch: name, on, symbol: EURUSD });
    };
    turn('stale', true);
    expect(top()).toBeUndefined();
    expect(top('GBP/USD', 127_200)).toBeDefined();
    turn('stale', false);
    turn('crossed', true);
    const [bid = 0, ask = 0] = top() ?? [];
    expect(bid).toBeGreaterThan(ask);
    turn('crossed', false);
    turn('wide', true);
    const [wideBid = 0, wideAsk = 0] = top() ?? [];
    expect(wideAsk - wideBid).toBeGreaterThan(20);
    turn('wide', false);
    turn('spike', true);
    expect(top()?.[0]).toBeGreaterThan(109_000);
    turn('spike', false);
    turn('slow', true);
    expect(top()).toBeUndefined();
    desk.pass(499);
    expect(desk.out.at(-1)).not.toMatchObject({ kind: 'image', image: { sequence: 4 } });
    desk.pass(1);
    expect(desk.out.at(-1)).toMatchObject({ kind: 'image', image: { sequence: 4 } });
  });
});

describe('orders at a provider', () => {
  it('trade with its quotes, level by level, each at its price', () => {
    const desk = quoted();
    desk.do(order('A'));
    expect(desk.types('A')).toBe('00 F1 F2');
    expect(desk.fills.map(({ price, quantity }) => [price, quantity])).toEqual([
      [108_505, 600],
      [108_510, 400],
    ]);
    expect(desk.reports('A').at(-1)).toMatchObject({
      leavesQuantity: 0,
      cumQuantity: 1_000,
      notional: 108_505n * 600n + 108_510n * 400n,
    });
    // What was traded is gone until the next quote.
    desk.do(market('B'));
    expect(desk.fills.slice(2).map(({ price, quantity }) => [price, quantity])).toEqual([[108_510, 600]]);
    expect(desk.types('B')).toBe('00 F1 44');
    push(desk);
    desk.do(market('C'));
    expect(desk.types('C')).toBe('00 F1 F2');
  });

  it('end by their time in force', () => {
    const desk = quoted();
    desk.do(order('IOC', { quantity: 2_000 }));
    expect(desk.types('IOC')).toBe('00 F1 F1 44');
    expect(desk.reports('IOC').at(-1)).toMatchObject({ leavesQuantity: 0, cumQuantity: 1_600 });
    push(desk);
    desk.do(order('FOK', { quantity: 1_601, timeInForce: 'fok' }));
    expect(desk.types('FOK')).toBe('00 44');
    desk.do(order('FOK2', { quantity: 1_600, timeInForce: 'fok' }));
    expect(desk.types('FOK2')).toBe('00 F1 F2');
    push(desk);
    desk.do(order('DAY', { quantity: 2_000, timeInForce: 'day' }));
    desk.do(order('GTC', { price: 108_400, timeInForce: 'gtc' }));
    desk.do({ kind: 'endOfDay' });
    expect(desk.types('DAY')).toBe('00 F1 F1 CC');
    expect(desk.types('GTC')).toBe('00');
    expect(desk.provider.openOrders).toBe(1);
  });

  it('rest and trade at their limit when the market comes to them, best and oldest first', () => {
    const desk = quoted();
    desk.do(order('low', { price: 108_490, timeInForce: 'gtc' }));
    desk.do(order('old', { price: 108_495, timeInForce: 'gtc' }));
    desk.do(order('new', { price: 108_495, timeInForce: 'gtc' }));
    push(desk, [108_501, 1_000]);
    expect(desk.fills).toEqual([]);
    push(desk, [108_494, 1_500], [108_493, 1]);
    expect(desk.fills.map(({ clOrdId, price, quantity }) => [clOrdId, price, quantity])).toEqual([
      ['old', 108_495, 1_000],
      ['new', 108_495, 500],
    ]);
    push(desk, [108_480, 5_000], [108_470, 1]);
    expect(desk.types('new')).toBe('00 F1 F2');
    expect(desk.types('low')).toBe('00 F2');
    expect(desk.provider.openOrders).toBe(0);
  });

  it('sell as they buy', () => {
    const desk = quoted();
    desk.do(order('S', { side: 'sell', price: 108_495 }));
    expect(desk.fills.map(({ price, quantity }) => [price, quantity])).toEqual([
      [108_500, 600],
      [108_495, 400],
    ]);
    desk.do(order('R', { side: 'sell', price: 108_600, timeInForce: 'day' }));
    push(desk, [108_620, 10], [108_601, 2_000]);
    expect(desk.fills.at(-1)).toMatchObject({ clOrdId: 'R', price: 108_600, quantity: 1_000 });
  });

  it.each([
    ['quantity of zero', { quantity: 0 }, 13],
    ['too much', { quantity: 1e15 }, 3],
    ['price of zero', { price: 0 }, 99],
    ['unknown symbol', { symbol: 'EUR/XXX' }, 1],
  ])('are refused: %s', (_name, change, reason) => {
    const desk = quoted();
    desk.do(order('A', change));
    expect(desk.reports('A')).toMatchObject([
      { execType: '8', status: '8', rejectReason: reason, leavesQuantity: 0 },
    ]);
    expect(desk.provider.openOrders).toBe(0);
  });

  it('with a used ClOrdID are refused; a possible resend is answered with the status', () => {
    const desk = quoted();
    desk.do(order('A'));
    desk.do(order('A', { quantity: 5 }));
    expect(desk.reports('A').at(-1)).toMatchObject({ execType: '8', orderId: 'NONE', rejectReason: 6 });
    desk.do(order('A', { possResend: true }));
    expect(desk.reports('A').at(-1)).toMatchObject({
      execType: 'I',
      execId: '0',
      status: '2',
      cumQuantity: 1_000,
    });
    desk.do(order('A', { client: 'other' }));
    expect(desk.reports('A').at(-1)).toMatchObject({ client: 'other', execType: '4', cumQuantity: 600 });
    expect(desk.fills.filter((fill) => fill.client === 'C').length).toBe(2);
  });

  it('are canceled while they are open and no longer', () => {
    const desk = quoted();
    desk.do(order('A', { price: 108_000, timeInForce: 'gtc' }));
    desk.do(cancel('X1', 'A'));
    expect(desk.out.at(-1)).toMatchObject({
      kind: 'execution',
      execType: '4',
      status: '4',
      clOrdId: 'X1',
      origClOrdId: 'A',
      leavesQuantity: 0,
    });
    desk.do(cancel('X2', 'A'));
    expect(desk.out.at(-1)).toMatchObject({ kind: 'cancelReject', reason: 0, status: '4' });
    desk.do(cancel('X3', 'none'));
    expect(desk.out.at(-1)).toMatchObject({ kind: 'cancelReject', reason: 1, status: '8', orderId: 'NONE' });
    desk.do(order('B', { price: 108_000, timeInForce: 'gtc' }));
    desk.do(cancel('A', 'B'));
    expect(desk.out.at(-1)).toMatchObject({ kind: 'cancelReject', reason: 6, status: '0' });
  });

  it('are replaced: new total, new price, new ClOrdID', () => {
    const desk = quoted();
    desk.do(order('A', { price: 108_000, timeInForce: 'gtc' }));
    desk.do(replace('A2', 'A', { quantity: 3_000, price: 108_100 }));
    expect(desk.out.at(-1)).toMatchObject({
      execType: '5',
      status: '0',
      clOrdId: 'A2',
      origClOrdId: 'A',
      quantity: 3_000,
      price: 108_100,
      leavesQuantity: 3_000,
    });
    desk.do(cancel('X', 'A'));
    expect(desk.out.at(-1)).toMatchObject({ kind: 'cancelReject', reason: 1 });
    push(desk, [108_100, 500], [108_000, 500]);
    expect(desk.fills.at(-1)).toMatchObject({ clOrdId: 'A2', quantity: 500 });
    desk.do(replace('A3', 'A2', { quantity: 500 }));
    expect(desk.out.at(-1)).toMatchObject({
      kind: 'cancelReject',
      responseTo: 'replace',
      reason: 0,
      status: '1',
    });
    // A price that the market has reached trades at once.
    push(desk, [108_150, 10_000], [108_000, 500]);
    desk.do(replace('A4', 'A2', { quantity: 1_000, price: 108_200 }));
    expect(desk.types('A4')).toBe('51 F2');
    expect(desk.fills.at(-1)).toMatchObject({ clOrdId: 'A4', price: 108_150, quantity: 500 });
  });

  it('tell their status, known or unknown', () => {
    const desk = quoted();
    desk.do(order('A', { price: 108_000, timeInForce: 'gtc' }));
    desk.do({ kind: 'status', client: 'C', clOrdId: 'A', symbol: EURUSD, side: 'buy', requestId: 'Q1' });
    expect(desk.out.at(-1)).toMatchObject({
      execType: 'I',
      execId: '0',
      status: '0',
      statusRequestId: 'Q1',
      leavesQuantity: 1_000,
    });
    desk.do({ kind: 'status', client: 'C', clOrdId: 'none', symbol: EURUSD, side: 'sell' });
    expect(desk.out.at(-1)).toMatchObject({
      execType: 'I',
      execId: '0',
      status: '8',
      orderId: 'NONE',
      rejectReason: 5,
      side: 'sell',
    });
    desk.do({ kind: 'massStatus', client: 'C', requestId: 'M' });
    expect(desk.out.at(-1)).toMatchObject({
      clOrdId: 'A',
      massStatus: { requestId: 'M', total: 1, isLast: true },
    });
    desk.do({ kind: 'massStatus', client: 'nobody', requestId: 'M2' });
    expect(desk.out.at(-1)).toMatchObject({ clOrdId: 'NONE', massStatus: { total: 0, isLast: true } });
  });

  it('are looked at a last time by bravo: held, then filled or refused, cancels wait', () => {
    const always: Personality = {
      ...bravo,
      latencyMs: [0, 0],
      partialProbability: 0,
      lastLook: { holdMs: [20, 60], rejectProbability: 0, toleranceSpreads: 4 },
    };
    const desk = quoted(always);
    desk.do(order('A'));
    expect(desk.types('A')).toBe('00');
    desk.do(cancel('X', 'A'));
    desk.do(cancel('Y', 'A'));
    expect(desk.out.at(-1)).toMatchObject({ kind: 'cancelReject', clOrdId: 'Y', reason: 3 });
    desk.pass(60);
    expect(desk.types('A')).toBe('00 F1 F2');
    expect(desk.out.at(-1)).toMatchObject({ kind: 'cancelReject', clOrdId: 'X', reason: 0, status: '2' });

    push(desk);
    desk.do(order('B'));
    push(desk, [108_550, 600], [108_540, 600]);
    desk.pass(60);
    expect(desk.types('B')).toBe('00 88');
    expect(desk.reports('B').at(-1)).toMatchObject({ text: 'last look' });
  });

  it('are refused by last look in about the share it says', () => {
    const desk = quoted({ ...bravo, partialProbability: 0 });
    let refused = 0;
    for (let count = 0; count < 2_000; count += 1) {
      push(desk);
      desk.do(order(`A${count}`, { quantity: 100 }));
      desk.pass(100);
      if (desk.types(`A${count}`) === '00 88') refused += 1;
    }
    expect(refused).toBeGreaterThan(30);
    expect(refused).toBeLessThan(90);
  });

  it('wait for their latency, without overtaking each other', () => {
    const desk = quoted(charlie);
    desk.do(order('A', { price: 108_000, timeInForce: 'gtc' }));
    desk.do(cancel('X', 'A'));
    expect(desk.reports()).toEqual([]);
    desk.pass(4.9);
    expect(desk.reports()).toEqual([]);
    desk.pass(30);
    expect(desk.reports().map((each) => each.clOrdId)).toEqual(['A', 'X']);
    desk.do({ kind: 'switch', switch: 'slow', on: true, value: 1_000 });
    desk.do(order('B', { price: 108_000, timeInForce: 'gtc' }));
    desk.pass(1_000);
    expect(desk.types('B')).toBe('');
    desk.pass(20);
    expect(desk.types('B')).toBe('00');
  });

  it('are all refused by a switch, cancels are not', () => {
    const desk = quoted();
    desk.do(order('A', { price: 108_000, timeInForce: 'gtc' }));
    desk.do({ kind: 'switch', switch: 'rejectAll', on: true });
    desk.do(order('B'));
    expect(desk.types('B')).toBe('88');
    desk.do(replace('A2', 'A', { quantity: 10 }));
    expect(desk.out.at(-1)).toMatchObject({ kind: 'cancelReject', responseTo: 'replace' });
    desk.do(cancel('X', 'A'));
    expect(desk.types('X')).toBe('44');
  });

  it('survive doubt about a trade (DK)', () => {
    const desk = quoted();
    desk.do(order('A'));
    expect(desk.do({ kind: 'dontKnow', client: 'C', execId: desk.fills[0]?.execId ?? '' })).toEqual([]);
    expect(desk.provider.counters.tradesDoubted).toBe(1);
    desk.do({ kind: 'status', client: 'C', clOrdId: 'A', symbol: EURUSD, side: 'buy' });
    expect(desk.out.at(-1)).toMatchObject({ status: '2', cumQuantity: 1_000 });
  });
});

describe('a provider that makes cases', () => {
  it('reports a fill without its quantity, and has it in its log', () => {
    const desk = quoted();
    desk.do({ kind: 'switch', switch: 'misreported', on: true });
    desk.do(order('A'));
    const told = desk.reports().filter(({ execType }) => execType === 'F');
    expect(told.length).toBeGreaterThan(0);
    for (const report of told) expect(report.lastQuantity).toBe(0);
    expect(desk.fills.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(told.at(-1)!.cumQuantity);
  });

  it('takes the fill back that completed an order, and names it', () => {
    const desk = quoted();
    desk.do({ kind: 'switch', switch: 'takenBack', on: true });
    desk.do(order('A'));
    const [fill, bust] = desk.reports().slice(-2);
    expect(fill).toMatchObject({ execType: 'F', status: '2' });
    expect(bust).toMatchObject({ execType: 'H', status: '4', refExecId: fill!.execId, leavesQuantity: 0 });
    expect(bust!.cumQuantity).toBe(fill!.cumQuantity - fill!.lastQuantity!);
  });
});

describe('silence of a provider', () => {
  const silence = (desk: Desk, on: boolean, fate?: 'lose' | 'hold' | 'execute'): void => {
    desk.do({ kind: 'switch', switch: 'silentOrders', on, ...(fate === undefined ? {} : { fate }) });
  };
  const ask = (desk: Desk, clOrdId: string): readonly ProviderOutput[] =>
    desk.do({ kind: 'status', client: 'C', clOrdId, symbol: EURUSD, side: 'buy' });

  it('loses the order: no answer to anything about it, later it is unknown', () => {
    const desk = quoted();
    desk.do(order('before', { price: 108_000, timeInForce: 'gtc' }));
    silence(desk, true);
    expect(desk.do(order('A'))).toEqual([]);
    expect(ask(desk, 'A')).toEqual([]);
    expect(desk.do(cancel('X', 'A'))).toEqual([]);
    expect(desk.do(cancel('Y', 'before'))).toMatchObject([{ execType: '4' }]);
    silence(desk, false);
    expect(ask(desk, 'A')).toMatchObject([{ execType: 'I', status: '8', rejectReason: 5 }]);
    expect(desk.fills).toEqual([]);
  });

  it('holds the order: it is worked when the silence ends, and its cancel behind it', () => {
    const desk = quoted();
    silence(desk, true, 'hold');
    desk.do(order('A', { price: 108_000, timeInForce: 'gtc' }));
    desk.do(order('B'));
    desk.do(cancel('X', 'A'));
    expect(desk.reports()).toEqual([]);
    silence(desk, false);
    expect(desk.types('A')).toBe('00');
    expect(desk.types('B')).toBe('00 F1 F2');
    expect(desk.types('X')).toBe('44');
  });

  it('executes the order: booked at once, told when the silence ends', () => {
    const desk = quoted();
    silence(desk, true, 'execute');
    desk.do(order('A'));
    expect(desk.fills.map((fill) => fill.clOrdId)).toEqual(['A', 'A']);
    expect(desk.reports()).toEqual([]);
    expect(ask(desk, 'A')).toEqual([]);
    silence(desk, false);
    expect(desk.types('A')).toBe('00 F1 F2');
    const told = desk
      .reports('A')
      .filter((each) => each.execType === 'F')
      .map((each) => each.execId);
    expect(told).toEqual(desk.fills.map((fill) => fill.execId));
    expect(ask(desk, 'A')).toMatchObject([{ execType: 'I', status: '2' }]);
  });
});

/** Random days at a random provider. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('order' as const),
      buy: fc.boolean(),
      market: fc.boolean(),
      offset: fc.integer({ min: -20, max: 20 }),
      quantity: fc.integer({ min: 1, max: 400_000_000 }),
      timeInForce: fc.constantFrom('day' as const, 'gtc' as const, 'ioc' as const, 'fok' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('tick' as const), move: fc.integer({ min: -15, max: 15 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(30) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('replace' as const),
      which: fc.nat(30),
      quantity: fc.integer({ min: 1, max: 400_000_000 }),
      offset: fc.integer({ min: -20, max: 20 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 80 }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function live(personality: Personality, seed: number, steps: readonly Step[]): Desk {
  const desk = new Desk(personality, seed);
  const orders: { clOrdId: string; side: 'buy' | 'sell' }[] = [];
  let mid = 108_500;
  let id = 0;
  desk.do({ kind: 'tick', symbol: EURUSD, mid });
  for (const each of steps) {
    id += 1;
    const target = 'which' in each ? orders[each.which] : undefined;
    if (each.do === 'order') {
      const side = each.buy ? ('buy' as const) : ('sell' as const);
      orders.push({ clOrdId: `O${id}`, side });
      const common = { quantity: each.quantity, timeInForce: each.timeInForce, side };
      desk.do(
        each.market ? market(`O${id}`, common) : order(`O${id}`, { ...common, price: mid + each.offset }),
      );
    } else if (each.do === 'tick') {
      mid += each.move;
      desk.do({ kind: 'tick', symbol: EURUSD, mid });
    } else if (each.do === 'pass') {
      desk.pass(each.ms);
    } else if (target !== undefined) {
      const change = {
        client: 'C',
        clOrdId: `X${id}`,
        origClOrdId: target.clOrdId,
        symbol: EURUSD,
        side: target.side,
      };
      if (each.do === 'cancel') desk.do({ kind: 'cancel', ...change });
      else desk.do({ kind: 'replace', ...change, quantity: each.quantity, price: mid + each.offset });
    }
  }
  desk.pass(1_000);
  return desk;
}

describe('any day at a provider', () => {
  const day = fc.tuple(
    fc.constantFrom(alpha, bravo, charlie),
    fc.nat(1_000),
    fc.array(step, { maxLength: 60 }),
  );

  it('fills no order beyond its quantity, ends each once, and books what it tells', () => {
    fc.assert(
      fc.property(day, ([personality, seed, steps]) => {
        const desk = live(personality, seed, steps);
        const byOrder = new Map<string, ExecutionReport[]>();
        for (const report of desk.reports()) {
          byOrder.set(report.orderId, [...(byOrder.get(report.orderId) ?? []), report]);
        }
        let open = 0;
        for (const reports of byOrder.values()) {
          let cum = 0;
          reports.forEach((report, position) => {
            cum += report.lastQuantity ?? 0;
            expect(report.cumQuantity).toBe(cum);
            expect(cum).toBeLessThanOrEqual(report.quantity ?? -1);
            const isClosed = closedStatuses.has(report.status);
            expect(report.leavesQuantity).toBe(isClosed ? 0 : (report.quantity ?? 0) - cum);
            // Nothing is heard of an order after its end.
            if (isClosed) expect(position).toBe(reports.length - 1);
            if (report.lastPrice !== undefined && report.price !== undefined) {
              expect(
                report.side === 'buy' ? report.lastPrice <= report.price : report.lastPrice >= report.price,
              ).toBe(true);
            }
          });
          if (!closedStatuses.has(reports.at(-1)?.status ?? '0')) open += 1;
        }
        expect(desk.provider.openOrders).toBe(open);
        const told = desk.reports().filter((each) => each.execType === 'F');
        expect(desk.fills.map((each) => [each.execId, each.quantity, each.price])).toEqual(
          told.map((each) => [each.execId, each.lastQuantity, each.lastPrice]),
        );
        const execIds = desk.reports().map((each) => each.execId);
        expect(new Set(execIds).size).toBe(execIds.length);
      }),
      { numRuns: 300 },
    );
  });

  it('answers each message, and is the same again for the same seed', () => {
    fc.assert(
      fc.property(day, ([personality, seed, steps]) => {
        const desk = live(personality, seed, steps);
        const answered = new Set(
          desk.out.flatMap((each) =>
            each.kind === 'execution' || each.kind === 'cancelReject' ? [each.clOrdId] : [],
          ),
        );
        const asked = steps.filter((each) => each.do === 'order').length;
        expect([...answered].filter((clOrdId) => clOrdId.startsWith('O')).length).toBe(asked);
        expect(live(personality, seed, steps).out).toEqual(desk.out);
      }),
      { numRuns: 100 },
    );
  });
});
