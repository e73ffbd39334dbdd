/** Configuration over REST on a running platform: read, changed, refused, left for later, rolled back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  ChangeAnswer,
  DocumentVersionView,
  DocumentView,
  ScheduledChangeset,
} from '@tidegate/wire/changes';
import { documentKinds } from '@tidegate/wire/changes';
import type { Problem } from '@tidegate/wire/rest';
import { password, startConfigured, user, type ConfiguredPlatform } from '../configured.ts';
import { StreamReader } from '../trading/stream.ts';
import { adminPassword, eventually, signIn, temporaryFolder, type RestClient } from '../platform.ts';

const reason = 'as agreed with the client';

describe('configuration over REST', () => {
  const keys = temporaryFolder('configuration-keys');
  let desk: ConfiguredPlatform;
  let admin: RestClient;
  let risk: RestClient;
  beforeAll(async () => {
    desk = await startConfigured(
      'configuration',
      (hash) => [
        user(hash, { id: 'risk1', role: 'risk', firm: 'demo1' }),
        user(hash, { id: 'leaver', role: 'trader', firm: 'demo1' }),
      ],
      { TOKEN_KEY_FILE: `${keys.path}/token.key` },
    );
    [admin, risk] = await Promise.all([
      signIn(desk.http, 'admin', adminPassword),
      signIn(desk.http, 'risk1', password),
    ]);
  }, 120_000);
  afterAll(async () => {
    await desk?.stop();
    keys.remove();
  });

  const read = async (kind: string, id: string): Promise<DocumentView> =>
    (await admin.get(`/api/v1/configuration/${kind}/${id}`)).body as DocumentView;
  const change = (kind: string, id: string, body: object, by = admin) =>
    by.post(`/api/v1/configuration/${kind}/${id}`, { reason, ...body });
  const refused = async (answer: Promise<{ status: number; body: unknown }>) => {
    const { status, body } = await answer;
    return `${status} ${(body as Problem).code}`;
  };

  it('lists every kind without a secret in it', async () => {
    for (const kind of documentKinds) {
      const { status, body } = await admin.get(`/api/v1/configuration/${kind}`);
      expect([kind, status]).toEqual([kind, 200]);
      expect(JSON.stringify(body)).not.toMatch(/scrypt|passwordHash|tokenHash/);
    }
    expect(await read('user', 'risk1')).toMatchObject({ hasPassword: true, document: { role: 'risk' } });
  });

  it('changes what was read, keeps who, when, why and what, and rolls back', async () => {
    const { document, version } = await read('tier', 'standard');
    const next = { ...document, depth: 7 };
    const done = await change('tier', 'standard', { document: next, basedOn: version }, risk);
    expect(done).toMatchObject({
      status: 200,
      body: {
        result: 'done',
        changes: [{ what: 'changed', differences: [{ path: 'depth', from: 10, to: 7 }] }],
      },
    });
    const again = await change('tier', 'standard', { document: next, basedOn: version });
    expect(again.body).toMatchObject({ result: 'unchanged', changes: [] });
    const stale = await change('tier', 'standard', { document: { ...next, depth: 3 }, basedOn: version });
    expect(stale).toMatchObject({
      status: 409,
      body: {
        code: 'VERSION_CONFLICT',
        conflict: { theirs: { depth: 7 }, yours: { depth: 3 }, changedBy: 'risk1' },
      },
    });
    const history = await admin.get('/api/v1/configuration/tier/standard/history');
    const [latest, first] = history.body as DocumentVersionView[];
    expect(latest).toMatchObject({ changedBy: 'risk1', reason, differences: [{ path: 'depth' }] });
    const { version: basedOn } = await read('tier', 'standard');
    const back = await admin.post('/api/v1/configuration/tier/standard/rollback', {
      to: first!.version,
      basedOn,
      reason,
    });
    expect(back.body).toMatchObject({ result: 'done' });
    expect((await read('tier', 'standard')).document).toEqual(document);
  });

  it('says what a change would do, and does nothing', async () => {
    const { document, version } = await read('tier', 'standard');
    const would = await change('tier', 'standard', {
      document: { ...document, markupPoints: { '*': 5 } },
      basedOn: version,
      dryRun: true,
    });
    expect(would.body).toMatchObject({ result: 'wouldBeDone', effects: [{ kind: 'pricesChange' }] });
    expect((await read('tier', 'standard')).version).toBe(version);
  });

  it('refuses what makes no sense, by a code', async () => {
    const firm = await read('firm', 'demo1');
    const basedOn = firm.version;
    const wrong = (document: object) => refused(change('firm', 'demo1', { document, basedOn }));
    expect(await wrong({ ...firm.document, tier: 'none' })).toBe('422 DANGLING_REFERENCE');
    expect(await wrong({ ...firm.document, limit: {} })).toBe('422 INVALID_DOCUMENT');
    expect(await wrong({ ...firm.document, name: 1 })).toBe('422 INVALID_DOCUMENT');
    const leaver = await read('user', 'leaver');
    const secret = { document: { ...leaver.document, passwordHash: 'x' }, basedOn: leaver.version };
    expect(await refused(change('user', 'leaver', secret))).toBe('422 INVALID_DOCUMENT');
    expect(await refused(change('nothing', 'x', { document: {}, basedOn: 0 }))).toBe('404 UNKNOWN_DOCUMENT');
    const { document, version } = await read('user', 'admin');
    const last = { document: { ...document, disabled: true }, basedOn: version };
    expect(await refused(change('user', 'admin', last))).toBe('409 LAST_ADMINISTRATOR');
    expect(await refused(change('user', 'leaver', { document: {}, basedOn: 0 }, risk))).toBe(
      '403 ROLE_REQUIRED',
    );
  });

  it('takes many documents as one, all or none, now or later', async () => {
    const tier = (id: string) => ({
      kind: 'tier',
      id,
      basedOn: 0,
      document: { id, name: id, markupPoints: { '*': 2 }, depth: 5 },
    });
    const person = (id: string) => ({
      kind: 'user',
      id,
      basedOn: 0,
      document: { id, name: id, role: 'viewer', firm: 'demo1', account: 'demo1-main' },
    });
    const many = Array.from({ length: 2_000 }, (_, index) => person(`many-${index}`));
    const half = [...many, { ...tier('bad'), document: { id: 'bad' } }];
    expect(await refused(admin.post('/api/v1/changesets', { changes: half, reason }))).toBe(
      '422 INVALID_DOCUMENT',
    );
    expect((await admin.get('/api/v1/configuration/user/many-0')).status).toBe(404);
    const done = await admin.post('/api/v1/changesets', { changes: many, reason });
    expect((done.body as ChangeAnswer).changes).toHaveLength(2_000);
    const at = new Date(Date.now() + 10_000).toISOString();
    const later = await admin.post('/api/v1/changesets', { changes: [tier('later')], reason, at });
    expect(later.body).toMatchObject({ result: 'scheduled' });
    await eventually(
      async () => (await admin.get('/api/v1/configuration/tier/later')).status === 200 || undefined,
      'the change in its time',
      60_000,
    );
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const waits = await admin.post('/api/v1/changesets', { changes: [tier('never')], reason, at: tomorrow });
    const { changeset } = waits.body as ChangeAnswer;
    expect((await admin.post(`/api/v1/changesets/${changeset}/cancel`, { reason })).status).toBe(204);
    const listed = (await admin.get('/api/v1/changesets')).body as ScheduledChangeset[];
    expect(listed.map(({ state }) => state)).toEqual(['canceled', 'done']);
  });

  it('lets an invited user in once by the link, and a leaver out everywhere', async () => {
    const document = { id: 'ann', name: 'Ann', role: 'trader', firm: 'demo1', account: 'demo1-main' };
    expect((await change('user', 'ann', { document, basedOn: 0 })).status).toBe(200);
    const invited = await admin.post('/api/v1/users/ann/invitation', { reason });
    const { token } = invited.body as { token: string };
    const accept = (secret: string) => admin.post('/api/v1/invitations/accept', { token, password: secret });
    expect(await refused(accept('password123456'))).toBe('422 PASSWORD_REFUSED');
    expect((await accept('nine quiet harbours')).status).toBe(204);
    expect(await refused(accept('nine other harbours'))).toBe('401 INVITATION_REFUSED');
    const ann = await signIn(desk.http, 'ann', 'nine quiet harbours');
    expect((await ann.get('/api/v1/me')).status).toBe(200);
    const stream = await StreamReader.open(desk.http, ann.token);
    const found = await read('user', 'ann');
    const disabled = { document: { ...found.document, disabled: true }, basedOn: found.version };
    expect((await change('user', 'ann', disabled)).body).toMatchObject({ effects: [{ kind: 'signInsEnd' }] });
    expect((await ann.get('/api/v1/me')).status).toBe(401);
    await eventually(() => stream.isClosed || undefined, 'the stream of a leaver ends', 5_000);
    const history = await admin.get('/api/v1/configuration/user/ann/history');
    expect(JSON.stringify(history.body)).not.toMatch(/scrypt|tokenHash/);
    expect((history.body as DocumentVersionView[])[1]).toMatchObject({
      changedBy: 'ann',
      secretsChanged: ['passwordHash', 'invitation', 'tokensValidFromMs'],
    });
  });

  it('creates, changes, schedules, rolls back and retires every kind', { timeout: 90_000 }, async () => {
    for (const kind of documentKinds) {
      const [pattern] = (await admin.get(`/api/v1/configuration/${kind}`)).body as (
        | DocumentView
        | undefined
      )[];
      const id = kind === 'instrument' ? 'EURCHF' : `new-${kind}`;
      const own: Readonly<Record<string, object>> = {
        instrument: { symbol: 'EUR/CHF', quoteCurrency: 'CHF' },
        listener: { offset: 26, purpose: 'both', venue: undefined },
        fixClient: { senderCompId: 'NEW', username: 'NEW' },
        firm: { accounts: [{ id: 'demo1-main', name: 'Main' }] },
        user: { role: 'viewer' },
        limit: {
          name: '',
          enabled: true,
          warnPercents: [90],
          scope: { firm: 'demo1' },
          measure: 'orderQuantityMax',
          maximum: '5000000',
          action: 'refuse',
        },
      };
      const document = { ...pattern?.document, id, ...own[kind] };
      const path = `/api/v1/configuration/${kind}/${id}`;
      const post = async (more: string, body: object) => {
        const answer = await admin.post(`${path}${more}`, { reason, ...body });
        expect([kind, more, answer.status, answer.body]).toEqual([kind, more, 200, expect.anything()]);
        return answer.body as ChangeAnswer;
      };
      if (kind === 'listener') {
        const other = await read('listener', 'port-26');
        const { version: basedOn } = other;
        await admin.post('/api/v1/configuration/listener/port-26/retire', { basedOn, reason });
      }
      expect(await post('', { document, basedOn: 0 })).toMatchObject({ result: 'done' });
      const first = (await read(kind, id)).version;
      const renamed = kind === 'instrument' ? { pipScale: 3 } : kind === 'listener' ? { enabled: false } : {};
      const named = 'name' in document ? { name: 'Another' } : {};
      const other = {
        ...document,
        ...renamed,
        ...named,
        ...(kind === 'fixClient' ? { disabled: true } : {}),
        ...(kind === 'limit' ? { maximum: '4000000' } : {}),
      };
      expect(await post('', { document: other, basedOn: first })).toMatchObject({ result: 'done' });
      const second = (await read(kind, id)).version;
      const later = { to: first, basedOn: second, at: new Date(Date.now() + 86_400_000).toISOString() };
      const { changeset } = await post('/rollback', later);
      await admin.post(`/api/v1/changesets/${changeset}/cancel`, { reason });
      expect(await post('/rollback', { to: first, basedOn: second })).toMatchObject({ result: 'done' });
      const third = await read(kind, id);
      expect(third.document).toEqual(JSON.parse(JSON.stringify(document)));
      expect(await post('/retire', { basedOn: third.version })).toMatchObject({ result: 'done' });
      expect((await admin.get(path)).status).toBe(404);
      const history = (await admin.get(`${path}/history`)).body as DocumentVersionView[];
      expect([kind, history.length]).toEqual([kind, 4]);
    }
  });

  it('does not take away what was traded', async () => {
    const order = {
      clOrdId: 'traded-1',
      instrument: 'EURUSD',
      side: 'buy',
      type: 'market',
      quantity: '1000',
    };
    await eventually(async () => {
      const leaver = await signIn(desk.http, 'leaver', password);
      const sent = await leaver.post('/api/v1/orders', { ...order, timeInForce: 'ioc' });
      return sent.status === 201 || undefined;
    }, 'an order');
    const { version: basedOn } = await read('instrument', 'EURUSD');
    await eventually(async () => {
      const answer = await refused(
        admin.post('/api/v1/configuration/instrument/EURUSD/retire', { basedOn, reason, dryRun: true }),
      );
      return answer === '409 IN_USE' || undefined;
    }, 'in use');
  });
});
