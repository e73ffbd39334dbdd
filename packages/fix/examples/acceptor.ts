/**
 * An acceptor: anyone with the right password may log on, orders are refused politely.
 *
 *   node packages/fix/examples/acceptor.ts PORT
 */
import { readFileSync } from 'node:fs';
import { FileStore } from '@tidegate/fix/session/store.file';
import { Acceptor } from '@tidegate/fix/transport/acceptor';

const [port = '7002', passwordFile = 'password', directory = 'sessions'] = process.argv.slice(2);
const password = readFileSync(passwordFile, 'utf8').trim();

const acceptor = new Acceptor({
  host: '127.0.0.1',
  port: Number(port),
  authenticate(request) {
    if (request.password !== password) return { accept: false, text: 'unknown user' };
    const { senderCompId } = request;
    return {
      accept: true,
      settings: { beginString: 'FIX.4.4', senderCompId: 'EXAMPLE', targetCompId: senderCompId },
      store: new FileStore({ directory, name: senderCompId, fsync: 'batch' }),
      application: {
        onLogon: (session) => console.log(`${session.id} is logged on`),
        onMessage(message, session) {
          session.send('j', (fields) => {
            fields.int(45, message.seqNum).text(372, message.msgType).int(380, 3);
          });
        },
      },
    };
  },
});
await acceptor.listen();
console.log(`listening on port ${acceptor.port}`);
process.once('SIGTERM', () => void acceptor.close('the acceptor stops'));
