/**
 * A whole trading day without a mouse: sign in, watch prices, deal, place, replace and cancel an order, send
 * one at market, cancel all, read and copy from the blotter, open an order, answer an alert, flatten a
 * position, read a session's messages, change a watch list and a key, lock, sign out. Nothing is clicked and
 * nothing is focused by the test: only keys are pressed.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  adminPassword,
  eventually,
  startPlatform,
  startSimulator,
  temporaryFolder,
  type Platform,
  type SimulatorProcess,
} from '../platform.ts';
import { openBrowser, openPage, screens } from './browser.ts';
import { by, seeTick } from './desk.ts';

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? '');

/** Tab until the wanted control has the focus, as a person does who looks for it. */
async function tabTo(page: Page, wanted: RegExp, key = 'Tab'): Promise<void> {
  const seen: string[] = [];
  for (let press = 0; press < 80; press += 1) {
    const now = await focused(page);
    if (wanted.test(now)) return;
    seen.push(now);
    await page.keyboard.press(key);
  }
  throw new Error(`no ${String(wanted)} by Tab, but ${seen.join(', ')}`);
}

const focusOn = async (page: Page, id: string): Promise<void> => {
  await eventually(async () => ((await focused(page)) === id ? true : undefined), `the focus on ${id}`).catch(
    async (error: unknown) => {
      const at = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
      throw new Error(`${String(error)}; it is on ${String(at)}`);
    },
  );
};

describe('a day by keyboard', () => {
  const folder = temporaryFolder('keyboard');
  let simulator: SimulatorProcess;
  let platform: Platform;
  let browser: Browser;

  beforeAll(async () => {
    simulator = await startSimulator('--seed', '5', '--data', `${folder.path}/simulator`);
    platform = await startPlatform(`${folder.path}/platform`, { SIMULATOR: simulator.control });
    browser = await openBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    await simulator?.stop();
    folder.remove();
  });

  it('goes from sign-in to sign-out', async () => {
    const { context, page, problems } = await openPage(browser, screens[0]!);
    context.setDefaultTimeout(15_000);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const { keyboard } = page;
    await page.goto(platform.ready.http);
    await focusOn(page, 'signin-user');
    await keyboard.type('admin');
    await keyboard.press('Tab');
    await keyboard.type(adminPassword);
    await keyboard.press('Enter');
    await by(page, 'tile-GBPUSD').waitFor();
    expect(await page.title()).toBe('Trading · Tidegate');

    await keyboard.press('Tab');
    await focusOn(page, 'skip-link');
    await keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.tagName === 'MAIN');

    await tabTo(page, /^one-click$/);
    await keyboard.press('Space');
    await keyboard.press('Control+K');
    await focusOn(page, 'search-input');
    await keyboard.type('gbpusd');
    await keyboard.press('Enter');
    await focusOn(page, 'tile-GBPUSD');
    await seeTick(page, 'GBPUSD');
    // Prices tick and the focus stays.
    expect(await focused(page)).toBe('tile-GBPUSD');
    await keyboard.press('p');
    await by(page, 'voice')
      .getByText(/GBP\/USD: sell at/)
      .waitFor();

    await deal(page);
    await placeReplaceCancel(page);
    await sendAtMarket(page);
    await cancelAll(page);
    await readOrder(page);

    await simulator.post('/switch', { venue: 'charlie', switch: 'disconnected', on: true });
    await answerAlert(page);
    await simulator.post('/switch', { venue: 'charlie', switch: 'disconnected', on: false });
    await flatten(page);
    await changeWatchList(page);
    await readSession(page);

    await rebindLock(page);
    await signOut(page);
    await focusOn(page, 'signin-user');
    expect(problems).toEqual([]);
    await context.close();
  }, 150_000);
});

/** One order at the price shown, by the tile's key. */
async function deal(page: Page): Promise<void> {
  const { keyboard } = page;
  await keyboard.press('z');
  await focusOn(page, 'tile-GBPUSD-size');
  await keyboard.type('100k');
  await keyboard.press('Enter');
  await focusOn(page, 'tile-GBPUSD');
  for (let press = 0; press < 5; press += 1) {
    await keyboard.press('Shift+B');
    await page.waitForFunction(() =>
      ['filled', 'partiallyFilled', 'rejected'].includes(
        document.querySelector('[data-testid="tile-GBPUSD-state"]')?.getAttribute('data-state') ?? '',
      ),
    );
    const state = await by(page, 'tile-GBPUSD-state').getAttribute('data-state');
    await keyboard.press('Escape');
    if (state === 'filled') break;
  }
}

