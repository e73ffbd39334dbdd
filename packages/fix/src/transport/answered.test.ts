/**
 * A message that was answered for good before those in front of it were done: after a crash the peer sends it
 * again, and what it was told holds.
 */
import { afterEach, expect, it } from 'vitest';
import { until } from '../../acceptance/peer.ts';
import { closeAll, ORDER, peerOf, portWith } from '../../acceptance/ports.ts';
import type { Application } from '../session/application.ts';
import type { SessionSettings } from '../session/settings.ts';
import { MemoryStore } from '../session/store.memory.ts';

afterEach(closeAll);

const SETTINGS: SessionSettings = {
  beginString: 'FIX.4.4',
  senderCompId: 'TIDEGATE',
  targetCompId: 'CLIENT',
};
const RESENT = '43=Y 122=20260310-12:00:00.000';

/** Refuses order B at once; every other order waits until `finish` is called. */
function refusingB(): { application: Application; delivered: string[]; finish: () => void } {
  const delivered: string[] = [];
  let finish = (): void => undefined;
  const application: Application = {
    onMessage: (message, session) => {
      const clOrdId = message.text(11) ?? '';
      delivered.push(clOrdId);
      if (clOrdId !== 'B') return new Promise((resolve) => (finish = resolve));
      session.send('j', (fields) => fields.int(45, message.seqNum).text(372, 'D').int(380, 4), {
        answers: message.seqNum,
      });
      return undefined;
    },
  };
  return { application, delivered, finish: () => finish() };
}

async function portOn(store: MemoryStore, application: Application) {
  return portWith(application, {
    authenticate: () => ({ accept: true, store, application, settings: SETTINGS }),
  });
}

it('is not delivered again after a crash, and the one before it is', async () => {
  const store = new MemoryStore();
  const before = refusingB();
  const first = await portOn(store, before.application);
  const peer = await peerOf(first.acceptor.port);
  peer.logon();
  await peer.next();
  peer.send(`35=D 34=2 11=A ${ORDER}`);
  peer.send(`35=D 34=3 11=B ${ORDER}`);
  expect(await peer.next()).toMatch(/35=j\|.*45=3\|/);
  expect(before.delivered).toEqual(['A', 'B']);

  // What another process finds: A was never done, so its number and all behind it count as not received.
  const stored = await store.open();
  expect([stored.nextInbound, stored.answered]).toEqual([2, [3]]);
  const after = refusingB();
  const second = await portOn(store, after.application);
  const again = await peerOf(second.acceptor.port);
  again.send('35=A 34=4 98=0 108=30');
  expect(await again.next()).toContain('35=A|');
  expect(await again.next()).toMatch(/35=2\|.*7=2\|/);
  again.send(`35=D 34=2 ${RESENT} 11=A ${ORDER}`);
  again.send(`35=D 34=3 ${RESENT} 11=B ${ORDER}`);
  again.send('35=4 34=4 43=Y 122=20260310-12:00:00.000 123=Y 36=5');
  again.send(`35=D 34=5 11=C ${ORDER}`);
  again.send('35=1 34=6 112=alive');
  expect(await again.next()).toContain('112=alive|');
  expect(after.delivered).toEqual(['A', 'C']);
});

it('is not delivered again when the one before it has failed', async () => {
  const store = new MemoryStore();
  const delivered: string[] = [];
  let fail = (): void => undefined;
  const application: Application = {
    onMessage: (message, session) => {
      const clOrdId = message.text(11) ?? '';
      delivered.push(clOrdId);
      if (clOrdId === 'A' && delivered.length === 1)
        return new Promise((_, reject) => (fail = () => reject(new Error('nobody answers'))));
      if (clOrdId === 'B')
        session.send('j', (fields) => fields.text(372, 'D').int(380, 4), { answers: message.seqNum });
      return undefined;
    },
  };
  const { acceptor } = await portOn(store, application);
  const peer = await peerOf(acceptor.port);
  peer.logon();
  await peer.next();
  peer.send(`35=D 34=2 11=A ${ORDER}`);
  peer.send(`35=D 34=3 11=B ${ORDER}`);
  expect(await peer.next()).toContain('35=j|');
  fail();
  expect(await peer.next()).toContain('35=5|');
  peer.socket.destroy();
  await peer.closed;
  const again = await peerOf(acceptor.port);
  again.send('35=A 34=5 98=0 108=30');
  expect(await again.next()).toContain('35=A|');
  expect(await again.next()).toMatch(/35=2\|.*7=2\|/);
  again.send(`35=D 34=2 ${RESENT} 11=A ${ORDER}`);
  again.send(`35=D 34=3 ${RESENT} 11=B ${ORDER}`);
  again.send('35=4 34=4 43=Y 122=20260310-12:00:00.000 123=Y 36=6');
  await until(() => delivered.length >= 3);
  again.send('35=1 34=6 112=alive');
  expect(await again.next()).toContain('112=alive|');
  expect(delivered).toEqual(['A', 'B', 'A']);
});
