/** Sessions that end in the middle of something: a resend, the opening of a store, a release. */
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../acceptance/peer.ts';
import { afterwards, closeAll, ORDER, peerOf, portWith, SESSION_ID, SILENT } from '../../acceptance/ports.ts';
import type { Application, SessionHandle } from '../session/application.ts';
import type { SessionEvent } from '../session/events.ts';
import { MemoryStore } from '../session/store.memory.ts';
import type { NumbersWithBatch, OutboundRecord, SessionStore, StoredSession } from '../session/store.ts';
import type { SessionSettings } from './contract.ts';
import { Initiator } from './initiator.ts';
import type { LiveSession } from './live.ts';

afterEach(closeAll);

const SETTINGS: SessionSettings = {
  beginString: 'FIX.4.4',
  senderCompId: 'TIDEGATE',
  targetCompId: 'CLIENT',
};
const CLIENT: SessionSettings = { ...SETTINGS, senderCompId: 'CLIENT', targetCompId: 'TIDEGATE' };

/** A store that opens and reads when the test says so, with what there was when it was asked. */
class SlowStore implements SessionStore {
  isSlow = true;
  readonly gates: (() => void)[] = [];
  closed = 0;
  /** Until it is opened again. */
  isBroken = false;
  readonly #inner = new MemoryStore();

  async open(): Promise<StoredSession> {
    const stored = await this.#inner.open();
    this.isBroken = false;
    if (this.isSlow) await new Promise<void>((resolve) => this.gates.push(resolve));
    return stored;
  }

  read(from: number, to: number): readonly OutboundRecord[] | Promise<readonly OutboundRecord[]> {
    const records = this.#inner.read(from, to);
    if (!this.isSlow) return records;
    return new Promise((resolve) => this.gates.push(() => resolve(records)));
  }

  append(records: readonly OutboundRecord[], numbers?: NumbersWithBatch): void {
    this.#assertWhole();
    this.#inner.append(records, numbers);
  }

  setNextInbound(next: number): void {
    this.#inner.setNextInbound(next);
  }

  setNextOutbound(next: number): void {
    this.#assertWhole();
    this.#inner.setNextOutbound(next);
  }

  noteCursors(cursors: ReadonlyMap<string, number>): void {
    this.#inner.noteCursors(cursors);
  }

  reset(createdAtMs: number): void {
    this.#assertWhole();
    this.#inner.reset(createdAtMs);
  }

  #assertWhole(): void {
    if (this.isBroken) throw new Error('no room');
  }

  close(): Promise<void> {
    this.closed += 1;
    return this.#inner.close();
  }
}

