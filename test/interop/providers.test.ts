/**
 * Providers as they are: reports and images with fields, values and numbers that no book of rules has,
 * against the running platform. What they mean is booked, what can't be read is told, and no session ends for
 * it.
 */
import type { CaseSignal, CaseView } from '@tidegate/wire/cases';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import type { ExecutionView, OrderView, PositionView } from '@tidegate/wire/orders';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { password, startConfigured, user, type ConfiguredPlatform } from '../configured.ts';
import { StreamPeer } from '../api/stream.client.ts';
import { eventually, signIn, type RestClient } from '../platform.ts';
import { demo1 } from './gateway.floor.ts';
import { body, RawPeer, type Received } from './raw.peer.ts';
import { controlNaming, fillOf, ScriptedProvider, venueDocument } from './scripted.provider.ts';

const alpha = new ScriptedProvider('alpha');
const bravo = new ScriptedProvider('bravo');
const portOf = { alpha: 'port-08', bravo: 'port-09' } as const;
const two = '269=0 270=1.0849 271=1000000 269=1 270=1.0851 271=1000000';
let control: { readonly url: string; close(): void };
let desk: ConfiguredPlatform;
let admin: RestClient;
let trader: RestClient;
/** Each order of a test is known by its size. */
let size = 100_000;

async function signInAll(): Promise<void> {
  [admin, trader] = await Promise.all([signIn(desk.http), signIn(desk.http, 'trader1', password)]);
}

beforeAll(async () => {
  await Promise.all([alpha.listen(), bravo.listen()]);
  control = await controlNaming([alpha, bravo]);
  desk = await startConfigured(
    'providers',
    (hash) => [
      user(hash, { id: 'trader1', role: 'trader', firm: 'demo1' }),
      venueDocument('alpha'),
      venueDocument('bravo', { massStatus: true, validation: { validateUserDefinedFields: true } }),
      venueDocument('charlie', { enabled: false }),
    ],
    { SIMULATOR: control.url },
  );
  await signInAll();
}, 120_000);

afterAll(async () => {
  await desk?.stop();
  control?.close();
  await Promise.all([alpha.stop(), bravo.stop()]);
}, 60_000);

let client: RawPeer;
const peers: RawPeer[] = [];
beforeEach(() => {
  size += 1_000;
});
afterEach(async () => {
  for (const peer of peers.splice(0)) {
    peer.socket.destroy();
    await peer.closed;
  }
});

/** A client at the provider's pass-through port, and a price to judge its orders by. */
async function clientOf(provider: ScriptedProvider): Promise<RawPeer> {
  const port = desk.ports[portOf[provider.venue as 'alpha']]!;
  client = await eventually(
    () => RawPeer.logOn(port, demo1).catch(() => undefined),
    `logon of a client at ${provider.venue}`,
  );
  peers.push(client);
  await eventually(() => provider.quotes.connections > 0 || undefined, `${provider.venue}'s prices`);
  await provider.quotes.message((message) => message.get(35) === 'V', 'a subscription');
  provider.quote(two);
  await eventually(async () => (await priceOf(provider.venue)) !== undefined || undefined, 'a price');
  return client;
}

async function priceOf(id: string): Promise<{ bids: string[][]; asks: string[][] } | undefined> {
  const { body: rows } = await admin.get('/api/v1/prices');
  const row = (rows as { instrument: string; bids: string[][]; asks: string[][] }[]).find(
    ({ instrument }) => instrument === 'EURUSD',
  );
  // Without the age of each.
  const of = (levels: string[][]) =>
    levels.filter((level) => level[2] === id).map((level) => level.slice(0, 3));
  return row === undefined || of(row.bids).length + of(row.asks).length === 0
    ? undefined
    : { bids: of(row.bids), asks: of(row.asks) };
}

