/**
 * An operator and a bad day of a provider, in a real browser and by keyboard: the heat map shows it, the
 * problem period is opened, answered with a reason, and says so.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { QualityPeriodView } from '@tidegate/wire/quality';
import {
  adminPassword,
  eventually,
  signIn,
  startPlatform,
  startSimulator,
  temporaryFolder,
  type Platform,
  type RestClient,
  type SimulatorProcess,
} from '../platform.ts';
import { openBrowser, openPage, screens, type Screen } from './browser.ts';
import { by, signInAtDesk } from './desk.ts';
import { unnamedControls } from './names.ts';

const [desktop] = screens as [Screen];
const folder = temporaryFolder('quality-desk');
let simulator: SimulatorProcess;
let platform: Platform;
let browser: Browser;
let rest: RestClient;

beforeAll(async () => {
  simulator = await startSimulator('--seed', '11', '--data', `${folder.path}/simulator`);
  [platform, browser] = await Promise.all([
    startPlatform(`${folder.path}/platform`, { SIMULATOR: simulator.control }),
    openBrowser(),
  ]);
  rest = await signIn(platform.ready.http);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await platform?.stop();
  await simulator?.stop();
  folder.remove();
});

/** Tab until the element has the focus: it can be reached by keyboard alone. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let key = 0; key < 80; key += 1) {
    if (await page.evaluate((at) => document.activeElement?.matches(at) === true, selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${selector} is not reached by Tab`);
}

it('shows what is wrong, and takes an answer, by keyboard alone', async () => {
  const { venue } = simulator.providers[0]!;
  await simulator.post('/switch', { venue, switch: 'stale', on: true, symbol: 'EUR/USD' });
  const found = await eventually(async () => {
    const { body } = await rest.get(`/api/v1/quality/periods?source=${venue}&state=STALE&instrument=EURUSD`);
    return (body as { items: QualityPeriodView[] }).items[0];
  }, 'the problem period');

  const { page, problems, context } = await openPage(browser, desktop);
  page.setDefaultTimeout(10_000);
  await signInAtDesk(page, platform.ready.http, adminPassword);
  await page.keyboard.press('Alt+9');
  const line = by(page, `heat-${venue}-EURUSD`);
  await line.locator('td.now[data-state="STALE"]').waitFor();
  expect(await unnamedControls(page)).toEqual([]);

  // Into the map by Tab, about in it by arrows, and Enter narrows the periods to what is under it.
  await tabTo(page, '.heat td');
  const rowOf = () => page.evaluate(() => document.activeElement?.closest('tr')?.dataset['testid']);
  for (let key = 0; key < 60 && (await rowOf()) !== `heat-${venue}-EURUSD`; key += 1)
    await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toContain('Stale');
  await page.keyboard.press('Enter');
  await by(page, 'periods-of').getByText(`${venue} EURUSD`).waitFor();

  const id = `period-${found.id}`;
  await tabTo(page, `[data-testid="${id}-open"]`);
  await page.keyboard.press('Enter');
  await by(page, 'period-detail').waitFor();
  await tabTo(page, '[data-testid="period-reason"]');
  await page.keyboard.type('announced by telephone');
  await tabTo(page, '[data-testid="period-excuse"]');
  await page.keyboard.press('Enter');
  await by(page, 'period-marks').getByText('announced by telephone').waitFor();
  expect(await by(page, 'period-detail').getAttribute('data-excused')).toBe('true');
  expect(await unnamedControls(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await by(page, 'period-detail').waitFor({ state: 'hidden' });

  await simulator.post('/switch', { venue, switch: 'stale', on: false });
  await line.locator('td.now[data-state="GOOD"]').waitFor();
  expect(problems).toEqual([]);
  await context.close();
});
