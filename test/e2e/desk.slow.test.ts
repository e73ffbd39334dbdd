/**
 * A person in a real browser: signs in, sees prices tick, trades with one click, and finds the fill. On a
 * desk and on a phone.
 */
import { readFileSync } from 'node:fs';
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
import { openBrowser, openPage, screens, type Screen } from './browser.ts';
import { by, KeptDesk, seeTick, tradeOneClick } from './desk.ts';

/**
 * A click deals at the price shown or not at all; the market may move away before, so a person may have to
 * click again.
 */
async function tradeUntilFilled(page: Page, instrument: string): Promise<string> {
  let outcome = '';
  for (let click = 0; click < 5 && outcome !== 'filled'; click += 1) {
    outcome = await tradeOneClick(page, instrument, 'buy', '100k');
    if (outcome !== 'filled') await by(page, `tile-${instrument}-dismiss`).click();
  }
  return outcome;
}

describe('the trading desk', () => {
  const folder = temporaryFolder('desk');
  let simulator: SimulatorProcess;
  let platform: Platform;
  let browser: Browser;
  let desks: ReadonlyMap<Screen, KeptDesk>;

  beforeAll(async () => {
    simulator = await startSimulator('--seed', '3', '--data', `${folder.path}/simulator`);
    platform = await startPlatform(`${folder.path}/platform`, { SIMULATOR: simulator.control });
    browser = await openBrowser();
    desks = new Map(screens.map((screen) => [screen, new KeptDesk(browser, screen)]));
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    await simulator?.stop();
    folder.remove();
  });

  const open = (screen = screens[0]!) => desks.get(screen)!.open(platform.ready.http, adminPassword);

  it('refuses a wrong password and says so', async () => {
    const { context, page } = await openPage(browser, screens[0]!);
    await page.goto(platform.ready.http);
    await by(page, 'signin-user').fill('admin');
    await by(page, 'signin-password').fill('not the password');
    await by(page, 'signin-submit').click();
    await by(page, 'signin-message').waitFor();
    await context.close();
  });

  it.each(screens)('signs in, sees ticks, trades and finds the fill at $width×$height', async (screen) => {
    const { page, problems } = await open(screen);
    await seeTick(page, 'EURUSD');
    expect(await tradeUntilFilled(page, 'GBPUSD')).toBe('filled');
    await by(page, 'nav-orders').click();
    const orders = by(page, 'blotter-orders');
    await orders.getByText('GBP/USD').first().waitFor();
    expect(await orders.textContent()).toMatch(/filled/i);
    await by(page, 'nav-positions').click();
    await by(page, 'positions-table').getByText('GBP/USD').first().waitFor();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
  });

  it('shows a silent instrument as stale and refuses to trade on it', async () => {
    const { page } = await open();
    await seeTick(page, 'USDCHF');
    for (const { venue } of simulator.providers) {
      await simulator.post('/switch', { venue, switch: 'stale', on: true, symbol: 'USD/CHF' });
    }
    await page.locator('[data-testid="tile-USDCHF-state"][data-state="stale"]').waitFor({ timeout: 20_000 });
    expect(await by(page, 'tile-USDCHF-buy').isDisabled()).toBe(true);
    for (const { venue } of simulator.providers) {
      await simulator.post('/switch', { venue, switch: 'stale', on: false, symbol: 'USD/CHF' });
    }
    await page.locator('[data-testid="tile-USDCHF-state"][data-state="ready"]').waitFor({ timeout: 20_000 });
  });

  it('shows the FIX sessions with their state, and system events', async () => {
    const { page } = await open();
    await by(page, 'nav-sessions').click();
    await by(page, 'session-alpha-orders-state').waitFor();
    expect(await by(page, 'session-alpha-orders-state').textContent()).toMatch(/up/i);
    await by(page, 'session-alpha-orders-open').click();
    const messages = by(page, 'session-messages');
    await messages.getByText(/35=A\|.*49=TIDEGATE-OE\|/).waitFor();
    expect(await messages.textContent()).not.toContain('554=demo');
    await filterMessages(page);
    await actOnSession(page);
    await closesByEscape(page);
    await by(page, 'nav-events').click();
    await by(page, 'events-table')
      .getByText(/logged on/)
      .first()
      .waitFor();
  });

  it.each(screens)('trades no size that it would have to guess at $width×$height', async (screen) => {
    const { page, problems } = await open(screen);
    await seeTick(page, 'EURUSD');
    const size = by(page, 'tile-EURUSD-size');
    const beside = by(page, 'tile-EURUSD-vwap');
    for (const typed of ['2,5m', '10,00', '1.000.000', '1,000 000', '2,500m']) {
      await size.fill(typed);
      await beside.getByText('Not a size').waitFor();
      expect(await by(page, 'tile-EURUSD-buy').isDisabled()).toBe(true);
      await size.press('ArrowUp');
      await size.press('Enter');
      expect(await size.inputValue()).toBe(typed);
    }
    await size.fill('1 000 000');
    await beside.filter({ hasText: '/' }).waitFor();
    expect(await by(page, 'tile-EURUSD-buy').isEnabled()).toBe(true);
    await size.press('Enter');
    expect(await size.inputValue()).toBe('1,000,000');
    await by(page, 'tile-EURUSD-ticket').click();
    const ticket = page.getByTestId('ticket').filter({ visible: true });
    await ticket.getByTestId('ticket-price-top').click();
    await ticket.getByTestId('ticket-quantity').fill('2,5m');
    await ticket.getByTestId('ticket-quantity-reason').waitFor();
    expect(await ticket.getByTestId('ticket-submit').isDisabled()).toBe(true);
    await ticket.getByTestId('ticket-quantity').fill('2.5m');
    await ticket.getByTestId('ticket-quantity-reason').waitFor({ state: 'detached' });
    expect(await ticket.getByTestId('ticket-submit').textContent()).toContain('2.5M');
    await ticket.getByTestId('ticket-price').fill('1,08');
    await ticket.getByTestId('ticket-price-reason').waitFor();
    expect(await ticket.getByTestId('ticket-submit').isDisabled()).toBe(true);
    expect(problems).toEqual([]);
  });
});

