/**
 * `npm run screenshots`: the pictures under docs/images, taken from a running platform with some trading
 * done.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FixClient } from '@tidegate/sim/client';
import type { Page } from 'playwright-core';
import { adminPassword, signIn, startPlatform, temporaryFolder, type RestClient } from '../platform.ts';
import { openBrowser, openPage, screens } from './browser.ts';
import { by, seeTick, signInAtDesk } from './desk.ts';

const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const lookMs = 1_500;
const pages = ['orders', 'positions', 'sessions', 'events', 'admin'] as const;

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
  await page.screenshot({ path: `${images}${name}.png` });
  process.stdout.write(`docs/images/${name}.png\n`);
}

const folder = temporaryFolder('screenshots');
mkdirSync(images, { recursive: true });
const platform = await startPlatform(folder.path, { INSTANCE: 'tidegate-1' });
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
      await trade(await signIn(platform.ready.http));
    }
    await signInAtDesk(page, platform.ready.http, adminPassword);
    await seeTick(page, 'EURUSD');
    await by(page, 'tile-GBPUSD-buy').click();
    await picture(page, `trading-${screen.name}`);
    for (const name of pages) {
      await by(page, `nav-${name}`).click();
      if (screen === screens[0] || name === 'orders') await picture(page, `${name}-${screen.name}`);
    }
    if (screen === screens[0]) {
      await by(page, 'nav-bloomberg').click();
      await by(page, 'bloomberg-state').waitFor();
      await hideFolder(page);
      await picture(page, 'bloomberg');
    }
  }
} finally {
  await Promise.all(clients.map((client) => client.stop()));
  await browser.close();
  await platform.stop();
  folder.remove();
}
