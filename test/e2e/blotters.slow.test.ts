/**
 * Blotters of thousands of rows in a real browser: what a screen reader is told of them, what the keyboard
 * does, what is kept, that files have what the screen has, that no row is missing after a lost line, and what
 * is behind an order. At the sizes of a desk and of a phone.
 */
import { readFile } from 'node:fs/promises';
import { spotValueDate } from '@tidegate/core/market/settlement';
import { connectDatabase } from '@tidegate/platform/sql/database';
import type { OrderView } from '@tidegate/wire/orders';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { password, startConfigured, user, type ConfiguredPlatform } from '../configured.ts';
import { eventually, signIn, type RestClient } from '../platform.ts';
import { openBrowser, openPage, screens, type Screen } from './browser.ts';
import { by } from './desk.ts';
import { unnamedControls } from './names.ts';

const [desktop, mobile] = screens as [Screen, Screen];
const ROWS = 3_000;
let desk: ConfiguredPlatform;
let browser: Browser;
let admin: RestClient;

/** Orders of a day that is over, as the projector has left them, each a second before the next. */
async function fillTables(databaseUrl: string, from: number, to: number): Promise<void> {
  const database = connectDatabase({ url: databaseUrl, log: desk.log });
  try {
    await database.pool.query(
      `INSERT INTO order_view (firm, order_id, cl_ord_id, client, channel, account, trader, instrument,
        symbol, side, type, price, quantity, time_in_force, status, filled_quantity, leaves_quantity,
        average_price, code, text, unknown, created_at, updated_at, sequence)
      SELECT 'demo1', 'past.' || n, 'past-' || n, 'rita', 'ui', 'demo1-main', 'rita', 'EURUSD', 'EUR/USD',
        CASE WHEN n % 2 = 0 THEN 'buy' ELSE 'sell' END, 'limit', 1.1 + n * 0.00001, n * 1000, 'ioc',
        CASE WHEN n % 10 = 0 THEN 'rejected' ELSE 'filled' END,
        CASE WHEN n % 10 = 0 THEN 0 ELSE n * 1000 END, 0,
        CASE WHEN n % 10 = 0 THEN NULL ELSE 1.1 + n * 0.00001 END, NULL, '', false,
        timestamptz '2026-01-05 00:00:00Z' + n * interval '1 second' + interval '7 milliseconds',
        timestamptz '2026-01-05 00:00:00Z' + n * interval '1 second' + interval '9 milliseconds', 0
      FROM generate_series($1::int, $2::int) AS n`,
      [from, to],
    );
  } finally {
    await database.close();
  }
}

async function openOrders(page: Page, name = 'rita'): Promise<void> {
  await page.goto(`${desk.http}/#/orders`);
  await by(page, 'signin-user').fill(name);
  await by(page, 'signin-password').fill(password);
  await by(page, 'signin-submit').click();
  await by(page, 'blotter-orders').waitFor();
  await seeRows(page, (rows) => rows > 0);
}

const shownRows = async (page: Page): Promise<number> =>
  Number(await by(page, 'blotter-orders').getAttribute('data-rows'));

const seeRows = (page: Page, isMeant: (rows: number) => boolean): Promise<number> =>
  eventually(async () => {
    const rows = await shownRows(page);
    return isMeant(rows) ? rows : undefined;
  }, 'rows of the blotter');

/** Scrolls to the end of what there is until that is all there is, and its last row is drawn. */
const scrollToEnd = (page: Page, rows: number): Promise<true> =>
  eventually(async () => {
    const grid = by(page, 'orders-grid');
    await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    if ((await shownRows(page)) < rows) return undefined;
    return (await grid.locator(`[role="row"][data-line="${rows - 1}"]`).count()) > 0 ? true : undefined;
  }, 'every row, by scrolling');

/** The cell that the keyboard is at, as a screen reader is told. */
/** Once its row is drawn: a key may have gone to one that is far away. */
async function activeCell(page: Page): Promise<{ readonly row: string | null; readonly text: string }> {
  await page.waitForFunction(() => {
    const grid = document.querySelector('[data-testid="orders-grid"]');
    return document.getElementById(grid?.getAttribute('aria-activedescendant') ?? '') !== null;
  });
  return by(page, 'orders-grid').evaluate((grid) => {
    const cell = document.getElementById(grid.getAttribute('aria-activedescendant') ?? '');
    return {
      row: cell?.parentElement?.getAttribute('aria-rowindex') ?? null,
      text: cell?.textContent ?? '',
    };
  });
}

