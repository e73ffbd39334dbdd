/**
 * An initiator: logs on, sends one order, prints what comes back and logs out.
 *
 *   node packages/fix/examples/initiator.ts PORT [OUR_COMP_ID]
 */
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Initiator } from '@tidegate/fix/transport/initiator';

const [port = '7002', senderCompId = 'CLIENT', targetCompId = 'EXAMPLE', password] = process.argv.slice(2);

const initiator = new Initiator({
  hosts: [{ host: '127.0.0.1', port: Number(port) }],
  settings: { beginString: 'FIX.4.4', senderCompId, targetCompId, heartBtInt: 30, resetOnLogon: true },
  store: new MemoryStore(),
  logonFields(fields) {
    if (password !== undefined) fields.text(553, senderCompId).text(554, password);
  },
  application: {
    onLogon(session) {
      // Price 1.10 as 110000 units of 10^-5: no float touches it.
      session.send('D', (fields) => {
        fields.text(11, 'order-1').char(40, '2').decimal(44, 110_000, 5).char(54, '1').text(55, 'EUR/USD');
        fields.int(38, 1_000_000).utcMillis(60, Date.now());
      });
    },
    onMessage(message, session) {
      console.log(`${message.msgType} in answer to ${message.text(11) ?? message.text(372) ?? '?'}`);
      session.logout('done');
    },
    onLogout(_session, reason) {
      console.log(`logged out: ${reason}`);
      void initiator.stop();
    },
  },
});
await initiator.start();