/** From the ticket, far from the market, good till cancelled. */
async function placeResting(page: Page): Promise<void> {
  const { keyboard } = page;
  await keyboard.press('Alt+T');
  await focusOn(page, 'ticket-quantity');
  await page.keyboard.press('Control+A');
  await keyboard.type('200k');
  await tabTo(page, /^ticket-price$/);
  await keyboard.type('0.9');
  await tabTo(page, /^ticket-submit$/);
  // Backwards from the button to the time in force, which is one control with arrows.
  await keyboard.press('Shift+Tab');
  for (const _ of ['fok', 'day', 'gtc']) await keyboard.press('ArrowRight');
  await tabTo(page, /^ticket-submit$/);
  await keyboard.press('Enter');
  await by(page, 'ticket-message')
    .getByText(/working|new|accepted|open/i)
    .waitFor();
}

/** A resting order from the ticket, changed and taken back in the blotter. */
async function placeReplaceCancel(page: Page): Promise<void> {
  const { keyboard } = page;
  await placeResting(page);
  await keyboard.press('Alt+2');
  await by(page, 'blotter-orders').waitFor();
  await tabTo(page, /^order-replace-/);
  await keyboard.press('Enter');
  await focusOn(page, 'replace-quantity');
  await keyboard.press('Control+A');
  await keyboard.type('300k');
  await keyboard.press('Enter');
  await by(page, 'blotter-orders').getByText('300,000').first().waitFor();
  // Back where the dialog was opened from, or on the table when that button is gone.
  await inGrid(page);
  await tabTo(page, /^order-cancel-/);
  await keyboard.press('Enter');
  await by(page, 'blotter-orders')
    .getByText(/cancell?ed/i)
    .first()
    .waitFor();
  // Its buttons have gone with its being open.
  await focusOn(page, 'orders-grid');
}

/** Backwards into a control that has no name for tests itself. */
async function tabBackInto(page: Page, id: string): Promise<void> {
  const isIn = () =>
    page.evaluate((name) => document.activeElement?.closest(`[data-testid="${name}"]`) !== null, id);
  for (let press = 0; press < 10; press += 1) {
    if (await isIn()) return;
    await page.keyboard.press('Shift+Tab');
  }
  throw new Error(`no ${id} by Shift+Tab`);
}

/** The ticket's other type of order. */
async function sendAtMarket(page: Page): Promise<void> {
  const { keyboard } = page;
  await keyboard.press('Alt+T');
  await focusOn(page, 'ticket-quantity');
  await keyboard.press('Control+A');
  await keyboard.type('100k');
  await tabBackInto(page, 'ticket-type');
  await keyboard.press('ArrowRight');
  await by(page, 'ticket-submit').getByText('at market').waitFor();
  await tabTo(page, /^ticket-submit$/);
  await keyboard.press('Enter');
  await by(page, 'ticket-message')
    .getByText(/filled|rejected|cancell?ed/i)
    .waitFor();
  await keyboard.press('Alt+T');
  await focusOn(page, 'ticket-quantity');
  await tabBackInto(page, 'ticket-type');
  await keyboard.press('ArrowLeft');
  await by(page, 'ticket-price').waitFor();
}

/** Whose and how many is said first; one key confirms. */
async function cancelAll(page: Page): Promise<void> {
  const { keyboard } = page;
  await placeResting(page);
  await keyboard.press('Alt+X');
  await by(page, 'cancel-all-scope').getByText('Mine (admin): 1 open').waitFor();
  await tabTo(page, /^cancel-all-confirm$/);
  await keyboard.press('Enter');
  await by(page, 'cancel-all-done').getByText('1 of 1 closed, none left').waitFor();
  await keyboard.press('Escape');
  await by(page, 'cancel-all-done').waitFor({ state: 'hidden' });
}

/** Up and down in the blotter, a copy of a cell, and what is behind its order. */
async function readOrder(page: Page): Promise<void> {
  const { keyboard } = page;
  await keyboard.press('Alt+2');
  await by(page, 'orders-grid').waitFor();
  await keyboard.press('Alt+B');
  await tabTo(page, /^orders-grid$/);
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowRight');
  await keyboard.press('Control+c');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/filled|cancell?ed|rejected/i);
  await keyboard.press('Enter');
  await by(page, 'order-events').waitFor();
  await keyboard.press('Escape');
  await by(page, 'order-events').waitFor({ state: 'detached' });
  await focusOn(page, 'orders-grid');
}