async function csvOf(
  page: Page,
  grid = 'orders',
): Promise<{ readonly name: string; readonly lines: readonly string[] }> {
  const downloaded = page.waitForEvent('download');
  await by(page, `${grid}-export`).click();
  const download = await downloaded;
  const text = await readFile(await download.path(), 'utf8');
  return { name: download.suggestedFilename(), lines: text.trimEnd().split('\r\n') };
}

/** The page itself, printed by the browser: all rows of the view, whose and of when, and nothing to press. */
async function onPaper(page: Page, titles: readonly string[]): Promise<void> {
  await page.emulateMedia({ media: 'print' });
  await by(page, 'print-head')
    .filter({ hasText: /Tidegate · Orders\s+demo1, rita, \d{4}-\d{2}-\d{2} .* UTC/ })
    .waitFor();
  const rows = by(page, 'blotter-orders').locator('.printed');
  expect(await rows.locator('tbody tr').filter({ visible: true }).count()).toBe(48);
  expect(await rows.locator('thead th').allTextContents()).toEqual(titles);
  expect(await rows.locator('p').textContent()).toMatch(/^Orders 48 rows · .*Sell/);
  for (const hidden of ['skip-link', 'nav-orders', 'orders-print', 'orders-grid', 'user-menu'])
    expect(await by(page, hidden).filter({ visible: true }).count(), hidden).toBe(0);
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(ground).toBe('rgb(255, 255, 255)');
  // The last row is on a sheet too: nothing is cut off by a box that scrolls on the screen.
  const box = await rows.locator('tbody tr').last().boundingBox();
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  expect(box!.y + box!.height).toBeLessThanOrEqual(height);
  expect((await page.pdf()).toString('latin1')).toMatch(/\/Count ([2-9]|1\d)\b/);
  await page.emulateMedia({ media: null });
  await by(page, 'print-head').waitFor({ state: 'detached' });
}

interface AxNode {
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
  readonly ignored: boolean;
}

async function accessibilityTree(page: Page): Promise<readonly AxNode[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = (await session.send('Accessibility.getFullAXTree')) as {
    readonly nodes: readonly AxNode[];
  };
  await session.detach();
  return nodes.filter(({ ignored }) => !ignored);
}

beforeAll(async () => {
  desk = await startConfigured('blotters', (hash) => [
    user(hash, { id: 'rita', role: 'admin', firm: 'demo1' }),
    user(hash, { id: 'tom', role: 'trader', firm: 'demo1' }),
  ]);
  browser = await openBrowser();
  admin = await signIn(desk.http, 'rita', password);
  await fillTables(desk.databaseUrl, 1, ROWS);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await desk?.stop();
}, 60_000);

