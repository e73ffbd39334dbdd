/**
 * `npm run screenshots`: the pictures under docs/images, taken from a running platform with some trading
 * done.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FixClient } from '@tidegate/sim/client';
import type { Page } from 'playwright-core';
import {
  adminPassword,
  eventually,
  signIn,
  startPlatform,
  startSimulator,
  temporaryFolder,
  type RestClient,
  type SimulatorProcess,
} from '../platform.ts';
import { openBrowser, openPage, screens } from './browser.ts';
import { by, seeTick, signInAtDesk } from './desk.ts';

const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const lookMs = 1_500;
const bytesMax = 150_000;
const pages = ['orders', 'positions', 'sessions', 'events', 'cases', 'quality', 'cluster', 'admin'] as const;

async function trade(rest: RestClient): Promise<void> {
  const orders = [
    ['EURUSD', 'buy', '3000000'],
    ['USDJPY', 'sell', '2000000'],
    ['GBPUSD', 'buy', '1500000'],
    ['XAUUSD', 'buy', '400'],
    ['BTCUSD', 'sell', '3'],
    ['EURUSD', 'sell', '1000000'],
    ['AUDUSD', 'sell', '2500000'],
  ] as const;
  for (const [index, [instrument, side, quantity]] of orders.entries()) {
    await rest.post('/api/v1/orders', {
      clOrdId: `picture-${index}`,
      instrument,
      side,
      type: 'market',
      quantity,
      timeInForce: 'ioc',
    });
  }
  const resting = { side: 'buy', type: 'limit', timeInForce: 'gtc' } as const;
  await rest.post('/api/v1/orders', {
    ...resting,
    clOrdId: 'picture-rest-1',
    instrument: 'GBPUSD',
    quantity: '2000000',
    price: '1.26500',
  });
  await rest.post('/api/v1/orders', {
    ...resting,
    clOrdId: 'picture-rest-2',
    instrument: 'XAUUSD',
    quantity: '500',
    price: '2330.00',
  });
  await rest.post('/api/v1/orders', {
    ...resting,
    clOrdId: 'picture-collar',
    instrument: 'EURUSD',
    quantity: '1000',
    price: '2.00000',
  });
}

/** A fill that nobody can book, so that there is a case. */
async function makeCase(rest: RestClient, simulator: SimulatorProcess): Promise<void> {
  const misreport = async (on: boolean): Promise<void> => {
    for (const { venue } of simulator.providers)
      await simulator.post('/switch', { venue, switch: 'misreported', on });
  };
  await misreport(true);
  await rest.post('/api/v1/orders', {
    clOrdId: 'picture-case',
    instrument: 'GBPUSD',
    side: 'buy',
    type: 'market',
    quantity: '10000',
    timeInForce: 'ioc',
  });
  await eventually(async () => {
    const { body } = await rest.get('/api/v1/cases?open=true');
    return (body as { readonly items: readonly unknown[] }).items.length > 0 ? true : undefined;
  }, 'a case');
  await misreport(false);
}

/** What is opened on pages: the detail of an order, and the desk in its other themes. */
async function details(page: Page): Promise<void> {
  await by(page, 'nav-orders').click();
  await by(page, 'orders-grid').locator('[data-line="1"]').dblclick();
  await by(page, 'order-events').waitFor();
  await picture(page, 'order-desktop');
  await page.keyboard.press('Escape');
  await by(page, 'nav-trading').click();
  await page.evaluate(() => localStorage.setItem('tidegate.theme', 'light'));
  await page.reload();
  await by(page, 'tile-EURUSD').waitFor();
  await picture(page, 'trading-light');
}

/** Pictures tell nothing of the machine they were taken on. */
async function hideFolder(page: Page): Promise<void> {
  const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
  await page.evaluate((folder) => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const text = node.nodeValue ?? '';
      if (text.includes(folder)) node.nodeValue = text.replace(folder, '/opt/tidegate');
    }
  }, root);
}

async function picture(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(lookMs);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
  await session.detach();
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length > bytesMax) throw new Error(`${name} has ${bytes.length} bytes, more than ${bytesMax}`);
  writeFileSync(`${images}${name}.webp`, bytes);
  process.stdout.write(`docs/images/${name}.webp, ${bytes.length} bytes\n`);
}

const folder = temporaryFolder('screenshots');
mkdirSync(images, { recursive: true });
const simulator = await startSimulator('--seed', '5', '--data', `${folder.path}/simulator`);
const platform = await startPlatform(`${folder.path}/platform`, {
  INSTANCE: 'tidegate-1',
  SIMULATOR: simulator.control,
});
const browser = await openBrowser();
const clients = ['DEMO1', 'DEMO2'].map(
  (senderCompId) =>
    new FixClient({
      port: platform.ready.fix.ports['port-02']!,
      senderCompId,
      targetCompId: 'TIDEGATE',
      username: senderCompId,
      password: 'demo-only',
    }),
);
try {
  await Promise.all(clients.map((client) => client.logOn()));
  for (const client of clients)
    client.subscribe({ mdReqId: 'all', symbols: ['EUR/USD', 'GBP/USD', 'USD/JPY'], updates: 'incremental' });
  for (const screen of screens) {
    const { page } = await openPage(browser, screen);
    if (screen === screens[0]) {
      await page.goto(platform.ready.http);
      await picture(page, 'sign-in');
      const rest = await signIn(platform.ready.http);
      await trade(rest);
      await makeCase(rest, simulator);
    }
    await signInAtDesk(page, platform.ready.http, adminPassword);
    await seeTick(page, 'EURUSD');
    await by(page, 'tile-GBPUSD-buy').click();
    await picture(page, `trading-${screen.name}`);
    // On a phone the click has opened the ticket, over the navigation too.
    await page.keyboard.press('Escape');
    for (const name of pages) {
      await by(page, `nav-${name}`).click();
      if (screen === screens[0] || name === 'orders') await picture(page, `${name}-${screen.name}`);
    }
    if (screen === screens[0]) {
      await by(page, 'nav-bloomberg').click();
      await by(page, 'bloomberg-state').waitFor();
      await hideFolder(page);
      await picture(page, 'bloomberg');
      await details(page);
    }
  }
} finally {
  await Promise.all(clients.map((client) => client.stop()));
  await browser.close();
  await platform.stop();
  await simulator.stop();
  folder.remove();
}
