/** Who gets data and who does not: checks that begin late, revoked and forgotten users, strangers. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { turn, until } from '@tidegate/platform/testing/until';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessionOptions, type BloombergSettings } from './binding.ts';
import { MarketUsers, type MarketUser } from './market.users.ts';
import { RunningService } from './service.fixture.ts';
import { failure, FixtureBinding, FixtureSession, summary } from './session.fixture.ts';

const ibm = 'IBM US Equity';

describe('the market data server', () => {
  let binding: FixtureBinding;
  let one: RunningService;
  const start = async (feed: object = {}) => {
    one = await new RunningService(binding, {}, { feed }).start();
    await one.state('up');
  };

  beforeEach(() => {
    binding = new FixtureBinding();
  });
  afterEach(() => one.stop());

  it('ends subscriptions that lack entitlement ids when they begin to be checked', async () => {
    binding.behaviour.lacking = [9];
    binding.behaviour.image = () => ({ BID: 1 });
    await start();
    const client = await one.client();
    client.subscribe('a', ibm, { fields: ['BID'], conflateMs: 1 });
    await until(() => client.updates('a').length === 1);
    one.configure({ identities: { ann: { uuid: 1234 } } });
    expect(await client.status('a', 'failed')).toMatchObject({ code: 'ENTITLEMENTS_CHECKED' });
    binding.behaviour.image = () => ({ BID: 2, EID: 9 });
    client.subscribe('a', ibm, { fields: ['BID'], conflateMs: 1 });
    await client.message((message) => message.op === 'status' && message.code === 'EID_NOT_HELD');
    expect(client.updates('a')).toHaveLength(1);
  });

  it('waits for the entitlement ids of an image that comes in fragments', async () => {
    binding.behaviour.lacking = [9];
    binding.behaviour.image = () => undefined;
    await start({ identities: { ann: { uuid: 1234 } } });
    const client = await one.client();
    client.subscribe('a', ibm, { fields: ['BID'], conflateMs: 1 });
    await until(() => [...binding.session.open.values()].some(({ topic }) => topic.endsWith(ibm)));
    binding.session.tick(ibm, { ...summary, BID: 1 }, { fragment: 'start' });
    // What comes with a later flush has passed by this one.
    binding.behaviour.image = () => ({ BID: 1 });
    client.subscribe('b', 'AAPL US Equity', { fields: ['BID'], conflateMs: 1 });
    await until(() => client.updates('b').length === 1);
    binding.session.tick(ibm, { ...summary, EID: 9 }, { fragment: 'end' });
    await client.message((message) => message.op === 'status' && message.code === 'EID_NOT_HELD');
    expect(client.updates('a')).toEqual([]);
  });

  it('says Bloomberg’s reason when a user’s identity is refused', async () => {
    await start({ identities: { ann: { uuid: 1234 } } });
    binding.behaviour.authoriseFailure = failure('NO_AUTH');
    const answer = await one.post({ type: 'reference', securities: [ibm], fields: ['PX_LAST'] });
    expect([answer.status, await answer.json()]).toMatchObject([422, { code: 'NO_AUTH' }]);
  });

  it('outlives a stranger that resets its connection while it is being refused', async () => {
    await start();
    const { port } = new URL(one.http);
    const uncaught: unknown[] = [];
    const note = (error: unknown) => void uncaught.push(error);
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', note);
    try {
      const server = one.service.server as unknown as { app: { server: NodeJS.EventEmitter } };
      const upgraded = once(server.app.server, 'upgrade');
      const socket = connect(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(
        'GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      );
      const [, theirs] = (await upgraded) as [unknown, Socket];
      // Not `once` of node:events, which would listen for the error itself.
      const gone = new Promise((resolve) => theirs.on('close', resolve));
      socket.resetAndDestroy();
      await gone;
      await turn();
    } finally {
      process.off('uncaughtException', note);
      for (const other of others) process.on('uncaughtException', other);
    }
    expect(uncaught).toEqual([]);
  });
});

describe('older libraries', () => {
  it('take no manual user, and are not asked to sign on as another', () => {
    const settings = { bloombergAuth: 'user', bloombergUser: 'manual:trader,10.0.0.7' } as BloombergSettings;
    expect(sessionOptions('/library.so', settings, true, 'test')).toMatchObject({
      sessionIdentity: { user: { from: 'manual', userId: 'trader', ipAddress: '10.0.0.7' } },
    });
    expect(() => sessionOptions('/library.so', settings, false, 'test')).toThrow('UNSUPPORTED_BY_LIBRARY');
  });
});

describe('the market’s users', () => {
  const user = (id: string, address: string) => ({ user: { id }, address }) as MarketUser;
  const binding = new FixtureBinding();
  const sessionOf = () =>
    new FixtureSession({ onBatch: () => undefined, onEnd: () => undefined }, binding.behaviour);
  const usersOf = (session: () => FixtureSession) =>
    new MarketUsers({
      tokens: { verify: () => Promise.resolve(undefined) },
      configuration: {
        current: { feeds: new Map([['bloomberg', { identities: { ann: { uuid: 1 }, bob: { uuid: 2 } } }]]) },
      } as never,
      session,
      onError: () => undefined,
    });

  it('do not take the revocation of another session’s identity for theirs', async () => {
    let session = sessionOf();
    const users = usersOf(() => session);
    const { correlationId } = (await users.identityFor(user('ann', '10.0.0.1')))!;
    await turn();
    const first = session;
    session = sessionOf();
    expect(users.revoke(session, correlationId)).toBeUndefined();
    const fresh = (await users.identityFor(user('bob', '10.0.0.1')))!;
    await turn();
    expect(fresh.correlationId).toBe(correlationId);
    expect(users.revoke(session, correlationId)).toBe('bob');
    expect(users.revoke(first, correlationId)).toBe('ann');
  });

  it('give back the identities that they forget', async () => {
    let released = 0;
    const session = sessionOf();
    const authorize = session.authorize.bind(session);
    session.authorize = async () => ({
      ...(await authorize()),
      release: () => Promise.resolve(void (released += 1)),
    });
    const users = usersOf(() => session);
    for (let index = 0; index < 1_010; index += 1) await users.identityFor(user('ann', `10.0.0.${index}`));
    await turn();
    expect(released).toBe(10);
  });
});