describe('a blotter with 3,000 rows', () => {
  it('says how many there are, reads the older ones, and tells a screen reader of every row', async () => {
    const { context, page, problems } = await openPage(browser, desktop);
    await openOrders(page);
    expect(await by(page, 'orders-count').textContent()).toBe('200 of 3,000');
    await scrollToEnd(page, ROWS);
    expect(await by(page, 'orders-count').textContent()).toBe('3,000');
    const grid = by(page, 'orders-grid');
    expect(await grid.getAttribute('aria-rowcount')).toBe(String(ROWS + 2));
    const drawn = await grid
      .locator('[role="row"][data-line]')
      .evaluateAll((rows) =>
        rows.map((row) => [Number(row.getAttribute('aria-rowindex')), Number(row.getAttribute('data-line'))]),
      );
    expect(drawn.length).toBeLessThan(100);
    expect(drawn.every(([index = 0, line = 0]) => index === line + 2)).toBe(true);
    expect(drawn.at(-1)).toEqual([ROWS + 1, ROWS - 1]);
    const nodes = await accessibilityTree(page);
    const named = (role: string) => nodes.filter((node) => node.role?.value === role);
    expect(named('grid').map((node) => node.name?.value)).toEqual(['Orders']);
    expect(named('columnheader').map((node) => node.name?.value)).toContain('Time UTC');
    expect(named('row').length).toBe(drawn.length + 2);
    expect(named('gridcell').some((node) => node.name?.value === '2026-01-05 00:00:01.007')).toBe(true);
    expect(await unnamedControls(page)).toEqual([]);
    expect(problems).toEqual([]);
    await context.close();
  }, 60_000);

  it('is walked by keyboard, and copied from', async () => {
    const { context, page, problems } = await openPage(browser, desktop);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await openOrders(page);
    await by(page, 'orders-grid').focus();
    expect(await activeCell(page)).toEqual({ row: '2', text: '2026-01-05 00:50:00.007' });
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    expect(await activeCell(page)).toEqual({ row: '3', text: 'Filled' });
    await page.keyboard.press('Home');
    expect((await activeCell(page)).text).toBe('2026-01-05 00:49:59.007');
    await page.keyboard.press('Control+End');
    expect(Number((await activeCell(page)).row)).toBeGreaterThanOrEqual(201);
    await page.keyboard.press('Control+Home');
    expect((await activeCell(page)).row).toBe('2');
    await page.keyboard.press('Control+c');
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    expect(await clipboard()).toBe('2026-01-05 00:50:00.007');
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Control+c');
    expect((await clipboard()).split('\n').map((line) => line.split('\t').slice(1, 4))).toEqual([
      ['Rejected', 'EUR/USD', 'Buy'],
      ['Filled', 'EUR/USD', 'Sell'],
    ]);
    // Up from the first row is the head: Enter sorts by it.
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.locator('[data-column="createdAt"][aria-sort="ascending"]').waitFor();
    expect(problems).toEqual([]);
    await context.close();
  }, 60_000);

  it('is filtered by type, and its CSV and print have exactly what it shows', async () => {
    const { context, page, problems } = await openPage(browser, desktop);
    await openOrders(page);
    await scrollToEnd(page, ROWS);
    await by(page, 'orders-filter-column-side').click();
    await by(page, 'grid-filter-value-Sell').check();
    await by(page, 'grid-filter-done').click();
    await by(page, 'orders-filter-column-quantity').click();
    await by(page, 'grid-filter-from').fill('100,000');
    await by(page, 'grid-filter-to').fill('200000');
    await by(page, 'grid-filter-done').click();
    await by(page, 'orders-filter-column-createdAt').click();
    await by(page, 'grid-filter-from').fill('2026-01-05T00:01:45');
    await by(page, 'grid-filter-done').click();
    await seeRows(page, (rows) => rows === 48);
    await by(page, 'orders-sort-price').click();
    await by(page, 'orders-columns').click();
    await by(page, 'grid-column-clOrdId').uncheck();
    await by(page, 'grid-columns').getByLabel('Side further left').click();
    await page.keyboard.press('Escape');
    const { name, lines } = await csvOf(page);
    expect(name).toMatch(/^tidegate_demo1_rita_orders_Side-Sell-.*_\d{8}T\d{6}Z\.csv$/);
    const moved = 'Time UTC,Status,Side,Instrument,Quantity,Price,Filled,Average';
    expect(lines[0]).toBe(`${moved},TIF,Reason,Firm,Account,Trader,Via,Order`);
    expect(lines).toHaveLength(49);
    expect(lines[1]).toContain('2026-01-05T00:01:45.007Z,Filled,Sell,EUR/USD,"105,000",');
    const inView = await by(page, 'orders-grid')
      .locator('[data-line="0"] [role="gridcell"]')
      .allTextContents();
    expect(inView.slice(1, 5)).toEqual(['Filled', 'Sell', 'EUR/USD', '105,000']);
    await by(page, 'orders-print').click();
    const printed = page.frameLocator('[data-testid="grid-print"]');
    expect(await printed.locator('tbody tr').count()).toBe(48);
    expect(await printed.locator('thead th').allTextContents()).toEqual(lines[0]?.split(','));
    await onPaper(page, lines[0]!.split(','));
    // Chosen columns and the sort are there again after a reload; filters are not.
    await page.reload();
    await seeRows(page, (rows) => rows >= 200);
    expect(await page.locator('[role="columnheader"]').nth(2).getAttribute('data-column')).toBe('side');
    expect(await page.locator('[data-column="clOrdId"]').count()).toBe(0);
    expect(problems).toEqual([]);
    await context.close();
  }, 60_000);

  it('has no hole after a lost line: neither on the screen nor in the file', async () => {
    const { context, page } = await openPage(browser, desktop);
    const lines: { cut(): void }[] = [];
    await page.routeWebSocket(/\/stream$/, (line) => {
      lines.push({ cut: () => void line.close() });
      line.connectToServer();
    });
    await openOrders(page);
    await by(page, 'orders-older').click();
    await seeRows(page, (rows) => rows >= 700);
    await fillTables(desk.databaseUrl, ROWS + 1, ROWS + 600);
    lines.at(-1)?.cut();
    await eventually(
      async () => ((await by(page, 'orders-count').textContent())?.endsWith('of 3,600') ? true : undefined),
      'the new snapshot',
    );
    await by(page, 'orders-older').click();
    await seeRows(page, (rows) => rows >= 1_200);
    const { lines: written, name } = await csvOf(page);
    expect(name).toContain('newest-');
    const seconds = written.slice(1).map((line) => Date.parse(line.slice(0, 24)) / 1_000);
    const steps = seconds.slice(1).map((second, at) => Math.round((seconds[at] ?? 0) - second));
    expect(new Set(steps)).toEqual(new Set([1]));
    await context.close();
  }, 60_000);

  it('groups rows under their sums', async () => {
    const { context, page, problems } = await openPage(browser, desktop);
    await openOrders(page, 'tom');
    await by(page, 'orders-columns').click();
    await by(page, 'orders-group').click();
    await page.getByTitle('By side').click();
    await page.keyboard.press('Escape');
    const groups = by(page, 'orders-grid').locator('.grid-group');
    await groups.first().waitFor();
    expect(await groups.first().textContent()).toMatch(/rows · Quantity [\d,]+ EUR/);
    await groups.first().getByRole('button').click();
    expect(await groups.count()).toBe(2);
    expect(problems).toEqual([]);
    await context.close();
  }, 60_000);
});