const orderNamed = async (clOrdId: string): Promise<OrderView | undefined> => {
  const { items } = (await trader.get('/api/v1/orders?limit=500')).body as { items: OrderView[] };
  return items.find((order) => order.clOrdId === clOrdId);
};
const becomes = (clOrdId: string, meant: (order: OrderView) => boolean, what: string) =>
  eventually(async () => {
    const order = await orderNamed(clOrdId);
    return order !== undefined && meant(order) ? order : undefined;
  }, `${clOrdId} ${what}`);
const executionsOf = async (clOrdId: string): Promise<ExecutionView[]> => {
  const { items } = (await trader.get('/api/v1/executions?limit=500')).body as { items: ExecutionView[] };
  return items.filter((execution) => execution.clOrdId === clOrdId);
};
const eventOf = (kind: string, text: string) =>
  eventually(async () => {
    const { items } = (await admin.get('/api/v1/events?limit=500')).body as { items: SystemEvent[] };
    return items.find((event) => event.kind === kind && `${event.subject} ${event.text}`.includes(text));
  }, `event ${kind} ${text}`);

/** An order that the provider has got. */
async function sent(provider: ScriptedProvider, name: string, rests = false): Promise<Received> {
  const after = provider.orders.received.length;
  size += 1;
  const quantity = size;
  const terms = rests ? body.resting : body.market;
  client.send(
    'D',
    body.order(name, terms).map(([tag, value]) => [tag, tag === 38 ? quantity : value] as const),
  );
  return provider.order(quantity, after);
}

const filled = (name: string) =>
  client.match((one) => one.get(11) === name && one.get(150) === 'F', `the fill of ${name}`);

/** The session goes on, and so does trading. */
async function probe(provider: ScriptedProvider, name: string): Promise<void> {
  const order = await sent(provider, name);
  provider.report(order, fillOf(order));
  await filled(name);
}

/** An order that rests at the provider. */
async function resting(provider: ScriptedProvider, name: string): Promise<Received> {
  const order = await sent(provider, name, true);
  provider.acknowledge(order);
  await client.match((one) => one.get(11) === name && one.get(150) === '0', `${name} new`);
  return order;
}

const isStatusRequest = (order: Received) => (message: Received) =>
  message.get(35) === 'H' && message.get(11) === order.get(11);

/** It answers H, or AF, that the order rests. */
function restsStill(provider: ScriptedProvider, order: Received, id: string): void {
  const quantity = order.get(38)!;
  provider.report(order, `17=${id}-${order.get(11)} 150=I 39=0 38=${quantity} 151=${quantity} 14=0 6=0`);
}

const rejects = (provider: ScriptedProvider) => provider.orders.count((message) => message.get(35) === '3');

