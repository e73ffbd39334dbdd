/**
 * An outage of a provider in the alert centre: one entry that goes on, is acknowledged, taken and muted by
 * somebody with a name and a time, and ends; and those who may not answer it.
 */
import { readFileSync } from 'node:fs';
import type { AlertView } from '@tidegate/wire/alerts';
import type { StopView } from '@tidegate/wire/stops';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  adminPassword,
  eventually,
  signIn,
  startPlatform,
  startSimulator,
  temporaryFolder,
  type Platform,
  type RestClient,
  type SimulatorProcess,
} from '../platform.ts';
import { openBrowser, openPage, screens } from './browser.ts';
import { by, signInAtDesk } from './desk.ts';

describe('the alert centre', () => {
  const folder = temporaryFolder('alerts');
  let simulator: SimulatorProcess;
  let platform: Platform;
  let browser: Browser;
  let admin: RestClient;

  beforeAll(async () => {
    simulator = await startSimulator('--seed', '3', '--data', `${folder.path}/simulator`);
    platform = await startPlatform(`${folder.path}/platform`, { SIMULATOR: simulator.control });
    admin = await signIn(platform.ready.http, 'admin', adminPassword);
    browser = await openBrowser();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    await simulator?.stop();
    folder.remove();
  });

  const aboutBravo = async (wanted: (alert: AlertView) => boolean): Promise<AlertView> =>
    eventually(async () => {
      const alerts = (await admin.get('/api/v1/alerts')).body as AlertView[];
      return alerts.find((alert) => alert.about === 'bravo' && wanted(alert));
    }, 'an alert about bravo');
  const isAway = (on: boolean) => simulator.post('/switch', { venue: 'bravo', switch: 'disconnected', on });

  it('makes one entry of an outage, says who did what about it, and when it ended', async () => {
    const { context, page, problems } = await openPage(browser, screens[0]!);
    context.setDefaultTimeout(20_000);
    await signInAtDesk(page, platform.ready.http, adminPassword);
    await by(page, 'nav-events').click();
    await by(page, 'alerts').waitFor();
    await isAway(true);
    const open = await aboutBravo(({ endedAt, count }) => endedAt === null && count >= 2);
    const entry = by(page, 'alert-bravo');
    await entry.waitFor();
    expect(await entry.count()).toBe(1);
    await by(page, 'alert-bravo-assign').click();
    await entry.getByText('Assigned to admin by admin').waitFor();
    await by(page, 'alert-bravo-mute').click();
    await entry.getByText('Muted by admin until').waitFor();
    await by(page, 'alert-bravo-acknowledge').click();
    await entry.waitFor({ state: 'detached' });
    await by(page, 'alerts-choice').getByText('All', { exact: true }).click();
    await entry.getByText('Acknowledged by admin').waitFor();
    await isAway(false);
    const ended = await aboutBravo(({ endedAt }) => endedAt !== null);
    expect(ended).toMatchObject({ id: open.id, acknowledged: { by: 'admin' }, assigned: { user: 'admin' } });
    await page.locator('[data-testid="alert-bravo"][data-open="false"]').waitFor();
    expect(problems).toEqual([]);
    await context.close();
  }, 60_000);

  it('stands beside a kill switch that halts one account, says so, and is released', async () => {
    const { context, page, problems } = await openPage(browser, screens[0]!);
    context.setDefaultTimeout(20_000);
    await signInAtDesk(page, platform.ready.http, adminPassword);
    await by(page, 'nav-admin').click();
    await by(page, 'stop-new').click();
    await by(page, 'stop-name').fill('nobody');
    await by(page, 'stop-preview').getByText('Nothing is open in it').waitFor();
    await by(page, 'stop-reason').fill('drill');
    await by(page, 'stop-confirm').click();
    await by(page, 'stop-result').getByText('Nothing was open in it').waitFor();
    await by(page, 'stop-confirm').click();
    const rows = by(page, 'stop-row');
    await rows.first().waitFor();
    const stops = (await admin.get('/api/v1/stops')).body as StopView[];
    expect(await rows.count()).toBe(stops.length);
    expect(stops[0]).toMatchObject({
      scope: { account: 'nobody' },
      stop: 'halted',
      by: 'admin',
      reason: 'drill',
    });
    for (let left = stops.length; left > 0; left -= 1) {
      await by(page, 'stop-release').first().click();
      await by(page, 'stop-release-reason').fill('over');
      await by(page, 'stop-release-confirm').click();
      await eventually(async () => (await rows.count()) === left - 1 || undefined, 'one row less');
    }
    expect((await admin.get('/api/v1/stops')).body).toEqual([]);
    expect(problems).toEqual([]);
    await context.close();
  }, 60_000);

  it('is answered by right only, and shows a client nothing of providers', async () => {
    const password = readFileSync(platform.ready.usersPasswordFile!, 'utf8').trim();
    const { id } = await aboutBravo(() => true);
    const acknowledge = { action: 'acknowledge' };
    const trader = await signIn(platform.ready.http, 'trader', password);
    const viewer = await signIn(platform.ready.http, 'viewer', password);
    expect((await trader.get('/api/v1/alerts')).body).not.toContainEqual(
      expect.objectContaining({ about: 'bravo' }),
    );
    expect(await trader.post(`/api/v1/alerts/${id}/marks`, acknowledge)).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_ALERT' },
    });
    expect((await viewer.post(`/api/v1/alerts/${id}/marks`, acknowledge)).status).toBe(403);
    expect(
      await admin.post(`/api/v1/alerts/${id}/marks`, { action: 'assign', user: 'trader' }),
    ).toMatchObject({ status: 422, body: { code: 'UNKNOWN_USER' } });
  });
});
