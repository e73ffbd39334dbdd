/** What an acceptor does with strangers, crowds, noise and slow readers. */
import { afterEach, describe, expect, it } from 'vitest';
import { Peer, until, type PeerIds } from '../../acceptance/peer.ts';
import { closeAll, IDS, ORDER, peerOf, portWith, SILENT } from '../../acceptance/ports.ts';
import type { Application, SessionHandle } from '../session/application.ts';
import { MemoryStore } from '../session/store.memory.ts';

afterEach(closeAll);

describe('acceptor', () => {
  it('answers a refused logon with a Logout and disconnects', async () => {
    const { acceptor, refused } = await portWith(SILENT, {
      authenticate: (request) => ({
        accept: false,
        text: `no ${request.username} with ${request.password} at ${request.beginString}`,
      }),
    });
    const peer = await peerOf(acceptor.port);
    peer.send('35=A 34=1 98=0 108=30 553=bob 554=secret');
    const answer = await peer.next();
    for (const field of ['35=5', '34=1', '49=TIDEGATE', '56=CLIENT', '58=no bob with secret at FIX.4.4'])
      expect(answer).toContain(`|${field}|`);
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
    const { acceptor } = await portWith(application, {
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
    const peer = await peerOf(acceptor.port);
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
    const { acceptor, refused } = await portWith(SILENT, {
      authenticate: () => Promise.reject(new Error('password table on fire')),
    });
    const peer = await peerOf(acceptor.port);
    peer.logon();
    expect(await peer.next()).toContain('58=logon is not possible now|');
    expect(refused).toEqual(['password table on fire']);
  });

  it('refuses the newcomer when the session is logged on, without a word', async () => {
    const { acceptor, refused } = await portWith(SILENT);
    const first = await peerOf(acceptor.port);
    first.logon();
    await first.next();
    const second = await peerOf(acceptor.port);
    second.logon(2);
    expect(await second.next()).toBeUndefined();
    expect(refused).toEqual(['FIX.4.4:TIDEGATE->CLIENT is logged on already']);
    // The one that is there notices nothing.
    first.send('35=1 34=2 112=still_here');
    expect(await first.next()).toContain('112=still here|');
    expect(acceptor.sessions).toHaveLength(1);
  });

  it('lets a peer in again the moment after it has closed its side', async () => {
    const { acceptor, refused } = await portWith(SILENT, {}, { resetOnLogon: true });
    for (let round = 0; round < 50; round++) {
      const peer = await peerOf(acceptor.port);
      peer.logon();
      expect(await peer.next()).toContain('35=A|');
      peer.socket.end();
    }
    expect(refused).toEqual([]);
  });

  it('asks a session that is called for again whether it is alive, where that is wanted', async () => {
    const { acceptor } = await portWith(SILENT, {}, { secondLogon: 'challenged' });
    const first = await peerOf(acceptor.port);
    first.logon();
    await first.next();
    const second = await peerOf(acceptor.port);
    second.logon(2);
    expect(await second.next()).toBeUndefined();
    expect(await first.next()).toContain('35=1|');
  });

  it('keeps the numbers of a session between connections', async () => {
    const { acceptor } = await portWith(SILENT);
    const first = await peerOf(acceptor.port);
    first.logon();
    expect(await first.next()).toContain('34=1|');
    first.socket.destroy();
    await until(() => acceptor.sessions[0]?.isLoggedOn === false);
    const second = await peerOf(acceptor.port);
    second.logon(2);
    expect(await second.next()).toMatch(/35=A\|.*34=2\|/);
  });

  it('sends what a registered session was told before the client came, when the client asks', async () => {
    const { acceptor } = await portWith(SILENT, {
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
    const peer = await peerOf(acceptor.port);
    peer.logon();
    expect(await peer.next()).toMatch(/35=A\|.*34=2\|/);
    expect(session.isLoggedOn).toBe(true);
    peer.send('35=2 34=2 7=1 16=0');
    expect(await peer.next()).toMatch(/35=B\|.*34=1\|43=Y\|.*148=hello\|/);
    expect(await peer.next()).toMatch(/35=4\|.*34=2\|.*36=3\|123=Y\|/);
  });

  it('cuts what does not begin with a Logon', async () => {
    const { acceptor, refused } = await portWith(SILENT);
    for (const first of ['35=D 34=1', '35=0 34=1']) {
      const peer = await peerOf(acceptor.port);
      peer.send(first);
      expect(await peer.next()).toBeUndefined();
    }
    const browser = await peerOf(acceptor.port);
    browser.socket.write('GET / HTTP/1.1\r\n\r\n');
    await browser.closed;
    expect(refused).toEqual([
      'first message is not a Logon',
      'first message is not a Logon',
      'first bytes are not a FIX message',
    ]);
  });

  it('cuts connections that never log on, and those over the limit', async () => {
    const { acceptor, refused } = await portWith(SILENT, { logonTimeoutMs: 200, maxConnections: 2 });
    const [first, second] = [await peerOf(acceptor.port), await peerOf(acceptor.port)];
    const third = await peerOf(acceptor.port);
    await third.closed;
    second.socket.write('8=FIX.4.4\x019=10');
    await first.closed;
    await second.closed;
    expect(refused.sort()).toEqual(['no Logon in time', 'no Logon in time', 'too many connections']);
    const fourth = await peerOf(acceptor.port);
    fourth.logon();
    expect(await fourth.next()).toContain('35=A|');
  });

  it('cuts a message over the size limit and takes half messages as they come', async () => {
    const got: string[] = [];
    const { acceptor } = await portWith({
      onMessage: (message) => {
        got.push(message.text(11) as string);
      },
    });
    const peer = await peerOf(acceptor.port);
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
    const big = await peerOf(acceptor.port, ids);
    big.logon();
    await big.next();
    big.send(`35=D 34=2 11=C2 ${ORDER} 58=${'x'.repeat(10 << 20)}`);
    await big.closed;
    peer.send('35=1 34=3 112=unharmed');
    expect(await peer.next()).toContain('112=unharmed|');
  });

  it('ignores garbage between messages and counts it', async () => {
    const { acceptor } = await portWith(SILENT);
    const peer = await peerOf(acceptor.port);
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
    const { acceptor } = await portWith({
      onMessage: (message, session) => {
        session.send('j', (fields) => fields.int(45, message.seqNum).text(372, 'D').int(380, 0));
      },
    });
    const peer = await peerOf(acceptor.port);
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
    const { acceptor } = await portWith(
      {
        onMessage: () => undefined,
        onDrain: (session) => drained.push(session),
        onLogout: (_session, reason) => reasons.push(reason),
      },
      {},
      settings,
    );
    const slow = await peerOf(acceptor.port);
    slow.logon();
    await slow.next();
    slow.socket.pause();
    const other = await peerOf(acceptor.port, { sender: 'OTHER', target: 'TIDEGATE' });
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

  it('releases a session and resets the numbers of one, and says which was a first start', async () => {
    const resets: string[] = [];
    const { acceptor } = await portWith({
      ...SILENT,
      onEvent: (event) => void (event.kind === 'reset' && resets.push(event.by)),
    });
    const first = await peerOf(acceptor.port);
    first.logon();
    await first.next();
    const id = 'FIX.4.4:TIDEGATE->CLIENT';
    expect(acceptor.session(id)).toMatchObject({ state: 'established', nextInbound: 2, nextOutbound: 2 });
    expect(() => acceptor.resetNumbers(id)).toThrow('only while disconnected');
    first.socket.destroy();
    await until(() => acceptor.session(id)?.isLoggedOn === false);
    acceptor.resetNumbers(id);
    expect(acceptor.session(id)).toMatchObject({ state: 'disconnected', nextInbound: 1, nextOutbound: 1 });
    expect(resets).toEqual(['firstStart', 'operator']);
    await acceptor.release(id);
    expect(acceptor.sessions).toEqual([]);
    const second = await peerOf(acceptor.port);
    second.logon();
    expect(await second.next()).toMatch(/35=A\|.*34=1\|/);
  });

  it('sets the numbers of a session that is away', async () => {
    const { acceptor } = await portWith(SILENT);
    const first = await peerOf(acceptor.port);
    first.logon();
    await first.next();
    const id = 'FIX.4.4:TIDEGATE->CLIENT';
    expect(() => acceptor.setNumbers(id, { nextInbound: 9 })).toThrow('only while disconnected');
    first.socket.destroy();
    await until(() => acceptor.session(id)?.isLoggedOn === false);
    expect(() => acceptor.setNumbers('nobody', {})).toThrow('no session nobody');
    expect(() => acceptor.setNumbers(id, { nextInbound: 0 })).toThrow(new RangeError('0 is no MsgSeqNum'));
    expect(() => acceptor.setNumbers(id, { nextOutbound: 2.5 })).toThrow(RangeError);
    expect(() => acceptor.setNumbers(id, { nextInbound: 9, nextOutbound: 1 })).toThrow(
      new RangeError('outbound 1 is used already, 2 is next'),
    );
    expect(acceptor.session(id)).toMatchObject({ nextInbound: 2, nextOutbound: 2 });
    acceptor.setNumbers(id, { nextInbound: 41, nextOutbound: 7 });
    const second = await peerOf(acceptor.port);
    second.send('35=A 34=41 98=0 108=30');
    expect(await second.next()).toMatch(/35=A\|.*34=7\|/);
  });

  it('logs everybody out when it closes, and closes the stores', async () => {
    const { acceptor } = await portWith(SILENT);
    const peer = await peerOf(acceptor.port);
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