describe('a report', () => {
  it('with what no dictionary has is booked', async () => {
    await clientOf(alpha);
    const parties = '453=2 448=a 447=D 452=1 448=b 447=D 452=2';
    const odd = [
      '20001=abc',
      '9730=A',
      '20=0',
      '851=7',
      '58=',
      '20001=abc 9730=A 20=0 851=7 58= 1= 99=',
      '60=today 75=2026 64=',
      '115=BROKER 50=desk',
      '40=Z 59=Q 528=? 1057=Y',
      `${parties} 20=0`,
      parties.replace('448=b', '9730=A 20=0 448=b 851=7'),
      parties.replace('448=a 447=D', '447=D 448=a').replace('448=b 447=D', '447=D 448=b'),
      '555=1 600=EUR/USD 9001=x 20=0 624=1',
      '10001= 5000=1',
    ];
    for (const [at, more] of odd.entries()) {
      const order = await sent(alpha, `odd-${at}`);
      alpha.report(order, fillOf(order, more));
      const fill = await filled(`odd-${at}`);
      expect([more, fill.get(32), fill.get(31)]).toEqual([more, `${size}.00`, '1.08500']);
    }
    expect(rejects(alpha)).toBe(0);
  });

  it('without what we do not need is booked', async () => {
    await clientOf(alpha);
    const order = await sent(alpha, 'bare');
    const id = order.get(11)!;
    alpha.orders.send('8', `11=${id} 17=bare 150=F 39=2 55=EUR/USD 32=${order.get(38)} 31=1.0850`);
    await filled('bare');
    expect(rejects(alpha)).toBe(0);
  });

  it('that can not be read is refused and told by itself, each, and nothing else stops', async () => {
    await clientOf(alpha);
    const before = rejects(alpha);
    for (const name of ['garbled-1', 'garbled-2', 'garbled-3', 'garbled-4']) {
      const order = await sent(alpha, name);
      alpha.report(order, fillOf(order, '453=3 448=a 448=b'));
      const event = await eventOf('venueReportRefused', order.get(11)!);
      expect(event.severity).toBe('critical');
      expect(event.text).toContain(`ExecID F-${order.get(11)}`);
    }
    expect(rejects(alpha) - before).toBe(4);
    await probe(alpha, 'after-garbled');
    expect(await executionsOf('garbled-1')).toEqual([]);
  });

  it('is held to what the venue’s document says', async () => {
    await clientOf(bravo);
    const order = await sent(bravo, 'strict');
    bravo.report(order, fillOf(order, '20001=abc'));
    await eventOf('venueReportRefused', order.get(11)!);
    const other = await sent(bravo, 'lenient');
    bravo.report(other, fillOf(other, '20=0 58='));
    await filled('lenient');
  });

  it('that comes again, and over a kill, is booked once', async () => {
    await clientOf(alpha);
    const order = await sent(alpha, 'killed');
    const another = await sent(alpha, 'lost');
    await desk.restart('kill', () => {
      alpha.report(order, fillOf(order, '20001=abc 58='));
      alpha.report(another, fillOf(another, '9730=A 453=1 448=x 20=0 447=D'));
    });
    await signInAll();
    await becomes('killed', ({ status }) => status === 'filled', 'filled');
    await becomes('lost', ({ status }) => status === 'filled', 'filled');
    alpha.report(order, fillOf(order, '20001=abc 58= 97=Y'));
    await clientOf(alpha);
    await probe(alpha, 'after-kill');
    expect([(await executionsOf('killed')).length, (await executionsOf('lost')).length]).toEqual([1, 1]);
  });
});

