/**
 * An operator and the cases of a day, in a real browser and mostly by keyboard: a report that nobody can book
 * is signalled, read, corrected or booked with a reason, and leaves the list; a restart keeps what waits.
 */
import type { PositionView } from '@tidegate/wire/orders';
import type { CaseView } from '@tidegate/wire/cases';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { password, startConfigured, user, type ConfiguredPlatform } from '../configured.ts';
import {
  eventually,
  signIn,
  startSimulator,
  temporaryFolder,
  type RestClient,
  type SimulatorProcess,
} from '../platform.ts';
import { openBrowser, openPage, screens, type Screen } from './browser.ts';
import { by, seeTick } from './desk.ts';
import { unnamedControls } from './names.ts';

const [desktop, mobile] = screens as [Screen, Screen];
const folder = temporaryFolder('cases');
let simulator: SimulatorProcess;
let desk: ConfiguredPlatform;
let browser: Browser;
let admin: RestClient;
let orders = 0;

async function signInAs(page: Page, name: string, secret: string): Promise<void> {
  await page.goto(desk.http);
  await by(page, 'signin-user').fill(name);
  await by(page, 'signin-password').fill(secret);
  await by(page, 'signin-submit').click();
  await by(page, 'tile-EURUSD').waitFor();
}

const everywhere = (name: string, on: boolean) =>
  Promise.all(simulator.providers.map(({ venue }) => simulator.post('/switch', { venue, switch: name, on })));

const openCases = async (): Promise<CaseView[]> =>
  ((await admin.get('/api/v1/cases?open=true&limit=500')).body as { items: CaseView[] }).items;
const caseOf = (orderId: string): Promise<CaseView> =>
  eventually(async () => (await openCases()).find((one) => one.orderId === orderId), `a case of ${orderId}`);
const heldOf = async (instrument: string): Promise<number> => {
  const { body } = await admin.get('/api/v1/positions');
  const own = (body as PositionView[]).filter((one) => one.instrument === instrument);
  return own.reduce((sum, { quantity }) => sum + Number(quantity), 0);
};

/** An order whose fills come as the switch has them; the position that its provider has of it. */
async function deal(fault: string): Promise<CaseView> {
  await everywhere(fault, true);
  const { body } = await eventually(async () => {
    orders += 1;
    const answer = await admin.post('/api/v1/orders', {
      clOrdId: `case-${orders}`,
      instrument: 'GBPUSD',
      side: 'buy',
      type: 'market',
      quantity: '10000',
      timeInForce: 'ioc',
    });
    return answer.status === 201 ? answer : undefined;
  }, 'an order taken');
  const found = await caseOf((body as { orderId: string }).orderId);
  await everywhere(fault, false);
  return found;
}

