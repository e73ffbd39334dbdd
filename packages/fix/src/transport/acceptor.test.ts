/** What an acceptor does with strangers, crowds, noise and slow readers. */
import { afterEach, describe, expect, it } from 'vitest';
import { Peer, until, type PeerIds } from '../../acceptance/peer.ts';
import type { Application, SessionHandle } from '../session/application.ts';
import { MemoryStore } from '../session/store.memory.ts';
import { Acceptor } from './acceptor.ts';
import type { AcceptorOptions, SessionSettings } from './contract.ts';

const IDS: PeerIds = { sender: 'CLIENT', target: 'TIDEGATE' };
const ORDER = '55=EUR/USD 54=1 60=20260310-12:00:00.000 38=100 40=1';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function acceptorWith(
  application: Application,
  options: Partial<AcceptorOptions> = {},
  settings: Partial<SessionSettings> = {},
): Promise<{ acceptor: Acceptor; refused: string[] }> {
  const refused: string[] = [];
  const acceptor = new Acceptor({
    host: '127.0.0.1',
    port: 0,
    authenticate: (request) => ({
      accept: true,
      store: new MemoryStore(),
      application,
      settings: {
        beginString: 'FIX.4.4',
        senderCompId: request.targetCompId,
        targetCompId: request.senderCompId,
        ...settings,
      },
    }),
    onRefused: ({ reason }) => refused.push(reason),
    ...options,
  });
  await acceptor.listen();
  open.push(acceptor);
  return { acceptor, refused };
}

async function peerOf(acceptor: Acceptor, ids = IDS): Promise<Peer> {
  const peer = await Peer.connect(acceptor.port, ids);
  open.push({
    close: async () => {
      peer.socket.destroy();
      await peer.closed;
    },
  });
  return peer;
}

const SILENT: Application = { onMessage: () => undefined };

