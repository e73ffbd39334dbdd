/**
 * The application's side of a session: errors, limits, events, counters, latency, what went over the wire.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../acceptance/peer.ts';
import { closeAll, ORDER, peerOf, portWith, SESSION_ID, SILENT } from '../../acceptance/ports.ts';
import type { Application, SessionHandle } from '../session/application.ts';
import type { SessionEvent } from '../session/events.ts';
import { MemoryStore } from '../session/store.memory.ts';
import type { SessionSettings } from '../session/settings.ts';
import type { MessageLogEntry } from './message.log.ts';
import { formatLogLine } from './message.log.ts';

afterEach(closeAll);

const SETTINGS: SessionSettings = {
  beginString: 'FIX.4.4',
  senderCompId: 'TIDEGATE',
  targetCompId: 'CLIENT',
};
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('application callbacks', () => {
  it('is told of what was refused, and its number waits until that is done with', async () => {
    const told: string[] = [];
    let done = (): void => undefined;
    const application: Application = {
      onMessage: () => undefined,
      onInvalid: (message, { refTagId }) => {
        told.push(`${message.text(11)} ${refTagId}`);
        return new Promise((resolve) => {
          done = resolve;
        });
      },
    };
    const store = new MemoryStore();
    const { acceptor } = await portWith(application, {
      authenticate: () => ({ accept: true, store, application, settings: SETTINGS }),
    });
    const peer = await peerOf(acceptor.port);
    peer.logon();
    await peer.next();
    peer.send(`35=D 34=2 11=A ${ORDER} 20001=abc`);
    expect(await peer.next()).toContain('|371=20001|');
    peer.send('35=1 34=3 112=alive');
    expect(await peer.next()).toContain('112=alive|');
    expect([told, (await store.open()).nextInbound]).toEqual([['A 20001'], 2]);
    done();
    peer.send('35=1 34=4 112=again');
    expect(await peer.next()).toContain('112=again|');
    expect((await store.open()).nextInbound).toBe(5);
  });

  it('that throw, or reject, are counted and told, and break nothing', async () => {
    const events: SessionEvent[] = [];
    const fail = (what: string) => (): never => {
      throw new Error(what);
    };
    const application: Application = {
      onMessage: () => undefined,
      onLogon: fail('logon'),
      onReject: () => Promise.reject(new Error('reject')) as unknown as void,
      onLogout: fail('logout'),
      onEvent: (event) => {
        events.push(event);
        throw new Error('event');
      },
    };
    const { acceptor } = await portWith(application);
    const peer = await peerOf(acceptor.port);
    peer.logon();
    await peer.next();
    peer.send('35=3 34=2 45=1 373=5');
    peer.send('35=1 34=3 112=alive');
    expect(await peer.next()).toContain('112=alive|');
    peer.socket.destroy();
    await until(() => acceptor.sessions[0]?.isLoggedOn === false);
    const failures = events.filter((event) => event.kind === 'applicationFailed');
    expect(failures.map(({ callback, text }) => `${callback}: ${text}`)).toEqual([
      'onLogon: logon',
      'onReject: reject',
      'onLogout: logout',
    ]);
    const kinds = new Set(events.map(({ kind }) => kind));
    expect(kinds).toContain('loggedOn');
    expect(kinds).toContain('rejectReceived');
    expect(kinds).toContain('loggedOut');
    const { counters } = acceptor.sessions[0] as SessionHandle;
    expect(counters.applicationErrors).toBe(3 + events.length);
    expect(counters).toMatchObject({ logons: 1, logouts: 1, rejectsIn: 1 });
  });

  it('are waited for when the acceptor closes, so that their numbers are stored', async () => {
    const gate = Promise.withResolvers<void>();
    const store = new MemoryStore();
    const got: string[] = [];
    const application: Application = {
      onMessage: (message) => {
        got.push(message.text(11) as string);
        return gate.promise;
      },
    };
    const { acceptor } = await portWith(application, {
      authenticate: () => ({ accept: true, settings: SETTINGS, store, application }),
    });
    const peer = await peerOf(acceptor.port);
    peer.logon();
    await peer.next();
    peer.send(`35=D 34=2 11=C2 ${ORDER}`);
    peer.send(`35=D 34=3 11=C3 ${ORDER}`);
    await until(() => got.length === 2);
    const closing = acceptor.close();
    expect(await peer.next()).toContain('35=5|');
    peer.send('35=5 34=4');
    await peer.closed;
    await turn();
    expect((await store.open()).nextInbound).toBe(2);
    gate.resolve();
    await closing;
    expect((await store.open()).nextInbound).toBe(5);
  });

  it('that never end do not keep the acceptor from closing', async () => {
    const store = new MemoryStore();
    const pending: unknown[] = [];
    const application: Application = {
      onMessage: (message) => {
        pending.push(message.seqNum);
        return new Promise(() => undefined);
      },
    };
    const { acceptor } = await portWith(application, {
      closeTimeoutMs: 10,
      authenticate: () => ({ accept: true, settings: SETTINGS, store, application }),
    });
    const peer = await peerOf(acceptor.port);
    peer.logon();
    await peer.next();
    peer.send(`35=D 34=2 11=C2 ${ORDER}`);
    await until(() => pending.length === 1);
    peer.socket.destroy();
    await acceptor.close();
    expect((await store.open()).nextInbound).toBe(2);
  });
});

describe('throttle', () => {
  const taken: string[] = [];
  const application: Application = {
    onMessage: (message) => {
      taken.push(`${message.msgType}${message.seqNum}`);
    },
  };
  const cancel = '41=C1 55=EUR/USD 54=1 60=20260310-12:00:00.000';

  it('refuses what is over the limit, uses its number, and always takes cancels', async () => {
    taken.length = 0;
    const events: SessionEvent[] = [];
    const { acceptor } = await portWith(
      { ...application, onEvent: (event) => events.push(event) },
      {},
      { messagesPerSecondMax: 2 },
    );
    const peer = await peerOf(acceptor.port);
    peer.logon();
    await peer.next();
    const types = ['D', 'D', 'D', 'F', 'D', 'F'];
    peer.socket.write(
      Buffer.concat(
        types.map((type, i) =>
          peer.frame(
            type === 'D'
              ? `35=D 34=${i + 2} 11=C${i + 2} ${ORDER}`
              : `35=F 34=${i + 2} 11=C${i + 2} ${cancel}`,
          ),
        ),
      ),
    );
    const answers = [await peer.next(), await peer.next()];
    expect(answers[0]).toMatch(/35=j\|.*45=4\|58=more than 2 messages a second\|372=D\|379=C4\|380=4\|/);
    expect(answers[1]).toMatch(/35=j\|.*45=6\|/);
    expect(taken).toEqual(['D2', 'D3', 'F5', 'F7']);
    expect(acceptor.session(SESSION_ID)?.nextInbound).toBe(8);
    expect(acceptor.sessions[0]?.counters.throttledIn).toBe(2);
    expect(events.filter(({ kind }) => kind === 'throttled')).toEqual([
      { kind: 'throttled', msgType: 'D' },
      { kind: 'throttled', msgType: 'D' },
    ]);
  });

  it('lets the application answer, and exempt more types', async () => {
    taken.length = 0;
    const { acceptor } = await portWith(
      {
        ...application,
        onThrottled: (message, session) => {
          if (message.text(11) === 'C4') throw new Error('no answer');
          session.send('8', (fields) =>
            fields
              .text(37, 'NONE')
              .text(17, '0')
              .char(150, '8')
              .char(39, '8')
              .text(55, 'EUR/USD')
              .char(54, '1')
              .int(151, 0)
              .int(14, 0)
              .int(6, 0)
              .text(11, message.text(11) as string),
          );
        },
      },
      {},
      { messagesPerSecondMax: 1, throttleExempt: ['H'] },
    );
    const peer = await peerOf(acceptor.port);
    peer.logon();
    await peer.next();
    peer.socket.write(
      Buffer.concat([
        peer.frame(`35=D 34=2 11=C2 ${ORDER}`),
        peer.frame(`35=D 34=3 11=C3 ${ORDER}`),
        peer.frame('35=H 34=4 11=C2 55=EUR/USD 54=1'),
        peer.frame(`35=D 34=5 11=C4 ${ORDER}`),
      ]),
    );
    expect(await peer.next()).toMatch(/35=8\|.*11=C3\|/);
    // A hook that fails does not leave the message without an answer.
    expect(await peer.next()).toMatch(/35=j\|.*45=5\|/);
    expect(taken).toEqual(['D2', 'H4']);
  });

  it('ends a session that is far beyond its limit, after answering what it sent', async () => {
    const reasons: string[] = [];
    const { acceptor } = await portWith(
      { ...SILENT, onLogout: (_session, reason) => reasons.push(reason) },
      {},
      { messagesPerSecondMax: 1, throttledPerSecondMax: 3 },
    );
    const peer = await peerOf(acceptor.port);
    peer.logon();
    await peer.next();
    const frames = Array.from({ length: 6 }, (_, i) => peer.frame(`35=D 34=${i + 2} 11=C${i} ${ORDER}`));
    peer.socket.write(Buffer.concat(frames));
    for (let i = 0; i < 5; i++) expect(await peer.next()).toContain('35=j|');
    expect(await peer.next()).toMatch(/35=5\|.*58=far more than 1 messages a second\|/);
    expect(await peer.next()).toBeUndefined();
    expect(reasons).toEqual(['far more than 1 messages a second']);
  });

  it('answers with Reject before FIX 4.2', async () => {
    const { acceptor } = await portWith(SILENT, {}, { messagesPerSecondMax: 0.001, checkLatency: false });
    const peer = await peerOf(acceptor.port);
    const head = '8=FIX.4.1 52=20260310-12:00:00';
    peer.send(`${head} 35=A 34=1 98=0 108=30`);
    expect(await peer.next()).toContain('35=A|');
    for (const seqNum of [2, 3]) peer.send(`${head} 35=D 34=${seqNum} 11=C 21=1 55=EUR/USD 54=1 38=100 40=1`);
    expect(await peer.next()).toMatch(/35=3\|.*45=3\|58=more than 0.001 messages a second\|/);
  });

  it('does not hold against a peer what it sends again because we asked for it', async () => {
    taken.length = 0;
    const { acceptor } = await portWith(application, {}, { messagesPerSecondMax: 1 });
    const peer = await peerOf(acceptor.port);
    peer.logon(5);
    await peer.next();
    expect(await peer.next()).toContain('35=2|');
    for (const seqNum of [1, 2, 3])
      peer.send(`35=D 34=${seqNum} 43=Y 122=20260310-12:00:00.000 11=C${seqNum} ${ORDER}`);
    peer.send('35=4 34=4 43=Y 122=20260310-12:00:00.000 123=Y 36=6');
    peer.send('35=1 34=6 112=done');
    expect(await peer.next()).toContain('112=done|');
    expect(taken).toEqual(['D1', 'D2', 'D3']);
  });
});

describe('slow consumer', () => {
  it('of market data gets no perishable messages while congested, and newer ones afterwards', async () => {
    const events: string[] = [];
    let drained = 0;
    const { acceptor } = await portWith(
      {
        ...SILENT,
        onDrain: () => {
          drained += 1;
        },
        onEvent: ({ kind }) => events.push(kind),
      },
      {},
      { slowConsumer: 'conflate', sendQueueHighWaterBytes: 100_000, sendQueueLimitBytes: 4_000_000 },
    );
    const peer = await peerOf(acceptor.port);
    peer.logon();
    await peer.next();
    peer.socket.pause();
    const session = acceptor.sessions[0] as SessionHandle;
    const send = (perishable: boolean): number =>
      session.send('B', (fields) => fields.text(148, 'n').int(33, 1).text(58, 'y'.repeat(10_000)), {
        perishable,
      });
    let last = 0;
    for (let seqNum = send(true); seqNum > 0; seqNum = send(true)) {
      last = seqNum;
      await turn();
    }
    expect(session.isCongested).toBe(true);
    expect(send(true)).toBe(0);
    expect(session.counters.perishablesDropped).toBe(2);
    expect(session.counters.queuedBytesMax).toBeGreaterThan(100_000);
    // What is not perishable goes on, and no number is lost.
    expect(send(false)).toBe(last + 1);
    peer.socket.resume();
    await until(() => drained === 1);
    expect(session.isCongested).toBe(false);
    expect(send(true)).toBe(last + 2);
    for (let seqNum = 2; seqNum <= last + 2; seqNum++) expect(await peer.next()).toContain(`|34=${seqNum}|`);
    expect(events.filter((kind) => kind === 'congested' || kind === 'drained')).toEqual([
      'congested',
      'drained',
    ]);
    // The hard limit stays.
    peer.socket.pause();
    while (session.isLoggedOn) {
      send(false);
      await turn();
    }
  });
});

describe('traffic', () => {
  it('is kept for people, both ways, without passwords; and logged when asked for', async () => {
    const entries: (MessageLogEntry & { text: string })[] = [];
    let batches = 0;
    const { acceptor } = await portWith(
      SILENT,
      {
        messageLog: {
          write: (batch) => {
            batches += 1;
            for (const entry of batch) entries.push({ ...entry, text: formatLogLine(entry).slice(25) });
          },
        },
      },
      { recentMessages: 4 },
    );
    const peer = await peerOf(acceptor.port);
    const pipelined = [2, 3, 4].map((seqNum) => peer.frame(`35=1 34=${seqNum} 112=T${seqNum}`));
    peer.socket.write(Buffer.concat([peer.frame('35=A 34=1 98=0 108=30 553=bob 554=secret'), ...pipelined]));
    for (let i = 0; i < 4; i++) await peer.next();
    await until(() => entries.length === 8);
    expect(entries.every(({ sessionId }) => sessionId === SESSION_ID)).toBe(true);
    const lines = entries.map(({ text }) => text);
    expect(lines[0]).toMatch(/^\[FIX.4.4:TIDEGATE->CLIENT\] < 8=FIX.4.4\|.*553=bob\|554=\*\*\*\|10=\d{3}\|$/);
    expect(lines.filter((line) => line.includes('] < '))).toHaveLength(4);
    expect(lines.filter((line) => /\] > .*112=T4\|/.test(line))).toHaveLength(1);
    expect(lines.join('')).not.toContain('secret');
    expect(batches).toBeLessThan(8);
    const recent = (acceptor.sessions[0] as SessionHandle).recent();
    expect(recent).toHaveLength(4);
    expect(recent.filter(({ direction }) => direction === 'out').length).toBeGreaterThan(0);
    expect(String.fromCharCode(...(recent.at(-1)?.raw as Uint8Array))).toContain('112=T4');
  });

  it('goes on when the log fails, and when nothing is kept', async () => {
    const { acceptor } = await portWith(
      SILENT,
      {
        messageLog: {
          write: () => {
            throw new Error('disk is full');
          },
        },
      },
      { recentMessages: 0 },
    );
    const peer = await peerOf(acceptor.port);
    peer.logon();
    expect(await peer.next()).toContain('35=A|');
    const session = acceptor.sessions[0] as SessionHandle;
    expect(session.counters.applicationErrors).toBe(2);
    expect(session.recent()).toEqual([]);
  });

  it('is timed: what was received until it is done, what was sent until it is on the socket', async () => {
    const gate = Promise.withResolvers<void>();
    const { acceptor } = await portWith({
      onMessage: (message, session) => {
        session.send('B', (fields) => fields.text(148, 'n').int(33, 1).text(58, 'l'));
        return message.seqNum === 4 ? gate.promise : undefined;
      },
    });
    const peer = await peerOf(acceptor.port);
    peer.logon();
    await peer.next();
    for (const seqNum of [2, 3, 4]) peer.send(`35=D 34=${seqNum} 11=C ${ORDER}`);
    for (let i = 0; i < 3; i++) await peer.next();
    const session = acceptor.sessions[0] as SessionHandle;
    expect(session.latency.received.count).toBe(2);
    gate.resolve();
    await until(() => session.latency.received.count === 3);
    const { received, sent } = session.latency;
    expect(received.max).toBeGreaterThanOrEqual(received.p50);
    expect(sent.count).toBeGreaterThan(0);
  });

  it('may be written message by message', async () => {
    const { acceptor } = await portWith(
      {
        onMessage: (_message, session) => {
          for (let i = 0; i < 3; i++)
            session.send('B', (fields) => fields.int(148, i).int(33, 1).text(58, 'l'));
        },
      },
      {},
      { batchWrites: false },
    );
    const peer = await peerOf(acceptor.port);
    peer.logon();
    await peer.next();
    peer.send(`35=D 34=2 11=C ${ORDER}`);
    for (let i = 0; i < 3; i++) expect(await peer.next()).toContain(`|148=${i}|`);
  });
});