/** Tab until the element has the focus: it can be reached by keyboard alone. */
async function tabTo(page: Page, id: string): Promise<void> {
  for (let key = 0; key < 80; key += 1) {
    const at = await page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? '');
    if (at === id) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${id} is not reached by Tab`);
}

async function openByKeyboard(page: Page, caseId: string): Promise<void> {
  await by(page, `case-${caseId}-open`).waitFor();
  await tabTo(page, `case-${caseId}-open`);
  await page.keyboard.press('Enter');
  await by(page, 'case-detail').waitFor();
}

/** The badge says as many as the API has open. */
const badgeAgrees = (page: Page, isMeant: (open: readonly CaseView[]) => boolean): Promise<true> =>
  eventually(async () => {
    const open = await openCases();
    const badge = by(page, 'nav-cases-open');
    const shown = (await badge.count()) === 0 ? '0' : await badge.textContent();
    return isMeant(open) && shown === String(open.length) ? true : undefined;
  }, 'the badge');
const has = (caseId: string) => (open: readonly CaseView[]) => open.some((one) => one.caseId === caseId);

beforeAll(async () => {
  simulator = await startSimulator('--seed', '5', '--data', `${folder.path}/simulator`);
  desk = await startConfigured(
    'cases',
    (hash) => [
      user(hash, { id: 'trader1', role: 'trader', firm: 'demo1' }),
      user(hash, { id: 'rita', role: 'admin', firm: 'demo1' }),
    ],
    {
      SIMULATOR: simulator.control,
    },
  );
  browser = await openBrowser();
  admin = await signIn(desk.http, 'rita', password);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await desk?.stop();
  await simulator?.stop();
  folder.remove();
}, 60_000);

describe('cases at the desk', () => {
  it('are signalled, read, corrected by keyboard, and gone from the open ones', async () => {
    const { context, page, problems } = await openPage(browser, desktop);
    await signInAs(page, 'rita', password);
    await seeTick(page, 'EURUSD');
    const before = await heldOf('GBPUSD');
    const found = await deal('misreported');
    expect(found).toMatchObject({ kind: 'UNREADABLE', action: null });
    const quantity = /\|38=([\d.]+)\|/.exec(found.raw ?? '')?.[1] ?? '';
    await badgeAgrees(page, has(found.caseId));
    await page.keyboard.press('Alt+7');
    await openByKeyboard(page, found.caseId);
    expect(await by(page, 'case-raw').textContent()).toBe(found.raw);
    expect(await by(page, 'case-fields').textContent()).toMatch(/150ExecTypeF Trade.*32LastQty0/);
    expect(await by(page, 'case-book').isDisabled()).toBe(true);
    await tabTo(page, 'case-correct');
    await page.keyboard.press('Enter');
    await by(page, 'case-quantity').fill('0.001');
    await by(page, 'case-price').fill('1.27');
    await by(page, 'case-reason').fill('agreed by telephone');
    await page.keyboard.press('Enter');
    await by(page, 'case-problem').getByText('CASE_AMOUNT').waitFor();
    await by(page, 'case-quantity').fill(quantity);
    expect(await by(page, 'case-dialog').getByTestId('case-effect').textContent()).toMatch(/Order filled/);
    expect(await unnamedControls(page)).toEqual([]);
    await by(page, 'case-reason').focus();
    await page.keyboard.press('Enter');
    await by(page, 'case-dialog').waitFor({ state: 'detached' });
    await page.locator('[data-testid="case-detail"][data-state="corrected"]').waitFor();
    expect(await by(page, 'case-detail').textContent()).toContain('agreed by telephone');
    await page.keyboard.press('Escape');
    await badgeAgrees(page, (open) => !has(found.caseId)(open));
    await by(page, 'cases-table').getByText('Corrected').first().waitFor();
    await eventually(
      async () => ((await heldOf('GBPUSD')) === before + Number(quantity) ? true : undefined),
      'position',
    );
    expect(await unnamedControls(page)).toEqual([]);
    // The browser notes the one refusal that was meant.
    expect(problems.filter((text) => !text.includes('status of 422'))).toEqual([]);
    await context.close();
  }, 60_000);

  it('of a trade taken back are kept over a restart, and booked as proposed on a phone', async () => {
    const before = await heldOf('GBPUSD');
    const found = await deal('takenBack');
    expect(found).toMatchObject({ kind: 'TRADE_BUSTED', action: 'bust' });
    const dealt = await heldOf('GBPUSD');
    expect(dealt).toBeGreaterThan(before);
    await desk.restart('kill');
    admin = await signIn(desk.http, 'rita', password);
    const { context, page, problems } = await openPage(browser, mobile);
    await signInAs(page, 'rita', password);
    await badgeAgrees(page, has(found.caseId));
    await by(page, 'nav-cases').click();
    await by(page, `case-${found.caseId}-open`).click();
    const effect = by(page, 'case-effect');
    expect(await effect.textContent()).toContain('Position GBP/USD');
    await by(page, 'case-book').click();
    expect(await by(page, 'case-confirm').isDisabled()).toBe(true);
    await by(page, 'case-reason').fill('the provider is right');
    await by(page, 'case-confirm').click();
    await page.locator('[data-testid="case-detail"][data-state="booked"]').waitFor();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await unnamedControls(page)).toEqual([]);
    await eventually(async () => ((await heldOf('GBPUSD')) < dealt ? true : undefined), 'the position back');
    const { body } = await admin.get(`/api/v1/cases/${found.caseId}`);
    expect(body).toMatchObject({ state: 'booked', resolvedBy: 'rita', reason: 'the provider is right' });
    expect(problems).toEqual([]);
    await context.close();
  }, 60_000);

  it('are no page of a client', async () => {
    const { context, page, problems } = await openPage(browser, desktop);
    await signInAs(page, 'trader1', password);
    await by(page, 'nav-events').waitFor();
    expect(await by(page, 'nav-cases').count()).toBe(0);
    await page.keyboard.press('Alt+7');
    expect(new URL(page.url()).hash).not.toBe('#/cases');
    await page.goto(`${desk.http}/#/cases`);
    await page.reload();
    await page.getByText('Operators only').waitFor();
    expect(problems).toEqual([]);
    await context.close();
  }, 60_000);
});
