/**
 * The shell around a session: store before socket, one batch a turn, asynchronous and failing stores, slow
 * applications.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { Peer, until, type PeerIds } from '../../acceptance/peer.ts';
import type { FieldWriter } from '../codec/fields.ts';
import type { Application, SessionHandle } from '../session/application.ts';
import { MemoryStore } from '../session/store.memory.ts';
import type { NumbersWithBatch, OutboundRecord, SessionStore, StoredSession } from '../session/store.ts';
import { Acceptor } from './acceptor.ts';
import type { SessionSettings } from './contract.ts';

const IDS: PeerIds = { sender: 'CLIENT', target: 'TIDEGATE' };
const SETTINGS: SessionSettings = {
  beginString: 'FIX.4.4',
  senderCompId: 'TIDEGATE',
  targetCompId: 'CLIENT',
};
const ORDER = '55=EUR/USD 54=1 60=20260310-12:00:00.000 38=100 40=1';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function connected(
  store: SessionStore,
  application: Application,
  settings: Partial<SessionSettings> = {},
): Promise<{ acceptor: Acceptor; session: SessionHandle; peer: Peer }> {
  const acceptor = new Acceptor({
    host: '127.0.0.1',
    port: 0,
    authenticate: () => ({ accept: true, store, application, settings: { ...SETTINGS, ...settings } }),
  });
  await acceptor.listen();
  open.push(acceptor);
  const session = await acceptor.register({ store, application, settings: { ...SETTINGS, ...settings } });
  const peer = await Peer.connect(acceptor.port, IDS);
  open.push({
    close: async () => {
      peer.socket.destroy();
      await peer.closed;
    },
  });
  return { acceptor, session, peer };
}

/** A store whose every call waits for the test, like one behind a network. */
class GatedStore implements SessionStore {
  readonly inner = new MemoryStore();
  readonly calls: string[] = [];
  readonly #gates: { open: () => void; fail: (error: Error) => void }[] = [];
  isGated = false;
  opened = 0;

  open(): Promise<StoredSession> {
    this.opened += 1;
    return this.inner.open();
  }

  append(records: readonly OutboundRecord[], numbers: NumbersWithBatch = {}): void | Promise<void> {
    const { nextInbound, nextOutbound } = numbers;
    const words = ['append', ...records.map((one) => one.seqNum)];
    if (nextInbound !== undefined) words.push(`inbound ${nextInbound}`);
    if (nextOutbound !== undefined) words.push(`outbound ${nextOutbound}`);
    return this.#call(words.join(' '), () => this.inner.append(records, numbers));
  }

  setNextInbound(next: number): void | Promise<void> {
    return this.#call(`inbound ${next}`, () => this.inner.setNextInbound(next));
  }

  setNextOutbound(next: number): void | Promise<void> {
    return this.#call(`outbound ${next}`, () => this.inner.setNextOutbound(next));
  }

  noteCursors(cursors: ReadonlyMap<string, number>): void | Promise<void> {
    return this.#call(`cursors ${JSON.stringify([...cursors])}`, () => this.inner.noteCursors(cursors));
  }

  read(from: number, to: number): readonly OutboundRecord[] | Promise<readonly OutboundRecord[]> {
    return this.#call(`read ${from} ${to}`, () => this.inner.read(from, to));
  }

  reset(createdAtMs: number): void | Promise<void> {
    return this.#call('reset', () => this.inner.reset(createdAtMs));
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  #call<T>(name: string, act: () => T): T | Promise<T> {
    this.calls.push(name);
    if (!this.isGated) return act();
    return new Promise((resolve, reject) => {
      this.#gates.push({ open: () => resolve(act()), fail: reject });
    });
  }

  get waiting(): number {
    return this.#gates.length;
  }

  letOne(): void {
    this.#gates.shift()?.open();
  }

  failOne(): void {
    this.#gates.shift()?.fail(new Error('store is gone'));
  }