describe('a case', () => {
  const casesOf = async (order: Received): Promise<CaseView[]> => {
    const { items } = (await admin.get('/api/v1/cases?limit=500')).body as { items: CaseView[] };
    return items.filter(({ routeId }) => routeId === order.get(11));
  };
  const openedFor = (order: Received): Promise<CaseView> =>
    eventually(async () => (await casesOf(order)).at(0), `a case of ${order.get(11)}`);
  const report = (order: Received, fields: string) => {
    alpha.report(order, `38=${order.get(38)} 151=0 6=0 ${fields}`);
  };

  it('is opened for a fill that does not fit, kept over a kill, and booked as a person says', async () => {
    await clientOf(alpha);
    const fine = await sent(alpha, 'too-fine');
    report(fine, '17=fine 150=F 39=2 32=0.001 31=1.085 14=0');
    const found = await openedFor(fine);
    expect(found).toMatchObject({ kind: 'UNREADABLE', state: 'open', venue: 'alpha', venueExecId: 'fine' });
    expect(found.raw).toContain('|17=fine|');
    expect((await trader.get('/api/v1/cases')).status).toBe(403);
    await desk.restart('kill', () => report(fine, '17=fine 150=F 39=2 32=0.001 31=1.085 14=0'));
    await signInAll();
    await clientOf(alpha);
    await probe(alpha, 'after-case');
    expect(await casesOf(fine)).toHaveLength(1);
    const path = `/api/v1/cases/${found.caseId}`;
    const amounts = { quantity: fine.get(38)!, price: '1.08505' };
    expect((await admin.post(`${path}/book`, { reason: 'x' })).body).toMatchObject({
      code: 'CASE_NOT_BOOKABLE',
    });
    const finer = { ...amounts, price: '1.085051', reason: 'x' };
    expect((await admin.post(`${path}/correct`, finer)).body).toMatchObject({ code: 'CASE_AMOUNT' });
    const answer = { ...amounts, reason: 'agreed by telephone' };
    expect((await admin.post(`${path}/correct`, answer)).status).toBe(200);
    await becomes('too-fine', ({ status }) => status === 'filled', 'filled');
    expect(await executionsOf('too-fine')).toMatchObject([{ price: '1.08505' }]);
    const after = await eventually(async () => {
      const { body: one } = await admin.get(path);
      return (one as CaseView).state === 'corrected' ? (one as CaseView) : undefined;
    }, 'the case corrected');
    expect(after).toMatchObject({ resolvedBy: 'admin', reason: 'agreed by telephone' });
    expect((await admin.post(`${path}/dismiss`, { reason: 'x' })).body).toMatchObject({
      code: 'CASE_CLOSED',
    });
  });

  it('of another instrument, or of nobody, books nothing and can be dismissed', async () => {
    await clientOf(alpha);
    const order = await sent(alpha, 'mismatch');
    const other = '55=USD/JPY 54=1 32=1000 31=151.301 14=1000 151=0 6=0';
    alpha.orders.send('8', `37=V 11=${order.get(11)} 17=other 150=F 39=1 ${other}`);
    const found = await openedFor(order);
    expect(found.kind).toBe('SUBJECT_MISMATCH');
    alpha.orders.send('8', '37=V 11=nobody-17 17=N 150=F 39=2 55=EUR/USD 54=1 32=1 31=1.1 14=1 151=0 6=0');
    const stray = await eventually(async () => {
      const { items } = (await admin.get('/api/v1/cases?open=true')).body as { items: CaseView[] };
      return items.find(({ routeId }) => routeId === 'nobody-17');
    }, 'a case of nobody');
    expect(stray).toMatchObject({ kind: 'UNKNOWN_ROUTE', firm: 'unattributed' });
    for (const { caseId } of [found, stray])
      expect((await admin.post(`/api/v1/cases/${caseId}/dismiss`, { reason: 'not ours' })).status).toBe(200);
    alpha.report(order, fillOf(order));
    await filled('mismatch');
    await becomes('mismatch', ({ status }) => status === 'filled', 'filled');
    expect(await executionsOf('mismatch')).toHaveLength(1);
  });

  it('is signalled to operators as it comes and goes, and to nobody else', async () => {
    await clientOf(alpha);
    const [stranger, operator] = await Promise.all([
      StreamPeer.open(desk.http, trader.token),
      StreamPeer.open(desk.http, admin.token),
    ]);
    stranger.subscribe('cases');
    expect(await stranger.refusal('cases')).toBe('CASES_NOT_PERMITTED');
    operator.subscribe('cases');
    await operator.snapshot('cases');
    const order = await sent(alpha, 'signalled');
    report(order, '17=signal 150=F 39=2 32=0 31=1.085 14=0');
    const found = await openedFor(order);
    const said = (peer: StreamPeer, state: CaseSignal['state']) =>
      peer.until(
        () =>
          peer.rows<CaseSignal>('cases').find((row) => row.caseId === found.caseId && row.state === state),
        `signal ${state}`,
      );
    expect(await said(operator, 'open')).toMatchObject({ firm: 'demo1', sequence: found.sequence });
    const late = await StreamPeer.open(desk.http, admin.token);
    late.subscribe('cases');
    await said(late, 'open');
    expect(late.rows<CaseSignal>('cases', 'snapshot').every(({ state }) => state === 'open')).toBe(true);
    await admin.post(`/api/v1/cases/${found.caseId}/dismiss`, { reason: 'never done' });
    await Promise.all([said(operator, 'dismissed'), said(late, 'dismissed')]);
    await eventually(
      async () => ((await casesOf(order))[0]?.state === 'dismissed' ? true : undefined),
      'the case dismissed in the tables',
    );
    expect(stranger.rows('cases')).toEqual([]);
    for (const { socket } of [stranger, operator, late]) socket.close();
    alpha.report(order, fillOf(order));
    await filled('signalled');
  });

  it('is found by state, kind, venue, firm and instrument', async () => {
    const listed = async (query: string): Promise<CaseView[]> =>
      ((await admin.get(`/api/v1/cases?limit=500&${query}`)).body as { items: CaseView[] }).items;
    const all = await listed('');
    const filters: [string, (one: CaseView) => boolean][] = [
      ['state=open', ({ state }) => state === 'open'],
      ['open=true', ({ state }) => state === 'open'],
      ['state=resolved', ({ state }) => state !== 'open'],
      ['state=dismissed', ({ state }) => state === 'dismissed'],
      ['kind=UNREADABLE', ({ kind }) => kind === 'UNREADABLE'],
      ['venue=alpha', ({ venue: id }) => id === 'alpha'],
      ['venue=bravo', ({ venue: id }) => id === 'bravo'],
      ['firm=unattributed', ({ firm }) => firm === 'unattributed'],
      ['instrument=EURUSD&firm=demo1', ({ instrument, firm }) => instrument === 'EURUSD' && firm === 'demo1'],
    ];
    for (const [query, meant] of filters)
      expect([query, (await listed(query)).map(({ caseId }) => caseId)]).toEqual([
        query,
        all.filter(meant).map(({ caseId }) => caseId),
      ]);
    expect(all.length).toBeGreaterThan(2);
    expect((await admin.get('/api/v1/cases?kind=nothing')).status).toBe(400);
  });

  it('of a fill that is taken back reaches the client when it is booked', async () => {
    await clientOf(alpha);
    const order = await sent(alpha, 'busted');
    alpha.report(order, fillOf(order));
    const told = await filled('busted');
    report(order, `17=bust 19=F-${order.get(11)} 150=H 39=0 14=0`);
    const found = await openedFor(order);
    expect(found).toMatchObject({ kind: 'TRADE_BUSTED', action: 'bust' });
    const { body: detail } = await admin.get(`/api/v1/cases/${found.caseId}`);
    expect(detail).toMatchObject({
      order: { clOrdId: 'busted', status: 'filled' },
      position: { instrument: 'EURUSD' },
      execution: { execId: told.get(17), quantity: told.get(32), execType: 'trade' },
    });
    await admin.post(`/api/v1/cases/${found.caseId}/book`, { reason: 'agreed' });
    const bust = await client.match((one) => one.get(11) === 'busted' && one.get(150) === 'H', 'the bust');
    expect([bust.get(19), bust.get(14), bust.get(32)]).toEqual([told.get(17), '0.00', told.get(32)]);
    const both = await eventually(async () => {
      const executions = await executionsOf('busted');
      return executions.length === 2 ? executions : undefined;
    }, 'the bust among the executions');
    expect(both.map(({ execId, execType, execRefId }) => [execType, execId, execRefId])).toEqual([
      ['cancel', bust.get(17), told.get(17)],
      ['trade', told.get(17), null],
    ]);
  });
});

