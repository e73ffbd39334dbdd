/**
 * Our side of the benchmark's fleet: acceptors on 28 ports that answer each order with a report. Prints its
 * ports; its memory for each line of input; ends when its input ends.
 */
import type { FieldWriter } from '@tidegate/fix/codec/fields';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Acceptor } from '@tidegate/fix/transport/acceptor';

const PORTS = 28;

let clOrdId = '';
const write = (fields: FieldWriter): void => {
  fields.int(6, 0).text(11, clOrdId).int(14, 0).text(17, 'E').text(37, 'O').char(39, '0');
  fields.char(54, '1').text(55, 'EUR/USD').char(150, '0').int(151, 1_000_000);
};
const acceptors = Array.from(
  { length: PORTS },
  () =>
    new Acceptor({
      host: '127.0.0.1',
      port: 0,
      authenticate: ({ senderCompId, targetCompId }) => ({
        accept: true,
        settings: { beginString: 'FIX.4.4', senderCompId: targetCompId, targetCompId: senderCompId },
        store: new MemoryStore({ maxRecords: 100 }),
        application: {
          onMessage(message, session) {
            clOrdId = message.text(11) ?? '';
            session.send('8', write);
          },
        },
      }),
    }),
);
for (const acceptor of acceptors) await acceptor.listen();
process.stdout.write(`${acceptors.map((acceptor) => acceptor.port).join(',')}\n`);
process.stdin.on('data', () => {
  const bytes = process.memoryUsage.rss();
  process.stdout.write(`${JSON.stringify({ megabytes: Math.round(bytes / (1 << 20)) })}\n`);
});
process.stdin.on('end', () => {
  void Promise.all(acceptors.map((acceptor) => acceptor.close())).finally(() => process.exit(0));
});