  letAll(): void {
    this.isGated = false;
    while (this.#gates.length > 0) this.letOne();
  }
}

const ANSWERING: Application = {
  onMessage: (message, session) => {
    session.send('j', (fields) => fields.int(45, message.seqNum).text(372, 'D').int(380, 0));
  },
};

describe('live session', () => {
  it('appends all replies of one data event with one call, and the inbound number with them', async () => {
    const store = new GatedStore();
    const { peer } = await connected(store, ANSWERING);
    peer.logon();
    await peer.next();
    store.calls.length = 0;
    peer.socket.write(
      Buffer.concat([2, 3, 4].map((seqNum) => peer.frame(`35=D 34=${seqNum} 11=C ${ORDER}`))),
    );
    for (const seqNum of [2, 3, 4]) expect(await peer.next()).toContain(`|45=${seqNum}|`);
    expect(store.calls).toEqual(['append 2 3 4 inbound 5']);
  });

  it('batches what is sent outside of a data event until the event loop comes round', async () => {
    const store = new GatedStore();
    const { peer, session } = await connected(store, ANSWERING);
    peer.logon();
    await peer.next();
    store.calls.length = 0;
    for (let i = 0; i < 3; i++) session.send('B', (fields) => fields.text(148, 'n').int(33, 1).text(58, 'l'));
    await Promise.resolve();
    session.send('B', (fields) => fields.text(148, 'n').int(33, 1).text(58, 'l'));
    expect(store.calls).toEqual([]);
    for (let i = 0; i < 4; i++) expect(await peer.next()).toContain('35=B|');
    expect(store.calls).toEqual(['append 2 3 4 5']);
  });

  it('writes nothing to the socket before the store is done, and keeps the order', async () => {
    const store = new GatedStore();
    const { peer, session } = await connected(store, ANSWERING);
    peer.logon();
    await peer.next();
    store.isGated = true;
    store.calls.length = 0;
    const answers: string[] = [];
    void (async () => {
      for (let frame = await peer.next(); frame !== undefined; frame = await peer.next()) answers.push(frame);
    })();
    peer.send(`35=D 34=2 11=C2 ${ORDER}`);
    await until(() => store.waiting === 1);
    // While the first append is under way, what follows gathers to one.
    peer.send(`35=D 34=3 11=C3 ${ORDER}`);
    peer.send(`35=D 34=4 11=C4 ${ORDER}`);
    await until(() => session.counters.messagesIn === 4);
    expect(session.queuedBytes).toBeGreaterThan(100);
    expect(answers).toEqual([]);
    store.letOne();
    await until(() => answers.length === 1);
    expect(answers[0]).toContain('|45=2|');
    store.letAll();
    await until(() => answers.length === 3);
    expect(answers.map((frame) => /\|45=(\d)\|/.exec(frame)?.[1])).toEqual(['2', '3', '4']);
    expect(store.calls.filter((call) => call.startsWith('append'))[0]).toBe('append 2 inbound 3');
  });

  it('notes the number of a perishable message before it is on the socket', async () => {
    const store = new GatedStore();
    const { peer, session } = await connected(store, ANSWERING);
    peer.logon();
    await peer.next();
    store.isGated = true;
    store.calls.length = 0;
    const write = (fields: FieldWriter): void => void fields.text(11, 'C1');
    expect(session.send('8', write)).toBe(2);
    expect(session.send('W', write, { perishable: true })).toBe(3);
    await until(() => store.waiting === 1);
    expect(store.calls).toEqual(['append 2 outbound 4']);
    expect(session.queuedBytes).toBeGreaterThan(0);
    store.letAll();
    expect(await peer.next()).toContain('|34=2|');
    expect(await peer.next()).toContain('|34=3|');
    expect(store.inner.read(1, 9).map((record) => record.seqNum)).toEqual([1, 2]);
  });

  it('numbers a session that does not persist on after a restart', async () => {
    const store = new GatedStore();
    const first = await connected(store, ANSWERING, { persistMessages: false });
    first.peer.logon();
    await first.peer.next();
    const write = (fields: FieldWriter): void => void fields.text(11, 'C1');
    const last = first.session.send('W', write, { perishable: true });
    await first.peer.next();
    // As a kill leaves it: the store has what it had been told, and nothing more is said to it.
    const { nextOutbound, nextInbound } = await store.open();
    expect(nextOutbound).toBeGreaterThan(last);
    const again = new GatedStore();
    again.inner.reset(1);
    again.inner.setNextOutbound(nextOutbound);
    again.inner.setNextInbound(nextInbound);
    const second = await connected(again, ANSWERING, { persistMessages: false });
    second.peer.logon(nextInbound);
    expect(await second.peer.next()).toContain(`|34=${nextOutbound}|`);
  });

  it('cuts the connection when the store fails, and reads the store again at the next logon', async () => {
    const store = new GatedStore();
    const reasons: string[] = [];
    const { acceptor, peer, session } = await connected(store, {
      ...ANSWERING,
      onLogout: (_session, reason) => reasons.push(reason),
    });
    peer.logon();
    await peer.next();
    store.isGated = true;
    peer.send(`35=D 34=2 11=C2 ${ORDER}`);
    await until(() => store.waiting === 1);
    store.failOne();
    await peer.closed;
    expect(reasons).toEqual(['session store failed: store is gone']);
    expect(session.isLoggedOn).toBe(false);
    expect(session.send('B', (fields) => fields.text(148, 'n').int(33, 1).text(58, 'l'))).toBe(0);
    store.letAll();
    const again = await Peer.connect(acceptor.port, IDS);
    open.push({
      close: async () => {
        again.socket.destroy();
      },
    });
    again.logon(3);
    expect(await again.next()).toMatch(/35=A\|.*34=2\|/);
    // What was not known to be durable is asked for again.
    expect(await again.next()).toMatch(/35=2\|.*7=2\|16=0\|/);
    expect(store.opened).toBe(2);
  });

  it('serves a long resend page by page, no faster than the peer reads', async () => {
    const store = new GatedStore();
    const settings = { sendQueueHighWaterBytes: 50_000, sendQueueLimitBytes: 10_000_000 };
    const { peer, session } = await connected(store, ANSWERING, settings);
    const count = 6_000;
    for (let i = 1; i <= count; i++)
      session.send('B', (fields) => fields.int(148, i).int(33, 1).text(58, 'l'.repeat(2_000)));
    peer.logon();
    expect(await peer.next()).toContain(`34=${count + 1}|`);
    store.calls.length = 0;
    peer.send('35=2 34=2 7=1 16=0');
    peer.socket.pause();
    await until(() => session.queuedBytes > 50_000);
    const reads = store.calls.filter((call) => call.startsWith('read')).length;
    expect(reads).toBeLessThan(count / 256);
    peer.socket.resume();
    for (let i = 1; i <= count; i++) {
      const frame = await peer.next();
      if (!frame?.includes(`|34=${i}|43=Y|`) || !frame.includes(`|148=${i}|`))
        expect.fail(`frame ${i}: ${frame}`);
    }
    expect(await peer.next()).toContain(`36=${count + 2}|`);
    expect(store.calls.filter((call) => call.startsWith('read'))).toHaveLength(Math.ceil((count + 1) / 256));
  });

  it('stops reading when the application is too far behind, and goes on when it has caught up', async () => {
    const pending: (() => void)[] = [];
    const { peer, session } = await connected(new MemoryStore(), {
      onMessage: () => new Promise<void>((resolve) => pending.push(resolve)),
    });
    peer.logon();
    await peer.next();
    const total = 40_000;
    const frames = Array.from({ length: total }, (_, i) => peer.frame(`35=D 34=${i + 2} 11=C${i} ${ORDER}`));
    peer.socket.write(Buffer.concat(frames));
    await until(() => pending.length > 10_000);
    for (let turn = 0; turn < 50; turn++)
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    // One more chunk may have been on its way.
    expect(pending.length).toBeLessThan(11_000);
    let done = 0;
    while (done < total) {
      await until(() => pending.length > done);
      (pending[done++] as () => void)();
    }
    await until(() => session.counters.messagesIn === total + 1);
  });

  it('does not let an error in the writer of a message use a number', async () => {
    const { peer, session } = await connected(new MemoryStore(), ANSWERING);
    peer.logon();
    await peer.next();
    expect(() =>
      session.send('B', () => {
        throw new Error('no headline');
      }),
    ).toThrow('no headline');
    expect(() => session.send('B', (fields) => fields.text(148, ''))).toThrow('148');
    session.send('B', (fields) => fields.text(148, 'n').int(33, 1).text(58, 'l'));
    expect(await peer.next()).toMatch(/35=B\|.*34=2\|/);
  });
});
