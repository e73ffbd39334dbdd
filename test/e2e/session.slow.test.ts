/**
 * A sign-in at the desk, in a real browser: it is renewed while the desk is used, its end is told before it
 * comes, a password opens the desk as it was left, and other tabs and roles find what is theirs.
 */
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminPassword, startPlatform, temporaryFolder, type Platform } from '../platform.ts';
import { openBrowser, openPage, screens } from './browser.ts';
import { by, seeTick, signInAtDesk } from './desk.ts';

const minuteMs = 60_000;

/** The page's clock is the real one, and can be put forward. */
async function watchClock(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const real = Date.now.bind(Date);
    const ahead = window as unknown as { aheadMs?: number };
    Date.now = () => real() + (ahead.aheadMs ?? 0);
  });
}
const putForward = (page: Page, minutes: number): Promise<void> =>
  page.evaluate((ms) => {
    const ahead = window as unknown as { aheadMs?: number };
    ahead.aheadMs = (ahead.aheadMs ?? 0) + ms;
  }, minutes * minuteMs);

const tokenOf = (page: Page): Promise<string> =>
  page.evaluate(
    () => (JSON.parse(sessionStorage.getItem('tidegate.signIn') ?? '{}') as { token?: string }).token ?? '',
  );

async function renewedFrom(page: Page, token: string): Promise<void> {
  await page.waitForFunction(
    (before) => !(sessionStorage.getItem('tidegate.signIn') ?? before).includes(before),
    token,
  );
}

async function unlock(page: Page, password: string): Promise<void> {
  await by(page, 'lock-password').fill(password);
  await by(page, 'lock-submit').click();
}

describe('a sign-in at the desk', () => {
  const folder = temporaryFolder('session');
  let platform: Platform;
  let browser: Browser;

  beforeAll(async () => {
    platform = await startPlatform(`${folder.path}/platform`);
    browser = await openBrowser();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    folder.remove();
  });

  const open = async () => {
    const opened = await openPage(browser, screens[0]!);
    await watchClock(opened.context);
    opened.context.setDefaultTimeout(12_000);
    await signInAtDesk(opened.page, platform.ready.http, adminPassword);
    return opened;
  };
  const revoke = async (token: string): Promise<number> =>
    (
      await fetch(`${platform.ready.http}/api/v1/logout`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      })
    ).status;

  it('is renewed while the desk is used, and the stream goes on with the next token', async () => {
    const { context, page, problems } = await open();
    const first = await tokenOf(page);
    await putForward(page, 6);
    await page.mouse.move(200, 200);
    await renewedFrom(page, first);
    await putForward(page, 58);
    await page.locator('[data-testid="connection-state"][data-state="live"]').waitFor();
    expect(await by(page, 'lock-screen').count()).toBe(0);
    await seeTick(page, 'EURUSD');
    expect(problems).toEqual([]);
    await context.close();
  });

  it('tells its end, and locks a desk that nobody uses without losing what was typed', async () => {
    const { context, page } = await open();
    await by(page, 'tile-EURUSD-ticket').click();
    await by(page, 'ticket-quantity').fill('2.5m');
    // What was done just now counts once; nothing is done from then on.
    const used = await tokenOf(page);
    await putForward(page, 6);
    await renewedFrom(page, used);
    await putForward(page, 57);
    await page.locator('[data-testid="end-warning"][data-needs="input"]').waitFor();
    await putForward(page, 4);
    await page.locator('[data-testid="lock-screen"][data-why="ended"]').waitFor();
    expect(await tokenOf(page)).toBe('');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    expect(await by(page, 'lock-screen').isVisible()).toBe(true);
    await unlock(page, 'not the password');
    await by(page, 'lock-message').getByText('wrong').waitFor();
    await unlock(page, adminPassword);
    await by(page, 'lock-screen').waitFor({ state: 'detached' });
    expect(await by(page, 'ticket-quantity').inputValue()).toBe('2,500,000');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe(
      'ticket-quantity',
    );
    await page.locator('[data-testid="connection-state"][data-state="live"]').waitFor();
    await context.close();
  });

  it('asks for the password when the sign-in is as old as it may get', async () => {
    const { context, page } = await open();
    await page.evaluate(() => {
      const kept = JSON.parse(sessionStorage.getItem('tidegate.signIn')!) as Record<string, unknown>;
      sessionStorage.setItem('tidegate.signIn', JSON.stringify({ ...kept, endsAtMs: kept['expiresAtMs'] }));
    });
    await page.reload();
    await by(page, 'tile-EURUSD').waitFor();
    await putForward(page, 56);
    await page.mouse.move(100, 200);
    await page.locator('[data-testid="end-warning"][data-needs="password"]').waitFor();
    await by(page, 'end-warning-stay').click();
    await unlock(page, adminPassword);
    await by(page, 'lock-screen').waitFor({ state: 'detached' });
    expect(await by(page, 'end-warning').count()).toBe(0);
    await context.close();
  });

  it('ends at once when it is revoked, wherever that happened', async () => {
    const { context, page } = await open();
    expect(await revoke(await tokenOf(page))).toBe(204);
    await page.locator('[data-testid="lock-screen"][data-why="ended"]').waitFor();
    await by(page, 'lock-signout').click();
    await by(page, 'signin-user').waitFor();
    await context.close();
  });

  it('is locked by its user over a living desk, and a reload does not open it', async () => {
    const { context, page } = await open();
    await page.keyboard.press('Alt+L');
    await page.locator('[data-testid="lock-screen"][data-why="asked"]').waitFor();
    await page.keyboard.press('Alt+2');
    await unlock(page, adminPassword);
    await by(page, 'lock-screen').waitFor({ state: 'detached' });
    expect(new URL(page.url()).hash).not.toBe('#/orders');
    await page.keyboard.press('Alt+L');
    await by(page, 'lock-screen').waitFor();
    await page.reload();
    await by(page, 'signin-user').waitFor();
    await context.close();
  });

  it('holds in a second tab, is locked and opened there too, and ends in both', async () => {
    const { context, page } = await open();
    const second = await context.newPage();
    await second.goto(platform.ready.http);
    await by(second, 'tile-EURUSD').waitFor();
    await page.keyboard.press('Alt+L');
    await by(second, 'lock-screen').waitFor();
    const third = await context.newPage();
    await third.goto(platform.ready.http);
    await by(third, 'signin-message').getByText('locked in another tab').waitFor();
    await third.close();
    await unlock(second, adminPassword);
    await by(page, 'lock-screen').waitFor({ state: 'detached' });
    await by(page, 'user-menu').click();
    await by(page, 'user-signout').click();
    await by(second, 'signin-message').getByText('signed out in another tab').waitFor();
    await context.close();
  });

  it.each(['trader', 'viewer'])('lets the demo’s %s in, with the rights of that role', async (user) => {
    const password = readFileSync(platform.ready.usersPasswordFile!, 'utf8').trim();
    const { context, page, problems } = await openPage(browser, screens[0]!);
    await signInAtDesk(page, platform.ready.http, password, user);
    await by(page, 'user-menu').click();
    await page.getByText(`${user} · ${user}`).waitFor();
    await page.keyboard.press('Escape');
    await seeTick(page, 'EURUSD');
    expect(await by(page, 'nav-admin').count()).toBe(0);
    if (user === 'viewer') expect(await by(page, 'tile-EURUSD-buy').isDisabled()).toBe(true);
    expect(problems).toEqual([]);
    await context.close();
  });
});