let sent = 0;

/** A market order that is filled, or ends without; its OrderID. */
async function dealOnce(): Promise<string> {
  const { body } = await eventually(async () => {
    sent += 1;
    const answer = await admin.post('/api/v1/orders', {
      clOrdId: `blotter-${sent}`,
      instrument: 'GBPUSD',
      side: 'buy',
      type: 'market',
      quantity: '10000',
      timeInForce: 'ioc',
    });
    return answer.status === 201 ? answer : undefined;
  }, 'an order taken');
  const { orderId } = body as { orderId: string };
  await eventually(async () => {
    const { body: order } = await admin.get(`/api/v1/orders/${orderId}`);
    return (order as OrderView).status === 'filled' ? true : undefined;
  }, 'filled');
  return orderId;
}

describe('what is behind an order', () => {
  it.each(screens)(
    'opens by its address with each event, quotes and messages at $width×$height',
    async (screen) => {
      const orderId = await dealOnce();
      const { context, page, problems } = await openPage(browser, screen);
      await openOrders(page);
      await page.goto(`${desk.http}/#/orders/${orderId}`);
      const detail = by(page, 'order-detail');
      await detail.waitFor();
      const events = by(page, 'order-events');
      expect(await events.locator('tr[data-type="orderAccepted"] time').textContent()).toMatch(
        /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3}$/,
      );
      expect(await events.locator('tr[data-type="routeFilled"]').first().textContent()).toMatch(
        /alpha|bravo|charlie/,
      );
      expect(await events.locator('.order-quotes').first().textContent()).toMatch(/Rested on.*ms old/);
      await by(page, 'order-messages-read').click();
      const message = by(page, 'order-messages').locator('details').first();
      await message.locator('summary').click();
      expect(await message.textContent()).toContain('ClOrdID');
      expect(await unnamedControls(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await detail.waitFor({ state: 'detached' });
      expect(new URL(page.url()).hash).toBe('#/orders');
      expect(problems).toEqual([]);
      await context.close();
    },
    60_000,
  );

  it('tells a client neither names nor words of providers', async () => {
    const orderId = await dealOnce();
    const tom = await signIn(desk.http, 'tom', password);
    const { status, body } = await tom.get(`/api/v1/orders/${orderId}/history`);
    expect(status).toBe(200);
    expect(JSON.stringify(body)).not.toMatch(/alpha|bravo|charlie/i);
    expect(
      (body as { events: { quotes: unknown[] }[] }).events.every(({ quotes }) => quotes.length === 0),
    ).toBe(true);
    expect((await tom.get(`/api/v1/orders/${orderId}/messages`)).status).toBe(403);
    const { context, page } = await openPage(browser, mobile);
    await openOrders(page, 'tom');
    await page.goto(`${desk.http}/#/orders/${orderId}`);
    await by(page, 'order-events').waitFor();
    expect(await by(page, 'order-messages-read').count()).toBe(0);
    await context.close();
  }, 60_000);
});

describe('executions', () => {
  it('say who and when, and a file of them equals the view', async () => {
    await dealOnce();
    const { context, page, problems } = await openPage(browser, desktop);
    await openOrders(page);
    await by(page, 'tab-executions').click();
    const grid = by(page, 'executions-grid');
    await grid.locator('[data-line="0"]').waitFor();
    await by(page, 'executions-filter-column-side').click();
    await by(page, 'grid-filter-value-Buy').check();
    await by(page, 'grid-filter-done').click();
    await by(page, 'executions-sort-price').click();
    const { name, lines } = await csvOf(page, 'executions');
    expect(name).toMatch(/^tidegate_demo1_rita_executions_Side-Buy_\d{8}T\d{6}Z\.csv$/);
    const titles =
      'Time UTC,Type,Instrument,Side,Quantity,Price,Trade date,Value date,Firm,Venue,Account,Trader,Via';
    expect(lines[0]?.startsWith(titles)).toBe(true);
    const shown = await grid
      .locator('[data-line]')
      .evaluateAll((rows) =>
        rows.map((row) =>
          [...row.querySelectorAll('[role="gridcell"]')].map((cell) => cell.textContent ?? ''),
        ),
      );
    // Times are UTC on both; the file has them as ISO 8601.
    const written = shown.map(([at = '', ...rest]) => [`${at.replace(' ', 'T')}Z`, ...rest]);
    const quoted = written.map((row) =>
      row.map((text) => (text.includes(',') ? `"${text}"` : text)).join(','),
    );
    expect(lines.slice(1)).toEqual(quoted);
    const valueDate = shown[0]?.[7] ?? '';
    expect(valueDate).toBe(spotValueDate(Date.parse(lines[1]!.slice(0, 24))));
    expect(problems).toEqual([]);
    await context.close();
  }, 60_000);
});

describe('positions', () => {
  it.each(screens)(
    'are summed up in a currency, and flattened by a preview at $width×$height',
    async (screen) => {
      await dealOnce();
      const { context, page, problems } = await openPage(browser, screen);
      await openOrders(page);
      await by(page, 'nav-positions').click();
      await by(page, 'positions-total').getByText('USD').waitFor();
      // What was dealt today is all of the day: it began flat.
      await by(page, 'positions-day').getByText('USD').waitFor();
      expect(await by(page, 'positions-rate-age').textContent()).toMatch(/rates .* old/);
      expect(await by(page, 'positions-exposure').textContent()).toMatch(/GBP [\d,]+\.\d{2}/);
      if (screen === mobile) {
        await context.close();
        return;
      }
      await by(page, 'flatten-GBPUSD').click();
      await by(page, 'flatten-preview').getByText('Sell').waitFor();
      await eventually(
        async () => ((await by(page, 'flatten-confirm').isEnabled()) ? true : undefined),
        'a book that takes it',
      );
      expect(await by(page, 'flatten-preview').textContent()).toMatch(/Realises about-?[\d,.]+ USD/);
      await by(page, 'flatten-confirm').click();
      await by(page, 'flatten-dialog').waitFor({ state: 'detached' });
      await by(page, 'flatten-GBPUSD').waitFor({ state: 'detached' });
      expect(problems).toEqual([]);
      await context.close();
    },
    60_000,
  );
});
