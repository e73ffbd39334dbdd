/** Workspaces on a real database: whose they are, how many there may be, and who has saved last. */
import { workspaceLimits, type WorkspaceBody } from '@tidegate/wire/workspaces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase, type Database } from '../sql/database.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';
import { Workspaces } from './workspaces.ts';

let test: TestServer;
let database: Database;
beforeAll(async () => {
  test = await startTestServer();
  database = connectDatabase({ url: await test.createDatabase(), log: silentLog });
});
afterAll(async () => {
  await database.close();
  await test.stop();
});

const body = (name: string, position = 0): WorkspaceBody => ({
  name,
  position,
  panels: [{ id: 'ticket', kind: 'ticket' }],
  layout: [{ id: 'g', parent: null, share: 100, kind: 'group', panels: ['ticket'], active: 'ticket' }],
});

describe('workspaces', () => {
  it('are kept for their user, in their order, and go when they are removed', async () => {
    const workspaces = new Workspaces(database);
    await workspaces.save('ann', 'b', 0, body('Second', 1));
    await workspaces.save('ann', 'a', 0, body('First', 0));
    await workspaces.save('bob', 'a', 0, body('Of Bob'));
    expect((await workspaces.of('ann')).map(({ body: { name } }) => name)).toEqual(['First', 'Second']);
    expect(await workspaces.remove('ann', 'a')).toBe(true);
    expect(await workspaces.remove('ann', 'a')).toBe(false);
    expect((await workspaces.of('ann')).map(({ id }) => id)).toEqual(['b']);
    expect((await workspaces.of('bob')).map(({ body: { name } }) => name)).toEqual(['Of Bob']);
  });

  it('are not written over by who has not seen the last version', async () => {
    const workspaces = new Workspaces(database);
    expect(await workspaces.save('eve', 'w', 0, body('One'))).toMatchObject({ workspace: { version: 1 } });
    expect(await workspaces.save('eve', 'w', 0, body('Again new'))).toEqual({ result: 'changed' });
    expect(await workspaces.save('eve', 'w', 1, body('Two'))).toMatchObject({ workspace: { version: 2 } });
    expect(await workspaces.save('eve', 'w', 1, body('Late'))).toEqual({ result: 'changed' });
    expect(await workspaces.save('eve', 'gone', 3, body('Gone'))).toEqual({ result: 'changed' });
    expect((await workspaces.of('eve'))[0]!.body.name).toBe('Two');
  });

  it('are a few a user', async () => {
    const workspaces = new Workspaces(database);
    for (let one = 0; one < workspaceLimits.perUser; one += 1)
      expect(await workspaces.save('max', `w${one}`, 0, body('W'))).toMatchObject({ result: 'saved' });
    expect(await workspaces.save('max', 'more', 0, body('W'))).toEqual({ result: 'tooMany' });
    expect(await workspaces.save('max', 'w0', 1, body('Still'))).toMatchObject({ result: 'saved' });
  });

  it('of a shape that this release does not know are left out and not lost', async () => {
    const workspaces = new Workspaces(database);
    await workspaces.save('zoe', 'w', 0, body('W'));
    await database.pool.query(`UPDATE workspace SET body = '{"later": true}' WHERE user_id = 'zoe'`);
    expect(await workspaces.of('zoe')).toEqual([]);
    expect(await workspaces.save('zoe', 'w', 0, body('W'))).toEqual({ result: 'changed' });
  });
});
