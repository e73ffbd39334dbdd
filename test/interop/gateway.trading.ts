/** What a client may ask for and gets: orders, prices, pass-through, drop copy, and independent sessions. */
import type { FixClient } from '@tidegate/sim/client';
import type { ExecutionView, OrderView } from '@tidegate/wire/orders';
import { describe, expect, it } from 'vitest';
import { eventually } from '../platform.ts';
import { demo1, demo2, idsOf, type Floor } from './gateway.floor.ts';
import { body, fieldsOf, type RawPeer } from './raw.peer.ts';

export function tradingTests(floor: Floor): void {
  describe('what is asked for', () => {
    it('and not supported or not permitted is refused by name', async () => {
      const peer = await floor.logOn(2, demo1);
      const [first, second] = [
        peer.send(
          'AE',
          fieldsOf('571=T 570=N 32=1 31=1 75=20260101 60=20260101-00:00:00 55=EUR/USD 552=1 54=1 37=O'),
        ),
        peer.send('AF', fieldsOf('584=all 585=7')),
      ];
      for (const [type, seqNum] of [
        ['AE', first],
        ['AF', second],
      ] as const) {
        const answer = await peer.next('j', '3');
        expect([answer.get(35), answer.get(45), answer.get(372), answer.get(380), answer.get(58)]).toEqual([
          'j',
          String(seqNum),
          type,
          '3',
          `UNSUPPORTED: message type ${type}`,
        ]);
      }
      const viewer = await floor.logOn(2, idsOf('VIEWONLY'));
      viewer.send('D', body.order('v1', body.market));
      const refused = await viewer.next('j');
      expect([refused.get(379), refused.get(380)]).toEqual(['v1', '6']);
      const mute = await floor.logOn(2, idsOf('TRADEONLY'));
      mute.send('V', body.marketData('m', ['EUR/USD']));
      expect((await mute.next('j')).get(380)).toBe('6');
    });

    it('in an order that we can not honour is refused, never left out', async () => {
      const peer = await floor.logOn(2, demo1);
      const cases = [
        ['u1', '40=1 59=3 110=50000', 'MinQty(110)'],
        ['u2', '40=1 59=3 111=50000', 'MaxFloor(111)'],
        ['u3', '40=1 59=3 64=20301231', 'SettlDate(64)'],
        ['u4', '40=1 59=3 15=USD', 'Currency(15) must be EUR'],
        ['u5', '40=1 59=3 63=6', 'SettlType(63) must be 0'],
        ['u6', '40=1 59=3 18=G', 'ExecInst(18)'],
        ['u7', '40=3 59=3 99=1.2', 'OrdType(40) must be 1'],
        ['u8', '40=1 59=6 126=20301231-00:00:00', 'TimeInForce(59) must be'],
        ['u9', `40=1 59=3 1=${'é'.repeat(100)}`, 'Account(1) must be'],
      ] as const;
      for (const [id, terms, text] of cases) {
        peer.send('D', body.order(id, fieldsOf(terms)));
        const answer = await peer.next('8', '3', 'j');
        expect([answer.get(35), answer.get(11), answer.get(150)]).toEqual(['8', id, '8']);
        expect(answer.get(58)).toContain(text);
      }
      peer.send('D', body.order('ok', [...body.market, [15, 'EUR'], [63, '0'], [21, 1]]));
      expect((await peer.next('8')).get(150)).toBe('0');
    });

    it('about prices is checked field by field', async () => {
      const peer = await floor.logOn(0, demo1);
      const ask = (fields: Parameters<RawPeer['send']>[1]) => {
        peer.send('V', fields);
        return peer.next('Y', 'j', 'W', '3');
      };
      const good = body.marketData('m', ['EUR/USD']);
      const changed = (tag: number, value: string | number, at = 0) => {
        let seen = -1;
        return good.map(([one, was]) =>
          one === tag && (seen += 1) === at ? ([one, value] as const) : ([one, was] as const),
        );
      };
      expect((await ask(changed(55, 'EUR/XXX'))).get(281)).toBe('0');
      expect((await ask(changed(269, 2))).get(281)).toBe('8');
      expect((await ask(changed(262, 'x'.repeat(65)))).get(35)).toBe('j');
      expect((await ask(good)).get(35)).toBe('W');
      peer.send('V', good);
      expect((await peer.next('Y')).get(281)).toBe('1');
      expect((await ask(body.marketData('other', ['EUR/USD'], '2'))).get(35)).toMatch(/[WY]/);
      const { firms } = floor.desk.configuration.current;
      const all = firms.get('demo1')!;
      await floor.desk.put({ kind: 'firm', id: 'demo1', body: { ...all, instruments: ['EURUSD'] } });
      const askedFor = async () => {
        peer.send('V', body.marketData(`n${Math.random()}`, ['USD/JPY'], '0'));
        const answer = await peer.match((one) => one.get(55) === 'USD/JPY' || one.get(35) === 'Y', 'Y');
        return answer.get(281) ?? 'W';
      };
      await eventually(async () => (await askedFor()) === '3' || undefined, 'no longer permitted');
      await floor.desk.put({ kind: 'firm', id: 'demo1', body: all });
      await eventually(async () => (await askedFor()) === 'W' || undefined, 'permitted again');
    });
  });

  describe('pass-through', () => {
    it("gives one provider's quotes as they are, and routes orders there", async () => {
      await floor.simulator.post('/switch', {
        venue: 'alpha',
        switch: 'spike',
        on: true,
        symbol: 'USD/CAD',
        value: 500,
      });
      const top = async (number: number): Promise<number> => {
        const peer = await floor.logOn(number, demo1);
        return eventually(async () => {
          peer.send('V', body.marketData(`t${Math.random()}`, ['USD/CAD'], '0', 1));
          const price = (await peer.next('W')).get(270);
          return price === undefined ? undefined : Number(price);
        }, 'a price');
      };
      await eventually(async () => {
        const [alpha, bravo] = [await top(8), await top(9)];
        await floor.clear();
        return alpha / bravo > 1.04 ? true : undefined;
      }, "alpha's own price at its listener");
      await floor.simulator.post('/switch', {
        venue: 'alpha',
        switch: 'spike',
        on: false,
        symbol: 'USD/CAD',
      });
      for (const [number, venue] of [
        [8, 'alpha'],
        [9, 'bravo'],
        [10, 'charlie'],
      ] as const) {
        const peer = await floor.logOn(number, demo1);
        const id = `through-${venue}`;
        peer.send('D', body.order(id, body.market));
        const done = await peer.match((one) => one.get(11) === id && '248'.includes(one.get(39)!), 'its end');
        expect(done.get(58) ?? '').not.toContain('VENUE_UNAVAILABLE');
        if (done.get(39) !== '2') continue;
        const fills = await eventually(async () => {
          const { items } = (await floor.admin.get('/api/v1/executions?limit=500')).body as {
            items: ExecutionView[];
          };
          const mine = items.filter(({ clOrdId }) => clOrdId === id);
          return mine.length > 0 ? mine : undefined;
        }, `executions of ${id}`);
        expect(new Set(fills.map((fill) => fill.venue))).toEqual(new Set([venue]));
      }
    });

    it('rests an order at the provider and cancels it there', async () => {
      const peer = await floor.logOn(8, demo1);
      peer.send('D', body.order('pass-rest', body.resting));
      await peer.match((one) => one.get(150) === '0', 'new');
      const listed = await eventually(async () => {
        const { items } = (await floor.trader.get('/api/v1/orders?open=true')).body as { items: OrderView[] };
        return items.find(({ clOrdId }) => clOrdId === 'pass-rest');
      }, 'the order in the list');
      expect(listed).toMatchObject({ client: 'demo1@port-08', channel: 'fix', status: 'new' });
      peer.send('F', body.cancel('pass-c', 'pass-rest'));
      const canceled = await peer.match((one) => one.get(150) === '4', 'canceled');
      expect([canceled.get(11), canceled.get(41)]).toEqual(['pass-c', 'pass-rest']);
    });
  });

  describe('drop copy', () => {
    it('gets every report of its firm, of REST orders too, with the same ExecIDs', async () => {
      const [copy, client, other] = [
        await floor.fixClientAt(3, demo1),
        await floor.fixClientAt(1, demo1),
        await floor.fixClientAt(1, demo2),
      ];
      const buy = { symbol: 'EUR/USD', side: 'buy', quantity: '100000', timeInForce: 'ioc' } as const;
      client.order({ clOrdId: 'copied', ...buy });
      other.order({ clOrdId: 'not-yours', ...buy });
      await Promise.all([client.ended('copied'), other.ended('not-yours')]);
      const sent = await floor.trader.post('/api/v1/orders', {
        clOrdId: 'by-rest',
        instrument: 'EURUSD',
        side: 'buy',
        type: 'market',
        quantity: '100000',
        timeInForce: 'ioc',
      });
      expect(sent.status).toBe(201);
      await Promise.all([copy.ended('copied'), copy.ended('by-rest')]);
      const execIds = (from: FixClient) => from.reports('copied').map((report) => report.fields.get(17));
      expect(execIds(copy)).toEqual(execIds(client));
      expect(copy.reports('not-yours')).toEqual([]);
      expect(copy.repeatedExecIds).toEqual([]);
    });

    it('takes nothing in', async () => {
      const copy = await floor.logOn(7, demo1);
      for (const [type, fields] of [
        ['D', body.order('d', body.market)],
        ['F', body.cancel('c', 'd')],
        ['H', body.status('d')],
        ['V', body.marketData('m', ['EUR/USD'])],
      ] as const) {
        const seqNum = copy.send(type, fields);
        const answer = await copy.match((one) => one.get(45) === String(seqNum), `answer to ${type}`);
        expect([answer.get(35), answer.get(372), answer.get(380)]).toEqual(['j', type, '6']);
      }
    });
  });

  describe('sessions of one client', () => {
    it('are independent: own numbers, own ClOrdIDs, own reports', async () => {
      const [one, two] = [await floor.fixClientAt(1, demo2), await floor.fixClientAt(5, demo2)];
      const buy = {
        clOrdId: 'shared',
        symbol: 'EUR/USD',
        side: 'buy',
        quantity: '100000',
        timeInForce: 'ioc',
      } as const;
      one.order(buy);
      two.order(buy);
      const ends = await Promise.all([one.ended('shared'), two.ended('shared')]);
      expect(ends[0]!.fields.get(37)).not.toBe(ends[1]!.fields.get(37));
      for (const [client, order] of [
        [one, ends[0]],
        [two, ends[1]],
      ] as const)
        expect(new Set(client.reports('shared').map(({ fields }) => fields.get(37)))).toEqual(
          new Set([order!.fields.get(37)]),
        );
    });

    it('cancel what they leave open, for a client who wants that', async () => {
      const peer = await floor.logOn(1, idsOf('LEAVES'));
      peer.send('D', body.order('left', body.resting));
      const orderId = (await peer.next('8')).get(37)!;
      peer.socket.destroy();
      await eventually(async () => {
        const { body: order } = await floor.trader.get(`/api/v1/orders/${orderId}`);
        return (order as OrderView).status === 'canceled' ? true : undefined;
      }, 'the order canceled');
    });

    it('follow the configuration while they are up', async () => {
      const ids = idsOf('CHANGES');
      const { fixClients } = floor.desk.configuration.current;
      const before = fixClients.get('changes')!;
      const put = (terms: object) =>
        floor.desk.put({ kind: 'fixClient', id: 'changes', body: { ...before, ...terms } });
      const peer = await floor.logOn(2, ids);
      peer.send('V', body.marketData('m', ['EUR/USD']));
      await peer.match((message) => message.get(35) === 'W' && message.get(269) === '0', 'prices');
      await put({ rights: ['trading'] });
      await peer.match((message) => message.get(35) === 'W' && message.get(269) === 'J', 'no prices');
      await put({ rights: ['marketData'] });
      await eventually(async () => {
        peer.send('H', body.status('x'));
        return (await peer.next('8', 'j')).get(380) === '6' || undefined;
      }, 'orders no longer taken');
      await put({ listeners: ['port-00'] });
      expect((await peer.next('5')).get(58)).toBe('SESSION_WITHDRAWN: ask operations');
      await put({ senderCompId: 'RENAMED' });
      const renamed = { ...ids, senderCompId: 'RENAMED' };
      const again = await eventually(
        () => floor.logOn(2, renamed).catch(() => undefined),
        'logon under the new name',
      );
      await floor.desk.put({ kind: 'fixClient', id: 'changes', body: null });
      expect((await again.next('5')).get(58)).toBe('SESSION_WITHDRAWN: ask operations');
      const gone = await floor.raw(2, renamed);
      gone.sendLogon();
      expect((await gone.next('5')).get(58)).toContain('LOGON_REFUSED');
    });
  });
}