describe('a bust and a correction where the firm has them booked at once', () => {
  const rule = async (busts: 'atOnce' | 'afterApproval'): Promise<void> => {
    const firm = desk.configuration.current.firms.get('demo1')!;
    await desk.put({ kind: 'firm', id: 'demo1', body: { ...firm, busts } });
  };
  const heldNow = async (): Promise<string> => {
    const { body: rows } = await trader.get('/api/v1/positions');
    const own = (rows as PositionView[]).find(({ instrument }) => instrument === 'EURUSD');
    return own?.quantity ?? '0.00';
  };

  it('reach position, client and drop copy without a person, and the journal names the rule', async () => {
    await clientOf(alpha);
    const copy = await RawPeer.logOn(desk.ports['port-03']!, demo1);
    peers.push(copy);
    await rule('atOnce');
    const before = await heldNow();
    const order = await sent(alpha, 'at-once');
    alpha.report(order, fillOf(order));
    const told = await filled('at-once');
    const quantity = order.get(38)!;
    const said = `38=${quantity} 151=0 6=0 14=0 19=F-${order.get(11)}`;
    alpha.report(order, `${said} 17=G-1 150=G 39=2 32=1000 31=1.0849`);
    const is = (type: string) => (one: Received) => one.get(11) === 'at-once' && one.get(150) === type;
    const corrected = await client.match(is('G'), 'the correction');
    expect([corrected.get(19), corrected.get(32), corrected.get(31), corrected.get(14)]).toEqual([
      told.get(17),
      '1000.00',
      '1.08490',
      '1000.00',
    ]);
    alpha.report(order, `${said} 17=H-1 150=H 39=0`);
    const bust = await client.match(is('H'), 'the bust');
    expect([bust.get(19), bust.get(32), bust.get(14)]).toEqual([told.get(17), '1000.00', '0.00']);
    for (const type of ['F', 'G', 'H']) await copy.match(is(type), `${type} by drop copy`);
    await eventually(async () => ((await heldNow()) === before ? true : undefined), 'the old position');
    const cases = await eventually(async () => {
      const { items } = (await admin.get('/api/v1/cases?limit=500')).body as { items: CaseView[] };
      const own = items.filter(({ routeId }) => routeId === order.get(11));
      return own.length === 2 ? own : undefined;
    }, 'both cases');
    for (const one of cases) expect(one).toMatchObject({ state: 'booked', resolvedBy: 'rule busts=atOnce' });
    await rule('afterApproval');
  });
});

