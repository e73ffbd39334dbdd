/**
 * Bloomberg (emulated) as a person sees it in a real browser, on a desk and on a phone: the feed's page, its
 * prices in the tiles, reference data; and a desk whose platform has no library.
 */
import { writeFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminPassword, startPlatform, temporaryFolder, type Platform } from '../platform.ts';
import { openBrowser, openPage, screens, type Screen } from './browser.ts';
import { by, seeTick, signInAtDesk } from './desk.ts';

/** One stream is delayed, one security is not known. */
const scenario = `include builtin
seed 11
security "USDCAD BGN Curncy" price 1.365 decimals 5 spread 0.0001 volatility 0.0001 rate 4 delayed paired
security "XAGUSD BGN Curncy" bad
`;
const waitMs = 20_000;

const shown = async (page: Page, id: string): Promise<string> => (await by(page, id).textContent()) ?? '';

/** Resolves when the text of an element has changed to another that fits. */
async function seeChange(page: Page, id: string, pattern: RegExp): Promise<void> {
  await by(page, id).filter({ hasText: pattern }).waitFor({ timeout: waitMs });
  await page.waitForFunction(
    ([testId, before]) => document.querySelector(`[data-testid="${testId}"]`)?.textContent !== before,
    [id, await shown(page, id)],
    { timeout: waitMs },
  );
}

const seeMark = (page: Page, instrument: string, mark: string): Promise<void> =>
  page
    .locator(`[data-testid="tile-${instrument}-indicative"][data-mark="${mark}"]`)
    .waitFor({ timeout: waitMs });

async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

