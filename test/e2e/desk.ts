/**
 * What a person does at the trading desk, step by step; the tests and the pictures of the documents do the
 * same.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openPage, type Screen } from './browser.ts';

export const by = (page: Page, id: string) => page.getByTestId(id);

export async function signInAtDesk(
  page: Page,
  http: string,
  password: string,
  user = 'admin',
): Promise<void> {
  await page.goto(http);
  await by(page, 'signin-user').fill(user);
  await by(page, 'signin-password').fill(password);
  await by(page, 'signin-submit').click();
  await by(page, 'tile-EURUSD').waitFor();
}

/** Resolves when the price on a tile's button has changed: the page itself tells. */
export async function seeTick(page: Page, instrument: string): Promise<void> {
  await page.waitForFunction(
    ([id]) => {
      const button = document.querySelector(`[data-testid="tile-${id}-ask"]`);
      if (button === null) return false;
      const seen = (window as unknown as { seen?: string }).seen;
      const shown = button.textContent ?? '';
      if (seen === undefined && /\d/.test(shown)) (window as unknown as { seen?: string }).seen = shown;
      return seen !== undefined && shown !== seen;
    },
    [instrument],
    { timeout: 20_000 },
  );
}

/** One click on a price; resolves with the tile's last word on it. */
export async function tradeOneClick(
  page: Page,
  instrument: string,
  side: 'buy' | 'sell',
  size: string,
): Promise<string> {
  const oneClick = by(page, 'one-click');
  if ((await oneClick.getAttribute('aria-checked')) === 'false') await oneClick.click();
  await by(page, `tile-${instrument}-size`).fill(size);
  await by(page, `tile-${instrument}-${side}`).click();
  const state = by(page, `tile-${instrument}-state`);
  await page.waitForFunction(
    (id) =>
      ['filled', 'partiallyFilled', 'rejected'].includes(
        document.querySelector(`[data-testid="${id}"]`)?.getAttribute('data-state') ?? '',
      ),
    `tile-${instrument}-state`,
    { timeout: 20_000 },
  );
  return (await state.getAttribute('data-state')) ?? '';
}

/**
 * One tab for the tests of a file, one after the other: signed in once, and loaded anew for each, with
 * nothing left in it that the browser keeps but the sign-in. What a test makes known to the context stays:
 * scripts, routes and listeners want a context of their own.
 */
export class KeptDesk {
  readonly #browser: Browser;
  readonly #screen: Screen;
  #opened: Awaited<ReturnType<typeof openPage>> | undefined;

  constructor(browser: Browser, screen: Screen) {
    this.#browser = browser;
    this.#screen = screen;
  }

  /** On its first page; `problems` are those from now on. */
  async open(
    http: string,
    password: string,
    user = 'admin',
  ): Promise<{ context: BrowserContext; page: Page; problems: readonly string[] }> {
    if (this.#opened === undefined) {
      this.#opened = await openPage(this.#browser, this.#screen);
      await signInAtDesk(this.#opened.page, http, password, user);
      return this.#opened;
    }
    const { context, page, problems } = this.#opened;
    for (const each of context.pages()) if (each !== page) await each.close();
    await page.emulateMedia({ media: null, forcedColors: null });
    await page.evaluate(() => {
      localStorage.clear();
      window.location.hash = '#/trading';
    });
    await page.reload();
    await by(page, 'tile-EURUSD').waitFor();
    problems.length = 0;
    return { context, page, problems };
  }

  async close(): Promise<void> {
    await this.#opened?.context.close();
  }
}
