/** Who gets through to an acceptor: addresses, rates, half-open connections, failed logons, second logons. */
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../acceptance/peer.ts';
import { closeAll, peerOf, portWith, SESSION_ID, SILENT } from '../../acceptance/ports.ts';
import { MemoryStore } from '../session/store.memory.ts';
import type { StoredSession } from '../session/store.ts';
import type { SessionSettings } from './contract.ts';

afterEach(closeAll);

const SETTINGS: SessionSettings = {
  beginString: 'FIX.4.4',
  senderCompId: 'TIDEGATE',
  targetCompId: 'CLIENT',
};

describe('acceptor', () => {
  it('cuts addresses that are not on its list before it reads a byte', async () => {
    const { acceptor, refused, requests } = await portWith(SILENT, {
      allowedRemoteAddresses: ['10.0.0.0/8', '::1'],
    });
    const peer = await peerOf(acceptor.port);
    peer.logon();
    expect(await peer.next()).toBeUndefined();
    expect(refused).toEqual(['address is not allowed']);
    expect(requests).toEqual([]);
    const open = await portWith(SILENT, { allowedRemoteAddresses: ['127.0.0.0/8'] });
    const friend = await peerOf(open.acceptor.port);
    friend.logon();
    expect(await friend.next()).toContain('35=A|');
    await expect(portWith(SILENT, { allowedRemoteAddresses: ['10.0.0.0/99'] })).rejects.toThrow(
      'not an address or CIDR block: 10.0.0.0/99',
    );
  });

  it('takes another list of addresses while it listens', async () => {
    const { acceptor, refused } = await portWith(SILENT, { allowedRemoteAddresses: [] });
    expect(await (await peerOf(acceptor.port)).next()).toBeUndefined();
    expect(refused).toEqual(['address is not allowed']);
    expect(() => acceptor.allow(['127.0.0.0/8', 'nowhere'])).toThrow('not an address or CIDR block: nowhere');
    acceptor.allow(['127.0.0.0/8']);
    const peer = await peerOf(acceptor.port);
    peer.logon();
    expect(await peer.next()).toContain('35=A|');
    acceptor.allow(['10.0.0.0/8']);
    // Who is in stays in.
    peer.send('35=1 34=2 112=still');
    expect(await peer.next()).toContain('112=still|');
    expect(await (await peerOf(acceptor.port)).next()).toBeUndefined();
  });

  it('holds a session to the addresses it may come from, without saying why', async () => {
    const { acceptor, refused, requests } = await portWith(
      SILENT,
      {},
      { allowedRemoteAddresses: ['10.0.0.0/8'] },
    );
    const peer = await peerOf(acceptor.port);
    peer.logon();
    expect(await peer.next()).toBeUndefined();
    expect(requests).toHaveLength(1);
    expect(refused).toEqual([`${SESSION_ID} may not log on from this address`]);
    expect(acceptor.sessions).toEqual([]);
  });

  it('lets one address hold only so many connections without a Logon', async () => {
    const { acceptor, refused } = await portWith(SILENT, { limits: { halfOpenPerAddressMax: 2 } });
    const first = await peerOf(acceptor.port);
    const second = await peerOf(acceptor.port);
    await (
      await peerOf(acceptor.port)
    ).closed;
    // One that has logged on, or is gone, no longer counts.
    first.logon();
    expect(await first.next()).toContain('35=A|');
    second.socket.destroy();
    await until(() => refused.length === 2);
    const [third, fourth] = [await peerOf(acceptor.port), await peerOf(acceptor.port)];
    third.send('35=A 34=1 49=THIRD 98=0 108=30');
    expect(await third.next()).toContain('35=A|');
    fourth.send('35=A 34=1 49=FOURTH 98=0 108=30');
    expect(await fourth.next()).toContain('35=A|');
    expect(refused).toEqual([
      'too many connections without a Logon from this address',
      'connection closed by the peer',
    ]);
  });

  it('lets one address connect only so often', async () => {
    const { acceptor, refused } = await portWith(SILENT, {
      limits: { connectionsPerSecondPerAddress: 0.001 },
    });
    const first = await peerOf(acceptor.port);
    first.logon();
    expect(await first.next()).toContain('35=A|');
    await (
      await peerOf(acceptor.port)
    ).closed;
    expect(refused).toEqual(['too many connections a second from this address']);
  });

  it('looks at no more Logons of one who failed too often', async () => {
    const asked: string[] = [];
    const { acceptor, refused } = await portWith(SILENT, {
      limits: { refusedLogonsMax: 2 },
      authenticate: ({ senderCompId, password }) => {
        asked.push(`${senderCompId} ${password}`);
        if (password !== 'right') return { accept: false, text: 'wrong password' };
        return {
          accept: true,
          store: new MemoryStore(),
          application: SILENT,
          settings: { ...SETTINGS, targetCompId: senderCompId },
        };
      },
    });
    const logOn = async (sender: string, password: string): Promise<string | undefined> => {
      const peer = await peerOf(acceptor.port, { sender, target: 'TIDEGATE' });
      peer.send(`35=A 34=1 98=0 108=30 554=${password}`);
      return peer.next();
    };
    expect(await logOn('A', 'guess')).toContain('58=wrong password|');
    expect(await logOn('A', 'again')).toContain('58=wrong password|');
    expect(await logOn('A', 'right')).toBeUndefined();
    expect(await logOn('B', 'right')).toContain('35=A|');
    expect(asked).toEqual(['A guess', 'A again', 'B right']);
    expect(refused).toEqual(['wrong password', 'wrong password', 'too many refused Logons']);
  });

  it('closes without a word when authenticate says so', async () => {
    const { acceptor, refused } = await portWith(SILENT, {
      authenticate: () => ({ accept: false, text: 'unknown session', isSilent: true }),
    });
    const peer = await peerOf(acceptor.port);
    peer.logon();
    expect(await peer.next()).toBeUndefined();
    expect(refused).toEqual(['unknown session']);
  });

  it('binds the newest connection when the session says so, after it was authorised', async () => {
    const reasons: string[] = [];
    const { acceptor } = await portWith(
      { ...SILENT, onLogout: (_session, reason) => reasons.push(reason) },
      {
        authenticate: ({ password }) =>
          password === 'wrong'
            ? { accept: false, text: 'wrong password' }
            : {
                accept: true,
                store: new MemoryStore(),
                application: { ...SILENT, onLogout: (_session, reason) => void reasons.push(reason) },
                settings: { ...SETTINGS, secondLogon: 'newestWins' },
              },
      },
    );
    const first = await peerOf(acceptor.port);
    first.logon();
    await first.next();
    const stranger = await peerOf(acceptor.port);
    stranger.send('35=A 34=2 98=0 108=30 554=wrong');
    expect(await stranger.next()).toContain('58=wrong password|');
    expect(acceptor.sessions[0]?.isLoggedOn).toBe(true);
    const second = await peerOf(acceptor.port);
    second.logon(2);
    expect(await second.next()).toMatch(/35=A\|.*34=2\|/);
    expect(await first.next()).toBeUndefined();
    expect(reasons).toEqual(['another connection has logged on as this session']);
    second.send('35=1 34=3 112=new');
    expect(await second.next()).toContain('112=new|');
    expect(acceptor.sessions).toHaveLength(1);
  });

  it('reads the stored numbers again at each logon when told so', async () => {
    class SharedStore extends MemoryStore {
      opened = 0;
      override open(): Promise<StoredSession> {
        this.opened += 1;
        return super.open();
      }
    }
    const store = new SharedStore();
    const { acceptor } = await portWith(SILENT, {
      authenticate: () => ({
        accept: true,
        store,
        application: SILENT,
        settings: { ...SETTINGS, refreshOnLogon: true },
      }),
    });
    const first = await peerOf(acceptor.port);
    first.logon();
    await first.next();
    first.socket.destroy();
    await until(() => acceptor.sessions[0]?.isLoggedOn === false);
    const openedBefore = store.opened;
    // Another process goes on with the session.
    store.setNextOutbound(41);
    store.setNextInbound(51);
    const second = await peerOf(acceptor.port);
    second.logon(51);
    expect(await second.next()).toMatch(/35=A\|34=41\|/);
    expect(store.opened).toBe(openedBefore + 1);
    expect(acceptor.session(SESSION_ID)?.nextInbound).toBe(52);
    expect(acceptor.sessions[0]?.counters.logons).toBe(2);
  });
});