describe('an image', () => {
  const shows = async (entries: string, bids: string[][], asks: string[][]): Promise<void> => {
    alpha.quote(entries);
    const level = ([price, quantity]: string[]) => [price, quantity, 'alpha'];
    await eventually(
      async () => {
        const price = await priceOf('alpha');
        return JSON.stringify(price) === JSON.stringify({ bids: bids.map(level), asks: asks.map(level) })
          ? true
          : undefined;
      },
      `${entries} as ${JSON.stringify([bids, asks])}`,
    );
  };

  it('with an extra field in an entry, levels at one price, and sizes of zero is shown', async () => {
    await clientOf(alpha);
    const asks = [['1.08510', '1000000.00']];
    const ask = '269=1 270=1.0851 271=1000000';
    await shows(`269=0 270=1.0841 9730=A 271=100 ${ask}`, [['1.08410', '100.00']], asks);
    await shows(`269=0 270=1.0842 271=100 20=0 851=7 ${ask} 58=`, [['1.08420', '100.00']], asks);
    await shows(
      `269=0 270=1.0843 271=100 269=0 270=1.0843 271=50 ${ask} 269=0 270=1.0842 271=1`,
      [
        ['1.08430', '150.00'],
        ['1.08420', '1.00'],
      ],
      asks,
    );
    await shows(`269=0 270=1.0845 271=0 269=0 270=1.0844 271=100 ${ask}`, [['1.08440', '100.00']], asks);
    await shows(`269=0 270=1.0845 271=9 269=0 270=1.0840 271=0 ${ask}`, [['1.08450', '9.00']], asks);
    await shows(`269=0 270=1.0846 271=0 ${ask}`, [], asks);
    expect(alpha.quotes.count((message) => message.get(35) === '3')).toBe(0);
  });

  it('that is refused is told, and asked for anew', async () => {
    await clientOf(alpha);
    const after = alpha.quotes.received.length;
    alpha.quotes.send('W', `55=EUR/USD 268=3 ${two}`);
    await eventOf('quotesRefused', 'alpha/EURUSD');
    const asked = (type: string) => (message: Received) =>
      message.get(35) === 'V' && message.get(263) === type;
    const ended = await alpha.quotes.message(asked('2'), 'the old one ended', after);
    const begun = await alpha.quotes.message(asked('1'), 'another subscription', after);
    expect(begun.get(262)).not.toBe(ended.get(262));
    expect(
      await eventually(async () => ((await priceOf('alpha')) === undefined ? true : undefined), 'none'),
    ).toBe(true);
    await shows(two, [['1.08490', '1000000.00']], [['1.08510', '1000000.00']]);
  });
});

