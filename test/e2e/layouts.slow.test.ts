/**
 * The desk as its user arranges it, in a real browser: what the first page brings over the wire, panels,
 * watch lists, workspaces that the server keeps, themes.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

describe('the desk as its user arranges it', () => {
  const folder = temporaryFolder('layouts');
  let simulator: SimulatorProcess;
  let platform: Platform;
  let browser: Browser;

  beforeAll(async () => {
    simulator = await startSimulator('--seed', '5', '--data', `${folder.path}/simulator`);
    platform = await startPlatform(`${folder.path}/platform`, { SIMULATOR: simulator.control });
    browser = await openBrowser();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    await simulator?.stop();
    folder.remove();
  });

  it('brings its first page compressed, kept for ever by its name, and within 380 kB', async () => {
    const { context, page } = await openPage(browser, screens[0]!);
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await signInAtDesk(page, platform.ready.http, adminPassword);
    await by(page, 'blotter-orders').waitFor();
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(380_000);
    await context.close();

    const html = await (await fetch(platform.ready.http)).text();
    const script = new URL(/assets\/index-[\w-]+\.js/.exec(html)![0], platform.ready.http);
    for (const [accepted, sent] of [
      ['br, gzip', 'br'],
      ['gzip', 'gzip'],
      ['identity', null],
    ] as const) {
      const { headers } = await fetch(script, { headers: { 'accept-encoding': accepted } });
      expect(headers.get('content-encoding')).toBe(sent);
      expect(headers.get('vary')).toMatch(/accept-encoding/i);
      expect(headers.get('cache-control')).toContain('immutable');
      expect(headers.get('content-type')).toMatch(/javascript/);
    }
  });

  it('says prices to a screen reader, and leaves how long they took to be painted', async () => {
    const { context, page, problems } = await openPage(browser, screens[0]!);
    await signInAtDesk(page, platform.ready.http, adminPassword);
    await seeTick(page, 'EURUSD');
    const canvas = by(page, 'tile-EURUSD').locator('canvas');
    await page.waitForFunction(() =>
      /1\.\d{5}/.test(document.querySelector('[data-testid="tile-EURUSD"] canvas')?.ariaLabel ?? ''),
    );
    expect(await canvas.getAttribute('role')).toBe('img');
    const tookMs = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          new PerformanceObserver((list) => {
            const [entry] = list.getEntriesByName('prices painted');
            if (entry !== undefined) resolve(entry.duration);
          }).observe({ type: 'measure' });
        }),
    );
    expect(tookMs).toBeGreaterThan(0);
    expect(problems).toEqual([]);
    await context.close();
  });
});
