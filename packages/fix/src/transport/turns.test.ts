/** One peer that sends more than can be worked off at once: the others have their turn in between. */
import { afterEach, describe, expect, it } from 'vitest';
import { Peer, until } from '../../acceptance/peer.ts';
import type { Application } from '../session/application.ts';
import { MemoryStore } from '../session/store.memory.ts';
import { Acceptor } from './acceptor.ts';

const ORDER = '55=EUR/USD 54=1 60=20260310-12:00:00.000 38=100 40=1';
const floodSize = 200;

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** Each message costs the application a millisecond of work. */
function work(): void {
  const untilMs = performance.now() + 1;
  while (performance.now() < untilMs);
}

async function acceptorFor(application: Application): Promise<Acceptor> {
  const acceptor = new Acceptor({
    host: '127.0.0.1',
    port: 0,
    authenticate: ({ message }) => ({
      accept: true,
      store: new MemoryStore(),
      application,
      settings: {
        beginString: 'FIX.4.4',
        senderCompId: 'TIDEGATE',
        targetCompId: message.text(49)!,
      },
    }),
  });
  await acceptor.listen();
  open.push(acceptor);
  return acceptor;
}

async function peerOf(acceptor: Acceptor, sender: string): Promise<Peer> {
  const peer = await Peer.connect(acceptor.port, { sender, target: 'TIDEGATE' });
  open.push({
    close: async () => {
      peer.socket.destroy();
      await peer.closed;
    },
  });
  peer.logon();
  await peer.next();
  return peer;
}

const flood = (peer: Peer): Buffer =>
  Buffer.concat(
    Array.from({ length: floodSize }, (_, index) => peer.frame(`35=D 34=${index + 2} 11=C${index} ${ORDER}`)),
  );

describe('a peer that floods', () => {
  it('does not keep the others waiting', async () => {
    const taken: string[] = [];
    const others: Peer[] = [];
    const acceptor = await acceptorFor({
      onMessage: (message, session) => {
        // The first of the flood is at work when the other one has something to say.
        if (taken.length === 0) others[0]!.send(`35=D 34=2 11=CALM ${ORDER}`);
        taken.push(`${session.targetCompId} ${message.text(11)}`);
        work();
      },
    });
    const wild = await peerOf(acceptor, 'WILD');
    others.push(await peerOf(acceptor, 'CALM'));
    wild.socket.write(flood(wild));
    await until(() => taken.length === floodSize + 1);
    expect(taken.indexOf('CALM CALM')).toBeLessThan(floodSize / 2);
    expect(taken.filter((one) => one.startsWith('WILD'))).toEqual(
      Array.from({ length: floodSize }, (_, index) => `WILD C${index}`),
    );
  });

  it('that is far behind loses nothing when the application stops reading in between', async () => {
    const taken: string[] = [];
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const acceptor = await acceptorFor({
      onMessage: (message) => {
        taken.push(message.text(11)!);
        if (taken.length % 10 === 0) work();
        return taken.length < 100 ? gate : undefined;
      },
    });
    const wild = await peerOf(acceptor, 'WILD');
    wild.socket.write(flood(wild));
    await until(() => taken.length > 50);
    release();
    await until(() => taken.length === floodSize);
    expect(taken).toEqual(Array.from({ length: floodSize }, (_, index) => `C${index}`));
    wild.send(`35=D 34=${floodSize + 2} 11=LAST ${ORDER}`);
    await until(() => taken.at(-1) === 'LAST');
  });
});
