/** Acceptor and initiator against each other over loopback. */
import { describe, expect, it } from 'vitest';
import type { FieldWriter } from '../codec/fields.ts';
import type { Application } from '../session/application.ts';
import { MemoryStore } from '../session/store.memory.ts';
import { Acceptor } from './acceptor.ts';
import type { SessionSettings } from './contract.ts';
import { Initiator } from './initiator.ts';

const SERVER: SessionSettings = { beginString: 'FIX.4.4', senderCompId: 'TIDEGATE', targetCompId: 'CLIENT' };
const CLIENT: SessionSettings = { beginString: 'FIX.4.4', senderCompId: 'CLIENT', targetCompId: 'TIDEGATE' };

function writeOrder(clOrdId: string): (fields: FieldWriter) => void {
  return (fields) =>
    fields
      .text(11, clOrdId)
      .text(55, 'EUR/USD')
      .char(54, '1')
      .utcMillis(60, 1_773_144_000_123)
      .int(38, 100)
      .char(40, '1');
}

describe('acceptor and initiator', () => {
  it('log on, exchange messages and log out', async () => {
    const { promise: done, resolve } = Promise.withResolvers<string[]>();
    const received: string[] = [];
    const server: Application = {
      onMessage: (message, session) => {
        session.send('8', (fields) =>
          fields
            .text(37, 'O')
            .text(17, `E-${message.text(11)}`)
            .char(150, '0')
            .char(39, '0')
            .text(55, 'EUR/USD')
            .char(54, '1')
            .int(151, 100)
            .int(14, 0)
            .int(6, 0),
        );
      },
    };
    const acceptor = new Acceptor({
      host: '127.0.0.1',
      port: 0,
      authenticate: () => ({ accept: true, settings: SERVER, store: new MemoryStore(), application: server }),
    });
    await acceptor.listen();
    const initiator = new Initiator({
      hosts: [{ host: '127.0.0.1', port: acceptor.port }],
      settings: CLIENT,
      store: new MemoryStore(),
      application: {
        onLogon: (session) => {
          for (let i = 1; i <= 1000; i++) session.send('D', writeOrder(`C${i}`));
        },
        onMessage: (message) => {
          received.push(message.text(17) as string);
          if (received.length === 1000) resolve(received);
        },
      },
    });
    await initiator.start();
    expect(await done).toEqual(Array.from({ length: 1000 }, (_, i) => `E-C${i + 1}`));
    await initiator.stop('done');
    expect(acceptor.sessions[0]?.isLoggedOn).toBe(false);
    await acceptor.close();
  });
});
