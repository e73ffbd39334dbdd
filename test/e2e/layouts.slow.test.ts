/**
 * The desk as its user arranges it, in a real browser: what the first page brings over the wire, panels,
 * watch lists, workspaces that the server keeps, themes.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  adminPassword,
  startPlatform,
  startSimulator,
  temporaryFolder,
  type Platform,
  type SimulatorProcess,
} from '../platform.ts';
import { openBrowser, openPage, screens } from './browser.ts';
import { by, KeptDesk, seeTick, signInAtDesk } from './desk.ts';

/** Signed in, whatever shows first. */
async function signInToDesk(page: Page, http: string): Promise<void> {
  await page.goto(http);
  await by(page, 'signin-user').fill('admin');
  await by(page, 'signin-password').fill(adminPassword);
  await by(page, 'signin-submit').click();
  await by(page, 'dock').waitFor();
}

const pagesToSee = [
  ['orders', 'orders-print'],
  ['positions', 'positions-total'],
  ['sessions', 'sessions-table'],
  ['events', 'events-table'],
  ['cases', 'cases-table'],
  ['quality', 'periods-table'],
  ['admin', 'admin-page'],
] as const;

/** A browser, a platform and providers share a machine that may be busy. */
const patienceMs = 90_000;

describe('the desk as its user arranges it', { timeout: patienceMs }, () => {
  const folder = temporaryFolder('layouts');
  let simulator: SimulatorProcess;
  let platform: Platform;
  let browser: Browser;
  let desk: KeptDesk;

  beforeAll(async () => {
    simulator = await startSimulator('--seed', '5', '--data', `${folder.path}/simulator`);
    platform = await startPlatform(`${folder.path}/platform`, { SIMULATOR: simulator.control });
    browser = await openBrowser();
    desk = new KeptDesk(browser, screens[0]!);
  }, 120_000);

  afterAll(async () => {
    await desk?.close();
    await browser?.close();
    await platform?.stop();
    await simulator?.stop();
    folder.remove();
  });

  const open = () => desk.open(platform.ready.http, adminPassword);

  it('brings its first page compressed, kept for ever by its name, and within 380 kB', async () => {
    const { context, page } = await openPage(browser, screens[0]!);
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await signInAtDesk(page, platform.ready.http, adminPassword);
    await by(page, 'blotter-orders').waitFor();
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(380_000);
    await context.close();

    const html = await (await fetch(platform.ready.http)).text();
    const script = new URL(/assets\/index-[\w-]+\.js/.exec(html)![0], platform.ready.http);
    for (const [accepted, sent] of [
      ['br, gzip', 'br'],
      ['gzip', 'gzip'],
      ['identity', null],
    ] as const) {
      const { headers } = await fetch(script, { headers: { 'accept-encoding': accepted } });
      expect(headers.get('content-encoding')).toBe(sent);
      expect(headers.get('vary')).toMatch(/accept-encoding/i);
      expect(headers.get('cache-control')).toContain('immutable');
      expect(headers.get('content-type')).toMatch(/javascript/);
    }
  });

  it('says prices to a screen reader, and leaves how long they took to be painted', async () => {
    const { page, problems } = await open();
    await seeTick(page, 'EURUSD');
    const canvas = by(page, 'tile-EURUSD').locator('canvas');
    await page.waitForFunction(() =>
      /1\.\d{5}/.test(document.querySelector('[data-testid="tile-EURUSD"] canvas')?.ariaLabel ?? ''),
    );
    expect(await canvas.getAttribute('role')).toBe('img');
    const tookMs = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          new PerformanceObserver((list) => {
            const [entry] = list.getEntriesByName('prices painted');
            if (entry !== undefined) resolve(entry.duration);
          }).observe({ type: 'measure' });
        }),
    );
    expect(tookMs).toBeGreaterThan(0);
    expect(problems).toEqual([]);
  });

  it('arranges panels by menu, key and mouse, and keeps it and what is typed', async () => {
    const { page, problems } = await open();
    await seeTick(page, 'EURUSD');
    await by(page, 'ticket-quantity').fill('3m');
    await by(page, 'panel-menu-ticket').click();
    await page.getByText('Move down').click();
    const tabs = (shown: Page): Promise<string[]> => shown.getByRole('tab').allTextContents();
    const moved = ['Spot', 'Orders', 'Executions', 'Positions', 'Depth', 'Ticket'];
    await expect.poll(() => tabs(page)).toEqual(moved);
    expect(await by(page, 'ticket-quantity').inputValue()).toMatch(/^3(m|,000,000)$/);

    const border = by(page, 'border-all-0');
    const widthOf = async (): Promise<number> => (await by(page, 'group-board').boundingBox())!.width;
    const before = await widthOf();
    await border.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect(await widthOf()).toBeLessThan(before - 20);

    await by(page, 'panel-add').click();
    await by(page, 'add-prices').click();
    await by(page, 'watch-prices-2').waitFor();
    await by(page, 'row-EURUSD').waitFor();
    await page.waitForFunction(() =>
      /^1\.\d{5}$/.test(document.querySelector('[data-testid="row-EURUSD-sell"]')?.textContent ?? ''),
    );
    await by(page, 'row-EURUSD-sell').click();
    expect(await by(page, 'ticket-price').inputValue()).toMatch(/^1\.\d{5}$/);
    await by(page, 'watch-prices-2-edit').click();
    await by(page, 'watch-prices-2-EURUSD').uncheck();
    await by(page, 'watch-prices-2-title').fill('Without euro');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Escape');
    await by(page, 'row-EURUSD').waitFor({ state: 'detached' });
    await by(page, 'workspace-state').filter({ hasText: /^$/ }).waitFor({ state: 'attached' });

    const again = await openPage(browser, screens[0]!);
    await signInToDesk(again.page, platform.ready.http);
    await by(again.page, 'tab-prices-2').filter({ hasText: 'Without euro' }).waitFor();
    expect(await by(again.page, 'row-EURUSD').count()).toBe(0);
    expect((await tabs(again.page)).filter((tab) => tab !== 'Without euro')).toEqual(moved);
    await by(again.page, 'workspace-menu').click();
    await by(again.page, 'workspace-reset').click();
    await by(again.page, 'workspace-ok').click();
    await by(again.page, 'tile-EURUSD').waitFor();
    await by(again.page, 'workspace-state').filter({ hasText: /^$/ }).waitFor({ state: 'attached' });
    expect([...problems, ...again.problems]).toEqual([]);
    await again.context.close();
  });

  it('has several workspaces, of which one window never writes over another', async () => {
    const { page } = await open();
    await by(page, 'workspace-menu').click();
    await by(page, 'workspace-new').click();
    await by(page, 'workspace-name').fill('Metals');
    await by(page, 'workspace-ok').click();
    await by(page, 'workspace-metals').waitFor();
    await by(page, 'workspace-state').filter({ hasText: /^$/ }).waitFor({ state: 'attached' });

    const other = await openPage(browser, screens[0]!);
    await signInAtDesk(other.page, platform.ready.http, adminPassword);
    await by(other.page, 'workspace-metals').click();
    await by(other.page, 'panel-menu-depth').click();
    await other.page.getByText('Close', { exact: true }).click();
    await by(other.page, 'tab-depth').waitFor({ state: 'detached' });
    await by(other.page, 'workspace-state').filter({ hasText: /^$/ }).waitFor({ state: 'attached' });
    await by(page, 'panel-menu-ticket').click();
    await page.getByText('Close', { exact: true }).click();
    await by(page, 'workspace-state').filter({ hasText: 'Not saved' }).waitFor();
    await by(page, 'tab-depth').waitFor({ state: 'detached' });
    await by(page, 'tab-ticket').waitFor();

    await by(page, 'workspace-menu').click();
    await by(page, 'workspace-delete').click();
    await by(page, 'workspace-ok').click();
    await by(page, 'workspace-metals').waitFor({ state: 'detached' });
    await other.context.close();
  });

  it('draws a chart with the least move of its pair, and a panel in its own window', async () => {
    const { context, page, problems } = await open();
    await seeTick(page, 'EURUSD');
    await by(page, 'panel-add').click();
    await by(page, 'add-chart').click();
    await by(page, 'chart-chart').waitFor();
    await page.waitForFunction(
      () =>
        Number(document.querySelector<HTMLElement>('[data-testid="chart-chart"]')?.dataset['samples'] ?? 0) >=
        2,
    );
    expect(await by(page, 'chart-chart').locator('canvas').count()).toBeGreaterThan(2);
    const opened = context.waitForEvent('page');
    await by(page, 'panel-menu-prices').click();
    await page.getByText('Show in a window of its own').click();
    const torn = await opened;
    await torn.getByTestId('torn-panel').waitFor();
    await seeTick(torn, 'EURUSD');
    expect(await torn.getByTestId('ticket').count()).toBe(0);
    await torn.getByTestId('tile-EURUSD-ticket').click();
    await torn.getByTestId('ticket').waitFor();
    expect(problems).toEqual([]);
  });

  it.each(screens)('changes its theme, on canvases too, and keeps it at $width×$height', async (screen) => {
    const { context, page, problems } = await openPage(browser, screen);
    await signInAtDesk(page, platform.ready.http, adminPassword);
    await seeTick(page, 'EURUSD');
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    for (const [theme, colour] of [
      ['light', 'rgb(238, 241, 245)'],
      ['contrast', 'rgb(0, 0, 0)'],
      ['dark', 'rgb(10, 14, 19)'],
    ] as const) {
      await by(page, 'user-menu').click();
      await by(page, `theme-${theme}`).click();
      await page.waitForFunction((name) => document.documentElement.dataset['theme'] === name, theme);
      expect(await background()).toBe(colour);
    }
    await page.emulateMedia({ forcedColors: 'active', media: 'print' });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('is whole at twice the size of its letters and on a large screen', async () => {
    for (const [width, height, scale] of [
      [1440, 900, 2],
      [3840, 2160, 1],
    ] as const) {
      const context = await browser.newContext({
        viewport: { width: width / scale, height: height / scale },
        deviceScaleFactor: scale,
        reducedMotion: 'reduce',
      });
      const page = await context.newPage();
      await signInAtDesk(page, platform.ready.http, adminPassword);
      await seeTick(page, 'EURUSD');
      const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(await overflow()).toBeLessThanOrEqual(0);
      await by(page, 'tile-EURUSD-ticket').click();
      await page.getByTestId('ticket').filter({ visible: true }).waitFor();
      await page.keyboard.press('Escape');
      for (const [name, shows] of pagesToSee) {
        await page.getByTestId(`nav-${name}`).filter({ visible: true }).click();
        await by(page, shows).waitFor();
        expect(await overflow(), `${name} at ${width / scale}`).toBeLessThanOrEqual(0);
      }
      await page.keyboard.press('Alt+X');
      await by(page, 'cancel-all-confirm').waitFor();
      await page.keyboard.press('Escape');
      await page.getByTestId('user-menu').click();
      await by(page, 'user-signout').waitFor();
      await context.close();
    }
  });
});
