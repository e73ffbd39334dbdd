/**
 * Every page, drawer, menu and dialog of the desk before axe: on a phone, a tablet, a desk and a wall, dark,
 * light, in high contrast and in the colours of the system.
 */
import type { OrderView } from '@tidegate/wire/orders';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  adminPassword,
  eventually,
  signIn,
  startPlatform,
  startSimulator,
  temporaryFolder,
  type Platform,
  type SimulatorProcess,
} from '../platform.ts';
import { axeFindings, colourRules, overlays } from './axe.ts';
import { openBrowser, type Screen } from './browser.ts';
import { by, seeTick, signInAtDesk } from './desk.ts';

const desk: Screen = { name: 'desk', width: 1440, height: 900 };
/** The desk's last: there everything is opened from. */
const sizes: readonly Screen[] = [
  { name: 'wall', width: 3840, height: 2160 },
  { name: 'tablet', width: 768, height: 1024 },
  { name: 'phone', width: 390, height: 844 },
  desk,
];

interface View {
  readonly name: string;
  /** From the page before, at the desk's size. */
  readonly open: (page: Page) => Promise<unknown>;
  /** What is then there. */
  readonly shows: string;
  /** Absent: Escape. */
  readonly close?: (page: Page) => Promise<unknown>;
}

const stays = async (): Promise<void> => undefined;
const click = (id: string) => (page: Page) => by(page, id).first().click();
const first = (page: Page, prefix: string) => page.locator(`[data-testid^="${prefix}"]`).first();

const page = (name: string, shows: string): View => ({
  name,
  open: click(`nav-${name}`),
  shows,
  close: stays,
});

const views: readonly View[] = [
  page('trading', 'tile-EURUSD'),
  { name: 'search', open: (at) => at.keyboard.press('Control+K'), shows: 'search-input' },
  { name: 'help', open: (at) => at.keyboard.press('?'), shows: 'help-sizes' },
  { name: 'cancel all', open: (at) => at.keyboard.press('Alt+X'), shows: 'cancel-all-scope' },
  { name: 'user menu', open: click('user-menu'), shows: 'user-signout' },
  { name: 'workspace menu', open: click('workspace-menu'), shows: 'workspace-rename' },
  {
    name: 'workspace name',
    open: async (at) => {
      await click('workspace-menu')(at);
      await click('workspace-rename')(at);
    },
    shows: 'workspace-name',
  },
  { name: 'panels to add', open: click('panel-add'), shows: 'add-chart' },
  { name: 'watch list', open: click('watch-prices-edit'), shows: 'watch-prices-title' },
  { name: 'sizes', open: click('tile-EURUSD-sizes'), shows: 'sizes-save' },
  {
    name: 'deal question',
    open: async (at) => {
      await click('one-click')(at);
      await by(at, 'tile-GBPUSD-size').fill('10m');
      await click('tile-GBPUSD-buy')(at);
    },
    shows: 'deal-question-no',
    close: async (at) => {
      await click('deal-question-no')(at);
      await click('one-click')(at);
    },
  },
  page('orders', 'orders-grid'),
  { name: 'columns', open: click('orders-columns'), shows: 'grid-columns' },
  { name: 'filter of values', open: click('orders-filter-column-side'), shows: 'grid-filter' },
  { name: 'filter of times', open: click('orders-filter-column-createdAt'), shows: 'grid-filter' },
  {
    name: 'replace',
    open: (at) => first(at, 'order-replace-').click(),
    shows: 'replace-quantity',
  },
  {
    name: 'order',
    open: (at) => by(at, 'orders-grid').locator('[data-line="0"]').dblclick(),
    shows: 'order-events',
  },
  page('positions', 'positions-total'),
  { name: 'flatten', open: (at) => first(at, 'flatten-').click(), shows: 'flatten-preview' },
  page('sessions', 'sessions-table'),
  { name: 'session', open: click('session-alpha-orders-open'), shows: 'session-messages' },
  page('bloomberg', 'bloomberg-state'),
  page('events', 'events-table'),
  page('quality', 'periods-table'),
  page('cluster', 'leases-table'),
  page('cases', 'cases-table'),
  { name: 'case', open: (at) => first(at, 'case-').click(), shows: 'case-detail' },
  page('admin', 'admin-page'),
  { name: 'halt', open: click('admin-halt-all'), shows: 'admin-reason' },
  { name: 'stop', open: click('stop-new'), shows: 'stop-name' },
  {
    name: 'lock screen',
    open: (at) => at.keyboard.press('Alt+L'),
    shows: 'lock-password',
    close: stays,
  },
];

/** Beside the pages: every kind of thing that lies over them. */
const overlaid: ReadonlySet<string> = new Set([
  'search',
  'help',
  'user menu',
  'deal question',
  'columns',
  'order',
]);

type Theme = 'dark' | 'light' | 'contrast' | 'forced';

