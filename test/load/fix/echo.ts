/**
 * Our engine under the FIX benchmark: an acceptor as anybody would write one, that answers each
 * NewOrderSingle with an ExecutionReport. Runs as a process of its own: `node echo.ts memory|file FOLDER
 * [unbatched]`; prints its port, ends when its input ends.
 */
import { Acceptor } from '@tidegate/fix/transport/acceptor';
import type { FieldWriter } from '@tidegate/fix/codec/fields';
import { FileStore } from '@tidegate/fix/session/store.file';
import { MemoryStore } from '@tidegate/fix/session/store.memory';

const [kind = 'memory', folder = '', batching] = process.argv.slice(2);
let clOrdId = '';

/** The same report that the peer sends. */
function writeReport(fields: FieldWriter): void {
  fields
    .decimal(6, 108_751, 5)
    .text(11, clOrdId)
    .int(14, 250_000)
    .text(17, 'P3-0000004712')
    .decimal(31, 108_751, 5)
    .int(32, 250_000)
    .text(37, 'TG-0000000815')
    .int(38, 1_000_000)
    .char(39, '1')
    .char(40, '2')
    .decimal(44, 108_753, 5)
    .char(54, '1')
    .text(55, 'EUR/USD')
    .utcMillis(60, Date.now())
    .char(150, 'F')
    .int(151, 750_000)
    .int(453, 2)
    .text(448, 'DESK-7')
    .char(447, 'D')
    .int(452, 11)
    .text(448, 'LP-3')
    .char(447, 'D')
    .int(452, 35);
}

let sessions = 0;
const acceptor = new Acceptor({
  host: '127.0.0.1',
  port: 0,
  authenticate: ({ senderCompId, targetCompId }) => ({
    accept: true,
    settings: {
      beginString: 'FIX.4.4',
      senderCompId: targetCompId,
      targetCompId: senderCompId,
      ...(batching === 'unbatched' ? { batchWrites: false } : {}),
    },
    store:
      kind === 'file' ? new FileStore({ directory: folder, name: `s${(sessions += 1)}` }) : new MemoryStore(),
    application: {
      onMessage(message, session) {
        if (message.msgType !== 'D') return;
        clOrdId = message.text(11) ?? '';
        session.send('8', writeReport);
      },
    },
  }),
});
await acceptor.listen();
process.stdout.write(`${acceptor.port}\n`);
process.stdin.resume();
process.stdin.on('end', () => {
  void acceptor.close().finally(() => process.exit(0));
});
