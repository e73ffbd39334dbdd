/**
 * The built desk in Chromium over a platform whose only provider quotes at a constant rate: what the parts of
 * the bench `desk` have in common.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { adminPassword } from '../../platform.ts';
import { openBrowser } from '../../e2e/browser.ts';
import { by } from '../../e2e/desk.ts';
import { BenchProvider } from '../journeys.ts';
import { monoMs } from '../pace.ts';
import { configureDemo } from '../prices/configured.ts';
import { startTarget, type PlatformTarget } from '../targets.ts';
import { symbols, wallSymbols } from '../ticks.ts';

export const screen = { width: 1440, height: 900 } as const;
/** Ticks due within it go out together: background load. */
const quantumMs = 5;
const leadMs = 200;

export interface Stage {
  readonly target: PlatformTarget;
  readonly browser: Browser;
  readonly instruments: number;
  /** Updates a second. */
  readonly rate: number;
}

/** A platform that is quoted for as long as `seconds`, and a browser; both gone when `act` is done. */
export async function onStage(
  width: 'demo' | 'wall',
  rate: number,
  seconds: number,
  act: (stage: Stage) => Promise<void>,
): Promise<void> {
  const provider = await BenchProvider.start(width);
  const more = { symbols: wallSymbols.filter((symbol) => !symbols.includes(symbol)), viewers: 0 };
  const prepare = (dataDir: string): Promise<void> =>
    width === 'wall' ? configureDemo(dataDir, more) : Promise.resolve();
  try {
    const target = await startTarget('one', provider, {}, prepare);
    try {
      const browser = await openBrowser();
      try {
        provider
          .quote({ startMs: monoMs() + leadMs, rate, count: rate * seconds, quantumMs })
          .catch(() => undefined);
        const instruments = (width === 'wall' ? wallSymbols : symbols).length;
        await act({ target, browser, instruments, rate });
      } finally {
        await browser.close();
      }
    } finally {
      await target.stop();
    }
  } finally {
    await provider.stop();
  }
}

export interface DeskPage {
  readonly context: BrowserContext;
  readonly page: Page;
}

export async function newPage(browser: Browser): Promise<DeskPage> {
  const context = await browser.newContext({ viewport: screen });
  return { context, page: await context.newPage() };
}

/** Milliseconds from the press to the first price, by the page's own clock. */
export async function signIn(page: Page, http: string): Promise<number> {
  await page.goto(http);
  await by(page, 'signin-user').fill('admin');
  await by(page, 'signin-password').fill(adminPassword);
  await page.evaluate(() => {
    const marks = window as unknown as { pressedMs: number; pricedMs: Promise<number> };
    window.addEventListener('click', () => (marks.pressedMs = performance.now()), {
      capture: true,
      once: true,
    });
    marks.pricedMs = new Promise((resolve) => {
      const look = (): void => {
        const shown = document.querySelector('[data-testid="tile-EURUSD-ask"]')?.textContent ?? '';
        if (/\d/.test(shown)) resolve(performance.now());
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
  });
  await by(page, 'signin-submit').click();
  return page.evaluate(async () => {
    const marks = window as unknown as { pressedMs: number; pricedMs: Promise<number> };
    return (await marks.pricedMs) - marks.pressedMs;
  });
}

export interface Frames {
  /** Milliseconds between frames. */
  readonly p95: number;
  readonly longest: number;
  /** From when a message of prices was received to when it was painted, and from when it was written. */
  readonly painted: readonly number[];
  readonly carried: readonly number[];
}

/** Watches frames, and the marks that the desk leaves when it has painted what it received. */
export function watchFrames(page: Page, seconds: number): Promise<Frames> {
  return page.evaluate(async (length) => {
    const gaps: number[] = [];
    const painted: number[] = [];
    const carried: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntriesByName('prices painted')) {
        const { detail } = entry as PerformanceMeasure;
        const { writtenAtMs } = detail as { readonly writtenAtMs: number };
        painted.push(entry.duration);
        carried.push(performance.timeOrigin + entry.startTime + entry.duration - writtenAtMs);
      }
    });
    observer.observe({ type: 'measure' });
    await new Promise<void>((resolve) => {
      const endMs = performance.now() + length * 1_000;
      let before = performance.now();
      const look = (nowMs: number): void => {
        gaps.push(nowMs - before);
        before = nowMs;
        if (nowMs < endMs) requestAnimationFrame(look);
        else resolve();
      };
      requestAnimationFrame(look);
    });
    observer.disconnect();
    // The first began before it was looked for.
    const sorted = gaps.slice(1).sort((left, right) => left - right);
    return {
      p95: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
      longest: sorted.at(-1) ?? 0,
      painted,
      carried,
    };
  }, seconds);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
