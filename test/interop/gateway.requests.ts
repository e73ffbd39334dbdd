/**
 * Cancels, replaces and status requests of a client that means another order than it names, or comes late.
 */
import type { OrderView } from '@tidegate/wire/orders';
import { describe, expect, it } from 'vitest';
import { demo1, type Floor } from './gateway.floor.ts';
import { body, fieldsOf, type Fields } from './raw.peer.ts';

/** Fields with some of them said otherwise, or added. */
const but = (fields: Fields, ...changes: Fields): Fields => [
  ...fields.filter(([tag]) => !changes.some(([changed]) => changed === tag)),
  ...changes,
];

const replace = (id: string, of: string): Fields => [
  ...body.cancel(id, of),
  ...fieldsOf('40=2 44=1.04 59=1'),
];

export function requestTests(floor: Floor): void {
  describe('a cancel or replace', () => {
    it('that says something else of its order than is so is refused, and the order stays', async () => {
      const peer = await floor.logOn(1, demo1);
      peer.send('D', body.order('meant', body.resting));
      const orderId = (await peer.next('8')).get(37)!;
      const changes = [
        ['44=107.480 55=USD/JPY', '2'],
        ['54=2', '2'],
        ['59=0', '2'],
        ['40=1', '2'],
        ['1=demo1-other', '2'],
        ['37=demo1.999999', '2'],
        ['55=USD/JPY', '1'],
        ['54=2', '1'],
      ] as const;
      for (const [index, [said, responseTo]] of changes.entries()) {
        const type = responseTo === '1' ? 'F' : 'G';
        const asked = (type === 'F' ? body.cancel : replace)(`wrong-${index}`, 'meant');
        peer.send(type, but(asked, ...fieldsOf(said)));
        const refused = await peer.next('9', '8', '3', 'j', '5');
        expect([said, refused.get(35), refused.get(434), refused.get(11), refused.get(41)]).toEqual([
          said,
          '9',
          responseTo,
          `wrong-${index}`,
          'meant',
        ]);
        expect([refused.get(39), refused.get(37), refused.get(102)]).toEqual(['0', orderId, '99']);
        expect(refused.get(58)).toContain('ORDER_MISMATCH');
      }
      const path = `/api/v1/orders/${orderId}`;
      const byRest = await floor.trader.post(`${path}/replace`, {
        clOrdId: 'wrong-rest',
        instrument: 'USDJPY',
        quantity: '100000',
        price: '1.04',
      });
      expect([byRest.status, (byRest.body as { code: string }).code]).toEqual([422, 'ORDER_MISMATCH']);
      const order = (await floor.trader.get(path)).body as OrderView;
      expect(order).toMatchObject({ status: 'new', price: '1.05000', clOrdId: 'meant' });
      peer.send('G', replace('right', 'meant'));
      expect((await peer.next('8', '9')).get(150)).toBe('5');
      peer.send('F', but(body.cancel('gone', 'right'), [1, 'demo1-main'], [37, orderId]));
      await peer.match((one) => one.get(150) === '4', 'canceled');
      // Late now: it says how the order ended, and so does H by any ClOrdID that was sent for it.
      peer.send('F', body.cancel('late', 'meant'));
      const late = await peer.next('9');
      expect([late.get(39), late.get(102), late.get(37)]).toEqual(['4', '0', orderId]);
      for (const id of ['meant', 'right', 'gone', 'late', 'wrong-0', 'wrong-7']) {
        peer.send('H', body.status(id));
        const status = await peer.next('8', '9');
        expect([id, status.get(150), status.get(37), status.get(39)]).toEqual([id, 'I', orderId, '4']);
      }
    });

    it('of a pass-through order is reported as pending first', async () => {
      const peer = await floor.logOn(8, demo1);
      peer.send('D', body.order('pend', body.resting));
      await peer.match((one) => one.get(150) === '0', 'new');
      // The provider has to have acknowledged it, or there is nothing yet to replace.
      for (let attempt = 0; ; attempt += 1) {
        peer.send('G', replace(`pend-${attempt}`, 'pend'));
        const answer = await peer.next('8', '9');
        if (answer.get(35) === '9' && answer.get(58)?.startsWith('ROUTE_IN_FLIGHT') && attempt < 500)
          continue;
        expect([answer.get(150), answer.get(39), answer.get(11), answer.get(41)]).toEqual([
          'E',
          'E',
          `pend-${attempt}`,
          'pend',
        ]);
        break;
      }
      const done = await peer.next('8', '9');
      expect(['5', undefined]).toContain(done.get(150));
      peer.send('F', body.cancel('pend-c', 'pend'));
      await peer.match((one) => one.get(150) === '4', 'canceled');
    });
  });

  it('agrees to heartbeats of 1 to 120 seconds and to nothing else', async () => {
    for (const [seconds, text] of [
      [0, 'HeartBtInt must be at least 1'],
      [121, 'HeartBtInt must be at most 120'],
      [-1, 'HeartBtInt must not be negative'],
    ] as const) {
      const peer = await floor.raw(1, demo1);
      peer.send('A', [
        [98, 0],
        [108, seconds],
        [141, 'Y'],
        [553, demo1.username!],
        [554, demo1.password!],
      ]);
      expect((await peer.next('A', '5')).get(58)).toBe(text);
      await peer.closed;
    }
  });
}