describe('what may never come is asked for', () => {
  /** The order is unknown until the provider says what it is. */
  async function isAskedAbout(provider: ScriptedProvider, name: string, order: Received, after: number) {
    await provider.orders.message(isStatusRequest(order), `H for ${name}`, after);
    await becomes(name, ({ unknown }) => unknown, 'unknown');
    restsStill(provider, order, `${name}-${after}`);
    await becomes(name, ({ unknown, status }) => !unknown && status === 'new', 'known');
  }

  it('when the numbers begin anew: by Logon, by SequenceReset, and by a gap fill', async () => {
    await clientOf(alpha);
    const order = await resting(alpha, 'rests');
    let after = alpha.orders.received.length;
    alpha.orders.logonFields = '141=Y';
    alpha.orders.cut();
    await isAskedAbout(alpha, 'rests', order, after);
    await eventOf('venueInDoubt', 'alpha its numbers begin anew');

    after = alpha.orders.received.length;
    alpha.orders.write('4', 1, [[36, alpha.orders.seqNum + 10]]);
    alpha.orders.seqNum += 9;
    await isAskedAbout(alpha, 'rests', order, after);
    await eventOf('venueInDoubt', 'alpha it has passed over');

    after = alpha.orders.received.length;
    alpha.orders.write('4', alpha.orders.seqNum + 1, [
      [123, 'Y'],
      [36, alpha.orders.seqNum + 5],
    ]);
    alpha.orders.seqNum += 4;
    await isAskedAbout(alpha, 'rests', order, after);
    await probe(alpha, 'after-resets');
  });

  it('when a report is filled over, and over a restart', async () => {
    await clientOf(alpha);
    const order = await resting(alpha, 'rests-too');
    let after = alpha.orders.received.length;
    alpha.orders.answers = 'gapFill';
    alpha.orders.lose('8', `37=V 11=${order.get(11)} 17=never 150=5 39=0 55=EUR/USD 54=1 151=1 14=0 6=0`);
    const probed = await sent(alpha, 'probe-gap');
    alpha.report(probed, fillOf(probed));
    await isAskedAbout(alpha, 'rests-too', order, after);

    after = alpha.orders.received.length;
    await desk.restart('stop', () => {
      alpha.orders.lose('8', `37=V 11=${order.get(11)} 17=none 150=5 39=0 55=EUR/USD 54=1 151=1 14=0 6=0`);
    });
    await signInAll();
    await isAskedAbout(alpha, 'rests-too', order, after);
    alpha.orders.answers = 'again';
  });

  it('of all orders at once where the provider has AF', async () => {
    await clientOf(bravo);
    const orders = [await resting(bravo, 'mass-1'), await resting(bravo, 'mass-2')];
    const after = bravo.orders.received.length;
    bravo.orders.logonFields = '141=Y';
    bravo.orders.cut();
    const request = await bravo.orders.message((message) => message.get(35) === 'AF', 'AF', after);
    expect([request.get(585), request.get(584)!.startsWith('demo1.')]).toEqual(['7', true]);
    for (const name of ['mass-1', 'mass-2']) await becomes(name, ({ unknown }) => unknown, 'unknown');
    for (const order of orders) restsStill(bravo, order, 'mass');
    for (const name of ['mass-1', 'mass-2']) await becomes(name, ({ unknown }) => !unknown, 'known');
    const asked = bravo.orders.received.slice(after).map((message) => message.get(35));
    expect([asked.filter((type) => type === 'AF').length, asked.includes('H')]).toEqual([1, false]);
  });
});