/** One instrument less among the tiles. */
async function changeWatchList(page: Page): Promise<void> {
  const { keyboard } = page;
  await keyboard.press('Alt+1');
  await by(page, 'tile-USDCHF').waitFor();
  await tabTo(page, /^watch-prices-edit$/);
  await keyboard.press('Enter');
  await by(page, 'watch-prices-title').waitFor();
  await tabTo(page, /^watch-prices-USDCHF$/);
  await keyboard.press('Space');
  await keyboard.press('Escape');
  await by(page, 'watch-prices-title').waitFor({ state: 'detached' });
  await by(page, 'tile-USDCHF').waitFor({ state: 'detached' });
}

/** The focus is in the orders' table, whose row has lost its buttons. */
const inGrid = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => document.activeElement?.closest('[data-testid="orders-grid"]') !== null);

/** Takes and acknowledges the outage of a provider. */
async function answerAlert(page: Page): Promise<void> {
  const { keyboard } = page;
  await keyboard.press('Alt+6');
  await by(page, 'alert-charlie').waitFor();
  expect(await page.title()).toBe('Events · Tidegate');
  await keyboard.press('Tab');
  await tabTo(page, /^alert-charlie-assign$/);
  await keyboard.press('Enter');
  await by(page, 'alert-charlie').getByText('Assigned to admin').waitFor();
  await tabTo(page, /^alert-charlie-acknowledge$/);
  await keyboard.press('Enter');
  await by(page, 'alert-charlie').waitFor({ state: 'detached' });
}

/** A position to nothing, by its preview. */
async function flatten(page: Page): Promise<void> {
  const { keyboard } = page;
  await keyboard.press('Alt+3');
  await by(page, 'positions-table').getByText('GBP/USD').first().waitFor();
  expect(await page.title()).toBe('Positions · Tidegate');
  await tabTo(page, /^flatten-GBPUSD$/);
  await keyboard.press('Enter');
  await by(page, 'flatten-preview').getByText('Sell').waitFor();
  await page.waitForFunction(
    () => document.querySelector('[data-testid="flatten-confirm"]')?.matches(':enabled') === true,
  );
  await tabTo(page, /^flatten-confirm$/);
  await keyboard.press('Enter');
  await by(page, 'flatten-GBPUSD').waitFor({ state: 'detached' });
}

/** Messages of a session, decoded. */
async function readSession(page: Page): Promise<void> {
  const { keyboard } = page;
  await keyboard.press('Alt+4');
  await by(page, 'session-alpha-orders-state').waitFor();
  await tabTo(page, /^session-alpha-orders-open$/);
  await keyboard.press('Enter');
  await by(page, 'session-messages').getByText('35=A').first().waitFor();
  await keyboard.press('Escape');
  await by(page, 'session-messages').waitFor({ state: 'detached' });
  await focusOn(page, 'session-alpha-orders-open');
}

/** Another key for the lock, which then locks the desk. */
async function rebindLock(page: Page): Promise<void> {
  const { keyboard } = page;
  await keyboard.press('?');
  await by(page, 'help-sizes').waitFor();
  await tabTo(page, /^key-lock$/);
  await keyboard.press('Enter');
  await keyboard.press('Alt+T');
  await by(page, 'key-refusal').getByText('Order ticket').waitFor();
  await keyboard.press('Alt+0');
  await by(page, 'key-lock').getByText('0').waitFor();
  await keyboard.press('Escape');
  await by(page, 'help-sizes').waitFor({ state: 'hidden' });
  await keyboard.press('Alt+0');
  await focusOn(page, 'lock-password');
  await keyboard.type(adminPassword);
  await keyboard.press('Enter');
  await by(page, 'lock-screen').waitFor({ state: 'detached' });
}

/** By the user menu. */
async function signOut(page: Page): Promise<void> {
  const { keyboard } = page;
  await tabTo(page, /^user-menu$/, 'Shift+Tab');
  await keyboard.press('Enter');
  await by(page, 'user-signout').waitFor();
  await eventually(async () => {
    const at = await page.evaluate(() => document.querySelector('[class*="menu-item-active"]')?.textContent);
    if (at === 'Sign out') return true;
    await keyboard.press('ArrowDown');
    await drawn(page);
    return undefined;
  }, 'the way to the last entry of the menu');
  await keyboard.press('Enter');
}

/** What the last key has changed is on the screen. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
      }),
  );
}
