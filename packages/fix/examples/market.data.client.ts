/**
 * Subscribes to market data and prints the book of each snapshot, reading the repeating group entry by entry.
 * The session keeps no messages: prices are perishable.
 *
 *   node packages/fix/examples/market.data.client.ts PORT SYMBOL…
 */
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Initiator } from '@tidegate/fix/transport/initiator';

const [port = '7002', ...symbols] = process.argv.slice(2);
const PRICE_SCALE = 5;

const initiator = new Initiator({
  hosts: [{ host: '127.0.0.1', port: Number(port) }],
  settings: {
    beginString: 'FIX.4.4',
    senderCompId: 'CLIENT',
    targetCompId: 'EXAMPLE',
    resetOnLogon: true,
    persistMessages: false,
  },
  store: new MemoryStore(),
  application: {
    onLogon(session) {
      for (const symbol of symbols) {
        session.send('V', (fields) => {
          fields.text(262, symbol).char(263, '1').int(264, 0).int(265, 0);
          fields.int(267, 2).char(269, '0').char(269, '1').int(146, 1).text(55, symbol);
        });
      }
    },
    onMessage(message) {
      if (message.msgType !== 'W') return;
      const levels: string[] = [];
      for (const entry of message.entries(268)) {
        const side = entry.text(269) === '0' ? 'bid' : 'offer';
        const price = entry.decimal(270, PRICE_SCALE) ?? 0;
        levels.push(
          `${side} ${(price / 10 ** PRICE_SCALE).toFixed(PRICE_SCALE)} x ${entry.text(271) ?? '?'}`,
        );
      }
      console.log(`${message.text(55) ?? '?'}: ${levels.join(', ')}`);
    },
    onLogout: (_session, reason) => console.log(`logged out: ${reason}`),
  },
});
await initiator.start();
process.once('SIGTERM', () => void initiator.stop());
