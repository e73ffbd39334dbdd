/**
 * What a dealer must be able to trust, in a real browser: each fault that cost money as a test, with
 * providers that contradict each other, refuse or fall silent, and a line that is frozen or cut.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  adminPassword,
  signIn,
  startPlatform,
  startSimulator,
  temporaryFolder,
  type Platform,
  type SimulatorProcess,
} from '../platform.ts';
import { openBrowser, screens } from './browser.ts';
import { by, KeptDesk, seeTick } from './desk.ts';
import { Line } from './line.ts';

/** A browser, a platform and providers share a machine that may be busy. */
const patienceMs = 90_000;

describe('dealing', { timeout: patienceMs }, () => {
  const folder = temporaryFolder('dealing');
  let simulator: SimulatorProcess;
  let platform: Platform;
  let browser: Browser;
  let desk: KeptDesk;
  let page: Page;
  let line: Line;
  let http: string;
  /** Bodies of the orders that left the page. */
  let sent: { clOrdId: string; shownPrice?: string; quantity: string }[];

  beforeAll(async () => {
    simulator = await startSimulator('--seed', '5', '--data', `${folder.path}/simulator`);
    platform = await startPlatform(`${folder.path}/platform`, { SIMULATOR: simulator.control });
    line = new Line(platform.ready.http);
    http = await line.listen();
    browser = await openBrowser();
    desk = new KeptDesk(browser, screens[0]!);
    ({ page } = await desk.open(http, adminPassword));
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/api/v1/orders'))
        sent.push(request.postDataJSON() as (typeof sent)[number]);
    });
  }, 120_000);

  afterAll(async () => {
    await desk?.close();
    await browser?.close();
    await line?.close();
    await platform?.stop();
    await simulator?.stop();
    folder.remove();
  });

  beforeEach(async () => {
    await desk.open(http, adminPassword);
    sent = [];
    await seeTick(page, 'EURUSD');
  }, patienceMs);

  const state = (instrument: string, name: string) =>
    page.locator(`[data-testid="tile-${instrument}-state"][data-state="${name}"]`);
  const everywhere = async (name: string, on: boolean, more: object = {}): Promise<void> => {
    for (const { venue } of simulator.providers)
      await simulator.post('/switch', { venue, switch: name, on, ...more });
  };
  const arm = () => by(page, 'one-click').click();

  it('is not armed in a fresh browser: a click fills the ticket and deals nothing', async () => {
    expect(await by(page, 'one-click').getAttribute('aria-checked')).toBe('false');
    await by(page, 'tile-GBPUSD-size').fill('100k');
    await by(page, 'tile-GBPUSD-buy').click();
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>('[data-testid="ticket-price"]')?.value !== '',
    );
    expect(await by(page, 'ticket-quantity').inputValue()).toBe('100,000');
    expect(sent).toEqual([]);
    await by(page, 'ticket-submit').click();
    await page.waitForFunction(
      () => (document.querySelector('[data-testid="ticket-message"]')?.textContent ?? '') !== '',
    );
    expect(sent[0]?.shownPrice).toMatch(/^1\.\d{5}$/);
  });

  it('asks above the soft limit and sends nothing over the own maximum', async () => {
    await arm();
    const size = by(page, 'tile-EURUSD-size');
    await size.fill('11m');
    await by(page, 'tile-EURUSD-vwap').getByText('own maximum').waitFor();
    expect(await by(page, 'tile-EURUSD-buy').isDisabled()).toBe(true);
    await size.fill('1m');
    await by(page, 'tile-EURUSD-sizes').click();
    await by(page, 'sizes-confirmAbove').fill('500k');
    await by(page, 'sizes-save').click();
    await by(page, 'sizes-preset-0').click();
    await by(page, 'tile-EURUSD-buy').click();
    await by(page, 'deal-question-no').click();
    await by(page, 'deal-question-yes').waitFor({ state: 'detached' });
    expect(sent).toEqual([]);
    await by(page, 'tile-EURUSD-buy').click();
    await by(page, 'deal-question-yes').click();
    await expect.poll(() => sent.length).toBe(1);
  });

  it('deals once while a key is held', async () => {
    await arm();
    await by(page, 'tile-AUDUSD-size').fill('100k');
    await by(page, 'tile-AUDUSD-size').press('Enter');
    await state('AUDUSD', 'ready').waitFor();
    await page.keyboard.down('Shift');
    for (let at = 0; at < 20; at += 1) await page.keyboard.down('B');
    await page.keyboard.up('B');
    await page.keyboard.up('Shift');
    await page.locator('[data-testid="tile-AUDUSD-dismiss"]').waitFor();
    await by(page, 'tile-AUDUSD').focus();
    await page.keyboard.down('Shift');
    await page.keyboard.up('Shift');
    expect(sent).toHaveLength(1);
  });

  it('shows a book that contradicts itself as crossed, tells it, and refuses its orders', async () => {
    const skewed = { venue: 'alpha', switch: 'spike', symbol: 'USD/CHF' };
    await simulator.post('/switch', { ...skewed, on: true, value: 60 });
    await state('USDCHF', 'crossed').waitFor({ timeout: 20_000 });
    expect(await by(page, 'tile-USDCHF-buy').isDisabled()).toBe(true);
    expect(await by(page, 'tile-USDCHF-sell').isDisabled()).toBe(true);
    await by(page, 'tile-USDCHF-ticket').click();
    await by(page, 'ticket-why').getByText('contradict').waitFor();
    expect(await by(page, 'ticket-submit').isDisabled()).toBe(true);
    const rest = await signIn(platform.ready.http);
    const order = { clOrdId: 'crossed-1', instrument: 'USDCHF', side: 'buy', quantity: '1000' };
    const answer = await rest.post('/api/v1/orders', { ...order, type: 'market', timeInForce: 'ioc' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'BOOK_CROSSED' } });
    await simulator.post('/switch', { ...skewed, on: false });
    await state('USDCHF', 'ready').waitFor({ timeout: 20_000 });
    await by(page, 'nav-events').click();
    await by(page, 'events-table').getByText('contradict each other').first().waitFor();
  });

  it('tells a refusal of the providers as theirs', async () => {
    await everywhere('rejectAll', true);
    await arm();
    await by(page, 'tile-USDJPY-size').fill('100k');
    await by(page, 'tile-USDJPY-sell').click();
    await state('USDJPY', 'rejected').waitFor({ timeout: 20_000 });
    const told = (await by(page, 'tile-USDJPY-state').textContent()) ?? '';
    await everywhere('rejectAll', false);
    expect(told).toContain('PROVIDER_REFUSED');
    expect(told).toContain('rejecting all');
  });

  it('says whose orders a cancel of all takes, how many, and what became of them', async () => {
    const rest = await signIn(platform.ready.http);
    const resting = {
      instrument: 'EURGBP',
      side: 'buy',
      type: 'limit',
      quantity: '1000',
      timeInForce: 'day',
    };
    const { body: prices } = await rest.get('/api/v1/prices');
    const { bids } = (prices as { instrument: string; bids: string[][] }[]).find(
      ({ instrument }) => instrument === 'EURGBP',
    )!;
    const price = (Number(bids[0]![0]) * 0.99).toFixed(5);
    for (const clOrdId of ['rest-1', 'rest-2', 'rest-3'])
      expect(await rest.post('/api/v1/orders', { ...resting, price, clOrdId })).toMatchObject({
        status: 201,
      });
    await by(page, 'orders-cancel-all').click();
    await by(page, 'cancel-all-scope').getByText('Mine (admin): 3 open').waitFor();
    await by(page, 'cancel-all-scope').getByText(/^Firm/).click();
    await by(page, 'cancel-all-confirm').click();
    await by(page, 'cancel-all-done').getByText('3 of 3 closed, none left').waitFor();
  });

  it('closes its buttons on a frozen line before the line is cut, and says so across the desk', async () => {
    await arm();
    line.freeze();
    await state('EURUSD', 'stale').waitFor({ timeout: 20_000 });
    expect(await by(page, 'tile-EURUSD-buy').isDisabled()).toBe(true);
    await by(page, 'connection-band').getByText('Not connected since').waitFor({ timeout: 20_000 });
    await by(page, 'tile-EURUSD-state').getByText('as of').waitFor();
    expect(await by(page, 'trading-state').getAttribute('data-state')).toBe('unknown');
    expect(await by(page, 'ticket-submit').isDisabled()).toBe(true);
    await by(page, 'ticket-why').getByText('Not connected').waitFor();
    line.thaw();
    await by(page, 'connection-band').waitFor({ state: 'detached', timeout: 30_000 });
    await state('EURUSD', 'ready').waitFor({ timeout: 20_000 });
  });

  it('keeps an order whose answer was lost over a reload until its outcome is known', async () => {
    await arm();
    await by(page, 'tile-NZDUSD-size').fill('100k');
    // The order arrives; its answer and all that the stream says of it are lost.
    line.freeze();
    await by(page, 'tile-NZDUSD-buy').click();
    await by(page, 'unresolved').waitFor();
    line.thaw();
    await page.reload();
    await by(page, 'tile-NZDUSD').waitFor();
    await by(page, 'unresolved').waitFor({ state: 'detached', timeout: 30_000 });
    // The list and the tile are painted each in their own frame.
    await expect
      .poll(() => by(page, 'tile-NZDUSD-state').getAttribute('data-state'))
      .toMatch(/^(filled|partiallyFilled|rejected)$/);
    expect(new Set(sent.map(({ clOrdId }) => clOrdId)).size).toBe(1);
  });
});
