/** Who gets in at which port, what each port does, and that nobody who misbehaves harms the others. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import type { SessionStatus } from '@tidegate/wire/sessions';
import { describe, expect, it } from 'vitest';
import { password } from '../configured.ts';
import { eventually } from '../platform.ts';
import { demo1, demo2, idsOf, target, type Floor } from './gateway.floor.ts';
import { body, type RawIds } from './raw.peer.ts';

export function accessTests(floor: Floor): void {
  describe('the 28 listeners', () => {
    /** What a client with every right gets: market data, order status, or j with the reason. */
    const expected = {
      marketData: ['W', 'j6'],
      trading: ['j6', '8'],
      both: ['W', '8'],
      dropCopy: ['j6', 'j6'],
      passThrough: ['W', '8'],
    } as const;
    const purposes: readonly (keyof typeof expected)[] = [
      'marketData',
      'trading',
      'both',
      'dropCopy',
      'both', // certification
      'trading',
      'marketData',
      'dropCopy',
      'passThrough',
      'passThrough',
      'passThrough',
    ];

    it('are all there', () => {
      expect(Object.keys(floor.desk.ports)).toHaveLength(28);
      expect(new Set(Object.values(floor.desk.ports)).size).toBe(28);
    });

    it.each(purposes.map((purpose, number) => [number, purpose] as const))(
      'port %i does what %s does',
      async (number, purpose) => {
        const peer = await floor.logOn(number, demo1);
        const answers: string[] = [];
        for (const [type, fields] of [
          ['V', body.marketData('m', ['EUR/USD'], '0')],
          ['H', body.status('nobody')],
        ] as const) {
          peer.send(type, fields);
          const answer = await peer.next('W', '8', 'j', 'Y', '3');
          answers.push(`${answer.get(35)}${answer.get(380) ?? ''}`);
        }
        expect(answers).toEqual(expected[purpose]);
        peer.send('5');
        expect((await peer.next('5')).get(35)).toBe('5');
      },
    );

    it('that are bound to no provider say so', async () => {
      for (let number = 11; number < 28; number += 1) {
        const peer = await floor.raw(number, demo1);
        peer.sendLogon();
        const id = `port-${number}`;
        expect((await peer.next('5')).get(58)).toBe(`LISTENER_UNBOUND: ${id} is not bound to a provider`);
        await peer.closed;
      }
      expect(await floor.refusedCount('LISTENER_UNBOUND')).toBe(17);
    });
  });

  describe('who gets in', () => {
    const refused = async (number: number, ids: RawIds): Promise<string> => {
      const peer = await floor.raw(number, ids);
      peer.sendLogon();
      const text = (await peer.next('5', 'A')).get(58) ?? 'logged on';
      await peer.closed;
      return text;
    };
    const oneText = 'LOGON_REFUSED: CompIDs, username, password, address or certificate';

    it('tells a stranger nothing but that it failed, and operators why', async () => {
      const cases: readonly (readonly [RawIds, string])[] = [
        [{ ...demo1, password: 'wrong' }, 'wrong password'],
        [{ senderCompId: 'DEMO1', targetCompId: target, username: 'DEMO1' }, 'wrong password'],
        [{ ...demo1, senderCompId: 'DEMO9' }, 'no such CompIDs and username'],
        [{ ...demo1, targetCompId: 'ELSEWHERE' }, 'no such CompIDs and username'],
        [{ ...demo1, username: 'DEMO2' }, 'no such CompIDs and username'],
        [idsOf('FARAWAY'), 'address not allowed'],
        [{ ...idsOf('FARAWAY'), password: 'wrong' }, 'address not allowed'],
      ];
      for (const [ids] of cases) expect(await refused(2, ids)).toBe(oneText);
      for (const [ids, detail] of cases) {
        const subject = `${ids.senderCompId}@port-02`;
        const found = await floor.event(
          (one) => one.subject === subject && one.text.includes(detail),
          detail,
        );
        expect(found).toMatchObject({ kind: 'logonRefused', severity: 'warning' });
        expect(found.text).toContain('from 127.0.0.1');
        expect(found.firm).toBeUndefined();
      }
      const told = (await floor.events()).filter(({ subject }) => subject === 'DEMO9@port-02');
      expect(told).toHaveLength(1);
      expect((await floor.events(floor.trader)).filter(({ kind }) => kind === 'logonRefused')).toEqual([]);
    });

    it('lets a known client use its own listeners only, and those its rights are good for', async () => {
      expect(await refused(2, idsOf('ONEPORT'))).toBe('LISTENER_NOT_PERMITTED');
      expect(await refused(3, idsOf('VIEWONLY'))).toBe('LISTENER_NOT_PERMITTED');
      expect(await refused(1, idsOf('VIEWONLY'))).toBe('LISTENER_NOT_PERMITTED');
      expect(await refused(0, idsOf('TRADEONLY'))).toBe('LISTENER_NOT_PERMITTED');
      await floor.logOn(1, idsOf('ONEPORT'));
    });

    it('throttles guessing before it costs a password check', async () => {
      const guesses = { senderCompId: 'GUESSED', targetCompId: target, username: 'GUESSED' };
      const texts = [];
      for (let count = 0; count < 13; count += 1)
        texts.push(await refused(2, { ...guesses, password: `guess ${count}` }));
      expect(texts.filter((text) => text === oneText)).toHaveLength(10);
      expect(texts.slice(10)).toEqual(
        Array(3).fill('LOGON_THROTTLED: too many refused logons; wait a minute'),
      );
      await floor.logOn(2, demo1);
    });

    it('cuts whoever does not begin with a Logon', async () => {
      const order = await floor.raw(1, demo1);
      order.send('D', body.order('early', body.market));
      await order.closed;
      expect(order.received).toEqual([]);
      for (const bytes of [randomBytes(5_000), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\u0000'.repeat(100)]) {
        const stranger = await floor.raw(1);
        stranger.socket.write(bytes);
        await stranger.closed;
      }
      expect(await floor.refusedCount('NOT_A_LOGON')).toBe(1);
      expect(await floor.refusedCount('NOT_FIX')).toBe(3);
      const giant = await floor.raw(1);
      giant.socket.write(`8=FIX.4.4\u00019=10000000\u000135=A\u0001${'x'.repeat(1_000_000)}`);
      await giant.closed;
      expect(await floor.refusedCount('MESSAGE_TOO_LARGE')).toBe(1);
    });

    it('takes half messages as they come', async () => {
      const peer = await floor.raw(2, demo1);
      const frame = peer.frame('A', 1, [
        [98, 0],
        [108, 30],
        [141, 'Y'],
        [553, 'DEMO1'],
        [554, password],
      ]);
      for (const half of [frame.slice(0, 9), frame.slice(9, 60), frame.slice(60)]) {
        peer.socket.write(half);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect((await peer.next('A', '5')).get(35)).toBe('A');
    });

    it('turns a second logon away without a word, and asks the first whether it lives', async () => {
      const first = await floor.logOn(2, demo1);
      const second = await floor.raw(2, demo1);
      second.sendLogon();
      await second.closed;
      expect(second.received).toEqual([]);
      await first.next('1');
      first.send('H', body.status('nobody'));
      expect((await first.next('8')).get(39)).toBe('8');
      expect(await floor.refusedCount('LOGGED_ON_ALREADY')).toBeGreaterThan(0);
    });

    it('tells operators, and the firm itself, of sessions that come and go', async () => {
      const peer = await floor.logOn(6, demo1);
      const mine = (kind: string) => (one: SystemEvent) =>
        one.kind === kind && one.subject === 'demo1@port-06';
      await floor.event(mine('sessionUp'), 'sessionUp');
      const up = await eventually(async () => {
        const all = (await floor.trader.get('/api/v1/sessions')).body as SessionStatus[];
        return all.find(({ id, state }) => id === 'demo1@port-06' && state === 'up');
      }, 'the session in the list');
      expect(up).toMatchObject({ port: floor.port(6), remoteAddress: '127.0.0.1', purpose: 'marketData' });
      expect(await floor.metric('gateway_sessions_up', 'purpose="marketData"')).toBeGreaterThan(0);
      peer.socket.destroy();
      await floor.event(mine('sessionDown'), 'sessionDown', floor.trader);
    });
  });

  describe('one that misbehaves', () => {
    it('is heard again after garbage and a wrong checksum, and cut at a message of 10 MB', async () => {
      const peer = await floor.logOn(2, demo1);
      const other = await floor.logOn(2, demo2);
      const wrong = peer.frame('0', 2, []).replace(/10=\d{3}/, '10=999');
      peer.socket.write(Buffer.concat([randomBytes(2_000), Buffer.from(wrong, 'latin1')]));
      peer.send('H', body.status('nobody'));
      expect((await peer.next('8')).get(11)).toBe('nobody');
      expect(await floor.metric('gateway_garbled_total', 'listener="port-02"')).toBeGreaterThan(0);
      peer.send('B', [
        [148, 'x'.repeat(10 << 20)],
        [33, 1],
        [58, 'x'],
      ]);
      await peer.closed;
      other.send('H', body.status('unharmed'));
      expect((await other.next('8')).get(11)).toBe('unharmed');
    });

    it('does not keep others out by a flood of connections, nor fill the events', async () => {
      const seated = await floor.logOn(6, demo2);
      const before = await floor.refusedCount('TOO_MANY_CONNECTIONS');
      const flood = Array.from({ length: 560 }, () => connect(floor.port(6), '127.0.0.1'));
      floor.sockets.push(...flood);
      for (const socket of flood) socket.on('error', () => undefined);
      await Promise.all(
        flood.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])),
      );
      const dropped = await eventually(async () => {
        const count = (await floor.refusedCount('TOO_MANY_CONNECTIONS')) - before;
        return count >= 360 ? count : undefined;
      }, 'connections over the limit dropped');
      // 200 of one address may wait for their Logon; the rest of the port is for the others.
      expect(dropped).toBeLessThan(420);
      seated.send('V', body.marketData('m', ['EUR/USD'], '0'));
      expect((await seated.next('W')).get(55)).toBe('EUR/USD');
      await floor.logOn(0, demo1);
      for (const socket of flood) socket.destroy();
      await eventually(
        async () => ((await floor.logOn(6, demo1)) === undefined ? undefined : true),
        'room again',
      );
      const told = (await floor.events()).filter(({ text }) => text.includes('too many connections'));
      expect(told.length).toBeGreaterThan(0);
      expect(told.length).toBeLessThanOrEqual(22);
    });

    it('gets conflated prices when it does not read, and slows nobody', async () => {
      const slow = await floor.logOn(0, demo1);
      const quick = await floor.fixClientAt(2, demo2);
      const symbols = [
        'EUR/USD',
        'GBP/USD',
        'USD/JPY',
        'USD/CHF',
        'AUD/USD',
        'USD/CAD',
        'NZD/USD',
        'EUR/GBP',
      ];
      for (let count = 0; count < 50; count += 1) slow.send('V', body.marketData(`m${count}`, symbols));
      await slow.match((message) => message.get(262) === 'm49', 'the last snapshot');
      await floor.simulator.post('/rate', { quotesPerSecond: 3_000 });
      slow.socket.pause();
      quick.subscribe({ mdReqId: 'q', symbols });
      const written = () => floor.metric('gateway_bytes_total', 'direction="out",listener="port-00"');
      await eventually(async () => {
        const first = await written();
        const heard = quick.quotes;
        await quick.until(() => quick.quotes > heard + 200, { what: 'quotes at the other client' });
        return (await written()) === first ? true : undefined;
      }, 'nothing more is written to the one that does not read');
      expect(await floor.metric('gateway_market_data_conflated_total')).toBeGreaterThan(100);
      quick.order({
        clOrdId: 'beside',
        symbol: 'EUR/USD',
        side: 'buy',
        quantity: '100000',
        timeInForce: 'ioc',
      });
      await quick.ended('beside');
      expect(await floor.metric('gateway_sessions_up', 'side="client",purpose="marketData"')).toBe(1);
      await floor.simulator.post('/rate', { quotesPerSecond: 50 });
      slow.received.length = 0;
      slow.socket.resume();
      const sent = slow.send('1', [[112, 'caught-up']]);
      expect((await slow.match((message) => message.get(112) === 'caught-up', 'its answer')).get(35)).toBe(
        '0',
      );
      expect(sent).toBeGreaterThan(50);
      await slow.match((message) => message.get(35) === 'W', 'prices again');
    });

    it('is told when it asks too much, and may cancel all the same', async () => {
      const peer = await floor.logOn(2, demo1);
      peer.send('D', body.order('calm', body.resting));
      await peer.next('8');
      for (let count = 0; count < 3_000; count += 1) peer.send('H', body.status('nobody'));
      peer.send('F', body.cancel('calm-c', 'calm'));
      const refused = await peer.next('j');
      expect([refused.get(380), refused.get(58)]).toEqual(['0', 'MESSAGE_RATE: too many messages']);
      const canceled = await peer.match((message) => message.get(150) === '4', 'the cancel');
      expect(canceled.get(41)).toBe('calm');
    });
  });
}
