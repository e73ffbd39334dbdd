/**
 * Providers that stop quoting, are slow, take orders in silence or are gone, and a line that is cut: what the
 * tile and the ticket say in a real browser, and that no order leaves that could not be dealt as it is shown.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  adminPassword,
  startPlatform,
  startSimulator,
  temporaryFolder,
  type Platform,
  type SimulatorProcess,
} from '../platform.ts';
import { openBrowser, openPage, screens } from './browser.ts';
import { by, seeTick, signInAtDesk } from './desk.ts';
import { Line } from './line.ts';

describe('a desk over bad providers', { timeout: 60_000 }, () => {
  const folder = temporaryFolder('providers');
  const sent: string[] = [];
  let simulator: SimulatorProcess;
  let platform: Platform;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let line: Line;

  beforeAll(async () => {
    simulator = await startSimulator('--seed', '5', '--data', `${folder.path}/simulator`);
    platform = await startPlatform(`${folder.path}/platform`, { SIMULATOR: simulator.control });
    line = new Line(platform.ready.http);
    const http = await line.listen();
    browser = await openBrowser();
    ({ context, page } = await openPage(browser, screens[0]!));
    context.setDefaultTimeout(30_000);
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/api/v1/orders')) sent.push(request.url());
    });
    await signInAtDesk(page, http, adminPassword);
    await seeTick(page, 'EURUSD');
    await by(page, 'tile-EURUSD-size').fill('100k');
    // Not armed yet: the click fills the ticket.
    await by(page, 'tile-EURUSD-buy').click();
    await isOpen('ticket-submit');
    await by(page, 'one-click').click();
  }, 120_000);

  afterEach(() => {
    sent.length = 0;
  });

  afterAll(async () => {
    await context?.close();
    await browser?.close();
    await line?.close();
    await platform?.stop();
    await simulator?.stop();
    folder.remove();
  });

  const state = (name: string) =>
    page.locator(`[data-testid="tile-EURUSD-state"][data-state="${name}"]`).waitFor();
  const isOpen = (id: string) => page.locator(`[data-testid="${id}"]:enabled`).waitFor();
  const everywhere = async (name: string, on: boolean, more: object = {}): Promise<void> => {
    for (const { venue } of simulator.providers)
      await simulator.post('/switch', { venue, switch: name, on, ...more });
  };

  /** Neither by mouse nor by key, from the tile or from the ticket. */
  const nothingCanBeSent = async (): Promise<void> => {
    for (const side of ['buy', 'sell'] as const)
      expect(await by(page, `tile-EURUSD-${side}`).isDisabled(), side).toBe(true);
    await by(page, 'tile-EURUSD').focus();
    await page.keyboard.press('Shift+B');
    await page.keyboard.press('Shift+S');
    await by(page, 'ticket-quantity').press('Enter');
    expect(await by(page, 'ticket-submit').isDisabled()).toBe(true);
    expect(sent).toEqual([]);
  };

  it('deals on no price of providers that have stopped quoting', async () => {
    await everywhere('stale', true);
    await state('stale');
    await by(page, 'tile-EURUSD-state').getByText('No fresh quote').waitFor();
    await by(page, 'ticket-why').getByText('No fresh quote').waitFor();
    await nothingCanBeSent();
    await everywhere('stale', false);
    await state('ready');
    await isOpen('tile-EURUSD-buy');
    await isOpen('ticket-submit');
  });

  it('says that providers are gone, and deals again when they are back', async () => {
    await everywhere('disconnected', true);
    await state('stale');
    await by(page, 'ticket-why').getByText('No fresh quote').waitFor();
    await nothingCanBeSent();
    await everywhere('disconnected', false);
    await state('ready');
  });

  it('sends no second order while an answer is slow, and tells the late outcome', async () => {
    // Quotes come as ever, or the click might find an old one; the answer comes when it is let go.
    await everywhere('silentOrders', true, { fate: 'hold' });
    await by(page, 'tile-EURUSD-buy').click();
    await state('tooLong');
    expect(await by(page, 'tile-EURUSD-buy').isDisabled()).toBe(true);
    await by(page, 'tile-EURUSD').focus();
    await page.keyboard.press('Shift+B');
    await everywhere('silentOrders', false);
    await page
      .locator('[data-testid="tile-EURUSD-state"]:is([data-state="filled"], [data-state="rejected"])')
      .waitFor();
    expect(sent).toHaveLength(1);
    await by(page, 'tile-EURUSD-dismiss').click();
    await state('ready');
  });

  it('never guesses at an order taken in silence, and has it among the unresolved', async () => {
    await everywhere('silentOrders', true, { fate: 'lose' });
    await by(page, 'tile-EURUSD-buy').click();
    await state('unknown');
    await by(page, 'unresolved').waitFor();
    expect(sent).toHaveLength(1);
    await everywhere('silentOrders', false);
    await by(page, 'unresolved').waitFor({ state: 'detached' });
    await state('rejected');
    await by(page, 'tile-EURUSD-dismiss').click();
  });

  it('says since when it is not connected when the line is cut, and sends nothing', async () => {
    await state('ready');
    line.cut();
    await state('disconnected');
    await by(page, 'connection-band').getByText('Not connected since').waitFor();
    await by(page, 'tile-EURUSD-state').getByText('as of').waitFor();
    await by(page, 'ticket-why').getByText('Not connected').waitFor();
    await nothingCanBeSent();
    line.mend();
    await state('ready');
    await by(page, 'connection-band').waitFor({ state: 'detached' });
  });
});