describe('acceptor', () => {
  it('answers a refused logon with a Logout and disconnects', async () => {
    const { acceptor, refused } = await acceptorWith(SILENT, {
      authenticate: (request) => ({
        accept: false,
        text: `no ${request.username} with ${request.password} at ${request.beginString}`,
      }),
    });
    const peer = await peerOf(acceptor);
    peer.send('35=A 34=1 98=0 108=30 553=bob 554=secret');
    expect(await peer.next()).toMatch(
      /35=5\|49=TIDEGATE\|56=CLIENT\|34=1\|.*58=no bob with secret at FIX.4.4\|/,
    );
    expect(await peer.next()).toBeUndefined();
    expect(refused).toEqual(['no bob with secret at FIX.4.4']);
  });

  it('waits for an authentication that takes its time, and loses nothing that came meanwhile', async () => {
    const gate = Promise.withResolvers<void>();
    const got: string[] = [];
    const application: Application = {
      onMessage: (message) => {
        got.push(message.text(11) as string);
      },
    };
    const { acceptor } = await acceptorWith(application, {
      authenticate: async (request) => {
        await gate.promise;
        return {
          accept: true,
          store: new MemoryStore(),
          application,
          settings: {
            beginString: 'FIX.4.4',
            senderCompId: request.targetCompId,
            targetCompId: request.message.text(49) as string,
          },
        };
      },
    });
    const peer = await peerOf(acceptor);
    peer.socket.write(
      Buffer.concat([
        peer.frame('35=A 34=1 98=0 108=30'),
        peer.frame(`35=D 34=2 11=C2 ${ORDER}`),
        peer.frame(`35=D 34=3 11=C3 ${ORDER}`),
      ]),
    );
    peer.send(`35=D 34=4 11=C4 ${ORDER}`);
    gate.resolve();
    expect(await peer.next()).toContain('35=A|');
    await until(() => got.length === 3);
    expect(got).toEqual(['C2', 'C3', 'C4']);
  });

  it('refuses when authenticate throws, without saying why', async () => {
    const { acceptor, refused } = await acceptorWith(SILENT, {
      authenticate: () => Promise.reject(new Error('password table on fire')),
    });
    const peer = await peerOf(acceptor);
    peer.logon();
    expect(await peer.next()).toContain('58=logon is not possible now|');
    expect(refused).toEqual(['password table on fire']);
  });

  it('refuses the newcomer when the session is logged on, without a word', async () => {
    const { acceptor, refused } = await acceptorWith(SILENT);
    const first = await peerOf(acceptor);
    first.logon();
    await first.next();
    const second = await peerOf(acceptor);
    second.logon(2);
    expect(await second.next()).toBeUndefined();
    expect(refused).toEqual(['FIX.4.4:TIDEGATE->CLIENT is logged on already']);
    // The one that is there is asked whether it is alive.
    expect(await first.next()).toContain('35=1|');
    first.send('35=1 34=2 112=still_here');
    expect(await first.next()).toContain('112=still here|');
    expect(acceptor.sessions).toHaveLength(1);
  });

  it('keeps the numbers of a session between connections', async () => {
    const { acceptor } = await acceptorWith(SILENT);
    const first = await peerOf(acceptor);
    first.logon();
    expect(await first.next()).toContain('34=1|');
    first.socket.destroy();
    await until(() => acceptor.sessions[0]?.isLoggedOn === false);
    const second = await peerOf(acceptor);
    second.logon(2);
    expect(await second.next()).toMatch(/35=A\|.*34=2\|/);
  });

  it('sends what a registered session was told before the client came, when the client asks', async () => {
    const { acceptor } = await acceptorWith(SILENT, {
      authenticate: () => ({
        accept: true,
        id: 'client-1',
        store: new MemoryStore(),
        application: SILENT,
        settings: { beginString: 'FIX.4.4', senderCompId: 'TIDEGATE', targetCompId: 'CLIENT' },
      }),
    });
    const store = new MemoryStore();
    const session = await acceptor.register({
      id: 'client-1',
      store,
      application: SILENT,
      settings: { beginString: 'FIX.4.4', senderCompId: 'TIDEGATE', targetCompId: 'CLIENT' },
    });
    expect(session.isLoggedOn).toBe(false);
    expect(
      session.send('B', (fields) => fields.text(148, 'hello').int(33, 1).text(58, 'line'), {
        source: { partition: 'firm', sequence: 7 },
      }),
    ).toBe(1);
    expect(session.cursor('firm')).toBe(7);
    await expect(
      acceptor.register({
        id: 'client-1',
        store,
        application: SILENT,
        settings: {
          beginString: 'FIX.4.4',
          senderCompId: 'A',
          targetCompId: 'B',
        },
      }),
    ).rejects.toThrow('registered already');
    const peer = await peerOf(acceptor);
    peer.logon();
    expect(await peer.next()).toMatch(/35=A\|.*34=2\|/);
    expect(session.isLoggedOn).toBe(true);
    peer.send('35=2 34=2 7=1 16=0');
    expect(await peer.next()).toMatch(/35=B\|.*34=1\|43=Y\|.*148=hello\|/);
    expect(await peer.next()).toMatch(/35=4\|.*34=2\|.*123=Y\|36=3\|/);
  });

  it('cuts what does not begin with a Logon', async () => {
    const { acceptor, refused } = await acceptorWith(SILENT);
    for (const first of ['35=D 34=1', '35=0 34=1']) {
      const peer = await peerOf(acceptor);
      peer.send(first);
      expect(await peer.next()).toBeUndefined();
    }
    const browser = await peerOf(acceptor);
    browser.socket.write('GET / HTTP/1.1\r\n\r\n');
    await browser.closed;
    expect(refused).toEqual([
      'first message is not a Logon',
      'first message is not a Logon',
      'first bytes are not a FIX message',
    ]);
  });

  it('cuts connections that never log on, and those over the limit', async () => {
    const { acceptor, refused } = await acceptorWith(SILENT, { logonTimeoutMs: 200, maxConnections: 2 });
    const [first, second] = [await peerOf(acceptor), await peerOf(acceptor)];
    const third = await peerOf(acceptor);
    await third.closed;
    second.socket.write('8=FIX.4.4\x019=10');
    await first.closed;
    await second.closed;
    expect(refused.sort()).toEqual(['no Logon in time', 'no Logon in time', 'too many connections']);
    const fourth = await peerOf(acceptor);
    fourth.logon();
    expect(await fourth.next()).toContain('35=A|');
  });

  it('cuts a message over the size limit and takes half messages as they come', async () => {
    const got: string[] = [];
    const { acceptor } = await acceptorWith({
      onMessage: (message) => {
        got.push(message.text(11) as string);
      },
    });
    const peer = await peerOf(acceptor);
    for (const byte of peer.frame('35=A 34=1 98=0 108=30')) {
      peer.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    expect(await peer.next()).toContain('35=A|');
    peer.send(`35=D 34=2 11=C2 ${ORDER}`);
    await until(() => got.length === 1);
    const ids: PeerIds = { sender: 'BIG', target: 'TIDEGATE' };
    const big = await peerOf(acceptor, ids);
    big.logon();
    await big.next();
    big.send(`35=D 34=2 11=C2 ${ORDER} 58=${'x'.repeat(10 << 20)}`);
    await big.closed;
    peer.send('35=1 34=3 112=unharmed');
    expect(await peer.next()).toContain('112=unharmed|');
  });

  it('ignores garbage between messages and counts it', async () => {
    const { acceptor } = await acceptorWith(SILENT);
    const peer = await peerOf(acceptor);
    peer.logon();
    await peer.next();
    peer.socket.write(
      Buffer.concat([
        Buffer.alloc(5_000, 0xff),
        peer.frame('35=0 34=2 10=999'),
        Buffer.from('8=FIX.4.4\x019=junk\x0135=0\x01'),
        peer.frame('35=1 34=2 112=ok'),
      ]),
    );
    expect(await peer.next()).toContain('112=ok|');
    expect(acceptor.sessions[0]?.counters.garbledIn).toBe(3);
  });

  it('survives a flood: every order answered, in order', async () => {
    const { acceptor } = await acceptorWith({
      onMessage: (message, session) => {
        session.send('j', (fields) => fields.int(45, message.seqNum).text(372, 'D').int(380, 0));
      },
    });
    const peer = await peerOf(acceptor);
    peer.logon();
    await peer.next();
    const count = 20_000;
    const frames = Array.from({ length: count }, (_, i) => peer.frame(`35=D 34=${i + 2} 11=C${i} ${ORDER}`));
    peer.socket.write(Buffer.concat(frames));
    for (let i = 0; i < count; i++) {
      const answer = await peer.next();
      if (!answer?.includes(`|45=${i + 2}|`)) expect.fail(`answer ${i}: ${answer}`);
    }
    expect(acceptor.sessions[0]?.counters).toMatchObject({ messagesIn: count + 1, messagesOut: count + 1 });
  });

  it('tells of congestion, cuts a peer that does not read, and goes on with the others', async () => {
    const settings = { sendQueueHighWaterBytes: 200_000, sendQueueLimitBytes: 2_000_000 };
    const drained: SessionHandle[] = [];
    const reasons: string[] = [];
    const { acceptor } = await acceptorWith(
      {
        onMessage: () => undefined,
        onDrain: (session) => drained.push(session),
        onLogout: (_session, reason) => reasons.push(reason),
      },
      {},
      settings,
    );
    const slow = await peerOf(acceptor);
    slow.logon();
    await slow.next();
    slow.socket.pause();
    const other = await peerOf(acceptor, { sender: 'OTHER', target: 'TIDEGATE' });
    other.logon();
    await other.next();
    const session = acceptor.sessions.find((one) => one.targetCompId === 'CLIENT') as SessionHandle;
    const news = (): number =>
      session.send('B', (fields) => fields.text(148, 'n').int(33, 1).text(58, 'y'.repeat(10_000)));
    while (!session.isCongested) {
      expect(news()).toBeGreaterThan(0);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    slow.socket.resume();
    await until(() => drained.length > 0);
    expect(drained).toEqual([session]);
    expect(session.isCongested).toBe(false);
    slow.socket.pause();
    while (session.isLoggedOn) {
      news();
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    expect(reasons).toEqual(['send queue over its limit: the peer reads too slowly']);
    expect(session.queuedBytes).toBeLessThan(100_000);
    expect(news()).toBeGreaterThan(0);
    other.send('35=1 34=2 112=fine');
    expect(await other.next()).toContain('112=fine|');
  });

  it('releases a session and resets the numbers of one', async () => {
    const { acceptor } = await acceptorWith(SILENT);
    const first = await peerOf(acceptor);
    first.logon();
    await first.next();
    const id = 'FIX.4.4:TIDEGATE->CLIENT';
    expect(acceptor.session(id)).toMatchObject({ state: 'established', nextInbound: 2, nextOutbound: 2 });
    expect(() => acceptor.resetNumbers(id)).toThrow('only while disconnected');
    first.socket.destroy();
    await until(() => acceptor.session(id)?.isLoggedOn === false);
    acceptor.resetNumbers(id);
    expect(acceptor.session(id)).toMatchObject({ state: 'disconnected', nextInbound: 1, nextOutbound: 1 });
    await acceptor.release(id);
    expect(acceptor.sessions).toEqual([]);
    const second = await peerOf(acceptor);
    second.logon();
    expect(await second.next()).toMatch(/35=A\|.*34=1\|/);
  });

  it('logs everybody out when it closes, and closes the stores', async () => {
    const { acceptor } = await acceptorWith(SILENT);
    const peer = await peerOf(acceptor);
    peer.logon();
    await peer.next();
    const { port } = acceptor;
    const closing = acceptor.close('end of day');
    expect(await peer.next()).toMatch(/35=5\|.*58=end of day\|/);
    peer.send('35=5 34=2');
    await closing;
    await peer.closed;
    await expect(Peer.connect(port, IDS)).rejects.toThrow();
  });
});
