/**
 * Fills every order at its own price: an ExecutionReport with the fields read and written typed, and the
 * order's number kept with the report, so that after a crash none is filled twice.
 *
 *   node packages/fix/examples/order.echo.ts PORT
 */
import { FileStore } from '@tidegate/fix/session/store.file';
import { Acceptor } from '@tidegate/fix/transport/acceptor';
import type { Application } from '@tidegate/fix/session/application';

const [port = '7002', directory = 'sessions'] = process.argv.slice(2);
const PRICE_SCALE = 5;

const application: Application = {
  onMessage(order, session) {
    const price = order.decimal(44, PRICE_SCALE);
    const quantity = order.int(38);
    if (order.msgType !== 'D' || price === undefined || quantity === undefined) return;
    // The cursor is stored with the report: what it has passed is answered already. Numbers begin anew after
    // a reset.
    const partition = `orders since ${session.createdAtMs}`;
    const source = { partition, sequence: order.seqNum };
    if (session.cursor(partition) >= order.seqNum) return;
    session.send(
      '8',
      (fields) => {
        fields.text(37, `O${order.seqNum}`).text(17, `E${order.seqNum}`).char(150, 'F').char(39, '2');
        fields
          .text(11, order.text(11) ?? '')
          .text(55, order.text(55) ?? '')
          .char(54, order.text(54) ?? '1');
        fields.int(32, quantity).decimal(31, price, PRICE_SCALE);
        fields.int(151, 0).int(14, quantity).decimal(6, price, PRICE_SCALE).utcMillis(60, Date.now());
      },
      { source },
    );
  },
};

const acceptor = new Acceptor({
  host: '127.0.0.1',
  port: Number(port),
  authenticate: ({ senderCompId }) => ({
    accept: true,
    settings: { beginString: 'FIX.4.4', senderCompId: 'EXAMPLE', targetCompId: senderCompId },
    store: new FileStore({ directory, name: senderCompId }),
    application,
  }),
});
await acceptor.listen();
console.log(`listening on port ${acceptor.port}`);
process.once('SIGTERM', () => void acceptor.close());