/** By kind; what a message says has the dictionary's names, and the file has what is shown. */
async function filterMessages(page: Page): Promise<void> {
  const messages = by(page, 'session-messages');
  await by(page, 'session-messages-type').selectOption('Logon');
  await messages.locator('li', { hasText: 'Heartbeat' }).first().waitFor({ state: 'detached' });
  await messages.locator('summary').first().click();
  await messages.getByRole('cell', { name: 'HeartBtInt' }).first().waitFor();
  await messages.getByRole('cell', { name: 'MsgType' }).first().waitFor();
  const saving = page.waitForEvent('download');
  await by(page, 'session-messages-raw').click();
  const file = await saving;
  expect(file.suggestedFilename()).toMatch(/^tidegate_.*_messages-alpha-orders_Logon_\d{8}T\d{6}Z\.txt$/);
  const lines = readFileSync(await file.path(), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines.length).toBe(Number(await messages.getAttribute('data-rows')));
  for (const line of lines)
    expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (in|out) 8=FIX\.4\.4\|.*35=A\|/);
}

/** Escape takes the question first; what is said yes to is done. */
async function actOnSession(page: Page): Promise<void> {
  const ask = async (action: string): Promise<void> => {
    await by(page, `session-${action}`).click();
    await by(page, 'session-action-reason').waitFor();
  };
  await ask('disable');
  await page.keyboard.press('Escape');
  await by(page, 'session-action-reason').waitFor({ state: 'detached' });
  await by(page, 'session-messages').waitFor();
  for (const [action, word] of [
    ['disable', 'Disabled'],
    ['enable', 'Up'],
  ] as const) {
    await ask(action);
    await by(page, 'session-action-reason').fill('maintenance');
    await page.keyboard.press('Enter');
    await by(page, 'session-action-reason').waitFor({ state: 'detached' });
    await by(page, 'session-alpha-orders-state').filter({ hasText: word }).waitFor();
  }
}

/** Wherever the focus is in it: in a list, on what has gone, or nowhere; and the button has it again. */
async function closesByEscape(page: Page): Promise<void> {
  const open = by(page, 'session-alpha-orders-open');
  const places = [
    () => by(page, 'session-messages-type').focus(),
    () => by(page, 'session-messages-text').fill('35='),
    () => page.evaluate(() => (document.activeElement as HTMLElement).remove()),
  ];
  for (const place of places) {
    await by(page, 'session-messages').waitFor();
    await by(page, 'session-messages').locator('summary').first().focus();
    await place();
    await page.keyboard.press('Escape');
    await by(page, 'session-messages').waitFor({ state: 'detached' });
    await page.waitForFunction(
      () => document.activeElement?.matches('[data-testid="session-alpha-orders-open"]') === true,
    );
    if (place !== places.at(-1)) await open.press('Enter');
  }
}