describe('a session', () => {
  it('that ends while its resend waits for the peer to read is ended', async () => {
    const settings: SessionSettings = { ...SETTINGS, sendQueueHighWaterBytes: 10_000 };
    const store = new MemoryStore();
    const { acceptor } = await portWith(SILENT, {
      authenticate: () => ({ accept: true, settings, store, application: SILENT }),
    });
    const session = (await acceptor.register({ settings, store, application: SILENT })) as LiveSession;
    for (let i = 0; i < 12_000; i++) session.send('B', (fields) => fields.text(58, 'l'.repeat(1_000)));
    const peer = await peerOf(acceptor.port);
    peer.logon();
    await peer.next();
    peer.socket.pause();
    peer.send('35=2 34=2 7=1 16=0');
    await until(() => session.queuedBytes > 10_000);
    // As time goes by and nothing is heard of the peer: a TestRequest, then the end.
    for (const monoMs of [1e9, 2e9, 3e9]) session.tick(Date.now(), monoMs);
    expect([session.state, session.isConnected]).toEqual(['disconnected', false]);
  });

  it('is not blamed on its peer while the application keeps us from reading', async () => {
    const pending: (() => void)[] = [];
    const { acceptor } = await portWith({
      onMessage: () => new Promise<void>((resolve) => pending.push(resolve)),
    });
    const peer = await peerOf(acceptor.port);
    peer.logon();
    await peer.next();
    const session = acceptor.session(SESSION_ID) as LiveSession;
    const frames = Array.from({ length: 12_000 }, (_, i) => peer.frame(`35=D 34=${i + 2} 11=C${i} ${ORDER}`));
    peer.socket.write(Buffer.concat(frames));
    await until(() => pending.length > 10_000);
    for (const monoMs of [1e9, 2e9, 3e9, 4e9]) session.tick(Date.now(), monoMs);
    expect(session.isLoggedOn).toBe(true);
    for (let done = 0; done < frames.length; done++) {
      await until(() => pending.length > done);
      (pending[done] as () => void)();
    }
  });

  it('that is being released takes no new connection', async () => {
    const gate = Promise.withResolvers<void>();
    let delivered = 0;
    const application: Application = {
      onMessage: () => {
        delivered += 1;
        return gate.promise;
      },
    };
    const { acceptor, refused } = await portWith(application);
    const peer = await peerOf(acceptor.port);
    peer.logon();
    await peer.next();
    peer.send(`35=D 34=2 11=C2 ${ORDER}`);
    await until(() => delivered === 1);
    const released = acceptor.release(SESSION_ID);
    expect(await peer.next()).toContain('35=5|');
    peer.send('35=5 34=3');
    await peer.closed;
    const early = await peerOf(acceptor.port);
    early.logon(4);
    expect(await early.next()).toBeUndefined();
    gate.resolve();
    await released;
    expect(refused).toEqual([`${SESSION_ID} is being closed`]);
    const late = await peerOf(acceptor.port);
    late.logon(4);
    expect(await late.next()).toContain('35=A|');
  });

  it('whose store does not close is forgotten, too', async () => {
    class Clinging extends MemoryStore {
      override close(): Promise<void> {
        return Promise.reject(new Error('no'));
      }
    }
    const { acceptor } = await portWith(SILENT, {
      authenticate: () => ({
        accept: true,
        settings: SETTINGS,
        store: new MemoryStore(),
        application: SILENT,
      }),
    });
    await acceptor.register({ settings: SETTINGS, store: new Clinging(), application: SILENT });
    await expect(acceptor.release(SESSION_ID)).rejects.toThrow('no');
    const peer = await peerOf(acceptor.port);
    peer.logon();
    expect(await peer.next()).toContain('35=A|');
  });

  it('whose numbers start again gets nothing of what was read for the connection before', async () => {
    const store = new SlowStore();
    store.isSlow = false;
    const { acceptor } = await portWith(SILENT, {
      authenticate: () => ({ accept: true, settings: SETTINGS, store, application: SILENT }),
    });
    const session = await acceptor.register({ settings: SETTINGS, store, application: SILENT });
    session.send('B', (fields) => fields.text(58, 'old'));
    const before = await peerOf(acceptor.port);
    before.logon();
    await before.next();
    store.isSlow = true;
    before.send('35=2 34=2 7=1 16=0');
    await until(() => store.gates.length === 1);
    before.socket.destroy();
    await until(() => !session.isLoggedOn);
    const peer = await peerOf(acceptor.port);
    peer.send('35=A 34=1 98=0 108=30 141=Y');
    peer.send('35=2 34=2 7=1 16=0');
    await until(() => session.counters.messagesIn === 4);
    store.isSlow = false;
    store.gates.forEach((open) => open());
    expect(await peer.next()).toMatch(/35=A\|34=1\|/);
    expect(await peer.next()).toMatch(/35=4\|34=1\|.*\|36=2\|/);
  });

  it('that is stopped while its store opens closes it', async () => {
    const store = new SlowStore();
    const initiator = new Initiator({
      hosts: [{ host: '127.0.0.1', port: 1 }],
      settings: CLIENT,
      store,
      application: SILENT,
    });
    const started = initiator.start();
    const stopped = initiator.stop();
    await until(() => store.gates.length === 1);
    expect(store.closed).toBe(0);
    store.gates.forEach((open) => open());
    await Promise.all([started, stopped]);
    expect(store.closed).toBe(1);
  });

  it('whose store failed has no numbers to set until it is open again', async () => {
    const store = new SlowStore();
    store.isSlow = false;
    const { acceptor } = await portWith(SILENT);
    const events: SessionEvent[] = [];
    const application: Application = { ...SILENT, onEvent: (event) => void events.push(event) };
    const session = await acceptor.register({ settings: SETTINGS, store, application });
    store.isBroken = true;
    session.send('B', (fields) => fields.text(58, 'lost'));
    const live = acceptor.session(SESSION_ID) as LiveSession;
    await until(() => live.isFailed);
    expect(events).toContainEqual({ kind: 'storeFailed', text: 'no room' });
    expect(session.send('B', (fields) => fields.text(58, 'not taken'))).toBe(0);
    expect(() => acceptor.setNumbers(SESSION_ID, { nextOutbound: 7 })).toThrow('store');
    expect(() => acceptor.resetNumbers(SESSION_ID)).toThrow('store');
    await live.open();
    acceptor.setNumbers(SESSION_ID, { nextOutbound: 7 });
    expect((await store.open()).nextOutbound).toBe(7);
  });

  it('loses nothing that is sent while its numbers are read again', async () => {
    const store = new SlowStore();
    store.isSlow = false;
    const settings: SessionSettings = { ...SETTINGS, refreshOnLogon: true };
    const { acceptor } = await portWith(SILENT, {
      authenticate: () => ({ accept: true, settings, store, application: SILENT }),
    });
    const session = await acceptor.register({ settings, store, application: SILENT });
    store.isSlow = true;
    const peer = await peerOf(acceptor.port);
    peer.logon();
    await until(() => store.gates.length === 1);
    expect(session.send('B', (fields) => fields.text(58, 'first'))).toBe(1);
    await until(() => session.queuedBytes === 0);
    store.isSlow = false;
    store.gates.forEach((open) => open());
    expect(await peer.next()).toMatch(/35=A\|.*34=2\|/);
    expect(session.send('B', (fields) => fields.text(58, 'second'))).toBe(3);
    expect(await peer.next()).toContain('58=second|');
  });

  it('whose Logon the application fails to write is cut and tried again', async () => {
    const { acceptor } = await portWith(SILENT);
    const events: SessionEvent[] = [];
    let attempts = 0;
    const initiator = new Initiator({
      hosts: [{ host: '127.0.0.1', port: acceptor.port }],
      settings: CLIENT,
      store: new MemoryStore(),
      application: { ...SILENT, onEvent: (event) => void events.push(event) },
      reconnectMinMs: 1,
      reconnectMaxMs: 2,
      logonFields: (fields) => {
        attempts += 1;
        if (attempts === 1) fields.text(554, 'no such secret\u0142');
      },
    });
    afterwards(() => initiator.stop());
    await initiator.start();
    await until(() => (initiator.session as SessionHandle).isLoggedOn);
    expect(attempts).toBe(2);
    expect(events.find((event) => event.kind === 'applicationFailed')).toMatchObject({
      callback: 'logonFields',
    });
  });
});
