/**
 * Every page, drawer, menu and dialog of the desk before axe: on a phone, a tablet, a desk and a wall, dark,
 * light, in high contrast and in the colours of the system. What lies over a page closes on Escape.
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
import { axeFindings, overlays, type Rules } from './axe.ts';
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

const otherThemes = ['light', 'contrast', 'forced'] as const;
type Theme = 'dark' | (typeof otherThemes)[number];

/** The second half is walked with a library that hears no Escape, and with the focus nowhere. */
const half = views.findIndex(({ name }) => name === 'positions');

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

  const findingsOf = async (
    walked: readonly View[],
    prepare: (at: Page) => Promise<unknown>,
    leave: (at: Page) => Promise<unknown>,
  ): Promise<readonly string[]> => {
    const context = await browser.newContext({ viewport: desk, reducedMotion: 'reduce' });
    try {
      context.setDefaultTimeout(30_000);
      const at = await context.newPage();
      await prepare(at);
      return await walk(at, platform.ready.http, walked, leave);
    } finally {
      await context.close();
    }
  };

  it('has nothing against any of it, at any size and in any colours', { timeout: 360_000 }, async () => {
    const found = await Promise.all([
      findingsOf(views.slice(0, half), stays, stays),
      findingsOf(views.slice(half), deafen, loseFocus),
    ]);
    expect(found).toEqual([[], []]);
  });
});

/**
 * The library's own way to hear Escape is taken from it, as it is by an entry in its list that nothing stands
 * for any more: what lies over the page must close all the same.
 */
const deafen = (at: Page): Promise<unknown> =>
  at.addInitScript(() => {
    const add = window.addEventListener.bind(window);
    window.addEventListener = (
      type: string,
      listener: EventListenerOrEventListenerObject,
      more?: unknown,
    ) => {
      if (type === 'keydown' && typeof listener === 'function' && listener.toString().includes('.onEsc('))
        (window as unknown as { isDeaf?: boolean }).isDeaf = true;
      else add(type, listener, more as AddEventListenerOptions);
    };
  });

async function loseFocus(at: Page): Promise<void> {
  await at.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  expect(await at.evaluate(() => (window as unknown as { isDeaf?: boolean }).isDeaf)).toBe(true);
}

/** In this window, as when another one has chosen it. */
async function show(at: Page, theme: Theme): Promise<void> {
  await at.emulateMedia({ forcedColors: theme === 'forced' ? 'active' : 'none' });
  await at.evaluate(
    (name) => {
      localStorage.setItem('tidegate.theme', name);
      window.dispatchEvent(new StorageEvent('storage', { key: 'tidegate.theme', newValue: name }));
    },
    theme === 'forced' ? 'dark' : theme,
  );
  await drawn(at);
}

/**
 * Views, one after the other, each by every rule at the sizes of a desk and of a phone. Between and beyond
 * those a page has the same colours, and in other colours it has the same form.
 */
async function walk(
  at: Page,
  http: string,
  walked: readonly View[],
  leave: (at: Page) => Promise<unknown>,
): Promise<readonly string[]> {
  const found: string[] = [];
  const note = async (where: string, isPage: boolean, rules: Rules): Promise<void> => {
    const findings = await axeFindings(at, isPage ? 'html' : overlays, rules);
    found.push(...findings.map((each) => `${where}: ${each}`));
  };
  const look = async (where: string, isPage: boolean): Promise<void> => {
    for (const size of sizes) {
      const isBetween = size.name === 'wall' || size.name === 'tablet';
      if (isBetween && !isPage) continue;
      await resize(at, size);
      await note(`${where}, ${size.name}`, isPage, isBetween ? 'form' : 'all');
      if (isBetween || !(isPage || (overlaid.has(where) && size.name === 'desk'))) continue;
      for (const theme of otherThemes) {
        await show(at, theme);
        await note(`${where}, ${size.name}, ${theme}`, isPage, 'colours');
      }
      await show(at, 'dark');
    }
  };
  await at.goto(http);
  await by(at, 'signin-user').waitFor();
  if (walked[0] === views[0]) await look('sign-in', true);
  await signInAtDesk(at, http, adminPassword);
  await seeTick(at, 'EURUSD');
  for (const { name, open, shows, close } of walked) {
    await open(at);
    await by(at, shows).first().waitFor();
    await look(name, close === stays);
    if (close !== undefined) await close(at);
    else {
      await leave(at);
      await at.keyboard.press('Escape');
      await by(at, shows).first().waitFor({ state: 'hidden' });
    }
  }
  return found;
}

/** What the page shows at this size is on the screen. */
async function resize(page: Page, size: Screen): Promise<void> {
  await page.setViewportSize(size);
  await drawn(page);
}

async function drawn(page: Page): Promise<void> {
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