describe('Bloomberg at the desk', () => {
  const folder = temporaryFolder('bloomberg-desk');
  let platform: Platform;
  let browser: Browser;

  beforeAll(async () => {
    const path = `${folder.path}/desk.scenario`;
    writeFileSync(path, scenario);
    platform = await startPlatform(`${folder.path}/platform`, {
      BLPAPI_EMULATOR_SCENARIO: path,
      BLOOMBERG_PORT: '0',
      // Ten securities are subscribed to; one look at reference data is within a user's budget, two are not.
      BLOOMBERG_SECURITIES_PER_DAY: '12',
      BLOOMBERG_USER_HITS_PER_DAY: '20',
    });
    browser = await openBrowser();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    folder.remove();
  });

  const atDesk = async (screen: Screen) => {
    const opened = await openPage(browser, screen);
    opened.page.setDefaultTimeout(waitMs);
    await signInAtDesk(opened.page, platform.ready.http, adminPassword);
    return opened;
  };

  it.each(screens)(
    'ticks in the tiles, labelled, and is never dealt on, at $width×$height',
    async (screen) => {
      const { context, page, problems } = await atDesk(screen);
      await seeTick(page, 'EURUSD');
      await seeMark(page, 'EURUSD', 'live');
      await seeChange(page, 'tile-EURUSD-indicative-mid', /^\d\.\d{6}$/);
      expect(await shown(page, 'tile-EURUSD-indicative-label')).toBe('BBG emul.');
      await by(page, 'tile-EURUSD-indicative-note')
        .filter({ hasText: /^[+-]?\d/ })
        .waitFor({ timeout: waitMs });
      await seeMark(page, 'USDCAD', 'delayed');
      expect(await shown(page, 'tile-USDCAD-indicative-note')).toBe('delayed');
      await seeMark(page, 'BTCUSD', 'none');
      // Nothing on the line can be pressed, and a click on it sends nothing.
      const line = by(page, 'tile-EURUSD-indicative');
      expect(await line.locator('button, a, [role="button"]').count()).toBe(0);
      const posts: string[] = [];
      page.on('request', (request) => {
        if (request.method() === 'POST') posts.push(request.url());
      });
      await line.click();
      await seeChange(page, 'tile-EURUSD-indicative-mid', /\d/);
      expect(await by(page, 'tile-EURUSD-state').getAttribute('data-state')).toBe('ready');
      expect(posts).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      expect(problems).toEqual([]);
      await context.close();
    },
  );

  it('can be hidden, and stays hidden for this browser', async () => {
    const { context, page } = await atDesk(screens[0]!);
    await seeMark(page, 'EURUSD', 'live');
    await by(page, 'show-indicative').click();
    await by(page, 'tile-EURUSD-indicative').waitFor({ state: 'detached' });
    await page.reload();
    await seeTick(page, 'EURUSD');
    await by(page, 'show-indicative').waitFor();
    expect(await by(page, 'tile-EURUSD-indicative').count()).toBe(0);
    await by(page, 'show-indicative').click();
    await seeMark(page, 'EURUSD', 'live');
    await context.close();
  });

  it('is stale in the tiles while the stream is away, and the page says how old it is', async () => {
    const { context, page } = await atDesk(screens[0]!);
    await seeMark(page, 'EURUSD', 'live');
    await by(page, 'nav-bloomberg').click();
    await by(page, 'bloomberg-state').waitFor();
    // Prices, status and the stream all go through the one server: nothing of it is heard any more.
    platform.child.kill('SIGSTOP');
    try {
      await by(page, 'bloomberg-old').waitFor({ timeout: waitMs });
      await by(page, 'nav-trading').click();
      await seeMark(page, 'EURUSD', 'stale');
      expect(await shown(page, 'tile-EURUSD-indicative-note')).toBe('stale');
      expect(await shown(page, 'tile-EURUSD-indicative-mid')).toMatch(/^\d\.\d{6}$/);
    } finally {
      platform.child.kill('SIGCONT');
    }
    await seeMark(page, 'EURUSD', 'live');
    await context.close();
  });

  it.each(screens)('shows the feed, what it carries and what is wrong at $width×$height', async (screen) => {
    const { context, page, problems } = await atDesk(screen);
    await by(page, 'nav-bloomberg').click();
    await page.locator('[data-testid="bloomberg-state"][data-state="up"]').waitFor({ timeout: waitMs });
    await by(page, 'bloomberg-emulated').waitFor();
    expect(await shown(page, 'bloomberg-library')).toContain('libblpapi3_64.so');
    await by(page, 'bloomberg-service-mktdata').filter({ hasText: 'open' }).waitFor();
    await seeChange(page, 'bloomberg-count-ticks', /^[\d,]+$/);
    expect(await shown(page, 'bloomberg-ticks-rate')).toMatch(/\d/);
    await by(page, 'bloomberg-vpn').filter({ hasText: 'Not configured' }).waitFor();
    const rows = by(page, 'bloomberg-subscriptions');
    await rows.getByText('EURUSD BGN Curncy').waitFor();
    await by(page, 'bloomberg-show').getByText('Delayed 1').click();
    await rows.getByText('USDCAD BGN Curncy').waitFor();
    expect(await rows.getAttribute('data-rows')).toBe('1');
    await by(page, 'bloomberg-show').getByText('Failed 1').click();
    await rows.getByText('XAGUSD BGN Curncy').waitFor();
    await rows.getByText(/BAD_SEC/).waitFor();
    await by(page, 'bloomberg-budget-securities').getByText('refused beyond').waitFor();
    await by(page, 'bloomberg-tab-usage').click();
    await by(page, 'bloomberg-usage').getByText('platform').first().waitFor();
    await page.keyboard.press('ArrowRight');
    await by(page, 'bloomberg-events').getByText('Bloomberg (emulated) is up').waitFor();
    await by(page, 'bloomberg-events').getByText(/80 %/).waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('gives reference data from tile, keyboard and search, and says why it has none', async () => {
    const { context, page } = await atDesk(screens[0]!);
    await seeMark(page, 'EURUSD', 'live');
    await by(page, 'tile-BTCUSD-reference').click();
    await by(page, 'reference-problem').getByText('no security for this instrument').waitFor();
    await page.keyboard.press('Escape');
    await by(page, 'reference').waitFor({ state: 'detached' });
    await by(page, 'tile-EURUSD').focus();
    await page.keyboard.press('i');
    await by(page, 'reference-PX_LAST')
      .filter({ hasText: /\d\.\d{5}/ })
      .waitFor();
    await by(page, 'reference').getByTestId('bloomberg-emulated').waitFor();
    await by(page, 'panel-EURUSD-indicative').waitFor();
    await page.keyboard.press('Escape');
    await by(page, 'reference').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+k');
    await by(page, 'search-input').fill('gbpusd');
    await page.keyboard.press('Shift+Enter');
    await page.locator('[data-testid="reference"][data-instrument="GBPUSD"]').waitFor();
    await by(page, 'reference-problem').getByText('budget is used up').waitFor();
    await context.close();
  });
});

describe('a desk without a Bloomberg library', () => {
  const folder = temporaryFolder('bloomberg-none');
  let platform: Platform;
  let browser: Browser;

  beforeAll(async () => {
    platform = await startPlatform(`${folder.path}/platform`, {
      BLPAPI_LIB: `${folder.path}/libblpapi3_64.so`,
      BLOOMBERG_PORT: '0',
    });
    browser = await openBrowser();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    folder.remove();
  });

  it('says what is missing, and prices tick on', async () => {
    const { context, page, problems } = await openPage(browser, screens[0]!);
    page.setDefaultTimeout(waitMs);
    await signInAtDesk(page, platform.ready.http, adminPassword);
    await seeTick(page, 'EURUSD');
    await seeMark(page, 'EURUSD', 'none');
    await by(page, 'nav-bloomberg').click();
    await page
      .locator('[data-testid="bloomberg-state"][data-state="unavailable"]')
      .waitFor({ timeout: waitMs });
    expect(await shown(page, 'bloomberg-cause')).toContain('libblpapi3_64.so');
    await by(page, 'bloomberg-subscriptions').getByText('Pending').first().waitFor();
    expect(await by(page, 'bloomberg-emulated').count()).toBe(0);
    expect(problems).toEqual([]);
    await context.close();
  });
});