describe('the desk before axe', () => {
  const folder = temporaryFolder('axe');
  let simulator: SimulatorProcess;
  let platform: Platform;
  let browser: Browser;

  beforeAll(async () => {
    simulator = await startSimulator('--seed', '5', '--data', `${folder.path}/simulator`);
    platform = await startPlatform(`${folder.path}/platform`, { SIMULATOR: simulator.control });
    browser = await openBrowser();
    await makeDay(platform, simulator);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    await simulator?.stop();
    folder.remove();
  });

  const findingsOf = async (theme: Theme): Promise<readonly string[]> => {
    const context = await browser.newContext({
      viewport: desk,
      reducedMotion: 'reduce',
      forcedColors: theme === 'forced' ? 'active' : 'none',
    });
    try {
      context.setDefaultTimeout(30_000);
      const at = await context.newPage();
      const named = theme === 'forced' ? 'dark' : theme;
      await at.addInitScript((name) => localStorage.setItem('tidegate.theme', name), named);
      return await walk(at, platform.ready.http, theme === 'dark');
    } finally {
      await context.close();
    }
  };

  it('has nothing against any of it, at any size', { timeout: 180_000 }, async () => {
    expect(await findingsOf('dark')).toEqual([]);
  });

  it(
    'has nothing against the colours of the other themes and of the system',
    { timeout: 180_000 },
    async () => {
      const others = ['light', 'contrast', 'forced'] as const;
      expect(await Promise.all(others.map((theme) => findingsOf(theme)))).toEqual([[], [], []]);
    },
  );
});

/**
 * Views, one after the other. `isWhole`: all, by every rule and at every size; else what colours change, on
 * each page and one of each kind of overlay.
 */
async function walk(at: Page, http: string, isWhole: boolean): Promise<readonly string[]> {
  const found: string[] = [];
  const look = async (where: string, isPage: boolean): Promise<void> => {
    for (const size of sizes) {
      if (
        size.name !== 'desk' &&
        !(isWhole ? isPage || size.name === 'phone' : isPage && size.name === 'phone')
      )
        continue;
      await resize(at, size);
      const findings = await axeFindings(at, isPage ? 'html' : overlays, isWhole ? undefined : colourRules);
      found.push(...findings.map((each) => `${where}, ${size.name}: ${each}`));
    }
  };
  await at.goto(http);
  await by(at, 'signin-user').waitFor();
  await look('sign-in', true);
  await signInAtDesk(at, http, adminPassword);
  await seeTick(at, 'EURUSD');
  for (const { name, open, shows, close } of views) {
    if (!isWhole && close === undefined && !overlaid.has(name)) continue;
    await open(at);
    await by(at, shows).first().waitFor();
    await look(name, close === stays);
    if (close !== undefined) await close(at);
    else {
      await at.keyboard.press('Escape');
      await by(at, shows).first().waitFor({ state: 'hidden' });
    }
  }
  return found;
}

/** What the page shows at this size is on the screen. */
async function resize(page: Page, size: Screen): Promise<void> {
  await page.setViewportSize(size);
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
      }),
  );
}

/** Fills, a resting order, a refused one, an outage and a case, so that nothing is empty. */
async function makeDay(platform: Platform, simulator: SimulatorProcess): Promise<void> {
  const rest = await signIn(platform.ready.http);
  let sent = 0;
  const order = async (fields: object): Promise<string> => {
    sent += 1;
    const base = { clOrdId: `day-${sent}`, instrument: 'GBPUSD', side: 'buy', quantity: '10000' };
    const { body } = await rest.post('/api/v1/orders', { ...base, ...fields });
    return (body as { orderId?: string }).orderId ?? '';
  };
  const market = { type: 'market', timeInForce: 'ioc' };
  await eventually(async () => {
    const id = await order(market);
    if (id === '') return undefined;
    const { body } = await rest.get(`/api/v1/orders/${id}`);
    return (body as OrderView).status === 'filled' ? true : undefined;
  }, 'a fill');
  const everywhere = async (name: string, on: boolean): Promise<void> => {
    for (const { venue } of simulator.providers) await simulator.post('/switch', { venue, switch: name, on });
  };
  await everywhere('misreported', true);
  await order(market);
  await eventually(async () => {
    const { body } = await rest.get('/api/v1/cases?open=true');
    return (body as { items: unknown[] }).items.length > 0 ? true : undefined;
  }, 'a case');
  await everywhere('misreported', false);
  await order({ ...market, instrument: 'USDJPY', quantity: '1' });
  await simulator.post('/switch', { venue: 'charlie', switch: 'disconnected', on: true });
  await eventually(async () => {
    const { body } = await rest.get('/api/v1/alerts');
    return (body as unknown[]).length > 0 ? true : undefined;
  }, 'an alert');
  await order({ type: 'limit', timeInForce: 'gtc', price: '1.20000', quantity: '200000' });
  // Enough to deal on; axe is to have the processor.
  await simulator.post('/rate', { quotesPerSecond: 60 });
}
